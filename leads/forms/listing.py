"""The filters of the lead list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from leads import filters
from leads.models import Stage

if TYPE_CHECKING:
    from leads.models import User

BIGGEST = 2**63 - 1


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
