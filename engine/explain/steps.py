"""The steps that need no trained model: from the photo to what the encoder sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import STORED_SIZE, Landmarks, Mask, RGBImage
from engine.explain.canvas import ACCENT, GROUND, SOFT, Panel, rows, sheet
from engine.explain.draw import arrows, boxed, detailed, glyphs, grey_picture, masked, meshed, outlined
from engine.explain.face_in_photo import FaceInPhoto, around
from engine.explain.hog import Gradients, Grey, gradients
from engine.faces.align import frame_to_aligned, hull_mask, invert, transform
from engine.faces.compositing.blend import without_covered
from engine.faces.detection.filters import CELL, WINDOW
from engine.faces.face import bounding_box
from engine.faces.measures import measure
from engine.faces.models import occlusion_reader
from engine.faces.occlusion import believed, swap_mask
from engine.model.batches import AsTheyAre, BatchSpec, TrainingFaces, TrainingSet, draw
from engine.project.stage import StageName
from engine.stages.conversion.swapped_face import aligned_face
from engine.stages.training.maps import face_maps

SQUARE = 256
"""Side of the aligned square in these pictures."""
_MARGIN = CELL
"""Pixels of the copy shown around the filter's window."""
_WARPED = 4
"""Examples of the random warp."""
_POSES = ("looks straight ahead", "is turned to one side", "is turned to the other side", "leans", "leans")
"""The poses of the faces that the filters look for, in the order of the detector."""


@dataclass(frozen=True, eq=False)
class DrawnStep:
    """A step, not yet written."""

    name: str
    """Name of its file, without number and suffix."""
    title: str
    words: tuple[str, str]
    sheet: RGBImage
    stage: StageName
    is_synthetic: bool = False


def steps_without_model(subject: FaceInPhoto) -> Iterator[DrawnStep]:
    """Yield the steps in order."""
    yield from _pixels(subject)
    yield _cells(subject)
    yield from _face(subject)
    yield from _square(subject)


def _pixels(subject: FaceInPhoto) -> Iterator[DrawnStep]:
    height, width = subject.photo.shape[:2]
    yield DrawnStep(
        "photo",
        "The photo",
        (
            f"To a computer this is a table of {width:,} by {height:,} dots, each with three numbers: how red, how "
            "green, how blue.",
            "Nothing in these numbers says “face”: that has to be found out.",
        ),
        sheet([Panel(subject.photo)]),
        StageName.EXTRACT,
    )
    grey = cv2.cvtColor(subject.photo, cv2.COLOR_RGB2GRAY)
    yield DrawnStep(
        "grey",
        "Without colour",
        (
            "Colour is left out first: a face is a face in lamplight and in daylight.",
            "What is left of each dot is one number, from 0 for black to 255 for white.",
        ),
        sheet([Panel(grey_picture(np.asarray(grey, np.uint8)))]),
        StageName.EXTRACT,
    )
    window = _window(subject)
    slopes = gradients(window)
    inner = slice(1, -1)
    steep = Gradients(slopes.x[inner, inner], slopes.y[inner, inner])
    plain = window[inner, inner]
    yield DrawnStep(
        "gradients",
        "From light to dark",
        (
            "At every dot the computer asks in which direction the picture gets darker, and how fast: the arrows "
            "point from light to dark, and longer ones are steeper.",
            "Twice as much light makes the whole face brighter, and yet hardly turns a single arrow.",
        ),
        sheet(
            [
                Panel(grey_picture(plain), f"{plain.shape[1]} x {plain.shape[0]} dots", is_pixels=True),
                Panel(arrows(plain, steep), "from light to dark"),
            ]
        ),
        StageName.EXTRACT,
    )


def _window(subject: FaceInPhoto) -> Grey:
    """Return what lies under the filter and a little around it, and one more pixel on each side for the gradients."""
    match, room = subject.match, _MARGIN + 1
    side = CELL * WINDOW
    padded = cv2.copyMakeBorder(match.grey, side, side, side, side, cv2.BORDER_REPLICATE)
    top, left = match.top + side - room, match.left + side - room
    return np.asarray(padded[top : top + side + 2 * room, left : left + side + 2 * room], np.uint8)


def _cells(subject: FaceInPhoto) -> DrawnStep:
    match = subject.match
    fits = "enough" if match.score > 0 else "not enough by itself"
    return DrawnStep(
        "cells",
        "What the detector compares",
        (
            f"Every {CELL} by {CELL} dots become one cell that keeps only which ways its edges run: left the cells of "
            "this face, right dlib's own filter, learnt from thousands of faces, here the one for a face that "
            f"{_POSES[match.number % len(_POSES)]}.",
            f"Cell times filter, all added up, exceeds the detector's threshold by {match.score:.2f}: anything above "
            f"0 is taken for a face, so this is {fits}.",
        ),
        sheet(
            [
                Panel(glyphs(match.cells), "the cells of this face"),
                Panel(glyphs(match.wanted.weights, ACCENT), "what dlib looks for"),
            ]
        ),
        StageName.EXTRACT,
    )


def _face(subject: FaceInPhoto) -> Iterator[DrawnStep]:
    marked, scale = detailed(subject.photo)
    for other in subject.others:
        marked = boxed(marked, other.scaled(scale), SOFT)
    number = len(subject.others)
    more = "one more was found" if number == 1 else f"{number} more were found"
    others = f"; {more}, and this is about the largest" if number else ""
    yield DrawnStep(
        "found",
        "The face is found",
        (
            "The filter is moved over the photo from corner to corner, and again over smaller and smaller copies of "
            "it, so that near and far faces are found alike.",
            f"Where it fits best, there is the face{others}.",
        ),
        sheet([Panel(boxed(marked, subject.box.scaled(scale)))]),
        StageName.EXTRACT,
    )
    landmarks = subject.face.landmarks
    cut, corner = around(subject.photo, bounding_box(landmarks), 1.5)
    large, scale = detailed(cut)
    points = _enlarged(landmarks[:, :2] - corner, scale)
    yield DrawnStep(
        "mesh",
        "468 points",
        (
            "A small neural network lays a mesh of 468 points over the face: eyes, brows, lips, outline, and how far "
            "each point is from the camera.",
            "It says where the face looks and what the mouth does, and it follows the face from frame to frame.",
        ),
        sheet([Panel(large), Panel(meshed(large, points.astype(np.float32)))]),
        StageName.EXTRACT,
    )


def _enlarged(points: NDArray[np.floating], scale: float) -> NDArray[np.floating]:
    """Return points of a picture, whose first pixel has its middle at 0, in one that is so many times as large."""
    return (points + 0.5) * scale - 0.5


def _square(subject: FaceInPhoto) -> Iterator[DrawnStep]:
    landmarks = subject.face.landmarks
    matrix = frame_to_aligned(landmarks, SQUARE)
    corners = np.array([[0, 0], [SQUARE, 0], [SQUARE, SQUARE], [0, SQUARE]], np.float64) - 0.5
    there = transform(corners, invert(matrix))
    # The square may reach over the photo's edge.
    edge = round(bounding_box(landmarks).width)
    wider = cv2.copyMakeBorder(subject.photo, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=GROUND)
    moved = landmarks + np.array([edge, edge, 0], np.float32)
    cut, corner = around(np.asarray(wider, np.uint8), bounding_box(moved), 2.3)
    large, scale = detailed(cut)
    upright = aligned_face(subject.photo, landmarks, SQUARE)
    yield DrawnStep(
        "square",
        "The upright square",
        (
            "The face is turned, shifted and scaled until eyes and chin are where they always are, and cut out as a "
            "square.",
            "From now on all faces lie upon one another, and the model need not learn where in the picture a face is.",
        ),
        sheet(
            [Panel(outlined(large, _enlarged(there + edge - corner, scale)), "in the photo"), Panel(upright, "upright")]
        ),
        StageName.EXTRACT,
    )
    mask = hull_mask(transform(landmarks, matrix), SQUARE)
    yield DrawnStep(
        "mask",
        "What is face and what is not",
        (
            "The outermost points of the mesh, carried on up to the hairline, say what belongs to the face.",
            "Only there will anything be changed; hair, ears and wall stay as they are.",
        ),
        sheet(
            [
                Panel(upright, "the square"),
                Panel(grey_picture(mask), "the mask"),
                Panel(masked(upright, mask), "the face"),
            ]
        ),
        StageName.EXTRACT,
    )
    yield _cover(upright, mask, landmarks)
    yield _warp(subject)


def _cover(upright: RGBImage, mask: Mask, landmarks: Landmarks) -> DrawnStep:
    seen = occlusion_reader().seen(upright)
    shown = without_covered(mask, swap_mask(believed(seen, landmarks)))
    return DrawnStep(
        "cover",
        "What is before the face",
        (
            "A hand, a cup, hair may be before the face: a small neural network says for every dot how far it shows "
            "the face itself, and glasses and beards belong to it.",
            "What is before the face stays before it, and is not learnt as if it were a part of this person.",
        ),
        sheet(
            [
                Panel(upright, "the square"),
                Panel(grey_picture(seen), "white: the face itself"),
                Panel(masked(upright, shown), "what is left"),
            ]
        ),
        StageName.EXTRACT,
    )


def _warp(subject: FaceInPhoto) -> DrawnStep:
    """Show the augmentation of a face in training, by training's own code."""
    picture = measure(subject.face, subject.photo).picture
    maps = face_maps(subject.face.landmarks, STORED_SIZE)
    face = TrainingFaces(picture[None], maps[None], np.zeros((1, 1), np.float32))
    alone = TrainingSet(face, face, np.zeros((1, 1), np.intp), AsTheyAre(face, face))
    batch = draw(BatchSpec(seed=5, size=SQUARE, faces=_WARPED), 0, alone)
    return DrawnStep(
        "warp",
        "An exercise for the model",
        (
            "In training the model sees faces bent, blurred and recoloured at random (above) and must draw them as "
            "they were (below).",
            "So it cannot simply copy: it has to learn what this person looks like.",
        ),
        rows([list(batch.warped[:_WARPED]), list(batch.faces[:_WARPED])], ("what the model sees", "what it must draw")),
        StageName.TRAIN,
    )
