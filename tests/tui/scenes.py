"""Workspaces to look at: projects in every state, with pictures, a long name and a name in another script."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import cv2
import numpy as np

from daemon.status import LoggedFailure, State, Status, write_status
from engine.faces.facesets.rows import opened
from engine.media.images import read_image, write_image
from engine.project.folder import ProjectFolder, create_folder
from engine.project.persons import unclear_person, write_persons
from engine.project.settings import Consent, ConsentBasis, ConsentRecord, ConvertSettings, Project
from engine.project.stage import Progress, StageName
from engine.records.check import CheckReport, PersonSeen, ValueRange
from engine.records.failure import Failure
from engine.records.kept_results import keep_result, rename_kept
from engine.records.report import (
    FrameCounts,
    Likeness,
    MadeWith,
    Quality,
    ReportFile,
    Sameness,
    SkippedFile,
    StageTime,
    Training,
    write_report,
)
from engine.records.video_strip import Strip
from engine.role import Role
from tests.persons import seen


def picture(path: Path, seed: int, width: int = 160, height: int = 160) -> Path:
    """Draw something that a person tells from others: a round face on a ground of another colour."""
    ground = np.zeros((height, width, 3), np.uint8)
    ground[:] = [(seed * 53) % 200, (seed * 97) % 200, 90]
    for x in range(height // 2, width, height):
        cv2.circle(ground, (x, height // 2), height // 3, (220, 180 - 10 * (seed % 5), 150), -1)
        for eye in (-1, 1):
            cv2.circle(ground, (x + eye * height // 9, height * 4 // 9), height // 24, (40, 40, 60), -1)
        cv2.ellipse(ground, (x, height * 3 // 5), (height // 9, height // 18), 0, 0, 180, (160, 60, 70), -1)
    write_image(path, ground)
    return path


def before_and_after(path: Path) -> None:
    """Draw four faces before, above, and after, below, as the report does."""
    columns = [[picture(path.with_name(f"{seed}.jpg"), seed) for seed in (column, column + 4)] for column in range(4)]
    tiles = np.hstack([np.vstack([read_image(tile) for tile in column]) for column in columns])
    for tile in (tile for column in columns for tile in column):
        tile.unlink()
    write_image(path, tiles)


def project_named(name: str) -> Project:
    """Return a project to which both people agreed."""
    consent = Consent(basis=ConsentBasis.WRITTEN_RELEASE, note="Agreed", recorded_on=dt.date(2026, 1, 1), is_adult=True)
    return Project(name=name, consent=ConsentRecord(source=consent, target=consent))


def put_project(workspace: Path, folder: str, name: str, status: Status | None) -> ProjectFolder:
    """Make a project folder as daemon and stages leave it."""
    made = create_folder(workspace / folder)
    made.save(project_named(name))
    if status is not None:
        write_status(made, status.model_copy(update={"name": name}))
    date(made)
    return made


def date(folder: ProjectFolder) -> None:
    """Have a project changed last at a time that every run of the tests shows alike."""
    for file in (folder.project_file, folder.status_file):
        if file.exists():
            os.utime(file, (0, dt.datetime(2026, 11, 24, 20, 30, tzinfo=dt.UTC).timestamp()))


def training(now: dt.datetime) -> Status:
    """Return the status of a project in training."""
    progress = Progress(
        stage=StageName.TRAIN, done=5.03, total=12, unit="minutes", rate=1.0, eta_seconds=1500, loss=0.021, step=2417
    )
    return Status(
        name="",
        state=State.RUNNING,
        message="Training.",
        stage=StageName.TRAIN,
        stages_done=(StageName.EXTRACT,),
        progress=progress,
        preview="work/previews/step-000002400.jpg",
        updated_at=now,
    )


def failed(now: dt.datetime) -> Status:
    """Return the status of a project that cannot go on."""
    words = LoggedFailure(
        kind="NoFacesFound",
        role=Role.SOURCE,
        title="Only 7 usable faces of the person who will appear were found; it takes at least 20.",
        hint="Add photos or a video in which the face is larger and sharper. What was found is kept.",
        log="/home/anna/understudio/party/work/log.txt",
    )
    return Status(
        name="", state=State.FAILED, message=words.title, stage=StageName.EXTRACT, failure=words, updated_at=now
    )


def simple(state: State, now: dt.datetime, message: str = "", position: int | None = None) -> Status:
    """Return a status with nothing but a state."""
    stage = None if state is State.FINISHED else StageName.EXTRACT
    return Status(name="", state=state, message=message, stage=stage, queue_position=position, updated_at=now)


def full_workspace(workspace: Path, now: dt.datetime) -> None:
    """Fill a workspace with a project in each state."""
    anna = put_project(workspace, "anna-as-ben", "Anna as Ben", training(now))
    anna.history.mkdir()
    course = "".join(f"{step},0,{0.01 + 4 / step},{0.01 + 2 / step},0.01,0,0\n" for step in range(20, 2400, 20))
    (anna.history / "loss.csv").write_text(f"step,seconds,source,target,mask,codes,rate\n{course}")
    picture(anna.previews / "step-000002400.jpg", 3, 480, 96)
    put_project(workspace, "party", "Birthday party, uncle Ole as the king of Sweden, second try", failed(now))
    put_project(workspace, "film", "映画の吹き替え、田中さん", simple(State.QUEUED, now, "Ready.", 2))
    put_project(workspace, "old", "Old film", simple(State.FINISHED, now, "The result is there."))
    put_project(workspace, "hold", "Lecture", simple(State.PAUSED, now, "Paused."))
    waiting = put_project(workspace, "dropped", "dropped", simple(State.WAITING, now, "Consent is missing."))
    waiting.project_file.unlink()


def finished(workspace: Path, now: dt.datetime) -> ProjectFolder:
    """Make a project with a result and its report."""
    folder = put_project(workspace, "anna-as-ben", "Anna as Ben", simple(State.FINISHED, now))
    before_and_after(folder.result / "preview.jpg")
    write_report(folder.report_json, sample_report())
    (folder.result / "Anna-as-Ben.mp4").write_bytes(b"video")
    return folder


def put_earlier_result(folder: ProjectFolder, name: str) -> None:
    """Put a sharper result before the one that is there."""
    project = folder.load()
    sharper = project.model_copy(update={"convert": ConvertSettings(sharpen=2.0)})
    report = sample_report()
    write_report(folder.report_json, report.model_copy(update={"made_with": MadeWith.of(sharper)}))
    kept = keep_result(folder, project)
    assert kept is not None
    rename_kept(kept, name)
    folder.report_json.unlink()
    write_report(folder.report_json, report.model_copy(update={"made_with": MadeWith.of(project)}))
    for hours, place in ((3, folder.result / "earlier" / name), (1, folder.result)):
        os.utime(place / "report.json", (0, dt.datetime(2026, 11, 24, 21 - hours, tzinfo=dt.UTC).timestamp()))


def sample_report() -> ReportFile:
    """Return a report with something to say about everything."""
    return ReportFile(
        project="Anna as Ben",
        result="Anna-as-Ben.mp4",
        comparison="compare.mp4",
        preview="preview.jpg",
        width=1280,
        height=720,
        seconds=30,
        frame_rate=29.97,
        has_sound=True,
        is_labelled=True,
        is_signed=True,
        content_check="passed",
        frames=FrameCounts(total=900, changed=873, no_face=15, other_person=0, picture_deleted=0, implausible=12),
        likeness=Likeness(
            frames=40,
            to_source=0.41,
            to_target=0.7,
            nearer_to_source=0.95,
            before_to_source=0.8,
            source_to_itself=0.3,
        ),
        quality=Quality(
            jitter_ratio=1.1, border_step=2.0, border_step_before=2.1, sharpness_ratio=0.9, outside_psnr_db=45
        ),
        same=Sameness(size=True, frame_count=True, time_stamps=True, rotation=True, colour=True, sound=True),
        training=Training(
            preset="quick", size=96, steps=5200, minutes=12, loss=0.018, source_faces=420, target_faces=873
        ),
        skipped=(SkippedFile(media="source/broken.jpg", reason="It is cut off."),),
        times=(StageTime(stage="extract", minutes=1), StageTime(stage="convert", minutes=2)),
    )


def check_report(folder: Path, persons: int) -> CheckReport:
    """Return what a look at media found."""
    seen = [
        PersonSeen(
            number=number,
            share=[0.78, 0.16, 0.06][number - 1],
            weight=[0.78, 0.16, 0.06][number - 1],
            faces=30 // number,
            thumbnail=picture(folder / f"person-{number}.jpg", number),
        )
        for number in range(1, persons + 1)
    ]
    return CheckReport(
        photos=3,
        photos_seen=3,
        videos=1,
        frames=900,
        frames_seen=120,
        faces=121,
        faces_expected=560,
        persons=seen,
        without_face=2,
        yaw=ValueRange(lowest=-28, median=2, highest=12),
        pitch=ValueRange(lowest=-9, median=0, highest=14),
        width_px=ValueRange(lowest=70, median=132, highest=180),
        sharpness=ValueRange(lowest=20, median=60, highest=90),
        brightness=ValueRange(lowest=80, median=120, highest=160),
        skipped=[],
        advice=["Faces turn to the left of the picture only; add some that turn to the right."],
    )


def glance(folder: Path) -> Strip:
    """Return a video at a glance."""
    pictures = [picture(folder / f"frame-{number}.jpg", number, 160, 90) for number in range(5)]
    return Strip(
        width=1280,
        height=720,
        seconds=30.03,
        frames=900,
        frame_rate=29.97,
        sound_tracks=1,
        is_hdr=False,
        thumbnails=pictures,
    )


def put_persons(folder: ProjectFolder, role: Role, *weights: float, still: tuple[int, ...] = ()) -> None:
    """Put people with these weights into a project, a picture each."""
    write_persons(folder, role, seen(*weights, still=still))
    for number in range(1, len(weights) + 1):
        place = folder.faces_of(role) / "pictures"
        place.mkdir(exist_ok=True)
        picture(place / f"{number}.jpg", number)
    picture(folder.faces_of(role) / "persons.jpg", 7, 960, 540)


def waiting_for_a_word(folder: ProjectFolder, now: dt.datetime) -> Status:
    """Return the status of a project that waits for a word."""
    question = unclear_person(folder, folder.load())
    assert question is not None
    return simple(State.WAITING, now, question.title).model_copy(
        update={"hint": question.hint, "missing": Failure.of(question), "stage": StageName.TRAIN}
    )


def put_faces(face_set: Path, persons: list[int]) -> None:
    """Fill a face set with pictures, each of the person with that number."""
    for at in range(len(persons)):
        picture(face_set / "pictures" / f"{at}.jpg", at)
    with opened(face_set / "faces.sqlite") as connection:
        for at, person in enumerate(persons):
            connection.execute("INSERT INTO tracks (track, media, person) VALUES (?, 'v', ?)", (at + 1, person))
            connection.execute(
                "INSERT INTO faces (media, frame_index, track, landmarks, presence, sharpness, brightness, yaw, pitch,"
                " roll, width_px, is_plausible, picture) VALUES ('v', ?, ?, '', 1, 9, 9, 0, 0, 0, 90, 1, ?)",
                (at, at + 1, f"{at}.jpg"),
            )
        connection.commit()
