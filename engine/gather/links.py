"""Links that a person wrote down are a source of pictures, too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from engine.errors import MediaError
from engine.gather.providers import Candidate
from engine.gather.wish import Licence

_LONGEST_BYTES = 4 << 20
_MOST = 5000


class Links:
    """Names the pictures at some addresses; of their licences it knows nothing."""

    name = "link"

    def __init__(self, links: Sequence[str]) -> None:
        self._links = tuple(dict.fromkeys(links))

    async def search(self, topic: str, licences: Sequence[Licence]) -> AsyncIterator[Sequence[Candidate]]:
        """Yield all of them."""
        yield [Candidate(provider=self.name, file_url=link) for link in self._links]


def read_links(path: Path) -> tuple[str, ...]:
    """Return the addresses in a text file, one a line; lines that begin with `#` are remarks.

    Raises:
        MediaError: The file is not there, is no text, or a line is no address of the web.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_BYTES).decode()
    except (OSError, UnicodeDecodeError) as error:
        hint = "It takes a text file with one address a line."
        raise MediaError(f"{path.name} cannot be read as a list of links.", hint) from error
    lines = [line.strip() for line in text.lstrip("\N{BYTE ORDER MARK}").splitlines()]
    links = [line for line in lines if line and not line.startswith("#")]
    for link in links:
        if not is_link(link):
            raise MediaError(
                f"{path.name} has a line that is no address: {link[:80]}.", "Each begins with http:// or https://."
            )
    if not links:
        raise MediaError(f"There is no link in {path.name}.", "It takes one address a line.")
    return tuple(links[:_MOST])


def is_link(text: str) -> bool:
    """Return whether a text is an address of the web."""
    return text.lower().startswith(("http://", "https://")) and not any(letter.isspace() for letter in text)
