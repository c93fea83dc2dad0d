"""What a lead is known by and agreed to, fetched with the lead itself; and the steps it may take, seen from that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import JSONObject

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
    def reachable(self) -> bool:
        return any(key.by_hand for key in self.keys)


def with_known(leads: LeadQuerySet) -> LeadQuerySet:
    """The leads, each with what `known` and `lines` read, by the one query that fetches them."""
    log = StageChange.objects.filter(lead=OuterRef("pk")).order_by("-sequence")[:LINES]
    keys = Identity.objects.filter(lead=OuterRef("pk")).order_by("kind", "value")
    said = Consent.objects.filter(lead=OuterRef("pk"), purpose=Consent.Purpose.CONTACT).order_by("-number")
    return leads.annotate(
        known_by=ArraySubquery(keys.values(json=JSONObject(kind="kind", value="value"))),
        said_yes=Subquery(said.values("granted")[:1]),
        said_at=Subquery(said.values("occurred_at")[:1]),
        log=ArraySubquery(log.values(json=JSONObject(**{name: name for name in LOGGED}))),
        stands_for_others=Exists(Lead.objects.filter(merged_into=OuterRef("pk"))),
    )


def known(lead: Any) -> Known:
    """What is known of a lead fetched by `with_known`."""
    keys = tuple(Key(one["kind"], one["value"]) for one in lead.known_by)
    return Known(keys, lead.said_yes, lead.said_at, lead.stands_for_others)


def lines(lead: Any) -> list[StageChange]:
    """The log of a lead fetched by `with_known`, newest first, without its notes and facts."""
    return [StageChange(lead_id=lead.pk, **{name: _moment(name, one[name]) for name in LOGGED}) for one in lead.log]


def _moment(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name.endswith("_at") else value


def offers(lead: Lead, about: Known, *, by: User, policies: Mapping[str, StagePolicy]) -> list[Offer]:
    """What `moves.legal_steps` says, without looking at the lead again."""
    lead.has_contact, lead.has_consent = about.reachable, bool(about.granted)
    return rules.offers(lead, by, policies)
