"""Saved views: tabs and addresses, kept under a name, shared by those who may, deleted and brought back."""

import pytest
from django.http import QueryDict
from django.urls import reverse

from leads import saving
from leads.listing import Listing
from leads.models import SavedView
from tests.factories import make_lead

LIST, NEW = reverse("lead_list"), reverse("view_new")


@pytest.fixture
def hot(sam):
    return saving.save(name="Hot", query="score=70&sort=-score", sharing="mine", by=sam)


def names(client, url):
    return {lead.name for lead in client.get(url).context["rows"]}


def test_a_view_is_a_tab_and_an_address(client, sam, hot):
    make_lead("sal", owner=sam, name="hot", score=80), make_lead("sal", owner=sam, name="cold")
    client.force_login(sam)
    assert "<bdi>Hot</bdi>" in client.get(LIST).content.decode()
    assert names(client, f"{LIST}?view={hot.pk}") == {"hot"}


@pytest.mark.parametrize("view", saving.BUILT_IN, ids=lambda view: view.key)
def test_built_in_views_are_understood_whole(client, max, now, view):
    listing = Listing.of(QueryDict(view.query), user=max, at=now)
    assert listing.form.problems == []
    assert listing.form.query() == view.query
    client.force_login(max)
    assert client.get(f"{LIST}?view={view.key}").context["is_changed"] is False


def test_mine_means_whoever_looks(client, sam, alex):
    make_lead("sal", owner=sam, name="of sam"), make_lead("sal", owner=alex, name="of alex")
    client.force_login(alex)
    assert names(client, f"{LIST}?view=mine") == {"of alex"}


def test_other_filters_within_a_view_offer_to_save_or_reset(client, sam, hot):
    client.force_login(sam)
    context = client.get(f"{LIST}?view={hot.pk}&score=50&sort=-score").context
    assert (context["view"], context["is_changed"], context["is_own"]) == (hot, True, True)
    client.post(reverse("view_change", args=[hot.pk]), {"name": "Hot", "sharing": "mine", "query": "score=50"})
    hot.refresh_from_db()
    assert hot.query == "score=50"


def test_the_list_is_kept_under_a_name_and_nonsense_is_not(client, sam):
    client.force_login(sam)
    client.post(NEW, {"name": "Due", "sharing": "team", "query": "due=overdue&shoe=7&score=x&after=3~"})
    assert (SavedView.objects.get().query, SavedView.objects.get().sharing) == ("due=overdue", "team")


@pytest.mark.parametrize(
    ("data", "said"),
    [({"name": "Hot", "sharing": "mine"}, "view of this name already"),
     ({"name": "  ", "sharing": "mine"}, "required"),
     ({"name": "New", "sharing": "all"}, "not one of the available choices")],
)  # fmt: skip
def test_what_cannot_be_saved_says_why(client, sam, hot, data, said):
    client.force_login(sam)
    response = client.post(NEW, data)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert SavedView.objects.count() == 1


def test_who_sees_a_view_depends_on_how_it_is_shared(sam, alex, eve, max):
    team = saving.save(name="team", query="", sharing="team", by=sam)
    saving.save(name="mine", query="", sharing="mine", by=sam)
    everybody = saving.save(name="all", query="", sharing="all", by=max)
    assert set(saving.views_of(alex)) == {team, everybody}
    assert set(saving.views_of(eve)) == {everybody}
    assert saving.views_of(sam).count() == 3


@pytest.mark.parametrize("route", ["view_change", "view_shift", "view_delete"])
def test_another_s_view_cannot_be_changed_even_when_it_is_shared(client, sam, alex, route):
    view = saving.save(name="team", query="", sharing="team", by=sam)
    client.force_login(alex)
    assert client.post(reverse(route, args=[view.pk]), {"name": "x", "sharing": "mine"}).status_code == 404
    assert SavedView.objects.get().name == "team"


def test_a_deleted_view_is_brought_back_by_who_had_it(client, sam, alex, hot):
    client.force_login(sam)
    page = client.post(reverse("view_delete", args=[hot.pk]), follow=True)
    assert not SavedView.objects.exists()
    [message] = page.context["messages"]
    client.force_login(alex)
    client.post(message.extra_tags)
    assert not SavedView.objects.exists()
    client.force_login(sam)
    client.post(message.extra_tags)
    assert (SavedView.objects.get().name, SavedView.objects.get().query) == ("Hot", "score=70&sort=-score")


def test_own_views_are_put_in_order(sam, hot):
    second = saving.save(name="Second", query="", sharing="mine", by=sam)
    saving.shift(second, up=True, by=sam)
    assert list(saving.views_of(sam)) == [second, hot]
    saving.shift(second, up=True, by=sam)
    assert list(saving.views_of(sam)) == [second, hot]


@pytest.mark.parametrize("route", ["view_shift", "view_delete", "view_restore"])
def test_changes_are_only_posted(client, sam, hot, route):
    client.force_login(sam)
    assert client.get(reverse(route, args=[] if route == "view_restore" else [hot.pk])).status_code == 405
