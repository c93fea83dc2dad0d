"""Reading tables of a TOML document so that every mistake is named with its key and what is allowed there."""

from __future__ import annotations

from typing import Any

from leads.importing.errors import Unusable


class Section:
    """One table of the mapping. `where` is its name as the document writes it."""

    def __init__(self, data: object, where: str, allowed: tuple[str, ...] | None = None) -> None:
        if not isinstance(data, dict):
            raise Unusable(f"{where} must be a table, not {_kind(data)}.")
        self.data: dict[str, Any] = data
        self.where = where
        if allowed is not None:
            for key in data:
                if key not in allowed:
                    raise Unusable(f"{where} has no key {key!r}. Allowed: {', '.join(allowed)}.")

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def text(self, key: str, default: str | None = None, *, choices: tuple[str, ...] = ()) -> str:
        """The string at `key`; Unusable when it is missing and there is no default."""
        value = self.data.get(key, default)
        if value is None:
            raise Unusable(f"{self.where} needs the key {key!r}{_one_of(choices)}.")
        if not isinstance(value, str) or (key in self.data and not value):
            raise Unusable(f"{self.where}.{key} must be a text that is not empty, not {_kind(value)}.")
        if choices and value not in choices:
            raise Unusable(f"{self.where}.{key} is {value!r}{_one_of(choices)}.")
        return value

    def texts(self, key: str, default: tuple[str, ...] = (), *, choices: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The list of strings at `key`."""
        value = self.data.get(key, list(default))
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise Unusable(f"{self.where}.{key} must be a list of texts, not {_kind(value)}.")
        for item in value:
            if choices and item not in choices:
                raise Unusable(f"{self.where}.{key} names {item!r}{_one_of(choices)}.")
        return tuple(value)

    def strings(self, key: str | None = None) -> dict[str, str]:
        """The table at `key`, or this one, whose values are all strings."""
        table = self if key is None else self.section(key)
        for name, value in table.data.items():
            if not isinstance(value, str):
                raise Unusable(f"{table.where}.{name} must be a text, not {_kind(value)}.")
        return table.data

    def section(self, key: str, allowed: tuple[str, ...] | None = None, *, required: bool = False) -> Section:
        """The table at `key`, empty when it is missing and not required."""
        if required and key not in self.data:
            raise Unusable(f"{self.where} needs the table {key!r}.")
        where = key if not self.where.startswith("[") else f"{self.where[1:-1]}.{key}"
        return Section(self.data.get(key, {}), f"[{where}]", allowed)


def _kind(value: object) -> str:
    names = {dict: "a table", list: "a list", bool: "true or false", int: "a number", str: "an empty text"}
    return next((name for type_, name in names.items() if isinstance(value, type_)), "a value of another kind")


def _one_of(choices: tuple[str, ...]) -> str:
    return f"; allowed: {', '.join(choices)}" if choices else ""
