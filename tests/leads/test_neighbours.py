"""The leads before and after one in a list, whatever it is ordered by."""

import pytest
from django.http import QueryDict

from leads import listing
from leads.models import Lead
from tests.factories import START, make_lead


@pytest.mark.parametrize("sort", ["", "name", "score", "-score", "amount", "-amount", "due", "-due", "touched"])
def test_walking_by_neighbours_is_walking_down_the_list(sam, sort, django_assert_max_num_queries):
    for number in range(7):
        lead = make_lead("sal" if number % 2 else "mql", owner=sam, name=f"Lead {number // 2}", score=number // 3)
        if number < 4:
            Lead.objects.filter(pk=lead.pk).update(amount=number // 2, currency="EUR", touched_at=START)
    query = f"sort={sort}"
    of_list = listing.Listing.of(QueryDict(query), user=sam, at=START)
    rows = [lead.pk for lead in of_list.page(few=False).rows]
    assert len(rows) == 7
    pairs = []
    for number in rows:
        lead = Lead.objects.get(pk=number)
        with django_assert_max_num_queries(1):
            pairs.append(listing.neighbours(user=sam, query=query, lead=lead, at=START))
    assert pairs == list(zip([None, *rows], [*rows[1:], None], strict=False))


def test_a_lead_that_left_the_filter_still_has_neighbours(sam):
    first, gone, last = (make_lead(stage, owner=sam) for stage in ("mql", "sal", "mql"))
    assert listing.neighbours(user=sam, query="stage=mql", lead=gone, at=START) == (last.pk, first.pk)
