"""The cards of the board. Plain functions on plain strings, because a board has some sixty cards of many parts each."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from leads.sla import State
from leads.templatetags.marks import ICONS, amount_of, face, score, sla, stage_mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from leads.boarding import Card
    from leads.refusals import Offer

register = template.Library()


@register.simple_tag(takes_context=True)
def card(context: dict[str, Any], card: Card) -> SafeString:
    """A card. Of the context: `stage_labels`, `now`, and as query strings `back` to this board and `step_query`."""
    lead = card.lead
    late = " data-late" if card.badge and card.badge.state == State.BREACHED else ""
    company = f'<bdi class="company">{escape(lead.company.name)}</bdi>' if lead.company else ""
    menu = _menu(card, context["stage_labels"], context["step_query"])
    return mark_safe(  # noqa: S308  (each part escapes what it is given)
        f'<li class="card" id="card-{lead.pk}" data-card data-row tabindex="-1"{late}>'
        f'<a class="name" href="{lead.get_absolute_url()}?{escape(context["back"])}"><bdi>{escape(str(lead))}</bdi></a>'
        f"{company}{''.join(_facts(card, context['now']))}"
        f'<div class="foot">{menu}{face(lead.owner)}</div></li>'
    )


def _facts(card: Card, now: datetime) -> Iterator[str]:
    """The lines between a card's name and its foot."""
    lead, badge = card.lead, card.badge
    amount = f"<span>{escape(amount_of(lead))}</span>" if lead.amount is not None else ""
    yield f'<div class="facts">{score(lead.score)}{amount}{sla(badge.state, badge.text) if badge else ""}</div>'
    if card.stalled:
        day = date_format(timezone.localtime(lead.stage_since), "SHORT_DATE_FORMAT")
        words = escape(_("Stalled since %(since)s") % {"since": day})
        yield f'<div class="facts warn">{ICONS["pause"]} <span>{words}</span></div>'
    if lead.next_at:
        local = timezone.localtime(lead.next_at)
        words = f"{date_format(local, 'SHORT_DATE_FORMAT')}, {date_format(local, 'TIME_FORMAT')}"
        kind = f"{ICONS['clock']} {escape(str(lead.get_next_kind_display()))}"
        time = f'<time datetime="{local.isoformat()}">{escape(words)}</time>'
        yield f'<div class="facts{" warn" if lead.next_at <= now else ""}">{kind} {time}</div>'


def _menu(card: Card, labels: Mapping[str, str], query: str) -> str:
    """The steps of a card: a button for one that asks nothing, a link to the form of one that asks, why not for others.

    `query` is the board's query string, already encoded as the parameter of that name. The script reads from these
    which columns a card may be dropped on.
    """
    lead, language = card.lead, get_language()
    address, query = f"{reverse('board')}{lead.pk}/", escape(query)
    words = []
    for offer in card.offers:
        obstacle = "" if offer.is_open else why(offer)
        label = f"{offer.label} …" if offer.asks else str(offer.label)
        text = _text(language, label, offer.target, str(labels.get(offer.target, offer.target)), obstacle)
        words.append(_step(offer, f"{address}{offer.step}/", query, lead.version, text))
    title, said = escape(_("Move %(lead)s to …") % {"lead": lead}), escape(_("Move to …"))
    return (
        f'<details class="menu moves" data-menu><summary class="button quiet small" aria-label="{title}">'
        f"{ICONS['move']} <span>{said}</span></summary><ul>{''.join(words)}</ul></details>"
    )


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
    mark = stage_mark(target, stage)
    return format_html("{} <small>{}</small>", mark, obstacle) if obstacle else format_html("{} {}", label, mark)


def why(offer: Offer) -> str:
    """What stands in the way of a step."""
    if offer.needs_role:
        return _("%(step)s is for: %(roles)s.") % {"step": offer.label, "roles": offer.needs_role}
    facts = ", ".join(fact.label for fact in offer.misses)
    return _("%(step)s needs %(facts)s.") % {"step": offer.label, "facts": facts}
