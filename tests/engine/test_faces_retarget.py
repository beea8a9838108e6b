"""Where a person's points lie who does what another one does; and a picture bent to them."""

from dataclasses import astuple, dataclass, replace
from itertools import chain

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.arrays import STORED_SIZE, RGBImage
from engine.faces.align import frame_to_stored, transform, warp
from engine.faces.detection.mesh import square_around
from engine.faces.detection.track import faces_in
from engine.faces.landmarks import INNER_LIPS, LEFT_EYE, LIDS, RIGHT_EYE
from engine.faces.models import detector_and_mesh
from engine.faces.reenactment.bend import bend, bend_field, triangulation
from engine.faces.reenactment.expression import COEFFICIENTS, ExpressionReader
from engine.faces.reenactment.fit_gains import fit_gains
from engine.faces.reenactment.performer import Performer
from engine.faces.reenactment.retarget import (
    Gains,
    PosedShapes,
    Retargeting,
    anchors,
    posed,
    posed_shapes,
    widest_opening,
)
from tests.real_faces import MAN, frames_of

AHEAD, EYES_CLOSED, MOUTH_OPEN, LOOKS_ASIDE = 118, 640, 290, 504
"""Frames of the bundled man."""


@dataclass(frozen=True, eq=False)
class Faces:
    pictures: list[RGBImage]
    shapes: PosedShapes
    triangles: NDArray[np.intp]


@pytest.fixture(scope="module")
def reader() -> ExpressionReader:
    return ExpressionReader()


@pytest.fixture(scope="module")
def man(reader: ExpressionReader) -> Faces:
    detector, mesh = detector_and_mesh()
    pictures, meshes, points = [], [], []
    for index in (AHEAD, EYES_CLOSED, MOUTH_OPEN, LOOKS_ASIDE):
        (image,) = frames_of(MAN, range(index, index + 1))
        (face,) = faces_in(mesh, image, detector.find(image))
        to_stored = frame_to_stored(face.landmarks)
        pictures.append(warp(image, to_stored, STORED_SIZE))
        meshes.append(transform(face.landmarks, to_stored))
        points.append(reader.read(pictures[-1], square_around(meshes[-1])).points)
    shapes = posed_shapes(meshes, np.stack(points))
    return Faces(pictures, shapes, triangulation(shapes.shapes[2]))


def read(reader: ExpressionReader, picture: RGBImage, man: Faces, index: int, name: str) -> float:
    found = reader.read(picture, square_around(man.shapes.points[index][:468]))
    return float(found.coefficients[COEFFICIENTS.index(name)])


def test_points_put_back_on_their_head_are_where_they_were(man: Faces) -> None:
    for shape, head, points in zip(man.shapes.shapes, man.shapes.heads, man.shapes.points, strict=True):
        assert np.abs(posed(shape, head) - points).max() < 0.01


def test_who_does_what_he_does_himself_has_the_points_that_he_has(man: Faces) -> None:
    anchor = man.shapes.shapes[0]
    again = Retargeting(anchor, anchor).shape(man.shapes.shapes[2])
    assert np.abs(again - man.shapes.shapes[2]).max() < 0.02


def test_closed_lips_close_those_of_a_person_who_always_parts_them(man: Faces) -> None:
    ahead = man.shapes.shapes[0]
    parted = ahead.copy()
    parted[14, 1] += 0.05
    closed = ahead.copy()
    closed[13] = closed[14] = (ahead[13] + ahead[14]) / 2
    found = Retargeting(parted, ahead).shape(closed)
    assert np.abs(found[14] - found[13]).max() < 1e-9


def test_lips_close_up_to_their_corners(man: Faces) -> None:
    ahead, laughing = man.shapes.shapes[0], man.shapes.shapes[2]
    closed = ahead.copy()
    ring = np.array(INNER_LIPS)
    lower, upper = ring[1:10], ring[:10:-1]
    closed[lower] = closed[upper] = (ahead[lower] + ahead[upper]) / 2
    found = Retargeting(laughing, ahead).shape(closed)
    assert np.abs(found[lower] - found[upper]).max() < 1e-9


def test_brows_with_a_gain_move_further_and_the_chin_does_not(man: Faces) -> None:
    ahead, raised = man.shapes.shapes[0], man.shapes.shapes[0].copy()
    brow, chin = 105, 152
    raised[[brow, chin], 1] -= 0.02
    found = Retargeting(ahead, ahead, Gains(brows=1.5)).shape(raised)
    assert found[brow, 1] - ahead[brow, 1] == pytest.approx(-0.03, abs=1e-3)
    assert found[chin, 1] - ahead[chin, 1] == pytest.approx(-0.02, abs=1e-3)


def lids_apart(shape: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(shape[145] - shape[159]))


def with_lids(shape: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return the shape with its eyes opened so many times as far."""
    found = shape.copy()
    for upper, lower in chain(*LIDS):
        middle = (shape[upper] + shape[lower]) / 2
        found[[upper, lower]] = middle + share * (shape[[upper, lower]] - middle)
    return found


def test_whoever_keeps_the_eyes_closed_mostly_does_not_stare_once_they_open(man: Faces) -> None:
    ahead = man.shapes.shapes[0]
    crying = replace(man.shapes, shapes=np.stack([with_lids(ahead, share) for share in (0.1, 0.15, 0.1, 1.0)]))
    traits = np.zeros((4, 1), np.float32)
    retargeting = Retargeting(*anchors(man.shapes, crying, traits, traits))
    opened, usual = retargeting.shape(crying.shapes[3]), retargeting.anchor
    assert lids_apart(opened) == pytest.approx(lids_apart(usual), rel=0.05)
    assert lids_apart(retargeting.shape(crying.shapes[0])) < 0.3 * lids_apart(usual)


def test_eyes_are_opened_no_further_than_a_photograph_bears(man: Faces) -> None:
    ahead = man.shapes.shapes[0]
    opened = Retargeting(ahead, with_lids(ahead, 0.3)).shape(ahead)
    assert 1.2 * lids_apart(ahead) < lids_apart(opened) < 1.5 * lids_apart(ahead)


def test_nobody_opens_the_eyes_further_than_seen(man: Faces) -> None:
    ahead = man.shapes.shapes[0]
    seen = np.stack([with_lids(ahead, share) for share in (0.1, 1.0, 1.0, 1.0, 1.1, 1.1)])
    assert widest_opening(seen) == pytest.approx(1.1, abs=0.01)
    assert widest_opening(seen[:1]) == 1.0
    opened = Retargeting(ahead, with_lids(ahead, 0.3), widest=widest_opening(seen)).shape(ahead)
    assert lids_apart(opened) == pytest.approx(1.1 * lids_apart(ahead), rel=0.01)


@pytest.mark.parametrize("rings", [(RIGHT_EYE, LEFT_EYE), (INNER_LIPS,)], ids=["eyes", "mouth"])
def test_what_closes_hides_what_was_between(man: Faces, rings: tuple[tuple[int, ...], ...]) -> None:
    """Painted green, nothing of an open eye or mouth is seen once it is closed."""
    open_wide, ahead = man.shapes.points[2], man.shapes.shapes[0]
    painted = man.pictures[2].copy()
    inside = np.zeros(painted.shape[:2], np.uint8)
    for ring in rings:
        cv2.fillPoly(inside, [np.rint(open_wide[list(ring), :2]).astype(np.int32)], 1)
    painted[cv2.erode(inside, np.ones((3, 3), np.uint8)) > 0] = (0, 255, 0)
    closed = with_lids(ahead, 0.0)
    lower, upper = np.array(INNER_LIPS)[1:10], np.array(INNER_LIPS)[:10:-1]
    closed[lower] = closed[upper] = (closed[lower] + closed[upper]) / 2
    wanted = posed(Retargeting(man.shapes.shapes[2], ahead).shape(closed), man.shapes.heads[2])

    def green(picture: RGBImage) -> int:
        return int((picture[..., 1].astype(int) - picture.max(axis=2, where=[True, False, True], initial=0) > 40).sum())

    assert green(painted) > 150
    assert green(bend(painted, bend_field(wanted, open_wide, man.triangles))) < 0.1 * green(painted)


def test_gains_are_found_by_looking_at_what_bent_pictures_show(reader: ExpressionReader, man: Faces) -> None:
    anchor = man.shapes.shapes[0]
    wanted = np.stack(
        [reader.read(man.pictures[at], square_around(man.shapes.points[at][:468])).coefficients for at in range(4)]
    )
    only_the_first = np.arange(4) == 0
    traits = np.zeros((4, 1), np.float32)
    performer = Performer(man.shapes, traits, wanted, lambda number: man.pictures[number], only_the_first)
    found = fit_gains(Retargeting(anchor, anchor), performer, performer, man.triangles, reader).gains
    assert all(1.0 <= gain <= 2.0 for gain in astuple(found))
    assert max(astuple(found)) > 1.05
    still = replace(performer, coefficients=np.stack([wanted[0]] * 4))
    assert fit_gains(Retargeting(anchor, anchor), performer, still, man.triangles, reader).gains == Gains()


def test_anchors_are_of_the_faces_that_are_most_alike(man: Faces) -> None:
    traits = np.array([[0.0], [5.0], [9.0], [20.0]], np.float32)
    one, other = anchors(man.shapes, man.shapes, traits, traits)
    assert np.allclose(one, other)


@pytest.mark.parametrize(
    ("index", "name", "least"), [(EYES_CLOSED, "eyeBlinkLeft", 0.25), (MOUTH_OPEN, "jawOpen", 0.25)]
)
def test_a_picture_is_bent_to_do_what_another_does(
    reader: ExpressionReader, man: Faces, index: int, name: str, least: float
) -> None:
    place = (AHEAD, EYES_CLOSED, MOUTH_OPEN, LOOKS_ASIDE).index(index)
    field = bend_field(man.shapes.points[place], man.shapes.points[0], man.triangles)
    bent = bend(man.pictures[0], field)
    assert bent.shape == man.pictures[0].shape
    assert read(reader, bent, man, place, name) > read(reader, man.pictures[0], man, 0, name) + least


def test_a_picture_bent_to_its_own_points_stays_as_it_is(man: Faces) -> None:
    field = bend_field(man.shapes.points[0], man.shapes.points[0], man.triangles)
    bent = bend(man.pictures[0], field)
    middle = slice(60, 260)
    difference = np.abs(bent[middle, middle].astype(int) - man.pictures[0][middle, middle])
    assert difference.mean() < 3


def test_of_an_eye_that_is_bent_shut_no_iris_is_left(man: Faces) -> None:
    closed = posed(with_lids(man.shapes.shapes[0], 0.0), man.shapes.heads[0])
    field = bend_field(closed, man.shapes.points[0], man.triangles)
    grid = (np.stack(np.meshgrid(*[np.arange(len(field))] * 2), axis=-1) + 0.5) / len(field)
    for corners in ((33, 133), (263, 362)):
        left, right = sorted(closed[list(corners), 0] / STORED_SIZE)
        top, bottom = closed[list(corners), 1].mean() / STORED_SIZE + np.array([-0.05, 0.05])
        is_eye = ((grid > (left, top)) & (grid < (right, bottom))).all(axis=-1)
        assert np.abs(field - grid)[is_eye].max() < 0.06


def test_a_bend_holds_for_pictures_of_any_size(man: Faces) -> None:
    field = bend_field(man.shapes.points[2], man.shapes.points[0], man.triangles)
    large = bend(man.pictures[0], field)
    small = bend(np.ascontiguousarray(man.pictures[0][::2, ::2]), field)
    assert np.abs(large[::2, ::2].astype(int) - small).mean() < 6
