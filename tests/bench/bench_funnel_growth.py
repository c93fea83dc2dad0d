"""The same funnel question at this size and at 50,000 leads, in turns on two databases of one server."""

import statistics

import django


def main() -> None:
    django.setup()
    from django.db import connection

    from tests.bench.prepared import counted, now, our_funnel, size_of
    from tests.bench.rounds import seconds, tell
    from tests.bench.stage import clear

    size, at, rounds = size_of(__doc__), now(), 9
    large = connection.settings_dict["NAME"]
    small = f"{large}_small"

    def use(database):
        connection.close()
        connection.close_pool()
        connection.settings_dict["NAME"] = database
        our_funnel(at)  # warm

    counted("50k", at)
    connection.close()
    connection.close_pool()
    connection.settings_dict["NAME"] = "postgres"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{small}" TEMPLATE "{large}"')
    connection.close()
    connection.close_pool()
    connection.settings_dict["NAME"] = large
    clear()
    seeded = counted(size, at)
    times = {small: [], large: []}
    for number in range(rounds):
        for database in (small, large) if number % 2 else (large, small):
            use(database)
            times[database].append(statistics.median(seconds(lambda: our_funnel(at)) for _ in range(5)))
    ratios = [b / a for a, b in zip(times[small], times[large], strict=True)]
    tell(
        bench="funnel_growth", size=size, leads=seeded.leads, ratio=round(statistics.median(ratios), 2),
        ms=round(statistics.median(times[large]) * 1000, 1),
        baseline_ms=round(statistics.median(times[small]) * 1000, 1),
        rounds=rounds, against="our own answer at 50,000 leads (time ÷ time)",
    )  # fmt: skip


if __name__ == "__main__":
    main()
