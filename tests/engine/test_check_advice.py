from pathlib import Path

import pytest

from engine.records.check import CheckReport, PersonSeen, SkippedFile, ValueRange, advise

GOOD = CheckReport(
    photos=0,
    photos_seen=0,
    videos=1,
    frames=1000,
    frames_seen=40,
    faces=40,
    faces_expected=1000,
    persons=[PersonSeen(number=1, share=1.0, weight=1.0, faces=40, thumbnail=Path("/t/person-1.jpg"))],
    without_face=0,
    yaw=ValueRange(lowest=-40, median=0, highest=35),
    pitch=ValueRange(lowest=-15, median=0, highest=15),
    width_px=ValueRange(lowest=150, median=200, highest=250),
    sharpness=ValueRange(lowest=100, median=300, highest=500),
    brightness=ValueRange(lowest=90, median=120, highest=150),
    skipped=[],
    advice=[],
)
TWO = [
    PersonSeen(number=1, share=0.5, weight=0.75, faces=30, thumbnail=Path("/t/person-1.jpg")),
    PersonSeen(number=2, share=0.5, weight=0.25, faces=10, thumbnail=Path("/t/person-2.jpg")),
]
BROKEN = [SkippedFile(path=Path(f"/m/{name}.jpg"), reason="It is broken.") for name in "abcde"]


def spread(middle: float, width: float = 5) -> ValueRange:
    return ValueRange(lowest=middle - width, median=middle, highest=middle + width)


def test_good_media_are_called_good() -> None:
    assert advise(GOOD) == ["This looks good: 40 faces seen, sharp, well lit, from several sides."]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"cut_short": ["a.mp4 ends after 13 of 44 s."]}, "a.mp4 ends after 13 of 44 s."),
        ({"faces": 43, "yaw": spread(0)}, "All 43 faces look straight ahead; add some from the side."),
        ({"yaw": ValueRange(lowest=-30, median=-5, highest=5)}, "Faces turn to the left of the picture only"),
        ({"yaw": ValueRange(lowest=-5, median=5, highest=30)}, "add some that turn to the left"),
        ({"pitch": spread(10)}, "No face looks up or down"),
        (
            {"persons": TWO},
            "2 persons were seen. Person 1 (75 % by the area of the faces) is taken unless you choose another.",
        ),
        (
            {"persons": [each.model_copy(update={"weight": 0.5}) for each in TWO]},
            "2 persons were seen, and it is not clear who is meant: person 1 50 %, person 2 50 % by the area",
        ),
        ({"faces_expected": 12}, "about 12 faces; it takes at least 20"),
        ({"faces_expected": 1}, "about 1 face;"),
        ({"faces_expected": 100}, "About 100 faces will do, but 200 or more make a better swap"),
        ({"width_px": spread(60)}, "The faces are small (60 pixels wide"),
        ({"sharpness": spread(15)}, "Most faces are blurred"),
        ({"brightness": spread(40)}, "The faces are dark"),
        ({"brightness": spread(230)}, "overexposed"),
        ({"without_face": 30}, "In 30 of 40 pictures no face was found"),
        ({"skipped": BROKEN}, "5 files cannot be used and will be left out: a.jpg, b.jpg, c.jpg and 2 more."),
    ],
)
def test_what_could_be_better_is_said_in_a_sentence(changed: dict[str, object], sentence: str) -> None:
    advice = advise(GOOD.model_copy(update=changed))
    assert len(advice) == 1
    assert sentence in advice[0]


def test_without_a_face_nothing_else_is_said_about_faces() -> None:
    nothing = GOOD.model_copy(
        update={"faces": 0, "persons": [], "yaw": None, "pitch": None, "skipped": BROKEN[:1], "without_face": 40}
    )
    advice = advise(nothing)
    assert advice[0].startswith("No face was found in 40 pictures.")
    assert advice[1] == "1 file cannot be used and will be left out: a.jpg."
    assert len(advice) == 2


def test_a_report_survives_the_way_between_processes() -> None:
    assert CheckReport.model_validate_json(GOOD.model_dump_json()) == GOOD
