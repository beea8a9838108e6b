"""The frames that were marked by hand, and how well what a network says of them agrees."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import Mask, RGBImage
from engine.faces.align import warp
from engine.faces.compositing.blend import without_covered
from engine.faces.occlusion import swap_mask
from engine.media.frames import read_frames
from engine.media.images import read_image

MARKS = Path(__file__).parents[2] / "data" / "visible_face"
"""Masks, and the list of what they are masks of."""
_SEEN, _COVERED = 255, 128
"""Values of a mask inside the hull of the mesh; outside it is 0."""
_SIDE = 128
"""Side of the masks, and of the square that they mark."""
_LARGE = 2 * _SIDE


@dataclass(frozen=True, eq=False)
class Marked:
    """A frame that was marked by hand."""

    name: str
    kind: str
    """hand, hair, or clear: what is before the face."""
    is_unseen: bool
    """Whether it was kept aside until all was decided."""
    square: RGBImage
    """(S, S, 3) uint8, the model's square."""
    seen: NDArray[np.bool_]
    """(M, M), where the hull of the mesh shows the face."""
    covered: NDArray[np.bool_]
    """(M, M), where it shows something else."""


@dataclass(frozen=True)
class Agreement:
    """How well a network's masks agree with those drawn by hand."""

    frames: int
    iou: float
    """Intersection over union of the visible face, the mean of the frames."""
    painted_over: float
    """Share of what covers the faces that the swap would be laid over."""
    left_out: float
    """Share of the visible faces that the swap would leave out."""


def marked_frames(find: Callable[[str], Path | None]) -> Iterator[Marked]:
    """Yield the frames that were marked.

    Args:
        find: Says where a picture or video lies, by its name in the list; those that it does not know are left out.

    Raises:
        MediaError: One of them cannot be read.
    """
    for row in json.loads((MARKS / "marks.json").read_text()):
        path = find(row["picture"])
        if path is None:
            continue
        is_video = row["picture"].startswith("videos/")
        image = next(read_frames(path, row["frame"])).image if is_video else read_image(path)
        # Pixel centres lie at whole numbers.
        scale = _LARGE / _SIDE
        matrix = np.array(row["frame_to_aligned"]) * scale
        matrix[:, 2] += 0.5 * scale - 0.5
        mask = np.asarray(cv2.imread(str(MARKS / row["mask"]), cv2.IMREAD_GRAYSCALE))
        square = warp(image, matrix, _LARGE)
        name = f"{row['picture']}, frame {row['frame']}"
        yield Marked(name, row["kind"], row["unseen"], square, mask == _SEEN, mask == _COVERED)


def agreement(marked: Sequence[Marked], seen: Callable[[RGBImage], Mask]) -> Agreement:
    """Return how well what a network says agrees, laid in as conversion does.

    Args:
        marked: The frames.
        seen: Gives (T, T) for a square.
    """
    ious: list[float] = []
    painted, left_out = np.zeros(2), np.zeros(2)
    for each in marked:
        inside = (each.seen | each.covered).astype(np.float32)
        mask = without_covered(inside, swap_mask(seen(each.square)))
        taken = mask > 0.5
        ious.append(float((taken & each.seen).sum() / max(1, (taken | each.seen).sum())))
        painted += mask[each.covered].sum(), np.count_nonzero(each.covered)
        left_out += (1 - mask[each.seen]).sum(), np.count_nonzero(each.seen)
    return Agreement(
        len(marked), float(np.mean(ious)), float(painted[0] / max(1, painted[1])), float(left_out[0] / left_out[1])
    )
