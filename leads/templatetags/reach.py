"""Phones and e-mails to call and write to. Plain functions, because a table has a hundred."""

from __future__ import annotations

from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from leads.models import Identity
from leads.reach import address

register = template.Library()


@register.simple_tag
def reach(kind: str, value: str, withdrawn: bool) -> SafeString:
    """A key of a lead: a phone or an e-mail as a link; only told, and marked, where consent was withdrawn."""
    told = f"<bdi>{escape(value)}</bdi>"
    if withdrawn and kind in Identity.CONTACT_KINDS:
        told = f'{told} <span class="tag breach">{escape(_("Withdrawn consent"))}</span>'
    elif url := address(kind, value):
        told = f'<a class="reach" href="{escape(url)}">{told}</a>'
    return mark_safe(told)  # noqa: S308  (escaped)
