"""How each kind of notice is worded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import Job, Notice

if TYPE_CHECKING:
    from collections.abc import Callable


def text_of(notice: Notice, *, seen: bool = True, reason: str = "") -> str:
    """What a notice says, as one sentence; one about a lead that is out of sight by now does not name it.

    `reason` is why sales rejected the lead, where that is known.
    """
    if not seen:
        return _("This was about a lead that is no longer among those you see.")
    if reason:
        return _("%(who)s rejected %(lead)s, which you had offered: %(reason)s.") % {**_names(notice), "reason": reason}
    return WORDS[Notice.Kind(notice.kind)](notice)


def _names(notice: Notice) -> dict[str, object]:
    """What a sentence may name; somebody without a name is the product itself."""
    return {"who": notice.by or _("Somebody"), "lead": notice.lead or _("a lead"), "count": notice.count}


def _offer(notice: Notice) -> str:
    if notice.count > 1 or notice.lead is None:
        text = ngettext("%(count)d lead is offered to you.", "%(count)d leads are offered to you.", notice.count)
        return text % _names(notice)
    return _("%(lead)s is offered to you.") % _names(notice)


def _given(notice: Notice) -> str:
    if notice.count > 1 or notice.lead is None:
        text = ngettext("%(who)s gave you %(count)d lead.", "%(who)s gave you %(count)d leads.", notice.count)
        return text % _names(notice)
    return _("%(who)s gave you %(lead)s.") % _names(notice)


def _mention(notice: Notice) -> str:
    return _("%(who)s mentioned you on %(lead)s.") % _names(notice)


def _reply(notice: Notice) -> str:
    return _("%(who)s wrote about the handoff of %(lead)s.") % _names(notice)


def _rejected(notice: Notice) -> str:
    if notice.count > 1:
        text = ngettext("Sales rejected %(count)d lead.", "Sales rejected %(count)d leads.", notice.count)
        return text % _names(notice)
    return _("%(who)s rejected %(lead)s, which you had offered.") % _names(notice)


def _reminder(notice: Notice) -> str:
    return _("It is time for what you planned with %(lead)s.") % _names(notice)


def _breach(notice: Notice) -> str:
    if notice.count > 1:
        text = ngettext("%(count)d lead is overdue.", "%(count)d leads are overdue.", notice.count)
        return text % _names(notice)
    return _("%(lead)s is overdue.") % _names(notice)


def _escalated(notice: Notice) -> str:
    if notice.count > 1:
        text = ngettext(
            "%(count)d lead of your team has been overdue for long.",
            "%(count)d leads of your team have been overdue for long.",
            notice.count,
        )
        return text % _names(notice)
    return _("%(lead)s has been overdue for long; it is escalated to you.") % _names(notice)


def _job(notice: Notice) -> str:
    job: Job | None = notice.job
    if job is None:
        return _("A job of yours has ended.")
    words = {"done": job.done, "refused": job.refused, "total": job.total}
    if job.refused:
        return _("A job of yours has ended: %(done)d of %(total)d were done, %(refused)d refused.") % words
    return _("A job of yours has ended: %(done)d of %(total)d were done.") % words


WORDS: dict[Notice.Kind, Callable[[Notice], str]] = {
    Notice.Kind.OFFER: _offer, Notice.Kind.GIVEN: _given, Notice.Kind.MENTION: _mention, Notice.Kind.REPLY: _reply,
    Notice.Kind.REJECTED: _rejected, Notice.Kind.REMINDER: _reminder, Notice.Kind.BREACH: _breach,
    Notice.Kind.ESCALATED: _escalated, Notice.Kind.JOB: _job,
}  # fmt: skip
