"""The parts of a report that need no video."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from engine.records.grades import Grade, graded_figures
from engine.records.report import (
    Covered,
    FrameCounts,
    Likeness,
    Quality,
    ReportFile,
    Sameness,
    SkippedFile,
    StageTime,
    Training,
    read_report,
    write_report,
)
from engine.records.report_text import frame_counts, lacking_frames, sentences, summary
from engine.records.verdict import verdict_on
from engine.stages.reporting.counts import count_frames
from engine.stages.reporting.figures import outside_mask, psnr_db, second_differences, square_error
from engine.stages.reporting.html_page import Illustrations, Picture, html_page
from engine.stages.reporting.loss_curve import loss_curve
from engine.stages.reporting.windows import choose_windows


def a_report(**changes: object) -> ReportFile:
    """A report in which everything is well."""
    report = ReportFile(
        project="anna & ben <3",
        result="anna-ben.mp4",
        comparison="compare.mp4",
        preview="preview.jpg",
        width=640,
        height=360,
        seconds=19.7,
        frame_rate=23.976,
        has_sound=True,
        is_labelled=True,
        is_signed=True,
        content_check="passed",
        frames=FrameCounts(total=100, changed=90, no_face=6, other_person=2, picture_deleted=1, implausible=1),
        likeness=Likeness(
            frames=24, to_source=0.42, to_target=0.7, nearer_to_source=1.0, before_to_source=0.8, source_to_itself=0.3
        ),
        quality=Quality(
            jitter_ratio=1.02, border_step=6.0, border_step_before=5.5, sharpness_ratio=0.6, outside_psnr_db=44.0
        ),
        same=Sameness(size=True, frame_count=True, time_stamps=True, rotation=True, colour=True, sound=True),
        training=Training(
            preset="quick", size=96, steps=2400, minutes=10.0, loss=0.1, source_faces=300, target_faces=400
        ),
        skipped=(SkippedFile(media="source/<b>.jpg", reason="It is damaged & cut off."),),
        times=(StageTime(stage="train", minutes=10.0),),
    )
    return report.model_copy(update=changes)


NOTHING = Illustrations((), None, "", None)


def test_a_model_that_began_from_another_ones_steps_is_judged_by_all_of_them() -> None:
    training = a_report().training.model_copy(update={"steps": 100, "steps_before": 200})
    report = a_report(training=training)
    assert verdict_on(report).headline == "Not done yet: 300 of some 750 steps."
    assert any("100 steps, after 200 of an earlier project" in sentence for sentence in sentences(report))
    assert not training.model_copy(update={"steps_before": 700}).is_early


def test_frames_with_something_before_the_face_are_counted_and_one_is_shown() -> None:
    report = a_report(covered=Covered(looked_at=90, covered=31))
    said = "In 31 of 90 frames something is before the face, and stays before it."
    assert said in sentences(report)
    page = html_page(report, Illustrations((), Picture(b"jpeg", "Frame 62"), "", None), [])
    assert said in page
    assert "Frame 62" in page


@pytest.mark.parametrize("covered", [None, Covered(looked_at=90, covered=0)])
def test_nothing_before_any_face_is_not_worth_a_word(covered: Covered | None) -> None:
    report = a_report(covered=covered)
    assert not any("before the face" in each for each in sentences(report))
    assert "before the face" not in html_page(report, NOTHING, [])


def test_every_frame_is_counted_once_under_its_first_reason() -> None:
    counts = count_frames(10, changed={0, 1, 2}, implausible={2, 3}, deleted={3, 4}, others={4, 5, 0})
    assert counts == FrameCounts(total=10, changed=3, implausible=1, picture_deleted=1, other_person=1, no_face=4)


@pytest.mark.parametrize("frames", [range(3), range(0, 400), [*range(5), *range(90, 200)], [7], []])
def test_windows_lie_within_the_frames_and_apart(frames: list[int]) -> None:
    windows = choose_windows(set(frames))
    assert all(index in frames for window in windows for index in window)
    assert all(before.stop <= after.start for before, after in pairwise(windows))
    assert bool(windows) is bool(len(frames))


def test_windows_of_a_long_video_reach_from_its_beginning_to_its_end() -> None:
    windows = choose_windows(range(100_000), 24, 7)
    assert len(windows) == 24
    assert windows[0].start == 0
    assert windows[-1].stop > 95_000
    assert sum(len(window) for window in windows) == 168


def test_steady_movement_does_not_count_as_trembling() -> None:
    face = np.random.default_rng(1).normal(0, 50, (468, 3)).astype(np.float32)
    path = np.stack([face + step * 3 for step in range(6)])
    assert second_differences(path).max() < 1e-5
    trembling = path + np.random.default_rng(2).normal(0, 1, (6, 1, 3)).astype(np.float32)
    assert second_differences(trembling).min() > 1e-3


def test_two_frames_have_no_second_difference() -> None:
    assert len(second_differences(np.zeros((2, 468, 3), np.float32))) == 0


def test_equal_pictures_have_the_highest_ratio_and_noise_lowers_it() -> None:
    image = np.full((20, 20, 3), 90, np.uint8)
    noisy = image + np.random.default_rng(0).integers(0, 4, image.shape, np.uint8)
    where = np.ones((20, 20), bool)
    assert psnr_db(*square_error(image, image, where)) == 99
    assert 38 < psnr_db(*square_error(image, noisy, where)) < 46


def test_a_frame_without_faces_is_outside_everywhere() -> None:
    assert outside_mask((10, 12, 3), []).all()


def test_the_page_escapes_what_people_wrote() -> None:
    page = html_page(a_report(), NOTHING, [("name <i>", "value & more")])
    assert "anna &amp; ben &lt;3" in page
    assert "source/&lt;b&gt;.jpg" in page
    assert "name &lt;i&gt;" in page
    assert "<b>.jpg" not in page


def test_what_trained_is_named_and_a_card_that_was_not_used_is_said() -> None:
    learnt = a_report().training.model_copy(
        update={"device": "2 cores", "remark": "NVIDIA H200 is not used: `make gpu`."}
    )
    said = " ".join(sentences(a_report(training=learnt)))
    assert "(quick) on 300 and 400 faces, by 2 cores. NVIDIA H200 is not used: `make gpu`." in said


def test_page_and_sentences_tell_who_was_taken_of_several() -> None:
    report = a_report(persons=("2 persons were seen in target/. Person 1 is taken <b>.",))
    assert "2 persons were seen in target/. Person 1 is taken &lt;b&gt;." in html_page(report, NOTHING, [])
    assert report.persons[0] in sentences(report)
    assert "who was taken" not in html_page(a_report(), NOTHING, [])


def test_the_page_needs_nothing_beside_it() -> None:
    picture = Picture(b"\xff\xd8\xff", 'a "caption"')
    page = html_page(a_report(), Illustrations((picture,), None, loss_curve([1, 2], [3.0, 2.0]), picture), [])
    assert "http" not in page
    assert "<script" not in page
    assert page.count("data:image/jpeg;base64,") == 2
    assert "a &quot;caption&quot;" in page
    assert "<polyline" in page


def test_a_good_report_says_so() -> None:
    assert summary(a_report()).startswith("Good. A stranger would say: that is the person who appears.")


@pytest.mark.parametrize(
    ("preset", "steps", "ended_by", "is_early"),
    [
        ("high", 57, "budget", True),
        ("high", 57, "plateau", False),
        ("high", 15_000, "budget", False),
        ("quick", 320, "wish", True),
        ("quick", 1_250, "budget", False),
        ("of another version", 1, "budget", False),
    ],
)
def test_a_model_that_has_only_begun_to_learn_is_not_called_good(
    preset: str, steps: int, ended_by: str, is_early: bool
) -> None:
    training = a_report().training.model_copy(update={"preset": preset, "steps": steps, "ended_by": ended_by})
    said = summary(a_report(training=training))
    assert ("Train on before you judge it" in said) is is_early
    assert ("Every figure is good" in said) is not is_early


@pytest.mark.parametrize(("steps", "said"), [(112, "Far from done: 112 of some"), (300, "Not done yet: 300 of some")])
def test_how_much_was_learnt_is_the_first_thing_said(steps: int, said: str) -> None:
    training = a_report().training.model_copy(update={"preset": "quick", "steps": steps, "ended_by": "budget"})
    assert summary(a_report(training=training)).startswith(said)


@pytest.mark.parametrize(
    ("nearer", "to_source", "headline", "who"),
    [
        (0.0, 0.61, "Not the right person yet.", "still the person who was replaced"),
        (0.9, 0.65, "Not the right person yet.", "neither of the two"),
        (0.8, 0.4, "Decent.", "though not in every moment"),
        (1.0, 0.4, "Good.", "that is the person who appears."),
    ],
)
def test_the_verdict_says_whom_a_stranger_would_see(nearer: float, to_source: float, headline: str, who: str) -> None:
    likeness = a_report().likeness
    assert likeness is not None
    verdict = verdict_on(
        a_report(likeness=likeness.model_copy(update={"nearer_to_source": nearer, "to_source": to_source}))
    )
    assert verdict.headline == headline
    assert who in verdict.words


def test_a_result_that_lacks_frames_of_its_original_says_so_first() -> None:
    same = a_report().same.model_copy(update={"frame_count": False})
    report = a_report(same=same, frames_shown=23)
    said = "The finished video shows 23 frames, the original 100 frames."
    assert summary(report).startswith(said)
    assert sentences(report)[0] == said
    assert said in html_page(report, NOTHING, [])
    assert lacking_frames(a_report(frames_shown=100)) == ""


def test_what_is_to_be_said_of_the_original_comes_before_the_figures() -> None:
    persons = ("2 persons were seen in target/. Person 1 is taken as the person who is replaced.",)
    report = a_report(about_original=("target/a.mp4 ends after 13 of 44 s.",), persons=persons)
    assert sentences(report)[0] == "target/a.mp4 ends after 13 of 44 s."
    assert sentences(report)[2:3] == persons
    assert "target/a.mp4 ends after 13 of 44 s." in html_page(report, NOTHING, [])


def test_a_poor_figure_is_named_in_the_summary() -> None:
    quality = a_report().quality.model_copy(update={"jitter_ratio": 2.0})
    assert "the face trembles" in summary(a_report(quality=quality))


def test_a_report_without_a_changed_frame_explains_itself() -> None:
    quality = Quality(
        jitter_ratio=None, border_step=None, border_step_before=None, sharpness_ratio=None, outside_psnr_db=None
    )
    report = a_report(likeness=None, quality=quality)
    assert "No frame was changed" in summary(report)
    assert graded_figures(report) == []
    assert "No frame was changed" in html_page(report, NOTHING, [])


def test_the_same_figures_are_judged_alike_on_page_and_in_sentences() -> None:
    quality = a_report().quality.model_copy(
        update={"jitter_ratio": 1.2, "border_step_before": 1.0, "border_step": 2.9, "sharpness_ratio": 0.6}
    )
    report = a_report(quality=quality)
    graded = {figure.title: figure for figure in graded_figures(report)}
    assert graded["Steadiness"].grade is Grade.FAIR
    assert graded["Visible edge"].grade is graded["Sharpness"].grade is Grade.GOOD
    said, page = sentences(report), html_page(report, NOTHING, [])
    assert "No seam shows around the face." in said
    assert "The face is a little less steady than in the original." in said
    assert not any("softer than the rest" in sentence for sentence in said)
    assert [grade for grade in ("good", "fair", "poor") if f'class="grade {grade}"' in page] == ["good", "fair"]


def test_reasons_that_did_not_occur_are_not_listed() -> None:
    counts = FrameCounts(total=5, changed=5, no_face=0, other_person=0, picture_deleted=0, implausible=0)
    assert frame_counts(counts) == [("changed", 5)]


def test_grades_follow_the_figures() -> None:
    grades = {line.title: line.grade for line in graded_figures(a_report())}
    assert set(grades.values()) == {Grade.GOOD}


def test_a_curve_of_many_steps_is_thinned_and_ignores_what_is_no_number() -> None:
    losses = [1 / step for step in range(1, 5001)]
    losses[100] = float("nan")
    curve = loss_curve(range(1, 5001), losses)
    assert "nan" not in curve
    assert len(curve) < 6000


def test_one_value_is_no_curve() -> None:
    assert loss_curve([1], [0.5]) == ""


def test_a_report_reads_back_as_it_was_written(tmp_path: Path) -> None:
    write_report(tmp_path / "report.json", a_report())
    assert read_report(tmp_path / "report.json") == a_report()


def test_a_torn_report_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text('{"project": "x"')
    assert read_report(tmp_path / "report.json") is None
    assert read_report(tmp_path / "absent.json") is None


def test_a_torn_line_of_the_loss_is_left_out(tmp_path: Path) -> None:
    from engine.project.folder import ProjectFolder
    from engine.stages.reporting.training import training_curve

    folder = ProjectFolder(tmp_path)
    folder.history.mkdir(parents=True)
    (folder.history / "loss.csv").write_text("step,seconds,source,target\n1,1,2,4\n2,2,1,3\n3,3,0.5,2\n4,4,0.")
    assert training_curve(folder).count(",") >= 3
    assert "step 3" in training_curve(folder)


def test_a_project_without_history_has_no_curve(tmp_path: Path) -> None:
    from engine.project.folder import ProjectFolder
    from engine.stages.reporting.training import training_curve

    assert training_curve(ProjectFolder(tmp_path)) == ""
