"""One frame as conversion would make it, with other blending each time: the model is asked once."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import numpy as np

from engine.arrays import RGBImage
from engine.errors import NoFacesFound, concerning
from engine.media.frames import frame_times, read_frames
from engine.media.probe import read_video_info
from engine.project.consent import require_consent
from engine.project.folder import ProjectFolder
from engine.project.settings import ConvertSettings, Project
from engine.provenance.label import Label, label_frames
from engine.records.blended_frame import BlendedFrame
from engine.role import Role
from engine.stages.conversion.references import References
from engine.stages.conversion.segment import (
    TRANSFER_REACH,
    SwappedFrame,
    SwapperLoader,
    laid_over,
    load_newest,
    painted_faces,
)
from engine.stages.conversion.swapped_face import GuidedFace, PaintedFace
from engine.stages.conversion.target_faces import TargetFaces
from engine.stages.own_model import require_own_model
from engine.stages.reporting.comparison import face_tile
from engine.stages.target import target_video
from engine.stages.training.preview_file import publish_preview

_PICTURE = "blending.jpg"
_SIDE_PX = 320
"""Of each of the two squares: more than most terminals show."""
_KEPT = 4
"""Paintings of the model, each for another steadiness, and blendings of them that are kept: sliders are turned back."""


class Trial:
    """A frame of a project's video, blended anew as often as somebody likes."""

    def __init__(
        self, folder: ProjectFolder, project: Project, share: float = 0.5, load_swapper: SwapperLoader = load_newest
    ) -> None:
        """Load the model, and choose references as conversion does; that takes its time.

        Args:
            folder: Of the project, trained.
            project: Its settings.
            share: Which of the frames with a face: 0 is the first, 1 the last.
            load_swapper: Loads the model.

        Raises:
            ConsentMissing: Somebody has not agreed, or no longer does.
            MediaError: The video, or a stored picture, cannot be read.
            NoFacesFound: There is no frame in which a face would be replaced.
            ProjectError: The trained model is from another project.
        """
        require_consent(project, dt.date.today())
        require_own_model(folder, project)
        self._folder, self._project = folder, project
        with concerning(Role.TARGET):
            self._video = read_video_info(target_video(folder, project))
            faces = self._faces(project.convert.smooth_frames)
            self.index = _frame_at(faces, share)
            """Of the frame."""
            first, last = max(0, self.index - TRANSFER_REACH), self.index + TRANSFER_REACH
            self._frames = list(read_frames(self._video.path, first, last + 1))
        self._at = [frame.index for frame in self._frames].index(self.index)
        self._shows_label = label_frames(faces.arrivals, frame_times(self._video.path))(self.index)
        self._swapper = load_swapper(folder.checkpoints)
        self._references = References(folder, project)
        self._chosen = self._references.choose(faces)
        self._painted = lru_cache(maxsize=_KEPT)(self._paint)
        self._swapped = lru_cache(maxsize=_KEPT)(self._blend)
        (_, self._landmarks), *_ = faces.landmarks_between(self.index, self.index + 1)

    def converted(self, settings: ConvertSettings) -> RGBImage:
        """Return the whole frame, (H, W, 3) uint8, as conversion would make it with these settings."""
        swapped = self._swapped(
            ConvertSettings(
                colour=settings.colour,
                mask_grow=settings.mask_grow,
                mask_blur=settings.mask_blur,
                smooth_frames=settings.smooth_frames,
            )
        )
        image = laid_over(self._frames[self._at], swapped[self._at], swapped, settings)
        is_labelled = settings.label and self._shows_label
        return Label(self._video.width, self._video.height).draw(image) if is_labelled else image

    def publish(self, settings: ConvertSettings) -> BlendedFrame:
        """Return where the face lies as it was and as it would be, signed.

        Raises:
            CertificateUnusable: There is nothing to sign with.
            OutOfDisk: There is no room.
            VerificationFailed: It could not be signed.
        """
        picture = self.beside_the_original(settings)
        publish_preview(self._folder, self._project, _PICTURE, picture, model_sha256=self._swapper.model_hash)
        return BlendedFrame(picture=self._folder.previews / _PICTURE, frame_index=self.index)

    def beside_the_original(self, settings: ConvertSettings) -> RGBImage:
        """Return the face as it was and as it would be, side by side, (S, 2 S, 3) uint8."""
        pair = (self._frames[self._at].image, self.converted(settings))
        return np.hstack([face_tile(image, self._landmarks, _SIDE_PX) for image in pair])

    def _faces(self, smooth_frames: float) -> TargetFaces:
        smoothed = self._project.convert.model_copy(update={"smooth_frames": smooth_frames})
        return TargetFaces(self._folder, self._project.model_copy(update={"convert": smoothed}))

    def _paint(self, smooth_frames: float) -> list[tuple[PaintedFace, ...]]:
        """Return what the model paints in the frame and its neighbours, their landmarks smoothed like this."""
        acting = self._faces(smooth_frames).acting_between(self._frames[0].index, self._frames[-1].index + 1)
        guided = [GuidedFace(face.placed, self._references.guide(face, self._chosen[face.face_id])) for face in acting]
        return list(painted_faces(self._frames, guided, self._references.triangles, self._swapper))

    def _blend(self, settings: ConvertSettings) -> list[SwappedFrame]:
        """Return the frame and its neighbours with their faces swapped; what else is set comes after that."""
        return [
            SwappedFrame(None, frame.index, tuple(face.blended(settings) for face in faces))
            for frame, faces in zip(self._frames, self._painted(settings.smooth_frames), strict=True)
        ]


def _frame_at(faces: TargetFaces, share: float) -> int:
    acting = sorted({face.frame_index for face in faces.acting()[0]})
    if not acting:
        raise NoFacesFound("There is no frame in which a face would be replaced.", "Look at the faces that were found.")
    return acting[round(share * (len(acting) - 1))]
