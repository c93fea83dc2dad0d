"""The bare page to compare pages with: the product's shell and fifty rows of canned data, through its middleware."""

from datetime import UTC, datetime
from types import SimpleNamespace

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.template import engines
from django.urls import path

from funnel.urls import urlpatterns as product

TABLE = """{% extends "base.html" %}{% load marks %}
{% block title %}Bare{% endblock %}
{% block content %}<h1>Bare</h1>
<div class="sheet"><table class="data cards"><thead><tr><th scope="col">Lead</th><th scope="col">Company</th>
<th scope="col">Stage</th><th scope="col">In stage since</th><th scope="col">Owner</th><th scope="col">Source</th>
<th scope="col" class="n">Score</th><th scope="col" class="n">Amount</th></tr></thead><tbody>
{% for lead in rows %}<tr>
  <th scope="row"><a href="/leads/{{ lead.pk }}/"><bdi>{{ lead.name }}</bdi></a>
    <small><bdi>{{ lead.title }}</bdi></small></th>
  <td data-label="Company"><bdi>{{ lead.company }}</bdi></td>
  <td data-label="Stage">{% stage lead.stage %} <small>cycle {{ lead.cycle }}</small></td>
  <td data-label="Since"><time datetime="{{ lead.stage_since|date:'c' }}">
    {{ lead.stage_since|date:"DATE_FORMAT" }}</time></td>
  <td data-label="Owner"><bdi>{{ lead.owner }}</bdi></td>
  <td data-label="Source"><bdi>{{ lead.source }}</bdi></td>
  <td data-label="Score" class="n">{{ lead.score }}</td>
  <td data-label="Amount" class="n">{{ lead.amount|floatformat:"-2g" }} {{ lead.currency }}</td>
</tr>{% endfor %}</tbody></table></div>{% endblock %}"""

ROWS = [
    SimpleNamespace(
        pk=number, name=f"Lead {number}", title="Head of Operations", company=f"Company {number}", stage="sql", cycle=2,
        stage_since=datetime(2026, 1, 1, 9, number, tzinfo=UTC), owner="Sam Ode", source="webinar", score=number,
        amount=1000 * number, currency="USD",
    )
    for number in range(1, 51)
]  # fmt: skip


@login_required
def bare(request):
    """Nothing is asked of the database but who is logged in."""
    return HttpResponse(_template().render({"rows": ROWS}, request))


def _template(kept=[]):  # noqa: B006  (made once)
    if not kept:
        kept.append(engines["django"].from_string(TABLE))
    return kept[0]


urlpatterns = [path("bare/", bare), *product]
