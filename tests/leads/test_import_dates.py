from datetime import UTC, datetime

import pytest

from leads.importing.dates import Column, check_format, parse, reader
from leads.importing.errors import RowRefused, Unusable


def column(*values, fixed=""):
    seen = Column("day", fixed)
    for value in values:
        seen.add(value)
    return seen


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (["2021-01-07", "2021-01-08 06:49:18", "2021-01-07T6:49:18.123Z", ""], "%Y-%m-%d"),
        (["25/12/2020", "01/02/2020"], "%d/%m/%Y"),
        (["12/25/2020", "01/02/2020"], "%m/%d/%Y"),
        (["25.12.2020"], "%d.%m.%Y"),
        (["25-12-2020"], "%d-%m-%Y"),
        (["2020/12/25"], "%Y/%m/%d"),
        (["20201225"], "%Y%m%d"),
        (["25-Dec-2020", "1 January 2021"], "%d-%b-%Y"),
        (["Dec 25, 2020"], "%b %d, %Y"),
        (["12/25/20"], "%m/%d/%y"),
        (["1608854400"], "epoch"),
        (["1608854400000"], "epoch_ms"),
    ],
)
def test_the_format_follows_from_all_values(values, name):
    assert column(*values).decide() == name


def test_two_formats_that_never_disagree_are_fine():
    assert parse("05/05/2020", column("05/05/2020", "06/06/2020").decide()) == datetime(2020, 5, 5, tzinfo=UTC)


def test_two_formats_that_disagree_are_refused_with_the_way_out():
    with pytest.raises(Unusable, match=r"'day'.*ambiguous.*'01/02/2020'.*\[dates\]"):
        column("01/02/2020", "03/04/2020").decide()


def test_naming_the_format_ends_the_ambiguity():
    assert column("01/02/2020", fixed="%d/%m/%Y").decide() == "%d/%m/%Y"


def test_one_stray_value_among_many_does_not_change_the_format():
    assert column(*["25/12/2020"] * 20, "soon").decide() == "%d/%m/%Y"


def test_a_typo_never_turns_an_ambiguous_column_into_a_guess():
    with pytest.raises(Unusable, match="ambiguous"):
        column(*["01/02/2020"] * 50, "13/01/2020", "01/13/2020").decide()


def test_mixed_formats_are_refused():
    with pytest.raises(Unusable, match="no date format reads its values"):
        column("2020-01-01", "25.12.2020", "Dec 1, 2020").decide()


@pytest.mark.parametrize(
    ("text", "name", "instant"),
    [
        ("2021-01-07 6:49:18", "%Y-%m-%d", datetime(2021, 1, 7, 6, 49, 18, tzinfo=UTC)),
        ("2021-01-07T06:49:18.5+07:00", "%Y-%m-%d", datetime(2021, 1, 6, 23, 49, 18, 500000, tzinfo=UTC)),
        ("2021-01-07 06:49 UTC", "%Y-%m-%d", datetime(2021, 1, 7, 6, 49, tzinfo=UTC)),
        ("1/7/2021 6:49 PM", "%m/%d/%Y", datetime(2021, 1, 7, 18, 49, tzinfo=UTC)),
        ("12:30", "%H:%M", None),
        ("2021-02-30", "%Y-%m-%d", None),
        ("0021-02-03", "%Y-%m-%d", None),
        ("07.01.2021", "%d.%m.%Y", datetime(2021, 1, 7, tzinfo=UTC)),
        ("7 of 1, 2021", "%d of %m, %Y", datetime(2021, 1, 7, tzinfo=UTC)),
    ],
)
def test_one_value_in_one_format(text, name, instant):
    assert parse(text, name) == instant


def test_a_bare_date_is_midnight_of_the_organisation(settings):
    settings.TIME_ZONE = "Asia/Bangkok"
    assert parse("2021-01-07", "%Y-%m-%d") == datetime(2021, 1, 6, 17, tzinfo=UTC)
    assert parse("2021-01-07 06:49 UTC", "%Y-%m-%d") == datetime(2021, 1, 7, 6, 49, tzinfo=UTC)


def test_a_reader_refuses_the_future_and_other_formats(now):
    read = reader("%Y-%m-%d", latest=now)
    assert read("", "day") is None
    with pytest.raises(RowRefused, match=r"day: '2999-01-01' lies in the future"):
        read("2999-01-01", "day")
    with pytest.raises(RowRefused, match="is not a date in the column's format"):
        read("soon", "day")


def test_a_format_in_the_mapping_must_be_one():
    check_format("day", "%d %B %Y")
    with pytest.raises(Unusable, match="allowed"):
        check_format("day", "DD/MM/YYYY")


@pytest.mark.parametrize("zone", ["+99:00", "-24:00", "+24", "+00:60"])
def test_a_zone_that_no_place_has_is_no_date(zone):
    assert parse(f"2026-01-01T10:00:00{zone}", "%Y-%m-%d") is None
    with pytest.raises(Unusable, match="no date format reads its values"):
        column(f"2026-01-01T10:00:00{zone}").decide()


@pytest.mark.parametrize("name", ["%Y %Y", "%", "%Q", "%Y\0", "%Y \ud800", "%Y-%m-%d " * 20, "%G", "%s"])
def test_what_strptime_cannot_use_is_refused(name):
    with pytest.raises(Unusable, match="allowed"):
        check_format("day", name)
