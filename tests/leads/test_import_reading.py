import json

import pytest

from leads.importing import reading
from leads.importing.errors import Unusable
from leads.importing.reading import Source, opened
from tests.leads.importing import DATA, shared

SPECTRUM = sorted((DATA / "csv_corpora" / "csv_spectrum").glob("*.csv")) or [None]


def table(path, text, **how):
    path = path / "file.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with opened(Source(path, **how)) as found:
        return found.header, list(found.rows)


@pytest.mark.parametrize("path", SPECTRUM, ids=lambda path: path.stem if path else "absent")
def test_tricky_files_read_as_expected(path):
    folder = shared("csv_corpora/csv_spectrum_json")
    with opened(Source(path)) as found:
        rows = [dict(zip(found.header, row, strict=True)) for _, row in found.rows]
    wanted = json.loads((folder / f"{path.stem}.json").read_text(encoding="utf-8"))
    if path.stem == "location_coordinates":  # its JSON is one row, and was published with another phone number
        wanted = [{**wanted, "Contact Phone Number": "2095257564"}]
    assert rows == wanted


def test_a_row_is_known_by_the_line_it_begins_on(tmp_path):
    _, rows = table(tmp_path, 'a,b\n1,"x\ny\nz"\n\n2,w')
    assert rows == [(2, ["1", "x\ny\nz"]), (6, ["2", "w"])]


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path):
    assert table(tmp_path, b"\xef\xbb\xbfid,name\n1,x")[0] == ["id", "name"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"a,b\n1,\xff\n", "line 2: byte 0xff is not utf-8"),
        (b"a,b\n1,2\n3,\x00\n", "line 3: contains a NUL"),
        ("a,b\n".encode("utf-16"), "line 1: byte 0xff is not utf-8"),
        (b"", "has no header"),
        (b'a,b\n1,"never ends\n2,3\n', "line 2: this is no valid CSV"),
        (",".join(map(str, range(501))).encode(), "501 columns; 500 is the most"),
    ],
)
def test_what_is_no_csv_is_told_with_its_line(tmp_path, text, told):
    with pytest.raises(Unusable, match=told):
        table(tmp_path, text)


def test_another_encoding_can_be_named(tmp_path):
    assert table(tmp_path, "a;b\nß;ü".encode("cp1252"), encoding="cp1252", delimiter=";")[1] == [(2, ["ß", "ü"])]


def test_a_file_that_is_too_large_is_refused_unless_told(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST_BYTES", 3)
    with pytest.raises(Unusable, match="--no-limit"):
        table(tmp_path, "a,b\n1,2")
    assert table(tmp_path, "a,b\n1,2", limit=False)[1] == [(2, ["1", "2"])]


def test_a_wide_row_and_a_large_field_are_fine(tmp_path):
    wide = ",".join(f"c{number}" for number in range(382))
    assert len(table(tmp_path, f"{wide}\n{wide}")[1][0][1]) == 382
    assert len(table(tmp_path, "a,b\n1," + "x" * 1_000_000)[1][0][1][1]) == 1_000_000


def test_missing_and_repeated_columns_are_named(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("id,name,name\n1,2,3")
    with opened(Source(path)) as found:
        found.require(["id"], "file.csv")
        with pytest.raises(Unusable, match=r"lacks the columns 'mql', 'sal'. It has: id, name, name"):
            found.require(["id", "sal", "mql"], "file.csv")
        with pytest.raises(Unusable, match="has the column 'name' more than once"):
            found.require(["name"], "file.csv")


@pytest.mark.parametrize(
    ("encoding", "row"), [("utf-7", b"1,+2AA-"), ("raw_unicode_escape", b"1,\\ud800"), ("unicode_escape", b"1,\\ud800")]
)
def test_half_a_character_is_refused_with_its_line(tmp_path, encoding, row):
    with pytest.raises(Unusable, match=r"line 3: contains half a character"):
        table(tmp_path, b"a,b\n1,2\n" + row, encoding=encoding)
