"""The same funnel question at this size and at 50,000 leads, in turns on two databases of one server."""

import statistics

import django


def present():
    """The name of the present database."""
    from django.db import connection

    return connection.settings_dict["NAME"]


def use(name):
    """Work on another database of the same server."""
    from django.db import connection

    connection.close()
    connection.close_pool()
    connection.settings_dict["NAME"] = name


def small_copy(at):
    """Seed 50,000 leads, keep them as a database of their own, and leave this one empty; returns its name."""
    from django.db import connection

    from tests.bench.prepared import counted
    from tests.bench.stage import clear

    large = connection.settings_dict["NAME"]
    counted("50k", at)
    use("postgres")
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{large}_small" TEMPLATE "{large}"')
    use(large)
    clear()
    return f"{large}_small"


def measure(small, at):
    """The figures, with the large record in the present database and the small one in the other."""
    from django.db import connection

    from tests.bench.prepared import our_funnel
    from tests.bench.rounds import seconds

    large, rounds = connection.settings_dict["NAME"], 9
    times = {small: [], large: []}
    for number in range(rounds):
        for database in (small, large) if number % 2 else (large, small):
            use(database)
            our_funnel(at)  # warm
            times[database].append(statistics.median(seconds(lambda: our_funnel(at)) for _ in range(5)))
    use(large)
    ratios = [b / a for a, b in zip(times[small], times[large], strict=True)]
    return {
        "bench": "funnel_growth", "ratio": round(statistics.median(ratios), 2),
        "ms": round(statistics.median(times[large]) * 1000, 1),
        "baseline_ms": round(statistics.median(times[small]) * 1000, 1), "rounds": rounds,
        "against": "our own answer at 50,000 leads (time ÷ time)",
    }  # fmt: skip


def main() -> None:
    django.setup()
    from tests.bench.prepared import counted, now, size_of
    from tests.bench.rounds import tell

    size, at = size_of(__doc__), now()
    small = small_copy(at)
    seeded = counted(size, at)
    tell(**measure(small, at), size=size, changes=seeded.changes)


if __name__ == "__main__":
    main()
