"""Politeness towards each server: how many requests at a time, how far apart, and when not at all."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pace:
    """The limits. The defaults suit servers that serve the public for nothing."""

    at_a_time: int = 8
    """Requests under way at all servers together."""
    at_a_time_per_host: int = 2
    apart_seconds: float = 0.25
    """Between the beginnings of two requests to one server."""
    attempts: int = 4
    """Of one request, where a server fails or asks to wait."""
    first_wait_seconds: float = 1.0
    """Before the second attempt; then twice as long each time."""
    longest_wait_seconds: float = 90.0
    """A server that asks to wait longer is left alone for this run."""
    request_seconds: float = 60.0
    """For one request in all: no server may hold a place for ever."""
    connect_seconds: float = 15.0
    window_seconds: float = 60.0
    """Waited where a server says that its allowance is used up, and not for how long."""


class HostBusy(Exception):
    """A server asks to be left alone for longer than this run waits."""

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(host)
        self.host = host
        self.seconds = seconds


@dataclass
class _Host:
    places: asyncio.Semaphore
    next_at: float = 0.0
    """On the loop's clock: not before this."""
    rests_until: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Turns:
    """Hands out turns at servers."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._hosts: dict[str, _Host] = {}
        self._places = asyncio.Semaphore(pace.at_a_time)

    @asynccontextmanager
    async def at(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at a server, and hold it.

        Raises:
            HostBusy: The server asked to be left alone for longer than this run waits.
        """
        known = self._of(host)
        async with known.places, self._places:
            async with known.turn:
                await self._wait(host, known)
                known.next_at = _now() + self._pace.apart_seconds
            yield

    def rest(self, host: str, seconds: float) -> None:
        """Leave a server alone for a while, as it asked."""
        known = self._of(host)
        known.rests_until = max(known.rests_until, _now() + seconds)

    async def _wait(self, host: str, known: _Host) -> None:
        while (seconds := max(known.next_at, known.rests_until) - _now()) > 0:
            if seconds > self._pace.longest_wait_seconds:
                raise HostBusy(host, seconds)
            await asyncio.sleep(seconds)

    def _of(self, host: str) -> _Host:
        if host not in self._hosts:
            self._hosts[host] = _Host(asyncio.Semaphore(self._pace.at_a_time_per_host))
        return self._hosts[host]


def asked_to_wait(headers: Mapping[str, str], now: dt.datetime) -> float | None:
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


def used_up(headers: Mapping[str, str], window_seconds: float) -> float:
    """Return how long to rest where a server's allowance is used up, 0 where it is not.

    Openverse names what is left as `X-RateLimit-Available-anon_burst` (a minute's) and `-anon_sustained` (a day's).
    """
    left = {name.lower(): value.strip() for name, value in headers.items() if "ratelimit-available" in name.lower()}
    if any(value == "0" for name, value in left.items() if name.endswith("sustained")):
        return 24 * 3600.0
    return window_seconds if "0" in left.values() else 0.0


def _now() -> float:
    return asyncio.get_running_loop().time()
