"""Who is offered which leads: rules an administrator orders, the first that fits decides."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.models.users import Team


class RoutingRule(models.Model):
    """Leads that fit go to a team's SDRs in turn. An empty condition fits every lead; within one, any value will do.

    `countries` and `industries` compare without regard to capitals, `size_bands` and `sources` as they are.
    """

    position = models.PositiveIntegerField(default=0, help_text=_("the lowest is asked first"))
    name = models.CharField(max_length=80)
    countries = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    industries = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    size_bands = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    sources = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint("name", name="routing_name_once")]

    def __str__(self) -> str:
        return self.name
