"""Who is meant of those seen, and when a person is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.project.folder import ProjectFolder, create_folder
from engine.project.persons import (
    PersonsSeen,
    ask_again,
    choose_person,
    persons_path,
    persons_words,
    read_persons,
    unclear_person,
    write_persons,
)
from engine.project.settings import Project
from engine.role import Role
from tests.persons import seen


@pytest.fixture
def folder(tmp_path: Path) -> ProjectFolder:
    folder = create_folder(tmp_path / "job")
    folder.save(Project(name="x"))
    return folder


@pytest.mark.parametrize(
    ("persons", "is_open"),
    [
        (seen(), False),
        (seen(1.0), False),
        (seen(0.5, 0.5), True),
        (seen(0.66, 0.34), True),
        (seen(0.68, 0.32), False),
        (seen(0.5, 0.3, 0.2), True),
        (seen(0.9, 0.1), False),
        (seen(0.9, 0.1, must_ask=True), True),
        (seen(1.0, must_ask=True), False),
        (seen(0.2, 0.8), True),
    ],
)
def test_a_person_is_asked_where_the_second_comes_within_a_factor_of_two(persons: PersonsSeen, is_open: bool) -> None:
    assert persons.is_open is is_open


def test_the_question_tells_how_many_were_seen_and_every_way_to_answer(folder: ProjectFolder) -> None:
    write_persons(folder, Role.TARGET, seen(0.55, 0.45))
    question = unclear_person(folder, folder.load())
    assert question is not None
    assert question.title == "Who is the person who is replaced? 2 persons were seen in target/."
    for words in ("person 1 55 %, person 2 45 %", "--target-person NUMBER", "--yes", "o in the wizard", "persons.jpg"):
        assert words in question.hint
    assert question.role is Role.TARGET


def test_once_a_person_has_chosen_nothing_is_asked(folder: ProjectFolder) -> None:
    for role in Role:
        write_persons(folder, role, seen(0.5, 0.5))
    choose_person(folder, Role.TARGET, 2)
    question = unclear_person(folder, folder.load())
    assert question is not None
    assert question.role is Role.SOURCE
    choose_person(folder, Role.SOURCE, 1)
    assert unclear_person(folder, folder.load()) is None
    assert (folder.load().source.person, folder.load().target.person) == (1, 2)


def test_where_it_is_clear_it_is_said_who_is_taken_and_why(folder: ProjectFolder) -> None:
    write_persons(folder, Role.SOURCE, seen(1.0))
    write_persons(folder, Role.TARGET, seen(0.9, 0.07, 0.03, still=(3,)))
    (words,) = persons_words(folder, folder.load())
    assert words.startswith("3 persons were seen in target/. Person 1 is taken as the person who is replaced: 90 %")
    assert "person 3 does not move, as a photograph does not" in words
    assert "--target-person NUMBER" in words
    choose_person(folder, Role.TARGET, 2)
    assert (
        "Person 2 is taken as the person who is replaced: as the project asks"
        in persons_words(folder, folder.load())[0]
    )


def test_of_a_crowd_all_are_counted(folder: ProjectFolder) -> None:
    write_persons(folder, Role.TARGET, seen(0.9, 0.05).model_copy(update={"others": 480}))
    (words,) = persons_words(folder, folder.load())
    assert words.startswith("482 persons were seen in target/.")


def test_after_other_media_everybody_seen_before_is_forgotten_and_it_is_asked(folder: ProjectFolder) -> None:
    write_persons(folder, Role.TARGET, seen(0.9, 0.1))
    ask_again(folder, Role.TARGET)
    assert read_persons(folder, Role.TARGET) == PersonsSeen(must_ask=True)
    assert unclear_person(folder, folder.load()) is None


@pytest.mark.parametrize("content", ["", "{", '{"persons": [{"number": 0}]}', '{"persons": 3}'])
def test_a_file_that_cannot_be_read_tells_of_nobody(folder: ProjectFolder, content: str) -> None:
    folder.target_faces.mkdir(parents=True)
    persons_path(folder, Role.TARGET).write_text(content)
    assert read_persons(folder, Role.TARGET) == PersonsSeen()


def test_who_was_seen_comes_back_from_the_file_as_it_was(folder: ProjectFolder) -> None:
    write_persons(folder, Role.TARGET, seen(0.6, 0.4, still=(2,)))
    assert read_persons(folder, Role.TARGET) == seen(0.6, 0.4, still=(2,))
