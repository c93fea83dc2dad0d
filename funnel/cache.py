"""The cache: in Redis, shared by all processes; in this process alone while Redis is away. Losing it loses no truth."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

PAUSE = 5.0  # seconds until a Redis that did not answer is asked again
PATIENCE = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}  # seconds; nobody may wait long for a count

_away_until = 0.0


class Json:
    """Plain data only: whoever can write to Redis must not be able to run code here, as pickles would let him."""

    def dumps(self, value: object) -> bytes:
        return json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


class SteadyCache(BaseCache):
    """Answers always. Values must be plain data, as JSON knows it."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        redis = params | {"OPTIONS": {"serializer": "funnel.cache.Json", **PATIENCE, **params.get("OPTIONS", {})}}
        self._shared = RedisCache(location, redis)
        self._own = LocMemCache("steady", params)

    def _ask(self, method: str, *arguments: Any) -> Any:
        """Ask Redis; while it is away, and for a little longer, this process."""
        global _away_until  # noqa: PLW0603  (one per process, whichever thread finds out)
        if time.monotonic() >= _away_until:
            try:
                return getattr(self._shared, method)(*arguments)
            except (RedisError, OSError):
                _away_until = time.monotonic() + PAUSE
        return getattr(self._own, method)(*arguments)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._ask("add", key, value, timeout, version))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._ask("get", key, default, version)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._ask("set", key, value, timeout, version)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._ask("touch", key, timeout, version))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(self._ask("delete", key, version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return int(self._ask("incr", key, delta, version))

    def clear(self) -> None:
        """Forget everything of ours; RedisCache would empty the database, and Celery's queue with it."""
        self._ask("delete_many", self._ask_keys())
        self._own.clear()

    def _ask_keys(self) -> list[str]:
        prefix = self.make_key("")
        try:
            found = self._shared._cache.get_client().scan_iter(f"{prefix}*")
            return [key.decode().removeprefix(prefix) for key in found]
        except (RedisError, OSError):
            return []
