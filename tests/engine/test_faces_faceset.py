import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from engine.arrays import Descriptor
from engine.errors import ProjectError, WrongPerson
from engine.faces.facesets import rows
from engine.faces.facesets.faceset import FaceSet
from engine.faces.facesets.sqlite_errors import translated_damage
from engine.faces.facesets.stored_face import NewChunk, NewFace
from engine.records.finder import Finder


def new_face(frame: int, track: int = 0, sharpness: float = 100.0, media: str = "clip") -> NewFace:
    return NewFace(
        frame_index=frame,
        track=track,
        landmarks=np.full((468, 3), frame, np.float32),
        presence=1.0,
        sharpness=sharpness,
        brightness=100.0,
        yaw=0.0,
        pitch=0.0,
        roll=0.0,
        width_px=100.0,
        is_plausible=True,
        picture_name=f"{media}_{frame:07d}_{track}.jpg",
        picture=b"not looked at",
    )


def chunk(start: int, *faces: NewFace, media: str = "source/a.mp4", tracks: dict[int, int] | None = None) -> NewChunk:
    return NewChunk(media, start, faces, "recipe", tracks or {})


def descriptor(value: float) -> Descriptor:
    return np.full(128, value, np.float32)


@pytest.fixture
def faces(tmp_path: Path) -> FaceSet:
    return FaceSet(tmp_path / "faces")


def test_a_set_that_is_not_there_is_empty_and_stays_so(faces: FaceSet) -> None:
    assert faces.faces() == []
    assert faces.measures() == []
    assert faces.persons() == []
    assert faces.skipped() == []
    assert faces.chosen_person(None) == 1
    assert not faces.folder.exists()


def test_it_is_kept_who_found_a_track_and_forgotten_with_its_file(faces: FaceSet) -> None:
    turned = replace(new_face(0), finder=Finder.BLAZEFACE)
    faces.append([chunk(0, turned, replace(new_face(1), finder=Finder.BLAZEFACE)), chunk(2, new_face(2, 1))])
    assert [face.finder for face in faces.faces()] == [Finder.BLAZEFACE, Finder.BLAZEFACE, Finder.HOG]
    assert [face.finder for face in faces.measures()] == [Finder.BLAZEFACE, Finder.BLAZEFACE, Finder.HOG]
    faces.forget_media("source/a.mp4")
    faces.append([chunk(0, new_face(0))])
    assert [face.finder for face in faces.faces()] == [Finder.HOG]


def test_a_set_that_does_not_say_who_found_its_faces_had_them_found_by_hog(faces: FaceSet) -> None:
    faces.append([chunk(0, replace(new_face(0), finder=Finder.BLAZEFACE))])
    with closing(sqlite3.connect(faces.database)) as connection:
        connection.execute("DROP TABLE finders")
    assert [face.finder for face in faces.faces()] == [Finder.HOG]


def test_faces_come_back_as_they_were_put_in(faces: FaceSet) -> None:
    faces.append([chunk(0, new_face(0), new_face(1, sharpness=7.5))])
    first, second = faces.faces()
    assert (first.frame_index, second.frame_index, second.sharpness) == (0, 1, 7.5)
    assert first.landmarks.dtype == np.float32
    np.testing.assert_array_equal(second.landmarks, np.full((468, 3), 1, np.float32))
    assert first.picture.read_bytes() == b"not looked at"
    assert first.track == second.track


def test_a_deleted_picture_takes_its_face_along(faces: FaceSet) -> None:
    faces.append([chunk(0, new_face(0), new_face(1), new_face(2))])
    faces.faces()[1].picture.unlink()
    assert [face.frame_index for face in faces.faces()] == [0, 2]
    assert [face.frame_index for face in faces.measures()] == [0, 2]
    assert [face.frame_index for face in faces.faces_at("source/a.mp4", 1)] == [1]


def test_tracks_of_two_chunks_are_one_only_where_they_are_linked(faces: FaceSet) -> None:
    faces.append([chunk(0, new_face(0))])
    known = faces.faces()[0].track
    faces.append([chunk(1, new_face(1), new_face(1, track=1), tracks={0: known})])
    faces.append([chunk(2, new_face(2))])
    tracks = [face.track for face in faces.faces()]
    assert tracks[1] == known
    assert len(set(tracks)) == 3


def test_faces_are_asked_for_by_file_frames_and_person(faces: FaceSet) -> None:
    faces.append([chunk(0, *(new_face(i) for i in range(5)))])
    faces.append([chunk(0, new_face(0, media="b"), media="source/b.mp4")])
    one, other = faces.faces()[0].track, faces.faces(media="source/b.mp4")[0].track
    faces.set_identities({one: descriptor(0.1), other: descriptor(0.9)}, {one: 1, other: 2})
    assert len(faces.faces(media="source/a.mp4", frames=(1, 3))) == 2
    assert [face.media for face in faces.faces(2)] == ["source/b.mp4"]
    assert len(faces.measures(1)) == 5


def test_rejected_faces_are_left_out_where_only_usable_ones_are_wanted(faces: FaceSet) -> None:
    faces.append([chunk(0, new_face(0), new_face(1))])
    faces.set_rejected({faces.faces()[0].face_id: "too blurred"})
    assert [face.frame_index for face in faces.faces(usable_only=True)] == [1]
    faces.set_rejected({})
    assert len(faces.faces(usable_only=True)) == 2


def test_persons_are_summed_up_with_their_sharpest_usable_picture(faces: FaceSet) -> None:
    faces.append([chunk(0, new_face(0, sharpness=50), new_face(1, sharpness=90), new_face(2, sharpness=70))])
    track = faces.faces()[0].track
    faces.set_identities({track: descriptor(0.5)}, {track: 1})
    faces.set_rejected({faces.faces()[1].face_id: "too small"})
    (person,) = faces.persons()
    assert (person.number, person.faces, person.tracks) == (1, 3, 1)
    assert person.picture.name == "clip_0000002_0.jpg"
    np.testing.assert_allclose(person.descriptor, 0.5)


def test_a_person_who_was_not_seen_is_refused_with_the_number_of_those_who_were(faces: FaceSet) -> None:
    faces.append([chunk(0, new_face(0))])
    faces.set_identities({}, {faces.faces()[0].track: 1})
    assert faces.chosen_person(None) == faces.chosen_person(1) == 1
    with pytest.raises(WrongPerson, match="asks for person 2, but only person 1 was seen"):
        faces.chosen_person(2)
    with pytest.raises(WrongPerson):
        faces.descriptor_of(2)


def test_a_file_is_forgotten_with_its_pictures(faces: FaceSet) -> None:
    faces.append([chunk(0, new_face(0)), chunk(0, new_face(0, media="b"), media="source/b.mp4")])
    faces.skip_media("source/c.mp4", "It is broken.")
    faces.forget_media("source/a.mp4")
    assert [path.name for path in faces.pictures.iterdir()] == ["b_0000000_0.jpg"]
    assert faces.recipes() == {"source/b.mp4": "recipe"}
    assert faces.done_chunks("source/a.mp4") == set()
    assert [(each.media, each.reason) for each in faces.skipped()] == [("source/c.mp4", "It is broken.")]


def test_a_chunk_that_fails_half_way_leaves_no_rows(faces: FaceSet) -> None:
    faces.append([chunk(0, new_face(0))])
    with pytest.raises(Exception, match="UNIQUE"):
        faces.append([chunk(1, new_face(1)), chunk(0, new_face(0))])
    assert [face.frame_index for face in faces.faces()] == [0]
    assert faces.done_chunks("source/a.mp4") == {0}


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_READ])
def test_a_face_set_that_the_disk_does_not_give_back_counts_as_damaged(tmp_path: Path, code: int) -> None:
    failure = sqlite3.OperationalError("disk I/O error")
    failure.sqlite_errorcode = code
    with pytest.raises(ProjectError, match="damaged"), translated_damage(tmp_path / "source_faces" / "faces.sqlite"):
        raise failure


def test_of_a_face_set_that_is_gone_nobody_is_known_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(WrongPerson):
        FaceSet(tmp_path / "faces").descriptor_of(1)
    assert not (tmp_path / "faces").exists()


class Explained:
    """A connection that notes how SQLite goes about each SELECT."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.steps: list[str] = []

    def execute(self, statement: str, values: Sequence[int | str] = ()) -> sqlite3.Cursor:
        self.steps += [row[3] for row in self._connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
        return self._connection.execute(statement, values)


def test_the_faces_of_a_piece_of_video_are_searched_for_and_not_picked_out_of_all(faces: FaceSet) -> None:
    faces.append([chunk(0, *(new_face(frame) for frame in range(9)))])
    with rows.opened(faces.database) as connection:
        explained = Explained(connection)
        query = rows.Query(media="source/a.mp4", frames=(3, 5))
        found = rows.select_faces(cast(sqlite3.Connection, explained), faces.pictures, query)
    assert [face.frame_index for face in found] == [3, 4]
    assert [step.split()[0] for step in explained.steps] == ["SEARCH", "SEARCH", "SEARCH"]


@pytest.mark.parametrize("asked_singly", [0, 2000])
def test_a_face_counts_only_with_its_picture_however_that_is_found_out(
    faces: FaceSet, monkeypatch: pytest.MonkeyPatch, asked_singly: int
) -> None:
    monkeypatch.setattr("engine.faces.facesets.faceset._ASKED_SINGLY", asked_singly)
    faces.append([chunk(0, *(new_face(frame) for frame in range(3)))])
    faces.faces()[1].picture.unlink()
    assert [face.frame_index for face in faces.faces(media="source/a.mp4", frames=(0, 3))] == [0, 2]
    assert [face.frame_index for face in faces.deleted("source/a.mp4")] == [1]
