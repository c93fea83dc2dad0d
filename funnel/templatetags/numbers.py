"""How numbers are written: thousands parted, shares in percent, and weak ones marked."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from funnel import wording
from funnel.honest import Figure

register = template.Library()


@register.simple_tag
def number(value: int) -> str:
    return f"{value:,}"


@register.simple_tag
def percent(share: float | None) -> str:
    """A share of 1 in percent."""
    return wording.percent(share)


@register.simple_tag
def rate(value: Figure) -> str | SafeString:
    """The rate in percent, marked when n is small."""
    if not value.is_weak or value.value is None:
        return wording.percent(value.value)
    return format_html(
        '{} <span class="tag warn" title="fewer than 30: weak">weak</span>', wording.percent(value.value)
    )


@register.simple_tag
def interval(value: Figure) -> str:
    """The 95 % interval in percent."""
    return wording.interval(value) or wording.NOTHING
