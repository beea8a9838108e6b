"""General image search, for those who ask for it: what these find belongs to somebody, under terms they do not say.

It goes through the ddgs library, an extra of this program (`understudio[websearch]`), which makes its own connections
to the search engine; the pictures themselves are fetched by this program's own HTTP client. It knows the engines that
answer programs: DuckDuckGo and Bing, whose index DuckDuckGo uses, too. Google's pages need a browser, and its interface
for programs (developers.google.com: Custom Search JSON API) takes no new users and ends on 1 January 2027.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from engine.errors import SourceUnavailable
from engine.gather.http import Refused
from engine.gather.providers import Candidate
from engine.records.gather_request import Licence, ProviderName, Refusal

try:
    import ddgs
    import ddgs.exceptions
    from ddgs.engines import ENGINES
except ImportError:
    ddgs = None
    ENGINES = {}

_PAGES = 5
_OTHERS = "Ask `--provider bing` or `duckduckgo`, or leave it out: Openverse and Commons need nothing more."


class WebSearch:
    """Asks one of the general search engines."""

    def __init__(self, engine: ProviderName) -> None:
        """Make it ready.

        Raises:
            SourceUnavailable: The library is not installed, or does not know this engine.
        """
        if engine is ProviderName.GOOGLE:
            raise SourceUnavailable(
                "Google offers programs no search for pictures: its interface takes no new users and ends on 1 January "
                "2027, and no library that is kept up reads its pages.",
                _OTHERS,
            )
        if ddgs is None:
            raise SourceUnavailable(
                "General image search is not installed.",
                "Install it with `pip install ddgs`, or take Openverse and Commons, which need nothing more.",
            )
        offered = sorted(ENGINES.get("images", {}))
        if engine not in offered:
            raise SourceUnavailable(
                f"The installed search library does not offer pictures from {engine}.",
                f"It offers: {', '.join(offered)}. Openverse and Commons work without it.",
            )
        self.name = str(engine)

    async def search(self, topic: str, licences: Sequence[Licence]) -> AsyncIterator[Sequence[Candidate]]:
        """Yield pages of pictures; DuckDuckGo's own filter for decency is on, and Bing's is as Bing sets it."""
        for number in range(1, _PAGES + 1):
            try:
                found = await asyncio.to_thread(_images, topic, self.name, number)
            except ddgs.exceptions.DDGSException as error:
                if number == 1:
                    raise Refused(Refusal.SERVER) from error
                return
            yield [_candidate(self.name, each) for each in found if each.get("image")]


def _images(topic: str, engine: str, page: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ddgs.DDGS(timeout=20).images(
        topic, backend=engine, safesearch="on", page=page, max_results=None
    )
    return found


def _candidate(engine: str, found: dict[str, Any]) -> Candidate:
    return Candidate(
        provider=engine,
        file_url=str(found["image"]),
        page_url=str(found.get("url") or ""),
        title=str(found.get("title") or ""),
    )
