import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text import LONGEST, log_line, printable


@pytest.mark.parametrize(
    "name",
    [
        "a\x1b[2Jb.mp4",
        "a\nStatus: finished",
        "a\r\x1b]0;title\x07",
        "\u202egpj.exe",
        "a\u2066b\u2069",
        "a\u2028b",
        "a\x9b31mb",
        "zero\u200bwidth",
        "half\ud800letter",
        "tag\U000e0041",
        "a\x00b",
    ],
)
def test_what_could_forge_a_line_or_turn_its_direction_is_replaced(name: str) -> None:
    shown = printable(name)
    assert shown.isprintable()
    assert "\N{REPLACEMENT CHARACTER}" in shown


def test_a_name_forges_no_line_of_a_log() -> None:
    line = log_line("finding faces in a\n2026-11-30 12:00:00Z  train ends\x1b[2J.mp4")
    assert line.isprintable()
    assert line.endswith(
        "finding faces in a\N{REPLACEMENT CHARACTER}2026-11-30 12:00:00Z  train ends\N{REPLACEMENT CHARACTER}[2J.mp4"
    )


@pytest.mark.parametrize(
    "name", ["Ünal & Çelik (1).mp4", "花子.mov", "חיים.jpg", "ภาษาไทย.png", "👩🏽.webp", "a b.mp4"]
)
def test_names_that_people_write_stay_as_they_are(name: str) -> None:
    assert printable(name) == name


def test_a_long_name_keeps_both_ends() -> None:
    shown = printable("a" * 5000 + ".mp4")
    assert len(shown) == LONGEST
    assert shown.startswith("aaa")
    assert shown.endswith("a.mp4")


def test_accents_piled_up_to_cover_other_lines_are_cut_off() -> None:
    assert printable("a" + "\u0301" * 50 + "b") == "a" + "\u0301" * 4 + "b"


def test_spaces_of_other_widths_become_plain_ones() -> None:
    assert printable("Photo\u00a01\u202f2") == "Photo 1 2"


@given(st.text(st.characters(categories=None)))
def test_no_text_whatever_leaves_its_line(name: str) -> None:
    shown = printable(name)
    assert shown.isprintable()
    assert len(io.StringIO(shown).readlines()) <= 1
