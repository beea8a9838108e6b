from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from engine.check.check import check
from engine.faces.face_quality import Pose
from engine.faces.reenactment.expression import COEFFICIENTS, Coefficients
from engine.faces.reenactment.motions import motions_of
from engine.records.coverage import FaceSeen, Motion, lacking, of_person
from tests.engine.test_check import ignore
from tests.real_faces import WOMAN, frames_of, write_photos

FILM = Path("film.mp4")
STILL = dict.fromkeys(Motion, 0.0)


def faces(motion: Motion, amounts: Sequence[float]) -> list[FaceSeen]:
    return [
        FaceSeen(path=FILM, frame_index=at, person=1, motions={**STILL, motion: amount})
        for at, amount in enumerate(amounts)
    ]


def test_what_no_picture_of_the_source_shows_is_said_with_the_frame_that_shows_it_most() -> None:
    (lack,) = lacking(faces(Motion.JAW_OPEN, [0.0, 0.1] * 10), faces(Motion.JAW_OPEN, [0.0] * 10 + [0.5, 0.9, 0.4]))
    assert lack.motion is Motion.JAW_OPEN
    assert (
        lack.words
        == "In the video the mouth is opened wider than in any picture of the source (see frame 11 of film.mp4)."
    )
    assert lack.share == pytest.approx(3 / 13)


def test_what_is_shown_most_often_is_said_first() -> None:
    source = faces(Motion.GAZE_UP, [0.0] * 10)
    smiling = [face.model_copy(update={"motions": {**STILL, Motion.SMILE: 0.9}}) for face in source[:2]]
    looking_up = faces(Motion.GAZE_UP, [0.0] * 4 + [0.8] * 8)
    assert [lack.motion for lack in lacking(source, [*smiling, *looking_up])] == [Motion.GAZE_UP, Motion.SMILE]


@pytest.mark.parametrize("motion", list(Motion))
def test_of_the_same_faces_nothing_is_lacking_and_of_a_little_more_nothing_is_said(motion: Motion) -> None:
    seen = faces(motion, [0.0] * 9 + [0.5])
    assert lacking(seen, seen) == []
    assert lacking(seen, faces(motion, [0.0] * 9 + [0.5 + motion.noticed / 2])) == []
    assert [lack.motion for lack in lacking(seen, faces(motion, [0.0] * 9 + [0.6 + motion.noticed]))] == [motion]


@pytest.mark.parametrize("motion", [Motion.BROWS_KNIT, Motion.SMILE, Motion.HEAD_DOWN])
def test_somebody_whose_face_at_rest_looks_so_does_not_do_it(motion: Motion) -> None:
    always = 0.9 if motion is not Motion.HEAD_DOWN else 20.0
    assert lacking(faces(motion, [0.0] * 10), faces(motion, [always] * 10)) == []


def test_of_few_faces_nothing_is_said() -> None:
    assert lacking(faces(Motion.SMILE, [0.0] * 7), faces(Motion.SMILE, [0.0] * 5 + [1.0] * 5)) == []


def test_only_the_person_who_is_meant_counts_and_of_one_alone_all_faces() -> None:
    seen = [FaceSeen(path=FILM, frame_index=at, person=person, motions=STILL) for at, person in enumerate((1, 0, 2))]
    assert [face.frame_index for face in of_person(seen, 2)] == [2]
    assert [face.frame_index for face in of_person(seen[:2], 1)] == [0, 1]


@pytest.mark.parametrize(
    ("coefficient", "motion", "opposite"),
    [
        ("eyeLookOutLeft", Motion.GAZE_RIGHT, Motion.GAZE_LEFT),
        ("eyeLookOutRight", Motion.GAZE_LEFT, Motion.GAZE_RIGHT),
        ("eyeLookUpLeft", Motion.GAZE_UP, Motion.GAZE_DOWN),
    ],
)
def test_a_gaze_is_told_as_it_is_seen_in_the_picture(coefficient: str, motion: Motion, opposite: Motion) -> None:
    found = motions_of(Pose(0.0, 0.0, 0.0), one_of(coefficient))
    assert found[motion] > 0.0 > found[opposite]


def one_of(coefficient: str) -> Coefficients:
    return np.array([float(name == coefficient) for name in COEFFICIENTS], np.float32)


@pytest.mark.slow
def test_real_faces_are_compared(tmp_path: Path) -> None:
    def seen(name: str, indices: range) -> list[FaceSeen]:
        write_photos(tmp_path / name, frames_of(WOMAN, indices))
        return check([tmp_path / name], tmp_path / "thumbnails", ignore, budget_seconds=120).faces_seen

    laughing, eyes_closed = seen("laughing", range(300, 396, 12)), seen("eyes-closed", range(30, 126, 12))
    assert lacking(laughing, laughing) == []
    lacks = {lack.motion: lack for lack in lacking(laughing, eyes_closed)}
    assert {Motion.LIDS_CLOSED, Motion.GAZE_DOWN} <= set(lacks)
    assert Motion.SMILE not in lacks
    assert lacks[Motion.LIDS_CLOSED].example.path.parent.name == "eyes-closed"
