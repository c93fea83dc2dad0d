"""The organisations leads work for."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

SIZE_BANDS = ((10, "1-10"), (50, "11-50"), (200, "51-200"), (1000, "201-1,000"), (5000, "1,001-5,000"))
LARGEST_BAND = "5,001+"


def size_band(employees: int | None) -> str:
    """The head-count band of a company, '' when unknown."""
    if employees is None:
        return ""
    return next((label for limit, label in SIZE_BANDS if employees <= limit), LARGEST_BAND)


class Company(models.Model):
    """Firmographics, and the technographic and hiring facts a prospecting tool filters by."""

    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=253, blank=True)
    industry = models.CharField(max_length=120, blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    revenue = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True, help_text=_("a year"))
    revenue_currency = models.CharField(max_length=3, blank=True)
    country = models.CharField(max_length=120, blank=True)
    technologies = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    spends_on_ads = models.BooleanField(null=True, blank=True)
    hiring_for = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = _("companies")
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="company_has_name"),
            models.UniqueConstraint(Lower("domain"), condition=~models.Q(domain=""), name="company_domain_once"),
        ]
        indexes = [
            models.Index(Lower("name"), name="company_name"),
            GinIndex(OpClass("name", "gin_trgm_ops"), name="company_name_parts"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def size_band(self) -> str:
        return size_band(self.employees)
