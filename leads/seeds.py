"""What every installation starts with: a policy for each stage, reasons, working hours. Planted by a migration."""

from datetime import time
from typing import Any

# stage, label, guidance; working hours until the next step is due, and from then until the manager is told;
# days until stalled
POLICIES = [
    ("tofu", "ToFu", "Attract: be found by people who have the problem.", None, None, None),
    ("mofu", "MoFu", "Nurture: show how the problem is solved.", None, None, 60),
    ("bofu", "BoFu", "Convince: show why we are the ones to solve it.", None, None, 30),
    ("mql", "MQL", "Offered to sales: accept or reject with a reason.", 8, 4, 7),
    ("sal", "SAL", "Accepted: reach the person, learn size, timeline and urgency.", 40, 8, 14),
    ("sql", "SQL", "A deal: work it to a decision.", None, None, 21),
    ("won", "Won", "Closed won.", None, None, None),
    ("lost", "Lost", "Closed lost: recycle when the time is right.", None, None, None),
]
LIMITS = ("sla_hours", "escalate_hours", "stale_days")

# kind, code, label, asks for the competitor's name
REASONS = [
    ("lose", "competitor", "Went with a competitor", True),
    ("lose", "no-decision", "No decision / needs more time", False),
    ("lose", "price", "Price", False),
    ("lose", "other", "Other", False),
    ("reject", "not-ready", "Not ready to talk to sales", False),
    ("reject", "wrong-person", "Not the right person", False),
    ("reject", "bad-data", "Contact data is wrong", False),
    ("reject", "outside-target", "Outside our target market", False),
    ("reject", "other", "Other", False),
    ("disqualify", "not-a-fit", "Not a fit", False),
    ("disqualify", "junk", "Junk", False),
    ("disqualify", "unreachable", "Unreachable", False),
    ("disqualify", "duplicate", "Duplicate", False),
    ("disqualify", "unsubscribed", "Unsubscribed", False),
    ("disqualify", "other", "Other", False),
    ("recycle", "timing", "Not now, later", False),
    ("recycle", "no-budget", "No budget this year", False),
    ("recycle", "changed-job", "Contact changed jobs", False),
    ("recycle", "new-need", "New need", False),
    ("recycle", "other", "Other", False),
]

WORKDAYS = range(5)  # Monday to Friday
OPENS, CLOSES = time(9), time(17)


def plant(policy_model: Any, reason_model: Any, hours_model: Any) -> None:
    """Write what is missing; what is there stays as people edited it. Working hours are one whole: all or none."""
    for stage, label, guidance, *limits in POLICIES:
        defaults = {"label": label, "guidance": guidance, **dict(zip(LIMITS, limits, strict=True))}
        policy_model.objects.get_or_create(stage=stage, defaults=defaults)
    for kind, code, label, asks_competitor in REASONS:
        defaults = {"label": label, "asks_competitor": asks_competitor}
        reason_model.objects.get_or_create(kind=kind, code=code, defaults=defaults)
    if not hours_model.objects.exists():
        hours_model.objects.bulk_create(hours_model(weekday=day, opens=OPENS, closes=CLOSES) for day in WORKDAYS)
