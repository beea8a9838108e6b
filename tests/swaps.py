"""A small project with real faces, and a stand-in for the trained model."""

from __future__ import annotations

import datetime as dt
import threading
import time
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from engine.arrays import RGBBatch
from engine.project.folder import ProjectFolder, create_folder
from engine.project.settings import Consent, ConsentBasis, ConsentRecord, Project
from engine.project.stage import Device, Outcome
from tests.real_faces import at_once


class TurnedHue:
    """Gives the face back soft and in other colours, with a mask that says yes everywhere."""

    size = 96
    model_hash = "ab" * 32
    device = Device("2 cores")

    def swap(self, faces: RGBBatch, references: RGBBatch) -> tuple[RGBBatch, NDArray[np.float32]]:
        turned = np.stack([cv2.GaussianBlur(face, (0, 0), 1.0)[..., ::-1] for face in faces])
        return turned, np.ones(faces.shape[:3], np.float32)


def load_turned_hue(checkpoints: Path) -> TurnedHue:
    return TurnedHue()


class SlowHue(TurnedHue):
    """Takes its time, so that something can happen meanwhile."""

    def swap(self, faces: RGBBatch, references: RGBBatch) -> tuple[RGBBatch, NDArray[np.float32]]:
        time.sleep(1.0)
        return super().swap(faces, references)


def load_slow_hue(checkpoints: Path) -> SlowHue:
    return SlowHue()


def a_project() -> Project:
    """A valid project with every setting at its default."""
    person = Consent(
        basis=ConsentBasis.TEST_ACTOR, note="Agreed for tests", recorded_on=dt.date(2026, 1, 1), is_adult=True
    )
    return Project(name="test", consent=ConsentRecord(source=person, target=person))


def cut_clip(clip: Path, frames: int, out: Path) -> Path:
    """The first frames of a clip as they are, and the sound that goes with them."""
    with av.open(str(clip)) as source, av.open(str(out), "w") as result:
        tracks = {stream.index: result.add_stream_from_template(stream) for stream in source.streams}
        until, taken = None, 0
        for packet in source.demux():
            if packet.dts is None or packet.pts is None:
                continue
            if packet.stream.type == "video":
                taken += 1
                if taken > frames:
                    break
                until = float(packet.pts * packet.time_base)
            elif until is not None and float(packet.pts * packet.time_base) > until + 0.1:
                continue
            packet.stream = tracks[packet.stream_index]
            result.mux(packet)
    return out


def extracted_project(place: Path, project: Project, source: Path, target: Path, frames: int = 24) -> ProjectFolder:
    """A project folder as the first stage leaves it."""
    from engine.stages.extract import Extract

    folder = create_folder(place)
    cut_clip(source, frames, folder.source / "source.mp4")
    cut_clip(target, frames, folder.target / "target.mp4")
    folder.save(project)
    folder.work.mkdir()
    # The detector belongs to the thread that made it; a thread of its own ends with it.
    outcome: list[Outcome] = []
    thread = threading.Thread(
        target=lambda: outcome.append(Extract(at_once).run(folder, project, lambda progress: None, lambda: False))
    )
    thread.start()
    thread.join()
    assert outcome == [Outcome.DONE]
    return folder
