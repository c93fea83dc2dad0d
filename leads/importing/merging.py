"""A chunk of records into the database: one transaction, a handful of statements, one result a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _

from leads import identity, suppression
from leads.importing import keys
from leads.importing.companies import Companies
from leads.importing.creating import create
from leads.importing.people import People
from leads.importing.records import REFUSED, Record, Result
from leads.importing.updating import update
from leads.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leads.importing.mapping import Mapping
    from leads.importing.records import Claim, Key

ATTEMPTS = 3


class Merger:
    """Writes the chunks of one run."""

    def __init__(self, mapping: Mapping, *, at: datetime) -> None:
        self.mapping = mapping
        self.at = at
        self.companies = Companies()
        self.people = People(mapping.owner.role if mapping.owner else "")

    def merge(self, records: Sequence[Record]) -> list[Result]:
        """Write the records, all or none of them; a race that was lost to a form or a person is run again.

        Raises keys.Taken when it was lost three times, LostRace when a lead stays locked by somebody else.
        """
        if not records:
            return []
        counted = self.companies.created, self.companies.updated, self.people.created
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    return self._merge(records)
            except (keys.Taken, IntegrityError, OperationalError) as error:
                self.companies.forget()
                self.people.forget()
                self.companies.created, self.companies.updated, self.people.created = counted
                if not (isinstance(error, keys.Taken) or identity.is_lost_race(error)):
                    raise
                if attempt == ATTEMPTS:
                    raise keys.Taken from error
        raise AssertionError

    def _merge(self, records: Sequence[Record]) -> list[Result]:
        keys.queue()
        results: list[Result] = []
        known = keys.find({key for record in records for key in record.keys})
        records = self._with_parties(_allowed(records, known, results), results)
        fresh: list[Record] = []
        existing: dict[int, Record] = {}
        claimed: dict[Key, int] = {}
        for record in records:
            lead_id, refused = _lead_of(record, known, claimed, self.mapping.match)
            if refused:
                results += refusals(record, refused)
                continue
            claimed.update(dict.fromkeys(record.keys, record.line))
            if lead_id is None:
                fresh.append(record)
            elif lead_id in existing:
                existing[lead_id].absorb(record)
            else:
                existing[lead_id] = record
        claims: list[Claim] = []
        results += create(fresh, self.mapping, claims, at=self.at)
        results += update(existing, known, self.mapping, claims, at=self.at)
        keys.claim(claims, at=self.at)
        return results

    def _with_parties(self, records: Sequence[Record], results: list[Result]) -> list[Record]:
        """The records with their company and owner among their facts; those without are refused."""
        companies = self.companies.resolve(record.company for record in records)
        owners = self.people.resolve(record.owner for record in records)
        kept = []
        for record in records:
            if record.company:
                record.facts["company_id"] = companies[record.company]
            if record.owner:
                owner = owners[record.owner]
                if isinstance(owner, str):
                    results += refusals(record, owner)
                    continue
                record.facts["owner_id"] = owner
            kept.append(record)
        return kept


def _allowed(records: Sequence[Record], known: dict[Key, int], results: list[Result]) -> list[Record]:
    """The records but those that bring back somebody who was erased. Asked after `known` was found, see suppression."""
    erased = suppression.suppressed({key for record in records for key in record.keys if key not in known})
    kept = []
    for record in records:
        at = next((erased[key] for key in record.keys if key in erased), None)
        if at is None:
            kept.append(record)
        else:
            results += refusals(record, suppression.why(at))
    return kept


def _lead_of(
    record: Record, known: dict[Key, int], claimed: dict[Key, int], match: Sequence[str]
) -> tuple[int | None, str]:
    """The lead a record is about, None for a new one; or why that cannot be said."""
    found = {key: known[key] for key in record.keys if key in known}
    leads = {lead_id for (kind, _value), lead_id in found.items() if kind in match}
    if len(leads) > 1:
        one = _("%(kind)s %(value)s to lead %(lead)s")
        told = [one % {"kind": key[0], "value": key[1], "lead": number} for key, number in found.items()]
        return None, _("its keys belong to different leads: %(told)s") % {"told": listed(told)}
    lead_id = next(iter(leads), None)
    for (kind, value), owner in found.items():
        if owner != lead_id:
            words = _("%(kind)s %(value)s belongs to lead %(lead)s")
            return None, words % {"kind": kind, "value": value, "lead": owner}
    for key in record.keys:
        if key in claimed and (lead_id is None or key not in known):
            words = _("%(kind)s %(value)s is also that of line %(line)s")
            return None, words % {"kind": key[0], "value": key[1], "line": claimed[key]}
    return lead_id, ""


def refusals(record: Record, why: str) -> list[Result]:
    """The row and the further rows about its lead, refused for one reason."""
    return [Result(one.line, one.key, REFUSED, why, (), one.cells) for one in (record, *record.also)]
