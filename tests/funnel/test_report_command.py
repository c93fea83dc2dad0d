"""`report NAME`: the numbers of the page as text, JSON and CSV; a bad question is told what to write."""

import csv
import json
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError

from funnel.reports import REPORTS
from tests.funnel.reporting import asked, printed


@pytest.mark.parametrize("name", REPORTS)
def test_the_command_prints_a_report_as_text_json_and_csv(company, name):
    options = [
        f"--{name}={word}" for name, word in asked(name, {"entry": "mql", "by": "source", "window": "1"}).items()
    ]
    text = printed(name, *options, "--source", "web", "--source", "unknown").splitlines()
    told = json.loads(printed(name, *options, "--json"))
    rows = list(csv.reader(StringIO(printed(name, *options, "--csv"))))
    assert text[0] == told["title"] == REPORTS[name].TITLE
    assert text[-1].endswith("every log line counted.")
    assert any(line.startswith("web") for line in text)
    assert not any(line.startswith("(none)") for line in text)
    assert [row[0] for row in rows[1:]] == [line["label"] for line in told["lines"]]


def test_the_text_shows_all_that_makes_a_number_honest(company, now):
    at = (now - timedelta(days=1)).isoformat()
    text = printed("cohort", "--entry", "mql", "--window", "1", "--at", at)
    [won] = [line for line in text.splitlines() if line.startswith("     Won  ")]
    assert re.search(r"50\.0\s% +1 of 2 +95 % 9\.5–90\.5\s% +weak +33\.3\s% mature$", won)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["cohort", "--window", "x"], "number of days from 1 to 3650"),
        (["cohort", "--grain", "year"], "not one of day, week, month"),
        (["change"], "first and the last day"),
        (["flow", "--owner", "me"], "chosen by its number"),
        (["cohort", "--at", "yesterday"], "not an instant such as"),
        (["funnel", "--csv"], "ask for cohort, flow or snapshot"),
        (["times", "--unit", "lead"], "counted in cycles"),
        (["balance", "--from", "2020-01-01"], "400 days at most"),
        (["nonsense"], "invalid choice"),
        (["cohort", "--csv", "--json"], "not allowed with"),
    ],
)
def test_a_bad_command_is_told_what_to_write(db, options, said):
    with pytest.raises(CommandError, match=said):
        printed(*options)


def test_the_funnel_report_still_prints(company):
    told = json.loads(printed("funnel", "--json", "--entry", "mql", "--source", "web", "--source", "unknown"))
    assert told["cohort"]["entered"] == 4
    assert "Standing at" in printed("funnel", "--entry", "mql")
