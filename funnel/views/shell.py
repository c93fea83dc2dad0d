"""What stands around every page: the places one can go to, the keys help, the theme; one table of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

THEMES = ("light", "dark")
THEME_COOKIE = "theme"


@dataclass(frozen=True)
class Place:
    """An entry of the navigation: the name of its route, and of its pages, whose routes begin with one of `pages`.

    `key` goes there after G. `second` ones stand under More on a phone; `for_staff` ones only administrators see.
    """

    route: str
    label: _StrPromise
    icon: str
    key: str = ""
    pages: tuple[str, ...] = ()
    second: bool = False
    for_staff: bool = False


PLACES = (
    Place("today", _("Today"), "today", "t", ("today",)),
    Place("lead_list", _("Leads"), "leads", "l", ("lead",)),
    Place("board", _("Board"), "board", "b", ("board",)),
    Place("company_list", _("Companies"), "company", "c", ("company",), second=True),
    Place("funnel", _("Funnel"), "funnel", "f", ("funnel",)),
    Place("reports", _("Reports"), "reports", "r", ("report",), second=True),
    Place("people", _("People"), "person", "", ("people",), second=True, for_staff=True),
    Place(
        "admin:index",
        _("Settings"),
        "settings",
        "s",
        ("admin:", "settings", "routing"),
        second=True,
        for_staff=True,
    ),
)


@dataclass(frozen=True)
class Key:
    """Keys pressed one after the other, or held together where one has a plus, and what they do."""

    caps: tuple[str, ...]
    does: _StrPromise


@dataclass(frozen=True)
class Keys:
    """A part of the keys help."""

    title: _StrPromise
    keys: tuple[Key, ...] = field(default_factory=tuple)


KEYS = (
    Keys(
        _("Everywhere"),
        (
            Key(("Ctrl+K",), _("Find a lead, a page or an action")),
            Key(("/",), _("Search")),
            Key(("Z",), _("Undo what the newest message says")),
            Key(("?",), _("Show these keys")),
            Key(("Esc",), _("Close")),
        ),
    ),
    Keys(
        _("In a list"),
        (
            Key(("J",), _("Next row")),
            Key(("K",), _("Row before")),
            Key(("Enter",), _("Open it")),
            Key(("X",), _("Select it")),
            Key(("Shift+J",), _("Select it and the next")),
            Key(("F2",), _("Change the fact")),
            Key(("M",), _("Do something with those selected")),
        ),
    ),
    Keys(
        _("On Today"),
        (
            Key(("A",), _("Take the next step")),
            Key(("C",), _("Call, then a digit for what came of it")),
            Key(("J", "K"), _("Next row, row before")),
        ),
    ),
    Keys(
        _("On a lead"),
        (
            Key(("A",), _("Take the next step; other steps show their own key")),
            Key(("C",), _("Call; E e-mail, M meeting, N note, P plan")),
            Key(("F",), _("Edit facts")),
            Key(("J", "K"), _("Next lead of the list, lead before")),
        ),
    ),
    Keys(
        _("On the board"),
        (
            Key(("↑", "↓", "←", "→"), _("From card to card")),
            Key(("M",), _("Move the card to")),
        ),
    ),
    Keys(
        _("In the search"),
        (
            Key(("↑", "↓"), _("Choose")),
            Key(("→",), _("What can be done with this lead")),
            Key(("←",), _("Back to what was found")),
        ),
    ),
)


@dataclass(frozen=True)
class Shown:
    """A place as one request sees it; `current` is what aria-current says, empty for a place that is not here."""

    place: Place
    url: str
    current: str


def address_of(route: str) -> str:
    """The address of a route, empty when this installation has none of that name."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


def places(request: HttpRequest) -> list[Shown]:
    """The places this person can go to, and which of them is here."""
    match = request.resolver_match
    here = match.view_name if match else ""
    is_staff = getattr(request.user, "is_staff", False)
    found = []
    for place in PLACES:
        url = address_of(place.route)
        if url and (is_staff or not place.for_staff):
            inside = any(here.startswith(page) for page in place.pages)
            found.append(Shown(place, url, ("page" if request.path == url else "true") if inside else ""))
    return found


def theme(request: HttpRequest) -> str:
    """The theme somebody chose in this browser; empty for the system's."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor of `base.html`; nothing is worked out before the template asks for it."""
    user = getattr(request, "user", None)
    return {
        "theme": theme(request),
        "shortcuts": getattr(user, "shortcuts", True),
        "places": SimpleLazyObject(lambda: places(request)),
        "help_keys": KEYS,
    }
