"""The handoff between marketing and sales: who is told of an offer and of its rejection, and what both say about it.

A rejected lead carries a thread: the rejection with its reason and note comes first, then what is written under the
number of the rejected cycle (`talking.write`). It stays open until the lead is offered again or closed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F, Q

from leads import notices
from leads.models import Lead, Note, Notice, Stage, StageChange, User
from leads.models.stage import RANKS
from leads.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from leads.ledger import Line

MARKETING, SALES = "marketing", "sales"


@dataclass(frozen=True, slots=True)
class Thread:
    """What is said about a rejected offer.

    `rejection` is the log line that handed the lead back (its reason, note, person and time), `offer` the one that had
    offered it, if it is known. `waits_for` says whose answer is next: "marketing", "sales", or "" once it is closed.
    """

    lead: Lead
    cycle: int
    rejection: StageChange
    offer: StageChange | None
    notes: list[Note]
    participants: list[User]
    waits_for: str

    @property
    def is_open(self) -> bool:
        return bool(self.waits_for)

    def may_write(self, user: User) -> bool:
        """Whoever sees the lead may add to its thread while it is open."""
        return self.is_open and self.lead.is_visible_to(user)


def concerns(line: Line | StageChange) -> bool:
    """Whether somebody is told of this line: who is offered the lead or is given it, or who had offered it."""
    return _kind_of(line) is not None


def _kind_of(line: Line | StageChange) -> Notice.Kind | None:
    """What a line tells somebody else than who wrote it."""
    if line.step == "reject":
        return Notice.Kind.REJECTED
    if line.owner_id in (None, line.by_id):
        return None
    if line.to_stage == Stage.MQL:
        return Notice.Kind.OFFER
    is_given = line.step != "undo" and notices.OWNER in (line.changed or "")
    return Notice.Kind.GIVEN if is_given else None


def tell(lines: Iterable[Line], *, at: datetime) -> None:
    """Tell the owners of what they are offered or given, and those who had offered it of what is rejected.

    Call it after the lines were written, in the same transaction. Two statements for any number of lines.
    """
    told: dict[tuple[int, Notice.Kind], list[Line]] = defaultdict(list)
    rejected = []
    for line in lines:
        kind = _kind_of(line)
        if kind == Notice.Kind.REJECTED:
            rejected.append(line)
        elif kind and line.owner_id is not None:
            told[line.owner_id, kind].append(line)
    offered_by = _offered_by(rejected) if rejected else {}
    for line in rejected:
        person = offered_by.get(line.lead_id)
        if person is not None and person != line.by_id:
            told[person, Notice.Kind.REJECTED].append(line)
    found = []
    for (person, kind), theirs in told.items():
        leads = [(line.lead_id, line.sequence) for line in theirs]
        found += notices.about_leads(person, kind, leads, by_id=theirs[0].by_id, at=at)
    if found:
        notices.tell(found)


def take_back(line: StageChange) -> None:
    """Tell nobody any longer of a move that was undone before they read of it. Of several at once it stays told."""
    kinds = (Notice.Kind.OFFER, Notice.Kind.GIVEN, Notice.Kind.REJECTED)
    keys = [notices.key_of(kind, line.lead_id, line.sequence) for kind in kinds]
    Notice.objects.filter(lead=line.lead_id, key__in=keys, read_at=None).delete()


def thread_of(lead: Lead, cycle: int | None = None) -> Thread | None:
    """The thread of the lead's newest rejection that still counts, or of the one that ended `cycle`; None without."""
    handed = StageChange.objects.filter(Q(step="reject") | into_mql(), lead=lead).valid().order_by("-sequence")
    lines = list(handed.select_related("reason", "by"))
    rejections = [line for line in lines if line.step == "reject" and cycle in (None, line.cycle - 1)]
    if not rejections:
        return None
    rejection = rejections[0]
    ended = rejection.cycle - 1
    offer = next((line for line in lines if line.step != "reject" and line.cycle == ended), None)
    notes = list(Note.objects.filter(lead=lead, cycle=ended).order_by("at", "pk").select_related("by"))
    people = {user.pk: user for line in (offer, rejection) if line and (user := line.by)}
    people |= {note.by_id: note.by for note in notes}
    waits_for = ""
    if lead.cycle == rejection.cycle and RANKS[lead.stage] < Stage.MQL.rank:
        waits_for = _other_side(notes[-1].by if notes else None)
    return Thread(lead, ended, rejection, offer, notes, list(people.values()), waits_for)


def reasons_told(told: Iterable[Notice]) -> dict[int, str]:
    """Why sales rejected the lead of each REJECTED notice that names one, by the notice's number: one query."""
    keys = {}
    for notice in told:
        if notice.kind == Notice.Kind.REJECTED and notice.lead_id:
            keys[notice.lead_id, int(notice.key.rpartition(":")[2])] = notice.pk
    if not keys:
        return {}
    lines = StageChange.objects.filter(lead__in={lead for lead, _ in keys}, step="reject").select_related("reason")
    return {
        keys[line.lead_id, line.sequence]: line.reason.label
        for line in lines
        if line.reason and (line.lead_id, line.sequence) in keys
    }


def into_mql() -> Q:
    """The lines by which a lead is offered."""
    return Q(to_stage=Stage.MQL) & ~Q(from_stage=Stage.MQL)


def _other_side(wrote_last: User | None) -> str:
    """Who is to answer: marketing after the rejection itself and after sales, sales after marketing."""
    return SALES if wrote_last and wrote_last.role == Role.MARKETER else MARKETING


def _offered_by(rejected: Sequence[Line]) -> dict[int, int]:
    """Who offered each of these leads in the cycle that the rejection ended, if it was a person who is still here."""
    cycles = {line.lead_id: line.cycle - 1 for line in rejected}
    offers = (
        StageChange.objects.filter(into_mql(), lead__in=cycles, by__is_active=True)
        .valid()
        .order_by(F("lead_id"), "sequence")
        .values_list("lead_id", "cycle", "by_id")
    )
    return {lead_id: by for lead_id, cycle, by in offers if cycle == cycles[lead_id] and by is not None}
