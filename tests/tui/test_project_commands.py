"""Projects made by the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from daemon import foreground
from engine.errors import ConsentMissing
from engine.project.folder import ProjectFolder
from engine.project.markers import Marker, fingerprint, next_stage, write_marker
from engine.project.persons import choose_person, write_persons
from engine.project.settings import ConsentRecord
from engine.project.stage import ExitCode, StageName
from engine.records.report import write_report
from engine.role import Role
from tests.engine.test_report_parts import a_report
from tests.persons import seen
from tui.cli import built


def run(*words: object) -> Result:
    return CliRunner().invoke(built(), [str(word) for word in words])


@pytest.fixture
def folder(tmp_path: Path, photos: Path, video: Path) -> ProjectFolder:
    agreed = ["--consent-basis", "test-actor", "--consent-note", "both agreed"]
    made = run("new", tmp_path / "swap", "--source", photos / "photo 0.jpg", "--target", video, *agreed)
    assert made.exit_code == 0, made.output
    return ProjectFolder(tmp_path / "swap")


def test_add_puts_more_pictures_of_both_people_into_a_project(folder: ProjectFolder, photos: Path) -> None:
    added = run("add", folder.path, "--source", photos, "--target-photos", photos / "photo 1.jpg")
    assert "Added 3 files" in added.output
    assert "1 file lay there already" in added.output
    assert {path.name for path in folder.source.iterdir()} == {f"photo {number}.jpg" for number in range(3)}
    assert {path.name for path in folder.target.iterdir()} == {"ben.mp4", "photo 1.jpg"}


def test_add_puts_another_video_in_the_place_of_the_old_one(folder: ProjectFolder, tmp_path: Path) -> None:
    better = tmp_path / "better.mp4"
    better.write_bytes((folder.target / "ben.mp4").read_bytes() + b"more")
    assert run("add", folder.path, "--target", better).exit_code == 0
    assert folder.load().target.video == "target/better.mp4"
    assert (folder.taken_out / "target" / "ben.mp4").is_file()


def test_a_new_project_file_names_its_schema_and_steering_keeps_that_line(folder: ProjectFolder) -> None:
    for word in ("finish", "retry", "pause", "resume"):
        first, *_ = folder.project_file.read_text().splitlines()
        assert first.startswith("#:schema file:///")
        assert run(word, folder.path).exit_code == 0
    assert folder.project_file.read_text().splitlines()[0] == first
    assert folder.project_file.read_text().count("#:schema") == 1


def test_new_names_what_a_folder_holds_and_is_left_out(tmp_path: Path, photos: Path, video: Path) -> None:
    (photos / "IMG_1.CR3").write_bytes(b"\0\0\0\x18ftypcrx \0\0\0\1crx isom".ljust(100, b"\0"))
    (photos / "a note.txt").write_text("mind the light")
    agreed = ["--consent-basis", "test-actor", "--consent-note", "both agreed"]
    made = run("new", tmp_path / "other", "--source", photos, "--target", video, *agreed)
    words = " ".join(made.output.split())
    assert "2 files are left out, such as IMG_1.CR3. It is a raw photo (Canon CR3)" in words
    for path in photos.glob("*.jpg"):
        path.unlink()
    refused = run("new", tmp_path / "third", "--source", photos, "--target", video, *agreed)
    assert "There is no picture or video" in str(refused.exception)
    assert "IMG_1.CR3" in str(refused.exception)


def test_add_asks_for_something_to_add(folder: ProjectFolder) -> None:
    asked = run("add", folder.path)
    assert asked.exit_code == 2
    assert "say what to add" in asked.output


def test_add_makes_no_project(tmp_path: Path, photos: Path) -> None:
    refused = run("add", tmp_path / "nowhere", "--source", photos)
    assert "is not a project" in str(refused.exception)
    assert not (tmp_path / "nowhere").exists()


def test_new_takes_more_photos_of_the_person_who_is_replaced(tmp_path: Path, photos: Path, video: Path) -> None:
    one = tmp_path / "ben.jpg"
    one.write_bytes(b"\xff\xd8\xff\xe0" + b"b" * 100)
    words = ["new", tmp_path / "swap", "--source", photos, "--target", video]
    words += ["--target-photos", photos, "--target-photos", one, "--consent-basis", "test-actor"]
    made = CliRunner().invoke(built(), [*map(str, words), "--consent-note", "both agreed"])
    assert made.exit_code == 0, made.output
    folder = ProjectFolder(tmp_path / "swap")
    assert folder.load().target.video == "target/ben.mp4"
    names = {path.name for path in folder.target.iterdir()}
    assert names == {"ben.mp4", "ben.jpg", *(path.name for path in photos.iterdir())}


@pytest.mark.parametrize(
    ("note", "said"), [("", "No consent note was given"), ("b", "“b”, has fewer than three letters")]
)
def test_a_consent_note_that_is_absent_or_too_short_is_said_to_be_that(
    tmp_path: Path, photos: Path, video: Path, note: str, said: str
) -> None:
    agreed = ["--consent-basis", "test-actor", "--consent-note", note]
    refused = run("new", tmp_path / "swap", "--source", photos, "--target", video, *agreed)
    assert said in str(refused.exception)
    assert not (tmp_path / "swap").exists()


def test_new_says_which_of_several_persons_is_meant(tmp_path: Path, photos: Path, video: Path) -> None:
    agreed = ["--consent-basis", "test-actor", "--consent-note", "both agreed"]
    persons = ["--target-person", 2, "--source-person", 3]
    run("new", tmp_path / "swap", "--source", photos, "--target", video, *agreed, *persons)
    project = ProjectFolder(tmp_path / "swap").load()
    assert (project.target.person, project.source.person) == (2, 3)


@pytest.fixture
def unclear(folder: ProjectFolder) -> ProjectFolder:
    """Return a project whose faces are found, two persons in the video as large as each other."""
    write_persons(folder, Role.TARGET, seen(0.45, 0.55))
    project = folder.load()
    write_marker(folder, Marker(StageName.EXTRACT, fingerprint(folder, project, StageName.EXTRACT), {}))
    return folder


def finished_with(folder: ProjectFolder, number: int) -> None:
    """Have the markers say that all is done with one of the persons in the video, while the project asks for none."""
    before = folder.load()
    choose_person(folder, Role.TARGET, number)
    for stage in StageName:
        write_marker(folder, Marker(stage, fingerprint(folder, folder.load(), stage), {}))
    folder.save(before)


def test_run_ends_where_it_is_not_clear_who_is_meant(unclear: ProjectFolder) -> None:
    ended = run("run", unclear.path)
    assert ended.exit_code == ExitCode.FAILED
    assert "Who is the person who is replaced? 2 persons were seen in target/." in ended.output
    assert "--target-person NUMBER" in ended.output
    assert unclear.load().target.person is None


@pytest.mark.parametrize(("words", "number"), [(["--yes"], 2), (["--target-person", "1"], 1)])
def test_run_goes_on_with_a_number_or_with_the_heaviest(unclear: ProjectFolder, words: list[str], number: int) -> None:
    finished_with(unclear, number)
    ended = run("run", unclear.path, *words)
    assert ended.exit_code == ExitCode.DONE, ended.output
    assert unclear.load().target.person == number


def test_run_can_be_told_to_take_what_is_there_of_a_video(folder: ProjectFolder) -> None:
    project = folder.load()
    folder.save(project.model_copy(update={"consent": ConsentRecord()}))
    assert isinstance(run("run", folder.path, "--take-what-is-there").exception, ConsentMissing)
    assert folder.load().target.take_what_is_there


@pytest.mark.parametrize(("has_all", "code"), [(True, 0), (False, 3)])
def test_run_is_done_only_where_the_result_has_the_frames_of_the_original(
    folder: ProjectFolder, has_all: bool, code: int
) -> None:
    project = folder.load()
    for stage in StageName:
        write_marker(folder, Marker(stage, fingerprint(folder, project, stage), {}))
    same = a_report().same.model_copy(update={"frame_count": has_all})
    folder.result.mkdir()
    write_report(folder.report_json, a_report(same=same, frames_shown=100 if has_all else 23))
    ended = run("run", folder.path)
    assert ended.exit_code == code
    assert ("Done." in ended.stdout) is has_all
    assert ended.stdout.lstrip().startswith("The finished video shows 23 frames, the original 100") is not has_all
    assert ("nothing is lost" in ended.stderr) is not has_all


@pytest.mark.parametrize("is_there", [True, False])
def test_run_makes_a_result_again_that_is_gone(
    folder: ProjectFolder, is_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = folder.load()
    for stage in StageName:
        write_marker(folder, Marker(stage, fingerprint(folder, project, stage), {"result": "swap.mp4"}))
    folder.result.mkdir()
    if is_there:
        (folder.result / "swap.mp4").write_bytes(b"a film")
    begun = []
    monkeypatch.setattr(foreground, "next_stage", lambda *which: begun.append(next_stage(*which)))
    ended = run("run", folder.path)
    assert ended.exit_code == ExitCode.DONE
    assert begun == [None if is_there else StageName.CONVERT]
    assert ("no longer in result/" in ended.output) is not is_there


def test_a_message_in_which_somebody_agreed_is_asked_for_and_kept(tmp_path: Path, photos: Path, video: Path) -> None:
    message = tmp_path / "yes.eml"
    message.write_text("Yes, you may.")
    words = ("new", tmp_path / "swap", "--source", photos, "--target", video, "--consent-basis", "message")
    note = ("--consent-note", "both agreed")
    refused = run(*words, *note)
    assert isinstance(refused.exception, ConsentMissing)
    assert "--consent-evidence" in refused.exception.hint
    assert not (tmp_path / "swap").exists()
    assert run(*words, *note, "--consent-evidence", message).exit_code == 0
    consents = ProjectFolder(tmp_path / "swap").load().consent
    kept = [consent.evidence for role in Role if (consent := consents.of(role)) is not None]
    assert kept == ["consent/source-yes.eml", "consent/target-yes.eml"]
