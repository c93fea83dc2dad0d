"""The facts of a company corrected: each correction is written down so that it can be told and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import undoing
from leads.edits import CannotUndo
from leads.lines import plain
from leads.models import Company, CompanyEdit
from leads.timeline import NOTHING, Change

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.utils.functional import _StrPromise

    from leads.models import User

FACTS: dict[str, _StrPromise] = {
    "name": gettext_lazy("Name"), "domain": gettext_lazy("Domain"), "industry": gettext_lazy("Industry"),
    "employees": gettext_lazy("Employees"), "revenue": gettext_lazy("Revenue a year"),
    "revenue_currency": gettext_lazy("Revenue currency"), "country": gettext_lazy("Country"),
    "technologies": gettext_lazy("Technologies"), "spends_on_ads": gettext_lazy("Spends on ads"),
    "hiring_for": gettext_lazy("Hiring for"),
}  # fmt: skip


class NotSaved(ValueError):
    """Facts a company cannot have, and why in words for people. Nothing was written."""


@transaction.atomic
def correct(*, company_id: int, facts: Mapping[str, Any], by: User, at: datetime) -> CompanyEdit | None:
    """Set facts of a company, by column; returns the edit, None when nothing differs.

    Raises NotSaved for a domain that is another company's, Company.DoesNotExist.
    """
    company = Company.objects.select_for_update().get(pk=company_id)
    changed = {
        name: [_kept(getattr(company, name)), _kept(facts[name])]
        for name in FACTS
        if name in facts and _kept(getattr(company, name)) != _kept(facts[name])
    }
    if not changed:
        return None
    _write(company, {name: facts[name] for name in changed})
    return CompanyEdit.objects.create(company=company, by=by, at=at, data=changed)


@transaction.atomic
def undo(*, edit_id: int, by: User, at: datetime) -> CompanyEdit:
    """Put back what an edit changed, of what nobody has changed since.

    Raises CannotUndo where it is too late or nothing is left to put back, and CompanyEdit.DoesNotExist.
    """
    company = Company.objects.select_for_update().get(edits=edit_id)
    edit = CompanyEdit.objects.select_for_update().get(pk=edit_id)
    undoing.check(edit, by=by, at=at)
    was = {
        name: before if isinstance(before, list) else Company._meta.get_field(name).to_python(before)  # type: ignore[union-attr]
        for name, (before, after) in edit.data.items()
        if _kept(getattr(company, name)) == after
    }
    if not was:
        raise CannotUndo(_("Nothing was undone: what you changed has been changed again since."))
    try:
        _write(company, was)
    except NotSaved as taken:
        raise CannotUndo(str(taken)) from taken
    undoing.mark(edit, by=by, at=at)
    return edit


def told(edit: CompanyEdit) -> list[Change]:
    """The facts an edit changed, in words."""
    return [Change(str(FACTS[name]), *map(_worth, pair)) for name, pair in edit.data.items() if name in FACTS]


def _worth(value: Any) -> str:
    """A fact as people read it."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        value = ", ".join(value)
    if isinstance(value, int):
        return number_format(value, 0, use_l10n=True, force_grouping=True)
    return str(NOTHING if value in (None, "") else value)


def _kept(value: Any) -> Any:
    """A fact as JSON keeps it."""
    return list(value) if isinstance(value, list) else plain(value)


def _write(company: Company, facts: Mapping[str, Any]) -> None:
    try:
        with transaction.atomic():
            Company.objects.filter(pk=company.pk).update(**facts)
    except IntegrityError as error:
        if "company_domain_once" not in str(error):
            raise
        raise NotSaved(_("Another company has this domain.")) from error
