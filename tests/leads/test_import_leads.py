"""What becomes of rows: created, updated, unchanged, refused and why."""

import json
from datetime import UTC, datetime

import pytest

from leads import moves
from leads.importing import run
from leads.importing.errors import Unusable
from leads.models import Company, Identity, Lead, StageChange, User
from tests.leads.importing import importing, log_of, mapping, shared

pytestmark = pytest.mark.django_db
HEAD = "id,name,source,mql,sal,won\n"
STAGE = {
    "kind": "stage",
    "column": "stage",
    "stages": {
        "Open": "sal",
        "Deal": {"stage": "sql", "at": "sql"},
        "Won": [{"stage": "sql", "at": "sql"}, {"stage": "won", "at": "won"}],
        "Parked": "",
    },
}


def the_lead(number="1"):
    return Lead.objects.get(identities__value=f"crm:{number}")


def rows_of(*models):
    return [list(model.objects.order_by("pk").values_list()) for model in models]


def test_new_rows_open_leads_with_their_whole_history(tmp_path):
    ran = importing(tmp_path, HEAD + "1,Ann,web,2020-01-01,2020-02-01,\n2,Bob,,2020-01-01,,2020-05-01")
    assert ran.counts == {"created": 2}
    assert log_of(the_lead()) == [(1, "mql", "2020-01-01", "exact"), (1, "sal", "2020-02-01", "exact")]
    assert the_lead("2").stage == "won"
    line = StageChange.objects.get(lead=the_lead(), sequence=2)
    assert (line.step, line.origin, line.by) == ("import", "leads", None)


def test_a_second_import_changes_nothing(tmp_path):
    text = HEAD + "1,Ann,web,2020-01-01,2020-02-01,\n2,Bob,,2020-01-01,,2019-05-01\n3,Cy,,,,2020-01-01"
    importing(tmp_path, text)
    before = rows_of(Lead, StageChange, Identity)
    assert importing(tmp_path, text).counts == {"unchanged": 3, "flagged": 1}
    assert rows_of(Lead, StageChange, Identity) == before


def test_changed_facts_and_a_new_stage_are_updates(tmp_path):
    importing(tmp_path, HEAD + "1,Ann,web,2020-01-01,,\n2,Bob,web,2020-01-01,,")
    ran = importing(tmp_path, HEAD + "1,Anna,web,2020-01-01,2020-02-01,\n2,,,2020-01-01,,")
    assert (ran[2].result, ran[2].why) == ("updated", "name, history")
    assert ran[3].result == "unchanged", "a blank takes nothing away"
    assert (the_lead().name, the_lead().stage, the_lead("2").name) == ("Anna", "sal", "Bob")


def test_a_dry_run_tells_the_same_and_changes_nothing(tmp_path):
    text = HEAD + "1,Ann,web,2020-01-01,,\n1,Ann,web,2020-01-01,2020-02-01,\n,No key,,2020-01-01,,"
    dry = importing(tmp_path, text, dry_run=True)
    assert rows_of(Lead, StageChange, Identity, Company) == [[], [], [], []]
    assert [result.result for result in importing(tmp_path, text).results] == [one.result for one in dry.results]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",Ann,web,2020-01-01,,", "the key 'id' is blank"),
        ("1,Ann,web,,,", "the row says no stage"),
        ("1,Ann,web,2999-01-01,,", "mql: '2999-01-01' lies in the future"),
        ("1,Ann,web,soon,,", "mql: 'soon' is not a date"),
        ("1,Ann,web", "the row has 3 cells where the header has 6"),
        ("1,Ann,web,2020-01-01,,,,", "the row has 8 cells where the header has 6"),
        (f"1,{'x' * 201},web,2020-01-01,,", "name: 201 characters where name holds 200"),
        (f"{'1' * 320},Ann,web,2020-01-01,,", "id: the id"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_line_and_why(tmp_path, row, why):
    good = "".join(f"9{number},Bob,web,2020-01-01,,\n" for number in range(20))
    ran = importing(tmp_path, HEAD + good + row)
    assert (ran[22].result, ran.counts["created"]) == ("refused", 20)
    assert why in ran[22].why
    assert ran[22].cells == row.split(",")


def test_lines_are_those_of_the_file_even_behind_quoted_newlines(tmp_path):
    ran = importing(tmp_path, HEAD + '1,"An\n\nn",web,2020-01-01,,\n2,Bob,web,,,')
    assert (ran[2].result, ran[5].result, ran[5].key) == ("created", "refused", "2")


def test_a_blank_source_is_not_one_called_unknown(tmp_path):
    importing(tmp_path, HEAD + "1,Ann,,2020-01-01,,\n2,Bob,unknown,2020-01-01,,")
    assert (the_lead("1").source, the_lead("2").source) == ("", "unknown")
    assert StageChange.objects.get(lead=the_lead("1")).entry["source"] == ""


def test_a_close_before_the_first_contact_is_flagged_and_counted_once(tmp_path):
    ran = importing(tmp_path, HEAD + "1,Ann,web,2020-03-01,,2020-01-15")
    assert ran.counts == {"created": 1, "flagged": 1}
    assert ran[2].flags == ("Won: dated 2020-01-15T00:00:00+00:00 in the source, before the step before it",)
    assert log_of(the_lead()) == [(1, "mql", "2020-03-01", "exact"), (1, "won", "2020-03-01", "clamped")]


def test_a_stage_without_a_date_is_assumed_and_stays_put(tmp_path, now):
    using = mapping(history=STAGE)
    head = "id,name,source,stage,sql,won\n"
    text = head + "1,Ann,,Open,,\n2,Bob,,Won,,2020-02-01\n3,Cy,,open,,"
    ran = importing(tmp_path, text, using)
    assert ran.counts == {"created": 3, "flagged": 3}
    assert log_of(the_lead("2")) == [(1, "sql", "2020-02-01", "assumed"), (1, "won", "2020-02-01", "exact")]
    later = now.replace(month=6)
    assert importing(tmp_path, text, using, at=later).counts == {"unchanged": 3, "flagged": 3}
    assert the_lead("1").stage_since == now


def test_stage_values_are_translated_or_refused_by_name(tmp_path):
    ran = importing(
        tmp_path, "id,name,source,stage,sql,won\n1,Ann,,Dael,,\n2,Bob,,Parked,,\n3,Cy,,,,\n4,D,,Deal,2020-01-01,",
        mapping(history=STAGE),
    )  # fmt: skip
    assert "the stage 'Dael' is not in the mapping" in ran[2].why
    assert "says no stage" in ran[3].why
    assert "says no stage" in ran[4].why
    assert ran.counts == {"created": 1, "refused": 3}


def test_rows_without_a_stage_can_be_given_one(tmp_path):
    history = {**STAGE, "otherwise": {"stage": "mofu", "at": "sql"}}
    importing(tmp_path, "id,name,source,stage,sql,won\n1,Ann,,,2020-01-01,", mapping(history=history))
    assert log_of(the_lead()) == [(1, "mofu", "2020-01-01", "exact")]


def test_the_same_key_twice_feeds_one_lead(tmp_path):
    text = HEAD + "1,Ann,,2020-01-01,,\n2,Bob,,2020-01-01,,\n1,Anna,web,,2020-02-01,\n 1 ,Anna,web,,2020-02-01,"
    ran = importing(tmp_path, text)
    assert [ran[line].result for line in (2, 3, 4, 5)] == ["created", "created", "updated", "unchanged"]
    assert (the_lead().name, the_lead().source, the_lead().stage) == ("Anna", "web", "sal")
    assert importing(tmp_path, text).counts == {"unchanged": 4}


def deals(**changed):
    history = {"kind": "dates", "dates": {"sql": "sql", "won": "won"}}
    return mapping(name="deals", lead={"amount": "amount"}, history=history, **changed)


@pytest.mark.parametrize("deals_first", [False, True])
def test_several_files_feed_one_lead_in_either_order(tmp_path, deals_first):
    files = [
        (HEAD + "1,Ann,web,2020-01-01,2020-02-01,", mapping()),
        ('id,sql,won,amount\n1,2020-03-01,2020-04-01,"1,200.50"', deals()),
    ]
    for text, using in reversed(files) if deals_first else files:
        importing(tmp_path, text, using)
    lead = the_lead()
    assert [line[1:3] for line in log_of(lead)] == [
        ("mql", "2020-01-01"), ("sal", "2020-02-01"), ("sql", "2020-03-01"), ("won", "2020-04-01"),
    ]  # fmt: skip
    assert {line[0] for line in log_of(lead)} == {1}
    assert (lead.name, str(lead.amount), lead.currency, lead.stage, lead.cycle) == ("Ann", "1200.50", "USD", "won", 1)
    first = StageChange.objects.filter(lead=lead).valid().order_by("sequence").first()
    assert (first.to_stage, first.entry["source"]) == ("mql", "web")
    for text, using in files:
        assert importing(tmp_path, text, using).counts == {"unchanged": 1}


def test_a_lead_moved_by_hand_is_refused_whole(tmp_path, max):
    importing(tmp_path, HEAD + "1,Ann,web,2020-01-01,,")
    moves.override(lead_id=the_lead().pk, to="bofu", by=max_with_override(max), at=datetime.now(UTC), given=note())
    ran = importing(tmp_path, HEAD + "1,Anna,web,2020-01-02,,")
    assert ran[2].result == "refused"
    assert "moved by hand since" in ran[2].why
    assert the_lead().name == "Ann"


def max_with_override(max):
    User.objects.filter(pk=max.pk).update(role="admin")
    return User.objects.get(pk=max.pk)


def note():
    from leads.lines import Given

    return Given(note="wrong stage")


def test_further_columns_are_kept_beside_what_other_files_brought(tmp_path):
    importing(tmp_path, HEAD + "1,Ann,web,2020-01-01,,", mapping(lead={"extra": {"nick": "name"}}))
    importing(tmp_path, HEAD + "1,Ann,web,2020-01-01,,", mapping(lead={"extra": {"page": "source"}}))
    assert the_lead().extra == {"nick": "Ann", "page": "web"}


def test_values_are_corrected_and_rows_refused_by_the_mapping(tmp_path):
    using = mapping(values={"source": {"gogle": "google"}}, refuse={"name": ["TEST"]})
    ran = importing(tmp_path, HEAD + "1,Ann,gogle,2020-01-01,,\n2,TEST,web,2020-01-01,,", using)
    assert the_lead().source == "google"
    assert ran[3].why == "name is 'TEST', which the mapping refuses"


def test_ambiguous_dates_refuse_the_whole_file_before_anything_is_written(tmp_path):
    text = HEAD + "1,Ann,web,01/02/2020,,\n2,Bob,web,03/04/2020,,"
    with pytest.raises(Unusable, match="ambiguous"):
        importing(tmp_path, text)
    assert not Lead.objects.exists()
    assert importing(tmp_path, text, mapping(dates={"mql": "%d/%m/%Y"})).counts == {"created": 2}
    assert log_of(the_lead())[0][2] == "2020-02-01"


def test_strings_that_break_software_come_through_whole(tmp_path):
    naughty = json.loads(shared("csv_corpora/naughty_strings.json").read_text(encoding="utf-8"))
    texts = [text for text in dict.fromkeys(naughty) if "\0" not in text]
    import csv
    import io

    out = io.StringIO()
    csv.writer(out).writerows([
        ["id", "name", "source", "mql", "sal", "won"],
        *([str(number), text, text[:80], "2020-01-01", "", ""] for number, text in enumerate(texts)),
    ])  # fmt: skip
    ran = importing(tmp_path, out.getvalue())
    refused = [result for result in ran.results if result.result == "refused"]
    assert all("characters where name holds" in result.why for result in refused)
    names = dict(Identity.objects.values_list("value", "lead__name"))
    assert all(names.get(f"crm:{number}", text.strip()) == text.strip() for number, text in enumerate(texts))
    assert len(names) + len(refused) == len(texts)
    assert importing(tmp_path, out.getvalue()).counts["unchanged"] == len(names)


def test_a_row_of_more_than_a_megabyte_is_refused_alone(tmp_path):
    long, fine = "x" * 1_048_577, "y" * 1_000_000
    head = HEAD.strip() + ",notes\n"
    ran = importing(tmp_path, f"{head}1,Ann,web,2020-01-01,,,{long}\n2,Bob,web,2020-01-01,,,{fine}\n")
    assert (ran[2].result, ran[3].result) == ("refused", "created")


def test_an_import_killed_on_the_way_is_finished_by_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "CHUNK", 2)
    text = HEAD + "".join(f"{number},Ann,web,2020-01-01,2020-02-01,\n" for number in range(7))
    path = tmp_path / "file.csv"
    path.write_text(text)
    job = run.prepare(path, mapping(), at=datetime.now(UTC))

    def tell(results):
        if results[0].line > 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.run(job, tell=tell)
    assert Lead.objects.count() == 4
    assert importing(tmp_path, text).counts == {"unchanged": 4, "created": 3}
    assert importing(tmp_path, text).counts == {"unchanged": 7}
