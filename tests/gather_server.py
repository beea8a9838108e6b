"""A server on loopback that answers as Openverse, Wikimedia Commons and the servers of pictures do, good and bad ones.

It listens on 127.0.0.2, so that 127.0.0.1 is as forbidden to the tests' client as it is to the real one.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from engine.gather.addresses import Lookup, is_public
from engine.gather.http import HttpClient
from engine.gather.rate_limit import RateLimits

HOST = "127.0.0.2"

QUICK = RateLimits(
    apart_seconds=0.0,
    attempts=3,
    first_wait_seconds=0.01,
    longest_wait_seconds=1.0,
    request_seconds=5.0,
    window_seconds=0.05,
)
"""As polite as the real limits, and a hundred times as quick."""


def may_reach(address: str) -> bool:
    """Allow the server of the tests, and otherwise what the real client allows."""
    return address == HOST or is_public(address)


def local_client(limits: RateLimits = QUICK, lookup: Lookup | None = None) -> HttpClient:
    """Return a client that reaches the server of the tests, too."""
    return HttpClient(limits=limits, may_reach=may_reach, lookup=lookup)


@dataclass
class Reply:
    """What is sent back."""

    body: bytes = b""
    content_type: str = "image/jpeg"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    """What `Content-Length` says; None tells the truth, -1 leaves it out."""
    drip: float = 0.0
    """Seconds between two bytes; 0 sends all at once."""
    is_endless: bool = False


Route = Reply | Callable[[dict[str, str]], Reply]


class Server:
    """Replies by path, and remembers what was asked."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.asked: Counter[str] = Counter()
        self.queries: list[tuple[str, dict[str, str]]] = []
        self.agents: set[str] = set()
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._http = ThreadingHTTPServer((HOST, 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._http.server_port}"

    @property
    def port(self) -> int:
        return self._http.server_port

    def close(self) -> None:
        self._ended.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Send what the route says. Runs in a thread of each request."""
        parts = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        with self._lock:
            self.asked[parts.path] += 1
            self.queries.append((parts.path, query))
            self.agents.add(handler.headers.get("User-Agent", ""))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            route = self.routes.get(parts.path, Reply(b"not here", "text/plain", 404))
            self._send(handler, route if isinstance(route, Reply) else route(query))
        except OSError:
            pass
        finally:
            with self._lock:
                self.at_once -= 1

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        handler.send_response(reply.status)
        handler.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        length = len(reply.body) if reply.length is None else reply.length
        if length >= 0:
            handler.send_header("Content-Length", str(length))
        handler.end_headers()
        while reply.is_endless and not self._ended.is_set():
            handler.wfile.write(reply.body)
        if not reply.drip:
            handler.wfile.write(reply.body)
            return
        for byte in reply.body:
            handler.wfile.write(bytes([byte]))
            if self._ended.wait(reply.drip):
                return


def in_turn(*replies: Reply) -> Callable[[dict[str, str]], Reply]:
    """Return a route that replies differently each time; the last one stays."""
    left = list(replies)
    return lambda query: left.pop(0) if len(left) > 1 else left[0]


def slowly(reply: Reply, seconds: float) -> Callable[[dict[str, str]], Reply]:
    """Return a route that thinks for a while."""

    def route(query: dict[str, str]) -> Reply:
        time.sleep(seconds)
        return reply

    return route


def as_json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a reply as web services send it."""
    return Reply(json.dumps(content).encode(), "application/json", status, headers or {})


@dataclass(frozen=True)
class Listed:
    """A picture that a service lists."""

    url: str
    author: str = "Ada Ek"
    licence: str = "by-sa"
    version: str = "2.0"
    title: str = "A portrait"


def openverse_page(listed: Sequence[Listed], page: int = 1, page_count: int = 1) -> Reply:
    """Return a page of results as `/v1/images/` of Openverse gives it."""
    results = [
        {
            "id": f"36537842-b067-4ca0-ad67-e00ff2e0b{number:03d}",
            "title": each.title,
            "indexed_on": "2020-04-12T09:12:33.170Z",
            "foreign_landing_url": f"https://www.flickr.com/photos/18090920@N07/{number}",
            "url": each.url,
            "creator": each.author,
            "creator_url": "https://www.flickr.com/photos/18090920@N07",
            "license": each.licence,
            "license_version": each.version,
            "license_url": f"https://creativecommons.org/licenses/{each.licence}/{each.version}/",
            "provider": "flickr",
            "source": "flickr",
            "category": "photograph",
            "filesize": None,
            "filetype": "jpg",
            "tags": [{"accuracy": None, "name": "portrait"}],
            "attribution": f'"{each.title}" by {each.author} is licensed under CC {each.licence.upper()}.',
            "fields_matched": ["title"],
            "mature": False,
            "height": 683,
            "width": 1024,
            "thumbnail": "https://api.openverse.org/v1/images/36537842/thumb/",
            "detail_url": "https://api.openverse.org/v1/images/36537842/",
            "related_url": "https://api.openverse.org/v1/images/36537842/related/",
            "unstable__sensitivity": [],
        }
        for number, each in enumerate(listed)
    ]
    content = {
        "result_count": len(results) * page_count,
        "page_count": page_count,
        "page_size": 20,
        "page": page,
        "results": results,
        "warnings": [],
    }
    headers = {
        "X-RateLimit-Limit-anon_burst": "20/min",
        "X-RateLimit-Available-anon_burst": "19",
        "X-RateLimit-Limit-anon_sustained": "200/day",
        "X-RateLimit-Available-anon_sustained": "199",
    }
    return as_json(content, headers=headers)


def commons_page(listed: Sequence[Listed], goes_on_at: int | None = None) -> Reply:
    """Return results as `api.php` of MediaWiki gives them with `formatversion=2`."""
    pages = [
        {
            "pageid": 500 + number,
            "ns": 6,
            "title": f"File:Portrait {number}.jpg",
            "index": number + 1,
            "imagerepository": "local",
            "imageinfo": [
                {
                    "size": 1234567,
                    "width": 1200,
                    "height": 1600,
                    "thumburl": f"{each.url}-1920px.jpg",
                    "thumbwidth": 1200,
                    "thumbheight": 1600,
                    "url": each.url,
                    "descriptionurl": f"https://commons.wikimedia.org/wiki/File:Portrait_{number}.jpg",
                    "descriptionshorturl": f"https://commons.wikimedia.org/w/index.php?curid={500 + number}",
                    "mime": "image/jpeg",
                    "extmetadata": {
                        "ObjectName": {"value": each.title, "source": "mediawiki-metadata", "hidden": ""},
                        "Artist": {
                            "value": f'<a href="//commons.wikimedia.org/wiki/User:Ada">{each.author}</a>',
                            "source": "commons-desc-page",
                        },
                        "License": {
                            "value": f"cc-{each.licence}-{each.version}",
                            "source": "commons-templates",
                            "hidden": "",
                        },
                        "LicenseShortName": {
                            "value": f"CC {each.licence.upper()} {each.version}",
                            "source": "commons-desc-page",
                            "hidden": "",
                        },
                        "LicenseUrl": {
                            "value": f"https://creativecommons.org/licenses/{each.licence}/{each.version}",
                            "source": "commons-desc-page",
                            "hidden": "",
                        },
                    },
                }
            ],
        }
        # The service lists pages by their numbers; `index` says which fits best.
        for number, each in reversed(list(enumerate(listed)))
    ]
    content: dict[str, object] = {"batchcomplete": True, "query": {"pages": pages}}
    if goes_on_at is not None:
        content = {"continue": {"gsroffset": goes_on_at, "continue": "gsroffset||"}} | content
    return as_json(content)
