"""Server time of the pages SDRs work on, against a bare Django page with 50 rows, at 100k or 1m leads."""

import gc
import statistics
import time

import django
from django.conf import settings
from django.db import connection

ROUNDS, WARM = 60, 5
LIMITS = {"100k": 3.0, "1m": 4.0}
SEARCH_LIMIT, QUERIES = 5.0, 12


class Page:
    """A page of the product as one person asks for it, and how long each answer took beside the bare page's."""

    def __init__(self, name, client, address, *, limit, **headers):
        self.name, self.client, self.address, self.limit, self.headers = name, client, address, limit, headers
        self.ours, self.bare, self.queries, self.bytes = [], [], 0, 0

    def get(self, address):
        start = time.perf_counter()
        response = self.client.get(address, headers=self.headers if address == self.address else None)
        body = response.content
        taken = time.perf_counter() - start
        assert response.status_code == 200, (address, response.status_code)
        return taken, body

    def measure(self):
        """One round: the page and the bare page, in turns, so that a machine whose speed drifts is fair to both."""
        pair = [(self.ours, self.address), (self.bare, "/bare/")]
        for times, address in pair if len(self.ours) % 2 else reversed(pair):
            taken, body = self.get(address)
            times.append(taken)
            if address == self.address:
                self.bytes = len(body)

    def count_queries(self):
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            self.get(self.address)
        self.queries = len(captured)

    def figures(self):
        """The ratio of the 95th percentiles, and whether it and the number of queries keep the limits."""
        ours, bare = (statistics.quantiles(times[WARM:], n=20)[-1] for times in (self.ours, self.bare))
        ratio = ours / bare
        middle = statistics.median(self.ours[WARM:]) / statistics.median(self.bare[WARM:])
        return {
            "page": self.name, "ratio": round(ratio, 2), "limit": self.limit, "ms_p95": round(ours * 1000, 1),
            "bare_ms_p95": round(bare * 1000, 1), "median_ratio": round(middle, 2), "queries": self.queries,
            "kb": round(self.bytes / 1024), "kept": ratio <= self.limit and self.queries <= QUERIES,
        }  # fmt: skip


def pages(size):
    """What is asked, by a manager, who sees every lead, and by an SDR, who sees the team's and the queue."""
    from urllib.parse import quote

    from django.test import Client
    from django.urls import NoReverseMatch, reverse

    from leads.models import Lead, User
    from leads.roles import Role

    manager = User.objects.filter(username="bench-manager").first()
    manager = manager or User.objects.create_user("bench-manager", role=Role.MANAGER)
    sdr = User.objects.filter(leads__stage="mql").exclude(team=None).order_by("pk").first()
    User.objects.filter(pk=sdr.pk).update(role=Role.SDR)
    middle = Lead.objects.order_by("pk")[min(LEADS[size] // 2, Lead.objects.count() - 1)]
    sources = Lead.objects.exclude(source="").values_list("source", flat=True)
    own = Lead.objects.filter(owner=sdr, stage="sal").order_by("-pk").first() or middle
    lists = {
        "plain": "", "stage": "?stage=sql", "source": f"?source={quote(sources[0])}", "owner": f"?owner={sdr.pk}",
        "by score": "?sort=-score", "by due": "?sort=due", "by age in sql": "?stage=sql&sort=since",
        "source by amount": f"?source={quote(sources[0])}&sort=-amount", "stalled by touch": "?stalled=on&sort=touched",
        "searched": f"?q={quote(middle.name[:4])}",
    }  # fmt: skip
    words = (middle.name[:3] or "ann", middle.name or "lead", "lead1")
    wanted = []
    for who, user in (("manager", manager), ("sdr", sdr)):
        client = Client(SERVER_NAME="localhost")
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        lead = middle if user == manager else own
        asked = [("today", "today", (), "")]
        asked += [(f"leads {name}", "lead_list", (), query) for name, query in lists.items()]
        asked += [("board", "board", (), ""), ("board of a source", "board", (), lists["source"])]
        asked += [("lead", "lead", (lead.pk,), "")]
        asked += [(f"search {word!r}", "palette", (), f"?q={quote(word)}") for word in words]
        for name, route, arguments, query in asked:
            try:
                address = reverse(route, args=arguments) + query
            except NoReverseMatch:
                print(f"There is no page {route!r} yet.", flush=True)
                continue
            limit = SEARCH_LIMIT if route == "palette" else LIMITS[size]
            headers = {"HX-Request": "true"} if route == "palette" else {}
            wanted.append(Page(f"{name}, {who}", client, address, limit=limit, **headers))
    return wanted


LEADS = {"100k": 100_000, "1m": 1_000_000}


def seed(size):
    """So many leads, each with an e-mail and its due time, and a planner that knows them."""
    from datetime import UTC, datetime

    from funnel.bulk import seeding
    from leads import due

    wanted = seeding.Wanted(
        at=datetime.now(UTC), leads=LEADS[size], months=24, seed=1, append=False, unapplied=False, identities=True
    )
    seeding.seed(wanted, tell=print)
    due.refresh()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def main() -> None:
    import argparse

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=LEADS, default="100k")
    parser.add_argument("--seeded", action="store_true", help="the leads are there already")
    parser.add_argument("--only", default="", help="only pages whose name has this in it")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    settings.ROOT_URLCONF = "tests.bench.bare"
    django.setup()
    from tests.bench.rounds import tell

    if not asked.seeded:
        seed(asked.size)
    measured = [page for page in pages(asked.size) if asked.only in page.name]
    for page in measured:
        page.count_queries()
    gc.freeze()
    for page in measured:
        for _ in range(asked.rounds + WARM):
            page.measure()
        tell(bench="pages", size=asked.size, rounds=asked.rounds, **page.figures())


if __name__ == "__main__":
    main()
