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
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.decorators import method_decorator

from leads import due, people, routing
from leads.forms.fields import LinesField
from leads.models import Absence, Holiday, Reason, RoutingRule, StagePolicy, Team, User, WorkingHours
from leads.models.company import LARGEST_BAND, SIZE_BANDS
from leads.models.facts import POLICY_FACTS
from leads.roles import Role

# Groups grant nothing here, and nobody reads other people's second factors, sessions or links in a table.
for needless in (Group, EmailAddress, Authenticator, UserSession, SocialApp, SocialToken, SocialAccount):
    admin.site.unregister(needless)

BANDS = (*(label for _limit, label in SIZE_BANDS), LARGEST_BAND)


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


class SetsClocks(admin.ModelAdmin):  # type: ignore[type-arg]
    """What a change of it moves: when the step of every lead is due. Worked out anew once the change is committed.

    The change says so in its own transaction; should this process end before, the worker sees to it.
    """

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change or form.has_changed():
            _set_clocks()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        _set_clocks()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        _set_clocks()


def _set_clocks() -> None:
    now = timezone.now()
    due.changed(at=now)
    transaction.on_commit(lambda: due.catch_up(at=now))


@admin.register(StagePolicy)
class StagePolicyAdmin(Lasting, SetsClocks):
    form = PolicyForm
    list_display = ("stage", "label", "sla_hours", "escalate_hours", "stale_days", "score_threshold")
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
class WorkingHoursAdmin(SetsClocks):
    list_display = ("weekday", "opens", "closes")
    ordering = ("weekday", "opens")


@admin.register(Holiday)
class HolidayAdmin(SetsClocks):
    list_display = ("day", "name")
    ordering = ("-day",)


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    countries = LinesField(required=False, help_text="One a line, as companies have them; empty for all.")
    industries = LinesField(required=False, help_text="One a line, as companies have them; empty for all.")
    sources = LinesField(required=False, help_text="One a line, spelt as leads have them; empty for all.")
    size_bands = forms.MultipleChoiceField(
        choices=[(band, band) for band in BANDS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="How many people the company has; none for all.",
    )


@admin.register(RoutingRule)
class RoutingRuleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who is offered which leads. The list shows whose turn it is."""

    form = RuleForm
    list_display = ("name", "position", "fits", "team", "is_active", "next_in_turn")
    list_editable = ("position", "is_active")
    list_select_related = ("team",)
    ordering = ("position", "pk")
    fields = ("name", "position", "is_active", "team", "countries", "industries", "size_bands", "sources")

    @admin.display(description="leads from")
    def fits(self, rule: RoutingRule) -> str:
        conditions = (rule.countries, rule.industries, rule.size_bands, rule.sources)
        return "; ".join(", ".join(values) for values in conditions if values) or "everywhere"

    @admin.display(description="next in turn")
    def next_in_turn(self, rule: RoutingRule) -> str:
        queue = routing.seats([rule.team_id], at=timezone.now()).get(rule.team_id)
        return str(User.objects.get(pk=queue[0].user_id)) if queue else "nobody: leads wait in the team queue"


@admin.register(Absence)
class AbsenceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("user", "starts_on", "ends_on")
    list_select_related = ("user",)
    ordering = ("-ends_on", "user")
    date_hierarchy = "starts_on"


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
        ("Work", {
            "fields": ("role", "team", "capacity", "is_active"),
            "description": "Roles and access are changed on the page People, which sees to open leads and sessions.",
        }),
    )  # fmt: skip
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "email", "role", "team", "password1", "password2")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """The last administrator stays one: `people.py` says so, and is not asked here."""
        return ("role", "is_active") if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Superusers are out of reach, or their passwords could be."""
        people = super().get_queryset(request)
        return people if request.user.is_superuser else people.filter(is_superuser=False)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = obj.is_superuser or obj.role == Role.ADMIN
        super().save_model(request, obj, form, change)
        people.vouch(obj)
