"""What people type in. Forms check shape; what a step needs is for the gate to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator

from leads import filters, identity
from leads.capture import Person, company_named
from leads.lines import Given
from leads.models import Lead, Reason, Stage, User

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leads.refusals import Offer

BIGGEST = 2**63 - 1
# Facts that a step may be given although it does not ask for them.
EXTRAS = {"lose": ("competitor",), "recycle": ("wake_on",)}
GIVEN = ("reason", "competitor", "owner", "amount", "currency", "expected_close_on", "urgency", "wake_on", "note")

currency_code = RegexValidator(r"\A[A-Za-z]{3}\Z", "Write a currency as three letters, such as EUR.")


def date_field(label: str) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=False, input_formats=["%Y-%m-%d"], widget=widget)


def owner_field() -> forms.ModelChoiceField[User]:
    people = User.objects.filter(is_active=True).order_by("first_name", "last_name", "username")
    return forms.ModelChoiceField(people, label="Owner", required=False, empty_label="Nobody")


class FilterForm(forms.Form):
    """The lead list's filters. What makes no sense is named in `problems` and otherwise ignored."""

    q = forms.CharField(label="Search", required=False, max_length=100)
    stage = forms.ChoiceField(required=False)
    owner = forms.ChoiceField(required=False)
    source = forms.ChoiceField(required=False)
    team = forms.ChoiceField(required=False)
    before = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST)
    after = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST)

    def __init__(self, data: Any, *, user: User, labels: dict[str, str]) -> None:
        super().__init__(data)
        teams = [(str(team.pk), team.name) for team in filters.teams_seen_by(user)]
        owners = [(str(one.pk), f"Me ({one})" if one == user else str(one)) for one in filters.owners_seen_by(user)]
        sources = [(filters.param_of(one), one or filters.BLANK) for one in filters.sources_seen_by(user)]
        self.choose("stage", "Any stage", [(stage, labels.get(stage, stage)) for stage in Stage.values])
        self.choose("owner", "Any owner", [*owners, (filters.NOBODY, "No owner")])
        self.choose("source", "Any source", sources)
        self.choose("team", "Any team", teams)
        self.has_teams = bool(teams)

    def choose(self, name: str, anything: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (for the type checker)
        field.choices = [("", anything), *choices]

    @property
    def problems(self) -> list[str]:
        """What was asked for and ignored, in words."""
        wrong = [(name, " ".join(map(str, errors))) for name, errors in self.errors.items()]
        return [f"The filter “{name}” was ignored. {why}" for name, why in wrong]

    @property
    def is_filtering(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("q", "stage", "owner", "source", "team"))


class StepForm(forms.Form):
    """The facts given with one step, and the version of the lead they were given for."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    reason = forms.ModelChoiceField(Reason.objects.none(), required=False, empty_label="Choose a reason")
    competitor = forms.CharField(max_length=120, required=False)
    owner = owner_field()
    amount = forms.DecimalField(max_digits=14, decimal_places=2, min_value=0, required=False)
    currency = forms.CharField(max_length=3, required=False, validators=[currency_code])
    expected_close_on = date_field("Expected close")
    urgency = forms.ChoiceField(choices=[("", "Choose an urgency"), *Lead.Urgency.choices], required=False)
    wake_on = date_field("Look again on")
    note = forms.CharField(max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(
        self, data: Any = None, *, lead: Lead, step: str, offer: Offer | None, reasons: Sequence[Reason] | None = None
    ) -> None:
        """`reasons` already fetched, of any kind, save a query for each form on a page of many."""
        initial = {
            "version": lead.version, "amount": lead.amount, "currency": lead.currency or settings.DEFAULT_CURRENCY,
            "expected_close_on": lead.expected_close_on, "urgency": lead.urgency, "competitor": lead.competitor,
            "owner": lead.owner_id, "wake_on": lead.wake_on,
        }  # fmt: skip
        super().__init__(data, initial=initial, auto_id=f"{step}_%s")
        self.lead = lead
        self.offer = offer
        self.asked = asked_by(offer) if offer else ()
        field = self.fields["reason"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        field.queryset = Reason.objects.filter(kind=step, archived_at=None).order_by("pk")
        if reasons is not None:
            own = [(one.pk, one.label) for one in reasons if one.kind == step]
            field.choices = [("", str(field.empty_label)), *own]
        if step == "lose":
            self.fields["competitor"].help_text = "Needed when they went with a competitor."

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields to show: what the step asks, what goes with it, and whatever was filled in or is wrong."""
        names = {*self.asked, *self.errors} if self.is_bound else set(self.asked)
        for name in self.asked:
            self.fields[name].widget.attrs["aria-required"] = "true"
        names |= {"currency"} if "amount" in names else set()
        names |= {*EXTRAS.get(self.offer.step, ()), "note"} if self.offer else set()
        return [self[name] for name in GIVEN if name in names]

    @property
    def entered(self) -> list[tuple[str, str]]:
        """What was typed in, in words, to keep it when the step is gone."""
        labelled = [(str(self[name].label), self.cleaned_data.get(name)) for name in GIVEN]
        return [(label, str(value)) for label, value in labelled if value not in (None, "")]

    def given(self) -> Given:
        """The facts for the gate."""
        facts = {name: self.cleaned_data[name] for name in GIVEN if self.cleaned_data[name] not in (None, "")}
        return Given(**facts)

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


def asked_by(offer: Offer) -> tuple[str, ...]:
    """The names of the facts an open step asks for."""
    return tuple(fact.name for fact in offer.asks)


class OverrideForm(forms.Form):
    """Where an administrator puts a lead, and why."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    to = forms.ChoiceField(label="Stage")
    note = forms.CharField(label="Reason", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Any = None, *, lead: Lead, labels: dict[str, str]) -> None:
        super().__init__(data, initial={"version": lead.version}, auto_id="override_%s")
        stages = self.fields["to"]
        assert isinstance(stages, forms.ChoiceField)  # noqa: S101  (for the type checker)
        stages.choices = [("", "Choose a stage")] + [
            (stage, labels.get(stage, stage)) for stage in Stage.values if stage != lead.stage
        ]


class NewLeadForm(forms.Form):
    """A lead opened by hand; without an e-mail or a phone it could never be found again."""

    name = forms.CharField(max_length=200, required=False)
    email = forms.CharField(label="E-mail", max_length=320, required=False, widget=forms.EmailInput)
    phone = forms.CharField(
        max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"}),
        help_text="With its country code, such as +1 415 555 2671.",
    )  # fmt: skip
    company = forms.CharField(max_length=200, required=False)
    source = forms.CharField(max_length=80, required=False, help_text="Where they come from, such as webinar.")
    consents = forms.BooleanField(label="They agreed to be contacted", required=False)

    def clean_email(self) -> str:
        return self.spelt(identity.email, "email")

    def clean_phone(self) -> str:
        return self.spelt(identity.phone, "phone")

    def spelt(self, spelling: Callable[[str], str], name: str) -> str:
        """The one spelling of a key, or what is wrong with it."""
        text = str(self.cleaned_data[name])
        try:
            return spelling(text) if text else ""
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from error

    def clean(self) -> dict[str, Any]:
        if not self.errors and not (self.cleaned_data.get("email") or self.cleaned_data.get("phone")):
            self.add_error("email", "Give an e-mail or a phone number.")
        return self.cleaned_data

    def person(self) -> Person:
        return Person(**self.cleaned_data)


class LeadForm(forms.ModelForm):  # type: ignore[type-arg]
    """The facts of a lead that anybody who sees it may correct; where it stands is not among them."""

    company_name = forms.CharField(label="Company", max_length=200, required=False)
    owner = owner_field()
    currency = forms.CharField(max_length=3, required=False, validators=[currency_code])
    expected_close_on = date_field("Expected close")

    class Meta:
        model = Lead
        fields = (
            "name", "title", "company_name", "source", "medium", "campaign", "channel", "owner", "amount", "currency",
            "expected_close_on", "urgency", "competitor",
        )  # fmt: skip
        labels = {"title": "Job title"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["company_name"] = self.instance.company.name if self.instance.company else ""

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def save_changes(self) -> None:
        """Write the columns that differ, and no others: somebody else may be moving the lead."""
        columns = [name for name in self.changed_data if name != "company_name"]
        if "company_name" in self.changed_data:
            self.instance.company_id = company_named(self.cleaned_data["company_name"])
            columns.append("company")
        if columns:
            self.instance.save(update_fields=columns)
