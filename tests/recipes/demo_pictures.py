"""Makes the pictures in the README of what the demo made: four frames before and after, and a short moving one, signed.

`python -m tests.recipes.demo_pictures PROJECT FRAME...` writes `example.jpg` and `example.webp` into `engine/demo`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from engine.arrays import RGBImage
from engine.demo import EXAMPLE, TARGET_CLIP
from engine.faces.facesets.faceset import FaceSet
from engine.media.frames import read_frames
from engine.media.images import write_image
from engine.model.swapper import Swapper
from engine.project.folder import ProjectFolder
from engine.provenance.label import Label
from engine.provenance.publish import ResultFacts, publish
from engine.stages.reporting.comparison import frame_label_off
from engine.stages.reporting.examine import Example

_CUT = (200, 150)
"""Width and height of what is cut out around a face, in pixels of the clip."""
_SHOWN = (400, 300)
_MOVING = ((20, 140), (170, 260), (1380, 1465))
"""Frames of the moving picture: he looks into the camera, lifts it, and smiles."""
_EVERY = 5
_QUALITY = 72


def main() -> None:
    """Make both pictures."""
    parser = argparse.ArgumentParser(description="Make the README's pictures of a finished demo.")
    parser.add_argument("project", type=Path)
    parser.add_argument("frames", type=int, nargs="+")
    given = parser.parse_args()
    folder = ProjectFolder(given.project)
    project = folder.load()
    result = folder.result_video(project)
    model = Swapper.load(folder.checkpoints).model_hash
    facts = ResultFacts(consent_sha256=project.consent.fingerprint(), model_sha256=model, label=True)
    with tempfile.TemporaryDirectory() as scratch:
        still, moving = Path(scratch, EXAMPLE.name), Path(scratch, EXAMPLE.with_suffix(".webp").name)
        write_image(still, _labelled(_before_and_after(folder, result, given.frames)), 88)
        first, *others = [Image.fromarray(_labelled(each)) for each in _side_by_side(result)]
        between = round(1000 * _EVERY / 60)
        first.save(moving, save_all=True, append_images=others, duration=between, loop=0, quality=_QUALITY, method=6)
        for picture in (still, moving):
            publish(picture, EXAMPLE.with_name(picture.name), facts)


def _before_and_after(folder: ProjectFolder, result: Path, frames: Sequence[int]) -> RGBImage:
    """Return the faces of some frames side by side, above as they were and below as they are."""
    faces = FaceSet(folder.target_faces)
    seen = {face.frame_index: face.landmarks for face in faces.faces(faces.chosen_person(None))}
    if empty := [index for index in frames if index not in seen]:
        raise SystemExit(f"In frames {empty} the target is not seen: choose others.")
    examples = [Example(index, _frame(TARGET_CLIP, index), _frame(result, index), seen[index]) for index in frames]
    return np.hstack([_column(example) for example in examples])


def _column(example: Example) -> RGBImage:
    middle = example.landmarks[:, :2].mean(axis=0)
    # All of the picture bears a label of its own.
    return np.vstack([_cut_out(image, *middle) for image in (example.before, frame_label_off(example))])


def _frame(video: Path, index: int) -> RGBImage:
    (frame,) = read_frames(video, index, index + 1)
    return frame.image


def _cut_out(image: RGBImage, x: float, y: float) -> RGBImage:
    (width, height), (frame_height, frame_width) = _CUT, image.shape[:2]
    left = int(np.clip(x - width / 2, 0, frame_width - width))
    top = int(np.clip(y - height / 2 + 8, 0, frame_height - height))
    cut = image[top : top + height, left : left + width]
    return np.asarray(cv2.resize(cut, _SHOWN, interpolation=cv2.INTER_LANCZOS4), np.uint8)


def _side_by_side(result: Path) -> Iterator[RGBImage]:
    for start, stop in _MOVING:
        for before, after in zip(read_frames(TARGET_CLIP, start, stop), read_frames(result, start, stop), strict=True):
            if (before.index - start) % _EVERY == 0:
                yield np.hstack([before.image, after.image])


def _labelled(image: RGBImage) -> RGBImage:
    return Label(image.shape[1], image.shape[0]).draw(np.ascontiguousarray(image))


if __name__ == "__main__":
    main()
