"""What the video shows the target do and no picture of the source does, now that all faces of both are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.faces.facesets.expression_store import ExpressionStore
from engine.faces.facesets.faceset import FaceSet
from engine.faces.reenactment.motions import motions_of
from engine.project.folder import ProjectFolder
from engine.project.settings import Project
from engine.records.coverage import FaceSeen, lacking
from engine.role import Role
from engine.stages.target import target_media

_MOST_SAID = 3


def remarks_on_coverage(folder: ProjectFolder, project: Project) -> Iterator[str]:
    """Yield what a person should know of it before training, a sentence each: what is seen most often first."""
    source = _seen(folder, project, Role.SOURCE)
    video = target_media(folder, project)
    target = [face for face in _seen(folder, project, Role.TARGET) if face.path == Path(video)]
    lacks = lacking(source, target)
    for lack in lacks[:_MOST_SAID]:
        yield lack.words
    if lacks:
        yield "More pictures of the source that show it make a better swap."


def _seen(folder: ProjectFolder, project: Project, role: Role) -> list[FaceSeen]:
    """Return what the faces do that are learnt from."""
    face_set = FaceSet(folder.faces_of(role))
    faces = face_set.measures(face_set.chosen_person(project.person_of(role)), usable_only=True)
    readings = ExpressionStore(face_set).readings(faces)
    return [
        FaceSeen(
            path=Path(face.media),
            frame_index=face.frame_index,
            person=face.person,
            motions=motions_of(face, readings[face.face_id].coefficients),
        )
        for face in faces
        if face.face_id in readings
    ]
