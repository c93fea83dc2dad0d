"""What administrators say of people, and people of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from leads.models import Team, User
from leads.people import Person
from leads.roles import Role

if TYPE_CHECKING:
    from django.db.models import QuerySet

QUEUE, KEEP, GIVE = "queue", "keep", "give"
IN_A_TEAM = (Role.SDR, Role.AE)


class PersonForm(forms.Form):
    """Somebody's account; `asked` are the fields that are not optional."""

    first_name = forms.CharField(label=_("First name"), max_length=150)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    team = forms.ModelChoiceField(
        Team.objects.order_by("name"), label=_("Team"), required=False, empty_label=_("No team"),
        help_text=_("SDRs and account executives work the leads of their team."),
    )  # fmt: skip
    asked = ("first_name", "email", "role")

    def person(self) -> Person:
        return Person(**self.cleaned_data)


class NameForm(forms.ModelForm):  # type: ignore[type-arg]
    """One's own name."""

    class Meta:
        model = User
        fields = ("first_name", "last_name")
        labels = {"first_name": _("First name"), "last_name": _("Last name")}

    asked = ("first_name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = True


class SwitchOffForm(forms.Form):
    """What becomes of the open leads of somebody who leaves."""

    leads = forms.ChoiceField(widget=forms.RadioSelect)
    to = forms.ModelChoiceField(User.objects.none(), label=_("To whom"), required=False, empty_label=_("Choose …"))

    def __init__(self, data: Any, *, owned: int, others: QuerySet[User]) -> None:
        super().__init__(data, initial={"leads": GIVE})
        leads = self.fields["leads"]
        assert isinstance(leads, forms.ChoiceField)  # noqa: S101  (declared above)
        leads.label = ngettext("Their %(owned)d open lead", "Their %(owned)d open leads", owned) % {"owned": owned}
        leads.choices = [
            (GIVE, _("Give to somebody else")),
            (QUEUE, _("Put back: MQLs into the team queue, the others for managers to give out")),
            (KEEP, _("Leave in their name")),
        ]
        people = self.fields["to"]
        assert isinstance(people, forms.ModelChoiceField)  # noqa: S101
        people.queryset = others
        if not owned:
            del self.fields["leads"], self.fields["to"]

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("leads") == GIVE and not self.cleaned_data.get("to") and "to" not in self.errors:
            self.add_error("to", _("Say who gets the leads."))
        return self.cleaned_data

    def hands_over(self) -> bool:
        return self.cleaned_data.get("leads") in (GIVE, QUEUE)

    def receiver(self) -> User | None:
        return self.cleaned_data["to"] if self.cleaned_data.get("leads") == GIVE else None
