"""What the faces of a set do: one row a face, beside the faces in the same database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.arrays import STORED_UNIT
from engine.faces.facesets.access import reading, writing
from engine.faces.facesets.faceset import FaceSet
from engine.faces.facesets.rows import array_of
from engine.faces.facesets.stored_face import FaceMeasures
from engine.faces.reenactment.expression import COEFFICIENTS, POINTS, Coefficients, Expression
from engine.faces.reenactment.mouth import lips_apart


@dataclass(frozen=True, eq=False)
class Reading:
    """What a face does, without its points."""

    coefficients: Coefficients
    lips: float
    """How far they are apart, as `mouth.lips_apart`."""


class ExpressionStore:
    """Expressions by the ids of faces. Points are in pixels of the stored picture. Not to be shared between threads."""

    def __init__(self, faces: FaceSet) -> None:
        """Open what belongs to a face set; nothing is created before the first write."""
        self._database: Path = faces.database

    def add(self, found: Mapping[int, Expression]) -> None:
        """Keep the expressions of some faces, all or none.

        Raises:
            OutOfDisk: There is no room.
        """
        with writing(self._database) as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO expressions VALUES (?, ?, ?, ?)",
                (
                    (
                        face_id,
                        each.points.astype("<f4").tobytes(),
                        each.coefficients.astype("<f4").tobytes(),
                        each.presence,
                    )
                    for face_id, each in found.items()
                ),
            )

    def missing(self, faces: Sequence[FaceMeasures]) -> list[FaceMeasures]:
        """Return those of some faces whose expression was not read yet."""
        if not self._database.exists():
            return []
        with reading(self._database) as connection:
            known = {face_id for (face_id,) in connection.execute("SELECT face_id FROM expressions")}
        return [face for face in faces if face.face_id not in known]

    def read(self, faces: Sequence[FaceMeasures]) -> dict[int, Expression]:
        """Return the expressions of some faces, as far as they were read.

        Raises:
            ProjectError: The database is damaged.
        """
        if not faces or not self._database.exists():
            return {}
        wanted = {face.face_id for face in faces}
        with reading(self._database) as connection:
            found = connection.execute(
                "SELECT face_id, points, coefficients, presence FROM expressions WHERE face_id BETWEEN ? AND ?",
                (min(wanted), max(wanted)),
            )
            return {
                face_id: Expression(
                    array_of(points).reshape(POINTS, 3),
                    array_of(coefficients).reshape(len(COEFFICIENTS)),
                    float(presence),
                )
                for face_id, points, coefficients, presence in found
                if face_id in wanted
            }

    def readings(self, faces: Sequence[FaceMeasures]) -> dict[int, Reading]:
        """Return what some faces do, as far as it was read: light enough for those of hours of video.

        Raises:
            ProjectError: The database is damaged.
        """
        if not self._database.exists():
            return {}
        wanted = {face.face_id for face in faces}
        with reading(self._database) as connection:
            found = connection.execute("SELECT face_id, points, coefficients FROM expressions")
            return {
                face_id: Reading(
                    array_of(coefficients).reshape(len(COEFFICIENTS)),
                    lips_apart(array_of(points).reshape(POINTS, 3), STORED_UNIT),
                )
                for face_id, points, coefficients in found
                if face_id in wanted
            }
