"""Whether a result does what its target does."""

import numpy as np
import pytest

from engine.faces.reenactment.expression import COEFFICIENTS, Coefficients
from engine.records.grades import Grade, following_parts, graded_figures
from engine.records.report import FacePart, Following
from engine.records.report_text import sentences
from engine.stages.reporting.following import following
from tests.engine.test_report_parts import a_report

JAW = COEFFICIENTS.index("jawOpen")
SMILE = COEFFICIENTS.index("mouthSmileLeft")


def moving(place: int, amount: float, *, frames: int = 40) -> list[Coefficients]:
    """Coefficients of which one goes up and down."""
    found = np.zeros((frames, 52), np.float32)
    found[:, place] = 0.3 + amount * np.sin(np.arange(frames))
    return list(found)


def test_a_result_that_does_all_that_the_target_does_follows_fully() -> None:
    target = moving(JAW, 0.2)
    assert following(target, target) == (Following(part=FacePart.JAW, slope=1.0, correlation=1.0),)


def test_half_of_the_motion_is_a_slope_of_half() -> None:
    (jaw,) = following(moving(JAW, 0.2), moving(JAW, 0.1))
    assert jaw.slope == pytest.approx(0.5, abs=0.01)
    assert jaw.correlation == pytest.approx(1.0, abs=0.01)


def test_a_face_that_does_something_else_does_not_follow() -> None:
    (jaw,) = following(moving(JAW, 0.2), moving(SMILE, 0.2))
    assert (jaw.slope, jaw.correlation) == (0.0, 0.0)


def test_nothing_is_said_of_what_the_target_hardly_moves() -> None:
    assert following(moving(JAW, 0.02), moving(SMILE, 0.3)) == ()


def test_a_few_frames_say_nothing() -> None:
    few = moving(JAW, 0.3, frames=5)
    assert following(few, few) == ()


def test_what_follows_is_named_in_one_sentence_and_what_does_not_with_what_helps() -> None:
    report = a_report(
        following=(
            Following(part=FacePart.GAZE, slope=0.2, correlation=0.4),
            Following(part=FacePart.LIDS, slope=0.5, correlation=0.8),
            Following(part=FacePart.JAW, slope=0.9, correlation=0.95),
            Following(part=FacePart.MOUTH, slope=0.8, correlation=0.9),
        )
    )
    said = sentences(report)
    assert following_parts(report) == ["jaws", "lips"]
    assert "Jaws and lips do what the target's do." in said
    assert "The eyes look where the source usually looks: give photos that look aside, up and down." in said
    assert any(sentence.startswith("The lids do only part of what the target's do: give photos") for sentence in said)
    grades = {figure.title: figure.grade for figure in graded_figures(report)}
    assert (grades["Eyes follow"], grades["Lids follow"], grades["Lips follow"]) == (Grade.POOR, Grade.FAIR, Grade.GOOD)


def test_a_slope_without_correlation_is_no_following() -> None:
    report = a_report(following=(Following(part=FacePart.BROWS, slope=0.9, correlation=0.3),))
    (brows,) = (figure for figure in graded_figures(report) if figure.title == "Brows follow")
    assert brows.grade is Grade.POOR


def test_a_model_that_has_only_begun_is_to_be_trained_on() -> None:
    training = a_report().training.model_copy(update={"steps": 100, "ended_by": "budget"})
    report = a_report(training=training, following=(Following(part=FacePart.GAZE, slope=0.1, correlation=0.1),))
    assert "The eyes look where the source usually looks: train longer." in sentences(report)


def test_pictures_are_asked_for_only_where_the_source_s_do_not_show_it() -> None:
    target, result = moving(JAW, 0.2), moving(JAW, 0.02)
    (shown,) = following(target, result, moving(JAW, 0.25))
    (not_shown,) = following(target, result, moving(JAW, 0.01))
    assert (shown.is_shown_by_source, not_shown.is_shown_by_source) == (True, False)
    habit = "The mouth does not open as the target's does"
    assert f"{habit}: train longer." in sentences(a_report(following=(shown,)))
    assert f"{habit}: give photos with an open mouth." in sentences(a_report(following=(not_shown,)))
