"""The HTTP client, tried on servers that are busy, slow, endless, cut off, or after something else."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.gather.addresses import is_public
from engine.gather.http import FetchedFile, HttpClient, Refused
from engine.gather.rate_limit import HostBusy, RateLimits, exhausted_seconds, retry_after_seconds
from engine.records.gather_request import Refusal
from tests.gather_server import HOST, QUICK, Reply, Server, in_turn, local_client, slowly

BODY = b"\xff\xd8\xff" + bytes(range(256)) * 40
IMPATIENT = replace(QUICK, request_seconds=0.4)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def fetched(client: HttpClient, url: str, place: Path, most_bytes: int = 1 << 20) -> FetchedFile:
    async def fetch() -> FetchedFile:
        async with client:
            return await client.fetch(url, place, most_bytes)

    return asyncio.run(fetch())


def refusal_of(client: HttpClient, url: str, place: Path, most_bytes: int = 1 << 20) -> Refusal:
    with pytest.raises(Refused) as caught:
        fetched(client, url, place, most_bytes)
    assert not place.exists()
    assert list(place.parent.iterdir()) == []
    return caught.value.refusal


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "picture"


def test_a_picture_is_fetched_whole_and_known_by_its_digest(server: Server, place: Path) -> None:
    server.routes["/a"] = Reply(BODY, "image/JPEG; charset=binary")
    got = fetched(local_client(), f"{server.url}/a", place)
    assert place.read_bytes() == BODY
    assert got.content_type == "image/jpeg"
    assert got.sha256 == hashlib.sha256(BODY).hexdigest()
    (agent,) = server.agents
    assert agent.startswith("Understudio/")


def test_one_that_is_busy_or_failing_is_asked_again(server: Server, place: Path) -> None:
    busy = Reply(b"slow down", "text/plain", 429, {"Retry-After": "0"})
    server.routes["/a"] = in_turn(busy, Reply(b"oh", "text/html", 502), Reply(BODY))
    fetched(local_client(), f"{server.url}/a", place)
    assert server.asked["/a"] == 3


def test_one_that_goes_on_failing_is_given_up(server: Server, place: Path) -> None:
    server.routes["/a"] = Reply(b"oh", "text/html", 500)
    assert refusal_of(local_client(), f"{server.url}/a", place) is Refusal.SERVER
    assert server.asked["/a"] == QUICK.attempts


def test_one_that_asks_to_wait_long_is_left_alone_and_so_are_its_other_pictures(server: Server, place: Path) -> None:
    server.routes["/a"] = Reply(b"", "text/plain", 429, {"Retry-After": "3600"})
    server.routes["/b"] = Reply(BODY)

    async def fetch_two() -> None:
        async with local_client() as client:
            for path in ("/a", "/b"):
                with pytest.raises(HostBusy) as caught:
                    await client.fetch(server.url + path, place, 1 << 20)
                assert 3500 < caught.value.seconds <= 3600

    asyncio.run(fetch_two())
    assert dict(server.asked) == {"/a": 1}


def test_what_is_gone_is_asked_for_once(server: Server, place: Path) -> None:
    assert refusal_of(local_client(), f"{server.url}/nowhere", place) is Refusal.GONE
    assert server.asked["/nowhere"] == 1


def test_slow_and_endless_answers_are_cut_off(server: Server, place: Path) -> None:
    server.routes["/drip"] = Reply(BODY, drip=0.05)
    server.routes["/late"] = slowly(Reply(BODY), 1.0)
    server.routes["/endless"] = Reply(b"x" * 4096, length=-1, is_endless=True)
    assert refusal_of(local_client(IMPATIENT), f"{server.url}/drip", place) is Refusal.SLOW
    assert refusal_of(local_client(IMPATIENT), f"{server.url}/late", place) is Refusal.SLOW
    assert refusal_of(local_client(), f"{server.url}/endless", place) is Refusal.TOO_LARGE


def test_an_answer_that_is_too_large_is_not_even_begun(server: Server, place: Path) -> None:
    server.routes["/a"] = Reply(b"", length=1 << 40)
    assert refusal_of(local_client(), f"{server.url}/a", place) is Refusal.TOO_LARGE


def test_an_answer_that_ends_early_is_fetched_again_and_then_refused(server: Server, place: Path) -> None:
    server.routes["/a"] = in_turn(Reply(BODY, length=len(BODY) + 100), Reply(BODY))
    fetched(local_client(), f"{server.url}/a", place)
    place.unlink()
    server.routes["/b"] = Reply(BODY, length=len(BODY) + 100)
    assert refusal_of(local_client(), f"{server.url}/b", place) is Refusal.CUT_OFF


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/secret",
        "http://127.0.0.3/secret",
        "http://[::1]/secret",
        "http://[::ffff:127.0.0.1]/secret",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://127.1/",
        "http://localhost/",
        "file:///etc/passwd",
        "ftp://example.org/a.jpg",
        "gopher://example.org/",
        "data:image/png;base64,aGk=",
        "http://user@127.0.0.1/",
        "http://127.0.0.1\\@example.org/",
        "//127.0.0.1/",
        "http://[broken/",
    ],
)
def test_no_redirect_leads_into_a_private_network(server: Server, place: Path, target: str) -> None:
    server.routes["/a"] = Reply(b"", status=302, headers={"Location": target})
    assert refusal_of(local_client(), f"{server.url}/a", place) is Refusal.ADDRESS


def test_an_ordinary_redirect_is_followed_and_a_circle_is_left(server: Server, place: Path) -> None:
    server.routes["/a"] = Reply(b"", status=301, headers={"Location": "/b"})
    server.routes["/b"] = Reply(BODY)
    server.routes["/circle"] = Reply(b"", status=307, headers={"Location": "/circle"})
    fetched(local_client(), f"{server.url}/a", place)
    place.unlink()
    assert refusal_of(local_client(), f"{server.url}/circle", place) is Refusal.SERVER
    assert server.asked["/circle"] == 6


def test_the_address_that_was_looked_at_is_the_one_connected_to(server: Server, place: Path) -> None:
    looked_up: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return [HOST] if len(looked_up) == 1 else ["127.0.0.1"]

    server.routes["/a"] = Reply(BODY)
    fetched(local_client(lookup=rebinding), f"http://pictures.example:{server.port}/a", place)
    assert looked_up == ["pictures.example"]


def test_a_name_with_one_private_address_among_others_is_refused(server: Server, place: Path) -> None:
    async def mixed(host: str, port: int) -> list[str]:
        return [HOST, "10.1.2.3"]

    server.routes["/a"] = Reply(BODY)
    url = f"http://pictures.example:{server.port}/a"
    assert refusal_of(local_client(lookup=mixed), url, place) is Refusal.ADDRESS
    assert not server.asked


def test_the_real_client_does_not_reach_this_machine(server: Server, place: Path) -> None:
    server.routes["/a"] = Reply(BODY)
    assert refusal_of(HttpClient(limits=QUICK), f"{server.url}/a", place) is Refusal.ADDRESS
    assert not server.asked


def test_a_server_that_the_user_named_is_reached_in_a_private_network_and_nothing_beside_it(
    server: Server, place: Path
) -> None:
    other = Server()
    server.routes |= {"/a": Reply(BODY), "/b": Reply(b"", status=302, headers={"Location": f"{other.url}/a"})}
    other.routes["/a"] = Reply(BODY)

    async def at_home(host: str, port: int) -> list[str]:
        return [HOST]

    named, by_name = server.url, f"http://mirror.lan:{server.port}"
    fetched(HttpClient(limits=QUICK, named=[named]), f"{named}/a", place)
    place.unlink()
    assert refusal_of(HttpClient(limits=QUICK, named=[named]), f"{named}/b", place) is Refusal.ADDRESS
    fetched(HttpClient(limits=QUICK, named=[by_name], lookup=at_home), f"{by_name}/a", place)
    place.unlink()
    client = HttpClient(limits=QUICK, named=[by_name], lookup=at_home)
    assert refusal_of(client, f"http://else.lan:{server.port}/a", place) is Refusal.ADDRESS
    assert not other.asked
    other.close()


def test_no_more_requests_are_under_way_at_one_server_than_allowed(server: Server, tmp_path: Path) -> None:
    server.routes["/a"] = slowly(Reply(BODY), 0.02)

    async def fetch_many() -> None:
        async with local_client() as client:
            await asyncio.gather(*(client.fetch(f"{server.url}/a", tmp_path / f"{n}", 1 << 20) for n in range(12)))

    asyncio.run(fetch_many())
    assert server.most_at_once == QUICK.at_a_time_per_host


def test_a_used_up_allowance_is_waited_for(server: Server, place: Path) -> None:
    empty = {"X-RateLimit-Available-anon_burst": "0", "X-RateLimit-Available-anon_sustained": "12"}
    limits = replace(QUICK, window_seconds=10.0)
    server.routes["/a"] = Reply(BODY, headers=empty)

    async def ask_twice() -> None:
        async with local_client(limits) as client:
            await client.get(f"{server.url}/a", {})
            with pytest.raises(HostBusy):
                await client.get(f"{server.url}/a", {})

    asyncio.run(ask_twice())


def test_requests_for_waiting_are_understood_in_both_forms() -> None:
    now = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
    assert retry_after_seconds({"Retry-After": "120"}, now) == 120
    assert retry_after_seconds({"Retry-After": "Wed, 25 Nov 2026 12:02:00 GMT"}, now) == 120
    assert retry_after_seconds({"Retry-After": "Wed, 25 Nov 2026 11:00:00 GMT"}, now) == 0
    assert retry_after_seconds({"Retry-After": "soon"}, now) is None
    assert retry_after_seconds({}, now) is None
    assert exhausted_seconds({"x-ratelimit-available-anon_sustained": "0"}, 60) > 3600
    assert exhausted_seconds({"X-RateLimit-Available-anon_burst": "3"}, 60) == 0


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.9.8.7", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1"),
        *("64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "2001:db8::1", "nonsense"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["198.35.26.112", "2620:0:863:ed1a::2:b", "64:ff9b::808:808", "8.8.8.8"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


def test_the_usual_pace_is_polite() -> None:
    limits = RateLimits()
    assert limits.at_a_time_per_host <= 2
    assert limits.apart_seconds > 0
