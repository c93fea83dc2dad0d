"""The command line: what it prints, where refused rows go, how it ends, and two of it at once."""

import csv
import io
import json
import os
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from leads.models import Identity, Lead
from tests.leads.importing import command

MAP = """
name = "leads"
[identity]
external = { system = "crm", column = "id" }
[lead]
name = "name"
[history]
kind = "dates"
[history.dates]
mql = "mql"
"""
TEXT = 'id,name,mql\n1,Ann,2020-01-01\n,"No\nkey",2020-01-01\n2,Bob,2020-01-01,more\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "map.toml").write_text(MAP)
    (tmp_path / "leads.csv").write_text(TEXT)
    return tmp_path


@pytest.mark.django_db
def test_the_summary_tells_counts_reasons_and_where_refused_rows_are(folder):
    out = io.StringIO()
    call_command("import_leads", "leads.csv", "--mapping", "map.toml", stdout=out)
    assert "leads.csv: 3 rows: 1 created, 0 updated, 0 unchanged, 2 refused, 0 flagged." in out.getvalue()
    assert "line 3: refused: the key 'id' is blank" in out.getvalue()
    assert "leads.refused.csv" in out.getvalue()


@pytest.mark.django_db
def test_json_is_one_document_with_every_row(folder):
    told = command("leads.csv", "--mapping", "map.toml", "--refused", "out.csv")
    assert told["counts"] == {"created": 1, "updated": 0, "unchanged": 0, "refused": 2, "flagged": 0}
    assert [(row["line"], row["key"], row["result"]) for row in told["results"]] == [
        (2, "crm:1", "created"), (3, "", "refused"), (5, "", "refused"),
    ]  # fmt: skip
    assert (told["rows"], told["dry_run"], told["refused_file"]) == (3, False, "out.csv")


@pytest.mark.django_db
def test_refused_rows_come_in_once_corrected(folder):
    command("leads.csv", "--mapping", "map.toml")
    rows = list(csv.reader((folder / "leads.refused.csv").open(newline="")))
    assert rows[0] == ["id", "name", "mql", "refused_line", "refused_reason"]
    assert rows[1][1:4] == ["No\nkey", "2020-01-01", "3"]
    assert rows[2][5:] == ["more"], "what a row has too much is kept at its end"
    rows[1][0] = "3"
    del rows[2][5:]
    with (folder / "leads.refused.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    told = command("leads.refused.csv", "--mapping", "map.toml")
    assert told["counts"]["created"] == 2
    assert not (folder / "leads.refused.refused.csv").exists()


@pytest.mark.django_db
def test_a_dry_run_says_so_and_writes_nothing(folder):
    out = io.StringIO()
    call_command("import_leads", "leads.csv", "--mapping", "map.toml", "--dry-run", stdout=out)
    assert "1 created" in out.getvalue()
    assert "nothing was written" in out.getvalue()
    assert not Lead.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        ("id,name\n1,Ann\n", [], "leads.csv lacks the column 'mql'. It has: id, name."),
        ("id,name,mql\n", [], "has a header and no rows"),
        ("id,name,mql\n1,\"An", [], "line 2: this is no valid CSV"),
        (TEXT, ["--refused", "leads.csv"], "would overwrite"),
        (TEXT, ["--refused", "none/out.csv"], "none/out.csv cannot be written"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_ends_with_code_2_and_a_reason(folder, text, options, told):
    (folder / "leads.csv").write_text(text)
    with pytest.raises(CommandError, match=told) as error:
        call_command("import_leads", "leads.csv", "--mapping", "map.toml", *options)
    assert error.value.returncode == 2


@pytest.mark.django_db
def test_a_missing_file_or_mapping_ends_with_code_2(folder):
    for names in (("none.csv", "map.toml"), ("leads.csv", "none.toml")):
        with pytest.raises(CommandError, match="cannot be read") as error:
            call_command("import_leads", names[0], "--mapping", names[1])
        assert error.value.returncode == 2


@pytest.mark.django_db
def test_side_files_are_looked_for_beside_the_file_or_where_told(folder):
    (folder / "map.toml").write_text(MAP + '[company]\nname = "name"\nlookup = { file = "side.csv", key = "name" }\n')
    (folder / "sides").mkdir()
    (folder / "sides" / "side.csv").write_text("name\nAnn\n")
    with pytest.raises(CommandError, match=r"side.csv cannot be read"):
        call_command("import_leads", "leads.csv", "--mapping", "map.toml")
    assert not Lead.objects.exists()
    assert command("leads.csv", "--mapping", "map.toml", "--sides", "sides")["companies"]["created"] == 1


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_make_each_lead_once(folder):
    rows = "".join(f"{number},Ann,2020-01-01\n" for number in range(300))
    (folder / "leads.csv").write_text("id,name,mql\n" + rows)
    outs = [io.StringIO(), io.StringIO()]

    def importing(out):
        try:
            call_command("import_leads", "leads.csv", "--mapping", "map.toml", "--json", stdout=out)
        finally:
            connection.close()

    threads = [threading.Thread(target=importing, args=[out]) for out in outs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = [json.loads(out.getvalue())["counts"] for out in outs]
    assert sorted((one["created"], one["unchanged"]) for one in counts) == [(0, 300), (300, 0)]
    assert Lead.objects.count() == Identity.objects.count() == 300


@pytest.mark.django_db
@pytest.mark.parametrize("how", [[], ["--json"]])
def test_nobody_reading_any_more_ends_the_telling_and_not_the_import(folder, how):
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as out:
        call_command("import_leads", "leads.csv", "--mapping", "map.toml", *how, stdout=out)
    assert Lead.objects.count() == 1
    assert (folder / "leads.refused.csv").exists()


@pytest.mark.django_db
def test_an_output_that_lacks_a_character_gets_its_escape(folder):
    (folder / "leads.csv").write_text("id,name,mql\n1,Ann,2020-01-01\n2," + "ä" * 201 + ",2020-01-01\n")
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, "ascii")
    call_command("import_leads", "leads.csv", "--mapping", "map.toml", stdout=out)
    assert rb"line 3: refused: name: 201 characters where name holds 200: '\xe4" in raw.getvalue()
