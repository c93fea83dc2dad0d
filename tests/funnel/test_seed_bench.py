"""The benchmark generator: what it writes is what the gate would have; and the baselines agree with the product."""

from datetime import UTC, timedelta

import pytest
from django.db import connection

from funnel import dimensions, rebuild
from funnel.bulk import plan
from funnel.models import Journey, Term
from funnel.verify import verify
from leads import rules
from leads.models import Lead, Reason, StageChange, User
from leads.models.company import Company
from leads.models.lead import transition_of
from leads.models.stage import RANKS, Stage, opens_cycle
from tests.bench import duck, scale
from tests.conftest import NOW
from tests.funnel.conftest import COUNTED

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker):
    """2,000 leads for the tests that only read them."""
    from leads import seeds
    from leads.models import StagePolicy, WorkingHours

    with django_db_blocker.unblock():
        seeds.plant(StagePolicy, Reason, WorkingHours)
        scale.seed("2k", at=NOW)
        rebuild.rebuild()
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE leads_lead, leads_company, leads_user, leads_team, {COUNTED} CASCADE")


@pytest.fixture(scope="module")
def ducks(seeded, django_db_blocker, tmp_path_factory):
    """DuckDB with the log and the wide rows of the same leads."""
    folder = tmp_path_factory.mktemp("duck")
    with django_db_blocker.unblock(), duck.connect(folder) as connected:
        assert scale.load_raw(connected, folder) == StageChange.objects.count()
        duck.build_wide(connected)
        yield connected


def test_every_statistic_equals_the_log(seeded):
    result = verify(at=NOW)
    assert result.differences == []
    assert (result.leads, result.waiting) == (2_000, 0)
    assert 4 < result.lines / result.leads < 5


def test_every_step_is_one_the_table_allows(seeded):
    lines = StageChange.objects.exclude(step__in=["create", "undo", "import"])
    for step, source, target in lines.values_list("step", "from_stage", "to_stage").distinct():
        assert transition_of(step, source), (step, source)
        assert rules.target_of(step) == target
    assert set(plan.STEPS) == set(StageChange.objects.values_list("step", flat=True))


def test_lines_follow_each_other_as_the_triggers_ask(seeded):
    previous = None
    for line in StageChange.objects.order_by("lead_id", "sequence"):
        if line.sequence == 1:
            assert (line.from_stage, line.cycle) == ("", 1)
            assert line.entry
        else:
            opens = line.step != "undo" and opens_cycle(source=line.from_stage, target=line.to_stage)
            assert (line.from_stage, line.sequence) == (previous.to_stage, previous.sequence + 1)
            assert bool(line.entry) == opens
            assert previous.occurred_at <= line.occurred_at <= line.recorded_at <= NOW
            assert line.step == "undo" or line.cycle == previous.cycle + opens
        previous = line


def test_entry_owner_team_and_reason_are_the_gates(seeded):
    for line in StageChange.objects.filter(entry__isnull=False).select_related("lead__company")[:300]:
        company = line.lead.company
        own = {name: getattr(line.lead, name) for name in ("source", "medium", "campaign", "channel")}
        firm = {name: getattr(company, name) if company else "" for name in ("industry", "country", "size_band")}
        assert line.entry == own | firm | {"asset": None}
    for line in StageChange.objects.select_related("owner", "reason", "by"):
        assert line.team_id == (line.owner.team_id if line.owner else None)
        assert (line.reason.kind if line.reason else None) == (line.step if line.step in Reason.Kind.values else None)
        if line.by_id and line.step in plan.STEPS[3:]:
            permitted = transition_of(line.step, line.from_stage).permission
            assert permitted(Lead(stage=line.from_stage), line.by), (line.step, line.by.role)
    assert not StageChange.objects.filter(to_stage__in=["sal", "sql", "won"], owner=None).exists()


def test_the_facts_are_those_the_log_leads_to(seeded):
    for lead in Lead.objects.exclude(changes__step="import").prefetch_related("changes")[:500]:
        stands = {"owner_id": None, "amount": None, "currency": "", "expected_close_on": None, "urgency": ""}
        stands |= {"competitor": "", "wake_on": None}
        for line in sorted(lead.changes.all(), key=lambda line: line.sequence):
            for name, (before, after) in (line.changed or {}).items():
                assert stands[name] == before
                stands[name] = after
        assert {name: str(value) for name, value in stands.items()} == {
            name: str(getattr(lead, name)) for name in stands
        }
    assert not Lead.objects.filter(stage="won", amount=None).exists()


def test_the_shape_is_that_of_a_real_company(seeded):
    lines = StageChange.objects
    assert set(Lead.objects.values_list("stage", flat=True)) == set(Stage.values)
    assert set(lines.values_list("timing", flat=True)) == {"exact", "assumed", "clamped"}
    assert 0.05 < Lead.objects.filter(cycle__gt=1).count() / 2_000 < 0.11
    skips = [RANKS[to] > RANKS[source] + 1 for source, to in lines.filter(step="qualify").values_list(
        "from_stage", "to_stage")]  # fmt: skip
    assert 0.02 < sum(skips) / 2_000 < 0.05
    assert 0.002 < lines.filter(step="undo").count() / lines.count() < 0.009
    assert Lead.objects.values("source").distinct().count() == 12
    assert (User.objects.count(), Company.objects.count()) == (54, 20_000)


def test_wide_rows_are_the_journeys(ducks):
    times = [f"{stage}_at" for stage in Stage.values]
    names = ["lead_id", "cycle", "opened_at", *times, "implied", "assumed", "outcome", "ended_at", *duck.DIMENSIONS]
    people = [f"[{', '.join(f'{stage}_{kind}' for stage in duck.STAGES)}]" for kind in ("owner", "team")]
    wide = ducks.execute(f"SELECT {', '.join(names + people)} FROM wide ORDER BY lead_id, cycle").fetchall()
    kept = Journey.objects.order_by("lead_id", "cycle").values_list(*names, "owners", "teams")
    assert wide == [_in_words(dict(zip([*names, "owners", "teams"], row, strict=True))) for row in kept]


def _in_words(journey):
    """The values of a journey, with words and None where it has numbers and 0."""
    words = {0: "", **dict(Term.objects.values_list("id", "value"))}
    journey |= {name: words[journey[name]] for name in duck.DIMENSIONS}
    journey["outcome"] = Journey.Outcome(journey["outcome"]).name.lower()
    journey |= {name: [one or None for one in journey[name]] for name in ("owners", "teams")}
    return tuple(
        value.astimezone(UTC).replace(tzinfo=None) if hasattr(value, "hour") else value for value in journey.values()
    )


@pytest.mark.parametrize("anchor", ["tofu", "mql"])
def test_the_funnel_question_has_one_answer(ducks, anchor):
    answer = duck.funnel_wide(ducks, NOW, anchor=anchor)
    assert sum(row[2] for row in answer) == Journey.objects.filter(**{f"{anchor}_at__isnull": False}).count()
    assert answer == duck.funnel_raw(ducks, NOW, anchor=anchor)
    with scale.covering_index():
        assert answer == scale.funnel_sql(NOW, anchor=anchor)


def test_the_ad_hoc_question_counts_what_the_journeys_say(ducks):
    wanted = {"industry": "Software", "country": "United States"}
    answer = duck.ad_hoc(ducks, NOW, channels=["Paid search", "Outbound"], **wanted)
    numbers = {name: dimensions.codes(name, [word])[0] for name, word in wanted.items()}
    channels = dimensions.codes("channel", ["Paid search", "Outbound"])
    entered = Journey.objects.filter(channel__in=channels, mql_at__isnull=False, **numbers)
    won = [one for one in entered if one.won_at and one.won_at <= one.mql_at + timedelta(days=90)]
    mature = [one for one in won if one.mql_at + timedelta(days=90) <= NOW]
    assert sum(row[1] for row in answer) == entered.count() > 0
    assert sum(row[-2] for row in answer) == len(mature) > 0


def test_rollups_add_up_and_their_edges_are_exact(ducks, tmp_path):
    duck.build_wide(ducks, duck.write_parquet(ducks, tmp_path / "log.parquet"))
    assert duck.build_rollups(ducks) > 0
    reached = "SELECT kind, sum(n) FROM rollup WHERE anchor = 'mql' AND target = 'won' GROUP BY 1"
    assert set(dict(ducks.execute(reached).fetchall()).values()) == {
        Journey.objects.filter(won_at__isnull=False).count()
    }
    edge = duck.bucket_of(90 * duck.DAY)
    within = f"SELECT sum(n) FROM rollup WHERE kind = 'all' AND anchor = 'tofu' AND target = 'mql' AND bucket <= {edge}"
    hits = "SELECT count(*) FROM wide WHERE mql_at <= tofu_at + INTERVAL 90 DAY"
    assert ducks.execute(within).fetchone() == ducks.execute(hits).fetchone()
