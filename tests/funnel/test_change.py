"""Why a conversion changed: by hand, against statsmodels, and with parts that sum to the change."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import fsum

import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from funnel import change, journeys
from funnel.dimensions import BadQuestion
from funnel.intervals import two_sided_p
from funnel.questions import Question
from leads.models import Stage
from tests.factories import make_lead

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
BEFORE, AFTER = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 2, 10, tzinfo=UTC)
COUNTS = {  # source → (won, entered) before and now
    "web": ((4, 40), (9, 12)),
    "fair": ((3, 12), (23, 40)),
    "tv": ((5, 10), (5, 10)),
    "": ((1, 3), (0, 0)),
    "ads": ((0, 0), (2, 4)),
}
SEGMENTS = [source for source in COUNTS if all(n for _, n in COUNTS[source])]


def asked(**more):
    february = {"start": date(2026, 2, 1), "end": date(2026, 2, 28)}
    return Question(**{"at": NOW, "entry": Stage.MQL, "window": timedelta(days=2), **february, **more})


@pytest.fixture
def counted(db):
    """The cohorts of COUNTS: those that win open as won, so that they passed every stage at once."""
    for source, periods in COUNTS.items():
        for at, (won, entered) in zip((BEFORE, AFTER), periods, strict=True):
            for number in range(entered):
                stage = "won" if number < won else "mql"
                make_lead(stage, source=source, at=at, contact=False, consent=False)
    journeys.apply_waiting()


def lines(answer, stage="won"):
    """The line of all, and those of the segments by source."""
    found = [line for line in answer.lines if line.stage == stage]
    [whole] = [line for line in found if line.whole]
    return whole, {line.key: line for line in found if not line.whole}


def test_the_two_rates_and_their_difference_by_hand(counted):
    whole, _ = lines(change.answer(asked()))
    before, now, difference = (whole.figures[name] for name in ("before", "now", "change"))
    assert (before.hits, before.n, now.hits, now.n) == (13, 65, 39, 66)
    assert difference.value == pytest.approx(39 / 66 - 13 / 65)
    assert (difference.n, difference.note) == (65, "")
    assert difference.interval == pytest.approx(
        confint_proportions_2indep(39, 66, 13, 65, method="newcomb", compare="diff")
    )


def test_a_change_whose_interval_contains_nothing_is_within_noise(counted):
    _, by_source = lines(change.answer(asked(by="source")))
    for source in SEGMENTS:
        (hits0, n0), (hits1, n1) = COUNTS[source]
        low, high = confint_proportions_2indep(hits1, n1, hits0, n0, method="newcomb", compare="diff")
        figure = by_source[source].figures["change"]
        assert figure.interval == pytest.approx((low, high))
        assert (figure.note == "within noise") == (low <= 0 <= high)


def exact_parts():
    """source → (mix, rate) in fractions, by the definition, mix told against the mean of both overall rates."""
    n0, n1 = (sum(counts[place][1] for counts in COUNTS.values()) for place in (0, 1))
    overall = [Fraction(sum(c[place][0] for c in COUNTS.values()), n) for place, n in enumerate((n0, n1))]
    parts = {}
    for source, ((h0, m0), (h1, m1)) in COUNTS.items():
        r0, r1 = (Fraction(h0, m0) if m0 else Fraction(h1, m1)), (Fraction(h1, m1) if m1 else Fraction(h0, m0))
        w0, w1 = Fraction(m0, n0), Fraction(m1, n1)
        parts[source] = ((w1 - w0) * ((r0 + r1) / 2 - sum(overall) / 2), (r1 - r0) * (w0 + w1) / 2)
    assert sum(mix + rate for mix, rate in parts.values()) == overall[1] - overall[0]
    return parts


def test_mix_and_rate_by_segment_are_those_of_the_definition_and_sum_to_the_change(counted):
    whole, by_source = lines(change.answer(asked(by="source")))
    exact = exact_parts()
    for source, (mix, rate) in exact.items():
        figures = by_source[source].figures
        assert (figures["mix"].value, figures["rate"].value) == pytest.approx((float(mix), float(rate)), abs=1e-15)
    total = whole.figures
    for name in ("mix", "rate"):
        parts = fsum(line.figures[name].value for line in by_source.values())
        assert total[name].value == pytest.approx(parts, abs=1e-15)
    assert total["mix"].value + total["rate"].value == pytest.approx(total["change"].value, abs=1e-15)


def test_every_target_is_split(counted):
    answer = change.answer(asked(by="source"))
    for stage in ("sal", "sql", "won"):
        whole, by_source = lines(answer, stage)
        parts = fsum(line.figures[name].value for line in by_source.values() for name in ("mix", "rate"))
        assert parts == pytest.approx(whole.figures["change"].value, abs=1e-15)
        assert by_source["web"].figures["mix now"].value == 12 / 66


def test_what_stands_out_is_what_the_correction_for_many_leaves(counted):
    answer = change.answer(asked(by="source"))
    compared = [(stage, source) for stage in ("sal", "sql", "won") for source in SEGMENTS]
    p = [two_sided_p(*COUNTS[source][1], *COUNTS[source][0]) for _, source in compared]
    kept, *_ = multipletests(p, alpha=0.05, method="fdr_bh")
    notes = {place: lines(answer, place[0])[1][place[1]].figures["change"].note for place in compared}
    assert [place for place, note in notes.items() if note == "stands out"] == [
        place for place, believed in zip(compared, kept, strict=True) if believed
    ]
    assert [notes["won", source] for source in SEGMENTS] == ["stands out", "may be chance, of so many", "within noise"]


def test_a_segment_of_one_period_has_no_change_and_says_why(counted):
    _, by_source = lines(change.answer(asked(by="source")))
    notes = {source: by_source[source].figures["change"].note for source in ("", "ads")}
    assert notes == {
        "": "nobody followed for long enough in the period",
        "ads": "nobody followed for long enough before",
    }
    assert by_source[""].figures["change"].value is None


def test_each_number_has_its_list_in_both_periods(counted):
    for line in change.answer(asked(by="source")).lines:
        question = asked() if line.whole else asked(where=(("source", (line.key,)),))
        for figure in line.figures.values():
            for cell, number in figure.lists:
                assert change.behind(question, cell).count() == number


def test_a_list_of_the_period_before_says_which(db):
    assert change.told(asked(), "won") == "entered MQL and reached Won within 2 days"
    assert change.told(asked(), "before:of-won") == (
        "entered MQL and were followed for 2 days, from 4 Jan 2026 to 31 Jan 2026, the period before"
    )


def test_who_is_too_young_is_in_neither_rate(counted):
    young = asked(at=AFTER + timedelta(days=1))
    answer = change.answer(young)
    whole, _ = lines(answer)
    assert (whole.figures["before"].n, whole.figures["now"].n) == (65, 0)
    assert whole.figures["now"].maturity == 0
    assert "66 entered less than 2 days ago" in answer.notes[0]


def test_the_period_before_is_as_long_and_ends_the_day_before():
    before = change.previous(asked(start=date(2026, 2, 27), end=date(2026, 3, 1)))
    assert (before.start, before.end) == (date(2026, 2, 24), date(2026, 2, 26))


@pytest.mark.parametrize("days", [{"start": None}, {"end": None}, {"start": None, "end": None}])
def test_without_both_days_there_is_nothing_to_compare(days):
    with pytest.raises(BadQuestion, match="first and the last day"):
        change.answer(asked(**days))
    with pytest.raises(BadQuestion):
        change.behind(asked(**days), "won")


@pytest.mark.parametrize("cell", ["", "nothing", "before:", "before:before:won", "mql"])
def test_a_cell_there_is_not_is_refused(db, cell):
    with pytest.raises(KeyError):
        change.behind(asked(), cell)
