"""One frame, blended again and again, is the frame that conversion makes."""

import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ConsentMissing
from engine.media.images import read_image
from engine.media.probe import read_video_info
from engine.project.change_consent import withdraw_consent
from engine.project.folder import ProjectFolder
from engine.project.settings import ColourMatch, ConvertSettings
from engine.provenance.verify import verify
from engine.records.verification import Verdict
from engine.role import Role
from engine.stages.conversion.references import References
from engine.stages.conversion.segment import TRANSFER_REACH, SegmentTask, converted_frames
from engine.stages.conversion.swapped_face import GuidedFace
from engine.stages.conversion.target_faces import TargetFaces
from engine.stages.target import target_video
from engine.stages.trial import Trial
from tests.swaps import TurnedHue, load_turned_hue


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory, extracted_swap: ProjectFolder) -> ProjectFolder:
    return ProjectFolder(Path(shutil.copytree(extracted_swap.path, tmp_path_factory.mktemp("trial") / "p")))


@pytest.fixture(scope="module")
def asked() -> list[int]:
    """How many faces the model was asked for, each time."""
    return []


@pytest.fixture(scope="module")
def trial(extracted: ProjectFolder, asked: list[int]) -> Trial:
    class Counted(TurnedHue):
        def swap(self, faces: np.ndarray, references: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            asked.append(len(faces))
            return super().swap(faces, references)

    return Trial(extracted, extracted.load(), 0.5, lambda checkpoints: Counted())


@pytest.mark.parametrize(
    "other",
    [
        {},
        pytest.param({"mask_grow": 0.2, "mask_blur": 0.3}, marks=pytest.mark.slow),
        pytest.param(
            {"colour": ColourMatch.NONE, "label": False, "label_off_reason": "a test of one frame"},
            marks=pytest.mark.slow,
        ),
        pytest.param({"smooth_frames": 4.0, "sharpen": 2.0}, marks=pytest.mark.slow),
    ],
)
def test_the_frame_is_what_conversion_makes_of_it(
    extracted: ProjectFolder, trial: Trial, other: dict[str, object], tmp_path: Path
) -> None:
    settings = ConvertSettings.model_validate(other)
    found = trial.converted(settings)
    if not settings.label:
        assert (found == converted(extracted, settings, trial.index, tmp_path)).all()
        return
    # Where the label is, is conversion's own test.
    below = slice(found.shape[0] // 6, found.shape[0] * 5 // 6)
    assert (found[below] == converted(extracted, settings, trial.index, tmp_path)[below]).all()


def converted(folder: ProjectFolder, settings: ConvertSettings, index: int, place: Path) -> np.ndarray:
    project = folder.load().model_copy(update={"convert": settings})
    faces, references = TargetFaces(folder, project), References(folder, project)
    chosen = references.choose(faces)
    task = SegmentTask(
        video=read_video_info(target_video(folder, project)),
        start=index,
        stop=index + 1,
        faces=tuple(
            GuidedFace(face.placed, references.guide(face, chosen[face.face_id]))
            for face in faces.acting_between(index - TRANSFER_REACH, index + 1 + TRANSFER_REACH)
        ),
        triangles=references.triangles,
        labelled=frozenset(),
        out=place,
        settings=settings,
        checkpoints=place,
        model="",
        load_swapper=load_turned_hue,
    )
    (frame,) = converted_frames(task, load_turned_hue(place))
    return frame.image


def test_the_model_is_asked_once_for_a_steadiness(trial: Trial, asked: list[int]) -> None:
    trial.converted(ConvertSettings())
    before = len(asked)
    trial.converted(ConvertSettings(sharpen=3, mask_blur=0.4))
    assert len(asked) == before


def test_what_is_shown_is_signed_and_of_another_blending_another(trial: Trial, extracted: ProjectFolder) -> None:
    one = trial.publish(ConvertSettings())
    picture = read_image(one.picture)
    assert picture.shape[1] == 2 * picture.shape[0]
    assert verify(one.picture).verdict is Verdict.UNCHANGED
    trial.publish(ConvertSettings(mask_grow=0.3))
    assert (read_image(one.picture) != picture).any()


def test_without_consent_no_frame_is_made(extracted: ProjectFolder) -> None:
    project = extracted.load()
    withdrawn = withdraw_consent(extracted, Role.SOURCE, dt.date.today())
    try:
        with pytest.raises(ConsentMissing):
            Trial(extracted, withdrawn, 0.5, load_turned_hue)
    finally:
        extracted.save(project)
