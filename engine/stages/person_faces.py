"""The faces of one person with what they do: read from a face set for training, and for conversion's references."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.arrays import STORED_UNIT
from engine.errors import concerning
from engine.faces.align import frame_to_stored, transform
from engine.faces.facesets.expression_store import ExpressionStore
from engine.faces.facesets.faceset import FaceSet
from engine.faces.facesets.stored_face import StoredFace
from engine.faces.reenactment.mouth import lips_apart
from engine.faces.reenactment.retarget import PosedShapes, posed_shapes
from engine.faces.reenactment.traits import traits_of
from engine.host.machine import cores
from engine.project.folder import ProjectFolder
from engine.role import Role
from engine.stages.extraction.expressions import read_expressions
from engine.stages.stored_pictures import stored_picture

_SHARP = 0.4
"""A picture less sharp than this share of the person's sharper ones is too blurred to be shown."""
_SHARPER_PERCENTILE = 75.0
_LIT = (0.6, 1.6)
"""A picture darker or brighter than these shares of the person's usual brightness is too badly lit to be shown."""
_FILE_STRIDE = 10_000_000
"""More frames than a file has: numbers of frames of different files are further apart than this."""


@dataclass(frozen=True, eq=False)
class PersonFaces:
    """N faces of one person, and what they do."""

    faces: Sequence[StoredFace]
    coefficients: NDArray[np.float32]
    """(N, 52)."""
    lips: NDArray[np.float32]
    """(N,) how far they are apart, as a share of the model's square."""
    traits: NDArray[np.float32]
    """(N, K) pose and expression."""
    points: NDArray[np.float32]
    """(N, 478, 3) in pixels of the stored pictures."""

    def only(self, chosen: NDArray[np.intp]) -> PersonFaces:
        """Return some of the faces."""
        faces = [self.faces[index] for index in chosen]
        return PersonFaces(
            faces, self.coefficients[chosen], self.lips[chosen], self.traits[chosen], self.points[chosen]
        )

    def shapes(self) -> PosedShapes:
        """Return their shapes and heads."""
        return posed_shapes(
            [transform(face.landmarks, frame_to_stored(face.landmarks)) for face in self.faces], self.points
        )

    def moments(self) -> NDArray[np.int64]:
        """Return when each was seen, (N,): in frames inside a file, and far from those of all other files."""
        files = {media: number for number, media in enumerate(dict.fromkeys(face.media for face in self.faces))}
        return np.array([_FILE_STRIDE * files[face.media] + face.frame_index for face in self.faces], np.int64)

    def are_clear(self) -> NDArray[np.bool_]:
        """Return which are sharp and well lit, as this person's pictures go: (N,) bool."""
        sharpness = np.array([face.sharpness for face in self.faces])
        brightness = np.array([face.brightness for face in self.faces])
        least, most = np.median(brightness) * np.array(_LIT)
        is_sharp = sharpness >= _SHARP * np.percentile(sharpness, _SHARPER_PERCENTILE)
        found: NDArray[np.bool_] = is_sharp & (brightness >= least) & (brightness <= most)
        return found


def person_faces(folder: ProjectFolder, role: Role, faces: Sequence[StoredFace]) -> PersonFaces:
    """Return a person's faces with what they do; what an earlier version did not read is read now.

    Raises:
        MediaError: A picture among them is damaged, or not the one that was stored.
        OutOfDisk: There is no room for what was read.
    """
    face_set = FaceSet(folder.faces_of(role))
    with ThreadPoolExecutor(cores()) as executor:
        read_expressions(face_set, faces[0].person, executor, cores(), lambda: False, lambda done, total: None)
    expressions = ExpressionStore(face_set).read(faces)
    with concerning(role):
        for face in faces:
            if face.face_id not in expressions:
                # Its picture could not be read: that is said now.
                stored_picture(face.picture)
    ordered = [expressions[face.face_id] for face in faces]
    coefficients = np.stack([each.coefficients for each in ordered])
    lips = np.array([lips_apart(each.points, STORED_UNIT) for each in ordered], np.float32)
    points = np.stack([each.points for each in ordered])
    return PersonFaces(faces, coefficients, lips, traits_of(faces, coefficients, lips), points)
