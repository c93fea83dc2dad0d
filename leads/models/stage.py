"""The stages of the funnel and their order."""

from django.db import models
from django.utils.translation import pgettext_lazy


class Stage(models.TextChoices):
    TOFU = "tofu", pgettext_lazy("stage", "ToFu")
    MOFU = "mofu", pgettext_lazy("stage", "MoFu")
    BOFU = "bofu", pgettext_lazy("stage", "BoFu")
    MQL = "mql", pgettext_lazy("stage", "MQL")
    SAL = "sal", pgettext_lazy("stage", "SAL")
    SQL = "sql", pgettext_lazy("stage", "SQL")
    WON = "won", pgettext_lazy("stage", "Won")
    LOST = "lost", pgettext_lazy("stage", "Lost")

    @property
    def rank(self) -> int:
        """Position in the funnel, 1 to 8; won is 7, lost 8."""
        return RANKS[self.value]


RANKS: dict[str, int] = {stage: rank for rank, stage in enumerate(Stage.values, start=1)}
OPEN = (Stage.TOFU, Stage.MOFU, Stage.BOFU, Stage.MQL, Stage.SAL, Stage.SQL)
CLOSED = (Stage.WON, Stage.LOST)


def opens_cycle(*, source: str, target: str) -> bool:
    """Whether going from `source` to `target` ends the lead's pass through the funnel and opens the next.

    Inside a cycle the stage only moves forward, and nothing follows a close.
    """
    return source in CLOSED or RANKS[target] < RANKS[source]
