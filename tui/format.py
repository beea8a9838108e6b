"""Figures in the words a person would use."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from rich.cells import cell_len, set_cell_size

from engine.errors import AccessRefused
from engine.host.home import home


def clock(moment: dt.datetime, now: dt.datetime) -> str:
    """Return a moment as a person would say it today: `14:32`, `tomorrow 8:05`, `Thu 8:05`, `3 Dec`."""
    days = (moment.date() - now.date()).days
    time = f"{moment.hour}:{moment.minute:02d}"
    if days == 0:
        return time
    if days == 1:
        return f"tomorrow {time}"
    if 1 < days < 7:
        return f"{moment:%a} {time}"
    return f"{moment.day} {moment:%b}"


def past(then: dt.datetime, now: dt.datetime) -> str:
    """Return a moment that is over as a person would say it: `14:32`, `yesterday 8:05`, `3 Dec`, `3 Dec 2025`."""
    then = then.astimezone(now.tzinfo)
    days = (now.date() - then.date()).days
    time = f"{then.hour}:{then.minute:02d}"
    if days <= 1:
        return time if days < 1 else f"yesterday {time}"
    return f"{then.day} {then:%b}" if then.year == now.year else f"{then.day} {then:%b %Y}"


def moment(then: dt.datetime, now: dt.datetime) -> str:
    """Return a moment with its zone, for whoever sits in another: `tomorrow 8:05 CET`."""
    return f"{clock(then, now)} {then:%Z}".rstrip()


def megabytes(size_bytes: float) -> str:
    """Return a size: `340 kB`, `12 MB`, `1.4 GB`."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= scale:
            value = size_bytes / scale
            return f"{value:.1f} {unit}" if value < 10 and unit == "GB" else f"{value:.0f} {unit}"
    return f"{size_bytes:.0f} B"


def bar(share: float, width: int) -> str:
    """Return a progress bar of `width` cells, readable without colour."""
    filled = round(max(0.0, min(1.0, share)) * width)
    return "━" * filled + "╌" * (width - filled)


def fit(text: str, width: int) -> str:
    """Return text of exactly `width` cells, shortened in the middle where it is longer, wide letters counted."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    if width < 8:
        return set_cell_size(text, width)
    tail = text[-(width // 3) :]
    while cell_len(tail) > width // 3:
        tail = tail[1:]
    head = set_cell_size(text, width - cell_len(tail) - 1).rstrip()
    return set_cell_size(f"{head}…{tail}", width)


def fit_end(text: str, width: int) -> str:
    """Return text of exactly `width` cells, shortened at its end where it is longer, wide letters counted."""
    if cell_len(text) <= width or width < 2:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)


def short_path(path: Path) -> str:
    """Return a path as people write it: `~/films/anna.mp4`."""
    try:
        return str(Path("~") / path.relative_to(home()))
    except (ValueError, AccessRefused):
        return str(path)
