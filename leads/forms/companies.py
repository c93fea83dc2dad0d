"""The filters of the companies, and a company's facts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import companies, company_edits
from leads.forms.fields import NO_CURRENCY, currency_code
from leads.models import Company
from leads.models.company import LARGEST_BAND, SIZE_BANDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leads.models import User

BANDS = [label for _most, label in SIZE_BANDS] + [LARGEST_BAND]
host = RegexValidator(
    r"\A(?!-)[\w-]+(\.[\w-]+)+\Z", gettext_lazy("Write a domain as in an address, such as example.com.")
)


class CompanyFilterForm(forms.Form):
    """The filters of the company list; what makes no sense is ignored."""

    q = forms.CharField(required=False, max_length=100)
    industry = forms.ChoiceField(required=False)
    size = forms.ChoiceField(required=False)
    country = forms.ChoiceField(required=False)

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        industries, countries = companies.choices_of(user)
        self.choose("industry", _("Any industry"), industries)
        self.choose("country", _("Any country"), countries)
        self.choose("size", _("Any size"), BANDS)

    def choose(self, name: str, anything: str, values: list[str]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (for the type checker)
        field.choices = [("", anything), *((one, one) for one in values)]

    @property
    def is_filtering(self) -> bool:
        return any(self.cleaned_data.values())


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A company's facts. The page carries what it showed, so that only what the person changed is saved.

    What somebody else changed meanwhile is `overtaken`: it is told, and saved when the person sends it again.
    """

    technologies = SimpleArrayField(
        forms.CharField(max_length=80),
        label=company_edits.FACTS["technologies"],
        required=False,
        help_text=gettext_lazy("Separated by commas."),
    )
    hiring_for = SimpleArrayField(
        forms.CharField(max_length=80),
        label=company_edits.FACTS["hiring_for"],
        required=False,
        help_text=gettext_lazy("Separated by commas."),
    )
    domain = forms.CharField(label=company_edits.FACTS["domain"], max_length=253, required=False, validators=[host])
    revenue_currency = forms.CharField(
        label=company_edits.FACTS["revenue_currency"], max_length=3, required=False, validators=[currency_code]
    )

    class Meta:
        model = Company
        fields = tuple(company_edits.FACTS)
        labels = company_edits.FACTS

    def __init__(self, data: Mapping[str, str] | None = None, *, instance: Company) -> None:
        super().__init__(data, instance=instance)
        self.now = {name: _text(self[name].initial) for name in self.fields}
        self.overtaken: set[str] = set()
        self.changed: set[str] = set()
        if data is not None:
            shown = _texts(data.get("shown", ""))
            entered = {name: data.get(name, "") for name in self.fields}
            self.changed = {name for name, text in entered.items() if text != shown.get(name, self.now[name])}
            self.overtaken = {
                name for name in self.changed if self.now[name] not in (entered[name], shown.get(name, self.now[name]))
            }
            self.data = {name: entered[name] if name in self.changed else self.now[name] for name in self.fields}

    @property
    def shown(self) -> str:
        """What this page shows, for it to carry along."""
        return json.dumps(self.now)

    def clean_domain(self) -> str:
        return str(self.cleaned_data["domain"]).lower()

    def clean_revenue_currency(self) -> str:
        return str(self.cleaned_data["revenue_currency"]).upper()

    def clean(self) -> dict[str, Any]:
        """Revenue and currency go together."""
        given = self.cleaned_data
        if given.get("revenue") is not None and given.get("revenue_currency") == "":
            self.add_error("revenue_currency", NO_CURRENCY)
        if given.get("revenue") is None and "revenue" not in self.errors:
            given["revenue_currency"] = ""
        for name in self.overtaken:
            now = self.now[name] or _("nothing")
            said = _("Meanwhile somebody else changed it to: %(now)s. Save again to put yours in its place.")
            self.add_error(name, said % {"now": now})
        return given

    def validate_unique(self) -> None:
        """The database says whether a domain is taken, under the lock that saving takes."""

    def validate_constraints(self) -> None:
        """See `validate_unique`."""

    def facts(self) -> dict[str, Any]:
        """What the person changed, by column."""
        names = self.changed | ({"revenue", "revenue_currency"} if self.changed & {"revenue"} else set())
        return {name: self.cleaned_data[name] for name in names}


def _text(value: Any) -> str:
    """A fact as its field would send it."""
    if isinstance(value, list):
        return ",".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _texts(encoded: str) -> dict[str, str]:
    """The texts by name that a page carried along; none when it carried something else."""
    try:
        carried = json.loads(encoded)
    except (ValueError, RecursionError):
        return {}
    return {name: str(text) for name, text in carried.items()} if isinstance(carried, dict) else {}
