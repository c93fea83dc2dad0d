"""Mix and rate, against exact fractions and a change whose parts are known."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.mix import split


@st.composite
def periods(draw):
    counts = st.integers(0, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
    return draw(st.dictionaries(st.sampled_from("abcdef"), counts, max_size=6))


def exact(before, after):
    """(mix, rate) in fractions, by the definition."""
    mix = rate = Fraction()
    n0, n1 = sum(n for _, n in before.values()), sum(n for _, n in after.values())
    for name in set(before) | set(after):
        (h0, m0), (h1, m1) = before.get(name, (0, 0)), after.get(name, (0, 0))
        if m0 or m1:
            r0, r1 = (Fraction(h0, m0) if m0 else Fraction(h1, m1)), (Fraction(h1, m1) if m1 else Fraction(h0, m0))
            mix += (Fraction(m1, n1) - Fraction(m0, n0)) * (r0 + r1) / 2
            rate += (r1 - r0) * (Fraction(m0, n0) + Fraction(m1, n1)) / 2
    return mix, rate


@given(periods(), periods())
def test_mix_and_rate_sum_to_the_change(before, after):
    found = split(before, after)
    if found is None:
        assert not sum(n for _, n in before.values()) or not sum(n for _, n in after.values())
        return
    mix, rate = exact(before, after)
    assert (found.mix, found.rate) == pytest.approx((float(mix), float(rate)), abs=1e-12)
    assert found.mix + found.rate == pytest.approx(found.change, abs=1e-12)
    assert sum(part.change for part in found.parts.values()) == pytest.approx(found.change, abs=1e-12)


def test_the_same_rates_in_other_proportions_are_all_mix():
    found = split({"web": (20, 100), "fair": (50, 100)}, {"web": (10, 50), "fair": (75, 150)})
    assert (found.before, found.after) == (0.35, 0.425)
    assert (found.mix, found.rate) == pytest.approx((0.075, 0), abs=1e-15)


def test_other_rates_in_the_same_proportions_are_all_rate():
    found = split({"web": (20, 100), "fair": (50, 100)}, {"web": (15, 50), "fair": (25, 50)})
    assert (found.mix, found.rate) == pytest.approx((0, 0.05), abs=1e-15)
    assert found.parts["web"].rate == pytest.approx(0.05)


def test_a_segment_that_is_new_or_gone_is_all_mix():
    found = split({"web": (20, 100), "fair": (50, 100)}, {"web": (20, 100), "ads": (1, 100)})
    assert list(found.parts) == ["web", "fair", "ads"]
    assert (found.parts["fair"].mix, found.parts["ads"].mix) == pytest.approx((-0.25, 0.005))
    assert found.parts["fair"].rate == found.parts["ads"].rate == 0


def test_an_empty_period_has_no_rate_that_could_change():
    assert split({}, {"web": (1, 2)}) is None
    assert split({"web": (1, 2)}, {"web": (0, 0)}) is None


def test_more_hits_than_leads_are_refused():
    with pytest.raises(ValueError):
        split({"web": (3, 2)}, {"web": (1, 2)})
