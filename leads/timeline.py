"""The story of a lead in words: each happening with its title, who it was, what it changed, and how to take it back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as in_context

from leads import rules, undoing
from leads.models import Consent, Edit, Identity, Lead, Touch
from leads.models.log import Timing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.utils.functional import _StrPromise

    from leads.models import User
    from leads.story import Happening

FACTS: dict[str, _StrPromise] = {
    "name": gettext_lazy("Name"), "title": gettext_lazy("Job title"), "company_id": gettext_lazy("Company"),
    "source": gettext_lazy("Source"), "medium": gettext_lazy("Medium"), "campaign": gettext_lazy("Campaign"),
    "channel": gettext_lazy("Channel"), "asset_id": gettext_lazy("Content"), "owner_id": gettext_lazy("Owner"),
    "amount": gettext_lazy("Amount"), "currency": gettext_lazy("Currency"),
    "expected_close_on": gettext_lazy("Expected close"), "urgency": gettext_lazy("Urgency"),
    "competitor": gettext_lazy("Competitor"), "wake_on": gettext_lazy("Look again on"),
}  # fmt: skip
ICONS = {
    "move": "move", "call": "call", "email": "mail", "meeting": "meeting", "note": "note", "consent": "check",
    "facts": "edit", "plan": "clock", "key": "person", "merge": "person",
}  # fmt: skip
NOTHING = in_context("a fact that is not known", "nothing")


@dataclass(frozen=True)
class Change:
    """One fact that was corrected, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Tag:
    """A mark beside a title; `tone` is a class of tags, empty for a plain one."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Entry:
    """A happening in words. `says` is about what our people wrote, `undo_edit` and `undo_move` what an undo takes back.

    `from_merged` is the number of the lead it happened to, where that was merged into this one.
    """

    at: datetime
    kind: str
    title: str
    icon: str = ""
    by: str = ""
    told: str = ""
    note: str = ""
    reason: str = ""
    tags: tuple[Tag, ...] = ()
    changes: tuple[Change, ...] = ()
    stages: tuple[str, str] = ("", "")
    cycle: int = 1
    undone: bool = False
    undo_edit: int | None = None
    undo_move: int | None = None
    from_merged: int | None = None


@dataclass(frozen=True)
class Day:
    """The entries of one local day, newest first."""

    day: date
    entries: list[Entry] = field(default_factory=list)


def entries(
    lead: Lead,
    happenings: Iterable[Happening],
    *,
    by: User,
    at: datetime,
    undo: int | None = None,
    origins: Mapping[tuple[str, str], int] | None = None,
) -> list[Entry]:
    """The happenings in words, for `by` at `at`; `undo` is the sequence of the lead's move that they may take back.

    `origins` says which touches came with a merge, as `merging.origins_of_touches` does.
    """
    return [_entry(lead, one, by=by, at=at, undo=undo, origins=origins or {}) for one in happenings]


def by_day(told: Iterable[Entry]) -> list[Day]:
    """Entries under their local days, in the order given."""
    days: list[Day] = []
    for entry in told:
        day = timezone.localdate(entry.at)
        if not days or days[-1].day != day:
            days.append(Day(day))
        days[-1].entries.append(entry)
    return days


def _entry(
    lead: Lead, one: Happening, *, by: User, at: datetime, undo: int | None, origins: Mapping[tuple[str, str], int]
) -> Entry:
    entry = _TOLD[one.kind](one)
    origin = None if one.lead_id == lead.pk else one.lead_id
    if one.kind == "touch" and origin is None:
        origin = origins.get((one.at.isoformat(), one.data.get("key", "")))
    may_undo_move = one.kind == "move" and one.lead_id == lead.pk and undo is not None and one.data["sequence"] == undo
    return replace(
        entry,
        from_merged=origin,
        undo_move=undo if may_undo_move else None,
        undo_edit=one.edit if origin is None and _may_undo(one, by=by, at=at) else None,
    )


def _may_undo(one: Happening, *, by: User, at: datetime) -> bool:
    if one.edit is None or one.done_at is None or one.by_id is None or one.undone:
        return False
    return undoing.may_undo(Edit(by_id=one.by_id, at=one.done_at), by=by, at=at)


def _move(one: Happening) -> Entry:
    data = one.data
    tags = []
    if one.undone:
        tags.append(Tag(_("undone")))
    if data["step"] in ("override", "import"):
        tags.append(Tag(_("by override"), "warn"))
    if data["timing"] != Timing.EXACT:
        tags.append(Tag(_("time: %(how)s") % {"how": Timing(data["timing"]).label}, "warn"))
    changes = (Change(str(FACTS["owner_id"]), "", data["owner"]),) if data["owner"] else ()
    return Entry(
        at=one.at, kind="move", icon="move", title=str(rules.LABELS.get(data["step"], data["step"])),
        by=one.by or (_("Import") if data["origin"] else _("The system")), told=data["origin"], note=data["note"],
        reason=data["reason"] or "", tags=tuple(tags), changes=changes, stages=(data["from"], data["to"]),
        cycle=data["cycle"], undone=one.undone,
    )  # fmt: skip


def _touch(one: Happening) -> Entry:
    data = one.data
    if "occurred_at" in data:  # an edit that was taken back: the touch itself is gone
        return _undone(one, str(Touch.Kind(data["kind"]).label))
    marks = (("first", _("first touch")), ("last", _("last touch before the offer or win")))
    tags = [Tag(text) for name, text in marks if data[name]]
    if data["assisted"] and not tags:
        tags.append(Tag(_("assisting touch")))
    outcome = Touch.Outcome(data["outcome"]).label if data["outcome"] else ""
    kind = Touch.Kind(data["kind"])
    title = _("%(kind)s: %(outcome)s") % {"kind": kind.label, "outcome": outcome} if outcome else str(kind.label)
    told = " · ".join(word for word in (data["asset"], data["channel"]) if word)
    return Entry(
        at=one.at, kind="touch", icon=ICONS.get(kind, "star"), title=title, by=one.by or _("The lead"), told=told,
        note=data["note"], tags=tuple(tags),
    )  # fmt: skip


def _note(one: Happening) -> Entry:
    data = one.data
    if not isinstance(data["note"], str):
        return _undone(one, _("Note"))
    tags = (Tag(_("to sales and marketing")),) if data["cycle"] else ()
    return Entry(at=one.at, kind="note", icon="note", title=_("Note"), by=one.by or "", note=data["note"], tags=tags)


def _consent(one: Happening) -> Entry:
    data = one.data
    title = _("Consent given") if data["granted"] else _("Consent withdrawn")
    told = _("%(source)s · wording %(wording)s") % {"source": data["source"], "wording": data["wording"]}
    purpose = Tag(str(Consent.Purpose(data["purpose"]).label))
    return Entry(at=one.at, kind="consent", icon="check", title=title, by=one.by or "", told=told, tags=(purpose,))


def _facts(one: Happening) -> Entry:
    names = one.data.get("names") or {}
    changes = tuple(
        Change(str(FACTS[column]), *(_worth(column, value, names) for value in values))
        for column, values in one.data.items()
        if column in FACTS
    )
    return _edit(one, _("Facts changed"), changes=changes)


def _worth(column: str, value: Any, names: Mapping[str, Any]) -> str:
    """A fact as people read it."""
    if value in (None, ""):
        return str(NOTHING)
    if column.endswith("_id"):
        return str((names.get(column) or {}).get(str(value)) or value)
    if column.endswith("_on"):
        return date_format(date.fromisoformat(value), "DATE_FORMAT")
    if column == "urgency":
        return str(Lead.Urgency(value).label)
    return number_format(value, 2, use_l10n=True, force_grouping=True) if column == "amount" else str(value)


def _plan(one: Happening) -> Entry:
    after = one.data["after"]
    if not after["next_at"]:
        return _edit(one, _("Plan dropped"), note=_planned(one.data["before"]))
    return _edit(one, _("Planned: %(plan)s") % {"plan": _planned(after)}, note=after["next_note"])


def _planned(plan: Mapping[str, Any]) -> str:
    """What was planned and for when, in words; empty for nothing."""
    if not plan.get("next_at"):
        return ""
    when = date_format(timezone.localtime(datetime.fromisoformat(plan["next_at"])), "DATETIME_FORMAT")
    return _("%(kind)s on %(when)s") % {"kind": Lead.NextKind(plan["next_kind"]).label, "when": when}


def _key(one: Happening) -> Entry:
    kind = Identity.Kind(one.data["kind"]).label
    came = _("%(kind)s added") if one.data["came"] else _("%(kind)s removed")
    return _edit(one, came % {"kind": kind}, note=one.data["value"])


def _merge(one: Happening) -> Entry:
    names = one.data.get("names") or {}
    name = names.get("absorbed") or _("Anonymous lead %(number)s") % {"number": one.data["absorbed"]}
    return _edit(one, _("Another record of this person was merged"), note=name)


def _edit(one: Happening, title: str, *, note: str = "", changes: Sequence[Change] = ()) -> Entry:
    tags = (Tag(_("undone")),) if one.undone else ()
    return Entry(
        at=one.at, kind=one.kind, icon=ICONS[one.kind], title=title, by=one.by or "", note=note, tags=tags,
        changes=tuple(changes), undone=one.undone,
    )  # fmt: skip


def _undone(one: Happening, title: str) -> Entry:
    icon = ICONS.get(str(one.data.get("kind", one.kind)), "star")
    return Entry(
        at=one.at, kind=one.kind, icon=icon, title=str(title), by=one.by or "", tags=(Tag(_("undone")),), undone=True
    )


_TOLD = {
    "move": _move, "touch": _touch, "note": _note, "consent": _consent, "facts": _facts, "plan": _plan, "key": _key,
    "merge": _merge,
}  # fmt: skip
