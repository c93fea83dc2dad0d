import copy

import pytest

from leads.importing.errors import Unusable
from leads.importing.loading import load, read
from tests.leads.importing import LEADS, MAPPINGS


def changed(path, value):
    data = copy.deepcopy(LEADS)
    *tables, key = path.split("/")
    table = data
    for name in tables:
        table = table.setdefault(name, {})
    table[key] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("nme", "x", r"has no key 'nme'. Allowed: name, file"),
        ("name", "", "must be a text that is not empty"),
        ("name", "My Import", "use a-z"),
        ("lead/nme", "x", r"\[lead\] has no key 'nme'. Allowed: name, title"),
        ("lead/amount", {"column": "v", "when_stage": ["closed"]}, r"names 'closed'; allowed: tofu"),
        ("lead/amount", {"column": "v", "value": "1"}, "exactly one of: column, columns, value"),
        ("lead/amount", 5, "must be a table, not a number"),
        ("lead/title_since", {"value": "2020"}, "must be one column"),
        ("identity", {}, "at least one of: external, email, phone"),
        ("identity/external", {"column": "id"}, "needs the key 'system'"),
        ("identity/match", ["email"], "names 'email'; allowed: external"),
        ("company", {"industry": "x"}, r"\[company\] needs the key 'name'"),
        ("owner", {"name": "x", "role": "boss"}, r"is 'boss'; allowed: sdr"),
        ("owner", {"name": "x", "lookup": {"file": "f"}}, r"\[owner.lookup\] needs the key 'key'"),
        ("values", {"a": {"b": 1}}, r"\[values.a\].b must be a text"),
        ("values", {"sorce": {"a": "b"}}, r"\[values\] is about the column 'sorce', which the mapping does not use"),
        ("dates", {"mlq": "%d/%m/%Y"}, r"\[dates\] is about the column 'mlq'"),
        ("file", {"encoding": "klingon"}, "allowed: utf-8"),
        ("file", {"delimiter": ",,"}, "one character"),
        ("history", {"kind": "magic"}, "allowed: dates, stage, file"),
        ("history", {"kind": "dates", "dates": {"seen": "x"}}, "has no key 'seen'. Allowed: tofu"),
        ("history", {"kind": "dates", "column": "x"}, "has no key 'column'"),
        ("history", {"kind": "stage", "column": "x"}, "needs the table 'stages'"),
        ("history", {"kind": "stage", "column": "x", "stages": {"Open": "opn"}}, r"'Open'.stage is 'opn'; allowed"),
        ("history", {"kind": "file", "file": "f", "key": "k", "stage": "s", "from": "a",
                     "stages": {"Open": {"stage": "sal", "at": "x"}}}, "the history file has the times"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_what_is_allowed(path, value, told):
    with pytest.raises(Unusable, match=told):
        read(changed(path, value))


def test_a_mapping_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(Unusable, match="cannot be read"):
        load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("name = ")
    with pytest.raises(Unusable, match=r"bad.toml is not valid TOML"):
        load(tmp_path / "bad.toml")


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_mappings_are_valid(path):
    assert load(path).name


def test_an_amount_without_currency_is_in_the_organisations(settings):
    settings.DEFAULT_CURRENCY = "THB"
    assert read(changed("lead/amount", "value")).lead["currency"].constant == "THB"


@pytest.mark.parametrize("encoding", ["hex", "rot13", "base64", "undefined", "idna", "utf\0", "ütf"])
def test_an_encoding_must_be_one_of_text(encoding):
    with pytest.raises(Unusable, match="encoding"):
        read(changed("file", {"encoding": encoding}))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("lead/name", {"value": "a\0b"}),
        ("lead/name", {"value": "a\ud800b"}),
        ("lead/extra", {"a\0b": "name"}),
        ("refuse", {"name": ["fine", "\0"]}),
        ("company", {"name": "name", "lookup": {"file": "a\0", "key": "k"}}),
    ],
)
def test_characters_that_no_text_can_have_are_refused(path, value):
    with pytest.raises(Unusable, match="a character that no text can have"):
        read(changed(path, value))


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("consent", {"column": "name", "wording": "x" * 81}, r"\[consent\].wording: 81 characters .* holds 80"),
        ("lead/source", {"value": "x" * 81}, r"\[lead\].source: 81 characters where source holds 80"),
        ("lead/amount", {"value": "1e400"}, r"\[lead\].amount: '1e400' is not a number"),
        ("lead/currency", {"value": "euro"}, "is not a currency"),
        ("lead/score", {"value": "9" * 5000}, "is not a whole number between"),
        ("company", {"name": "name", "country": {"value": "x" * 121}}, r"\[company\].country: 121 characters"),
        ("company", {"name": "name", "domain": {"value": "İ" * 200}}, r"\[company\].domain: 400 characters"),
        ("owner", {"name": {"value": "x" * 151}}, "151 characters where an owner's name holds 150"),
        ("owner", {"name": "name", "team": {"value": "x" * 121}}, "121 characters where a team's name holds 120"),
        ("owner", {"email": {"value": "x"}}, "is not an e-mail address"),
        ("identity/external", {"system": "My CRM", "column": "id"}, r"\[identity.external\].system: 'My CRM'"),
    ],
)  # fmt: skip
def test_a_constant_must_be_what_a_cell_would_have_to_be(path, value, told):
    with pytest.raises(Unusable, match=told):
        read(changed(path, value))


@pytest.mark.parametrize("text", ["name = " + "9" * 5000, "a = " + "[" * 5000, b"name = '\xff'"])
def test_toml_that_python_cannot_hold_is_told(tmp_path, text):
    (tmp_path / "bad.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Unusable, match=r"bad\.toml"):
        load(tmp_path / "bad.toml")
