"""One frame about what the video will be, drawn before anything is learnt.

Most of a swap is geometry and the source's own photographs: what conversion shows the decoder, the photograph most
alike bent to what the target does, is laid into a frame here as it is, through the same mask and colours. The frame is
one that tells something: a large face that looks into the camera, does what it mostly does, and has nothing before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBBatch, RGBImage
from engine.errors import NoFacesFound, UnderstudioError, concerning
from engine.faces.facesets.expression_store import ExpressionStore
from engine.faces.facesets.faceset import FaceSet
from engine.faces.facesets.stored_face import FaceMeasures, StoredFace
from engine.faces.models import occlusion_reader
from engine.faces.occlusion import covers
from engine.faces.reenactment.expression import Expression
from engine.media.frames import read_frames
from engine.process.aside import run_aside
from engine.project.consent import require_consent
from engine.project.folder import ProjectFolder
from engine.project.markers import faces_fingerprint
from engine.project.presets import network_of
from engine.project.settings import Project
from engine.project.stage import Device, OnProgress, Progress, ShouldStop, StageName
from engine.records.foretaste import Foretaste, read_foretaste, write_foretaste
from engine.role import Role
from engine.stages.conversion.references import References
from engine.stages.conversion.segment import SwappedFrame, laid_over, painted_faces
from engine.stages.conversion.swapped_face import GuidedFace
from engine.stages.conversion.target_faces import TargetFaces
from engine.stages.reporting.comparison import before_and_after
from engine.stages.stored_pictures import stored_picture
from engine.stages.target import target_video
from engine.stages.training.preview_file import publish_preview

_MOST_SOURCES, _MOST_TARGETS = 200, 100
"""Faces that are read of both people: a conversion reads more, and takes three times as long to begin."""
_LOOKED_AT = 24
"""Faces of the target among which the telling one is chosen, each the best of its part of the video."""
_TURNED = 15.0
"""Degrees of turn at which a face tells much less than one that looks into the camera."""
_LARGE_PX = 200.0
"""Width of a face beyond which a larger one tells no more."""
_SHARP_PERCENTILE = 75.0
_DRAWS = "drawing one frame ahead"
_MOST_SECONDS = 60.0
"""After which training begins without that frame; on two cores it takes about five."""
_MOST_TRIES = 3
"""A drawing that ended its process so often is not begun again."""


def foretell(folder: ProjectFolder, project: Project, report: OnProgress, should_stop: ShouldStop) -> str:
    """Have the frame drawn, where there is none of these faces, by a process of its own.

    Returns:
        Why it was not drawn, in a sentence or two; empty where it was, where it is there, or where work is to stop.
    """
    try:
        if not begin_foretaste(folder, project):
            return ""
        report(Progress(stage=StageName.TRAIN, done=0, total=0, unit="", message=_DRAWS))
        return run_aside(["foretaste", str(folder.path)], _MOST_SECONDS, should_stop)
    except UnderstudioError as error:
        return f"{error.title} {error.hint}"


def begin_foretaste(folder: ProjectFolder, project: Project) -> bool:
    """Return whether a frame is to be drawn: there is none of these faces, and it was not begun too often.

    One of other faces is removed, and the try is counted: what ends its own process must not be begun for ever.

    Raises:
        OutOfDisk: There is no room.
    """
    known = _known(folder, project)
    if known.frame_index is not None and folder.foretaste.exists():
        return False
    folder.foretaste.unlink(missing_ok=True)
    if known.tries >= _MOST_TRIES:
        return False
    write_foretaste(folder, known.model_copy(update={"tries": known.tries + 1}))
    return True


def draw_foretaste(folder: ProjectFolder, project: Project) -> Foretaste:
    """Draw the frame and publish it, signed.

    Raises:
        CertificateUnusable: There is nothing to sign with.
        ConsentMissing: Somebody has not agreed, or no longer does.
        MediaError: The video, or a stored picture, cannot be read.
        NoFacesFound: There is no frame in which a face would be replaced.
        OutOfDisk: There is no room.
        VerificationFailed: It could not be signed.
    """
    require_consent(project, dt.date.today())
    frame_index, picture = _drawn(folder, project)
    publish_preview(folder, project, folder.foretaste.name, picture, model_sha256="", is_labelled=True)
    drawn = _known(folder, project).model_copy(update={"frame_index": frame_index})
    write_foretaste(folder, drawn)
    return drawn


def _known(folder: ProjectFolder, project: Project) -> Foretaste:
    """Return what is known of the frame of the faces that there are now."""
    faces, known = faces_fingerprint(folder, project), read_foretaste(folder)
    return known if known is not None and known.faces == faces else Foretaste(faces=faces)


def _drawn(folder: ProjectFolder, project: Project) -> tuple[int, RGBImage]:
    """Return which frame it is, and its face before and after, (S, 2 S, 3) uint8."""
    with concerning(Role.TARGET):
        faces = TargetFaces(folder, project)
        told = _telling_face(faces, FaceSet(folder.target_faces))
        index = told.face.frame_index
        acting = next(each for each in faces.acting_between(index, index + 1) if each.face_id == told.face.face_id)
        frame = next(read_frames(target_video(folder, project), index, index + 1))
    references = References(folder, project, _MOST_SOURCES, _MOST_TARGETS)
    expression = replace(told.expression, points=acting.points)
    guided = GuidedFace(acting.placed, references.guide_of_photo(told.face, acting.placed.landmarks, expression))
    photograph = _PhotographAlone(network_of(project.train.preset).size)
    ((painted,),) = painted_faces([frame], [guided], references.triangles, photograph)
    swapped = SwappedFrame(frame, index, (painted.blended(project.convert),))
    after = laid_over(frame, swapped, [swapped], project.convert)
    return index, before_and_after(frame.image, after, acting.placed.landmarks)


class _PhotographAlone:
    """Stands where conversion has a model: shows the bent photograph, wherever there is face."""

    model_hash = ""
    device = Device("nothing")

    def __init__(self, size: int) -> None:
        self.size = size

    def swap(self, faces: RGBBatch, references: RGBBatch) -> tuple[RGBBatch, NDArray[np.float32]]:
        return references, np.ones(faces.shape[:3], np.float32)


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A face of the video, and what it does."""

    face: StoredFace
    expression: Expression


def _telling_face(faces: TargetFaces, face_set: FaceSet) -> _Candidate:
    """Return the face that tells most of all to be replaced.

    Raises:
        NoFacesFound: There is none.
    """
    usable = [face for face in faces.wanted if not face.rejected] or faces.wanted
    store = ExpressionStore(face_set)
    chosen = _best_of_each_part(usable)
    expressions = {face_id: found for face in chosen for face_id, found in store.read([face]).items()}
    candidates = [
        _Candidate(face, expressions[face.face_id])
        for face in face_set.with_landmarks(chosen)
        if face.face_id in expressions
    ]
    if not candidates:
        raise NoFacesFound("There is no frame in which a face would be replaced.", "Look at the faces that were found.")
    covered = _are_covered([each.face for each in candidates])
    sharp, usual = _sharp(usable), _usual(np.stack([each.expression.coefficients for each in candidates]))
    tells = np.array([_tells(each.face, sharp) for each in candidates]) * usual
    return candidates[int(np.argmax(np.where(covered, tells - 1.0, tells)))]


def _best_of_each_part(faces: Sequence[FaceMeasures]) -> list[FaceMeasures]:
    """Return of each of some parts of a video the face that tells most, in order."""
    sharp = _sharp(faces)
    edges = np.linspace(0, len(faces), min(len(faces), _LOOKED_AT) + 1).astype(np.intp)
    return [max(faces[first:last], key=lambda face: _tells(face, sharp)) for first, last in pairwise(edges)]


def _tells(face: FaceMeasures, sharp: float) -> float:
    """Return how much a face tells, 0..1: it is large, looks into the camera, and is as sharp as the sharper ones."""
    turned = np.exp(-(face.yaw**2 + face.pitch**2) / (2 * _TURNED**2))
    return float(turned * min(1.0, face.width_px / _LARGE_PX) * min(1.0, face.sharpness / sharp))


def _sharp(faces: Sequence[FaceMeasures]) -> float:
    return float(np.percentile([face.sharpness for face in faces], _SHARP_PERCENTILE)) if faces else 1.0


def _usual(coefficients: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how far each of N faces, (N, 52), does what most of them do, (N,) in 0..1: no blink, no grimace."""
    apart = np.linalg.norm(coefficients - np.median(coefficients, axis=0), axis=1)
    return np.asarray(np.exp(-0.5 * np.square(apart / max(float(np.median(apart)), 1e-6))), np.float64)


def _are_covered(faces: Sequence[StoredFace]) -> NDArray[np.bool_]:
    """Return which of some faces have something before them, (N,)."""
    seen = np.stack([occlusion_reader().seen_in_stored(stored_picture(face.picture)) for face in faces])
    return np.asarray(covers(seen, [face.landmarks for face in faces]).any(axis=(1, 2)))
