"""Finding faces in whole pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from engine.arrays import RGBImage
from engine.explain.explain import explain
from engine.faces.models import detector_and_mesh
from engine.gather.screening_messages import ScreenPicture
from engine.gather.screening_worker import ScreeningWorker
from engine.media.images import write_image
from engine.records.explanation import read_explanation
from tests.real_faces import WOMAN, frames_of, wall

LEFT, TOP = 2600, 1900


@pytest.fixture(scope="module")
def distant() -> RGBImage:
    """A photo of twelve million pixels, in which a face takes fewer than 200 across."""
    photo = wall(4000, 3000)
    (woman,) = frames_of(WOMAN, range(300, 301))
    small = cv2.resize(woman, (448, 252), interpolation=cv2.INTER_AREA)
    photo[TOP : TOP + 252, LEFT : LEFT + 448] = small
    return photo


def test_a_face_that_is_small_in_a_large_photo_is_found_by_looking_closer(distant: RGBImage) -> None:
    detector, _ = detector_and_mesh()
    assert detector.find(distant) == []
    (found,) = detector.find_in_photo(distant)
    box = found.box
    assert LEFT < box.left < box.right < LEFT + 448
    assert 144 < box.width < 220


@pytest.mark.slow
def test_such_a_photo_is_gathered_and_explained(distant: RGBImage, tmp_path: Path) -> None:
    write_image(tmp_path / "distant.jpg", distant)
    screened = ScreeningWorker([], 64).carry_out(ScreenPicture(key="a", path=tmp_path / "distant.jpg")).screened
    assert screened is not None
    assert screened.findings is not None
    assert screened.findings.refusal is None
    explain(tmp_path / "distant.jpg", tmp_path / "out", small=True)
    cells = read_explanation(tmp_path / "out").steps[3]
    assert "so this is enough" in cells.words[1]
