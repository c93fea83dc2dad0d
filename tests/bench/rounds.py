"""Two ways of doing the same thing, in turns, so that a machine whose speed drifts is fair to both."""

import json
import statistics
import time
from collections.abc import Callable
from typing import Any


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def interleaved(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Median seconds of each, and the median over rounds of theirs ÷ ours: the share of their speed that we reach."""
    pairs = []
    for number in range(rounds):
        first, second = (ours, theirs) if number % 2 else (theirs, ours)
        one, other = seconds(first), seconds(second)
        pairs.append((one, other) if first is ours else (other, one))
    mine, base = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return statistics.median(mine), statistics.median(base), statistics.median(b / a for a, b in pairs)


def tell(**figures: Any) -> None:
    """Print the one JSON line."""
    print(json.dumps(figures))
