"""What the engine has seen in chosen media: figures, advice, and faces or frames to recognise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Label, Static

from engine.records.check import CheckReport, PersonSeen, advise_on_video
from engine.records.video_strip import Strip
from engine.role import Role
from engine.text import counted, duration
from tui.drafts.checks import Check
from tui.format import bar
from tui.theme import BAD
from tui.widgets.picture import Picture

_MOST_PERSONS = 3


class Gallery(Horizontal):
    """A row of small pictures, each with a word beneath."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, classes="gallery")
        self._shown: Sequence[tuple[Path, str]] = ()

    def show(self, pictures: Sequence[tuple[Path, str]]) -> None:
        """Show other pictures; nothing is touched where they are the same."""
        if pictures != self._shown:
            self._shown = pictures
            self.display = bool(pictures)
            self.remove_children()
            self.mount_all(_card(path, words) for path, words in pictures)


class CheckPanel(Vertical):
    """Fills as the engine looks."""

    def __init__(self, role: Role) -> None:
        super().__init__(id="check")
        self._role = role

    def compose(self) -> ComposeResult:
        """Yield words and pictures."""
        yield Gallery(id="strip")
        with Horizontal(id="check-body"):
            yield Static(id="check-words", markup=False)
            yield Gallery(id="check-persons")

    def show(self, check: Check) -> None:
        """Show how far the look is, or what came of it."""
        self.query_one("#check-words", Static).update(words_of(check, self._role))
        strip = [(path, "") for path in check.strip.thumbnails] if check.strip else []
        self.query_one("#strip", Gallery).show(strip)
        persons = check.report.persons[:_MOST_PERSONS] if check.report and self._role is Role.SOURCE else []
        self.query_one("#check-persons", Gallery).show([(seen.thumbnail, caption(seen)) for seen in persons])


def words_of(check: Check, role: Role) -> Text:
    """Return what is known so far, in a few lines."""
    lines = Text()
    if check.strip is not None:
        lines.append(f"{_strip_words(check.strip)}\n", "bold")
    if check.failure:
        return lines.append(f"! {check.failure}", BAD)
    if check.report is None:
        if not check.paths:
            return lines
        share = check.done / check.total if check.total else 0.0
        return lines.append(f"{bar(share, 16)}  Looking for faces … you need not wait.", "dim")
    lines.append(f"{_figures(check.report)}\n", "bold")
    for sentence in check.report.advice if role is Role.SOURCE else advise_on_video(check.report):
        lines.append(f"· {sentence}\n")
    lines.rstrip()
    return lines


def caption(seen: PersonSeen) -> str:
    """Return a person's number and how often they were seen."""
    return f"person {seen.number}: {100 * seen.share:.0f} %"


def _figures(report: CheckReport) -> str:
    seen, total = report.photos_seen + report.frames_seen, report.photos + report.frames
    # Files that cannot be read are said apart; they make no sample of the others.
    is_sample = seen < total - len(report.skipped)
    looked = f"a sample: {seen:,} of {counted(total, 'picture')}" if is_sample else counted(seen, "picture")
    parts = [f"{counted(report.faces, 'face')} in {looked}", counted(len(report.persons), "person")]
    if report.width_px is not None:
        parts.append(f"{report.width_px.median:.0f} px wide")
    return ", ".join(parts)


def _strip_words(strip: Strip) -> str:
    sound = {0: "no sound", 1: "sound"}.get(strip.sound_tracks, f"{strip.sound_tracks} sound tracks")
    hdr = ", HDR" if strip.is_hdr else ""
    rate = f"{strip.frame_rate:.2f}".rstrip("0").rstrip(".")
    return f"{duration(strip.seconds)}, {strip.width}×{strip.height}, {rate} frames a second, {sound}{hdr}"


def _card(path: Path, words: str) -> Vertical:
    return Vertical(Picture(path), Label(words, markup=False), classes="card")
