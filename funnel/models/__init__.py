"""Tables computed from the record; every one but the alarms can be rebuilt from the log."""

from funnel.models.journeys import Journey, Term
from funnel.models.stores import Alarm, Chunk, Rebuild, Rollup, Stale, Touched

__all__ = ["Alarm", "Chunk", "Journey", "Rebuild", "Rollup", "Stale", "Term", "Touched"]
