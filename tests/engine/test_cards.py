"""The graphics cards of a machine, and what is said of one that is there in vain. No card is needed."""

from pathlib import Path

import pytest

from engine.host import cards
from engine.host.cards import Card
from engine.model.device import device_words, unused_card

H200 = ("NVIDIA H200",)


def with_card(proc: Path, model: str = "NVIDIA H200") -> Path:
    file = proc / "driver" / "nvidia" / "gpus" / "0000:01:00.0" / "information"
    file.parent.mkdir(parents=True)
    file.write_text(f"Model: \t\t {model}\nIRQ:   \t\t 45\n")
    return proc


def test_the_driver_s_program_tells_names_and_memory(tmp_path: Path) -> None:
    said = "NVIDIA GeForce RTX 4090, 24564\nNVIDIA H100 MIG 1g.10gb, [N/A]\n"
    assert cards.cards(tmp_path, lambda: said) == (
        Card("NVIDIA GeForce RTX 4090", 24564 << 20),
        Card("NVIDIA H100 MIG 1g.10gb", number="1"),
    )


def test_without_the_driver_s_program_the_kernel_tells_the_names(tmp_path: Path) -> None:
    assert cards.cards(tmp_path, lambda: "") == ()
    assert cards.cards(with_card(tmp_path), lambda: "") == (Card("NVIDIA H200"),)


@pytest.mark.parametrize(("value", "hidden"), [("", True), ("-1", True), ("0", False), ("1,0", False)])
def test_cards_are_hidden_as_their_driver_reads_it(value: str, hidden: bool) -> None:
    assert cards.are_hidden({cards.VISIBLE: value}) is hidden
    assert not cards.are_hidden({})


@pytest.mark.parametrize(
    ("environment", "numbers"), [({}, "0 1"), ({cards.VISIBLE: "-1"}, ""), ({cards.VISIBLE: "1"}, "1")]
)
def test_only_cards_that_are_not_hidden_are_given_to_stages(environment: dict[str, str], numbers: str) -> None:
    found = cards.usable_cards(environment, lambda: (Card("one"), Card("other", number="1")))
    assert " ".join(card.number for card in found) == numbers


def test_the_card_is_named_where_it_computes_and_the_cores_where_not() -> None:
    assert device_words(used=lambda: H200) == "NVIDIA H200"
    assert device_words(2, lambda: H200 * 2) == "2 NVIDIA H200"
    assert device_words(used=tuple).endswith(("core", "cores"))


def test_nothing_is_said_where_no_card_is_there_or_where_it_is_used() -> None:
    assert unused_card({}, there=tuple, used=tuple, has_plugin=lambda: False) == ""
    assert unused_card({}, there=lambda: H200, used=lambda: H200, has_plugin=lambda: True) == ""


@pytest.mark.parametrize(
    ("environment", "has_plugin", "command"),
    [
        ({}, False, "`make gpu`"),
        ({cards.VISIBLE: ""}, True, "`unset CUDA_VISIBLE_DEVICES`"),
        ({}, True, "`unset KERAS_BACKEND`"),
    ],
)
def test_a_card_that_is_there_in_vain_is_named_with_the_command_that_mends_it(
    environment: dict[str, str], has_plugin: bool, command: str
) -> None:
    said = unused_card(environment, there=lambda: H200, used=tuple, has_plugin=lambda: has_plugin)
    assert said.startswith("NVIDIA H200 is in this machine and is not used: ")
    assert command in said


def test_a_stage_that_was_put_on_the_processor_on_purpose_says_nothing_of_the_card() -> None:
    environment = {cards.VISIBLE: "-1", cards.NO_ROOM: "1"}
    assert unused_card(environment, there=lambda: H200, used=tuple, has_plugin=lambda: True) == ""
