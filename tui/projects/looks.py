"""The pictures of what a video will be: one frame drawn ahead, and what the model could do when last looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.records.foretaste import FORETASTE_WORDS


@dataclass(frozen=True, kw_only=True)
class LookFacts:
    """What a picture of squares side by side is."""

    title: str
    """What it is, over the whole screen."""
    captions: tuple[str, ...]
    """What each of its squares is, from the left."""
    words: str
    """What is said of it; empty where its captions say all."""


class Look(StrEnum):
    """Which of these pictures it is."""

    FORETASTE = "foretaste"
    PREVIEW = "preview"

    @property
    def facts(self) -> LookFacts:
        """What such a picture is."""
        match self:
            case Look.FORETASTE:
                return _FORETASTE
            case Look.PREVIEW:
                return _PREVIEW


_FORETASTE = LookFacts(title="about what it will be", captions=("as filmed", "about so"), words=FORETASTE_WORDS)
_PREVIEW = LookFacts(
    title="each, what the model makes of them, and the swap",
    captions=("source", "rebuilt", "target", "rebuilt", "swap"),
    words="",
)
