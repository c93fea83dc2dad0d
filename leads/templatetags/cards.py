"""The menu of a card on the board. A plain function, because a board has hundreds of steps."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from leads.models.stage import RANKS
from leads.templatetags.marks import ICONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leads.boarding import Card
    from leads.refusals import Offer

register = template.Library()


MENU = (
    '<details class="menu moves" data-menu><summary class="button quiet small" aria-label="{}">{} <span>{}</span>'
    "</summary><ul>{}</ul></details>"
)


@register.simple_tag
def steps(card: Card, labels: Mapping[str, str], query: str) -> SafeString:
    """The steps of a card: a button for one that asks nothing, a link to the form of one that asks, why not for others.

    `query` is the board's query string, already encoded as the parameter of that name. The script reads from these
    which columns a card may be dropped on.
    """
    lead, language = card.lead, get_language()
    address = reverse("board_move", args=[lead.pk, "-"]).removesuffix("-/")
    words = []
    for offer in card.offers:
        obstacle = "" if offer.is_open else why(offer)
        label = f"{offer.label} …" if offer.asks else offer.label
        text = _text(language, label, offer.target, labels.get(offer.target, offer.target), obstacle)
        words.append(_step(offer, f"{address}{offer.step}/", query, lead.version, text))
    title = format_html(_("Move {lead} to …"), lead=str(lead))
    return format_html(MENU, title, ICONS["move"], _("Move to …"), mark_safe("".join(words)))  # noqa: S308  (escaped)


def _step(offer: Offer, url: str, query: str, version: int, text: str) -> str:
    """A step around its escaped `text`; the addresses are our own."""
    if not offer.is_open:
        return f'<li class="blocked" data-to="{offer.target}">{text}</li>'
    if offer.asks:
        return f'<li><a href="{url}?{query}" data-to="{offer.target}" data-asks>{text}</a></li>'
    button = f'<button form="moves" formaction="{url}" name="version" value="{version}" data-to="{offer.target}">'
    return f"<li>{button}{text}</button></li>"


@lru_cache(maxsize=1024)
def _text(language: str | None, label: str, target: str, stage: str, obstacle: str) -> str:
    """What a step says, escaped: the same for every card, and so made once."""
    mark = format_html(
        '<span class="stage stage-{}"><span class="num">{}</span> {}</span>', target, RANKS[target], stage
    )
    return format_html("{} <small>{}</small>", mark, obstacle) if obstacle else format_html("{} {}", label, mark)


def why(offer: Offer) -> str:
    """What stands in the way of a step."""
    if offer.needs_role:
        return _("%(step)s is for: %(roles)s.") % {"step": offer.label, "roles": offer.needs_role}
    facts = ", ".join(fact.label for fact in offer.misses)
    return _("%(step)s needs %(facts)s.") % {"step": offer.label, "facts": facts}
