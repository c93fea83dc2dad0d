"""Small things templates say often."""

from typing import Any

from django import template
from django.conf import settings

from leads.models.stage import RANKS, Stage

register = template.Library()

DEMO_LOGINS = [
    ("sam", "SDR"), ("mia", "Marketer"), ("alex", "Account executive"), ("max", "Manager"), ("ada", "Administrator"),
]  # fmt: skip


@register.inclusion_tag("includes/_stage.html", takes_context=True)
def stage(context: dict[str, Any], value: str) -> dict[str, Any]:
    """A stage with its colour, number and the organisation's name for it."""
    labels = context.get("stage_labels") or {}
    return {"value": value, "number": RANKS.get(value, ""), "label": labels.get(value) or Stage(value).label}


@register.simple_tag
def demo_logins() -> list[tuple[str, str]]:
    """The demo's people, when this installation shows them."""
    return DEMO_LOGINS if settings.SHOW_DEMO_LOGINS else []
