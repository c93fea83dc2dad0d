"""What administrators see of the statistics: the alarms that were raised."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from funnel.models import Alarm


@admin.register(Alarm)
class AlarmAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Differences between statistics and log, as the nightly recount found them; read, and marked as seen."""

    list_display = ("raised_at", "differences", "repaired_at", "seen_at")
    fields = ("raised_at", "differences", "found", "repaired_at", "seen_at")
    readonly_fields = fields
    ordering = ("-raised_at",)
    actions = ("mark_as_seen",)

    @admin.action(description=_("Mark as seen: the notice on every page goes away"))
    def mark_as_seen(self, request: HttpRequest, queryset: QuerySet[Alarm]) -> None:
        queryset.filter(seen_at=None).update(seen_at=timezone.now())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
