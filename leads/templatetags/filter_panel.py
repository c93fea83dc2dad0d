"""The fields of the filter panel. Plain functions, because lists and boards show them all, with a box for everybody."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from django import template
from django.utils.safestring import SafeString, mark_safe

from leads.templatetags.fields import label_of

if TYPE_CHECKING:
    from django.forms import BoundField

    from leads.forms.listing import FilterForm

register = template.Library()


@register.simple_tag
def filter_panel(form: FilterForm) -> SafeString:
    """Every filter but the search and the stage, as it was asked for."""
    several = "".join(_several(field, options) for field, options in form.choosing)
    singles = "".join(f'<div class="field">{label_of(field)}{field}</div>' for field in form.asking)
    stalled = f'<div class="field check">{form["stalled"]} {label_of(form["stalled"])}</div>'
    return mark_safe(f'<div class="fields">{several}{singles}{stalled}</div>')  # noqa: S308  (each part is escaped)


def _several(field: BoundField, options: list[tuple[str, str, bool]]) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="{field.name}" value="{escape(value)}"{" checked" if on else ""}> '
        f"<bdi>{escape(str(label))}</bdi></label>"
        for value, label, on in options
    )
    legend = f"<legend>{escape(str(field.label))}</legend>"
    return f'<fieldset class="field">{legend}<div class="several">{boxes}</div></fieldset>'
