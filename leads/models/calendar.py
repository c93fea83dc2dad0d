"""When the organisation works: the hours of a week, and the days off. Limits in working hours are counted by it."""

from django.db import models


class WorkingHours(models.Model):
    """One opening of a weekday, in the organisation's time zone. A day may have several; those that overlap join."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, "Monday"
        TUESDAY = 1, "Tuesday"
        WEDNESDAY = 2, "Wednesday"
        THURSDAY = 3, "Thursday"
        FRIDAY = 4, "Friday"
        SATURDAY = 5, "Saturday"
        SUNDAY = 6, "Sunday"

    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    opens = models.TimeField()
    closes = models.TimeField(help_text="23:59 means until midnight")

    class Meta:
        verbose_name_plural = "working hours"
        constraints = [
            models.CheckConstraint(condition=models.Q(weekday__range=(0, 6)), name="hours_weekday_known"),
            models.CheckConstraint(
                condition=models.Q(closes__gt=models.F("opens")),
                name="hours_close_after_opening",
                violation_error_message="It must close after it opens.",
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
