"""What a face does, read from its picture."""

import hashlib
import re
from pathlib import Path

import pytest

import engine.faces
from engine.arrays import RGBImage
from engine.faces.detection.mesh import square_around
from engine.faces.detection.track import faces_in
from engine.faces.models import detector_and_mesh
from engine.faces.reenactment.expression import COEFFICIENTS, Expression, ExpressionReader, coefficients_of
from engine.records.report import FacePart
from tests.real_faces import MAN, WOMAN, frames_of, wall

WEIGHTS = Path(engine.faces.__file__).with_name("weights")


@pytest.fixture(scope="module")
def reader() -> ExpressionReader:
    return ExpressionReader()


def read(reader: ExpressionReader, image: RGBImage) -> Expression:
    detector, mesh = detector_and_mesh()
    (face,) = faces_in(mesh, image, detector.find(image))
    return reader.read(image, square_around(face.landmarks))


def of(expression: Expression, name: str) -> float:
    return float(expression.coefficients[COEFFICIENTS.index(name)])


def test_the_weights_are_those_that_the_notice_names() -> None:
    named = dict(re.findall(r"`(\w+\.tflite)`.*`([0-9a-f]{64})`", (WEIGHTS / "NOTICE.md").read_text()))
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in WEIGHTS.glob("*.tflite")}
    assert named == there
    assert len(there) == 4


@pytest.mark.parametrize(
    ("name", "frame_with", "frame_without"),
    [
        ("eyeBlinkLeft", 640, 118),
        ("eyeBlinkRight", 640, 118),
        ("eyeLookOutLeft", 504, 984),
        ("jawOpen", 290, 500),
        ("mouthSmileLeft", 192, 308),
        ("browInnerUp", 1274, 578),
    ],
)
def test_what_the_man_does_is_read_from_his_face(
    reader: ExpressionReader, name: str, frame_with: int, frame_without: int
) -> None:
    does, does_not = (
        of(read(reader, frames_of(MAN, range(index, index + 1))[0]), name) for index in (frame_with, frame_without)
    )
    assert does > does_not + 0.2


def test_the_irises_lie_between_the_corners_of_the_eyes(reader: ExpressionReader) -> None:
    expression = read(reader, frames_of(MAN, range(118, 119))[0])
    for iris, outer, inner in ((468, 33, 133), (473, 263, 362)):
        low, high = sorted(expression.points[[outer, inner], 0])
        assert low < expression.points[iris, 0] < high


def test_where_there_is_no_face_it_says_so(reader: ExpressionReader) -> None:
    detector, mesh = detector_and_mesh()
    woman = frames_of(WOMAN, range(1))[0]
    (face,) = faces_in(mesh, woman, detector.find(woman))
    square = square_around(face.landmarks)
    assert reader.read(woman, square).presence > 0.9
    assert reader.read(wall(), square).presence < 0.5


def test_every_part_has_coefficients_of_its_own() -> None:
    places = [place for part in FacePart for place in coefficients_of(part)]
    assert len(places) == len(set(places))
    assert {part: len(coefficients_of(part)) for part in FacePart} == {
        FacePart.GAZE: 8,
        FacePart.LIDS: 6,
        FacePart.BROWS: 5,
        FacePart.JAW: 1,
        FacePart.MOUTH: 23,
    }
