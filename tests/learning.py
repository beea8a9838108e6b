"""Small networks, and faces to learn from that are drawn instead of filmed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import STORED_SIZE, Landmarks, RGBImage
from engine.faces.facesets.faceset import FaceSet
from engine.faces.facesets.stored_face import NewChunk, NewFace
from engine.faces.head import STABLE_POINTS, TEMPLATE
from engine.faces.landmarks import LEFT_EYE, LIPS, OVAL, RIGHT_EYE
from engine.media.images import encode_jpeg
from engine.model.batches import MAPS, AsTheyAre, Bends, TrainingFaces, TrainingSet
from engine.project.folder import ProjectFolder
from engine.project.network import ModelSpec
from engine.project.presets import Preset
from engine.stages.training.face_data import partners_of

SPEC = ModelSpec(32, (8, 8, 8), 8, 8, (16,), (1,), (8,))
OTHER_SPEC = ModelSpec(48, (8, 8, 8), 8, 8, (8,), (0,), (8,))


def small_spec(preset: Preset) -> ModelSpec:
    """A network that learns a step in milliseconds."""
    return SPEC if preset is Preset.QUICK else OTHER_SPEC


def drawn_face(size: int, openness: float, colour: tuple[int, int, int], seed: int = 0) -> RGBImage:
    """Return a face made of ellipses; its mouth is open by a share of its size."""
    picture = np.full((size, size, 3), 60, np.uint8)
    picture += np.random.default_rng(seed).integers(0, 20, picture.shape, dtype=np.uint8)

    def ellipse(x: float, y: float, across: float, down: float, paint: tuple[int, int, int]) -> None:
        axes = (round(across * size), max(1, round(down * size)))
        cv2.ellipse(picture, (round(x * size), round(y * size)), axes, 0, 0, 360, paint, -1, cv2.LINE_AA)

    ellipse(0.5, 0.5, 0.28, 0.34, colour)
    ellipse(0.4, 0.42, 0.05, 0.025, (30, 30, 30))
    ellipse(0.6, 0.42, 0.05, 0.025, (30, 30, 30))
    ellipse(0.5, 0.66, 0.1, 0.01 + 0.1 * openness, (120, 30, 30))
    return picture


def drawn_faces(count: int, colour: tuple[int, int, int] = (200, 160, 140), size: int = 80) -> TrainingFaces:
    """Return faces ready to draw from, their mouths opening from first to last."""
    openness = np.linspace(0, 1, count)
    pictures = np.stack([drawn_face(size, float(each), colour) for each in openness])
    maps = np.zeros((count, size // 2, size // 2, MAPS), np.uint8)
    middle = slice(size // 10, size // 2 - size // 10)
    maps[:, middle, middle, 0] = 255
    maps[..., 2] = 255
    return TrainingFaces(pictures, maps, openness[:, None].astype(np.float32))


def a_training_set(source: TrainingFaces, target: TrainingFaces, bends: Bends | None = None) -> TrainingSet:
    """Return a set of both people's faces; without bends everybody is shown as they are."""
    return TrainingSet(source, target, partners_of(target, source), bends or AsTheyAre(source, target))


def mesh(width: float = 250.0) -> Landmarks:
    """Return landmarks of a face that looks straight ahead, its square `width` pixels wide in a frame."""
    # Most points are spread evenly over the face, as seeds in a sunflower.
    turns, reach = np.arange(468) * 2.4, np.sqrt(np.arange(468) / 468)
    across, down = 0.3 * reach * np.sin(turns), 0.36 * reach * np.cos(turns)
    points = np.column_stack([0.5 + across, 0.5 + down, np.zeros(468)])
    for ring, (x, y, width_share, height_share) in {
        OVAL: (0.5, 0.5, 0.33, 0.4),
        RIGHT_EYE: (0.35, 0.36, 0.06, 0.03),
        LEFT_EYE: (0.65, 0.36, 0.06, 0.03),
        LIPS: (0.5, 0.7, 0.12, 0.05),
    }.items():
        angles = np.linspace(0, 2 * np.pi, len(ring), endpoint=False)
        points[list(ring), :2] = np.column_stack([x + width_share * np.sin(angles), y - height_share * np.cos(angles)])
    points[STABLE_POINTS] = TEMPLATE
    return (points * width + 50.0).astype(np.float32)


def _new_face(index: int, openness: float, colour: tuple[int, int, int], side: str) -> NewFace:
    return NewFace(
        frame_index=index,
        track=0,
        landmarks=mesh() + np.float32(index),
        presence=1.0,
        sharpness=100.0,
        brightness=120.0,
        yaw=10.0 * openness,
        pitch=0.0,
        roll=0.0,
        width_px=200.0,
        is_plausible=True,
        picture_name=f"{side}_{index:04d}.jpg",
        picture=encode_jpeg(drawn_face(STORED_SIZE, 0.3 * openness, colour, index), 90),
    )


def write_face_set(path: Path, count: int, colour: tuple[int, int, int]) -> FaceSet:
    """Make a face set of one person."""
    faces = FaceSet(path)
    made = tuple(_new_face(index, index / count, colour, path.name) for index in range(count))
    faces.append([NewChunk(f"{path.name}.mp4", 0, made, "drawn")])
    faces.set_identities({}, {face.track: 1 for face in faces.measures()})
    return faces


def write_face_sets(folder: ProjectFolder, count: int = 21) -> None:
    """Make both face sets of a project."""
    write_face_set(folder.source_faces, count, (200, 160, 140))
    write_face_set(folder.target_faces, count, (150, 110, 90))


def same_arrays(one: tuple[NDArray[np.float32], ...], other: tuple[NDArray[np.float32], ...]) -> bool:
    """Return whether all numbers are the same, bit for bit."""
    return all(np.array_equal(first, second) for first, second in zip(one, other, strict=True))
