"""The cache answers always: from Redis, and from this process while Redis is away."""

import pytest
from django.conf import settings
from django.core.cache import caches
from redis import Redis

from funnel import cache as steady
from funnel.cache import SteadyCache

AWAY = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def _asked_again(monkeypatch):
    monkeypatch.setattr(steady, "_away_until", 0.0)


def make(location):
    return SteadyCache(location, {"KEY_PREFIX": "steady-test"})


@pytest.fixture
def shared():
    cache = make(settings.CACHES["default"]["LOCATION"])
    yield cache
    cache.clear()


def test_it_is_the_cache_of_the_product():
    assert isinstance(caches["default"], SteadyCache)


def test_two_processes_count_together(shared):
    shared.set("tries", [1.5, 2.5], 60)
    other = make(settings.CACHES["default"]["LOCATION"])
    assert other.get("tries") == [1.5, 2.5]
    assert shared.add("lock", True, 60)
    assert not other.add("lock", True, 60)


def test_what_is_forgotten_is_ours_alone(shared):
    queue = Redis.from_url(settings.CACHES["default"]["LOCATION"])
    queue.set("celery-like", "1", ex=60)
    shared.set("tries", 1)
    shared.clear()
    assert shared.get("tries") is None
    assert queue.delete("celery-like") == 1


@pytest.mark.parametrize("location", [AWAY, "redis://nowhere.invalid:6379/0"])
def test_it_goes_on_in_this_process_while_redis_is_away(location):
    cache = make(location)
    cache.set("tries", [1.5], 60)
    assert cache.get("tries") == [1.5]
    assert cache.add("tries", 2) is False
    cache.set("number", 1)
    assert cache.incr("number") == 2
    cache.delete("tries")
    assert cache.get("tries", "none") == "none"


def test_a_redis_that_is_away_is_not_asked_each_time(monkeypatch):
    asked = []
    cache = make(AWAY)
    real = cache._shared.get
    monkeypatch.setattr(cache._shared, "get", lambda *args: asked.append(1) or real(*args))
    for _ in range(5):
        cache.get("tries")
    assert len(asked) == 1


def test_what_redis_holds_is_never_run(shared):
    with pytest.raises(TypeError):
        shared.set("tries", object())
