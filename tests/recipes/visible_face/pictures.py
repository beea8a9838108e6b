"""The portraits that are learnt from: clear faces of sets whose licences allow it, aligned as the product does it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import STORED_SIZE, Landmarks, RGBImage
from engine.faces.align import frame_to_stored, rescaled, transform, warp
from engine.faces.detection.track import faces_in
from engine.faces.models import detector_and_mesh
from engine.host.machine import cores
from engine.media.images import read_image
from tests.recipes.visible_face.labels import Label, label_of
from tests.recipes.visible_face.mixing import STORED, Portraits
from tests.recipes.visible_face.relief import relief, turned

HAND = Path(__file__).parent / "hand" / "right.glb"
"""The hand that is rendered before the portraits; its licence lies beside it."""

_LEAST_FACE_PX = 60
_MOST_YAW, _MOST_PITCH = 42.0, 18.0
"""Degrees that heads are turned and nod at most: what of them is not in the portrait becomes visible beyond that."""


@dataclass(frozen=True)
class PictureSet:
    """Pictures of one origin."""

    folder: str
    """Below the data's folder."""
    origin: str
    licence: str
    kept_aside: tuple[str, ...]
    """Parts of the paths of those that are not learnt from: they were marked by hand, or show a person who was."""


SETS = (
    PictureSet(
        "portraits/london",
        "Face Research Lab London Set (DeBruine & Jones 2017), as in debruine/webmorphR.stim",
        "CC BY 4.0",
        tuple(f"_{number:03d}_" for number in range(3, 180, 9)),
    ),
    PictureSet("portraits/canada", "Canadian composites' faces (DeBruine), as in debruine/webmorphR.stim", "CC BY", ()),
    PictureSet(
        "portraits/congress",
        "members of the US Congress, as in Reform-to/congress-photos",
        "public domain (US government work)",
        (
            *("A000014", "B000911", "B001270", "F000455", "G000551"),
            *("G000572", "I000025", "K000365", "R000409", "S000097"),
        ),
    ),
    PictureSet(
        "people", "Caltech-101, Faces (Li et al. 2004)", "CC BY 4.0", ("caltech_06", "caltech_13", "caltech_19")
    ),
)
"""What is learnt from."""


@dataclass(frozen=True, eq=False)
class Portrait:
    """A clear face, aligned, with its label."""

    picture: RGBImage
    """(STORED, STORED, 3) uint8 RGB."""
    landmarks: Landmarks
    """(468, 3) in its pixels."""
    label: Label
    depth: NDArray[np.float32]
    """(STORED, STORED) in pixels, its `relief`."""


def portraits(data: Path, seed: int) -> tuple[Portraits, str]:
    """Return the portraits, each also with its head turned, and the SHA-256 of the names and contents of their files.

    Args:
        data: The folder that holds those of `SETS`.
        seed: Decides how heads are turned.

    Raises:
        MediaError: One of them cannot be read.
    """
    paths = list(_paths(data))
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(data)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    with ThreadPoolExecutor(cores()) as executor:
        found = executor.map(lambda path: portrait_in(read_image(path)), paths)
        straight = [each for each in found if each is not None]
        aside = executor.map(turned_aside, straight, ((seed, at) for at in range(len(straight))))
        return stacked([*straight, *aside]), digest.hexdigest()


def stacked(found: Sequence[Portrait]) -> Portraits:
    """Return some portraits, at least one, as examples are drawn from them."""
    return Portraits(
        np.stack([each.picture for each in found]),
        np.stack([each.landmarks[:, :2] for each in found]),
        np.stack([each.label.face for each in found]),
        np.stack([each.label.known for each in found]),
        np.stack([each.depth.astype(np.float16) for each in found]),
    )


def _paths(data: Path) -> Iterator[Path]:
    for each in SETS:
        for path in sorted((data / each.folder).rglob("*.jpg")):
            if not any(part in path.as_posix() for part in each.kept_aside):
                yield path


def portrait_in(image: RGBImage) -> Portrait | None:
    """Return the face of a picture, (H, W, 3) uint8 RGB; None where none is found."""
    detector, mesh = detector_and_mesh()
    faces = faces_in(mesh, image, detector.find_in_photo(image, _LEAST_FACE_PX)[:1])
    if not faces:
        return None
    to_stored = frame_to_stored(faces[0].landmarks)
    large = warp(image, to_stored, STORED_SIZE)
    picture = np.asarray(cv2.resize(large, (STORED, STORED), interpolation=cv2.INTER_AREA), np.uint8)
    points = rescaled(transform(faces[0].landmarks, to_stored), STORED)
    return Portrait(picture, points, label_of(picture, points), relief(points, STORED))


def turned_aside(portrait: Portrait, seed: tuple[int, int]) -> Portrait:
    """Return a portrait whose head is turned, by angles that depend on the seed."""
    random = np.random.default_rng(seed)
    yaw, pitch = random.choice([-1, 1]) * random.uniform(10, _MOST_YAW), random.uniform(-_MOST_PITCH, _MOST_PITCH)
    places, points = turned(portrait.landmarks, portrait.depth, float(yaw), float(pitch))

    x, y = cv2.split(places)

    def seen(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.asarray(cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)

    label = Label(seen(portrait.label.face), seen(portrait.label.known))
    return Portrait(seen(portrait.picture), points, label, relief(points, STORED))
