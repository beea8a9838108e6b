import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.arrays import MODEL_SHARE, STORED_MARGIN, STORED_SIZE, Landmarks, Matrix, RGBImage
from engine.faces.align import frame_to_aligned, frame_to_stored, hull_mask, invert, transform, warp
from engine.faces.detection.track import faces_in
from engine.faces.face_quality import brightness, is_plausible, pose_of, sharpness
from engine.faces.head import STABLE_POINTS, TEMPLATE, fit_head
from engine.faces.landmarks import OVAL
from engine.faces.models import detector_and_mesh
from tests.real_faces import MAN, WOMAN, frames_of

FOREHEAD, CHIN = 10, 152
"""Points of the mesh: the middle of its upper and of its lower edge."""


@pytest.fixture(scope="module")
def woman() -> tuple[RGBImage, Landmarks]:
    return fitted(frames_of(WOMAN, range(314, 315))[0])


def fitted(image: RGBImage) -> tuple[RGBImage, Landmarks]:
    detector, mesh = detector_and_mesh()
    return image, faces_in(mesh, image, detector.find(image))[0].landmarks


def turned_template(size: float, degrees: float, x: float, y: float, yaw: float = 0.0) -> Landmarks:
    """Return landmarks whose stable points are the template, turned, enlarged and moved."""
    roll, turn = math.radians(degrees), math.radians(yaw)
    about_y = np.array([[math.cos(turn), 0, -math.sin(turn)], [0, 1, 0], [math.sin(turn), 0, math.cos(turn)]])
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    landmarks = np.zeros((468, 3), np.float32)
    landmarks[STABLE_POINTS] = (TEMPLATE - TEMPLATE.mean(axis=0)) @ (about_z @ about_y).T * size + (x, y, 0)
    return landmarks


@given(st.floats(20, 2000), st.floats(-170, 170), st.floats(-500, 4000), st.floats(-500, 4000))
def test_alignment_recovers_a_known_transform(size: float, degrees: float, x: float, y: float) -> None:
    landmarks = turned_template(size, degrees, x, y)
    aligned = transform(landmarks, frame_to_aligned(landmarks, 100))
    np.testing.assert_allclose(aligned[STABLE_POINTS, :2], TEMPLATE[:, :2] * 100 - 0.5, atol=0.05)


@given(st.floats(20, 2000), st.floats(-170, 170), st.floats(-500, 4000))
def test_the_way_back_undoes_the_way_there(size: float, degrees: float, x: float) -> None:
    landmarks = turned_template(size, degrees, x, 100)
    there = frame_to_aligned(landmarks, 96)
    back = transform(transform(landmarks, there), invert(there))
    np.testing.assert_allclose(back, landmarks, atol=max(0.01, size * 1e-4))


def test_a_head_that_turns_away_keeps_its_size() -> None:
    straight, aside = turned_template(300, 0, 0, 0), turned_template(300, 0, 0, 0, yaw=40)
    assert scale(frame_to_aligned(aside, 256)) == pytest.approx(scale(frame_to_aligned(straight, 256)), rel=1e-3)
    assert abs(pose_of(fit_head(aside)).yaw) == pytest.approx(40, abs=0.5)


def scale(matrix: Matrix) -> float:
    return float(np.sqrt(np.linalg.det(matrix[:, :2])))


def test_a_stored_picture_holds_the_models_square_in_its_middle(woman: tuple[RGBImage, Landmarks]) -> None:
    image, landmarks = woman
    stored = warp(image, frame_to_stored(landmarks), STORED_SIZE)
    margin, size = round(STORED_SIZE * STORED_MARGIN), round(STORED_SIZE * MODEL_SHARE)
    square = warp(image, frame_to_aligned(landmarks, size), size)
    middle = stored[margin : margin + size, margin : margin + size]
    # Fixed-point rounding inside cv2 leaves single steps of brightness.
    assert np.abs(middle.astype(int) - square).mean() < 1


@pytest.mark.parametrize(
    ("clip", "index"), [(WOMAN, 0), (WOMAN, 322), (WOMAN, 398), (MAN, 343), (MAN, 525), (MAN, 959)]
)
def test_the_models_square_shows_the_whole_face_upright(clip: Path, index: int) -> None:
    _, landmarks = fitted(frames_of(clip, range(index, index + 1))[0])
    aligned = transform(landmarks, frame_to_aligned(landmarks, 100))
    assert aligned[:, 0].min() > 5
    assert aligned[:, 0].max() < 95
    assert 5 < aligned[FOREHEAD, 1] < 18
    assert 80 < aligned[CHIN, 1] < 98
    assert abs(aligned[33, 1] - aligned[263, 1]) < 6


def test_the_mask_covers_the_mesh_and_the_forehead_above_it(woman: tuple[RGBImage, Landmarks]) -> None:
    _, landmarks = woman
    aligned = transform(landmarks, frame_to_aligned(landmarks, 256))
    mask = hull_mask(aligned, 256)
    assert mask.dtype == np.float32
    assert set(np.unique(mask[100:150, 100:150])) == {1.0}
    inside = [mask[round(float(y)), round(float(x))] for x, y, _ in aligned[list(OVAL)]]
    assert min(inside) > 0
    forehead_x, forehead_y = aligned[FOREHEAD, :2]
    assert mask[round(float(forehead_y)) - 8, round(float(forehead_x))] == 1
    assert mask[2:, :3].max() == 0


def test_the_mask_of_a_face_with_a_fringe_ends_between_brows_and_forehead(woman: tuple[RGBImage, Landmarks]) -> None:
    _, landmarks = woman
    aligned = transform(landmarks, frame_to_aligned(landmarks, 256))
    mask, whole = hull_mask(aligned, 256, has_fringe=True), hull_mask(aligned, 256)
    brows = [mask[round(float(y)), round(float(x))] for x, y, _ in aligned[[63, 105, 66, 9, 296, 334, 293]]]
    assert min(brows) == 1
    middle = round(float(aligned[151, 1]))
    assert mask[:middle].max() == 0
    np.testing.assert_array_equal(mask[128:], whole[128:])


def test_shrinking_a_large_picture_averages_instead_of_skipping() -> None:
    stripes = np.zeros((1200, 1200, 3), np.uint8)
    stripes[:, ::2] = 255
    small = warp(stripes, np.array([[0.1, 0, 0], [0, 0.1, 0]]), 100)
    assert small[10:90, 10:90].std() < 20


@pytest.mark.parametrize("times", [1.1, 1.6, 2.7, 5.0])
def test_enlarging_is_as_sharp_as_a_cubic_curve(woman: tuple[RGBImage, Landmarks], times: float) -> None:
    image = np.asarray(cv2.resize(woman[0], (320, 300), interpolation=cv2.INTER_AREA), np.uint8)
    matrix = centred(times, (160, 140))
    cubic = cv2.warpAffine(image, matrix, (160, 160), flags=cv2.INTER_CUBIC).astype(int)
    linear = cv2.warpAffine(image, matrix, (160, 160), flags=cv2.INTER_LINEAR).astype(int)
    ours = np.abs(warp(image, matrix, 160) - cubic).mean()
    assert ours < 0.6
    assert ours < np.abs(linear - cubic).mean() / 2


@pytest.mark.parametrize("times", [0.3, 1.0, 1.6, 5.0])
@pytest.mark.parametrize("corner", [(0, 0), (319, 0), (319, 299), (0, 299)])
def test_beyond_its_edges_a_picture_goes_on_as_it_ended(
    woman: tuple[RGBImage, Landmarks], times: float, corner: tuple[int, int]
) -> None:
    shrunk = cv2.resize(woman[0], (320, 300), interpolation=cv2.INTER_AREA)
    image = np.asarray(cv2.GaussianBlur(shrunk, (0, 0), 4), np.uint8)
    matrix = centred(times, corner)
    linear = cv2.warpAffine(image, matrix, (160, 160), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    assert np.abs(warp(image, matrix, 160) - linear.astype(int)).mean() < 1


def centred(times: float, middle: tuple[float, float]) -> Matrix:
    """Return the matrix that enlarges a picture, turns it a little, and moves a place to the middle of 160 pixels."""
    turn = times * np.array([[math.cos(0.2), math.sin(0.2)], [-math.sin(0.2), math.cos(0.2)]])
    return np.column_stack([turn, 80 - turn @ middle])


def test_a_real_face_fits_the_template_and_noise_does_not(woman: tuple[RGBImage, Landmarks]) -> None:
    image, landmarks = woman
    assert fit_head(landmarks).residual < 0.02
    assert is_plausible(landmarks, image.shape)
    noise = np.random.default_rng(1).normal(200, 60, (468, 3)).astype(np.float32)
    assert not is_plausible(noise, image.shape)
    assert not is_plausible(np.full((468, 3), np.nan, np.float32), image.shape)


def test_a_face_mostly_outside_the_picture_is_not_plausible(woman: tuple[RGBImage, Landmarks]) -> None:
    image, landmarks = woman
    assert not is_plausible(landmarks - np.array([landmarks[:, 0].mean() + 30, 0, 0], np.float32), image.shape)


def test_pose_tells_left_from_right_and_down() -> None:
    right, left, down = (
        pose_of(fit_head(fitted(frames_of(clip, range(index, index + 1))[0])[1]))
        for clip, index in ((MAN, 525), (MAN, 959), (WOMAN, 0))
    )
    assert right.yaw > 8
    assert left.yaw < -8
    assert down.pitch > 5


def test_blur_lowers_sharpness_and_light_raises_brightness(woman: tuple[RGBImage, Landmarks]) -> None:
    image, landmarks = woman
    face = warp(image, frame_to_aligned(landmarks, 256), 256)
    blurred = cv2.GaussianBlur(face, (0, 0), 8)
    assert sharpness(face) > 300
    assert sharpness(np.asarray(blurred)) < 12
    assert brightness(np.asarray(face // 2)) < brightness(face)
