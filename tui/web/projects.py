"""What a page shows of the workspace, read from the same folders, and by the same readers, as the wizard's screens.

Every function touches files: call from a worker.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.errors import UnderstudioError
from engine.files.refusal import USE, refused_use
from engine.project.folder import ProjectFolder
from engine.project.media_kinds import is_text, list_media
from engine.records.report import ReportFile, read_report
from engine.role import Role
from engine.text import counted, printable
from tui.format import megabytes
from tui.projects.folders import children_of, is_project
from tui.projects.view import View, read_view
from tui.services import Services
from tui.web.arrivals import Arrival, arrivals_of
from tui.web.failures import NotListed
from tui.web.files import Handed, Shown, handed, result_files
from tui.web.words import ready_words, state_words


@dataclass(frozen=True)
class Card:
    """A project in the list."""

    view: View
    address: str
    """Name of its folder, by which its page is asked for; empty where it has no page."""
    picture: Handed | None
    detail: str
    """How it stands, in a sentence or two."""
    ready: str
    """When its video should be there; empty where that cannot be told."""


@dataclass(frozen=True)
class Detail:
    """A project on its own page."""

    folder: ProjectFolder
    view: View
    report: ReportFile | None
    files: Mapping[Shown, Handed]
    """What may be looked at and taken home."""

    def file(self, what: str) -> Handed | None:
        """Return what may be looked at under a word of `Shown`, None where there is no such thing."""
        return self.files.get(Shown(what))

    @property
    def version(self) -> str:
        """Another one whenever there is another result to show."""
        return "-".join(f"{each.version:x}" for each in self.files.values() if each.what is not Shown.PICTURE)


def cards(services: Services) -> list[Card]:
    """Return all projects, as home shows them."""
    *_, views = services.reader.read(services.clock())
    return [_card(view, services.clock()) for view in views if view.path is None or not view.path.is_symlink()]


def listed(workspace: Path, name: str) -> ProjectFolder:
    """Return a project of the workspace by its folder's name, as the list has it.

    A link is left alone, as the daemon does: it may lead anywhere.

    Raises:
        NotListed: There is none, or it may not be looked into.
    """
    found = next((path for path in children_of(workspace) if path.name == name and not path.is_symlink()), None)
    if found is None or refused_use(found, USE) is not None or not is_project(found):
        raise NotListed(f"There is no project in a folder {name} here.", "The first page lists all projects.")
    return ProjectFolder(found.absolute())


def detail(services: Services, name: str) -> Detail:
    """Return a project as its page shows it.

    Raises:
        NotListed: There is none.
    """
    folder = listed(services.workspace, name)
    view = read_view(folder, services.clock(), services.outlook)
    report = read_report(folder.report_json) if view.has_result else None
    files = dict(result_files(folder, view.project, report)) if view.has_result and view.project is not None else {}
    if (picture := _picture(view.picture)) is not None:
        files[Shown.PICTURE] = picture
    return Detail(folder, view, report, files)


def role_named(word: str) -> Role:
    """Return one of the two people by the word in an address.

    Raises:
        NotListed: It is none.
    """
    if word not in list(Role):
        raise NotListed("There is no such place in a project.", "Go back to the project's page.")
    return Role(word)


def media_words(folder: ProjectFolder, role: Role) -> str:
    """Return what there is to learn from of one person, in words."""
    try:
        folder.require_own()
        media = list_media(folder.media_of(role), folder.path)
        coming = [_part_words(arrival, here) for arrival, here in arrivals_of(folder, role)]
    except UnderstudioError as error:
        return f"{error.title} {error.hint}"
    parts = [counted(len(media.photos), "photo")] if media.photos else []
    parts += [counted(len(media.videos), "video")] if media.videos else []
    there = f"{' and '.join(parts)} so far" if parts else "Nothing yet"
    return ". ".join((there, *coming))


def _part_words(arrival: Arrival, here: int) -> str:
    much = f"{megabytes(here)} of {megabytes(arrival.size)}"
    return f"Of {printable(arrival.name)} only {much} came: choose it once more, and it goes on"


def _card(view: View, now: dt.datetime) -> Card:
    has_page = view.path is not None and not view.is_loose and is_text(view.path.name)
    address = view.path.name if view.path is not None and has_page else ""
    compared = handed(Shown.BEFORE_AND_AFTER, view.comparison, "") if view.comparison is not None else None
    picture = (compared or _picture(view.picture)) if address else None
    return Card(view, address, picture, state_words(view), ready_words(view, now))


def _picture(path: Path | None) -> Handed | None:
    return handed(Shown.PICTURE, path, path.name) if path is not None else None
