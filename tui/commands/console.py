"""Words and progress lines on a plain terminal, or in a file where output is redirected."""

from __future__ import annotations

import os
import shutil
import sys
import time
from types import TracebackType
from typing import Self

import typer

from engine.project.stage import Progress
from engine.text import printable

_QUIET_SECONDS = 10.0
"""Between two lines where the output is a file: often enough to follow, rarely enough to read."""

_LONGEST_LINE = 10_000
"""Letters; for a whole report as JSON, lines are long."""


def open_missing_streams() -> None:
    """Put nothing in the place of standard input, output and error where whoever started us closed them.

    The next file that is opened, a database or a video, would otherwise get the number of one of them.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def say(text: str) -> None:
    """Print lines for the user; what a file's name could do to a terminal is taken out."""
    typer.echo(_harmless(text))


def complain(title: str, hint: str) -> None:
    """Print what went wrong and what to do now, on standard error."""
    typer.echo(typer.style(_harmless(title), fg=typer.colors.RED, bold=True), err=True)
    typer.echo(_harmless(hint), err=True)


def _harmless(text: str) -> str:
    return "\n".join(printable(line, longest=_LONGEST_LINE) for line in text.split("\n"))


def duration(seconds: float) -> str:
    """Return a length of time in words: `40 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def progress_line(progress: Progress) -> str:
    """Return a stage's progress as one line: done/total, rate, time left."""
    parts = [progress.stage.facts.doing.capitalize().ljust(13)]
    if progress.total:
        parts.append(f"{100 * min(1.0, progress.done / progress.total):3.0f} %")
    if progress.unit == "minutes":
        parts.append(f"{duration(60 * progress.done)} of {duration(60 * progress.total)}")
    elif progress.done or progress.total:
        parts.append(f"{progress.done:.0f}" + (f"/{progress.total:.0f} {progress.unit}" if progress.total else ""))
    if progress.step is not None and progress.unit != "steps":
        parts.append(f"step {progress.step}")
    if progress.rate and progress.unit != "minutes":
        parts.append(f"{progress.rate:.1f}/s")
    if progress.loss is not None:
        parts.append(f"loss {progress.loss:.4f}")
    if progress.eta_seconds is not None:
        parts.append(f"{duration(progress.eta_seconds)} left")
    return "  ".join([*parts, progress.message]).rstrip()


class RewrittenLine:
    """A line that is written over where a person watches, and printed now and then where nobody does."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._width = 0
        self._printed_at = -_QUIET_SECONDS
        self._last = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.end()

    def write(self, text: str, *, is_new: bool = False) -> None:
        """Show `text` in place of the last one; `is_new` keeps the last one and begins another line."""
        if is_new:
            self.end()
        self._last = printable(text, longest=_LONGEST_LINE)
        if self._live:
            shown = self._last[: shutil.get_terminal_size().columns - 1]
            typer.echo("\r" + shown.ljust(self._width), nl=False)
            self._width = len(shown)
        elif time.monotonic() - self._printed_at >= _QUIET_SECONDS:
            self._print()

    def say(self, text: str) -> None:
        """Leave the last text standing, and print lines that stay."""
        self.end()
        say(text)

    def end(self) -> None:
        """Leave the last text standing and go to a new line."""
        if self._live and self._last:
            typer.echo("")
        elif self._last:
            self._print()
        self._last, self._width, self._printed_at = "", 0, -_QUIET_SECONDS

    def _print(self) -> None:
        typer.echo(self._last)
        self._last, self._printed_at = "", time.monotonic()


class CopyLine(RewrittenLine):
    """Shows how much of the media is in the project folder."""

    def show(self, done_bytes: int, total_bytes: int) -> None:
        """Show megabytes done and in all."""
        self.write(f"Bringing in media: {done_bytes / 1e6:.1f} of {total_bytes / 1e6:.1f} MB")
