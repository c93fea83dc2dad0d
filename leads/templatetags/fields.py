"""A field of a form with all that belongs to it. A plain function, because a lead's page has some thirty."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.forms import BoundField

register = template.Library()


@register.simple_tag
def field(bound: BoundField, *, first: bool = False) -> SafeString:
    """The field with its label, help and errors. `asked` of its form, where it has that, names those not optional.

    The `first` of a page takes the focus when the page opens.
    """
    if first:
        bound.field.widget.attrs["data-focus"] = ""
    if bound.is_hidden:
        return mark_safe(str(bound))  # noqa: S308  (drawn by its widget)
    draw = _check if bound.widget_type == "checkbox" else _set if bound.use_fieldset else _labelled
    return mark_safe(draw(bound))  # noqa: S308  (each part is escaped; help texts are our own)


def label_of(bound: BoundField, more: str = "") -> str:
    """The label, with `more` that is escaped already."""
    return f'<label for="{bound.id_for_label}">{escape(str(bound.label))}{more}</label>'


def _check(bound: BoundField) -> str:
    errors = "".join(
        f'<p class="error" id="{bound.id_for_label}_error">{escape(str(error))}</p>' for error in bound.errors
    )
    return f'<div class="field check{_wrong(bound)}">{bound} {label_of(bound)}{_help(bound)}{errors}</div>'


def _set(bound: BoundField) -> str:
    legend = f"<legend>{escape(str(bound.label))}</legend>"
    return f'<fieldset class="field{_wrong(bound)}">{legend}{bound}{_help(bound)}{bound.errors}</fieldset>'


def _labelled(bound: BoundField) -> str:
    wide = " wide" if bound.widget_type == "textarea" else ""
    asked = getattr(bound.form, "asked", None)
    optional = f" <small>{escape(_('optional'))}</small>" if asked and bound.name not in asked else ""
    words = "".join(f"{escape(str(error))} " for error in bound.errors)
    errors = f'<div class="error" id="{bound.id_for_label}_error">{words}</div>' if words else ""
    return f'<div class="field{_wrong(bound)}{wide}">{label_of(bound, optional)}{bound}{_help(bound)}{errors}</div>'


def _wrong(bound: BoundField) -> str:
    return " wrong" if bound.errors else ""


def _help(bound: BoundField) -> str:
    if not bound.help_text:
        return ""
    return f'<div class="help" id="{bound.id_for_label}_helptext">{bound.help_text}</div>'
