"""The lead list: filters in the URL, fifty at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.views.decorators.http import require_GET

from leads import filters
from leads.forms.listing import FilterForm
from leads.models import Lead, Stage
from leads.views.pages import Request, answer, stage_labels

if TYPE_CHECKING:
    from django.http import HttpResponse


@login_required
@require_GET
def lead_list(request: Request) -> HttpResponse:
    """Every lead the person may see, by the filters of the URL."""
    labels = stage_labels()
    form = FilterForm(request.GET, user=request.user, labels=labels)
    form.is_valid()
    wanted = form.cleaned_data
    matching = filters.filtered(Lead.objects.visible_to(request.user), wanted)
    counts = filters.counts(matching, searching=bool(wanted.get("q")))
    stage = wanted.get("stage")
    rows, newer, older = filters.page(
        (matching.filter(stage=stage) if stage else matching).select_related("company", "owner"),
        before=wanted.get("before"),
        after=wanted.get("after"),
    )
    context = {
        "form": form,
        "stage": stage,
        "stage_labels": labels,
        "chips": [(one, counted(counts.get(one, 0))) for one in Stage.values],
        "everything": total(counts),
        "total": total({stage: counts.get(stage, 0)} if stage else counts),
        "rows": rows,
        "back": "?" + urlencode({"back": request.get_full_path()}) if request.GET else "",
        "newer": rows[0].pk if newer and rows else None,
        "older": rows[-1].pk if older and rows else None,
    }
    return answer(request, "leads/list.html", context, part="results")


def counted(number: int) -> str:
    """A bounded count in words: 10,000+ when it stopped counting."""
    return f"{filters.COUNTED:,}+" if number > filters.COUNTED else f"{number:,}"


def total(counts: dict[str, int]) -> str:
    """The sum of bounded counts in words, bounded itself."""
    return counted(sum(counts.values()))
