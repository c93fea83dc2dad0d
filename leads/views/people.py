"""Settings: the people who work here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads import handover, invitations, people
from leads.forms.people import PersonForm, SwitchOffForm
from leads.models import User
from leads.views.pages import Request, answer

if TYPE_CHECKING:
    from leads.models import Job

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_GET
@login_required
@permission_required("leads.view_user", raise_exception=True)
def index(request: Request) -> HttpResponse:
    """Everybody with role, team and state; those switched off on a tab of their own."""
    off = request.GET.get("show") == "off"
    shown = people.within_reach(request.user).filter(is_active=not off)
    rows = [(user, people.state_of(user), people.has_joined(user)) for user in shown]
    return answer(request, "leads/people/list.html", {"rows": rows, "off": off})


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("leads.add_user", raise_exception=True)
@reauthentication_required(allow_get=True)
def invite(request: Request) -> HttpResponse:
    """Invite somebody by e-mail."""
    form = PersonForm(request.POST or None)
    if not form.is_valid():
        return answer(request, "leads/people/invite.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        user = people.invite(form.person(), by=request.user, at=timezone.now(), site=request.build_absolute_uri("/"))
    except people.AlreadyKnown as known:
        form.add_error("email", _known_words(known))
        return answer(request, "leads/people/invite.html", {"form": form, "known": known.user}, status=409)
    except invitations.NotSent as unsent:
        return _not_sent(request, unsent)
    messages.success(request, _("%(name)s is invited by e-mail.") % {"name": user})
    return redirect("people")


@require_POST
@login_required
@permission_required("leads.add_user", raise_exception=True)
@reauthentication_required
def invite_again(request: Request, user_id: int) -> HttpResponse:
    """Send somebody a new link in place of the former."""
    user = _within_reach(request, user_id)
    try:
        site = request.build_absolute_uri("/")
        people.invite_again(user_id=user.pk, by=request.user, at=timezone.now(), site=site)
    except people.CannotChange as refused:
        messages.error(request, str(refused))
    except invitations.NotSent as unsent:
        return _not_sent(request, unsent)
    else:
        words = _("A new invitation is on its way to %(name)s. The former one no longer works.")
        messages.success(request, words % {"name": user})
    return redirect("people")


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("leads.change_user", raise_exception=True)
@reauthentication_required(allow_get=True)
def edit(request: Request, user_id: int) -> HttpResponse:
    """Somebody's name, e-mail, role and team."""
    user = _within_reach(request, user_id)
    given = {"first_name": user.first_name, "last_name": user.last_name, "email": user.email, "role": user.role}
    form = PersonForm(request.POST or None, initial={**given, "team": user.team_id})
    page = {"form": form, "person": user, "state": people.state_of(user), "joined": people.has_joined(user)}
    if not form.is_valid():
        return answer(request, "leads/people/edit.html", page, status=422 if form.is_bound else 200)
    try:
        people.change(form.person(), user_id=user.pk)
    except people.CannotChange as refused:
        form.add_error("role", str(refused))
        return answer(request, "leads/people/edit.html", page, status=409)
    except people.AlreadyKnown as known:
        form.add_error("email", _known_words(known))
        return answer(request, "leads/people/edit.html", page, status=409)
    messages.success(request, _("Saved."))
    return redirect("people")


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("leads.change_user", raise_exception=True)
@reauthentication_required(allow_get=True)
def switch_off(request: Request, user_id: int) -> HttpResponse:
    """Let somebody in no longer, and decide what becomes of their open leads."""
    user = _within_reach(request, user_id)
    owned = handover.open_leads(user).count()
    others = User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("first_name", "last_name", "username")
    form = SwitchOffForm(request.POST if request.method == "POST" else None, owned=owned, others=others)
    page = {"form": form, "person": user, "owned": owned}
    if not form.is_valid():
        return answer(request, "leads/people/off.html", page, status=422 if form.is_bound else 200)
    try:
        job = people.switch_off(
            user_id=user.pk, hand_over=form.hands_over(), to=form.receiver(), by=request.user, at=timezone.now()
        )
    except people.CannotChange as refused:
        form.add_error(None, str(refused))
        return answer(request, "leads/people/off.html", page, status=409)
    messages.success(request, _off_words(user, job), extra_tags=reverse("job_undo", args=[job.pk]) if job else "")
    return redirect("people")


@require_POST
@login_required
@permission_required("leads.change_user", raise_exception=True)
@reauthentication_required
def switch_on(request: Request, user_id: int) -> HttpResponse:
    """Let somebody in again."""
    user = people.switch_on(user_id=_within_reach(request, user_id).pk)
    messages.success(request, _("%(name)s can log in again.") % {"name": user})
    return redirect("people")


def _within_reach(request: Request, user_id: int) -> User:
    user = people.within_reach(request.user).filter(pk=user_id).first()
    if user is None:
        raise Http404("There is nobody of this number whom you manage.")
    return user


def _known_words(known: people.AlreadyKnown) -> str:
    state = people.state_of(known.user)
    if state == "off":
        words = _("%(name)s has this e-mail and is switched off. Switch them on again instead.")
    elif state == "invited":
        words = _("%(name)s has this e-mail and was invited already. Send the invitation again instead.")
    else:
        words = _("%(name)s has this e-mail and works here already.")
    return words % {"name": known.user}


def _not_sent(request: Request, unsent: invitations.NotSent) -> HttpResponse:
    words = _("%(name)s has an account, but the e-mail could not be sent. Check the mail server, then invite again.")
    messages.error(request, words % {"name": unsent.user})
    return redirect("people")


def _off_words(user: User, job: Job | None) -> str:
    words = _("%(name)s can no longer log in.") % {"name": user}
    if job is None:
        return words
    handed = ngettext("%(given)d lead changed hands.", "%(given)d leads changed hands.", job.done) % {"given": job.done}
    return f"{words} {handed}"
