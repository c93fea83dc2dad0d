"""Content made for a stage."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.models.stage import Stage


class Asset(models.Model):
    class Kind(models.TextChoices):
        ARTICLE = "article", _("Article")
        EBOOK = "ebook", _("E-book")
        WEBINAR = "webinar", _("Webinar")
        CASE_STUDY = "case_study", _("Case study")
        DEMO = "demo", _("Demo")
        TRIAL = "trial", _("Trial")
        OTHER = "other", _("Other")

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.OTHER)
    stage = models.CharField(max_length=4, choices=Stage, help_text=_("the stage it is made for"))
    url = models.URLField(blank=True)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("name", name="asset_name_once"),
            models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="asset_stage_known"),
        ]

    def __str__(self) -> str:
        return self.name
