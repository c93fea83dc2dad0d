"""What stops an import, and what stops one row of it."""


class Unusable(Exception):
    """The file or the mapping cannot be used at all. Nothing was written; the message says what to do."""


class RowRefused(Exception):
    """One row cannot be imported. Nothing of it was written; the message says why."""
