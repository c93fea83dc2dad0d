"""The facts given with a step, and where an administrator puts a lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads.forms.fields import NO_CURRENCY, currency_code, date_field, owner_field, owners_for, urgency_field
from leads.lines import Given
from leads.models import Lead, Reason, Stage
from leads.models.lead import transition_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leads.models import User
    from leads.refusals import Offer

# Facts that a step may be given although it does not ask for them; left empty, they stay as the lead has them.
EXTRAS = {"confirm": ("owner",), "lose": ("competitor",), "recycle": ("wake_on",)}
# The days that only make sense ahead of us, by step.
AHEAD = {"confirm": "expected_close_on", "recycle": "wake_on"}
GIVEN = ("reason", "competitor", "owner", "amount", "currency", "expected_close_on", "urgency", "wake_on", "note")


class StepForm(forms.Form):
    """The facts given with one step, and the version of the lead they were given for."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    reason = forms.ModelChoiceField(
        Reason.objects.none(), label=_("Reason"), required=False, empty_label=_("Choose a reason")
    )
    competitor = forms.CharField(label=_("Competitor"), max_length=120, required=False)
    owner = owner_field()
    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=2, min_value=0, required=False)
    currency = forms.CharField(label=_("Currency"), max_length=3, required=False, validators=[currency_code])
    expected_close_on = date_field(_("Expected close"))
    urgency = urgency_field()
    wake_on = date_field(_("Look again on"))
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(
        self, data: Any = None, *, lead: Lead, user: User, offer: Offer | None, step: str = "",
        reasons: Sequence[Reason] | None = None,
    ) -> None:  # fmt: skip
        """`reasons` already fetched, of any kind, save a query for each form on a page of many."""
        step = offer.step if offer else step
        initial = {"version": lead.version, "currency": lead.currency or settings.DEFAULT_CURRENCY}
        super().__init__(data, initial=initial, auto_id=f"{step}_%s")
        self.lead, self.offer, self.step = lead, offer, step
        self.asked = asked_by(offer) if offer else ()
        reason, owner = self.fields["reason"], self.fields["owner"]
        assert isinstance(reason, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        assert isinstance(owner, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        reason.queryset = Reason.objects.filter(kind=step, archived_at=None).order_by("pk")
        if reasons is not None:
            own = [(one.pk, one.label) for one in reasons if one.kind == step]
            reason.choices = [("", str(reason.empty_label)), *own]
        owner.queryset = owners_for(lead, user)
        owner.empty_label = gettext("Stays %(owner)s") % {"owner": lead.owner} if lead.owner else gettext("Nobody")
        if step == "lose" and lead.competitor:
            words = gettext("Left empty, it stays <bdi>{}</bdi>.")
            self.fields["competitor"].help_text = format_html(words, lead.competitor)
        elif step == "lose":
            self.fields["competitor"].help_text = gettext("Needed when they went with a competitor.")

    @property
    def takes(self) -> set[str]:
        """The facts this step takes: what it asks, what may go with that, and a note; an amount has a currency."""
        names = {*self.asked, *EXTRAS.get(self.step, ()), "note"} if self.offer else {"note"}
        return names | {"currency"} if "amount" in names else names

    @property
    def answered(self) -> set[str]:
        """The facts this step would ask for if the lead did not have them by now."""
        transition = transition_of(self.step, self.lead.stage) if self.offer else None
        names = {fact.name for fact in (transition.conditions or () if transition else ()) if fact.given}
        return {name for name in names - self.takes if getattr(self.lead, name, None) not in (None, "")}

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields to show: what the step asks for, what else it takes, and whatever is wrong."""
        for name in self.asked:
            self.fields[name].widget.attrs["aria-required"] = "true"
        names = self.takes | set(self.errors) if self.is_bound else self.takes
        names = names | {"currency"} if "amount" in names else names
        first = {*self.asked, "currency"} if "amount" in self.asked else set(self.asked)
        return [self[name] for name in sorted(GIVEN, key=lambda name: name not in first) if name in names]

    @property
    def entered(self) -> list[tuple[str, str]]:
        """What was typed in, in words, to keep it when the step is gone."""
        labelled = [(str(self[name].label), self.cleaned_data.get(name)) for name in GIVEN]
        return [(label, str(value)) for label, value in labelled if value not in (None, "")]

    def given(self) -> Given:
        """The facts for the gate."""
        facts = {name: self.cleaned_data[name] for name in self.takes if self.cleaned_data[name] not in (None, "")}
        return Given(**facts)

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean(self) -> dict[str, Any]:
        """Refuse an amount of no currency, a day ahead that has passed, and what somebody else said meanwhile."""
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        has_currency = self.lead.currency or "currency" in {*given, *self.asked, *self.errors}
        if "amount" in given and "amount" in self.takes and not has_currency:
            self.add_error("currency", NO_CURRENCY)
        ahead = AHEAD.get(self.step, "")
        if ahead in self.takes & given.keys() and given[ahead] < timezone.localdate():
            self.add_error(ahead, gettext("This day lies in the past."))
        for name in self.answered & given.keys():
            now = getattr(self.lead, name)
            if given[name] != now and (name != "currency" or "amount" in given):
                words = gettext("Meanwhile it was set to %(now)s. Leave this empty to keep that.")
                self.add_error(name, words % {"now": now})
        return self.cleaned_data


def asked_by(offer: Offer) -> tuple[str, ...]:
    """The names of the facts an open step asks for."""
    return tuple(fact.name for fact in offer.asks)


class OverrideForm(forms.Form):
    """Where an administrator puts a lead, and why."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    to = forms.ChoiceField(label=_("Stage"))
    note = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Any = None, *, lead: Lead, labels: dict[str, str]) -> None:
        super().__init__(data, initial={"version": lead.version}, auto_id="override_%s")
        stages = self.fields["to"]
        assert isinstance(stages, forms.ChoiceField)  # noqa: S101  (for the type checker)
        stages.choices = [("", gettext("Choose a stage"))] + [
            (stage, labels.get(stage, stage)) for stage in Stage.values if stage != lead.stage
        ]
