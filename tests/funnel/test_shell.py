"""What stands around every page: places, palette, preferences, the style guide, first steps."""

from datetime import time
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.urls import reverse

from funnel.views import shell
from leads import firststeps, moves
from leads.models import Lead, SavedView, WorkingHours
from leads.templatetags import marks
from tests.factories import make_lead, reason

PALETTE = reverse("palette")
HTMX = {"HX-Request": "true"}


def labels(response, title=""):
    """The labels of the options, of one section or of all."""
    return [one.label for part in response.context["sections"] if title in ("", part.title) for one in part.options]


def names(places):
    return [one.place.route for one in places]


def test_only_places_that_exist_are_shown_and_settings_to_administrators_alone(client, sam, ada):
    ada.is_staff = True
    ada.save()
    client.force_login(sam)
    seen = names(client.get("/leads/").context["places"])
    assert "lead_list" in seen
    assert "admin:index" not in seen
    assert all(shell.address_of(one) for one in seen)
    client.force_login(ada)
    assert "admin:index" in names(client.get("/leads/").context["places"])


@pytest.mark.parametrize(
    ("address", "route", "said"),
    [("/leads/", "lead_list", "page"), ("/leads/new/", "lead_list", "true"), ("/funnel/", "funnel", "page"),
     ("/reports/flow/", "reports", "true")],
)  # fmt: skip
def test_the_place_one_is_in_is_marked(client, max, address, route, said):
    client.force_login(max)
    assert {one.place.route: one.current for one in client.get(address).context["places"] if one.current} == {
        route: said
    }


def test_no_two_places_have_one_key():
    keys = [place.key for place in shell.PLACES if place.key]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("address", ["palette", "preferences", "styleguide"])
def test_who_is_not_logged_in_is_asked_to(client, db, address):
    assert client.get(reverse(address)).headers["Location"] == f"{reverse('account_login')}?next={reverse(address)}"


@pytest.mark.parametrize("address", ["palette", "styleguide"])
def test_what_is_only_read_takes_nothing(client, sam, address):
    client.force_login(sam)
    assert client.post(reverse(address)).status_code == 405


def test_the_palette_finds_leads_companies_and_pages_with_and_without_htmx(client, max):
    make_lead("mql", name="Fun <b>Ny")
    client.force_login(max)
    whole, part = client.get(PALETTE, {"q": "fun"}), client.get(PALETTE, {"q": "fun"}, headers=HTMX)
    for response in (whole, part):
        assert labels(response) == ["Fun <b>Ny", "Funnel"]
        assert "Fun &lt;b&gt;Ny" in response.content.decode()
    assert "<!doctype" not in part.content.decode()
    assert 'role="option"' in part.content.decode()
    assert 'role="option"' not in whole.content.decode().split('id="palette"')[0]


def test_the_palette_finds_views_one_may_open(client, sam, eve):
    for owner, sharing in ((sam, "mine"), (eve, "mine"), (eve, "all")):
        SavedView.objects.create(
            owner=owner, name=f"Webinar of {owner} for {sharing}", query="source=webinar", sharing=sharing
        )
    client.force_login(sam)
    found = client.get(PALETTE, {"q": "webinar"})
    assert labels(found, "Views") == ["Webinar of eve for all", "Webinar of sam for mine"]
    [queue] = [one for part in client.get(PALETTE, {"q": "team qu"}).context["sections"] for one in part.options]
    assert client.get(queue.url).status_code == 200


def test_the_palette_shows_nobody_s_hidden_leads_nor_their_steps(client, eve, sam):
    lead = make_lead("sal", owner=sam, name="Hidden")
    client.force_login(eve)
    assert labels(client.get(PALETTE, {"q": "hidden"})) == []
    for asked in ({"of": lead.pk}, {"lead": lead.pk}):
        assert "Hidden" not in client.get(PALETTE, {"q": "zzz", **asked}).content.decode()


@pytest.mark.parametrize("number", ["x", "-1", "0", "9" * 40, "²", "1.5", ""])
def test_a_lead_that_is_none_is_ignored(client, max, number):
    client.force_login(max)
    assert client.get(PALETTE, {"of": number, "lead": number}).status_code == 200


def test_the_steps_of_the_lead_come_first_and_only_legal_ones(client, sam):
    lead = make_lead("mql", name="Priya")
    client.force_login(sam)
    response = client.get(PALETTE, {"lead": lead.pk}, headers=HTMX)
    legal = [offer.label for offer in moves.legal_steps(lead, by=sam) if offer.is_open]
    assert [label.rstrip("…") for label in labels(response)][: len(legal)] == legal
    assert (
        f'formaction="{reverse("lead_move", args=[lead.pk, "accept"])}" name="version" value="1"'
        in response.content.decode()
    )
    assert f'<a href="{reverse("lead_move", args=[lead.pk, "reject"])}"' in response.content.decode()
    assert labels(client.get(PALETTE, {"lead": lead.pk, "q": "acc"}))[0] == "Accept"
    assert labels(client.get(PALETTE, {"of": lead.pk, "q": "rej"}))[0] == "Reject…"


def test_a_lead_without_a_step_says_so(client, sam):
    lead = make_lead("won", owner=sam)
    client.force_login(sam)
    assert "No step is open to you" in client.get(PALETTE, {"of": lead.pk}).content.decode()


def test_the_palette_asks_no_more_for_many(client, sam, django_assert_max_num_queries):
    client.force_login(sam)
    lead = make_lead("mql")
    for number in range(30):
        make_lead("mql", name=f"Ann {number}")
    with django_assert_max_num_queries(12):
        client.get(PALETTE, {"q": "ann", "lead": lead.pk})


def test_preferences_are_kept(client, sam):
    client.force_login(sam)
    response = client.post(reverse("preferences"), {"theme": "dark"}, follow=True)
    sam.refresh_from_db()
    assert sam.shortcuts is False
    assert 'data-theme="dark" data-shortcuts="off"' in response.content.decode()
    client.post(reverse("preferences"), {"theme": "", "shortcuts": "on"})
    sam.refresh_from_db()
    assert sam.shortcuts is True
    assert "data-theme" not in client.get(reverse("lead_list")).content.decode().split("<head>")[0]


def test_the_keys_switch_leaves_the_theme_alone_and_nonsense_is_no_theme(client, sam):
    client.force_login(sam)
    client.cookies["theme"] = "light"
    assert "theme" not in client.post(reverse("preferences"), {"shortcuts": "on"}).cookies
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get(reverse("lead_list")).content.decode().split("<head>")[0]
    assert client.put(reverse("preferences")).status_code == 405


def test_every_component_stands_in_the_style_guide(client, ada):
    client.force_login(ada)
    response = client.get(reverse("styleguide"))
    page = response.content.decode()
    shown = {template.name for template in response.templates}
    for file in Path(settings.BASE_DIR, "templates/components").glob("_*.html"):
        assert f"components/{file.name}" in shown
    assert page.count('<svg class="i"') >= len(marks.SHAPES)
    source = Path(settings.BASE_DIR, "templates/funnel/styleguide.html").read_text()
    assert [name for name in marks.register.tags if f"{{% {name} " not in source] == []
    assert 'class="guide" data-theme="dark"' in client.get(reverse("styleguide"), {"theme": "dark"}).content.decode()


@pytest.mark.parametrize(
    ("name", "letters"), [("Ada Lovelace", "AL"), ("ada", "A"), ("สมชาย ใจดี", "สใ"), ("", ""), ("a b c", "AC")]
)
def test_initials_are_of_the_first_and_the_last_word(name, letters):
    assert marks.initials(name) == letters


def test_marks_write_names_as_text():
    page = Template("{% load marks %}{% stage 'mql' %}{% sla 'soon' text %}{% score 55 %}").render(
        Context({"stage_labels": {"mql": "<b>"}, "text": "<i>"})
    )
    assert "&lt;b&gt;" in page
    assert "&lt;i&gt;" in page
    assert page.count('class="off"') == 1


def ticked(user):
    return {step.name: step.done for step in firststeps.first_steps(user)}


def test_first_steps_tick_themselves(ada, sam, now, django_assert_num_queries):
    Lead.objects.update(is_demo=True)
    with django_assert_num_queries(1):
        assert ticked(ada).items() >= {"lead": False, "move": False, "people": True, "hours": False}.items()
    lead = make_lead("mql")
    moves.move(lead_id=lead.pk, step="accept", by=sam, at=now)
    WorkingHours.objects.create(weekday=5, opens=time(9), closes=time(12))
    assert ticked(ada).items() >= {"lead": True, "move": True, "people": True, "hours": True}.items()


def test_the_demo_and_who_installs_tick_nothing(ada, now, max):
    max.is_demo = True
    max.save()
    lead = make_lead("mql")
    moves.move(lead_id=lead.pk, step="disqualify", by=max, at=now, given=moves.Given(reason=reason("disqualify")))
    Lead.objects.update(is_demo=True)
    assert not any(ticked(ada).values())


def test_first_steps_show_only_what_one_may_do(sam):
    assert set(ticked(sam)) == {"lead", "move"}
    assert all(step.url for step in firststeps.first_steps(sam))


def test_an_empty_list_shows_the_first_steps(client, sam, max):
    client.force_login(sam)
    assert "First steps" in client.get(reverse("lead_list")).content.decode()
    assert "First steps" not in client.get(reverse("lead_list"), {"stage": "won"}).content.decode()
    make_lead("mql")
    assert "First steps" not in client.get(reverse("lead_list")).content.decode()
