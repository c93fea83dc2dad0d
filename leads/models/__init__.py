"""The record's tables; each file is one idea."""

from leads.models.asset import Asset
from leads.models.calendar import ClockChange, Holiday, WorkingHours
from leads.models.company import Company
from leads.models.consent import Consent
from leads.models.identity import Identity
from leads.models.lead import Lead
from leads.models.log import StageChange, Unapplied
from leads.models.merge import Merge
from leads.models.notes import Note, Notice
from leads.models.policy import Reason, StagePolicy
from leads.models.privacy import Erasure, Suppression
from leads.models.routing import RoutingRule
from leads.models.stage import Stage
from leads.models.touch import Touch
from leads.models.users import Absence, Team, User
from leads.models.work import CompanyEdit, Edit, Job, JobRow, SavedView

__all__ = [
    "Absence",
    "Asset",
    "ClockChange",
    "Company",
    "CompanyEdit",
    "Consent",
    "Edit",
    "Erasure",
    "Holiday",
    "Identity",
    "Job",
    "JobRow",
    "Lead",
    "Merge",
    "Note",
    "Notice",
    "Reason",
    "RoutingRule",
    "SavedView",
    "Stage",
    "StageChange",
    "StagePolicy",
    "Suppression",
    "Team",
    "Touch",
    "Unapplied",
    "User",
    "WorkingHours",
]
