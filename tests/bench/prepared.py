"""A record of benchmark size with its statistics, DuckDB fed from the same rows, and the questions asked of both."""

import argparse
import resource
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection

from funnel import cohorts
from funnel.freshness import one_moment
from funnel.questions import Question
from funnel.rebuild import rebuild
from leads.models import Stage
from tests.bench import duck, scale

WINDOWS = [timedelta(days=days) for days in duck.WINDOWS]
MONTHS = 24


def size_of(description, default="1m"):
    """The size asked for on the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--size", default=default, help="leads, such as 50k, 1m or 5m")
    return parser.parse_args().size


def counted(size, at):
    """Seed the empty database with so many leads and derive the statistics; returns what seed_bench tells."""
    seeded = scale.seed(size, at=at)
    rebuild(lambda done, total: print(f"derived up to lead {done:,} of {total:,}", flush=True))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE funnel_journey, funnel_rollup, funnel_chunk")
    return seeded


@contextmanager
def duckdb():
    """DuckDB with the log as `raw` and one row per cycle as `wide`, made from the database's rows."""
    with tempfile.TemporaryDirectory() as folder:
        database = duck.connect(Path(folder))
        scale.load_raw(database, Path(folder))
        duck.build_wide(database)
        yield database
        database.close()


def funnel_question(at):
    """Entry month × source over 24 months, as of an instant."""
    return Question(at=at, live=True, start=(at - timedelta(days=MONTHS * 31)).date(), by="source", grain="month")


def our_funnel(at):
    """The funnel question answered: per window, group and target the counts, rate, interval, median and p90."""
    with one_moment():
        asked = funnel_question(at)
        return [numbers(found.groups) for found in cohorts.report(asked, WINDOWS)]


def numbers(groups):
    """Every number of the groups, worked out: the group, its counts, and per target (hits, n, low, high, days)."""
    if not groups:
        return []
    outcomes = groups[0].outcomes.by_stage
    columns = [
        zip(
            one.reached.hits.tolist(), one.reached.n.tolist(), one.low.tolist(), one.high.tolist(),
            *(days.tolist() for days in one.days.values()), strict=True,
        )
        for one in outcomes.values()
    ]  # fmt: skip
    rows = list(zip(*columns, strict=True))
    return [(group.span, group.label, group.entered, group.mature, rows[group.row]) for group in groups]


def ad_hoc_question(at, *, channels, industry, country):
    """MQLs of two channels in one industry and country, by campaign, followed for 90 days."""
    where = (("channel", tuple(channels)), ("industry", (industry,)), ("country", (country,)))
    return Question(at=at, live=True, entry=Stage.MQL, by="campaign", where=where, window=timedelta(days=90))


def memory_mb():
    """The most memory this process has held so far."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000)


def now():
    return datetime.now(UTC)
