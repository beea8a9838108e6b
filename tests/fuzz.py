"""Feed broken files to everything that reads what a stranger may have written: `python -m tests.fuzz [--inputs N]`.

Each reader gets valid content with bytes flipped, cut, doubled, and words of its own language put in, and may only
answer as it promises. A shorter run of the same is part of the ordinary tests.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from daemon.presence import Holder, Record, read_record
from daemon.settings import SETTINGS_FILE, load_settings
from daemon.status import State, Status, read_status
from daemon.workspace_lock import read_holder
from engine.errors import ProjectError
from engine.faces.facesets.faceset import DATABASE, FaceSet
from engine.faces.facesets.stored_face import NewChunk, NewFace
from engine.model.checkpoint import CheckpointFacts, read_arrays, read_checkpoint_facts
from engine.model.schedule import HeldOut
from engine.project.consent import require_consent
from engine.project.fence import Claim, read_claim
from engine.project.file import format_project, parse_project
from engine.project.folder import ProjectFolder, create_folder
from engine.project.limits import Limits, read_limits
from engine.project.markers import Marker, marker_path, read_marker, write_marker
from engine.project.media_kinds import kind_of
from engine.project.persons import persons_path, persons_words, read_persons, unclear_person, write_persons
from engine.project.presets import Preset
from engine.project.settings import Consent, ConsentBasis, ConsentRecord, Project
from engine.project.stage import Progress, StageName
from engine.provenance.manifest import parse_credentials
from engine.records.content_check import ContentOutcome, ContentRecord, read_content_record
from engine.records.events import ProgressEvent, parse_event
from engine.records.finder import Finder
from engine.role import Role
from tests.persons import seen

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
_WORDS = [
    *(b"[", b"]", b"{", b"}", b'"', b"'''", b"\\", b"\n", b"=", b",", b":", b"-", b".", b"#", b"\0", b"\xff"),
    *(b"1e999", b"-0", b"NaN", b"inf", b"true", b"null", b"9" * 40, b"0x10", b"1_0", b"2026-13-45", b"0001-01-01"),
    *(b"../../../etc/passwd", b"/etc/passwd", b"\\u0000", b"\\ud800", b"\xe2\x80\xae", b"\x1b[2J", b"\xef\xbb\xbf"),
    *(b"[consent.source]\n", b"[[x]]\n", b"a.b.c.d = 1\n", b"wanted = 'run'\n", b"[" * 3000, b"{" * 3000),
    *(b"SQLite format 3\0", b"\x93NUMPY\x01\0"),
]
SHAPES = [(3, 2), (4,)]


@dataclass(frozen=True)
class Target:
    """One reader."""

    name: str
    seeds: tuple[bytes, ...]
    """Valid contents."""
    read: Callable[[bytes], None]
    """Raises only where the reader breaks its promise."""


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Return content with one to eight things done to it."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(changed) + 1)
        to = at + chance.choice((1, 1, 2, 4, 16, 64))
        flipped = bytes(byte ^ (1 << chance.randrange(8)) for byte in changed[at : at + 1])
        ways = (
            (at, at + 1, flipped),
            (at, at + 1, bytes([chance.randrange(256)])),
            (at, to, b""),
            (at, len(changed), b""),
            (at, at, chance.choice(_WORDS)),
            (at, to, chance.choice(_WORDS)),
            (at, at, bytes(changed[at:to])),
        )
        start, stop, instead = chance.choice(ways)
        changed[start:stop] = instead
    return bytes(changed)


def targets(place: Path) -> Iterator[Target]:
    """Yield every reader, with a place for its files."""
    folder = create_folder(place / "project")
    folder.work.mkdir()
    folder.markers.mkdir()
    yield _project_target(folder)
    yield from _json_targets(folder, place)
    yield Target("what kind of file it is", _heads(), _through_file(place / "file", lambda path: kind_of(path)))
    yield from _checkpoint_targets(place / "step-000000001")
    yield _face_set_target(place / "faces")


def _project_target(folder: ProjectFolder) -> Target:
    person = Consent(basis=ConsentBasis.SELF, note="I agreed", recorded_on=dt.date(2026, 1, 1), is_adult=True)
    project = Project(name="Anna as Ben", consent=ConsentRecord(source=person, target=person))
    text = "# made by hand\n" + format_project(project)
    short = b'name = "x"\n[train]\nminutes = 5 # enough\n'

    def read(content: bytes) -> None:
        folder.project_file.write_bytes(content)
        with contextlib.suppress(ProjectError):
            found = folder.load()
            with contextlib.suppress(ProjectError):
                require_consent(found, NOW.date())
            assert parse_project(format_project(found, folder.project_file.read_text())) == found

    return Target("project file", (text.encode(), short), read)


def _json_targets(folder: ProjectFolder, place: Path) -> Iterator[Target]:
    progress = Progress(stage=StageName.TRAIN, done=3, total=9, rate=0.5, loss=0.1, step=12)
    status = Status(name="x", state=State.RUNNING, progress=progress, updated_at=NOW, stage=StageName.TRAIN)
    yield _json("status", status.model_dump_json(), folder.status_file, lambda: _is_stale(folder))
    write_marker(folder, Marker(StageName.EXTRACT, "ab" * 32, {"faces": 3, "seconds": 1.5, "result": "x.mp4"}))
    marker = marker_path(folder, StageName.EXTRACT)
    yield _json("stage marker", marker.read_text(), marker, lambda: read_marker(folder, StageName.EXTRACT))
    limits = Limits(micro_batch=2, settings="quick", workers=1)
    yield _json("limits", limits.model_dump_json(), folder.limits_file, lambda: read_limits(folder))
    record = ContentRecord(outcome=ContentOutcome.PASSED, digest="ab" * 32, looked_at=9)
    content_file = folder.work / "content.json"
    yield _json("content record", record.model_dump_json(), content_file, lambda: read_content_record(folder))
    write_persons(folder, Role.TARGET, seen(0.6, 0.4, still=(2,)))
    people = persons_path(folder, Role.TARGET)
    yield _json("persons", people.read_text(), people, lambda: _who_is_meant(folder))
    (place / ".understudio").mkdir()
    holder = Holder(pid=1, host="x", since=NOW, polling=False).model_dump_json()
    yield _json("daemon's note", holder, place / ".understudio/daemon.json", lambda: read_holder(place))
    beating = Record(pid=1, host="x", since=NOW, keeper="y", beats=3).model_dump_json()
    beat_file = place / ".understudio/x.json"
    yield _json("daemon's record", beating, beat_file, lambda: read_record(beat_file))
    claim = Claim(host="x", keeper="y", token="z").model_dump_json()
    yield _json("claim", claim, folder.claim_file, lambda: read_claim(folder))
    settings = b"heavy_jobs = 1\nsettle_seconds = 3.0\n[hook]\n"
    yield Target("workspace settings", (settings,), _through_file(place / SETTINGS_FILE, lambda _: _settings(place)))
    event = ProgressEvent(progress=progress).model_dump_json().encode()
    yield Target("line of an engine process", (event,), lambda content: _ignore(parse_event(content)))
    report = b'{"active_manifest": "a", "manifests": {"a": {"assertions": [{"label": "org.understudio.swap"}]}}}'
    yield Target(
        "credentials report", (report,), lambda content: _ignore(parse_credentials(content.decode(errors="replace")))
    )


def _heads() -> tuple[bytes, ...]:
    return (
        b"\xff\xd8\xff\xe0" + bytes(60),
        b"\0\0\0\x18ftypmp42" + bytes(60),
        b"RIFF\0\0\0\0WEBP" + bytes(60),
        b"\x1a\x45\xdf\xa3" + bytes(60),
        b"G" + bytes(187),
    )


def _checkpoint_targets(step: Path) -> Iterator[Target]:
    step.mkdir()
    arrays = [np.ones(shape, np.float32) for shape in SHAPES]
    named = {f"{index:04d}": array for index, array in enumerate(arrays)}
    np.savez(step / "weights.npz", allow_pickle=False, **named)
    np.savez_compressed(step / "small.npz", allow_pickle=False, **named)
    seeds = ((step / "weights.npz").read_bytes(), (step / "small.npz").read_bytes())

    def read(path: Path) -> None:
        with contextlib.suppress(ProjectError):
            found = read_arrays(path, SHAPES)
            assert [array.shape for array in found] == SHAPES
            assert all(np.isfinite(array).all() for array in found)

    def facts(_: Path) -> None:
        with contextlib.suppress(ProjectError):
            read_checkpoint_facts(step)

    yield Target("weights", seeds, _through_file(step / "weights.npz", read))
    facts_page = CheckpointFacts(
        spec=Preset.QUICK.facts.network,
        step=12,
        budget_step=0,
        seconds=3.5,
        recipe="ab",
        seed=1,
        precision="float32",
        rate_factor=1.0,
        held_out=(HeldOut(10, 0.25, 0.25),),
        people=((0.5,) * 128, (-0.25,) * 128),
    )
    page = facts_page.model_dump_json().encode()
    yield Target("checkpoint facts", (page,), _through_file(step / "checkpoint.json", facts))


def _face_set_target(place: Path) -> Target:
    faces = FaceSet(place)
    numbers = {
        "presence": 1.0,
        "sharpness": 50.0,
        "brightness": 99.0,
        "yaw": 0.0,
        "pitch": 0.0,
        "roll": 0.0,
        "width_px": 90.0,
    }
    points = np.ones((468, 3), np.float32)
    face = NewFace(
        frame_index=0,
        track=0,
        landmarks=points,
        is_plausible=True,
        picture_name="a.jpg",
        picture=b"x",
        finder=Finder.HOG,
        **numbers,
    )
    faces.append([NewChunk(media="target/a.mp4", start=0, faces=(face,), recipe="r")])
    faces.set_identities({1: np.ones(128, np.float32)}, {1: 1})
    seed = faces.database.read_bytes()

    def read(path: Path) -> None:
        for side in ("-journal", "-wal"):
            path.with_name(path.name + side).unlink(missing_ok=True)
        with contextlib.suppress(ProjectError):
            found = faces.faces()
            assert all(each.landmarks.shape == (468, 3) and each.picture.parent == faces.pictures for each in found)
            faces.persons()
            faces.skipped()
            faces.recipes()
            faces.done_chunks("target/a.mp4")

    return Target("face set", (seed,), _through_file(place / DATABASE, read))


def _json(name: str, seed: str, path: Path, read: Callable[[], object]) -> Target:
    return Target(name, (seed.encode(),), _through_file(path, lambda _: _ignore(read())))


def _through_file(path: Path, read: Callable[[Path], object]) -> Callable[[bytes], None]:
    def written(content: bytes) -> None:
        path.write_bytes(content)
        read(path)

    return written


def _is_stale(folder: ProjectFolder) -> None:
    status = read_status(folder)
    if status is not None:
        status.is_stale(NOW)


def _who_is_meant(folder: ProjectFolder) -> None:
    project = Project(name="x")
    unclear_person(folder, project)
    persons_words(folder, project)
    assert all(Path(person.picture).name == person.picture for person in read_persons(folder, Role.TARGET).persons)


def _settings(workspace: Path) -> None:
    with contextlib.suppress(ProjectError):
        load_settings(workspace)


def _ignore(_: object) -> None:
    pass


def main(arguments: list[str]) -> int:
    """Try every reader and say how it went; 1 where one broke its promise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="for each reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    options = parser.parse_args(arguments)
    memory = Path("/dev/shm")
    place = Path(tempfile.mkdtemp(prefix="understudio-fuzz-", dir=memory if memory.is_dir() else None))
    failures = 0
    try:
        for target in targets(place):
            if options.only in target.name:
                failures += _tried(target, options.inputs, random.Random(options.seed))
    finally:
        shutil.rmtree(place)
    return 1 if failures else 0


def _tried(target: Target, inputs: int, chance: random.Random) -> int:
    started = time.monotonic()
    broken: dict[str, bytes] = {}
    for _ in range(inputs):
        content = mutated(chance.choice(target.seeds), chance)
        try:
            target.read(content)
        except Exception as error:  # noqa: BLE001 - what else it may be is the question
            broken.setdefault(f"{type(error).__name__}: {str(error)[:100]}", content)
    seconds = time.monotonic() - started
    sys.stdout.write(
        f"{target.name:28} {inputs:7} inputs in {seconds:6.1f} s, {len(broken)} kinds of unexpected exception\n"
    )
    for words, content in broken.items():
        sys.stdout.write(f"    {words}\n      {content[:200]!r}\n")
    sys.stdout.flush()
    return len(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
