"""What is given for many leads at once: one fact to set, or the facts of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.forms.fields import date_field, owner_field, owners_for, urgency_field
from leads.forms.moving import StepForm
from leads.lines import plain
from leads.models import Lead

if TYPE_CHECKING:
    from leads.bulk import Preview
    from leads.models import User


class FactForm(forms.Form):
    """One fact for many leads; taken away only when that is asked for."""

    KNOWN = {
        "owner": _("Owner"), "source": _("Source"), "medium": _("Medium"), "campaign": _("Campaign"),
        "channel": _("Channel"), "urgency": _("Urgency"), "expected_close_on": _("Expected close"),
    }  # fmt: skip

    def __init__(self, data: Any = None, *, fact: str, user: User) -> None:
        super().__init__(data)
        self.fact = fact
        self.fields["value"] = _field(fact, user)
        self.fields["value"].label = str(self.KNOWN[fact])
        self.fields["clear"] = forms.BooleanField(label=_("Take it away instead"), required=False)
        if fact == "owner":
            self.fields["clear"].help_text = _(
                "Leads that nobody owns are seen by managers, and by the team while they are MQLs."
            )

    def clean(self) -> dict[str, Any]:
        """Either a value or its absence: an untouched form takes nothing away."""
        is_given = self.cleaned_data.get("value") not in (None, "")
        if "value" not in self.errors and is_given == bool(self.cleaned_data.get("clear")):
            both = _("Give a value, or tick that it is taken away; not both.")
            self.add_error("value", both if is_given else _("Give a value, or tick below that it is taken away."))
        return self.cleaned_data

    def facts(self) -> dict[str, Any]:
        """The fact by its column, as a job keeps it."""
        value = self.cleaned_data["value"]
        if self.fact == "owner":
            return {"owner_id": value.pk if value else None}
        return {self.fact: plain(value)}


def _field(fact: str, user: User) -> forms.Field:
    if fact == "owner":
        field = owner_field()
        field.empty_label = _("Choose …")
        field.queryset = owners_for(Lead(), user)
        return field
    if fact == "urgency":
        return urgency_field()
    if fact == "expected_close_on":
        return date_field("")
    length = Lead._meta.get_field(fact).max_length  # type: ignore[union-attr]
    return forms.CharField(required=False, max_length=length)


def step_form(data: Any, *, preview: Preview, user: User) -> StepForm:
    """What a step asks of many leads, in the form that asks it of one."""
    blank = Lead(version=1)
    posted = {**data.dict(), "version": "1"} if data is not None else None
    return StepForm(posted, lead=blank, user=user, offer=preview.offer)
