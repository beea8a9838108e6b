"""What all providers of pictures have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from engine.project.attribution import Credits
from engine.records.gather_request import Licence


class HttpGet(Protocol):
    """What a provider needs of the HTTP client."""

    async def get(self, url: str, parameters: Mapping[str, str]) -> bytes:
        """Return the body of the answer to a search.

        Raises:
            Refused: There is none.
            HostBusy: The server asks to wait longer than this run does.
        """
        ...


class Candidate(Credits):
    """A picture that a provider offers."""

    is_allowed: bool = True
    """The licence is among those asked for, or is unknown and was not asked for."""


class Provider(Protocol):
    """A service, or a list of links, that offers pictures."""

    name: str
    """Name of the provider, as in a picture's sidecar."""

    def search(self, topic: str, licences: Sequence[Licence]) -> AsyncIterator[Sequence[Candidate]]:
        """Yield pages of pictures, the best matches first, until there are no more.

        Raises:
            Refused: The server does not answer, or not in the format it documents.
            HostBusy: The server asks to wait longer than this run does.
        """
        ...
