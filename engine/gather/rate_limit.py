"""Rate limits for each server: how many requests at a time, how far apart, and when none at all."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RateLimits:
    """The limits. The defaults suit servers that serve the public free of charge."""

    at_a_time: int = 8
    """Requests under way at all servers together."""
    at_a_time_per_host: int = 2
    apart_seconds: float = 0.25
    """Shortest time between the beginnings of two requests to one server."""
    attempts: int = 4
    """Attempts at one request, where a server fails or asks to wait."""
    first_wait_seconds: float = 1.0
    """Time before the second attempt; then twice as long each time."""
    longest_wait_seconds: float = 90.0
    """A server that asks to wait longer is not asked again in this run."""
    request_seconds: float = 60.0
    """Longest time for one request in all: no server may occupy a slot for ever."""
    connect_seconds: float = 15.0
    window_seconds: float = 60.0
    """Time to wait where a server says that its quota is used up, but not for how long."""


class HostBusy(Exception):
    """A server asks to wait longer than this run does."""

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(host)
        self.host = host
        self.seconds = seconds


@dataclass
class _Host:
    slots: asyncio.Semaphore
    next_at: float = 0.0
    """Time on the loop's clock before which no request may begin."""
    paused_until: float = 0.0
    """Time on the loop's clock until which the server asked to wait."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class RateLimiter:
    """Delays requests so that each server's limits hold."""

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits
        self._hosts: dict[str, _Host] = {}
        self._slots = asyncio.Semaphore(limits.at_a_time)

    @asynccontextmanager
    async def slot(self, host: str) -> AsyncIterator[None]:
        """Wait until a request to a server may begin, and count it as under way inside the context.

        Raises:
            HostBusy: The server asked to wait longer than this run does.
        """
        known = self._of(host)
        async with known.slots, self._slots:
            async with known.lock:
                await self._wait(host, known)
                known.next_at = _now() + self._limits.apart_seconds
            yield

    def pause(self, host: str, seconds: float) -> None:
        """Make no request to a server for a while, as it asked."""
        known = self._of(host)
        known.paused_until = max(known.paused_until, _now() + seconds)

    async def _wait(self, host: str, known: _Host) -> None:
        while (seconds := max(known.next_at, known.paused_until) - _now()) > 0:
            if seconds > self._limits.longest_wait_seconds:
                raise HostBusy(host, seconds)
            await asyncio.sleep(seconds)

    def _of(self, host: str) -> _Host:
        if host not in self._hosts:
            self._hosts[host] = _Host(asyncio.Semaphore(self._limits.at_a_time_per_host))
        return self._hosts[host]


def retry_after_seconds(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """Return the seconds that `Retry-After` names, as a number or a date (RFC 9110, 10.2.3), or None."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        then = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    then = then if then.tzinfo else then.replace(tzinfo=dt.UTC)
    return max(0.0, (then - now).total_seconds())


def exhausted_seconds(headers: Mapping[str, str], window_seconds: float) -> float:
    """Return how long to wait where a server's quota is used up, 0 where it is not.

    Openverse names what is left as `X-RateLimit-Available-anon_burst` (a minute's) and `-anon_sustained` (a day's).
    """
    left = {name.lower(): value.strip() for name, value in headers.items() if "ratelimit-available" in name.lower()}
    if any(value == "0" for name, value in left.items() if name.endswith("sustained")):
        return 24 * 3600.0
    return window_seconds if "0" in left.values() else 0.0


def _now() -> float:
    return asyncio.get_running_loop().time()
