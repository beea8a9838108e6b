"""A provider of pictures from links that a person wrote down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from engine.gather.providers import Candidate
from engine.records.gather_request import Licence


class Links:
    """Offers the pictures at some addresses; their licences are unknown."""

    name = "link"

    def __init__(self, links: Sequence[str]) -> None:
        self._links = tuple(dict.fromkeys(links))

    async def search(self, topic: str, licences: Sequence[Licence]) -> AsyncIterator[Sequence[Candidate]]:
        """Yield all of them."""
        yield [Candidate(provider=self.name, file_url=link) for link in self._links]
