"""Projects made by the command line."""

from pathlib import Path

from typer.testing import CliRunner

from engine.folder import ProjectFolder
from tui.cli import built


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
