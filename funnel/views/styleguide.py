"""Every component in all its states, from canned data: where one looks before making another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.views.decorators.http import require_GET

from funnel.views.shell import THEMES
from leads.firststeps import STEPS
from leads.models import Stage, User
from leads.templatetags.marks import SHAPES, SLA_ICONS
from leads.views.pages import Request, answer

if TYPE_CHECKING:
    from django.http import HttpResponse

TOKENS = ("bg", "surface", "raised", "line", "edge", "text", "muted", "accent", "tint", "ok", "warn", "breach")
SLAS = (
    ("ok", "5 h left"), ("soon", "40 min left"), ("breached", "2 h over"), ("paused", "waits for Tuesday's call"),
    ("none", "no promise"),
)  # fmt: skip


class Sample(forms.Form):
    """One field of each kind; asked for empty, each that is required is wrong."""

    asked = ("name", "stage")
    name = forms.CharField(help_text="As the person writes it.")
    stage = forms.ChoiceField(choices=[("", "Choose a stage"), *Stage.choices])
    day = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    agreed = forms.BooleanField(required=False, label="May be contacted")
    channel = forms.ChoiceField(
        required=False, choices=[("call", "Call"), ("mail", "E-mail")], widget=forms.RadioSelect
    )


class Said:
    """A message, without the storage of one."""

    def __init__(self, level: str, text: str, undo: str = "") -> None:
        self.level_tag, self.text, self.extra_tags = level, text, undo

    def __str__(self) -> str:
        return self.text


@login_required
@require_GET
def styleguide(request: Request) -> HttpResponse:
    """The gallery, in the theme that `theme` names."""
    theme = request.GET.get("theme", "")
    return answer(request, "funnel/styleguide.html", {**_samples(), "shown": theme if theme in THEMES else THEMES[0]})


def _samples() -> dict[str, Any]:
    names = (("Priya", "Raman"), ("สมชาย", "ใจดี"), ("Wolfeschlegelsteinhausenbergerdorff", "The Third of that Name"))
    here = "?theme="
    steps = [("lead", True), ("move", False), ("people", False)]
    return {
        "tokens": TOKENS, "stages": Stage.values, "slas": SLAS, "scores": (3, 24, 55, 91), "icons": SHAPES,
        "sla_states": SLA_ICONS, "empty_form": Sample(), "wrong_form": Sample({}, auto_id="wrong_%s"),
        "people": [User(first_name=first, last_name=last) for first, last in names],
        "said": [
            Said("success", "Accept: Priya Raman now stands at SAL.", here), Said("info", "Please press Undo again."),
            Said("warning", "12 of 40 leads cannot move."), Said("error", "Nothing was moved."),
        ],
        "tabs": [
            {"label": theme.title(), "url": f"{here}{theme}", "theme": theme} for theme in THEMES
        ],
        "counted_tabs": [
            {"label": "My leads", "url": here, "current": True, "count": "38"},
            {"label": "Team queue", "url": here, "count": "7"}, {"label": "Stalled", "url": here},
        ],
        "chips": [
            {"name": "Source", "value": "webinar", "url": here}, {"name": "Owner", "value": "สมชาย ใจดี", "url": here}
        ],
        "menu": [
            {"label": "Open", "url": here, "drawing": "leads"}, {"label": "Log out", "url": here, "drawing": "leave"},
            {"label": "Delete", "url": here, "drawing": "close", "danger": True},
        ],
        "trail": [("Leads", here), ("Priya Raman", here), ("Edit", "")],
        "steps": [
            {"title": step.title, "label": step.label, "url": here, "done": dict(steps)[step.name]}
            for step in STEPS if step.name in dict(steps)
        ],
    }  # fmt: skip
