"""How near a person's pictures are to one another: the best likeness that a swap can be expected to reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.arrays import Descriptor
from engine.errors import MediaError
from engine.faces.align import frame_to_stored, transform
from engine.faces.facesets.stored_face import StoredFace
from engine.faces.persons.identity import Describer, distance
from engine.stages.stored_pictures import stored_picture

_PICTURES = 12


def distance_to_itself(faces: Sequence[StoredFace]) -> float | None:
    """Return the median distance of a person's single pictures to their mean; None where there are too few.

    Args:
        faces: Faces of one person, of which some are described, evenly spread.
    """
    describer = Describer()
    found = []
    for face in faces[:: max(1, len(faces) // _PICTURES)][:_PICTURES]:
        try:
            image = stored_picture(face.picture)
        except MediaError:
            # Deleted or damaged by hand: the others will do.
            continue
        found.append(describer.describe(image, transform(face.landmarks, frame_to_stored(face.landmarks))))
    if len(found) < 3:
        return None
    mean: Descriptor = np.mean(found, axis=0, dtype=np.float32)
    return round(float(np.median([distance(each, mean) for each in found])), 4)
