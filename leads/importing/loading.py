"""From a TOML file to a Mapping. Raises Unusable, naming the key and what is allowed, for whatever it cannot mean."""

from __future__ import annotations

import codecs
import re
import tomllib
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from leads.importing.constants import check_characters, check_constants
from leads.importing.errors import Unusable
from leads.importing.mapping import ConsentSource, Dated, History, Lookup, Mapping, Party, Value
from leads.importing.section import Section
from leads.models.stage import Stage
from leads.roles import Role

if TYPE_CHECKING:
    from pathlib import Path

TABLES = (
    "name", "file", "identity", "lead", "company", "owner", "consent", "values", "dates", "history", "refuse",
)  # fmt: skip
LEAD = (
    "name", "title", "title_since", "source", "medium", "campaign", "channel", "score", "amount", "currency",
    "expected_close_on", "urgency",
)  # fmt: skip
COMPANY = ("name", "domain", "industry", "employees", "revenue", "revenue_currency", "country")
OWNER = ("name", "email", "team")
STAGES = tuple(Stage.values)
OPEN_ENDS = ("9999-12-31", "2050-01-01")
_PROBE = 'A,"\n\u20ac'
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


def load(path: Path) -> Mapping:
    """The mapping in the file at `path`."""
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        words = _("The mapping %(path)s cannot be read: %(strerror)s.")
        raise Unusable(words % {"path": path, "strerror": error.strerror}) from None
    except ValueError as error:  # no UTF-8, no TOML, or a number of thousands of digits
        words = _("The mapping %(path)s is not valid TOML: %(error)s.")
        raise Unusable(words % {"path": path, "error": error}) from None
    except RecursionError:
        raise Unusable(_("The mapping %(path)s is nested too deep.") % {"path": path}) from None
    try:
        return read(data)
    except Unusable as error:
        raise Unusable(_("The mapping %(name)s: %(error)s") % {"name": path.name, "error": error}) from None


def read(data: dict[str, object]) -> Mapping:
    """The mapping that parsed TOML means."""
    check_characters(data)
    top = Section(data, "the mapping", TABLES)
    name = top.text("name")
    if not _NAME.fullmatch(name):
        raise Unusable(_("name is %(name)r: use a-z, 0-9, '-', '_' and '.', 80 at most.") % {"name": name})
    file = top.section("file", ("encoding", "delimiter", "optional"))
    identity = top.section("identity", ("external", "email", "phone", "match"), required=True)
    external = identity.section("external", ("system", "column"))
    lead = _values(top.section("lead", (*LEAD, "extra")), LEAD)
    _check_dates(lead)
    if "amount" in lead:
        lead.setdefault("currency", Value(constant=settings.DEFAULT_CURRENCY))
    mapping = Mapping(
        name=name,
        history=_history(top.section("history", required=True)),
        encoding=_encoding(file),
        delimiter=_delimiter(file),
        optional=frozenset(file.texts("optional")),
        system=external.text("system") if "external" in identity else "",
        external=external.text("column") if "external" in identity else "",
        email=identity.text("email") if "email" in identity else "",
        phone=identity.text("phone") if "phone" in identity else "",
        match=_match(identity),
        lead=lead,
        extra=_values(top.section("lead").section("extra")),
        company=_party(top, "company", COMPANY, ("name",)),
        owner=_party(top, "owner", OWNER, ("name", "email")),
        consent=_consent(top),
        values={column: top.section("values").strings(column) for column in top.section("values").data},
        dates=top.section("dates").strings(),
        refuse={column: frozenset(top.section("refuse").texts(column)) for column in top.section("refuse").data},
    )
    check_constants(mapping)
    for table, columns in (("values", mapping.values), ("dates", mapping.dates)):
        for column in columns:
            if column not in mapping.all_columns():
                words = _("[%(table)s] is about the column %(column)r, which the mapping does not use.")
                raise Unusable(words % {"table": table, "column": column})
    return mapping


def _check_dates(lead: dict[str, Value]) -> None:
    """Raises Unusable for a date that is not one column, whose format could be inferred."""
    for name in ("expected_close_on", "title_since"):
        if name in lead and len(lead[name].columns) != 1:
            raise Unusable(_("[lead].%(name)s must be one column.") % {"name": name})


def _match(identity: Section) -> tuple[str, ...]:
    given = tuple(kind for kind in ("external", "email", "phone") if kind in identity)
    if not given:
        raise Unusable(_("[identity] needs at least one of: external, email, phone."))
    return identity.texts("match", given[:1], choices=given) or given[:1]


def _encoding(file: Section) -> str:
    name = file.text("encoding", "utf-8")
    try:
        codec = codecs.lookup(name).name
        _PROBE.encode(codec, "backslashreplace").decode(codec)
    except (LookupError, ValueError):  # no codec at all, one not of text, or one that cannot write refused rows
        words = _("[file].encoding is %(name)r; allowed: utf-8, cp1252, latin-1 and Python's others.")
        raise Unusable(words % {"name": name}) from None
    return "utf-8-sig" if codec == "utf-8" else codec


def _delimiter(file: Section) -> str:
    delimiter = file.text("delimiter", ",")
    if len(delimiter) != 1 or delimiter in '"\r\n':
        words = _("[file].delimiter is %(delimiter)r; it must be one character, such as ',' ';' or a tab.")
        raise Unusable(words % {"delimiter": delimiter})
    return delimiter


def _value(data: object, where: str) -> Value:
    """ "Column", {value = "USD"}, {column = "Amount", when_stage = ["won"]} or {columns = ["First", "Last"]}."""
    if isinstance(data, str) and data:
        return Value((data,))
    section = Section(data, where, ("column", "columns", "value", "when_stage"))
    if sum(key in section for key in ("column", "columns", "value")) != 1:
        raise Unusable(_("%(where)s needs exactly one of: column, columns, value.") % {"where": where})
    columns = (section.text("column"),) if "column" in section else section.texts("columns")
    constant = section.text("value") if "value" in section else ""
    return Value(columns, constant, frozenset(section.texts("when_stage", choices=STAGES)))


def _values(section: Section, names: tuple[str, ...] | None = None) -> dict[str, Value]:
    wanted = section.data if names is None else [name for name in names if name in section]
    return {name: _value(section.data[name], f"{section.where}.{name}") for name in wanted}


def _party(top: Section, key: str, names: tuple[str, ...], one_of: tuple[str, ...]) -> Party | None:
    if key not in top:
        return None
    section = top.section(key, (*names, "lookup", *(("role",) if key == "owner" else ())))
    if not any(name in section for name in one_of):
        words = _("[%(key)s] needs the key %(names)s.")
        raise Unusable(words % {"key": key, "names": " or ".join(map(repr, one_of))})
    lookup = None
    if "lookup" in section:
        table = section.section("lookup", ("file", "key", "by"))
        lookup = Lookup(table.text("file"), table.text("key"), table.text("by") if "by" in table else "")
    role = section.text("role", Role.AE.value, choices=tuple(Role.values)) if key == "owner" else ""
    return Party(_values(section, names), lookup, role)


def _consent(top: Section) -> ConsentSource | None:
    if "consent" not in top:
        return None
    section = top.section("consent", ("column", "value", "granted", "wording", "at"))
    source = {key: section.data[key] for key in ("column", "value") if key in section}
    granted = section.texts("granted", ("true", "yes", "y", "1", "opted in"))
    return ConsentSource(
        value=_value(source, "[consent]"),
        granted=frozenset(word.lower() for word in granted),
        wording=section.text("wording", "import"),
        at=section.text("at") if "at" in section else "",
    )


def _dated(data: object, where: str) -> Dated:
    """ "sal", or {stage = "sal", at = "Column"}."""
    if isinstance(data, str):
        data = {"stage": data}
    section = Section(data, where, ("stage", "at"))
    return Dated(section.text("stage", choices=STAGES), section.text("at") if "at" in section else "")


def _stages(section: Section, *, dated: bool) -> dict[str, tuple[Dated, ...]]:
    """The table that translates a source's stage values; each means one stage, a list of them, or '' for none."""
    stages: dict[str, tuple[Dated, ...]] = {}
    for value, meaning in section.section("stages", required=True).data.items():
        where = f"[history.stages].{value!r}"
        entries = meaning if isinstance(meaning, list) else [] if meaning == "" else [meaning]
        stages[value] = tuple(_dated(entry, where) for entry in entries)
        if not dated and (len(entries) > 1 or any(entry.column for entry in stages[value])):
            words = _("%(where)s must be one stage without a column: the history file has the times.")
            raise Unusable(words % {"where": where})
    return stages


def _history(section: Section) -> History:
    kind = section.text("kind", choices=("dates", "stage", "file"))
    allowed = {
        "dates": ("dates",),
        "stage": ("column", "stages"),
        "file": ("file", "key", "stage", "from", "to", "open_ends", "stages"),
    }
    section = Section(section.data, section.where, ("kind", "otherwise", *allowed[kind]))
    otherwise = _dated(section.data["otherwise"], "[history].otherwise") if "otherwise" in section else None
    if kind == "dates":
        table = section.section("dates", STAGES, required=True)
        dated = tuple(Dated(stage, table.text(stage)) for stage in STAGES if stage in table)
        return History(kind, dated=dated, otherwise=otherwise)
    if kind == "stage":
        stages = _stages(section, dated=True)
        return History(kind, column=section.text("column"), stages=stages, otherwise=otherwise)
    return History(
        kind,
        column=section.text("stage"),
        stages=_stages(section, dated=False),
        file=section.text("file"),
        key=section.text("key"),
        valid_from=section.text("from"),
        valid_to=section.text("to") if "to" in section else "",
        open_ends=section.texts("open_ends", OPEN_ENDS),
        otherwise=otherwise,
    )
