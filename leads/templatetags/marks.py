"""The small marks that stand in every row: stage, SLA, score, person, icon, key.

Plain functions rather than templates, because a page has hundreds of them.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from leads.models.stage import RANKS, Stage

if TYPE_CHECKING:
    from leads.models import Lead, User

register = template.Library()

# Drawn for this product on a grid of 24; strokes take the colour of the text around them.
SHAPES = {
    "today": '<path d="M4 5h16v15H4zM4 10h16M8 3v4m8-4v4m-7 8 2 2 4-4"/>',
    "leads": '<path d="M4 6h16M4 12h16M4 18h10"/>',
    "board": '<path d="M4 4h4v16H4zM10 4h4v10h-4zM16 4h4v13h-4z"/>',
    "company": '<path d="M5 21V4h9v17M14 10h5v11M3 21h18M8 8h3m-3 4h3m-3 4h3"/>',
    "funnel": '<path d="M4 5h16M7 12h10M10 19h4"/>',
    "reports": '<path d="M5 20V10m7 10V4m7 16v-7"/>',
    "settings": '<path d="M4 7h9m4 0h3M4 17h3m4 0h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>',
    "bell": '<path d="M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 5 5"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 21c0-5 4-7 8-7s8 2 8 7"/>',
    "keys": '<path d="M3 6h18v12H3zM7 10h.01M12 10h.01M17 10h.01M8 14h8"/>',
    "theme": '<circle cx="12" cy="12" r="8"/><path class="solid" d="M12 4a8 8 0 0 1 0 16z"/>',
    "leave": '<path d="M10 4H5v16h5M14 8l4 4-4 4m4-4H9"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "done": '<circle cx="12" cy="12" r="9"/><path d="m8 12 3 3 5-5.5"/>',
    "todo": '<circle cx="12" cy="12" r="9"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "more": '<path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="3"/>',
    "down": '<path d="m7 10 5 5 5-5"/>',
    "next": '<path d="m9 6 6 6-6 6"/>',
    "back": '<path d="m15 6-6 6 6 6"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 2"/>',
    "soon": '<circle cx="12" cy="12" r="9"/><path class="solid" d="M12 12V5.5a6.5 6.5 0 0 1 0 13z"/>',
    "breach": '<path d="M12 4 2.5 20h19zM12 10v4m0 3v.01"/>',
    "pause": '<circle cx="12" cy="12" r="9"/><path d="M10 9v6m4-6v6"/>',
    "dash": '<path d="M8 12h8"/>',
    "call": '<path d="M5 3h4l2 5-3 2a11 11 0 0 0 6 6l2-3 5 2v4c0 1-1 2-2 2C10 20 4 14 3 5c0-1 1-2 2-2z"/>',
    "mail": '<path d="M3 5h18v14H3zm0 1 9 7 9-7"/>',
    "note": '<path d="M5 3h10l4 4v14H5zM9 12h6m-6 4h6M14 3v5h5"/>',
    "meeting": '<circle cx="8" cy="8" r="3"/><path d="M2 19c0-8 12-8 12 0M15 5a3 3 0 0 1 0 6m2 2c3 1 4 3 4 6"/>',
    "move": '<path d="M4 12h15m-6-6 6 6-6 6"/>',
    "undo": '<path d="M8 5 4 9l4 4M4 9h9a6 6 0 0 1 0 12H9"/>',
    "edit": '<path d="M4 20h4L19 9l-4-4L4 16z"/>',
    "filter": '<path d="M3 5h18l-7 8.5V19l-4 2v-7.5z"/>',
    "star": '<path d="m12 4 2.5 5 5.5.8-4 3.9 1 5.5-5-2.6-5 2.6 1-5.5-4-3.9 5.5-.8z"/>',
    "warning": '<path d="M12 4 2.5 20h19zM12 10v4m0 3v.01"/>',
}  # fmt: skip
ICONS = {
    name: mark_safe(f'<svg class="i" viewBox="0 0 24 24" aria-hidden="true">{shape}</svg>')  # noqa: S308  (our own)
    for name, shape in SHAPES.items()
}
SLA_ICONS = {"ok": "clock", "soon": "soon", "breached": "breach", "paused": "pause", "none": "dash"}
SCORE_STEPS = (20, 40, 70)
"""The least score for one, two and three bars."""


def _bars(filled: int) -> SafeString:
    """Three bars, so many of them filled."""
    bars = (f'<path class="{"" if bar < filled else "off"}" d="M{5 + 7 * bar} 20V{14 - 5 * bar}"/>' for bar in range(3))
    drawing = f'<svg class="i" viewBox="0 0 24 24" aria-hidden="true">{"".join(bars)}</svg>'
    return mark_safe(drawing)  # noqa: S308  (our own)


BARS = tuple(_bars(filled) for filled in range(len(SCORE_STEPS) + 1))


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing beside a word; screen readers pass over it. Raises KeyError for one there is not."""
    return ICONS[name]


@register.simple_tag(takes_context=True)
def stage(context: dict[str, Any], value: str) -> SafeString:
    """A stage with its colour, number and the organisation's name for it (`stage_labels` of the context)."""
    labels = context.get("stage_labels") or {}
    return stage_mark(value, str(labels.get(value) or Stage(value).label))


@lru_cache(maxsize=256)
def stage_mark(value: str, label: str) -> SafeString:
    """A stage by its label: one of a few, and so made once."""
    text = f'<span class="num">{RANKS.get(value, "")}</span> {escape(label)}'
    return mark_safe(f'<span class="stage stage-{escape(value)}">{text}</span>')  # noqa: S308  (escaped)


@register.simple_tag
def sla(state: str, text: str) -> SafeString:
    """How the promised time stands: `state` is ok, soon, breached, paused or none, `text` says it in words."""
    words = f"{ICONS[SLA_ICONS[state]]} {escape(text)}"
    return mark_safe(f'<span class="sla sla-{state}">{words}</span>')  # noqa: S308  (escaped)


@register.simple_tag
def score(value: int) -> SafeString:
    """A score with three bars, of which the higher scores fill more."""
    return _score(value, get_language())


@lru_cache(maxsize=1024)
def _score(value: int, language: str | None) -> SafeString:
    filled = sum(value >= least for least in SCORE_STEPS)
    words = '<span class="score">{}<span class="visually-hidden">{} </span>{}</span>'
    return format_html(words, BARS[filled], _("Score"), value)


@register.simple_tag
def person(user: User | None) -> SafeString:
    """Somebody by initials and name; nobody in words."""
    return _nobody(get_language()) if user is None else _person(str(user))


@lru_cache(maxsize=16)
def _nobody(language: str | None) -> SafeString:
    return format_html('<span class="none">{}</span>', _("No owner"))


@lru_cache(maxsize=1024)
def _person(name: str) -> SafeString:
    words = '<span class="person"><span class="face" aria-hidden="true">{}</span> <bdi>{}</bdi></span>'
    return format_html(words, initials(name), name)


def face(user: User | None) -> SafeString:
    """Somebody by initials alone, where there is no room for a name; nobody in words."""
    return _nobody(get_language()) if user is None else _face(str(user), get_language())


@lru_cache(maxsize=1024)
def _face(name: str, language: str | None) -> SafeString:
    words = '<span class="face" role="img" title="{0}" aria-label="{1}">{2}</span>'
    return format_html(words, name, _("Owner: %(name)s") % {"name": name}, initials(name))


def amount_of(lead: Lead) -> str:
    """What a deal is worth, with decimals only where there are some; empty where nobody knows."""
    if lead.amount is None:
        return ""
    places = 0 if lead.amount == lead.amount.to_integral_value() else 2
    return f"{number_format(lead.amount, places, use_l10n=True, force_grouping=True)} {lead.currency}"


@register.simple_tag
def keys(*names: str) -> SafeString:
    """The keys that do something, shown beside it; screen readers are told by `aria-keyshortcuts` instead."""
    caps = format_html_join(" ", "<kbd>{}</kbd>", ((name,) for name in names))
    return format_html('<span class="keys-hint" aria-hidden="true">{}</span>', caps)


@register.filter(name="initials")
def initials(name: object) -> str:
    """The first letters of the first and the last word of a name, in any script."""
    words = str(name).split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
