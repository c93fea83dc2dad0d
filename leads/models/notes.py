"""What people write to each other about a lead, and what the product tells a person."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.models.lead import Lead


class Note(models.Model):
    """A note on a lead; with a `cycle`, a part of what sales and marketing say about the handoff of that cycle."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="notes", db_index=False)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    cycle = models.PositiveSmallIntegerField(null=True, blank=True)
    text = models.TextField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(text=""), name="note_says_something")]
        indexes = [models.Index(fields=["lead", "-at"], name="note_of_lead")]

    def __str__(self) -> str:
        return f"{self.by}, {self.at:%Y-%m-%d %H:%M}"


class Notice(models.Model):
    """Something a person is told, once: `key` says what, and no person is told the same twice.

    `count` leads it is about; one of them is named, several are only counted.
    """

    class Kind(models.TextChoices):
        OFFER = "offer", _("Offer")
        GIVEN = "given", _("Given to you")
        MENTION = "mention", _("Mention")
        REPLY = "reply", _("Reply")
        REJECTED = "rejected", _("Rejected")
        REMINDER = "reminder", _("Reminder")
        BREACH = "breach", _("Overdue")
        ESCALATED = "escalated", _("Escalated")
        JOB = "job", _("Job")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=80)
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, blank=True, related_name="+")
    count = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.ForeignKey(Note, models.CASCADE, null=True, blank=True, related_name="+")
    job = models.ForeignKey("leads.Job", models.CASCADE, null=True, blank=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "key", name="notice_told_once"),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=[
                        "offer",
                        "given",
                        "mention",
                        "reply",
                        "rejected",
                        "reminder",
                        "breach",
                        "escalated",
                        "job",
                    ]
                ),
                name="notice_kind_known",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_of_user"),
            models.Index(fields=["user"], condition=models.Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user}"
