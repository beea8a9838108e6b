"""The fourth stage on real faces, with a stand-in for the model."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ConsentMissing, MediaError
from engine.faces.facesets.faceset import FaceSet
from engine.media.images import read_image
from engine.media.probe import read_video_info
from engine.project.folder import ProjectFolder
from engine.project.markers import is_done, marker_path, read_marker
from engine.project.settings import ConsentRecord, Project
from engine.project.stage import Outcome, Progress, StageName
from engine.provenance.verify import verify
from engine.records.report import ReportFile, read_report
from engine.records.verification import Verdict
from engine.stages.convert import Convert
from engine.stages.report import Report
from tests.real_faces import at_once
from tests.swaps import TurnedHue, load_turned_hue

FRAMES = 24


@pytest.fixture(scope="module", autouse=True)
def few_pictures_are_described() -> Iterator[None]:
    """Each takes a tenth of a second, and both people are known by fewer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.stages.reporting.likeness.PICTURES", 4)
        yield


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory, extracted_swap: ProjectFolder) -> ProjectFolder:
    """A converted project with its report; not to be changed."""
    folder = ProjectFolder(Path(shutil.copytree(extracted_swap.path, tmp_path_factory.mktemp("report") / "p")))
    (folder.source / "broken.jpg").write_bytes(b"\xff\xd8\xff not a picture")
    project = folder.load()
    assert Convert(at_once, load_turned_hue).run(folder, project, lambda progress: None, lambda: False) is Outcome.DONE
    assert Report().run(folder, project, lambda progress: None, lambda: False) is Outcome.DONE
    return folder


@pytest.fixture
def folder(reported: ProjectFolder, tmp_path: Path) -> ProjectFolder:
    """A fresh copy of the project."""
    shutil.copytree(reported.path, tmp_path / "p")
    return ProjectFolder(tmp_path / "p")


def the_report(folder: ProjectFolder) -> ReportFile:
    report = read_report(folder.report_json)
    assert report is not None
    return report


def quiet(progress: Progress) -> None:
    """Nobody listens."""


def test_every_frame_is_accounted_for(reported: ProjectFolder) -> None:
    frames = the_report(reported).frames
    assert (frames.total, frames.changed) == (FRAMES, FRAMES)


def test_the_result_is_proven_equal_to_its_original_in_all_but_the_picture(reported: ProjectFolder) -> None:
    assert the_report(reported).same.all_equal


def test_figures_are_measured_on_the_finished_file(reported: ProjectFolder) -> None:
    report = the_report(reported)
    assert report.likeness is not None
    # The stand-in paints the target's own face in other colours.
    assert report.likeness.to_target < report.likeness.to_source
    assert report.likeness.nearer_to_source == 0
    quality = report.quality
    assert quality.jitter_ratio is not None
    assert 0.3 < quality.jitter_ratio < 2
    assert quality.sharpness_ratio is not None
    assert 0.02 < quality.sharpness_ratio < 1.5
    assert quality.outside_psnr_db is not None
    assert quality.outside_psnr_db > 38


@pytest.mark.slow
def test_likeness_is_held_against_the_persons_pictures_and_not_against_a_glimpse_of_them(folder: ProjectFolder) -> None:
    before = the_report(folder).likeness
    for place in (folder.source_faces, folder.target_faces):
        faces = FaceSet(place)
        track = faces.measures()[0].track
        faces.set_identities({track: np.zeros(128, np.float32)}, {track: 1})
    marker_path(folder, StageName.REPORT).unlink()
    assert Report().run(folder, folder.load(), quiet, lambda: False) is Outcome.DONE
    assert the_report(folder).likeness == before


def test_everything_in_the_result_folder_is_signed(reported: ProjectFolder) -> None:
    report = the_report(reported)
    assert report.is_signed
    for name in (report.result, report.comparison, report.preview):
        found = verify(reported.result / name, reported.load().consent.fingerprint(), detect_label=True)
        assert (found.verdict, found.label_stated, found.label_seen) == (Verdict.UNCHANGED, True, True)
        assert found.model_sha256 == TurnedHue.model_hash
        assert found.consent_matches
        assert found.version
        assert found.has_second_layer


def test_the_comparison_shows_the_whole_result_side_by_side(reported: ProjectFolder) -> None:
    comparison, result = (read_video_info(path) for path in (reported.compare_video, reported.result / "test.mp4"))
    assert comparison.width > 1.9 * comparison.height * result.width / result.height
    assert comparison.frame_count >= result.frame_count


def test_the_preview_shows_faces_before_and_after(reported: ProjectFolder) -> None:
    height, width, _ = read_image(reported.result / "preview.jpg").shape
    assert width > height


def test_the_page_holds_its_pictures(reported: ProjectFolder) -> None:
    page = reported.report_html.read_text()
    assert page.count("data:image/jpeg;base64,") >= 3
    assert "http" not in page


def test_the_marker_holds_the_figures_for_the_command_line(reported: ProjectFolder) -> None:
    marker = read_marker(reported, StageName.REPORT)
    assert marker is not None
    assert marker.figures["frames_changed"] == FRAMES
    assert marker.figures["equal_to_original"] == 1
    assert "jitter_ratio" in marker.figures


def test_a_second_run_does_nothing(folder: ProjectFolder) -> None:
    said: list[Progress] = []
    assert is_done(folder, folder.load(), StageName.REPORT)
    assert Report().run(folder, folder.load(), said.append, lambda: False) is Outcome.DONE
    assert said == []


@pytest.mark.slow
@pytest.mark.parametrize("asked_before_stopping", [0, 2])
def test_stopped_and_run_again_it_gives_the_same_figures(
    folder: ProjectFolder, reported: ProjectFolder, asked_before_stopping: int
) -> None:
    project = folder.load()
    folder.report_json.unlink()
    asked = iter([False] * asked_before_stopping)
    assert Report().run(folder, project, quiet, lambda: next(asked, True)) is Outcome.INTERRUPTED
    assert not folder.report_json.exists()
    assert Report().run(folder, project, quiet, lambda: False) is Outcome.DONE
    assert folder.report_json.read_text() == reported.report_json.read_text()
    assert folder.report_html.read_text() == reported.report_html.read_text()


def test_a_vanished_result_is_told_and_made_anew(folder: ProjectFolder) -> None:
    project = folder.load()
    folder.report_json.unlink()
    (folder.result / "test.mp4").unlink()
    with pytest.raises(MediaError, match=r"test\.mp4"):
        Report().run(folder, project, quiet, lambda: False)
    assert not is_done(folder, project, StageName.CONVERT)


def test_nothing_is_reported_without_consent(folder: ProjectFolder) -> None:
    project: Project = folder.load().model_copy(update={"consent": ConsentRecord()})
    with pytest.raises(ConsentMissing):
        Report().run(folder, project, quiet, lambda: False)
