"""What is typed on the gather screen, and the request that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.errors import MediaError
from engine.project.media_kinds import MediaKind, kind_of, list_media
from engine.records.gather_request import (
    DEFAULT_LICENCES,
    MOST_WANTED,
    OPEN_PROVIDERS,
    GatherRequest,
    Licence,
    ProviderName,
    is_link,
    read_links,
)
from engine.role import Role
from tui.drafts.paths import describe_path, typed_paths

MOST_LIKE = 8
"""Photos that show the person: a few tell as much as many, and each costs a moment at every start."""


class GatherFrom(StrEnum):
    """Where pictures come from."""

    OPEN = "open"
    DUCKDUCKGO = "duckduckgo"
    BING = "bing"
    LINKS = "links"
    VIDEO = "video"

    @property
    def providers(self) -> tuple[ProviderName, ...]:
        """Who is asked for pictures; nobody where the person brings their own."""
        match self:
            case GatherFrom.OPEN:
                return OPEN_PROVIDERS
            case GatherFrom.DUCKDUCKGO:
                return (ProviderName.DUCKDUCKGO,)
            case GatherFrom.BING:
                return (ProviderName.BING,)
            case GatherFrom.LINKS | GatherFrom.VIDEO:
                return ()

    @property
    def subject(self) -> str:
        """The field that says of whom."""
        match self:
            case GatherFrom.OPEN | GatherFrom.DUCKDUCKGO | GatherFrom.BING:
                return "topic"
            case GatherFrom.LINKS | GatherFrom.VIDEO:
                return self.value


class Terms(StrEnum):
    """Which licences are taken."""

    ANY_PURPOSE = "any-purpose"
    NON_COMMERCIAL = "non-commercial"
    NO_CONDITIONS = "no-conditions"

    @property
    def licences(self) -> tuple[Licence, ...]:
        """The licences that are taken."""
        match self:
            case Terms.ANY_PURPOSE:
                return DEFAULT_LICENCES
            case Terms.NON_COMMERCIAL:
                return tuple(Licence)
            case Terms.NO_CONDITIONS:
                return (Licence.CC0, Licence.PUBLIC_DOMAIN)


class InvalidAnswer(Exception):
    """Something that was typed cannot be used."""

    def __init__(self, field: str, words: str) -> None:
        """Say what.

        Args:
            field: Name of the field in `GatherAnswers`.
            words: What is wrong, as a sentence that fits beneath it.
        """
        super().__init__(words)
        self.field = field
        self.words = words


@dataclass(frozen=True)
class GatherAnswers:
    """What was chosen and typed."""

    source: GatherFrom
    topic: str
    links: str
    """Addresses, or the path of a list of them."""
    video: str
    like: str
    """Paths of photos that show the person; may be empty."""
    count: str
    terms: Terms

    def request(self, into: Path, person: Role) -> GatherRequest:
        """Return the request. Looks at the files that are named: call from a worker.

        Raises:
            InvalidAnswer: Something cannot be used.
        """
        return GatherRequest(
            into=into,
            person=person,
            topic=self._topic() if self.source.providers else "",
            count=self._count(),
            providers=self.source.providers or OPEN_PROVIDERS,
            licences=self.terms.licences,
            links=self._links() if self.source is GatherFrom.LINKS else (),
            video=self._video() if self.source is GatherFrom.VIDEO else None,
            like=self._like(),
        )

    def _topic(self) -> str:
        if not self.topic.strip():
            raise InvalidAnswer("topic", "Say whom or what to look for.")
        return self.topic.strip()

    def _count(self) -> int:
        text = self.count.strip()
        if not text.isdecimal() or not 1 <= int(text) <= MOST_WANTED:
            raise InvalidAnswer("count", f"Give a number from 1 to {MOST_WANTED}.")
        return int(text)

    def _links(self) -> tuple[str, ...]:
        words = self.links.split()
        if words and all(map(is_link, words)):
            return tuple(words)
        paths = typed_paths(self.links, Path.cwd())
        if len(paths) != 1 or not paths[0].is_file():
            raise InvalidAnswer("links", "Paste links, or the path of a text file with one a line.")
        try:
            return read_links(paths[0])
        except MediaError as error:
            raise InvalidAnswer("links", f"{error.title} {error.hint}") from error

    def _video(self) -> Path:
        paths = typed_paths(self.video, Path.cwd())
        if len(paths) != 1 or kind_of(paths[0]) is not MediaKind.VIDEO:
            raise InvalidAnswer("video", "Give the path of one video on this machine; F2 browses.")
        return paths[0].absolute()

    def _like(self) -> tuple[Path, ...]:
        found: list[Path] = []
        for path in typed_paths(self.like, Path.cwd()):
            try:
                describe_path(path)
            except MediaError as error:
                raise InvalidAnswer("like", error.title) from error
            found += list_media(path).photos if path.is_dir() else [path]
        if any(kind_of(path) is not MediaKind.PHOTO for path in found):
            raise InvalidAnswer("like", "These are to be photos.")
        if len(found) > MOST_LIKE:
            raise InvalidAnswer("like", f"These are {len(found)} photos: give {MOST_LIKE} at most.")
        return tuple(path.absolute() for path in found)
