"""The HTTP client of gathering: the only module of the engine that makes requests.

Each hop is checked before it is made: its scheme, and the address that its name resolves to, which is the very address
that is then connected to. So neither a redirect nor a name that resolves differently the second time (DNS rebinding)
leads into a private network, except to the servers that the user named. Redirects are followed by hand; proxies and
cookies are not used; nothing is unpacked.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random
from yarl import URL

from engine.files import atomic
from engine.gather.addresses import Lookup, MayReach, is_numeric, is_public, system_lookup
from engine.gather.rate_limit import RateLimiter, RateLimits, exhausted_seconds, retry_after_seconds
from engine.records.gather_request import Refusal

_Result = TypeVar("_Result")

_HOPS = 5
_BLOCK_BYTES = 1 << 16
_ANSWER_BYTES = 4 << 20
"""Size of the largest answer to a search."""
_REDIRECTS = (301, 302, 303, 307, 308)
_GONE = (404, 410)
_LATER = (429, 503)


class Refused(Exception):
    """A request that will not succeed."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class _TransientFailure(Refused):
    """A failure after which another attempt may succeed."""


class _PrivateAddress(OSError):
    """A name leads to an address that may not be reached."""


@dataclass(frozen=True)
class FetchedFile:
    """A file that was fetched."""

    sha256: str
    content_type: str
    """What the server called it, without parameters, in small letters; may be empty."""


class HttpClient:
    """Makes requests. Use as an asynchronous context manager."""

    def __init__(
        self,
        *,
        contact: str = "",
        limits: RateLimits | None = None,
        may_reach: MayReach = is_public,
        lookup: Lookup | None = None,
        named: Iterable[str] = (),
    ) -> None:
        """Make a client whose session is not open yet.

        Args:
            contact: Where the owners of servers can write to, if anywhere.
            limits: How many requests at a time, how far apart, and how often.
            may_reach: Which numeric addresses may be connected to.
            lookup: Turns names into addresses; None asks the system.
            named: Addresses of servers that the user named. They may be in a private network; their neighbours not.
        """
        self._limits = limits or RateLimits()
        self._limiter = RateLimiter(self._limits)
        self._may_reach = may_reach
        self._lookup = lookup or system_lookup
        self._named = frozenset(_server_at(address) for address in named)
        self._agent = f"Understudio/{version('understudio')} (pictures for one person's project; {contact or 'manual'})"
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session."""
        limits = self._limits
        timeout = aiohttp.ClientTimeout(total=limits.request_seconds, sock_connect=limits.connect_seconds)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=_Resolver(self._lookup, self._may_connect)),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=timeout,
            auto_decompress=False,
            trust_env=False,
            headers={"User-Agent": self._agent, "Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    async def get(self, url: str, parameters: Mapping[str, str]) -> bytes:
        """Return the body of the answer to a search.

        Raises:
            Refused: There is none, or it is larger than any answer should be.
            HostBusy: The server asks to wait longer than this run does.
        """

        async def once() -> bytes:
            content = bytearray()
            async with self._open(url, parameters) as response:
                async for block in response.content.iter_chunked(_BLOCK_BYTES):
                    content += block
                    if len(content) > _ANSWER_BYTES:
                        raise Refused(Refusal.TOO_LARGE)
            return bytes(content)

        return await self._retried(once)

    async def fetch(self, url: str, place: Path, most_bytes: int) -> FetchedFile:
        """Download what lies at an address into a file, in one step.

        Raises:
            Refused: It could not be downloaded, or has more than `most_bytes`.
            HostBusy: The server asks to wait longer than this run does.
            OutOfDisk: There is no room.
        """

        async def once() -> FetchedFile:
            async with self._open(url, {}) as response:
                if (response.content_length or 0) > most_bytes:
                    raise Refused(Refusal.TOO_LARGE)
                digest = await _store(response, place, most_bytes)
                return FetchedFile(digest, response.headers.get("Content-Type", "").partition(";")[0].strip().lower())

        return await self._retried(once)

    async def _retried(self, once: Callable[[], Awaitable[_Result]]) -> _Result:
        limits = self._limits
        backoff = wait_exponential(limits.first_wait_seconds, limits.longest_wait_seconds)
        attempts = AsyncRetrying(
            retry=retry_if_exception_type(_TransientFailure),
            stop=stop_after_attempt(limits.attempts),
            wait=backoff + wait_random(0, limits.apart_seconds),
            reraise=True,
        )
        return await attempts(once)

    @asynccontextmanager
    async def _open(self, url: str, parameters: Mapping[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """Follow an address to its answer, hop by hop."""
        assert self._session is not None
        hop = self._checked(url).update_query(parameters)
        for _ in range(_HOPS + 1):
            host = str(hop.host)
            async with self._limiter.slot(host):
                with _translated():
                    async with self._session.get(hop, allow_redirects=False) as response:
                        if response.status not in _REDIRECTS or "Location" not in response.headers:
                            self._check_status(host, response)
                            yield response
                            return
                        hop = self._checked(response.headers["Location"], hop)
        raise Refused(Refusal.SERVER)

    def _checked(self, address: str, base: URL | None = None) -> URL:
        """Return an address as parsed by the same parser that is used for connecting.

        Raises:
            Refused: It is not an HTTP address, or names a private address outright.
        """
        try:
            url = URL(address) if base is None else base.join(URL(address))
            host = url.host or ""
        except ValueError as error:
            raise Refused(Refusal.ADDRESS) from error
        if url.scheme not in ("http", "https") or not host:
            raise Refused(Refusal.ADDRESS)
        if is_numeric(host) and not self._may_connect(host, url.port, host):
            raise Refused(Refusal.ADDRESS)
        return url

    def _may_connect(self, host: str, port: int | None, address: str) -> bool:
        """Return whether the numeric address may be connected to under this name and port."""
        return (host, port) in self._named or self._may_reach(address)

    def _check_status(self, host: str, response: aiohttp.ClientResponse) -> None:
        """Accept a good answer, and note how long the server asked to be left alone.

        Raises:
            Refused: The status says that there is no content.
        """
        wait = retry_after_seconds(response.headers, dt.datetime.now(dt.UTC))
        quota_wait = exhausted_seconds(response.headers, self._limits.window_seconds)
        if response.status in _LATER:
            self._limiter.pause(host, wait if wait is not None else max(quota_wait, self._limits.first_wait_seconds))
            raise _TransientFailure(Refusal.SERVER)
        # MediaWiki answers 200 when it lags behind, and says in this header when to come back.
        if quota_wait or wait:
            self._limiter.pause(host, max(quota_wait, wait or 0.0))
        if response.status >= 500:
            raise _TransientFailure(Refusal.SERVER)
        if response.status != 200:
            raise Refused(Refusal.GONE if response.status in _GONE else Refusal.SERVER)


class _Resolver(AbstractResolver):
    """Looks a name up once, refuses it where any of its addresses may not be reached, and returns the addresses."""

    def __init__(self, lookup: Lookup, may_connect: Callable[[str, int, str], bool]) -> None:
        self._lookup = lookup
        self._may_connect = may_connect

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the numeric addresses of a name."""
        addresses = await self._lookup(host, port)
        if not addresses or not all(self._may_connect(host, port, address) for address in addresses):
            raise _PrivateAddress(f"{host} leads to an address that may not be reached")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


def _server_at(address: str) -> tuple[str | None, int | None]:
    try:
        url = URL(address)
    except ValueError:
        return None, None
    return url.host, url.port


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what aiohttp raises into refusals."""
    try:
        yield
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _refusal_of(error) from error


def _refusal_of(error: aiohttp.ClientError | TimeoutError) -> Refused:
    match error:
        case aiohttp.ClientConnectorDNSError(os_error=_PrivateAddress()) | aiohttp.InvalidURL():
            return Refused(Refusal.ADDRESS)
        case TimeoutError():
            return Refused(Refusal.SLOW)
        case aiohttp.ClientPayloadError():
            return _TransientFailure(Refusal.CUT_OFF)
        case _:
            return _TransientFailure(Refusal.SERVER)


async def _store(response: aiohttp.ClientResponse, place: Path, most_bytes: int) -> str:
    """Write a body to a file block by block and return its SHA-256."""
    digest, size = hashlib.sha256(), 0
    with atomic.new_file(place) as partial, partial.open("wb") as file:
        async for block in response.content.iter_chunked(_BLOCK_BYTES):
            size += len(block)
            if size > most_bytes:
                raise Refused(Refusal.TOO_LARGE)
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


__all__ = ["FetchedFile", "HttpClient", "Refused"]
