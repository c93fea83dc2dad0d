"""The companies of an import: found by domain, then by name in any case, or created; once each, however many rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from leads.models import Company

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leads.importing.records import Facts


class Companies:
    """Companies by the facts rows gave, for the time of one run.

    Where rows of one run contradict each other the first one holds, so that a second run changes nothing.
    """

    def __init__(self) -> None:
        self.ids: dict[Facts, int] = {}
        self.given: dict[int, dict[str, Any]] = {}
        self.created = 0
        self.updated = 0

    def forget(self) -> None:
        """Drop what a transaction that was rolled back had found."""
        self.ids.clear()
        self.given.clear()

    def resolve(self, wanted: Iterable[Facts]) -> dict[Facts, int]:
        """The company of each set of facts; missing ones are created, changed ones updated."""
        pending = [facts for facts in dict.fromkeys(wanted) if facts and facts not in self.ids]
        if pending:
            self._find(pending)
        return self.ids

    def _find(self, pending: list[Facts]) -> None:
        named = [(facts, dict(facts)) for facts in pending]
        by_domain, by_name = _existing([facts for _, facts in named])
        fresh: list[Company] = []
        matched: list[tuple[Facts, dict[str, Any], Company]] = []
        for key, facts in named:
            name, domain = facts["name"].lower(), facts.get("domain", "")
            company = by_domain.get(domain) if domain else None
            if company is None:
                company = next((one for one in by_name.get(name, []) if not (domain and one.domain)), None)
            if company is None:
                company = Company(**facts)
                fresh.append(company)
                by_name.setdefault(name, []).append(company)
            if domain:
                by_domain[domain] = company
            matched.append((key, facts, company))
        Company.objects.bulk_create(fresh)
        self.created += len(fresh)
        self._update(matched, {company.pk for company in fresh})
        self.ids.update({key: company.pk for key, _, company in matched})

    def _update(self, matched: list[tuple[Facts, dict[str, Any], Company]], fresh: set[int]) -> None:
        """Write facts that differ, unless an earlier row of this run gave the same fact."""
        changed: dict[int, Company] = {}
        for _, facts, company in matched:
            given = self.given.setdefault(company.pk, {})
            for name, value in facts.items():
                if name != "name" and name not in given:
                    given[name] = value
                    if getattr(company, name) != value:
                        setattr(company, name, value)
                        changed[company.pk] = company
        if changed:
            names = ["domain", "industry", "employees", "revenue", "revenue_currency", "country"]
            Company.objects.bulk_update(changed.values(), names, batch_size=500)
            self.updated += len(changed.keys() - fresh)


class _Lowered(RawSQL):
    """Names in lower case as the database understands it: by its locale `İ` or even `Å` may have none."""

    def __init__(self, names: list[str]) -> None:
        super().__init__("SELECT lower(name) FROM unnest(%s::text[]) AS given(name)", [names])


def _existing(wanted: list[dict[str, Any]]) -> tuple[dict[str, Company], dict[str, list[Company]]]:
    """Companies in the database that could be meant, by domain and by name in lower case, the oldest first."""
    names = list({facts["name"] for facts in wanted})
    domains = {facts["domain"] for facts in wanted if facts.get("domain")}
    found = (
        Company.objects.annotate(lower_name=Lower("name"), lower_domain=Lower("domain"))
        .filter(Q(lower_name__in=_Lowered(names)) | (Q(lower_domain__in=domains) & ~Q(domain="")))
        .order_by("pk")
    )
    by_domain: dict[str, Company] = {}
    by_name: dict[str, list[Company]] = {}
    for company in found:
        if company.domain:
            by_domain.setdefault(company.domain.lower(), company)
        by_name.setdefault(company.name.lower(), []).append(company)
    return by_domain, by_name
