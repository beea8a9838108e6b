"""Links that a person wrote down are a source of pictures, too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from engine.gather.providers import Candidate
from engine.records.gather_request import Licence


class Links:
    """Names the pictures at some addresses; of their licences it knows nothing."""

    name = "link"

    def __init__(self, links: Sequence[str]) -> None:
        self._links = tuple(dict.fromkeys(links))

    async def search(self, topic: str, licences: Sequence[Licence]) -> AsyncIterator[Sequence[Candidate]]:
        """Yield all of them."""
        yield [Candidate(provider=self.name, file_url=link) for link in self._links]
