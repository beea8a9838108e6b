"""Text for people to read: numbers with nouns, and names that strangers chose, made safe for a terminal or a log.

A file name may hold anything but a slash: escape codes that repaint the screen, line breaks that forge a second log
line, marks that reverse the reading direction so that `gpj.exe` reads `exe.jpg`.
"""

from __future__ import annotations

import datetime as dt
import unicodedata

LONGEST = 200
"""Letters; longer names are cut in the middle, since both ends tell them apart."""
_LONGEST_LINE = 4000
"""Letters of a line of a log: some sentences with several names in them."""
_STAND_IN = "\N{REPLACEMENT CHARACTER}"
_MOST_MARKS = 4
"""Accents one letter may carry, as many as any living script stacks; more paint over the lines around."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def printable(name: str, longest: int = LONGEST) -> str:
    """Return a name with nothing in it but letters that stay where they are printed.

    Control codes, line breaks, direction marks, invisible letters and halves of letters become `�`; everything that
    people write names with (any script, accents, emoji) stays.

    Args:
        name: Name of a file, a project or a person, or a path as text.
        longest: Letters to keep at most.
    """
    letters, marks = [], 0
    for letter in name:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MOST_MARKS:
            letters.append(_shown(letter))
    text = "".join(letters)
    if len(text) <= longest:
        return text
    head = (longest - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (longest - 1 - head) :]}"


def counted(number: float, one: str, many: str = "") -> str:
    """Return a number and what it counts: `1 face`, `10,000 faces`; `many` where an s does not make the plural."""
    return f"{number:,.0f} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """Return a length of time: `40 s`, `12 min`, `2 h 05 min`, `3 d 4 h`."""
    whole = max(0, round(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{round(whole / _MINUTE)} min"
    if whole < _DAY:
        hours, minutes = divmod(5 * round(whole / _MINUTE / 5), 60)
        return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
    days, hours = divmod(round(whole / _HOUR), 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def log_line(words: str) -> str:
    """Return a line of a project's log, without its end: the time, in UTC, and what happened, whatever it names."""
    return f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%SZ}  {printable(words, _LONGEST_LINE)}"


def _shown(letter: str) -> str:
    if letter.isprintable():
        return letter
    # Spaces of other widths, as the no-break space of French file names, are harmless.
    return " " if unicodedata.category(letter) == "Zs" else _STAND_IN
