"""The screening process: decodes fetched pictures, finds faces, assigns them to persons; has no network.

Started by `engine.gather.screening_client`, which sends orders on standard input and reads one answer for each.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import TextIO

import numpy as np

from engine.arrays import Descriptor, RGBImage
from engine.errors import MediaError, NoFacesFound, TooManyPixels, UnderstudioError
from engine.faces.align import frame_to_stored, transform
from engine.faces.detection.track import faces_in
from engine.faces.measures import measure
from engine.faces.models import describer, finder_and_mesh
from engine.faces.persons.clustering import cluster
from engine.gather.perceptual_hash import NEARLY_THE_SAME, hamming_distance, perceptual_hash
from engine.gather.sample import sample_frames
from engine.gather.screening_messages import (
    ORDERS,
    Answer,
    ChoosePerson,
    Order,
    OrderFailed,
    PersonChosen,
    PictureFindings,
    PictureScreened,
    RestoreFindings,
    SampleVideo,
    ScreenedFace,
    ScreenPicture,
    VideoSampled,
)
from engine.media.images import read_image, write_image
from engine.process.child import claim_stdout, write_line
from engine.process.sandbox import confine, inspection_bounds
from engine.project.stage import ExitCode
from engine.records.gather_request import PersonFound, Refusal

_MOST_FACES = 12
"""Faces described in one picture: of a crowd, those that the detector is surest of."""
_LEAST_PX = 32
_ONE_PERSON = 0.5
"""Faces nearer than this, on average, are of one person. Outside there are many people, and dlib's own border of 0.6
joins two women of one age (0.56 apart, where each is 0.26 from herself). It costs the pictures in which a hand covers
half of the face: they are 0.6 from the same person's others."""


_Member = tuple[PictureFindings, ScreenedFace]
"""The findings of a picture, and one of its faces."""


class ScreeningWorker:
    """Screens one picture after another, and keeps what it found."""

    def __init__(self, like: Sequence[Path], smallest_face_px: int) -> None:
        """Begin.

        Args:
            like: Pictures of the right person.
            smallest_face_px: Pictures whose faces are all narrower are refused.

        Raises:
            NoFacesFound: There is no face in one of the pictures.
            MediaError: One of them cannot be read.
        """
        self._smallest = smallest_face_px
        self._findings: dict[str, PictureFindings] = {}
        self._like = [_descriptor(_largest(path)) for path in like]

    def carry_out(self, order: Order) -> Answer:
        """Carry out an order and return its answer."""
        match order:
            case RestoreFindings(findings=findings):
                self._findings |= {each.key: each for each in findings}
                return self._screened(None)
            case ScreenPicture():
                return self._screened(self._screen(order))
            case SampleVideo(video=video, folder=folder, count=count):
                return Answer(sampled=VideoSampled(frames=sample_frames(video, folder, count)))
            case ChoosePerson():
                return Answer(chosen=self._choose(order))

    def _screened(self, findings: PictureFindings | None) -> Answer:
        if findings is not None and findings.refusal is None:
            self._findings[findings.key] = findings
        return Answer(
            screened=PictureScreened(findings=findings, pictures_of_person=len(self._pictures_of_person(None, ())))
        )

    def _screen(self, order: ScreenPicture) -> PictureFindings:
        key, path = order.key, order.path
        try:
            image = read_image(path)
        except TooManyPixels:
            return PictureFindings(key=key, path=path, refusal=Refusal.TOO_MANY_PIXELS)
        except MediaError:
            return PictureFindings(key=key, path=path, refusal=Refusal.DAMAGED)
        hashed = perceptual_hash(image)
        if not order.is_frame and any(_is_near_duplicate(hashed, known) for known in self._findings.values()):
            return PictureFindings(key=key, path=path, refusal=Refusal.ALIKE, perceptual_hash=hashed)
        faces = _faces(image)
        large = tuple(face for face in faces if face.width_px >= self._smallest)
        refusal = None if large else Refusal.SMALL_FACE if faces else Refusal.NO_FACE
        return PictureFindings(
            key=key, path=path, refusal=refusal, perceptual_hash=hashed, faces=large, is_frame=order.is_frame
        )

    def _choose(self, order: ChoosePerson) -> PersonChosen:
        groups = self._groups()
        kept = self._pictures_of_person(order.person, order.confirmed)
        persons = []
        for number, members in sorted(groups.items()):
            thumbnail = order.thumbnails / f"person-{number}.jpg"
            write_image(thumbnail, _portrait(max(members, key=lambda each: each[1].worth)))
            keys = {findings.key for findings, _ in members}
            persons.append((number, len(keys), thumbnail, len(keys & kept)))
        shown = max(persons, key=lambda each: each[3])[0] if persons else None
        return PersonChosen(
            persons=tuple(
                PersonFound(number=number, pictures=count, thumbnail=thumbnail, is_kept=number == shown and own > 0)
                for number, count, thumbnail, own in persons
            ),
            keys=tuple(sorted(kept)),
        )

    def _pictures_of_person(self, person: int | None, confirmed: Sequence[str]) -> set[str]:
        """Return the keys of the pictures that show the right person.

        That is the person whose number is given, else the one in the pictures of `like`, else the one in most of the
        confirmed pictures, else the one in most pictures.
        """
        if person is None and self._like:
            matching = (track for track in self._tracks() if any(self._is_like(face) for _, face in track))
            return {findings.key for track in matching for findings, _ in track}
        groups = {number: {findings.key for findings, _ in members} for number, members in self._groups().items()}
        if person is not None:
            return groups.get(person, set())
        return max(groups.values(), key=lambda keys: (len(keys & set(confirmed)), len(keys)), default=set())

    def _is_like(self, face: ScreenedFace) -> bool:
        """Return whether a face is as near to those of `like` as faces of one person are to one another, on average."""
        own = np.asarray(face.descriptor, np.float32)
        return float(np.mean([np.linalg.norm(own - other) for other in self._like])) < _ONE_PERSON

    def _groups(self) -> dict[int, list[_Member]]:
        """Return the faces of each person, by the person's number."""
        tracks = self._tracks()
        best = [max(track, key=lambda each: each[1].worth) for track in tracks]
        numbers = cluster([_descriptor(face) for _, face in best], [len(track) for track in tracks], _ONE_PERSON)
        groups: dict[int, list[_Member]] = {}
        for number, track in zip(numbers, tracks, strict=True):
            groups.setdefault(number, []).extend(track)
        return groups

    def _tracks(self) -> list[list[_Member]]:
        """Return groups of faces that are certainly of one person: single faces, except for those of a video.

        Few people are in a video, and its frames were chosen for their differences: turned, laughing, behind a hand. So
        they are clustered with the same border as the faces of a target video.
        """
        seen = [(findings, face) for findings in self._findings.values() for face in findings.faces]
        frames = [each for each in seen if each[0].is_frame]
        numbers = cluster([_descriptor(face) for _, face in frames], [1] * len(frames))
        tracks: dict[int, list[_Member]] = {}
        for number, each in zip(numbers, frames, strict=True):
            tracks.setdefault(number, []).append(each)
        return [*([each] for each in seen if not each[0].is_frame), *tracks.values()]


def _is_near_duplicate(hashed: int, known: PictureFindings) -> bool:
    return hamming_distance(hashed, known.perceptual_hash) <= NEARLY_THE_SAME


def _faces(image: RGBImage) -> tuple[ScreenedFace, ...]:
    finder, mesh = finder_and_mesh()
    found = []
    for number, face in enumerate(faces_in(mesh, image, finder.find_in_photo(image, _LEAST_PX))[:_MOST_FACES]):
        measured = measure(face, image)
        placed = transform(face.landmarks, frame_to_stored(face.landmarks))
        turn = np.cos(np.radians(measured.yaw)) * np.cos(np.radians(measured.pitch))
        found.append(
            ScreenedFace(
                number=number,
                width_px=float(measured.width_px),
                descriptor=tuple(describer().describe(measured.picture, placed).tolist()),
                worth=float(measured.sharpness * turn),
            )
        )
    return tuple(found)


def _portrait(member: _Member) -> RGBImage:
    """Return the upright square of a face that was described earlier."""
    findings, face = member
    image = read_image(findings.path)
    finder, mesh = finder_and_mesh()
    found = faces_in(mesh, image, finder.find_in_photo(image, _LEAST_PX))
    return measure(found[min(face.number, len(found) - 1)], image).picture


def _largest(path: Path) -> ScreenedFace:
    """Return the largest face in a picture that shows the right person.

    Raises:
        NoFacesFound: There is none.
    """
    faces = _faces(read_image(path))
    if not faces:
        hint = "Show one that has the face from the front. What was gathered so far is kept."
        raise NoFacesFound(f"{path.name} was given as a picture of the person, but shows no face.", hint)
    return max(faces, key=lambda face: face.width_px)


def _descriptor(face: ScreenedFace) -> Descriptor:
    return np.asarray(face.descriptor, np.float32)


def main() -> int:
    """Carry out orders until standard input closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--writable", type=Path, action="append", default=[])
    parser.add_argument("--readable", type=Path, action="append", default=[])
    parser.add_argument("--like", type=Path, action="append", default=[])
    parser.add_argument("--smallest-face-px", type=int, required=True)
    options = parser.parse_args()
    confine(inspection_bounds(options.writable, [*options.readable, *options.like]))
    return _carry_out_all(claim_stdout(), options.like, options.smallest_face_px)


def _carry_out_all(out: TextIO, like: Sequence[Path], smallest_face_px: int) -> int:
    try:
        worker = ScreeningWorker(like, smallest_face_px)
    except UnderstudioError as error:
        write_line(out, Answer(failed=OrderFailed(title=error.title, hint=error.hint)))
        return ExitCode.FAILED
    orders = _orders()
    while True:
        try:
            answer = worker.carry_out(ORDERS.validate_json(orders.get()))
        except UnderstudioError as error:
            answer = Answer(failed=OrderFailed(title=error.title, hint=error.hint))
        write_line(out, answer)


def _orders() -> SimpleQueue[str]:
    """Return the queue of incoming orders. When standard input closes, the process ends: nobody waits for answers."""
    orders: SimpleQueue[str] = SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            orders.put(line)
        os._exit(ExitCode.DONE)

    threading.Thread(target=read, daemon=True, name="orders").start()
    return orders


if __name__ == "__main__":
    sys.exit(main())
