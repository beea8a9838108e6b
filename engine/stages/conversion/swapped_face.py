"""A swapped face on its way into its frame: its detail, its mask, its colours, and what stays before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from engine.arrays import MODEL_SHARE, STORED_SIZE, Landmarks, Mask, Matrix, RGBImage
from engine.faces.align import frame_to_aligned, hull_mask, in_square, transform, warp
from engine.faces.compositing.blend import face_mask, paste, without_covered
from engine.faces.compositing.colour_match import (
    ColourTransfer,
    apply_colour_transfer,
    mean_colour_transfer,
    measure_colour_transfer,
)
from engine.faces.compositing.detail import with_detail
from engine.faces.compositing.tone import Tone
from engine.faces.models import occlusion_reader
from engine.faces.occlusion import seen_of_both, steady
from engine.faces.reenactment.folds import with_folds
from engine.project.settings import ConvertSettings
from engine.stages.conversion.guide import BentReference, Guide

_TRANSFER_SIGMA = 1.7
"""Standard deviation, in frames, of the smoothing of colour transfers."""


@dataclass(frozen=True, eq=False)
class PlacedFace:
    """A face to be replaced."""

    frame_index: int
    stretch: int
    """Faces that follow one another without a cut or gap share this number."""
    landmarks: Landmarks
    """(468, 3) frame pixels, smoothed."""


@dataclass(frozen=True, eq=False)
class GuidedFace:
    """A face to be replaced, and the photographs that guide its replacement."""

    placed: PlacedFace
    guide: Guide


@dataclass(frozen=True, eq=False)
class SwappedFace:
    """A face's place in its frame and what goes there."""

    stretch: int
    matrix: Matrix
    """Frame pixels to those of swap and mask."""
    swap: RGBImage
    """(B, B, 3) uint8."""
    mask: Mask
    """(B, B) float32 in 0..1, where the face is, whatever is before it."""
    seen: Mask
    """(T, T) float32 in 0..1 of the same square: how far it is seen, in the frame and in the swap."""
    transfer: ColourTransfer


@dataclass(frozen=True, eq=False)
class PaintedFace:
    """A face as the model paints it: all that does not depend on how faces are blended."""

    placed: PlacedFace
    aligned: RGBImage
    """(S, S, 3) uint8, the target's face."""
    swap: RGBImage
    """(S, S, 3) uint8, the model's prediction."""
    learned: Mask
    """(S, S) float32 in 0..1, its mask."""
    hull: Mask
    """(S, S) float32 in 0..1, where both people's faces are."""
    seen: Mask
    """As in `SwappedFace`."""
    detailed: RGBImage
    """(B, B, 3) uint8, the prediction with the reference's detail."""

    def blended(self, settings: ConvertSettings) -> SwappedFace:
        """Return it as it is laid into its frame: with a mask, and its colours' way."""
        mask = face_mask(self.learned, self.hull, settings.mask_grow, settings.mask_blur)
        transfer = measure_colour_transfer(self.swap, self.aligned, without_covered(mask, self.seen), settings.colour)
        side = len(self.detailed)
        large = np.asarray(cv2.resize(mask, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)
        matrix = frame_to_aligned(self.placed.landmarks, side)
        return SwappedFace(self.placed.stretch, matrix, self.detailed, large, self.seen, transfer)


@dataclass(frozen=True, eq=False)
class FinishedFace:
    """A swapped face as it is seen in its frame."""

    swap: RGBImage
    """(B, B, 3) uint8, in the colours of the frame."""
    mask: Mask
    """(B, B) float32, without what is before the face."""
    matrix: Matrix
    """Frame pixels to those of swap and mask."""
    tone: Tone
    """That of the frame."""

    def laid_into(self, frame: RGBImage, sharpening: float) -> RGBImage:
        """Return a copy of a frame, (H, W, 3) uint8, with the face in it, as `paste`."""
        return paste(frame, self.swap, self.mask, self.matrix, sharpening, tone=self.tone)


def reduced(square: RGBImage, size: int) -> RGBImage:
    """Return a square, (B, B, 3) uint8, with so many pixels a side."""
    return np.asarray(cv2.resize(square, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def aligned_face(image: RGBImage, landmarks: Landmarks, size: int) -> RGBImage:
    """Return the model's square, made as training pictures are: cut out large, then averaged down."""
    return reduced(large_square(image, landmarks, STORED_SIZE), size)


def large_square(image: RGBImage, landmarks: Landmarks, stored_side: int) -> RGBImage:
    """Return the model's square at the size that it has in stored pictures of so many pixels a side."""
    side = round(stored_side * MODEL_SHARE)
    return warp(image, frame_to_aligned(landmarks, side), side)


def painted(face: GuidedFace, square: RGBImage, reference: BentReference, swap: RGBImage, learned: Mask) -> PaintedFace:
    """Return a face as the model paints it, with the reference's detail, and how far it is seen.

    Args:
        face: Where it is, and what the photograph was bent to.
        square: (B, B, 3) uint8, the target's face.
        reference: The bent photograph.
        swap: (S, S, 3) uint8, the model's prediction.
        learned: (S, S) float32 in 0..1, its mask.
    """
    size = len(swap)
    landmarks = transform(face.placed.landmarks, frame_to_aligned(face.placed.landmarks, size))
    # Where the source's face is the narrower one, what lies beside it is the wall that the source sat before.
    shown = hull_mask(in_square(face.guide.wanted, size), size, has_fringe=face.guide.has_fringe)
    hull = hull_mask(landmarks, size) * shown
    # The source's own hair, where the target has skin, is no part of the face either.
    seen = seen_of_both(occlusion_reader().seen(square), reference.seen, face.placed.landmarks)
    detailed = with_detail(swap, reference.picture) if len(reference.picture) > len(swap) else swap
    if reference.folds is not None:
        detailed = with_folds(detailed, reference.folds)
    return PaintedFace(face.placed, reduced(square, size), swap, learned, hull, seen, detailed)


def finished(face: SwappedFace, near: Sequence[SwappedFace], apart: Sequence[int]) -> FinishedFace:
    """Return a face as its frame shows it, evened out with neighbouring frames, the nearer ones counting more.

    Args:
        face: The face.
        near: The same face in neighbouring frames, this one among them.
        apart: How many frames each is away.
    """
    weights = [float(np.exp(-0.5 * (each / _TRANSFER_SIGMA) ** 2)) for each in apart]
    transfer = mean_colour_transfer([other.transfer for other in near], weights)
    mask = without_covered(face.mask, steady(face.seen, [other.seen for other in near], apart))
    return FinishedFace(apply_colour_transfer(face.swap, transfer), mask, face.matrix, transfer.tone)
