"""What people write down between two moves: a call, an e-mail, a meeting, a note, and what they plan next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.models import Lead, Touch
from leads.planning import QUICK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MINUTE = "%Y-%m-%dT%H:%M"
KINDS = tuple(Touch.OUTCOMES)
LONGEST = 10_000


def moment_field(label: Any, help_text: Any = "") -> forms.DateTimeField:
    """A time to the minute, by the clock of the organisation."""
    widget = forms.DateTimeInput(format=MINUTE, attrs={"type": "datetime-local"})
    return forms.DateTimeField(
        label=label, help_text=help_text, required=False, input_formats=[MINUTE, f"{MINUTE}:%S"], widget=widget
    )


def text_field(label: Any, *, required: bool = False) -> forms.CharField:
    """What somebody writes in sentences; @names in it are offered as they type."""
    area = forms.Textarea(attrs={"rows": 2, "data-mentions": ""})
    return forms.CharField(label=label, max_length=LONGEST, required=required, widget=area)


class Composed(forms.Form):
    """What every form here carries: the version of the lead it was written for."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False, widget=forms.HiddenInput)
    typed: ClassVar[tuple[str, ...]] = ()  # the fields that hold what somebody typed
    moment: ClassVar[str | None] = None  # the field that says when

    def __init__(self, data: Mapping[str, Any] | None = None, *, lead: Lead, name: str) -> None:
        super().__init__(data, initial={"version": lead.version}, auto_id=f"{name}_%s")
        self.lead, self.name = lead, name

    @property
    def is_stale(self) -> bool:
        """Whether the lead has moved since the page was shown that this was written on."""
        return self.cleaned_data["version"] not in (None, self.lead.version)

    @property
    def entered(self) -> list[tuple[str, str]]:
        """What was typed in, in words, to keep it when the lead is gone."""
        texts = [(str(self[name].label), str(self.data.get(name, ""))) for name in self.typed]
        return [(label, text) for label, text in texts if text]


class TouchForm(Composed):
    """A call, an e-mail or a meeting, and what came of it: the button pressed says that."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in KINDS], widget=forms.HiddenInput)
    outcome = forms.ChoiceField(required=False, choices=Touch.Outcome.choices, widget=forms.HiddenInput)
    note = text_field(_("Note"))
    occurred_at = moment_field(_("When"), _("Left empty: just now."))
    typed = ("note", "occurred_at")
    moment = "occurred_at"

    def __init__(self, data: Mapping[str, Any] | None = None, *, lead: Lead, kind: str) -> None:
        super().__init__(data, lead=lead, name=kind)
        self.initial["kind"] = kind

    @property
    def outcomes(self) -> list[tuple[str, Any]]:
        """What can come of it, in the order of the keys 1, 2, 3 …"""
        return [(outcome.value, outcome.label) for outcome in Touch.OUTCOMES[Touch.Kind(self.name)]]

    def clean(self) -> dict[str, Any]:
        outcome = self.cleaned_data.get("outcome")
        kind = self.cleaned_data.get("kind")
        if kind and outcome and outcome not in Touch.OUTCOMES[Touch.Kind(kind)]:
            self.add_error("outcome", _("Choose what came of it."))
        return self.cleaned_data


class NoteForm(Composed):
    """A note; with a `cycle` it belongs to the thread of that cycle's handoff."""

    text = text_field(_("Note"), required=True)
    cycle = forms.IntegerField(min_value=1, max_value=32767, required=False, widget=forms.HiddenInput)
    typed = ("text",)

    def __init__(self, data: Mapping[str, Any] | None = None, *, lead: Lead, cycle: int | None = None) -> None:
        super().__init__(data, lead=lead, name="reply" if cycle else "note")
        self.fields["text"].error_messages["required"] = _("Write something first.")
        if cycle:
            self.initial["cycle"] = cycle
            self.fields["text"].label = _("Reply")


class PlanForm(Composed):
    """What to do next and when: at a time given, or by one of the quick choices."""

    kind = forms.ChoiceField(label=_("What"), choices=Lead.NextKind.choices)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    due_at = moment_field(_("When"))
    quick = forms.ChoiceField(required=False, choices=list(QUICK.items()), widget=forms.HiddenInput)
    typed = ("kind", "note", "due_at")
    moment = "due_at"
    asked = ("kind", "due_at")

    def __init__(self, data: Mapping[str, Any] | None = None, *, lead: Lead) -> None:
        super().__init__(data, lead=lead, name="plan")
        kind = lead.next_kind or Lead.NextKind.CALL
        self.initial.update({"kind": kind, "note": lead.next_note, "due_at": lead.next_at})

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not given.get("due_at") and not given.get("quick") and "due_at" not in self.errors:
            self.add_error("due_at", _("Say when, or press one of the times."))
        return given

    def due(self, times: Mapping[str, datetime]) -> datetime:
        """When it is due: the quick choice outdoes the field, for it was pressed last."""
        quick = self.cleaned_data["quick"]
        due: datetime = times[quick] if quick else self.cleaned_data["due_at"]
        return due
