"""Saved views of the lead list: filters, order and columns under a name, for oneself, one's team or everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.models import SavedView
from leads.roles import Role

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise

    from leads.models import User

SHARERS = (Role.MANAGER, Role.ADMIN)
LONGEST_NAME, LONGEST_QUERY = 60, 1000
UNDO_SECONDS = 1800


class CannotSave(Exception):
    """A view that was not saved, and why in words for people."""


@dataclass(frozen=True)
class BuiltIn:
    """A view everybody has. `key` stands in its address where a saved one has its number."""

    key: str
    name: _StrPromise
    query: str


BUILT_IN = (
    BuiltIn("mine", gettext_lazy("My leads"), "owner=me"),
    BuiltIn("queue", gettext_lazy("Team queue"), "stage=mql&owner=none&sort=due"),
    BuiltIn("overdue", gettext_lazy("Overdue"), "due=overdue&sort=due"),
    BuiltIn("stalled", gettext_lazy("Stalled"), "stalled=1&sort=since"),
    BuiltIn("new", gettext_lazy("New this week"), "created=week"),
)
View = BuiltIn | SavedView


def views_of(user: User) -> QuerySet[SavedView]:
    """The saved views a person may open: their own in their order, then those of their team and everybody's."""
    seen = Q(owner=user) | Q(sharing=SavedView.Sharing.ALL)
    if user.team_id:
        seen |= Q(sharing=SavedView.Sharing.TEAM, owner__team=user.team_id)
    return SavedView.objects.filter(seen).select_related("owner").order_by("sharing", "position", "id")


def sharings_of(user: User) -> list[tuple[str, str]]:
    """With whom a person may share a view."""
    kinds = [SavedView.Sharing.MINE]
    if user.team_id:
        kinds.append(SavedView.Sharing.TEAM)
    if user.role in SHARERS:
        kinds.append(SavedView.Sharing.ALL)
    return [(kind.value, str(kind.label)) for kind in kinds]


def save(*, name: str, query: str, sharing: str, by: User) -> SavedView:
    """Keep a query under a new name, last among the person's views. Raises CannotSave."""
    _check(name=name, query=query, sharing=sharing, by=by)
    last = SavedView.objects.filter(owner=by).aggregate(last=Max("position"))["last"]
    view = SavedView(owner=by, name=name.strip(), query=query, sharing=sharing, position=(last or 0) + 1)
    return _written(view, ())


def change(view: SavedView, *, name: str, query: str, sharing: str, by: User) -> SavedView:
    """Give a view of one's own another name, query or circle. Raises CannotSave."""
    if view.owner_id != by.pk:
        raise CannotSave(_("Only who made a view can change it. Save it under a name of your own."))
    _check(name=name, query=query, sharing=sharing, by=by)
    view.name, view.query, view.sharing = name.strip(), query, sharing
    return _written(view, ("name", "query", "sharing"))


def remove(view: SavedView, *, by: User) -> str:
    """Delete a view of one's own; returns what `restore` needs to bring it back. Raises CannotSave."""
    if view.owner_id != by.pk:
        raise CannotSave(_("Only who made a view can delete it."))
    kept = {name: getattr(view, name) for name in ("name", "query", "sharing", "position")}
    view.delete()
    return signing.dumps([by.pk, kept], salt="saved view", compress=True)


def restore(kept: str, *, by: User) -> SavedView:
    """Bring a deleted view back within half an hour. Raises CannotSave."""
    try:
        owner, columns = signing.loads(kept, salt="saved view", max_age=UNDO_SECONDS)
    except signing.BadSignature as error:
        raise CannotSave(_("It is too late to bring this view back.")) from error
    if owner != by.pk:
        raise CannotSave(_("Only who made a view can bring it back."))
    _check(name=columns["name"], query=columns["query"], sharing=columns["sharing"], by=by)
    return _written(SavedView(owner=by, **columns), ())


@transaction.atomic
def shift(view: SavedView, *, up: bool, by: User) -> None:
    """Move a view of one's own one place up or down among those. Raises CannotSave."""
    if view.owner_id != by.pk:
        raise CannotSave(_("Only who made a view can move it."))
    own = list(SavedView.objects.select_for_update().filter(owner=by).order_by("position", "id"))
    here = next(place for place, one in enumerate(own) if one.pk == view.pk)
    there = max(0, min(len(own) - 1, here + (-1 if up else 1)))
    own[here], own[there] = own[there], own[here]
    for place, one in enumerate(own):
        one.position = place
    SavedView.objects.bulk_update(own, ["position"])


def _check(*, name: str, query: str, sharing: str, by: User) -> None:
    if not name.strip():
        raise CannotSave(_("Give the view a name."))
    if len(name.strip()) > LONGEST_NAME:
        raise CannotSave(_("The name is too long; %(number)s characters are enough.") % {"number": LONGEST_NAME})
    if len(query) > LONGEST_QUERY:
        raise CannotSave(_("These are too many filters to keep. Take some away."))
    if sharing not in dict(sharings_of(by)):
        raise CannotSave(_("You cannot share a view with them."))


def _written(view: SavedView, columns: tuple[str, ...]) -> SavedView:
    try:
        with transaction.atomic():
            view.save(update_fields=columns or None)
    except IntegrityError as error:
        raise CannotSave(_("You have a view of this name already. Choose another.")) from error
    return view
