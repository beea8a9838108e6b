"""What all providers of pictures have in common, and which there are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from engine.project.attribution import Credits
from engine.records.gather_request import Licence


class Ask(Protocol):
    """How a provider asks its server."""

    async def ask(self, url: str, parameters: Mapping[str, str]) -> bytes:
        """Return the answer to a search.

        Raises:
            Refused: There is none.
            HostBusy: The server wants to be left alone.
        """
        ...


class Candidate(Credits):
    """A picture that a provider names."""

    is_allowed: bool = True
    """The licence is among those asked for, or is not known and nobody asked."""


class Provider(Protocol):
    """Somebody who names pictures."""

    name: str
    """As in a picture's sidecar."""

    def search(self, topic: str, licences: Sequence[Licence]) -> AsyncIterator[Sequence[Candidate]]:
        """Yield pages of pictures, the best matches first, until there are no more.

        Raises:
            Refused: The server does not answer, or not in the format it documents.
            HostBusy: The server wants to be left alone.
        """
        ...
