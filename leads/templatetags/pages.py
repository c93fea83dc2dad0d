"""Small things templates say often."""

from django import template
from django.conf import settings

from leads.templatetags import marks

register = template.Library()
register.tag("stage", marks.register.tags["stage"])

DEMO_LOGINS = [
    ("sam", "SDR"), ("mia", "Marketer"), ("alex", "Account executive"), ("max", "Manager"), ("ada", "Administrator"),
]  # fmt: skip


@register.simple_tag
def demo_logins() -> list[tuple[str, str]]:
    """The demo's people, when this installation shows them."""
    return DEMO_LOGINS if settings.SHOW_DEMO_LOGINS else []
