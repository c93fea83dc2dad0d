"""What can be done in a row of Today. Built of strings, not of tags, because a page has hundreds of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from leads.templatetags.marks import ICONS

if TYPE_CHECKING:
    from leads.views.rows import Row, Step

register = template.Library()


@register.simple_tag
def acts(row: Row, ask: str) -> SafeString:
    """The next step forward, a call, and the other steps behind a menu; `ask` is the query that says where one is."""
    ask = escape(ask)
    parts = [_step(row, row.next, ask, "a", "primary small")] if row.next else []
    call = f"{ICONS['call']} {escape(_('Call'))} {_cap('C')}"
    parts.append(_link(row, f"{row.work}call/{ask}", "c", "small", call))
    if row.others:
        items = "".join(f"<li>{_step(row, step, ask, str(step.key), '')}</li>" for step in row.others)
        name = escape(_("Other steps"))
        parts.append(
            f'<details class="menu" data-menu><summary class="button quiet small" aria-label="{name}">'
            f"{ICONS['more']}</summary><ul>{items}</ul></details>"
        )
    return mark_safe("".join(parts))  # noqa: S308  (labels are escaped, the rest is ours)


@register.simple_tag
def known(row: Row) -> SafeString:
    """What is known of a lead, one after the other."""
    return mark_safe(" · ".join(f"<bdi>{escape(fact)}</bdi>" for fact in row.known))  # noqa: S308  (escaped)


@register.simple_tag
def why_here(row: Row) -> SafeString:
    """A way to the sentences that say why a lead stands where it stands."""
    link = _link(row, f"{row.work}why/?section={row.section.value}", "w", "", escape(_("Why here?")))
    return mark_safe(link)  # noqa: S308  (the words are escaped)


def _step(row: Row, step: Step, ask: str, key: str, looks: str) -> str:
    """A button that takes the step at once, or a link that asks in place for what it needs."""
    label, cap = escape(step.offer.label), _cap(key.upper())
    if step.asks:
        return _link(row, f"{row.work}{step.offer.step}/{ask}", key, looks, f"{label}… {cap}")
    url = f"{row.work}{step.offer.step}/"
    return (
        f'<button class="{looks}" type="submit" form="act" formaction="{url}" name="version" '
        f'value="{row.lead.version}" hx-post="{url}" data-rowkey="{key}" aria-keyshortcuts="{key}">'
        f"{label} {cap}</button>"
    )


def _link(row: Row, url: str, key: str, looks: str, words: str) -> str:
    button = f' class="button {looks}"' if looks else ""
    return (
        f'<a{button} href="{url}" hx-get="{url}" hx-target="#ask-{row.lead.pk}" hx-swap="innerHTML" '
        f'data-rowkey="{key}" aria-keyshortcuts="{key}">{words}</a>'
    )


def _cap(key: str) -> str:
    return f'<span class="keys-hint" aria-hidden="true"><kbd>{key}</kbd></span>'
