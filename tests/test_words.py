"""Every word that pages show can be translated: none stands outside a message."""

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import trans_real

from funnel.reports import INDEX
from leads.models import Company, Lead, Reason, StagePolicy, Team, User
from tests.funnel.reports import counted, walked
from tests.pseudo import LANGUAGE, Pseudo, untranslated, words_outside

PERIOD = "from=2026-03-01&to=2026-03-14"


@pytest.fixture
def pseudo(monkeypatch):
    """All that is shown, in brackets; whoever asks for English gets them too."""
    for language in ("en", LANGUAGE):
        monkeypatch.setitem(trans_real._translations, language, Pseudo())
    monkeypatch.setattr(trans_real, "_default", None)
    with translation.override(LANGUAGE, deactivate=True):
        yield


@pytest.fixture
def busy(ada, sam, max, mia):
    """Leads of several kinds, all that people named themselves without a Latin letter."""
    for number, user in enumerate(User.objects.all()):
        user.first_name, user.last_name = f"愛{number}", "山"
        user.save()
    for model, field in ((Team, "name"), (StagePolicy, "label"), (Reason, "label")):
        for number, one in enumerate(model.objects.all()):
            setattr(one, field, f"名{number}")
            one.save(update_fields=[field])
    StagePolicy.objects.update(sla_hours=4, guidance="")
    company = Company.objects.create(name="会社")
    known = {"source": "源", "company_id": company.pk, "name": "人"}
    walked(max, "mql", ("accept", 1), ("confirm", 3), ("win", 9), ("reengage", 12), owner=sam, **known)
    walked(max, "mql", ("accept", 2), ("lose", 8), ("recycle", 12), owner=sam, **known)
    walked(max, "mql", ("reject", 3), owner=sam, began=2, **known)
    walked(None, "tofu", ("qualify", 5), **known)
    walked(max, "mql", owner=max, began=4, **known)
    counted()


def page(client, user, address):
    client.force_login(user)
    return client.get(address).text


def test_the_reader_finds_words_outside_brackets_and_no_others():
    html = '<p title="Bare">⟦All <b>of</b> it⟧ but this <bdi>Ann</bdi></p><script>var x</script>'
    assert untranslated(html) == ["Bare", "but", "this"]
    assert words_outside("⟦a ⟦word⟧ within⟧ 12 %") == ([], 0)


# The pages by the name of their route, each as somebody who sees much of it. The styleguide shows canned data.
PAGES = {
    "today": "sam", "board": "max", "lead_list": "max", "lead": "sam", "lead_edit": "sam", "lead_new": "mia",
    "lead_merge": "max", "lead_erase": "ada", "company_list": "max", "company": "max", "company_edit": "max",
    "notices": "sam", "job_list": "max", "absences": "sam", "palette": "sam", "preferences": "sam",
    "people": "ada", "people_invite": "ada", "people_edit": "ada", "reports": "mia", "funnel": "mia",
    "account_change_password": "sam", "account_email": "sam", "mfa_index": "sam", "usersessions_list": "sam",
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_a_word_that_cannot_be_translated(pseudo, busy, client, request, name):
    user = request.getfixturevalue(PAGES[name])
    lead = Lead.objects.filter(owner__isnull=False).earliest("pk")
    args = {"lead": lead.pk, "company": lead.company_id, "people": user.pk}.get(name.partition("_")[0])
    takes = name in {"lead", "company", "lead_edit", "lead_merge", "lead_erase", "company_edit", "people_edit"}
    assert untranslated(page(client, user, reverse(name, args=[args] if takes else []))) == []


ASKED = ("", f"by=owner&{PERIOD}", "by=source&grain=week", f"grain=month&{PERIOD}&unit=lead")
QUESTIONS = ("", "by=owner", "by=source&grain=week", f"by=team&{PERIOD}", "unit=lead", "by=nonsense", "source=nothing")


@pytest.mark.django_db
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_funnel_has_no_word_that_cannot_be_translated(pseudo, busy, client, ada, question):
    assert untranslated(page(client, ada, f"{reverse('funnel')}?{question}")) == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", INDEX)
@pytest.mark.parametrize("question", ASKED)
def test_no_report_has_a_word_that_cannot_be_translated(pseudo, busy, client, ada, name, question):
    assert untranslated(page(client, ada, f"{reverse('report', args=[name])}?{question}")) == []
