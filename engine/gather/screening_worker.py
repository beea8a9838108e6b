"""The process that decodes: looks at fetched pictures, tells persons apart, has no network.

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
from engine.faces.identity import cluster
from engine.faces.measures import measure
from engine.faces.models import describer, detector_and_mesh
from engine.faces.track import faces_in
from engine.gather.perceptual_hash import NEARLY_THE_SAME, bits_apart, fingerprint
from engine.gather.sample import sample
from engine.gather.screening_messages import (
    ORDERS,
    Answer,
    Choose,
    Chosen,
    FaceSeen,
    Failed,
    Known,
    Look,
    LookAt,
    Order,
    Sample,
    Sampled,
    Sifted,
)
from engine.media.images import read_image, write_image
from engine.process.child import claim_stdout, write_line
from engine.process.sandbox import confine, looking
from engine.project.stage import ExitCode
from engine.records.gather_request import PersonFound, Refusal

_MOST_FACES = 12
"""Described in one picture: of a crowd, the surest."""
_LEAST_PX = 32
_ONE_PERSON = 0.5
"""Faces nearer than this, on the mean, are of one person. Outside there are many people, and dlib's own border of 0.6
joins two women of one age (0.56 apart, where each is 0.26 from herself). It costs the pictures in which a hand covers
half of the face: they are 0.6 from the same person's others."""


_Member = tuple[Look, FaceSeen]
"""A face and the picture that it is in."""


class Sifter:
    """Looks at one picture after another, and remembers what it saw."""

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
        self._looks: dict[str, Look] = {}
        self._like = [_descriptor(_largest(path)) for path in like]

    def obey(self, order: Order) -> Answer:
        """Do what is asked."""
        match order:
            case Known(looks=looks):
                self._looks |= {look.key: look for look in looks}
                return self._sifted(None)
            case LookAt():
                return self._sifted(self._look(order))
            case Sample(video=video, folder=folder, count=count):
                return Answer(sampled=Sampled(frames=sample(video, folder, count)))
            case Choose():
                return Answer(chosen=self._choose(order))

    def _sifted(self, look: Look | None) -> Answer:
        if look is not None and look.refusal is None:
            self._looks[look.key] = look
        return Answer(sifted=Sifted(look=look, of_person=len(self._of_person(None, ()))))

    def _look(self, order: LookAt) -> Look:
        key, path = order.key, order.path
        try:
            image = read_image(path)
        except TooManyPixels:
            return Look(key=key, path=path, refusal=Refusal.TOO_MANY_PIXELS)
        except MediaError:
            return Look(key=key, path=path, refusal=Refusal.DAMAGED)
        bits = fingerprint(image)
        if not order.is_frame and any(_is_alike(bits, known) for known in self._looks.values()):
            return Look(key=key, path=path, refusal=Refusal.ALIKE, fingerprint=bits)
        faces = _faces(image)
        large = tuple(face for face in faces if face.width_px >= self._smallest)
        refusal = None if large else Refusal.SMALL_FACE if faces else Refusal.NO_FACE
        return Look(key=key, path=path, refusal=refusal, fingerprint=bits, faces=large, is_frame=order.is_frame)

    def _choose(self, order: Choose) -> Chosen:
        groups = self._groups()
        kept = self._of_person(order.person, order.confirmed)
        persons = []
        for number, members in sorted(groups.items()):
            thumbnail = order.thumbnails / f"person-{number}.jpg"
            write_image(thumbnail, _portrait(max(members, key=lambda each: each[1].worth)))
            keys = {look.key for look, _ in members}
            persons.append((number, len(keys), thumbnail, len(keys & kept)))
        shown = max(persons, key=lambda each: each[3])[0] if persons else None
        return Chosen(
            persons=tuple(
                PersonFound(number=number, pictures=count, thumbnail=thumbnail, is_kept=number == shown and own > 0)
                for number, count, thumbnail, own in persons
            ),
            keys=tuple(sorted(kept)),
        )

    def _of_person(self, person: int | None, confirmed: Sequence[str]) -> set[str]:
        """Return the pictures that show the right person: as told, as shown, as confirmed, or the one seen most."""
        if person is None and self._like:
            alike = (track for track in self._tracks() if any(self._is_like(face) for _, face in track))
            return {look.key for track in alike for look, _ in track}
        groups = {number: {look.key for look, _ in members} for number, members in self._groups().items()}
        if person is not None:
            return groups.get(person, set())
        return max(groups.values(), key=lambda keys: (len(keys & set(confirmed)), len(keys)), default=set())

    def _is_like(self, face: FaceSeen) -> bool:
        """Return whether a face is as near to the pictures shown as those of one person are, on the mean."""
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
        """Return faces that are surely of one person: each by itself, but for those of a video.

        Few people are in one, and its frames were chosen for their differences: turned, laughing, behind a hand. So
        they are joined as those of a video to be changed are.
        """
        seen = [(look, face) for look in self._looks.values() for face in look.faces]
        frames = [each for each in seen if each[0].is_frame]
        numbers = cluster([_descriptor(face) for _, face in frames], [1] * len(frames))
        tracks: dict[int, list[_Member]] = {}
        for number, each in zip(numbers, frames, strict=True):
            tracks.setdefault(number, []).append(each)
        return [*([each] for each in seen if not each[0].is_frame), *tracks.values()]


def _is_alike(bits: int, known: Look) -> bool:
    return bits_apart(bits, known.fingerprint) <= NEARLY_THE_SAME


def _faces(image: RGBImage) -> tuple[FaceSeen, ...]:
    detector, mesh = detector_and_mesh()
    found = []
    for number, face in enumerate(faces_in(mesh, image, detector.find_in_photo(image, _LEAST_PX))[:_MOST_FACES]):
        measured = measure(face, image)
        placed = transform(face.landmarks, frame_to_stored(face.landmarks))
        turn = np.cos(np.radians(measured.yaw)) * np.cos(np.radians(measured.pitch))
        found.append(
            FaceSeen(
                number=number,
                width_px=float(measured.width_px),
                descriptor=tuple(describer().describe(measured.picture, placed).tolist()),
                worth=float(measured.sharpness * turn),
            )
        )
    return tuple(found)


def _portrait(member: _Member) -> RGBImage:
    """Return the upright square of a face that was described earlier."""
    look, face = member
    image = read_image(look.path)
    detector, mesh = detector_and_mesh()
    found = faces_in(mesh, image, detector.find_in_photo(image, _LEAST_PX))
    return measure(found[min(face.number, len(found) - 1)], image).picture


def _largest(path: Path) -> FaceSeen:
    """Return the largest face in a picture that shows the right person.

    Raises:
        NoFacesFound: There is none.
    """
    faces = _faces(read_image(path))
    if not faces:
        hint = "Show one that has the face from the front. What was gathered so far is kept."
        raise NoFacesFound(f"No face was found in {path.name}, which is to show the person.", hint)
    return max(faces, key=lambda face: face.width_px)


def _descriptor(face: FaceSeen) -> Descriptor:
    return np.asarray(face.descriptor, np.float32)


def main() -> int:
    """Obey orders until nobody gives any."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--writable", type=Path, action="append", default=[])
    parser.add_argument("--readable", type=Path, action="append", default=[])
    parser.add_argument("--like", type=Path, action="append", default=[])
    parser.add_argument("--smallest-face-px", type=int, required=True)
    options = parser.parse_args()
    confine(looking(options.writable, [*options.readable, *options.like]))
    return _obey_all(claim_stdout(), options.like, options.smallest_face_px)


def _obey_all(out: TextIO, like: Sequence[Path], smallest_face_px: int) -> int:
    try:
        sifter = Sifter(like, smallest_face_px)
    except UnderstudioError as error:
        write_line(out, Answer(failed=Failed(title=error.title, hint=error.hint)))
        return ExitCode.FAILED
    orders = _orders()
    while True:
        try:
            answer = sifter.obey(ORDERS.validate_json(orders.get()))
        except UnderstudioError as error:
            answer = Answer(failed=Failed(title=error.title, hint=error.hint))
        write_line(out, answer)


def _orders() -> SimpleQueue[str]:
    """Return where orders come in. Once whoever gives them is gone, the process ends: nobody waits for what it does."""
    orders: SimpleQueue[str] = SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            orders.put(line)
        os._exit(ExitCode.DONE)

    threading.Thread(target=read, daemon=True, name="orders").start()
    return orders


if __name__ == "__main__":
    sys.exit(main())
