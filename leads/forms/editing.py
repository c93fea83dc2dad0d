"""A lead opened by hand, and its facts corrected."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads import identity
from leads.capture import Person, company_named
from leads.forms.fields import NO_CURRENCY, currency_code, date_field, owner_field, owners_for, urgency_field
from leads.models import Lead

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leads.models import User


class NewLeadForm(forms.Form):
    """A lead opened by hand; without an e-mail or a phone it could never be found again."""

    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    email = forms.CharField(label=_("E-mail"), max_length=320, required=False, widget=forms.EmailInput)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"}),
        help_text=_("With its country code, such as +1 415 555 2671."),
    )  # fmt: skip
    company = forms.CharField(label=_("Company"), max_length=200, required=False)
    source = forms.CharField(
        label=_("Source"), max_length=80, required=False, help_text=_("Where they come from, such as webinar.")
    )
    consents = forms.BooleanField(label=_("They agreed to be contacted"), required=False)

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
            raise forms.ValidationError(gettext("%(problem)s.") % {"problem": error}) from error

    def clean(self) -> dict[str, Any]:
        if not self.errors and not (self.cleaned_data.get("email") or self.cleaned_data.get("phone")):
            self.add_error("email", gettext("Give an e-mail or a phone number."))
        return self.cleaned_data

    def person(self) -> Person:
        return Person(**self.cleaned_data)


class LeadForm(forms.ModelForm):  # type: ignore[type-arg]
    """The facts of a lead that anybody who sees it may correct; where it stands is not among them.

    The page carries what it showed. A person changed what differs from that and nothing else: every other fact is
    as the lead has it now, so an old page takes nothing back. What somebody else changed too is `overtaken`.
    """

    company_name = forms.CharField(label=_("Company"), max_length=200, required=False)
    owner = owner_field()
    currency = forms.CharField(label=_("Currency"), max_length=3, required=False, validators=[currency_code])
    expected_close_on = date_field(_("Expected close"))
    urgency = urgency_field()

    class Meta:
        model = Lead
        fields = (
            "name", "title", "company_name", "source", "medium", "campaign", "channel", "asset", "owner", "amount",
            "currency", "expected_close_on", "urgency", "competitor",
        )  # fmt: skip
        labels = {
            "name": _("Name"), "title": _("Job title"), "source": _("Source"), "medium": _("Medium"),
            "campaign": _("Campaign"), "channel": _("Channel"), "asset": _("Content that brought it in"),
            "amount": _("Amount"), "competitor": _("Competitor"),
        }  # fmt: skip
        help_texts = {"asset": ""}  # its label says it

    def __init__(self, data: Mapping[str, str] | None = None, *, instance: Lead, user: User) -> None:
        super().__init__(data, instance=instance)
        self.initial["company_name"] = instance.company.name if instance.company else ""
        self.initial["currency"] = instance.currency or settings.DEFAULT_CURRENCY
        owner, asset = self.fields["owner"], self.fields["asset"]
        assert isinstance(owner, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        assert isinstance(asset, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        owner.queryset = owners_for(instance, user)
        asset.empty_label = gettext("Choose a piece of content")
        self.now = {name: "" if self.initial[name] is None else str(self.initial[name]) for name in self.fields}
        self.changed: set[str] = set()
        self.overtaken: set[str] = set()
        if data is not None:
            self._compare(data, _texts(data.get("shown", "")))

    def _compare(self, data: Mapping[str, str], shown: dict[str, str]) -> None:
        """Find what the person changed, and keep of `data` only that."""
        self.changed = {
            name for name in self.fields if name in data and data[name] != shown.get(name, self.unset(name))
        }
        self.edits_currency = "currency" in self.changed
        if self.changed & {"amount", "currency"}:  # one fact in two columns
            self.changed |= {"amount", "currency"}
        entered = {name: data.get(name, "") for name in self.changed}
        self.overtaken = {
            name for name, text in entered.items() if self.now[name] not in (text, shown.get(name, self.unset(name)))
        }
        self.data = {**self.now, **entered}

    def unset(self, name: str) -> str:
        """What a page shows of a fact that the lead does not have."""
        return settings.DEFAULT_CURRENCY if name == "currency" else ""

    @property
    def shown(self) -> str:
        """What this page shows, for it to carry along."""
        return json.dumps(self.now)

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean(self) -> dict[str, Any]:
        """Amount and currency go together; what somebody else changed meanwhile is told, not overwritten."""
        super().clean()
        has_amount = self.cleaned_data.get("amount") is not None or "amount" in self.errors
        if has_amount and self.cleaned_data.get("currency") == "":
            self.add_error("currency", NO_CURRENCY)
        elif not has_amount and self.edits_currency and self.cleaned_data.get("currency"):
            self.add_error("amount", gettext("Give the amount too, or no currency."))
        elif not has_amount and "currency" not in self.errors:
            self.cleaned_data["currency"] = ""
        lead = self.instance
        named = {"owner": str(lead.owner or ""), "currency": lead.currency, "urgency": lead.get_urgency_display()}
        for name in self.overtaken:
            now = named.get(name, self.now[name]) or gettext("nothing")
            words = gettext("Meanwhile somebody else changed it to: %(now)s. Save again to put yours in its place.")
            self.add_error(name, words % {"now": now})
        return self.cleaned_data

    def facts(self) -> dict[str, Any]:
        """The facts that the person changed, and no others, by column."""
        facts = {name: self.cleaned_data[name] for name in self.changed - {"company_name"}}
        if "company_name" in self.changed:
            facts["company_id"] = company_named(self.cleaned_data["company_name"])
        for name in facts.keys() & {"owner", "asset"}:
            chosen = facts.pop(name)
            facts[f"{name}_id"] = chosen.pk if chosen else None
        return facts


def _texts(encoded: str) -> dict[str, str]:
    """The texts by name that a page carried along; none when it carried something else."""
    try:
        carried = json.loads(encoded)
    except (ValueError, RecursionError):
        return {}
    return {name: str(text) for name, text in carried.items()} if isinstance(carried, dict) else {}
