"""A workspace, projects in it, and an engine that only pretends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.project.folder import ProjectFolder, create_folder
from engine.project.markers import Marker, fingerprint, write_marker
from engine.project.settings import Project
from engine.project.stage import StageName

from .driver import Daemon

MakeProject = Callable[..., ProjectFolder]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    path = tmp_path / "workspace"
    path.mkdir()
    return path


@pytest.fixture
def daemon(workspace: Path) -> Iterator[Daemon]:
    """A daemon over the workspace, in this process."""
    daemon = Daemon(workspace)
    yield daemon
    daemon.leave()
    daemon.wake.close()


@pytest.fixture
def make_project(workspace: Path, project: Project) -> MakeProject:
    """Return a function that makes a whole project folder; keywords are scripts for the pretended stages."""

    def make(name: str = "anna", wanted: Project | None = None, **scripts: dict[str, object]) -> ProjectFolder:
        folder = create_folder(workspace / name)
        fill(folder, wanted or project.model_copy(update={"name": name}), **scripts)
        return folder

    return make


def fill(folder: ProjectFolder, project: Project, **scripts: dict[str, object]) -> None:
    """Put media, script and project file into a folder, the project file last."""
    (folder.source / "face.png").write_bytes(PNG)
    (folder.target / "clip.mp4").write_bytes(MP4)
    (folder.path / "fake.json").write_text(json.dumps(scripts))
    folder.save(project)


def mark_finished(folder: ProjectFolder) -> None:
    """Have the markers say that all stages are done with what lies there now."""
    project = folder.load()
    for stage in StageName:
        write_marker(folder, Marker(stage, fingerprint(folder, project, stage), {}))


PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489") + b"\0" * 64
"""Enough of a picture to be taken for one."""

MP4 = bytes.fromhex("000000186674797069736f6d0000020069736f6d69736f32") + b"\0" * 64
"""Enough of a video to be taken for one."""
