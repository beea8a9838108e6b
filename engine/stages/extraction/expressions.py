"""Read what the chosen person's faces do, from their stored pictures: gaze, lids, brows, jaw, mouth, and 478 points.

From the pictures and not from the frames: a face set of a version that did not read expressions is completed in the
same way, and so is that of a person who is chosen only later. On the bundled clips both agree (correlation 0.99).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor

from engine.errors import MediaError
from engine.faces.align import frame_to_stored, transform
from engine.faces.detection.mesh import square_around
from engine.faces.facesets.expression_store import ExpressionStore
from engine.faces.facesets.faceset import FaceSet
from engine.faces.facesets.stored_face import FaceMeasures
from engine.faces.models import expression_reader
from engine.faces.reenactment.expression import Expression
from engine.process.in_order import in_order
from engine.project.stage import ShouldStop
from engine.stages.extraction.chunk import StoredPicture
from engine.stages.stored_pictures import stored_picture

_TOGETHER = 64
"""Pictures of one task."""

NumberedPicture = tuple[int, StoredPicture]
"""The id of a face, and its picture."""


def read_expressions(
    faces: FaceSet,
    person: int,
    executor: Executor,
    workers: int,
    should_stop: ShouldStop,
    on_read: Callable[[int, int], None],
) -> None:
    """Read the expressions of a person's faces that are not known yet; when asked to stop, some stay unread.

    Args:
        faces: The set.
        person: Number of the person.
        executor: Does the reading.
        workers: Number of its workers.
        should_stop: Asked between tasks.
        on_read: Told how many of how many were read.

    Raises:
        OutOfDisk: There is no room for what was read; what was read before is kept.
    """
    store = ExpressionStore(faces)
    missing = store.missing(faces.measures(person))
    batches = _batches(faces, missing)
    done = 0
    for batch, found in in_order(executor, read_pictures, batches, should_stop, workers):
        store.add(found)
        done += len(batch)
        on_read(done, len(missing))


def read_pictures(pictures: Sequence[NumberedPicture]) -> dict[int, Expression]:
    """Return the expression in each picture, by the face's id; a picture that cannot be read is left out."""
    found = {}
    for face_id, picture in pictures:
        try:
            image = stored_picture(picture.path)
        except MediaError:
            # Deleted or damaged meanwhile: training says so where it matters.
            continue
        stored = transform(picture.landmarks, frame_to_stored(picture.landmarks))
        found[face_id] = expression_reader().read(image, square_around(stored))
    return found


def _batches(faces: FaceSet, missing: Sequence[FaceMeasures]) -> Iterator[tuple[NumberedPicture, ...]]:
    for start in range(0, len(missing), _TOGETHER):
        batch = missing[start : start + _TOGETHER]
        landmarks = faces.landmarks_of([face.face_id for face in batch])
        yield tuple((face.face_id, StoredPicture(face.picture, landmarks[face.face_id])) for face in batch)
