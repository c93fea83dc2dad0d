"""Content made for a stage."""

from django.db import models

from leads.models.stage import Stage


class Asset(models.Model):
    class Kind(models.TextChoices):
        ARTICLE = "article", "Article"
        EBOOK = "ebook", "E-book"
        WEBINAR = "webinar", "Webinar"
        CASE_STUDY = "case_study", "Case study"
        DEMO = "demo", "Demo"
        TRIAL = "trial", "Trial"
        OTHER = "other", "Other"

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.OTHER)
    stage = models.CharField(max_length=4, choices=Stage, help_text="the stage it is made for")
    url = models.URLField(blank=True)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("name", name="asset_name_once"),
            models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="asset_stage_known"),
        ]

    def __str__(self) -> str:
        return self.name
