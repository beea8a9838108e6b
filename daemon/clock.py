"""The time, as the daemon tells it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Moment:
    """Now, in both clocks: intervals are measured by the one that never jumps, dates come from the other."""

    monotonic: float
    wall: dt.datetime

    @property
    def today(self) -> dt.date:
        """The date here, as people write it into consent records."""
        return self.wall.astimezone().date()


Clock = Callable[[], Moment]


def system_clock() -> Moment:
    """Return now."""
    return Moment(time.monotonic(), dt.datetime.now(dt.UTC))
