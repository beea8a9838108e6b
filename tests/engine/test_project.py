import datetime as dt
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from engine.errors import ConsentMissing, ProjectError
from engine.project.consent import require_consent
from engine.project.file import SCHEMA_FILE, format_project, parse_project
from engine.project.folder import ProjectFolder, create_folder
from engine.project.presets import Preset
from engine.project.settings import ConsentRecord, Project, TrainSettings

TODAY = dt.date(2026, 6, 1)


def test_a_project_survives_writing_and_reading(project: Project) -> None:
    assert parse_project(format_project(project)) == project


def test_a_persons_comments_survive_a_change_by_the_wizard(project: Project) -> None:
    text = "# mine\n" + format_project(project).replace('preset = "quick"', 'preset = "quick"  # for now')
    changed = project.model_copy(update={"train": TrainSettings(preset=Preset.HIGH, minutes=5)})
    rewritten = format_project(changed, text)
    assert rewritten.startswith("# mine\n")
    assert "# for now" in rewritten
    assert parse_project(rewritten) == changed


def test_a_new_project_file_leads_editors_to_the_schema(project: Project) -> None:
    directive, place = format_project(project).splitlines()[0].split(" ")
    assert directive == "#:schema"
    assert Path(url2pathname(urlsplit(place).path)) == SCHEMA_FILE


def test_the_way_to_the_schema_survives_changes_and_is_not_put_into_files_without_it(project: Project) -> None:
    changed = project.model_copy(update={"priority": 3})
    line, *rest = (format_project(project)).splitlines(keepends=True)
    elsewhere = "#:schema /other/machine/project.schema.json\n"
    for first in (line, elsewhere, "", "# mine\n"):
        rewritten = format_project(changed, "".join([first, *rest]))
        assert rewritten == "".join([first, *rest]).replace("priority = 0", "priority = 3")
        assert parse_project(rewritten) == changed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = 'x'\nfoo = 1", "foo is not a setting"),
        ("name = 'x'\n[train]\nminuts = 3", "train.minuts is not a setting"),
        ("name = 'x'\n[train]\nminutes = 'long'", "train.minutes"),
        ("name = 'x'\n[train]\nminutes = -1", "train.minutes"),
        ("name = 'x'\n[train]\nminutes = 1\nsteps = 1", "minutes or steps"),
        ("name = 'x'\n[target]\nvideo = '../secret.mp4'", "target.video"),
        ("name = 'x'\n[target]\nvideo = '/etc/passwd'", "target.video"),
        ("name = 'x'\n[convert]\nlabel = false", "label_off_reason"),
        ("name = 'x'\ndeterministic = true\n[train]\nminutes = 5", "train.steps"),
        ("name = ", "cannot be read"),
        ("", "name"),
        ("name = 'x'\nschema_version = 2", "schema_version"),
    ],
)
def test_a_bad_project_file_is_refused_with_the_setting_named(text: str, said: str) -> None:
    with pytest.raises(ProjectError) as error:
        parse_project(text)
    assert said in error.value.title
    assert error.value.hint


@pytest.mark.parametrize("role", ["source", "target"])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (None, "no record"),
        ({"withdrawn_on": TODAY}, "withdrawn"),
        ({"valid_until": dt.date(2026, 5, 31)}, "ended"),
        ({"recorded_on": dt.date(2026, 6, 3)}, "future"),
        ({"withdrawn_on": dt.date(2026, 6, 2)}, "withdrawn"),
        ({"is_adult": False}, "adult"),
    ],
)
def test_nothing_runs_without_the_consent_of_both(
    project: Project, role: str, change: dict[str, object] | None, said: str
) -> None:
    person = getattr(project.consent, role)
    changed = None if change is None else person.model_copy(update=change)
    record = project.consent.model_copy(update={role: changed})
    with pytest.raises(ConsentMissing, match=said):
        require_consent(project.model_copy(update={"consent": record}), TODAY)


def test_consent_holds_through_its_last_day(project: Project) -> None:
    person = project.consent.source
    assert person is not None
    until_today = person.model_copy(update={"valid_until": TODAY, "recorded_on": TODAY + dt.timedelta(days=1)})
    record = ConsentRecord(source=until_today, target=until_today)
    require_consent(project.model_copy(update={"consent": record}), TODAY)


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = create_folder(tmp_path / "p")
    (tmp_path / "secret.mp4").write_text("x")
    (folder.target / "video.mp4").symlink_to(tmp_path / "secret.mp4")
    with pytest.raises(ProjectError, match=r"target\.video leads out"):
        folder.inside("target/video.mp4", "target.video")


def test_only_the_owner_may_look_into_a_project(tmp_path: Path) -> None:
    folder = create_folder(tmp_path / "p")
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_a_folder_without_project_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="not a project") as error:
        ProjectFolder(tmp_path).load()
    assert "understudio new" in error.value.hint


def test_the_name_of_the_result_is_safe_for_any_file_system(tmp_path: Path, project: Project) -> None:
    named = project.model_copy(update={"name": "../Änna & Ben: \x1b[31m?"})
    assert ProjectFolder(tmp_path).result_video(named).parent == tmp_path / "result"
    assert "\x1b" not in ProjectFolder(tmp_path).result_video(named).name
