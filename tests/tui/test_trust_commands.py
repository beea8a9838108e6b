"""The words as a person or a script types them."""

import datetime as dt
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from engine.media.images import write_image
from engine.project.change_consent import withdraw_consent
from engine.project.folder import ProjectFolder, create_folder
from engine.project.forget import TOMBSTONE
from engine.project.settings import Project
from engine.project.stage import ExitCode
from engine.provenance.publish import ResultFacts, publish
from engine.role import Role
from tests.media import picture
from tui.cli import built, needed


def understudio(*words: object, answer: str = "") -> Result:
    return CliRunner().invoke(built(), [str(word) for word in words], input=answer)


@pytest.fixture
def folder(tmp_path: Path, project: Project) -> ProjectFolder:
    """A project with a signed picture as its result."""
    folder = create_folder(tmp_path / "project")
    folder.save(project)
    write_image(tmp_path / "plain.jpg", picture(0))
    facts = ResultFacts(consent_sha256=project.consent.fingerprint(), model_sha256="", label=True)
    publish(tmp_path / "plain.jpg", folder.result / "final.jpg", facts)
    return folder


def test_verify_says_in_sentences_what_it_is_and_what_that_proves(folder: ProjectFolder) -> None:
    asked = understudio("verify", folder.result / "final.jpg", "--project", folder.path)
    assert asked.exit_code == 0
    assert asked.stdout.startswith("Made by Understudio")
    assert "Consent: made under the consent record of this project" in asked.stdout
    assert "The signer is this machine, not a public authority" in asked.stdout


@pytest.mark.slow
def test_verify_tells_scripts_by_its_exit_code(folder: ProjectFolder, tmp_path: Path) -> None:
    signed = folder.result / "final.jpg"
    changed = tmp_path / "changed.jpg"
    content = bytearray(signed.read_bytes())
    content[-20] ^= 1
    changed.write_bytes(content)
    assert understudio("verify", changed).exit_code == 7
    assert understudio("verify", tmp_path / "plain.jpg").exit_code == 8
    several = understudio("verify", signed, changed, tmp_path / "plain.jpg", tmp_path / "absent.mp4", "--json")
    assert several.exit_code == 9
    found = [each["verdict"] for each in json.loads(several.stdout)["files"]]
    assert found == ["unchanged", "changed", "unmarked", "unreadable"]


def test_verify_notices_that_the_consent_record_is_another_one(folder: ProjectFolder) -> None:
    text = folder.project_file.read_text()
    folder.project_file.write_text(text.replace("Agreed for tests", "Agreed for something else"))
    asked = understudio("verify", folder.result / "final.jpg", "--project", folder.path)
    assert asked.exit_code == 5
    assert "NOT made under the consent record" in asked.stdout


def test_a_name_with_escape_codes_cannot_repaint_the_screen(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[2J\nMade by Understudio, and unchanged.jpg"
    write_image(path, picture(0))
    asked = understudio("verify", path, tmp_path / "absent")
    assert "\x1b" not in asked.stdout
    assert not any(line.startswith("Made by Understudio") for line in asked.stdout.splitlines())


def test_forget_asks_first_and_no_means_no(folder: ProjectFolder) -> None:
    asked = understudio("forget", folder.path, answer="n\n")
    assert "results: 1 file" in asked.stdout
    assert (folder.result / "final.jpg").exists()


def test_forget_lists_what_it_deleted_and_what_is_left(folder: ProjectFolder) -> None:
    asked = understudio("forget", folder.path, "--yes")
    assert asked.exit_code == 0
    assert "Deleted:\n  results: 1 file" in asked.stdout
    assert TOMBSTONE in asked.stdout
    assert "--media-too deletes that as well" in asked.stdout
    assert not folder.result.exists()
    assert "nothing to delete" in understudio("forget", folder.path, "--yes").stdout


def test_only_the_command_that_is_asked_for_is_loaded() -> None:
    assert needed([]) == ()
    assert needed(["--workspace", "status", "--graphics=kitty"]) == ()
    assert needed(["--workspace", "/films", "status", "daemon"]) == ("status",)
    for words in (["--help"], ["--version"], ["stattus"]):
        assert {"new", "daemon", "web"} <= set(needed(words))


def test_consent_says_what_was_agreed_and_whether_it_holds(folder: ProjectFolder) -> None:
    asked = understudio("consent", folder.path)
    assert asked.exit_code == ExitCode.DONE
    assert "The person who will appear: holds" in asked.stdout
    assert "A test recording" in asked.stdout
    assert "Agreed for tests" in asked.stdout


def test_consent_that_is_withdrawn_ends_the_project_and_says_what_is_still_there(folder: ProjectFolder) -> None:
    assert understudio("consent", folder.path, "--withdraw", "source", answer="n\n").exit_code == 1
    assert folder.load().consent.source is not None
    assert not folder.load().consent.withdrawn

    asked = understudio("consent", folder.path, "--withdraw", "source", answer="y\n")
    assert asked.exit_code == ExitCode.FAILED
    assert folder.load().consent.withdrawn == (Role.SOURCE,)
    assert "Still there:" in asked.stdout
    assert f"understudio forget {folder.path}" in asked.stdout


def test_the_day_on_which_consent_was_withdrawn_stays(folder: ProjectFolder) -> None:
    withdraw_consent(folder, Role.TARGET, dt.date(2026, 2, 3))
    assert "2026-02-03" in understudio("consent", folder.path, "--withdraw", "target").stdout


def test_an_option_of_the_wizard_before_a_command_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    asked = understudio("--workspace", tmp_path, "status")
    assert asked.exit_code == 2
    assert "--workspace goes behind the command" in asked.output
    assert understudio("status", tmp_path).exit_code == 0
