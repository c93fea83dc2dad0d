"""The stages of the funnel and their order."""

from django.db import models


class Stage(models.TextChoices):
    TOFU = "tofu", "ToFu"
    MOFU = "mofu", "MoFu"
    BOFU = "bofu", "BoFu"
    MQL = "mql", "MQL"
    SAL = "sal", "SAL"
    SQL = "sql", "SQL"
    WON = "won", "Won"
    LOST = "lost", "Lost"

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
