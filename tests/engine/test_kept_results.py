"""A result that another takes the place of is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.errors import ProjectError
from engine.project.folder import ProjectFolder, create_folder
from engine.project.markers import Marker, fingerprint, write_marker
from engine.project.settings import ConvertSettings, Project
from engine.project.stage import StageName
from engine.records.kept_results import (
    delete_kept,
    differing_settings,
    keep_result,
    kept_results,
    remove_replaced,
    rename_kept,
)
from engine.records.report import MadeWith, StageTime, write_report
from engine.role import Role
from tests.engine.test_report_parts import a_report


def put_result(folder: ProjectFolder, project: Project, content: bytes = b"one", name: str = "swap.mp4") -> None:
    """Make a result as conversion and report leave it: everything is renamed in."""
    for path in (folder.result / name, folder.compare_video, folder.compare_picture, folder.report_html):
        path.unlink(missing_ok=True)
        path.write_bytes(content)
    folder.report_json.unlink(missing_ok=True)
    told = StageTime(stage="convert", minutes=float(content[0]))
    write_report(folder.report_json, a_report(result=name, made_with=MadeWith.of(project), times=(told,)))


@pytest.fixture
def folder(tmp_path: Path, project: Project) -> ProjectFolder:
    made = create_folder(tmp_path / "anna-as-ben")
    made.result.mkdir()
    made.save(project)
    put_result(made, project)
    return made


def test_a_result_stays_beside_the_one_that_takes_its_place(folder: ProjectFolder, project: Project) -> None:
    keep_result(folder, project)
    put_result(folder, project, b"two")
    (kept,) = kept_results(folder)
    assert kept.video.read_bytes() == b"one"
    assert (kept.path / "compare.mp4").read_bytes() == b"one"
    assert kept.picture is not None
    assert (folder.result / "swap.mp4").read_bytes() == b"two"


def test_each_is_kept_once_and_the_newest_comes_first(folder: ProjectFolder, project: Project) -> None:
    for number in range(3):
        put_result(folder, project, bytes([number]))
        os.utime(folder.report_json, (number, 1_000_000 * number))
        keep_result(folder, project)
        assert keep_result(folder, project) is None, "a conversion that was killed comes by again"
    assert [kept.video.read_bytes() for kept in kept_results(folder)] == [b"\2", b"\1", b"\0"]


def test_two_of_one_minute_have_different_names(folder: ProjectFolder, project: Project) -> None:
    for content in (b"one", b"two"):
        put_result(folder, project, content)
        os.utime(folder.report_json, (0, 0))
        keep_result(folder, project)
    assert len({kept.name for kept in kept_results(folder)}) == 2


def test_a_result_without_its_report_is_not_kept(folder: ProjectFolder, project: Project) -> None:
    folder.report_json.unlink()
    assert keep_result(folder, project) is None
    assert kept_results(folder) == ()


def test_a_video_that_its_report_is_not_about_yet_is_not_kept(folder: ProjectFolder, project: Project) -> None:
    write_marker(folder, Marker(StageName.CONVERT, "of the video before", {}))
    write_marker(folder, Marker(StageName.REPORT, fingerprint(folder, project, StageName.REPORT), {}))
    assert keep_result(folder, project) is None
    write_marker(folder, Marker(StageName.CONVERT, fingerprint(folder, project, StageName.CONVERT), {}))
    assert keep_result(folder, project) is not None


def test_a_swap_of_the_wrong_person_is_not_kept(folder: ProjectFolder, project: Project) -> None:
    assert keep_result(folder, project.with_person(Role.TARGET, 2)) is None


def test_the_old_video_of_a_renamed_project_lies_in_one_place_only(folder: ProjectFolder, project: Project) -> None:
    kept = keep_result(folder, project)
    put_result(folder, project, b"two", name="other.mp4")
    remove_replaced(folder, kept, folder.result / "other.mp4")
    assert not (folder.result / "swap.mp4").exists()
    assert kept_results(folder)[0].video.read_bytes() == b"one"


def test_the_settings_in_which_two_differ_are_named(project: Project) -> None:
    sharper = project.model_copy(update={"convert": ConvertSettings(sharpen=2.0)})
    one, other = (a_report(made_with=MadeWith.of(each)) for each in (sharper, project))
    assert differing_settings(one, other) == ("sharpen 2.0",)
    assert differing_settings(one, a_report()) == ()


def test_a_kept_result_is_called_what_somebody_calls_it(folder: ProjectFolder, project: Project) -> None:
    kept = keep_result(folder, project)
    assert kept is not None
    renamed = rename_kept(kept, " with soft edges ")
    assert [each.name for each in kept_results(folder)] == ["with soft edges"]
    delete_kept(renamed)
    assert kept_results(folder) == ()


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "a\nb", "x" * 300])
def test_what_is_no_name_is_refused(folder: ProjectFolder, project: Project, name: str) -> None:
    kept = keep_result(folder, project)
    assert kept is not None
    with pytest.raises(ProjectError, match="cannot be the name"):
        rename_kept(kept, name)
    assert kept_results(folder) == (kept,)


def test_no_other_result_is_overwritten_by_a_name(folder: ProjectFolder, project: Project) -> None:
    kept = keep_result(folder, project)
    assert kept is not None
    (kept.path.with_name("soft")).mkdir()
    with pytest.raises(ProjectError, match="already"):
        rename_kept(kept, "soft")


def test_what_lies_behind_a_link_is_not_listed(folder: ProjectFolder, project: Project, tmp_path: Path) -> None:
    kept = keep_result(folder, project)
    assert kept is not None
    kept.path.rename(tmp_path / "elsewhere")
    kept.path.symlink_to(tmp_path / "elsewhere")
    assert kept_results(folder) == ()
