"""Openverse: openly licensed pictures from Flickr, museums and many others (docs.openverse.org, API version 1).

Without a key: at most 20 pictures a page, some 20 requests a minute and 200 a day, which its headers count down.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from pydantic import BaseModel, ValidationError

from engine.gather.http import Refused
from engine.gather.providers import Candidate, HttpGet
from engine.records.gather_request import Licence, Refusal

_PAGE = 20
"""Most that it gives to those without a key; more is answered with 401."""
_PAGES = 12
"""It goes no deeper than 240 pictures."""
_PUBLIC_DOMAIN = {"cc0": "CC0", "pdm": "Public Domain Mark"}


class _Result(BaseModel):
    url: str | None = None
    foreign_landing_url: str | None = None
    title: str | None = None
    creator: str | None = None
    creator_url: str | None = None
    license: str = ""
    license_version: str | None = None
    license_url: str | None = None
    mature: bool = False


class _Page(BaseModel):
    page_count: int = 0
    results: list[_Result] = []


class Openverse:
    """Asks Openverse."""

    name = "openverse"

    def __init__(self, client: HttpGet, base_url: str) -> None:
        self._client = client
        self._url = f"{base_url.rstrip('/')}/v1/images/"

    async def search(self, topic: str, licences: Sequence[Licence]) -> AsyncIterator[Sequence[Candidate]]:
        """Yield pages of pictures; pictures marked as mature are left out."""
        wanted = ",".join(licences)
        for number in range(1, _PAGES + 1):
            parameters = {"q": topic[:200], "license": wanted, "page": str(number), "page_size": str(_PAGE)}
            page = _parse(await self._client.get(self._url, parameters | {"mature": "false"}))
            yield [_candidate(result, licences) for result in page.results if result.url and not result.mature]
            if number >= page.page_count:
                return


def _parse(answer: bytes) -> _Page:
    try:
        return _Page.model_validate_json(answer)
    except ValidationError as error:
        raise Refused(Refusal.SERVER) from error


def _candidate(result: _Result, licences: Sequence[Licence]) -> Candidate:
    code = result.license.lower()
    name = _PUBLIC_DOMAIN.get(code, f"CC {code.upper()}")
    return Candidate(
        provider=Openverse.name,
        file_url=result.url or "",
        page_url=result.foreign_landing_url or "",
        title=result.title or "",
        author=result.creator or "",
        author_url=result.creator_url or "",
        licence=f"{name} {result.license_version or ''}".strip(),
        licence_url=result.license_url or "",
        is_allowed=code in licences,
    )
