"""What a mapping says itself, for every row, is checked once and before any row. Raises Unusable naming the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from leads import identity
from leads.importing.errors import RowRefused, Unusable
from leads.importing.reading import SURROGATE
from leads.importing.values import COMPANY_READERS, LEAD_READERS, OWNER_READERS, text_of
from leads.models import Consent

if TYPE_CHECKING:
    from leads.importing.mapping import Mapping


def check_characters(data: object) -> None:
    """Every text of the document, keys too, must be one that files and the database can hold."""
    pending = [("the mapping", data)]
    while pending:
        where, value = pending.pop()
        if isinstance(value, dict):
            pending += [(f"{where}, a key", key) for key in value]
            pending += [(str(key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            pending += [(where, inner) for inner in value]
        elif isinstance(value, str) and ("\0" in value or SURROGATE.search(value)):
            words = _("%(where)s: %(value)r contains a character that no text can have; take it out.")
            raise Unusable(words % {"where": where, "value": value[:60]})


def check_constants(mapping: Mapping) -> None:
    """Constants must be what a cell in their place would have to be."""
    tables = [("lead", mapping.lead, LEAD_READERS)]
    tables += [("company", mapping.company.facts, COMPANY_READERS)] if mapping.company else []
    tables += [("owner", mapping.owner.facts, OWNER_READERS)] if mapping.owner else []
    try:
        for table, facts, readers in tables:
            for name, value in facts.items():
                if value.constant:
                    readers[name](value.constant, f"[{table}].{name}")
        if mapping.consent:
            text_of(Consent, "wording")(mapping.consent.wording, "[consent].wording")
        if mapping.system:
            identity.external(mapping.system, "1")
    except RowRefused as error:
        raise Unusable(f"{error}.") from None
    except ValueError as error:
        raise Unusable(f"[identity.external].system: {error}.") from None
