"""Tables computed from the record; every one can be rebuilt from the log."""

from funnel.models.journeys import Journey

__all__ = ["Journey"]
