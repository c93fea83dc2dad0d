"""Saved views: kept, renamed, shared, put in order, deleted and brought back."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from leads import saving
from leads.listing import Listing
from leads.models import SavedView
from leads.views.pages import Request, answer

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpResponse

    from leads.models import User


class ViewForm(forms.Form):
    """The name of a view, and with whom it is shared."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=saving.LONGEST_NAME)
    sharing = forms.ChoiceField(label=gettext_lazy("Who sees it"))
    query = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, user: User, initial: dict[str, str]) -> None:
        super().__init__(data, initial=initial)
        self.user = user
        sharing = self.fields["sharing"]
        assert isinstance(sharing, forms.ChoiceField)  # noqa: S101  (for the type checker)
        sharing.choices = saving.sharings_of(user)

    def clean_query(self) -> str:
        """Only what the list understands is kept."""
        return Listing.of(QueryDict(self.cleaned_data["query"]), user=self.user, at=timezone.now()).form.query()


def _own(request: Request, view_id: int) -> SavedView:
    view = saving.views_of(request.user).filter(pk=view_id, owner=request.user).first()
    if view is None:
        raise Http404("There is no view of yours of this number.")
    return view


@login_required
@require_http_methods(["GET", "POST"])
def view_new(request: Request) -> HttpResponse:
    """Keep the list as it is under a name; the query of the address is what is kept."""
    initial = {"query": request.GET.urlencode()[:4000], "sharing": SavedView.Sharing.MINE}
    form = ViewForm(request.POST or None, user=request.user, initial=initial)
    if form.is_valid():
        try:
            view = saving.save(**form.cleaned_data, by=request.user)
        except saving.CannotSave as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("The view was saved."))
            return redirect(_address(view))
    return _page(request, form, view=None)


@login_required
@require_http_methods(["GET", "POST"])
def view_change(request: Request, view_id: int) -> HttpResponse:
    """Rename a view of one's own, share it, or keep other filters in it."""
    view = _own(request, view_id)
    initial = {"name": view.name, "sharing": view.sharing, "query": view.query}
    form = ViewForm(request.POST or None, user=request.user, initial=initial)
    if form.is_valid():
        try:
            saving.change(view, **form.cleaned_data, by=request.user)
        except saving.CannotSave as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("The view was saved."))
            return redirect(_address(view))
    return _page(request, form, view=view)


def _page(request: Request, form: ViewForm, *, view: SavedView | None) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return answer(request, "leads/view.html", {"form": form, "view": view}, status=status)


def _address(view: SavedView) -> str:
    return f"{reverse('lead_list')}?view={view.pk}"


@login_required
@require_POST
def view_shift(request: Request, view_id: int) -> HttpResponse:
    """One place up or down among one's own views."""
    saving.shift(_own(request, view_id), up=request.POST.get("way") == "up", by=request.user)
    return redirect("view_change", view_id)


@login_required
@require_POST
def view_delete(request: Request, view_id: int) -> HttpResponse:
    """Delete a view of one's own; the message offers to bring it back."""
    kept = saving.remove(_own(request, view_id), by=request.user)
    undo = f"{reverse('view_restore')}?{urlencode({'kept': kept})}"
    messages.success(request, _("The view was deleted."), extra_tags=undo)
    return redirect("lead_list")


@login_required
@require_POST
def view_restore(request: Request) -> HttpResponse:
    """Bring back a view that was just deleted."""
    try:
        view = saving.restore(request.GET.get("kept", ""), by=request.user)
    except saving.CannotSave as refused:
        messages.error(request, str(refused))
        return redirect("lead_list")
    messages.success(request, _("The view is back."))
    return redirect(_address(view))
