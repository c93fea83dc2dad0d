"""The record's tables; each file is one idea."""

from leads.models.asset import Asset
from leads.models.calendar import Holiday, WorkingHours
from leads.models.company import Company
from leads.models.consent import Consent
from leads.models.identity import Identity
from leads.models.lead import Lead
from leads.models.log import StageChange, Unapplied
from leads.models.policy import Reason, StagePolicy
from leads.models.stage import Stage
from leads.models.touch import Touch
from leads.models.users import Team, User

__all__ = [
    "Asset",
    "Company",
    "Consent",
    "Holiday",
    "Identity",
    "Lead",
    "Reason",
    "Stage",
    "StageChange",
    "StagePolicy",
    "Team",
    "Touch",
    "Unapplied",
    "User",
    "WorkingHours",
]
