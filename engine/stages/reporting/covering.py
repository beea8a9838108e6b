"""In how many frames of the target something is before the face."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import MediaError
from engine.faces.facesets.stored_face import StoredFace
from engine.faces.models import occlusion_reader
from engine.faces.occlusion import covers
from engine.host.machine import cores
from engine.records.report import Covered
from engine.stages.stored_pictures import stored_picture

MOST_LOOKED_AT = 1200
"""Faces that are looked at, at most."""


@dataclass(frozen=True)
class FoundCovered:
    """What is before the faces of a video."""

    counted: Covered
    most: int | None
    """The frame in which most of the face is covered; None where none is."""


def find_covered(faces: Sequence[StoredFace]) -> FoundCovered:
    """Look what is before one person's faces; a picture that is damaged is passed over."""
    with ThreadPoolExecutor(cores()) as executor:
        looked = zip(faces, executor.map(_seen, faces), strict=True)
        seen = [(face, found) for face, found in looked if found is not None]
    if not seen:
        return FoundCovered(Covered(looked_at=0, covered=0), None)
    read = [face for face, _ in seen]
    covered = covers(np.stack([found for _, found in seen]), [face.landmarks for face in read])
    shares = covered.mean(axis=(1, 2))
    counted = Covered(looked_at=len(read), covered=int(np.count_nonzero(shares)))
    return FoundCovered(counted, read[int(shares.argmax())].frame_index if counted.covered else None)


def _seen(face: StoredFace) -> NDArray[np.uint8] | None:
    try:
        return occlusion_reader().seen_in_stored(stored_picture(face.picture))
    except MediaError:
        return None
