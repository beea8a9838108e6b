"""The daemon's settings: `understudio.toml` in the workspace. Every setting has a default; the file may be absent."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Self, assert_never

from pydantic import Field, ValidationError, model_validator

from daemon.launching import Launcher
from engine.dask_scheduler import Scheduler
from engine.errors import ProjectError
from engine.files.refusal import refused
from engine.host import machine
from engine.host.cards import A_TRAINING
from engine.project.fence import SHARED_DISK
from engine.project.file import problems_in_words
from engine.project.limits import MOST_GIGAPIXELS, MOST_GIGAPIXELS_VARIABLE
from engine.project.settings import Strict
from engine.project.stage import StageName

_log = logging.getLogger(__name__)

SETTINGS_FILE = "understudio.toml"

_WHOLE_PATH = r"^(/.*)?$"

_CORES_BESIDE = 4
"""Cores for each further job: extraction or conversion of one video keeps about this many busy."""


class HookEvent(StrEnum):
    """When the user's command is run."""

    DONE = "done"
    FAILED = "failed"


class HookSettings(Strict):
    """A command of the user's that is run when something happened, to send a mail or a message."""

    command: tuple[str, ...] = ()
    """The program and its arguments; empty runs nothing. It finds the facts in variables, see `daemon.hooks`."""
    events: tuple[HookEvent, ...] = (HookEvent.DONE, HookEvent.FAILED)
    seconds: float = Field(30.0, gt=0, le=3600)
    """It is ended after this."""


class LaunchSettings(Strict):
    """Commands through which stages are started elsewhere, such as `["srun", "--gres=gpu:1"]`; empty starts them here.

    The project folder, and Understudio, must have the same paths there.
    """

    extract: tuple[str, ...] = ()
    train: tuple[str, ...] = ()
    convert: tuple[str, ...] = ()
    report: tuple[str, ...] = ()
    quotes: bool = False
    """The commands hand their words to a shell, as `ssh` does."""

    def launcher_of(self, stage: StageName) -> Launcher | None:
        """Return what a stage is started through; None where it is started here."""
        match stage:
            case StageName.EXTRACT:
                words = self.extract
            case StageName.TRAIN:
                words = self.train
            case StageName.CONVERT:
                words = self.convert
            case StageName.REPORT:
                words = self.report
            case _:
                assert_never(stage)
        return Launcher(words, self.quotes) if words else None


class ClusterSettings(Strict):
    """A Dask cluster whose machines find faces and convert; empty leaves that to this machine.

    The project folder, and the same Understudio, must have the same paths there.
    """

    scheduler: str = Field("", pattern=r"^((tcp|tls)://\S+:\d+)?$")
    """Its address, such as `tcp://192.168.1.10:8786`. Whoever reaches it can run programs on all machines: keep it to a
    network that you trust, or begin it with `tls://`, which takes the three files."""
    ca_file: str = Field("", pattern=_WHOLE_PATH)
    """Who vouches for the machines, in PEM format."""
    certificate_file: str = Field("", pattern=_WHOLE_PATH)
    """Who this machine is, in PEM format."""
    key_file: str = Field("", pattern=_WHOLE_PATH)
    """The key to it, in PEM format."""

    @model_validator(mode="after")
    def _has_all_files(self) -> Self:
        files = (self.ca_file, self.certificate_file, self.key_file)
        if self.scheduler.startswith("tls://") is not all(files):
            raise ValueError("an address with tls:// takes ca_file, certificate_file and key_file, and no other does")
        return self

    @property
    def told(self) -> Scheduler:
        """What stages are told of it."""
        return Scheduler(self.scheduler, self.ca_file, self.certificate_file, self.key_file)

    def takes(self, stage: StageName) -> bool:
        """Return whether the machines of the cluster do the tasks of a stage."""
        return bool(self.scheduler) and stage.facts.spreads


class Settings(Strict):
    """How the daemon goes about its work."""

    heavy_jobs: int = Field(1, ge=1, le=64)
    """Trainings at a time; more than one wants a graphics card each."""
    cards_a_training: int = Field(1, ge=1, le=64)
    """Graphics cards that one training computes on, its faces divided among them; of fewer cards, all of them."""
    light_jobs: int | None = Field(None, ge=0, le=64)
    """Further jobs, extraction or conversion, beside the heavy ones; None counts the cores."""
    settle_seconds: float = Field(3.0, ge=0.05, le=3600)
    """A dropped folder is taken up when nothing in it has changed for this long."""
    rescan_seconds: float = Field(1.5, ge=0.05, le=3600)
    """Between two looks at the whole workspace; longer where a look takes long."""
    hang_seconds: float = Field(900.0, ge=1, le=86_400)
    """A stage that says nothing for this long has hung, and is ended and started again."""
    stop_seconds: float = Field(120.0, ge=0.5, le=3600)
    """Time for a stage to reach its safe point when a project is paused; after that it is ended."""
    min_free_mb: int = Field(1000, ge=1, le=100_000_000)
    """Room that is always left on the disk of a project."""
    max_video_gigapixels: float = Field(MOST_GIGAPIXELS, gt=0)
    """Frames times pixels of one video; larger ones are refused. Here and not in the project, which may be dropped."""
    shared: bool = False
    """Daemons of several machines may look after this folder at once; each has to be started anew when this changes."""
    hook: HookSettings = HookSettings()
    launch: LaunchSettings = LaunchSettings()
    cluster: ClusterSettings = ClusterSettings()

    def beside(self, cores: int | None = None) -> int:
        """Return how many light jobs may run beside the heavy ones on this machine."""
        if self.light_jobs is not None:
            return self.light_jobs
        return max(0, (cores or machine.cores()) // _CORES_BESIDE - 1)

    def for_stages(self) -> Mapping[str, str]:
        """Return what stages are told of them, as environment variables: where nothing is set, theirs hold."""
        told: dict[str, str] = {}
        if "max_video_gigapixels" in self.model_fields_set:
            told[MOST_GIGAPIXELS_VARIABLE] = str(self.max_video_gigapixels)
        if self.shared:
            told[SHARED_DISK] = "1"
        if self.cards_a_training > 1:
            told[A_TRAINING] = str(self.cards_a_training)
        if self.cluster.scheduler:
            told |= self.cluster.told.environment
        return told


def load_settings(workspace: Path) -> Settings:
    """Read the settings of a workspace.

    Raises:
        ProjectError: The file is not valid; the message names the setting.
    """
    file = workspace / SETTINGS_FILE
    hint = "Correct that line; until then the daemon goes on as before."
    try:
        return Settings.model_validate(tomllib.loads(file.read_text()))
    except FileNotFoundError:
        return Settings()
    except PermissionError as error:
        why = refused(file)
        raise ProjectError(why.title, why.hint) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProjectError(f"{SETTINGS_FILE} cannot be read: {error}.", hint) from error
    except ValidationError as error:
        raise ProjectError(f"{SETTINGS_FILE} is not valid: {problems_in_words(error)}.", hint) from error


class SettingsReader:
    """Reads the settings again where the file has changed; while it is not valid, the last valid ones hold."""

    def __init__(self, workspace: Path) -> None:
        """Read them for the first time.

        Raises:
            ProjectError: The file is not valid.
        """
        self._workspace = workspace
        self._settings = load_settings(workspace)
        self._sign = self._look()

    def read(self) -> Settings:
        """Return the settings that hold now."""
        sign = self._look()
        if sign != self._sign:
            self._sign = sign
            try:
                self._settings = load_settings(self._workspace)
                _log.info("read the changed settings")
            except ProjectError as error:
                _log.warning("%s %s", error.title, error.hint)
        return self._settings

    def _look(self) -> tuple[int, int] | None:
        try:
            facts = (self._workspace / SETTINGS_FILE).stat()
        except OSError:
            return None
        return facts.st_size, facts.st_mtime_ns
