"""Reading tables of a TOML document so that every mistake is named with its key and what is allowed there."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from leads.importing.errors import Unusable
from leads.phrases import listed


class Section:
    """One table of the mapping. `where` is its name as the document writes it."""

    def __init__(self, data: object, where: str, allowed: tuple[str, ...] | None = None) -> None:
        if not isinstance(data, dict):
            raise Unusable(_("%(where)s must be a table, not %(kind)s.") % {"where": where, "kind": _kind(data)})
        self.data: dict[str, Any] = data
        self.where = where
        if allowed is not None:
            for key in data:
                if key not in allowed:
                    words = _("%(where)s has no key %(key)r. Allowed: %(names)s.")
                    raise Unusable(words % {"where": where, "key": key, "names": listed(allowed)})

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def text(self, key: str, default: str | None = None, *, choices: tuple[str, ...] = ()) -> str:
        """The string at `key`; Unusable when it is missing and there is no default."""
        value = self.data.get(key, default)
        if value is None:
            raise Unusable(_needs(self.where, key, choices))
        if not isinstance(value, str) or (key in self.data and not value):
            words = _("%(where)s.%(key)s must be a text that is not empty, not %(kind)s.")
            raise Unusable(words % {"where": self.where, "key": key, "kind": _kind(value)})
        if choices and value not in choices:
            words = _("%(where)s.%(key)s is %(value)r; allowed: %(names)s.")
            raise Unusable(words % {"where": self.where, "key": key, "value": value, "names": listed(choices)})
        return value

    def texts(self, key: str, default: tuple[str, ...] = (), *, choices: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The list of strings at `key`."""
        value = self.data.get(key, list(default))
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            words = _("%(where)s.%(key)s must be a list of texts, not %(kind)s.")
            raise Unusable(words % {"where": self.where, "key": key, "kind": _kind(value)})
        for item in value:
            if choices and item not in choices:
                words = _("%(where)s.%(key)s names %(item)r; allowed: %(names)s.")
                raise Unusable(words % {"where": self.where, "key": key, "item": item, "names": listed(choices)})
        return tuple(value)

    def strings(self, key: str | None = None) -> dict[str, str]:
        """The table at `key`, or this one, whose values are all strings."""
        table = self if key is None else self.section(key)
        for name, value in table.data.items():
            if not isinstance(value, str):
                words = _("%(where)s.%(name)s must be a text, not %(kind)s.")
                raise Unusable(words % {"where": table.where, "name": name, "kind": _kind(value)})
        return table.data

    def section(self, key: str, allowed: tuple[str, ...] | None = None, *, required: bool = False) -> Section:
        """The table at `key`, empty when it is missing and not required."""
        if required and key not in self.data:
            raise Unusable(_("%(where)s needs the table %(key)r.") % {"where": self.where, "key": key})
        where = key if not self.where.startswith("[") else f"{self.where[1:-1]}.{key}"
        return Section(self.data.get(key, {}), f"[{where}]", allowed)


def _kind(value: object) -> str:
    names = {
        dict: _("a table"), list: _("a list"), bool: _("true or false"), int: _("a number"), str: _("an empty text"),
    }  # fmt: skip
    return next((name for type_, name in names.items() if isinstance(value, type_)), _("a value of another kind"))


def _needs(where: str, key: str, choices: tuple[str, ...]) -> str:
    if not choices:
        return _("%(where)s needs the key %(key)r.") % {"where": where, "key": key}
    words = _("%(where)s needs the key %(key)r; allowed: %(names)s.")
    return words % {"where": where, "key": key, "names": listed(choices)}
