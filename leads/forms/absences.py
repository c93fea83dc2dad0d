"""Days away from work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads import absences
from leads.models import Absence, User

if TYPE_CHECKING:
    from datetime import datetime


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, input_formats=["%Y-%m-%d"], widget=widget)


class AbsenceForm(forms.Form):
    """Who is away and when; whoever plans for nobody else is not asked who."""

    user = forms.ModelChoiceField(User.objects.none(), label=_("Who"), empty_label=None)
    starts_on = _day(_("First day away"))
    ends_on = _day(_("Last day away"))

    def __init__(self, *args: Any, by: User, **more: Any) -> None:
        super().__init__(*args, **more)
        self.by = by
        people = absences.people_of(by)
        if people.count() > 1:
            self.fields["user"].queryset = people  # type: ignore[attr-defined]
            self.fields["user"].initial = by.pk
        else:
            del self.fields["user"]

    def planned(self, *, at: datetime) -> Absence | None:
        """The absence, written down; None when something is wrong, which the form then says."""
        if not self.is_valid():
            return None
        days = {name: self.cleaned_data[name] for name in ("starts_on", "ends_on")}
        try:
            return absences.plan(user=self.cleaned_data.get("user", self.by), by=self.by, at=at, **days)
        except absences.WrongDays as wrong:
            self.add_error("ends_on", str(wrong))
            return None
