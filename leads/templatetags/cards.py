"""The menu of a card on the board. A plain function, because a board has hundreds of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from leads.models.stage import RANKS, Stage
from leads.templatetags.marks import ICONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leads.boarding import Card
    from leads.refusals import Offer

register = template.Library()


@register.simple_tag
def steps(card: Card, labels: Mapping[str, str], query: str) -> SafeString:
    """The steps of a card: a button for one that asks nothing, a link to the form of one that asks, why not for others.

    `query` is the board's query string, already encoded as the parameter of that name. The script reads from these
    which columns a card may be dropped on.
    """
    lead = card.lead
    address = reverse("board_move", args=[lead.pk, "-"]).removesuffix("-/")
    words = [_step(one, address, query, lead.version, labels) for one in card.offers]
    title = format_html(_("Move {lead} to …"), lead=str(lead))
    return format_html(
        '<details class="menu moves" data-menu><summary class="button quiet small" aria-label="{}">{} <span>{}</span>'
        "</summary><ul>{}</ul></details>",
        title, ICONS["move"], _("Move to …"), mark_safe("".join(words)),  # noqa: S308  (made of escaped parts)
    )  # fmt: skip


def _step(offer: Offer, address: str, query: str, version: int, labels: Mapping[str, str]) -> str:
    target = offer.target
    stage = format_html(
        '<span class="stage stage-{}"><span class="num">{}</span> {}</span>',
        target, RANKS[target], labels.get(target) or Stage(target).label,
    )  # fmt: skip
    if not offer.is_open:
        return format_html('<li class="blocked" data-to="{}">{} <small>{}</small></li>', target, stage, why(offer))
    url = f"{address}{offer.step}/"
    if offer.asks:
        return format_html(
            '<li><a href="{}?{}" data-to="{}" data-asks>{} … {}</a></li>', url, query, target, offer.label, stage
        )
    return format_html(
        '<li><button form="moves" formaction="{}" name="version" value="{}" data-to="{}">{} {}</button></li>',
        url, version, target, offer.label, stage,
    )  # fmt: skip


def why(offer: Offer) -> str:
    """What stands in the way of a step."""
    if offer.needs_role:
        return _("%(step)s is for: %(roles)s.") % {"step": offer.label, "roles": offer.needs_role}
    facts = ", ".join(fact.label for fact in offer.misses)
    return _("%(step)s needs %(facts)s.") % {"step": offer.label, "facts": facts}
