"""Settings that administrators edit: stages, reasons, working hours, people. Leads are moved on their pages."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.decorators import method_decorator

from leads import people
from leads.models import Holiday, Reason, StagePolicy, Team, User, WorkingHours
from leads.models.facts import POLICY_FACTS
from leads.roles import Role

# Groups grant nothing here, and nobody reads other people's second factors, sessions or links in a table.
for needless in (Group, EmailAddress, Authenticator, UserSession, SocialApp, SocialToken, SocialAccount):
    admin.site.unregister(needless)


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    required_facts = forms.MultipleChoiceField(
        choices=[(name, fact.label) for name, fact in POLICY_FACTS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="What a lead must have to enter, besides what the step itself asks.",
    )


class Lasting(admin.ModelAdmin):  # type: ignore[type-arg]
    """What history points to is never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(StagePolicy)
class StagePolicyAdmin(Lasting):
    form = PolicyForm
    list_display = ("stage", "label", "sla_hours", "score_threshold")
    readonly_fields = ("stage",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Reason)
class ReasonAdmin(Lasting):
    list_display = ("label", "kind", "code", "asks_competitor", "archived_at")
    list_filter = ("kind",)
    ordering = ("kind", "pk")
    readonly_fields = ("archived_at",)
    actions = ("archive", "restore")

    def get_readonly_fields(self, request: HttpRequest, obj: Reason | None = None) -> tuple[str, ...]:
        """Kind and code are what the log means; only the words may change."""
        return ("kind", "code", "archived_at") if obj else ("archived_at",)

    @admin.action(description="Archive: no longer offered, history keeps it")
    def archive(self, request: HttpRequest, queryset: QuerySet[Reason]) -> None:
        queryset.filter(archived_at=None).update(archived_at=timezone.now())

    @admin.action(description="Offer again")
    def restore(self, request: HttpRequest, queryset: QuerySet[Reason]) -> None:
        queryset.update(archived_at=None)


@admin.register(WorkingHours)
class WorkingHoursAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("weekday", "opens", "closes")
    ordering = ("weekday", "opens")


@admin.register(Holiday)
class HolidayAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("day", "name")
    ordering = ("-day",)


@admin.register(Team)
class TeamAdmin(Lasting):
    list_display = ("name",)
    fields = ("name",)


@admin.register(User)
@method_decorator(reauthentication_required(allow_get=True), name="changeform_view")
@method_decorator(reauthentication_required(allow_get=True), name="user_change_password")
class PeopleAdmin(Lasting, UserAdmin):  # type: ignore[type-arg]
    """People and their roles. What a role may do stands in `leads/roles.py`; nothing is granted one by one."""

    list_display = ("username", "first_name", "last_name", "email", "role", "team", "is_active")
    list_filter = ("role", "team", "is_active")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Work", {"fields": ("role", "team", "is_active")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "email", "role", "team", "password1", "password2")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Superusers are out of reach, or their passwords could be."""
        people = super().get_queryset(request)
        return people if request.user.is_superuser else people.filter(is_superuser=False)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = obj.is_superuser or obj.role == Role.ADMIN
        super().save_model(request, obj, form, change)
        people.vouch(obj)
