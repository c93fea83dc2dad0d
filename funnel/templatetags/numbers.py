"""How numbers are written: thousands parted, shares in percent, and weak ones marked."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from funnel import wording
from funnel.honest import WEAK_BELOW, Figure

register = template.Library()


@register.simple_tag
def number(value: int) -> str:
    return wording.number(value)


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
        '{} <span class="tag warn" title="{}">{}</span>', wording.percent(value.value), few(), wording.weak()
    )


@register.simple_tag
def few() -> str:
    """Why a number is weak."""
    return _("fewer than %(least)s: weak") % {"least": WEAK_BELOW}


@register.simple_tag
def interval(value: Figure) -> str:
    """The 95 % interval in percent."""
    return wording.interval(value) or wording.NOTHING


@register.simple_tag
def counted(hits: int, hits_link: str, n: int, n_link: str) -> SafeString:
    """How many of how many, each with the list of them."""
    return format_html(_("{hits} of {n}"), hits=_linked(hits, hits_link), n=_linked(n, n_link))


@register.simple_tag
def rests_on(n: int, link: str) -> SafeString:
    """How many a number is worked out from."""
    return format_html(_("n {n}").replace(" ", wording.SPACE), n=_linked(n, link))


def _linked(number: int, link: str) -> str | SafeString:
    text = wording.number(number)
    return format_html('<a href="{}">{}</a>', link, text) if link else text
