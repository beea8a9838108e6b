"""A fixed clock, an engine and a daemon that only pretend, and files that look like media."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from collections import namedtuple
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from textual import events
from textual.pilot import Pilot
from textual.worker import Worker

from engine.errors import MediaError, UnderstudioError
from engine.project.presets import Preset
from engine.project.settings import ConvertSettings
from engine.records.blended_frame import BlendedFrame
from engine.records.check import CheckReport
from engine.records.explanation import Explanation, read_explanation
from engine.records.glance import Glance
from engine.records.pace import PaceStore, PresetPace
from engine.records.video_strip import Strip
from tests.tui.fake_gatherer import FakeGatherer
from tui.app import Wizard
from tui.drafts.store import DraftStore
from tui.messages import OpenProject
from tui.processes.engine_process import BlendFrame, CheckProgress
from tui.services import Services

SIZES = [
    pytest.param((80, 24), id="80x24"),
    # The same screens with more room are looked at with the journeys.
    pytest.param((120, 40), id="120x40", marks=pytest.mark.slow),
]
"""Of a plain SSH terminal, and of a larger one."""

ScreenT = TypeVar("ScreenT")

Scene = Callable[[Pilot[None]], Awaitable[None]]
Shot = Callable[[Scene], bool]
"""Compares the picture at the end of a scene with the one that was looked at."""

Usage = namedtuple("Usage", ["total", "used", "free"])
"""Of a disk, as `shutil` tells it."""

NOW = dt.datetime(2026, 11, 24, 21, 30, tzinfo=dt.UTC)


class FakeEngine:
    """Says what a test wants it to have seen; where nothing was said, the files cannot be read."""

    def __init__(self) -> None:
        self.reports: dict[str, CheckReport] = {}
        self.video: Strip | None = None
        self.blended: BlendedFrame | None = None
        self.asked_to_blend: list[ConvertSettings] = []
        self.glances: dict[str, Glance] = {}
        self.paces: list[PresetPace] = []
        self.explains: Path | None = None
        self.asked_to_explain: list[tuple[str, ...]] = []
        self.asked_for_pace: list[Preset] = []

    async def check(self, paths: Sequence[Path], thumbnails: Path, progress: CheckProgress) -> CheckReport:
        progress(1, 2)
        if thumbnails.name not in self.reports:
            raise UnderstudioError("These files were not looked at.", "You can go on.")
        return self.reports[thumbnails.name]

    async def strip(self, video: Path, thumbnails: Path) -> Strip:
        if self.video is None:
            raise UnderstudioError("This video was not looked at.", "You can go on.")
        return self.video

    async def glance(self, file: Path, place: Path) -> Glance:
        if file.name not in self.glances:
            raise MediaError("This file was not looked at.", "You can go on.")
        return self.glances[file.name]

    async def explain(self, words: Sequence[str]) -> Explanation:
        if self.explains is None:
            raise MediaError("This picture was not looked at.", "You can go on.")
        self.asked_to_explain.append(tuple(words))
        place = Path(words[words.index("--out") + 1])
        shutil.copytree(self.explains, place)
        return read_explanation(place)

    @asynccontextmanager
    async def blending(self, project: Path, share: float) -> AsyncIterator[BlendFrame]:
        async def blend(settings: ConvertSettings) -> BlendedFrame:
            if self.blended is None:
                raise UnderstudioError("There is no frame.", "You can go on.")
            self.asked_to_blend.append(settings)
            return self.blended

        yield blend

    async def calibrate(self, presets: Sequence[Preset], found: Callable[[PresetPace], None]) -> None:
        self.asked_for_pace += presets
        for pace in self.paces:
            found(pace)


class FakeDaemon:
    """A daemon that runs once it was started."""

    def __init__(self) -> None:
        self.running = False

    def is_running(self) -> bool:
        return self.running

    def start(self) -> None:
        self.running = True


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing moves by itself, and the person's own home is left alone."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    for name in ("NO_COLOR", "SSH_CONNECTION", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "understudio"


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def daemon() -> FakeDaemon:
    return FakeDaemon()


@pytest.fixture
def services(workspace: Path, engine: FakeEngine, daemon: FakeDaemon) -> Services:
    paces = PaceStore(workspace.parent / "pace.json", "this machine")
    # A screen must not depend on how long it took to be shown: tests let the wizard hear where they want it.
    return Services(workspace, DraftStore(workspace), engine, daemon, paces, clock=lambda: NOW, listens_every=3600.0)


@pytest.fixture
def wizard(services: Services) -> Wizard:
    return Wizard(services)


@pytest.fixture
def gatherer() -> FakeGatherer:
    return FakeGatherer()


@pytest.fixture
def gathering_wizard(services: Services, gatherer: FakeGatherer) -> Wizard:
    return Wizard(replace(services, gatherer=gatherer))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder that looks like photos to whoever reads the first bytes."""
    folder = tmp_path / "Anna Ek"
    folder.mkdir()
    for number in range(3):
        (folder / f"photo {number}.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes([number]) * 100)
    return folder


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A file that looks like a video to whoever reads the first bytes."""
    path = tmp_path / "ben.mp4"
    path.write_bytes(b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 100)
    return path


async def settle(pilot: Pilot[None]) -> None:
    """Wait until everything that runs in a thread has ended and was shown."""
    for _ in range(4):
        await pilot.pause()
        while any(worker.is_running and ends_by_itself(worker) for worker in pilot.app.workers):
            await pilot.pause(0.005)
    await pilot.pause()


async def until(pilot: Pilot[None], holds: Callable[[], object]) -> None:
    """Wait for something that happens in its own time; a test in which it never does fails."""
    async with asyncio.timeout(60):
        while not holds():
            await pilot.pause(0.005)


def ends_by_itself(worker: Worker[object]) -> bool:
    """Return whether it waits neither for the person nor for a child process."""
    # Those that are no threads may wait for a dialog.
    is_thread = worker._thread_worker  # noqa: SLF001 - Textual tells by nothing else which workers are threads
    return is_thread or worker.group in ("pace", "ask")


def shown(pilot: Pilot[None], kind: type[ScreenT]) -> ScreenT:
    """Return the screen in front, which has to be of this kind."""
    screen = pilot.app.screen
    assert isinstance(screen, kind)
    return screen


async def go_to_consent(pilot: Pilot[None], photos: Path, video: Path) -> None:
    """Begin a new project, and answer all that comes before the first question about consent."""
    await begin_with(pilot, photos)
    await pilot.press("ctrl+n")
    await give_path(pilot, video)
    await pilot.press("ctrl+n")


async def paste(pilot: Pilot[None], text: str) -> None:
    """Paste a text where the cursor is, as a terminal does with dropped files."""
    pilot.app.post_message(events.Paste(text))
    await pilot.pause()


async def begin_with(pilot: Pilot[None], photos: Path) -> None:
    """Begin a new project, and say who will appear."""
    await settle(pilot)
    await pilot.press("n")
    await give_path(pilot, photos)


async def open_project(pilot: Pilot[None], path: Path, *keys: str) -> None:
    """Show a project, and press keys there."""
    await settle(pilot)
    pilot.app.post_message(OpenProject(path))
    await settle(pilot)
    if keys:
        await pilot.press(*keys)
        await settle(pilot)


async def give_path(pilot: Pilot[None], path: Path) -> None:
    """Answer with a path, and wait until it was looked at."""
    await paste(pilot, str(path))
    await pilot.press("enter")
    await settle(pilot)


@pytest.fixture(params=SIZES)
def shoot(request: pytest.FixtureRequest, snap_compare: Callable[..., bool], wizard: Wizard) -> Shot:
    def compare(scene: Scene) -> bool:
        async def play(pilot: Pilot[None]) -> None:
            await settle(pilot)
            await scene(pilot)
            await settle(pilot)

        return snap_compare(wizard, terminal_size=request.param, run_before=play)

    return compare
