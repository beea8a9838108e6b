"""Consent that rests on a file ends where the file is gone or is another one."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import ConsentMissing
from engine.project.consent import require_evidence
from engine.project.folder import ProjectFolder, create_folder
from engine.project.settings import Project
from engine.project.stage import ExitCode

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> ProjectFolder:
    """A project with a release."""
    folder = create_folder(tmp_path / "project")
    (folder.consent / "release.pdf").write_bytes(b"signed")
    return folder


def resting_on(project: Project, evidence: str, content: bytes | None) -> Project:
    assert project.consent.source is not None
    digest = None if content is None else hashlib.sha256(content).hexdigest()
    proved = project.consent.source.model_copy(update={"evidence": evidence, "evidence_sha256": digest})
    return project.model_copy(update={"consent": project.consent.model_copy(update={"source": proved})})


def test_a_file_that_is_what_was_recorded_will_do(folder: ProjectFolder, project: Project) -> None:
    require_evidence(folder, project)
    require_evidence(folder, resting_on(project, "consent/release.pdf", b"signed"))
    require_evidence(folder, resting_on(project, "consent/release.pdf", None))


@pytest.mark.parametrize(
    ("evidence", "content", "words"),
    [
        ("consent/release.pdf", b"another", "not the file that was recorded"),
        ("consent/gone.pdf", None, "is not there"),
        ("consent/link.pdf", None, "leads out"),
    ],
)
def test_another_file_or_none_stops_every_stage(
    folder: ProjectFolder, project: Project, evidence: str, content: bytes | None, words: str
) -> None:
    (folder.consent / "link.pdf").symlink_to("/etc/hostname")
    wanted = resting_on(project, evidence, content)
    with pytest.raises(ConsentMissing, match=words):
        require_evidence(folder, wanted)
    folder.save(wanted)
    command = [sys.executable, "-m", "engine", "train", str(folder.path)]
    ran = subprocess.run(command, capture_output=True, check=False, cwd=ROOT, stdin=subprocess.DEVNULL)
    assert (ran.returncode, words in ran.stdout.decode()) == (ExitCode.FAILED, True)
    assert not folder.checkpoints.exists()
