"""The indexes of leads: every order and filter of the lists, at a million of them.

Lists show no merged leads, and so ask none of these indexes for one.
"""

from django.contrib.postgres.indexes import BrinIndex, GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Least

from leads.models.stage import Stage

INDEXES = [
    models.Index(fields=["stage", "-id"], condition=Q(merged_into=None), name="lead_stage"),
    models.Index(fields=["owner", "-id"], condition=Q(merged_into=None), name="lead_owner"),
    models.Index(fields=["source", "-id"], condition=Q(merged_into=None), name="lead_source"),
    models.Index(fields=["stage", "stage_since", "id"], condition=Q(merged_into=None), name="lead_waiting"),
    models.Index(fields=["stage", "due_at", "-score", "-id"], condition=Q(merged_into=None), name="lead_board"),
    models.Index(
        fields=["owner", "stage", "due_at", "-score", "-id"], condition=Q(merged_into=None), name="lead_owned"
    ),
    models.Index(fields=["stage_since", "id"], condition=Q(merged_into=None), name="lead_since"),
    models.Index(fields=["name", "id"], condition=Q(merged_into=None), name="lead_named"),
    models.Index(fields=["amount", "id"], condition=Q(merged_into=None, amount__isnull=False), name="lead_amount"),
    models.Index(
        fields=["touched_at", "id"],
        condition=Q(merged_into=None, touched_at__isnull=False),
        name="lead_touched",
    ),
    models.Index(fields=["-id"], condition=Q(merged_into=None, owner=None, stage=Stage.MQL), name="lead_offers"),
    BrinIndex(fields=["created_at"], name="lead_created"),
    models.Index(fields=["score", "id"], condition=Q(merged_into=None), name="lead_score"),
    models.Index(
        "owner",
        Least("due_at", "next_at"),
        condition=Q(merged_into=None) & (Q(due_at__isnull=False) | Q(next_at__isnull=False)),
        name="lead_queue",
    ),
    models.Index(fields=["due_at"], condition=Q(merged_into=None, due_at__isnull=False), name="lead_due"),
    models.Index(fields=["next_at"], condition=Q(merged_into=None, next_at__isnull=False), name="lead_planned"),
    models.Index(fields=["company", "-id"], condition=Q(merged_into=None), name="lead_company"),
    # Without the condition of the others: PostgreSQL takes two indexes of one condition for the same, and never both.
    GinIndex(OpClass("name", "gin_trgm_ops"), name="lead_name_parts"),
    models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="lead_merged"),
]
