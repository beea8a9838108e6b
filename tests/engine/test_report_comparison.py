from __future__ import annotations

import numpy as np

from engine.provenance.label import Label
from engine.stages.reporting.comparison import preview
from engine.stages.reporting.examine import Example

GREY = np.full((240, 320, 3), 128, np.uint8)
LABELLED = Label(320, 240).draw(GREY)


def face_at(left: float, top: float) -> Example:
    """Return a frame that bears the label, and in it a face of 80 by 80 pixels."""
    corners = np.array([[left, top, 0], [left + 80, top + 80, 0]], np.float32)
    return Example(0, GREY, LABELLED, corners)


def test_a_tile_bears_one_label_though_its_frame_bears_one_too() -> None:
    unlabelled = Example(0, GREY, GREY, face_at(160, 40).landmarks)
    assert (preview([face_at(160, 40)]) == preview([unlabelled])).all()


def test_of_a_face_beneath_the_label_nothing_of_the_original_is_shown_as_the_result() -> None:
    unlabelled = Example(0, GREY, GREY, face_at(230, 2).landmarks)
    assert (preview([face_at(230, 2)]) != preview([unlabelled])).any()
