"""What several forms ask for alike: dates, currencies, and whom a lead may be given to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import Lead, User
from leads.roles import Scope

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet
    from django.utils.functional import _StrOrPromise as StrOrPromise

NO_CURRENCY = _("Give the currency of the amount.")
currency_code = RegexValidator(r"\A[A-Za-z]{3}\Z", _("Write a currency as three letters, such as EUR."))


def date_field(label: StrOrPromise) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(
        label=label, required=False, input_formats=["%Y-%m-%d"], widget=widget, validators=[sane_day]
    )  # fmt: skip


def sane_day(day: date) -> None:
    """A typing mistake is told; at the calendar's edge there is no next day to count to."""
    if not 1900 <= day.year < 3000:
        raise ValidationError(_("Write a day between 1900 and 2999."))


class LinesField(forms.CharField):
    """A list of words, one a line; blank lines and repetitions are left out."""

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> Any:
        lines = (line.strip() for line in (super().to_python(value) or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


def urgency_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Urgency"), choices=[("", _("Choose an urgency")), *Lead.Urgency.choices], required=False
    )


def owner_field() -> forms.ModelChoiceField[User]:
    return forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False, empty_label=_("Nobody"))


def owners_for(lead: Lead, user: User) -> QuerySet[User]:
    """Whom a person may give the lead to: the active people of their team, or of all teams when they see all leads.

    Who owns the lead now stays among them, whoever it is: an import's owners are inactive.
    """
    people = Q(is_active=True)
    if user.scope is not Scope.ALL:
        people &= Q(pk=user.pk) | Q(team=user.team_id) if user.team_id else Q(pk=user.pk)
    return User.objects.filter(people | Q(pk=lead.owner_id)).order_by("first_name", "last_name", "username")
