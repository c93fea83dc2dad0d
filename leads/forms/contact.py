"""How a lead may be reached: what it said about that, and its e-mails and phones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads.models import Identity

if TYPE_CHECKING:
    from datetime import datetime

Kind = Identity.Kind


class ConsentForm(forms.Form):
    """That a lead agreed to be contacted, or no longer does."""

    source = forms.CharField(
        label=_("How they said so"), max_length=80, help_text=_("Such as phone call, e-mail or fair.")
    )
    wording = forms.CharField(label=_("Version of the wording"), max_length=80, required=False, initial="spoken")
    occurred_at = forms.DateTimeField(
        label=_("When"), required=False, help_text=_("Left empty: just now."),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )  # fmt: skip
    asked = ("source",)

    def __init__(self, data: Any = None, *, granted: bool) -> None:
        super().__init__(data, auto_id="granted_%s" if granted else "withdrawn_%s")
        self.granted = granted
        self.label = gettext("Record consent") if granted else gettext("Record withdrawal")

    def clean_wording(self) -> str:
        return str(self.cleaned_data["wording"]) or "spoken"

    def clean_occurred_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["occurred_at"]
        if at and at > timezone.now():
            raise forms.ValidationError(gettext("This lies in the future."))
        return at


class KeyForm(forms.Form):
    """One more e-mail or phone."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[(kind.value, kind.label) for kind in Identity.CONTACT_KINDS])
    value = forms.CharField(
        label=_("E-mail or phone"),
        max_length=320,
        help_text=_("A phone with its country code, such as +1 415 555 2671."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="contact_%s")
