"""Why a lead stands in somebody's queue, and what is known of it, in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import Stage
from leads.queue import Section

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leads.models import Lead, StagePolicy, User
    from leads.sla import Badge

TOP = 3


def known_of(lead: Lead) -> list[str]:
    """What is known of a lead beside its score, the most telling first: three facts at most, and no guesses."""
    company = lead.company
    facts = [
        lead.title,
        company.industry if company else "",
        _("%(band)s people") % {"band": company.size_band} if company and company.size_band else "",
        company.country if company else "",
        lead.campaign,
    ]
    return [fact for fact in facts if fact][:TOP]


def why(
    lead: Lead, section: Section, *, user: User, at: datetime, policies: Mapping[str, StagePolicy], badge: Badge | None
) -> list[str]:
    """The sentences that say which rule put a lead under this heading."""
    if section == Section.STALLED:
        return [_stalled(lead, at, policies[lead.stage])]
    if section == Section.ANSWERS:
        return [
            _("Sales handed it back on %(when)s and somebody wrote to you since you last answered.")
            % {"when": moment(lead.stage_since)}
        ]
    said = [_standing(lead, user, policies)]
    limit = policies[lead.stage].sla_hours if lead.stage in policies else None
    if lead.due_at and limit is not None:
        said.append(_limit(lead, limit, policies[lead.stage].label, late=lead.due_at <= at))
    if badge and lead.due_at:
        said.append(_("In working time: %(clock)s.") % {"clock": badge.text})
    if lead.next_at:
        said.append(_("Planned for %(when)s: %(what)s.") % {"when": moment(lead.next_at), "what": planned(lead)})
    if section == Section.ESCALATED:
        said.append(_("It was late for so long that it was escalated to you."))
    return said


def planned(lead: Lead) -> str:
    """What is planned with a lead, in words."""
    kind = str(lead.get_next_kind_display())
    return _("%(kind)s, “%(note)s”") % {"kind": kind, "note": lead.next_note} if lead.next_note else kind


def moment(at: datetime) -> str:
    """A moment in the organisation's time."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


def short(at: datetime, now: datetime) -> str:
    """A moment as a row says it: the time of today, or the day and the time."""
    local = timezone.localtime(at)
    time = date_format(local, "TIME_FORMAT")
    if local.date() == timezone.localtime(now).date():
        return time
    return _("%(day)s, %(time)s") % {"day": date_format(local, "SHORT_DATE_FORMAT"), "time": time}


def _standing(lead: Lead, user: User, policies: Mapping[str, StagePolicy]) -> str:
    policy = policies.get(lead.stage)
    words = {"when": moment(lead.stage_since), "stage": policy.label if policy else str(Stage(lead.stage).label)}
    if lead.stage == Stage.MQL and lead.owner_id is None:
        return _("Offered to sales on %(when)s; nobody has taken it yet.") % words
    if lead.stage == Stage.MQL and lead.owner_id == user.pk:
        return _("Offered to you on %(when)s.") % words
    if lead.owner_id == user.pk:
        return _("Yours, and in %(stage)s since %(when)s.") % words
    if lead.owner is None:
        return _("In %(stage)s since %(when)s, without an owner.") % words
    return _("%(owner)s's, and in %(stage)s since %(when)s.") % {**words, "owner": lead.owner}


def _limit(lead: Lead, hours: int, stage: str, *, late: bool) -> str:
    assert lead.due_at is not None  # noqa: S101  (for the type checker)
    words = {"due": moment(lead.due_at), "hours": hours, "stage": stage}
    if late:
        text = ngettext(
            "By the limit of %(hours)d working hour for %(stage)s it was due on %(due)s.",
            "By the limit of %(hours)d working hours for %(stage)s it was due on %(due)s.",
            hours,
        )
    else:
        text = ngettext(
            "By the limit of %(hours)d working hour for %(stage)s it is due on %(due)s.",
            "By the limit of %(hours)d working hours for %(stage)s it is due on %(due)s.",
            hours,
        )
    return text % words


def _stalled(lead: Lead, at: datetime, policy: StagePolicy) -> str:
    last = max(moment for moment in (lead.stage_since, lead.touched_at) if moment)
    days = (at - last).days
    text = ngettext(
        "In %(stage)s %(days)d day without a step or a touch; it counts as stalled after %(limit)s.",
        "In %(stage)s %(days)d days without a step or a touch; it counts as stalled after %(limit)s.",
        days,
    )
    limit = policy.stale_days or 0
    return text % {"stage": policy.label, "days": days, "limit": ngettext("%d day", "%d days", limit) % limit}
