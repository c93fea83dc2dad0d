"""The cast, and what every test may lean on: people of each role, and leads that stand where a test needs them."""

from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from funnel import kept
from leads import seeds
from leads.models import Reason, StagePolicy, Team, User, WorkingHours
from leads.roles import Role
from tests.factories import make_lead

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
CLICKS = 50


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    """argon2 is slow on purpose; tests that make people by the hundred need not wait for it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _nothing_kept():
    """What is rolled back after a test leaves no mark, so no answer may outlive it."""
    kept._answers.clear()


@pytest.fixture(autouse=True)
def _no_attempts(request):
    """What one test's attempts to log in have used up is not missing in the next."""
    if {"client", "live_server", "world"} & set(request.fixturenames):
        cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let tests empty the tables of their own database, which the product's triggers refuse."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {connection.settings_dict['NAME']} SET leads.truncation = 'on'")
        connection.close()
        connection.close_pool()


@pytest.fixture
def roomy_pool(settings):
    """Enough connections for every thread."""
    options = connection.settings_dict["OPTIONS"]
    before = dict(options["pool"])
    connection.close()
    connection.close_pool()
    options["pool"] = {**before, "max_size": CLICKS + 10, "timeout": 30}
    yield
    connection.close()
    connection.close_pool()
    options["pool"] = before


@pytest.fixture
def now():
    """The instant tests pass in; nothing reads the clock."""
    return NOW


@pytest.fixture(autouse=True)
def _seeded(request):
    """Transactional tests empty every table; put back what the migration plants before each test with a database."""
    if "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        database = "transactional_db" if "transactional_db" in request.fixturenames else "db"
        request.getfixturevalue(database)
        if StagePolicy.objects.count() < 8:
            seeds.plant(StagePolicy, Reason, WorkingHours)


@pytest.fixture
def team(db):
    return Team.objects.create(name="Central")


def give_password_again(client):
    """Settle for a while what pages that matter ask for."""
    client.post(reverse("account_reauthenticate"), {"password": "demo"})


def person(username, role, team=None):
    return User.objects.create_user(username, f"{username}@example.com", "demo", role=role, team=team)


@pytest.fixture
def mia(db):
    """The marketer."""
    return person("mia", Role.MARKETER)


@pytest.fixture
def sam(team):
    """The SDR."""
    return person("sam", Role.SDR, team)


@pytest.fixture
def alex(team):
    """The account executive."""
    return person("alex", Role.AE, team)


@pytest.fixture
def max(db):
    """The manager."""
    return person("max", Role.MANAGER)


@pytest.fixture
def ada(db):
    """The administrator."""
    return person("ada", Role.ADMIN)


@pytest.fixture
def eve(db):
    """The stranger: an SDR of another team."""
    return person("eve", Role.SDR, Team.objects.create(name="Elsewhere"))


@pytest.fixture
def lead(db):
    """A lead in ToFu with an e-mail and consent."""
    return make_lead()
