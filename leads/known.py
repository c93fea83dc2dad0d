"""What a lead is known by and agreed to, fetched with the lead itself; and the steps it may take, seen from that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import JSONField
from django.db.models.expressions import RawSQL

from leads import rules
from leads.models import Consent, Identity, Lead, StageChange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leads.models import StagePolicy, User
    from leads.models.lead import LeadQuerySet
    from leads.refusals import Offer

LINES = 200  # of the log, for the path; a cycle has no more
LOGGED = ("sequence", "cycle", "step", "from_stage", "to_stage", "occurred_at", "recorded_at", "voids", "by_id")


@dataclass(frozen=True)
class Key:
    """An e-mail, phone or other id of a lead; `by_hand` says that people may remove it."""

    kind: str
    value: str

    @property
    def label(self) -> str:
        return str(Identity.Kind(self.kind).label)

    @property
    def by_hand(self) -> bool:
        return self.kind in Identity.CONTACT_KINDS


@dataclass(frozen=True)
class Known:
    """The keys of a lead, whether it may be contacted (None: it never said) and since when."""

    keys: tuple[Key, ...]
    granted: bool | None
    said_at: datetime | None
    stands_for_others: bool

    @property
    def withdrawn(self) -> bool:
        """Whether it said that nobody may contact it any more."""
        return self.granted is False

    @property
    def reachable(self) -> bool:
        return any(key.by_hand for key in self.keys)


# Written out: put together by the ORM it takes longer than the whole query.
_ABOUT = f"""
    (SELECT jsonb_build_object(
        'keys', ARRAY(
            SELECT jsonb_build_array(kind, value) FROM leads_identity WHERE lead_id = leads_lead.id
            ORDER BY kind, value),
        'said', (
            SELECT jsonb_build_array(granted, occurred_at) FROM leads_consent
            WHERE lead_id = leads_lead.id AND purpose = '{Consent.Purpose.CONTACT.value}'
            ORDER BY number DESC LIMIT 1),
        'log', ARRAY(
            SELECT jsonb_build_object({", ".join(f"'{name}', {name}" for name in LOGGED)}) FROM leads_stagechange
            WHERE lead_id = leads_lead.id ORDER BY sequence DESC LIMIT {LINES}),
        'stands_for_others', EXISTS (SELECT FROM leads_lead other WHERE other.merged_into_id = leads_lead.id)))
"""


def with_known(leads: LeadQuerySet) -> LeadQuerySet:
    """The leads, each with what `known` and `lines` read, by the one query that fetches them."""
    return leads.annotate(about=RawSQL(_ABOUT, [], output_field=JSONField()))  # noqa: S611  (ours)


def known(lead: Any) -> Known:
    """What is known of a lead fetched by `with_known`."""
    granted, said_at = lead.about["said"] or (None, None)
    keys = tuple(Key(kind, value) for kind, value in lead.about["keys"])
    return Known(keys, granted, said_at and datetime.fromisoformat(said_at), lead.about["stands_for_others"])


def lines(lead: Any) -> list[StageChange]:
    """The log of a lead fetched by `with_known`, newest first, without its notes and facts."""
    return [
        StageChange(lead_id=lead.pk, **{name: _moment(name, one[name]) for name in LOGGED}) for one in lead.about["log"]
    ]


def _moment(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name.endswith("_at") else value


def offers(lead: Lead, about: Known, *, by: User, policies: Mapping[str, StagePolicy]) -> list[Offer]:
    """What `moves.legal_steps` says, without looking at the lead again."""
    lead.has_contact, lead.has_consent = about.reachable, bool(about.granted)
    return rules.offers(lead, by, policies)
