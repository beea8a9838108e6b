"""One line of what `make bench` prints."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was measured."""

    what: str
    measured: str
    aim: str
