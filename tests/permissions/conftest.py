"""What the routes are about: things of Sam's. Whoever adds a route with a new parameter says here what it means."""

from types import SimpleNamespace

import pytest

from funnel.models import Alarm
from leads import people
from leads.models import (
    Absence,
    Company,
    CompanyEdit,
    Edit,
    Holiday,
    Job,
    JobRow,
    Note,
    Notice,
    RoutingRule,
    SavedView,
    User,
)  # fmt: skip
from tests.factories import make_lead


@pytest.fixture
def world(sam, mia, alex, max, ada, eve, now):
    """`values` by parameter, `special` by route where one means something else there; what is posted, by route."""
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    company = Company.objects.create(name="Acme", domain="acme.example")
    lead = make_lead("mql", owner=sam, company_id=company.pk)
    facts = {"employees": [None, 5]}
    firm_edit = CompanyEdit.objects.create(company=company, by=max, at=now, data=facts)
    edit = Edit.objects.create(lead=lead, kind=Edit.Kind.FACTS, by=sam, at=now, data={"title": ["", "Head"]})
    job = Job.objects.create(by=sam, at=now, kind=Job.Kind.MOVE, step="accept", total=1)
    JobRow.objects.create(job=job, lead=lead, version=lead.version)
    note = Note.objects.create(lead=lead, at=now, by=sam, text="Call in May")
    notice = Notice.objects.create(user=sam, kind=Notice.Kind.OFFER, key="offer", lead=lead, at=now)
    view = SavedView.objects.create(owner=sam, name="Mine", query="owner=me")
    Holiday.objects.create(day=now.date(), name="Founders' day")
    absence = Absence.objects.create(user=sam, starts_on=now.date(), ends_on=now.date())
    RoutingRule.objects.create(name="Everybody else", team=sam.team)
    Alarm.objects.create(raised_at=now, differences=1, found=[])
    cast = {"anon": None, "sam": sam, "mia": mia, "alex": alex, "max": max, "ada": ada, "eve": eve}
    return SimpleNamespace(
        people={name: user and known(user.pk) for name, user in cast.items()},
        values={
            "lead_id": lead.pk, "company_id": company.pk, "edit_id": edit.pk, "job_id": job.pk, "note_id": note.pk,
            "notice_id": notice.pk, "view_id": view.pk, "user_id": sam.pk, "step": "accept", "name": "cohort",
            "pk": 1, "provider_id": "company", "uidb36": "1", "key": "wrong", "content_type_id": 1, "object_id": 1,
            "absence_id": absence.pk, "fact": "name", "id": sam.pk, "app_label": "leads", "url": "nowhere/",
        },
        special={"company_undo": {"edit_id": firm_edit.pk}},
        bodies={
            **{step: {"version": lead.version} for step in ("lead_move", "today_step", "board_move")},
            "lead_override": {"version": lead.version, "to": "sal", "note": "They called us"},
            "lead_note": {"text": "Call in May"},
            "lead_touch": {"kind": "call"},
            "lead_plan": {"kind": "call", "due_at": "2100-01-01T09:00"},
            "lead_cell": {"name": "Ann"},
            "view_change": {"name": "Ours", "sharing": "mine"},
            "session_end": {"session": "1"},
        },
    )  # fmt: skip


def known(number):
    """The user as a log-in leaves them: allauth knows their address."""
    user = User.objects.get(pk=number)
    people.vouch(user)
    return user
