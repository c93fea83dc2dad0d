"""Before a person is forgotten for good, somebody types who it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from leads.models import Lead


class EraseForm(forms.Form):
    """The name of the lead, typed to confirm. Spaces and capitals do not matter."""

    name = forms.CharField(
        label=_("Name of the lead"), max_length=250, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, data: Any = None, *, lead: Lead) -> None:
        super().__init__(data)
        self.lead = lead

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if _alike(name) != _alike(str(self.lead)):
            raise forms.ValidationError(_("Type %(name)s to erase this person.") % {"name": self.lead})
        return name


def _alike(name: str) -> str:
    return " ".join(name.casefold().split())
