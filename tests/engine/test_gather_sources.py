"""Whom a gathering asks for pictures, on a server on loopback that answers as the real ones do."""

from __future__ import annotations

import html
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import pytest
from ddgs.http_client import HttpClient

from engine.errors import SourceUnavailable
from engine.gather import sources, websearch
from engine.records.gather_request import Refusal
from engine.records.gather_text import RIGHTS
from tests.gather_server import Reply, Server, as_json, commons_page, in_turn, openverse_page
from tests.gathering import gathered, picture_of, serve, silent_server


@pytest.fixture
def server() -> Iterator[Server]:
    server = silent_server()
    yield server
    server.close()


def test_the_services_are_asked_as_they_document(server: Server, tmp_path: Path) -> None:
    del server.routes["/v1/images/"], server.routes["/w/api.php"]
    with pytest.raises(SourceUnavailable):
        gathered(server, tmp_path)
    asked = dict(server.queries)
    assert asked["/v1/images/"]["license"] == "cc0,pdm,by,by-sa"
    assert asked["/v1/images/"]["page_size"] == "20"
    commons = asked["/w/api.php"]
    assert commons["generator"] == "search"
    assert (commons["gsrsearch"], commons["gsrnamespace"], commons["maxlag"]) == ("filetype:bitmap Ada", "6", "5")
    assert commons["iiprop"] == "url|size|mime|extmetadata"


def test_pages_are_followed_to_their_end_and_no_further(server: Server, tmp_path: Path) -> None:
    pages = [serve(server, *(picture_of("ada", 10 * page + at) for at in range(2))) for page in range(3)]
    server.routes["/v1/images/"] = lambda query: openverse_page(pages[int(query["page"]) - 1], int(query["page"]), 3)
    more = serve(server, picture_of("ada", 90)), serve(server, picture_of("ada", 91))
    server.routes["/w/api.php"] = lambda query: (
        commons_page(more[0], 30) if query["gsroffset"] == "0" else commons_page(more[1])
    )
    assert gathered(server, tmp_path, count=50).kept == 8
    assert (server.asked["/v1/images/"], server.asked["/w/api.php"]) == (3, 2)


def test_a_licence_that_forbids_changes_is_refused_whatever_the_service_says(server: Server, tmp_path: Path) -> None:
    listed = serve(server, picture_of("ada", 0), licence="by-nd")
    server.routes["/v1/images/"] = openverse_page(listed)
    server.routes["/w/api.php"] = commons_page(serve(server, picture_of("ada", 1), licence="by-nc-nd"))
    report = gathered(server, tmp_path)
    assert report.refused == {Refusal.LICENCE: 2}
    assert server.asked[listed[0].url.removeprefix(server.url)] == 0


def test_a_service_that_lags_or_is_busy_is_asked_again(server: Server, tmp_path: Path) -> None:
    lag = {"error": {"code": "maxlag", "info": "Waiting for 10.64.16.7: 5.1 seconds lagged", "lag": 5.1}}
    found = commons_page(serve(server, picture_of("ada", 0)))
    server.routes["/w/api.php"] = in_turn(as_json(lag, headers={"Retry-After": "0"}), found)
    throttled = as_json({"detail": "Request was throttled."}, 429, {"Retry-After": "0"})
    server.routes["/v1/images/"] = in_turn(throttled, openverse_page(serve(server, picture_of("ada", 1))))
    assert gathered(server, tmp_path).kept == 2


def test_one_service_that_does_not_answer_does_not_harm_the_other(server: Server, tmp_path: Path) -> None:
    server.routes["/v1/images/"] = Reply(b"<html>Bad Gateway", "text/html")
    server.routes["/w/api.php"] = commons_page(serve(server, picture_of("ada", 0)))
    report = gathered(server, tmp_path)
    assert report.kept == 1
    assert report.remarks == ("Openverse did not answer as it should.",)


def test_a_service_that_asks_to_wait_long_is_named_with_the_time(server: Server, tmp_path: Path) -> None:
    server.routes["/v1/images/"] = as_json({}, 429, {"Retry-After": "1200"})
    server.routes["/w/api.php"] = commons_page([])
    with pytest.raises(SourceUnavailable, match="asks to wait about 20 minutes"):
        gathered(server, tmp_path)


def test_links_are_fetched_with_a_word_on_their_rights(server: Server, tmp_path: Path) -> None:
    listed = serve(server, picture_of("ada", 0), picture_of("ada", 1))
    report = gathered(server, tmp_path, topic=listed[0].url, links=[listed[1].url, listed[1].url])
    assert report.kept == 2
    assert "not known" in report.remarks[0]
    assert server.asked["/v1/images/"] == 0


class FakeSearch:
    """The library for general search, answering as it does."""

    class DDGSException(Exception):
        """As the library's own."""

    def __init__(self, engine: str, url: str) -> None:
        self.exceptions = type(self)
        self._engine = engine
        self._url = url

    def DDGS(self, timeout: int) -> Self:
        return self

    def images(
        self, topic: str, *, backend: str, safesearch: str, page: int, max_results: int | None
    ) -> list[dict[str, str]]:
        assert (topic, backend, safesearch) == ("Ada", self._engine, "on")
        if page > 1:
            raise self.DDGSException("No results found.")
        found = {
            "title": "Ada",
            "image": self._url,
            "thumbnail": "",
            "url": "https://blog.example/ada",
            "source": "Bing",
        }
        return [found, {"title": "none", "image": ""}]


@pytest.mark.parametrize("engine", ["duckduckgo", "bing"])
def test_general_search_names_the_page_of_a_picture_and_says_that_its_owner_is_not_known(
    engine: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (listed,) = serve(server, picture_of("ada", 0))
    monkeypatch.setattr(websearch, "ddgs", FakeSearch(engine, listed.url))
    monkeypatch.setattr(websearch, "ENGINES", {"images": {engine: object}})
    report = gathered(server, tmp_path, providers=[engine])
    assert report.kept == 1
    assert report.remarks == (RIGHTS,)
    (origin,) = report.origins
    assert (origin.provider, origin.page_url, origin.licence) == (engine, "https://blog.example/ada", "")


def test_general_search_has_to_be_installed(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ddgs", None)
    spec = importlib.util.find_spec("engine.gather.websearch")
    assert spec is not None
    assert spec.loader is not None
    without = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(without)
    monkeypatch.setattr(sources, "WebSearch", without.WebSearch)
    with pytest.raises(SourceUnavailable, match="is not installed"):
        gathered(server, tmp_path, providers=["duckduckgo"])


def test_engines_that_cannot_be_asked_are_named_with_those_that_can(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SourceUnavailable, match="Google offers programs no search for pictures"):
        gathered(server, tmp_path, providers=["google"])
    monkeypatch.setattr(websearch, "ENGINES", {"images": {"duckduckgo": object}})
    with pytest.raises(SourceUnavailable, match="does not offer pictures from bing") as caught:
        gathered(server, tmp_path, providers=["bing"])
    assert "duckduckgo" in caught.value.hint


def bing_page(address: str) -> Reply:
    """Return what Bing answers to `images/async`: pieces of a page, what is known of each picture as JSON in it."""
    known = html.escape(json.dumps({"t": "Ada", "murl": address, "turl": "", "purl": "https://blog.example/ada"}))
    picture = f'<div class="imgpt"><a class="iusc" m="{known}"></a></div><div class="infopt"></div>'
    return Reply(f'<ul class="dgControl_list"><li><div class="iuscp">{picture}</div></li></ul>'.encode(), "text/html")


def duckduckgo_page(address: str) -> Reply:
    """Return what DuckDuckGo answers to `i.js`."""
    found = {"title": "Ada", "image": address, "url": "https://blog.example/ada", "source": "Bing", "width": 800}
    return as_json({"query": "Ada", "next": "i.js?q=Ada&o=json", "results": [found | {"thumbnail": "", "height": 600}]})


@pytest.mark.parametrize(
    ("engine", "place", "page"), [("bing", "/images/async", bing_page), ("duckduckgo", "/i.js", duckduckgo_page)]
)
def test_the_library_itself_reads_what_the_engines_answer(
    engine: str,
    place: str,
    page: Callable[[str], Reply],
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask = HttpClient.request
    monkeypatch.setattr(
        HttpClient,
        "request",
        lambda self, method, url, **more: ask(self, method, server.url + urlsplit(url).path, **more),
    )
    # DuckDuckGo's own page gives a number that belongs to the question.
    server.routes["/"] = Reply(b'<script>vqd="4-1"</script>', "text/html")
    (listed,) = serve(server, picture_of("ada", 0))
    server.routes[place] = in_turn(page(listed.url), Reply(b"<ul></ul>", "text/html"))
    report = gathered(server, tmp_path, providers=[engine])
    (origin,) = report.origins
    assert (origin.provider, origin.title, origin.page_url) == (engine, "Ada", "https://blog.example/ada")
    assert dict(server.queries)[place]["q"] == "Ada"
