"""The faces of a project, looked through by keys; asserted on the pictures that are left."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from textual.geometry import Size
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Footer, Static

from engine.project.folder import ProjectFolder
from engine.project.persons import choose_person, write_persons
from engine.records.face_names import NamedFace, faces_by_picture
from engine.records.finder import Finder
from engine.role import Role
from tests.persons import seen
from tests.tui import scenes
from tests.tui.conftest import settle, shown
from tui.app import Wizard
from tui.messages import OpenFaces
from tui.screens.faces import FacesScreen
from tui.screens.zoom import Zoom
from tui.widgets.picture import Picture


@pytest.fixture
def folder(workspace: Path) -> ProjectFolder:
    """Return a project in whose video person 1 has four faces and person 2, who weighs more, three."""
    made = scenes.put_project(workspace, "talk", "Talk", None)
    scenes.put_faces(made.target_faces, [1, 2, 1, 2, 1, 2, 1])
    write_persons(made, Role.TARGET, seen(0.1, 0.9))
    return made


def left(folder: ProjectFolder) -> list[str]:
    return sorted(path.stem for path in (folder.target_faces / "pictures").iterdir())


def words(pilot: Pilot[None]) -> str:
    return str(shown(pilot, FacesScreen).query_one("#faces-line", Static).render())


def below(pilot: Pilot[None]) -> str:
    return str(shown(pilot, FacesScreen).query_one("#faces-name", Static).render())


async def open_faces(pilot: Pilot[None], folder: ProjectFolder, *keys: str) -> None:
    await settle(pilot)
    pilot.app.post_message(OpenFaces(folder.path))
    await settle(pilot)
    await press(pilot, "t", *keys)


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)
    await pilot.pause(0.2)


@pytest.mark.slow
async def test_only_the_faces_that_are_learnt_are_shown_and_counted(wizard: Wizard, folder: ProjectFolder) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_faces(pilot, folder)
        assert words(pilot).startswith("The person who is replaced: 3 faces   page 1 of 1")
        assert below(pilot).endswith("4 faces of others: o shows them")
        await press(pilot, "o")
        assert words(pilot).startswith("Not the person who is replaced, person 1: 4 faces")
        await press(pilot, "o")
        assert words(pilot).startswith("The person who is replaced: 3 faces")
    choose_person(folder, Role.TARGET, 1)
    async with Wizard(wizard.services).run_test(size=(80, 24)) as pilot:
        await open_faces(pilot, folder)
        assert words(pilot).startswith("The person who is replaced: 4 faces   page 1 of 1")
        assert below(pilot).endswith("3 faces of others: o shows them")


async def test_several_faces_are_marked_and_thrown_out_together_and_come_back_together(
    wizard: Wizard, folder: ProjectFolder
) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_faces(pilot, folder, "m", "right", "m")
        assert "2 marked" in words(pilot)
        assert len(left(folder)) == 7
        await press(pilot, "x")
        assert left(folder) == ["0", "2", "3", "4", "6"]
        assert "1 face   page 1 of 1   2 thrown out" in words(pilot)
        await press(pilot, "u")
        assert left(folder) == list("0123456")
        assert "3 faces" in words(pilot)


async def test_a_mark_is_taken_away_by_the_same_key(wizard: Wizard, folder: ProjectFolder) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_faces(pilot, folder, "m", "left", "m")
        assert "marked" not in words(pilot)
        await press(pilot, "left", "x")
    assert left(folder) == ["0", "2", "3", "4", "5", "6"]


async def test_a_face_is_shown_large_and_its_page_is_there_afterwards(wizard: Wizard, folder: ProjectFolder) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_faces(pilot, folder, "right", "z")
        picture = shown(pilot, Zoom).query_one(Picture)
        assert picture.path == sorted((folder.target_faces / "pictures").iterdir())[3]
        await press(pilot, "escape", "x")
        assert "2 faces" in words(pilot)
        await press(pilot, "X", "y", "z")
        shown(pilot, FacesScreen)


@pytest.mark.slow
async def test_faces_are_as_large_as_their_number_in_the_window_allows(wizard: Wizard, folder: ProjectFolder) -> None:
    async def place(width: int, height: int) -> Size:
        await pilot.resize_terminal(width, height)
        await settle(pilot)
        return pilot.app.screen.query(".face Picture").first(Picture).content_size

    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_faces(pilot, folder)
        # A cell is twice as high as wide.
        assert await place(80, 24) == Size(15, 7)
        assert await place(120, 40) == Size(19, 9)
        assert await place(80, 22) == Size(21, 10)


@pytest.mark.slow
async def test_all_faces_of_a_person_are_thrown_out_after_asking(wizard: Wizard, folder: ProjectFolder) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_faces(pilot, folder, "o", "X", "escape")
        assert len(left(folder)) == 7
        await press(pilot, "X", "y")
        assert left(folder) == ["1", "3", "5"]
        assert "0 faces" in words(pilot)
        await press(pilot, "o", "u")
        assert words(pilot).startswith("Not the person who is replaced, person 1: 4 faces")
    assert left(folder) == list("0123456")


async def test_the_keys_at_the_bottom_are_made_anew_only_where_others_count(
    wizard: Wizard, folder: ProjectFolder
) -> None:
    def keys() -> list[Widget]:
        return list(shown(pilot, FacesScreen).query_one(Footer).children)

    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_faces(pilot, folder)
        of_two_persons = keys()
        shown(pilot, FacesScreen).refresh_bindings()
        await settle(pilot)
        assert keys() == of_two_persons
        await press(pilot, "t")
        assert len(keys()) == len(of_two_persons) - 1


async def test_with_no_face_left_the_keys_do_no_harm(wizard: Wizard, folder: ProjectFolder) -> None:
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_faces(pilot, folder, "X", "y", "x", "m", "right", "X", "o", "o", "u", "u")
    assert left(folder) == list("0123456")


async def test_it_is_said_who_found_a_face(wizard: Wizard, folder: ProjectFolder) -> None:
    with sqlite3.connect(folder.target_faces / "faces.sqlite") as connection:
        connection.execute("INSERT INTO finders VALUES (4, 'blazeface')")
    async with wizard.run_test(size=(80, 24)) as pilot:
        await open_faces(pilot, folder)
        assert below(pilot).startswith("1.jpg, found upright (HOG)")
        await press(pilot, "right")
        assert below(pilot).startswith("3.jpg, found turned (BlazeFace)")


def test_the_faces_of_version_0_1_0_were_all_found_upright(folder: ProjectFolder) -> None:
    with sqlite3.connect(folder.target_faces / "faces.sqlite") as connection:
        connection.execute("DROP TABLE finders")
    assert set(faces_by_picture(folder.target_faces).values()) == {NamedFace(1, Finder.HOG), NamedFace(2, Finder.HOG)}


def test_whose_faces_these_are_is_not_known_where_the_set_cannot_be_read(tmp_path: Path) -> None:
    assert faces_by_picture(tmp_path) == {}
    (tmp_path / "faces.sqlite").write_bytes(b"no database at all, and of more than a few bytes")
    assert faces_by_picture(tmp_path) == {}
    (tmp_path / "faces.sqlite").unlink()
    with sqlite3.connect(tmp_path / "faces.sqlite") as connection:
        connection.execute("CREATE TABLE faces (picture BLOB, track INTEGER)")
    assert faces_by_picture(tmp_path) == {}
