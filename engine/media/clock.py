"""Time that goes on where a file's clock starts again: recordings put one behind the other, each with its own clock."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

_BACK_STEPS = 2
_BACK_SECONDS = Fraction(3, 10)
"""A stamp that is earlier by more of both belongs to another recording; by less, it is merely wrong."""
LEAP_SECONDS = 10
_LEAP_STEPS = 10
"""A broadcast in which nothing is shown for so long was put together of two recordings."""


class RunningClock:
    """Turns the stamps of one stream, in the order in which they come, into times that go on."""

    def __init__(self, offsets: Sequence[Fraction] = (), *, may_leap: bool = False) -> None:
        """Begin with the first recording.

        Args:
            offsets: Seconds that another stream of the file found to add after the first, second... restart; this one
                does the same, so that they stay together.
            may_leap: Whether stamps much later than the one before count as a restart as well, and not as a pause.
        """
        self.offsets: list[Fraction] = [Fraction(0)]
        """Seconds added to the stamps of each recording so far; the first one's are taken as they are."""
        self._known = tuple(offsets)
        self._may_leap = may_leap
        self._last: Fraction | None = None

    @property
    def has_restarted(self) -> bool:
        """Whether there was more than one recording."""
        return len(self.offsets) > 1

    def time_of(self, stamp: Fraction, step: Fraction) -> Fraction:
        """Return the time of the next stamp, in seconds.

        Args:
            stamp: Seconds on the file's clock.
            step: Seconds for which what has this stamp usually lasts.
        """
        time = stamp + self.offsets[-1]
        if self._last is not None:
            if self._is_restart(time, step):
                self.offsets.append(self._next_offset(stamp, step))
            elif self._was_one_wrong_stamp(stamp, time):
                self.offsets.pop()
            time = stamp + self.offsets[-1]
        self._last = time
        return time

    def _is_restart(self, time: Fraction, step: Fraction) -> bool:
        assert self._last is not None
        apart = time - self._last
        leap = max(Fraction(LEAP_SECONDS), _LEAP_STEPS * step)
        return apart < -max(_BACK_SECONDS, _BACK_STEPS * step) or (self._may_leap and apart > leap)

    def _next_offset(self, stamp: Fraction, step: Fraction) -> Fraction:
        number = len(self.offsets) - 1
        if number < len(self._known):
            return self._known[number]
        assert self._last is not None
        return self._last + step - stamp

    def _was_one_wrong_stamp(self, stamp: Fraction, time: Fraction) -> bool:
        """Return whether the recording before the restart goes on, as after a single stamp that was damaged."""
        assert self._last is not None
        return self.has_restarted and self._last < stamp + self.offsets[-2] < time
