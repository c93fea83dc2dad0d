"""When the organisation works: the hours of a week, and the days off. Limits in working hours are counted by it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkingHours(models.Model):
    """One opening of a weekday, in the organisation's time zone. A day may have several; those that overlap join."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    opens = models.TimeField()
    closes = models.TimeField(help_text=_("23:59 means until midnight"))

    class Meta:
        verbose_name_plural = _("working hours")
        constraints = [
            models.CheckConstraint(condition=models.Q(weekday__range=(0, 6)), name="hours_weekday_known"),
            models.CheckConstraint(
                condition=models.Q(closes__gt=models.F("opens")),
                name="hours_close_after_opening",
                violation_error_message=_("It must close after it opens."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class Holiday(models.Model):
    """A day without working hours, such as a public holiday."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.name}, {self.day}"


class ClockChange(models.Model):
    """A change of policies, hours or holidays at `at`, after which the due times of leads wait to be set anew.

    `passed` says that they were, once: moves that had read the old limits may have been written since.
    """

    at = models.DateTimeField()
    passed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"clocks of {self.at:%Y-%m-%d %H:%M}"
