"""Wikimedia Commons, by MediaWiki's own interface (mediawiki.org: API:Search, API:Imageinfo, API:Etiquette).

`maxlag` has a busy server answer with an error of that name instead of working; `Retry-After` then says when to return.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from html.parser import HTMLParser

from pydantic import BaseModel, ValidationError

from engine.gather.http import Refused
from engine.gather.providers import Candidate, HttpGet
from engine.records.gather_request import Licence, Refusal

_PAGE = 30
_PAGES = 20
_WIDTH = 1920
"""Wider pictures are taken as a thumbnail of this width, one of those that the servers keep ready."""
_PROPERTIES = "Artist|LicenseShortName|LicenseUrl|License|ObjectName"
_LAG_ATTEMPTS = 3


class _Value(BaseModel):
    value: str | int | float | bool | None = None

    @property
    def text(self) -> str:
        return str(self.value or "")


class _Info(BaseModel):
    url: str
    thumburl: str | None = None
    width: int = 0
    mime: str = ""
    descriptionurl: str = ""
    extmetadata: dict[str, _Value] = {}

    def property_text(self, name: str) -> str:
        """Return a property as plain text."""
        return plain(self.extmetadata[name].text) if name in self.extmetadata else ""


class _Page(BaseModel):
    title: str
    index: int = 0
    imageinfo: list[_Info] = []


class _Query(BaseModel):
    pages: list[_Page] = []


class _Continue(BaseModel):
    gsroffset: int | None = None


class _Error(BaseModel):
    code: str = ""


class _Answer(BaseModel):
    query: _Query = _Query()
    error: _Error | None = None
    # `continue` is a word of Python's.
    model_config = {"alias_generator": lambda name: "continue" if name == "continuation" else name}
    continuation: _Continue = _Continue()


class Commons:
    """Asks Wikimedia Commons."""

    name = "commons"

    def __init__(self, client: HttpGet, base_url: str) -> None:
        self._client = client
        self._url = f"{base_url.rstrip('/')}/w/api.php"

    async def search(self, topic: str, licences: Sequence[Licence]) -> AsyncIterator[Sequence[Candidate]]:
        """Yield pages of photographs and paintings; drawings (SVG), sound and documents are not asked for."""
        offset: int | None = 0
        for _ in range(_PAGES):
            answer = await self._ask(topic, offset or 0)
            pages = sorted(answer.query.pages, key=lambda page: page.index)
            yield [_candidate(page, page.imageinfo[0], licences) for page in pages if page.imageinfo]
            offset = answer.continuation.gsroffset
            if offset is None:
                return

    async def _ask(self, topic: str, offset: int) -> _Answer:
        parameters = {
            "action": "query",
            "format": "json",
            "formatversion": "2",
            "maxlag": "5",
            "generator": "search",
            "gsrsearch": f"filetype:bitmap {topic[:200]}",
            "gsrnamespace": "6",
            "gsrlimit": str(_PAGE),
            "gsroffset": str(offset),
            "prop": "imageinfo",
            "iiprop": "url|size|mime|extmetadata",
            "iiurlwidth": str(_WIDTH),
            "iiextmetadatafilter": _PROPERTIES,
        }
        for _ in range(_LAG_ATTEMPTS):
            try:
                answer = _Answer.model_validate_json(await self._client.get(self._url, parameters))
            except ValidationError as error:
                raise Refused(Refusal.SERVER) from error
            if answer.error is None:
                return answer
            if answer.error.code not in ("maxlag", "ratelimited"):
                break
        raise Refused(Refusal.SERVER)


def licence_code(short: str) -> str:
    """Return the short name of a licence that Commons writes as `cc-by-sa-4.0`, `pd`, `cc0`; empty where unknown."""
    words = short.lower().replace(" ", "-")
    if words.startswith(("cc0", "cc-zero")):
        return Licence.CC0
    if re.match(r"(pd|public-domain|no-restrictions)\b", words):
        return Licence.PUBLIC_DOMAIN
    found = re.match(r"cc-(by(?:-nc)?(?:-sa|-nd)?)(?:-\d|$)", words)
    return found[1] if found else ""


def plain(markup: str) -> str:
    """Return a piece of HTML as text on one line: authors come as links."""
    reader = _Text()
    reader.feed(markup)
    reader.close()
    return " ".join("".join(reader.parts).split())


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _candidate(page: _Page, info: _Info, licences: Sequence[Licence]) -> Candidate:
    short = info.property_text("LicenseShortName")
    code = licence_code(info.property_text("License")) or licence_code(short)
    address = info.property_text("LicenseUrl")
    return Candidate(
        provider=Commons.name,
        file_url=info.thumburl if info.thumburl and info.width > _WIDTH else info.url,
        page_url=info.descriptionurl,
        title=info.property_text("ObjectName") or page.title.removeprefix("File:"),
        author=info.property_text("Artist"),
        licence=short or code,
        licence_url=f"https:{address}" if address.startswith("//") else address,
        is_allowed=code in licences,
    )
