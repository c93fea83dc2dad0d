"""Who is offered a lead that enters MQL: the first rule that fits names a team, and its SDRs take turns.

`moves.py` asks inside the gate, so that the line of the move itself names the owner and an undo takes him off again.
Turns are exact however many moves run at once: they are taken one transaction after another, under a lock of their own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Case, Count, Exists, F, OuterRef, Subquery, When
from django.utils import timezone

from leads.models import Absence, Company, Lead, RoutingRule, Stage, User
from leads.models.allowed import WORKERS
from leads.roles import Role
from leads.standing import races_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TURNS = 7_304_501  # the lock under which turns are taken
WORKED = (Stage.MQL, Stage.SAL, Stage.SQL)  # what counts against a person's capacity
NEVER = datetime.min.replace(tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@dataclass(order=True, slots=True)
class Seat:
    """One SDR in the queue of a team: who was served longest ago comes first. No `room` is any number of leads."""

    served: datetime
    user_id: int
    team_id: int
    room: int | None


def give(leads: Sequence[Lead], *, at: datetime) -> None:
    """Set the owner, in memory, of those leads about to enter MQL that nobody in sales owns yet.

    Whoever owns one and works in sales keeps it. Where no rule fits, or nobody of the team is there and has room, the
    lead has no owner and waits in the team queue. Call it in the transaction that writes the moves, with the leads
    locked; raises LostRace when others take turns for longer than `lock_timeout`.
    """
    kept = _owners_in_sales(leads)
    unowned = [lead for lead in leads if lead.owner_id not in kept]
    for lead in unowned:
        _hand(lead, None)
    rules = active_rules() if unowned else []
    if not rules:
        return
    fitting = _fitting_teams(unowned, rules)
    with races_told(unowned[0].pk, "qualify"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURNS])
    coming = Counter(lead.owner_id for lead in leads if lead.owner_id in kept and lead.stage not in WORKED)
    _take_turns(unowned, fitting, seats({*fitting.values()}, at=at, coming=coming), at=at)


def active_rules() -> list[RoutingRule]:
    """The rules in the order in which they are asked."""
    return list(RoutingRule.objects.filter(is_active=True).select_related("team").order_by("position", "pk"))


def fits(rule: RoutingRule, lead: Lead, company: Company | None) -> bool:
    """Whether a rule is about a lead of this company: each condition it has names the lead's value."""
    country, industry, band = (company.country, company.industry, company.size_band) if company else ("", "", "")
    return (
        (not rule.countries or _folded(country) in map(_folded, rule.countries))
        and (not rule.industries or _folded(industry) in map(_folded, rule.industries))
        and (not rule.size_bands or band in rule.size_bands)
        and (not rule.sources or lead.source in rule.sources)
    )


def seats(team_ids: Iterable[int], *, at: datetime, coming: Counter[int | None] | None = None) -> dict[int, list[Seat]]:
    """The SDRs of each team who are there on that day and have room, in the order of their turns.

    `coming` leads are on their way to a person and take room already.
    """
    today = at.astimezone(timezone.get_default_timezone()).date()
    away = Absence.objects.filter(user=OuterRef("pk"), starts_on__lte=today, ends_on__gte=today)
    owned = Lead.objects.filter(owner=OuterRef("pk"), stage__in=WORKED, merged_into=None, erased_at=None).order_by()
    load = Subquery(owned.values("owner").annotate(count=Count("pk")).values("count"))
    present = User.objects.filter(~Exists(away), role=Role.SDR, is_active=True, team__in=team_ids)
    asked = present.annotate(load=Case(When(capacity__isnull=False, then=load))).values_list(
        "routed_at", "pk", "team_id", "capacity", F("load")
    )
    queues: dict[int, list[Seat]] = {}
    for served, user_id, team_id, capacity, owns in asked:
        room = None if capacity is None else capacity - (owns or 0) - (coming or {}).get(user_id, 0)
        if room is None or room > 0:
            queues.setdefault(team_id, []).append(Seat(served or NEVER, user_id, team_id, room))
    for queue in queues.values():
        queue.sort()
    return queues


def _owners_in_sales(leads: Sequence[Lead]) -> set[int | None]:
    owners = {lead.owner_id for lead in leads if lead.owner_id is not None}
    if not owners:
        return set()
    in_sales = User.objects.filter(pk__in=owners, is_active=True, role__in=WORKERS[Stage.MQL])
    return set(in_sales.values_list("pk", flat=True))


def _fitting_teams(leads: Sequence[Lead], rules: Sequence[RoutingRule]) -> dict[int, int]:
    """The team that each lead goes to, by the lead's number; leads that no rule fits are left out.

    The people of the demo are not there: their teams get no lead but the demo's own.
    """
    real = [rule for rule in rules if not rule.team.is_demo]
    known = Company.objects.only("country", "industry", "employees")
    companies = known.in_bulk({lead.company_id for lead in leads if lead.company_id})
    teams = {}
    for lead in leads:
        company = companies.get(lead.company_id) if lead.company_id else None
        rule = next((rule for rule in (rules if lead.is_demo else real) if fits(rule, lead, company)), None)
        if rule:
            teams[lead.pk] = rule.team_id
    return teams


def _take_turns(leads: Sequence[Lead], teams: dict[int, int], queues: dict[int, list[Seat]], *, at: datetime) -> None:
    """Give each lead to whose turn it is, and remember when each was served.

    Every turn has an instant of its own, later than all before it, so that no two people seem served at once.
    """
    for queue in queues.values():
        heapify(queue)
    turn = max([at - INSTANT, *(seat.served for queue in queues.values() for seat in queue)])
    served: dict[int, datetime] = {}
    for lead in leads:
        line = queues.get(teams.get(lead.pk, 0))
        if not line:
            continue
        seat = heappop(line)
        turn += INSTANT
        served[seat.user_id] = seat.served = turn
        _hand(lead, seat)
        seat.room = None if seat.room is None else seat.room - 1
        if seat.room != 0:
            heappush(line, seat)
    User.objects.bulk_update([User(pk=number, routed_at=when) for number, when in served.items()], ["routed_at"])


def _hand(lead: Lead, seat: Seat | None) -> None:
    lead.owner_id = seat.user_id if seat else None
    lead.owner_team_id = seat.team_id if seat else None


def _folded(text: str) -> str:
    return text.strip().casefold()
