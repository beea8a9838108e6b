"""Consent that rests on a file ends where the file is gone or is another one."""

import datetime as dt
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import ConsentMissing, ProjectError
from engine.project.change_consent import record_consent, withdraw_consent
from engine.project.consent import require_consent, require_evidence
from engine.project.folder import ProjectFolder, create_folder
from engine.project.settings import ConsentBasis, Project
from engine.project.stage import ExitCode
from engine.role import Role

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


def test_a_message_is_no_consent_without_the_message(folder: ProjectFolder, project: Project) -> None:
    assert project.consent.source is not None
    in_a_message = project.consent.source.model_copy(update={"basis": ConsentBasis.MESSAGE})
    folder.save(project)
    bare = project.model_copy(update={"consent": project.consent.model_copy(update={"source": in_a_message})})
    with pytest.raises(ConsentMissing) as error:
        require_consent(bare, dt.date.today())
    assert "message in which" in error.value.title
    kept = record_consent(folder, Role.SOURCE, in_a_message, folder.consent / "release.pdf")
    require_consent(kept, dt.date.today())
    assert kept == folder.load()


def test_new_evidence_takes_a_name_of_its_own_and_the_old_file_stays(
    folder: ProjectFolder, project: Project, tmp_path: Path
) -> None:
    assert project.consent.source is not None
    folder.save(project)
    for content in (b"first", b"second"):
        (tmp_path / "scan.png").write_bytes(content)
        changed = record_consent(folder, Role.SOURCE, project.consent.source, tmp_path / "scan.png")
    assert changed.consent.source is not None
    assert changed.consent.source.evidence == "consent/source-scan-2.png"
    assert (folder.consent / "source-scan.png").read_bytes() == b"first"
    require_evidence(folder, changed)


def test_evidence_that_is_not_there_changes_nothing(folder: ProjectFolder, project: Project, tmp_path: Path) -> None:
    assert project.consent.source is not None
    folder.save(project)
    other = project.consent.source.model_copy(update={"note": "Something else was agreed"})
    with pytest.raises(ProjectError):
        record_consent(folder, Role.SOURCE, other, tmp_path / "absent.png")
    assert folder.load() == project


def test_consent_that_is_taken_back_lets_nothing_run_from_that_day_on(folder: ProjectFolder, project: Project) -> None:
    folder.save(project)
    withdrawn = withdraw_consent(folder, Role.TARGET, dt.date.today())
    assert withdrawn == folder.load()
    with pytest.raises(ConsentMissing) as error:
        require_consent(withdrawn, dt.date.today())
    assert error.value.role is Role.TARGET
