"""The two people of a project."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Which of the two people something is about."""

    SOURCE = "source"
    """The person who will appear."""
    TARGET = "target"
    """The person in the video who is replaced."""

    @property
    def person(self) -> str:
        """The person, as sentences name them."""
        match self:
            case Role.SOURCE:
                return "the person who will appear"
            case Role.TARGET:
                return "the person who is replaced"

    @property
    def other(self) -> Role:
        """The other of the two."""
        match self:
            case Role.SOURCE:
                return Role.TARGET
            case Role.TARGET:
                return Role.SOURCE
