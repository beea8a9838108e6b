"""The files of a project that its page shows and hands out, a word each: nothing else of a folder is ever sent."""

from __future__ import annotations

import asyncio
import mimetypes
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from engine.files.safe_open import open_inside
from engine.project.attribution import ATTRIBUTION
from engine.project.folder import ProjectFolder
from engine.project.markers import video_in_result
from engine.project.settings import Project
from engine.records.report import ReportFile
from tui.projects.result_files import result_video
from tui.web.failures import NotListed
from tui.web.guard import REPORT_POLICY

_PICTURES = ("image/jpeg", "image/png", "image/webp")
_ANY = "application/octet-stream"


class Shown(StrEnum):
    """What a page shows of a project, as its address says it."""

    VIDEO = "video"
    COMPARISON = "comparison"
    REPORT = "report"
    BEFORE_AND_AFTER = "before-and-after"
    CREDITS = "credits"
    PICTURE = "picture"
    """One frame drawn ahead, then what the model could do when it was looked at last."""


@dataclass(frozen=True)
class Handed:
    """A file to look at or to take home."""

    what: Shown
    path: Path
    name: str
    """Under which it is taken home."""
    size: int
    version: int
    """Another one whenever the file is another; part of addresses, so that browsers show the newest."""


def result_files(folder: ProjectFolder, project: Project, report: ReportFile | None) -> Mapping[Shown, Handed]:
    """Return the files of a result that are there. Reads the disk: call from a worker."""
    video = result_video(folder, project, report)
    stem = video.stem if video is not None else folder.path.name
    comparison = folder.compare_video.name if report is None else report.comparison
    places = {
        Shown.VIDEO: (video, video.name if video else ""),
        Shown.COMPARISON: (video_in_result(folder, comparison), f"{stem}-before-and-after{Path(comparison).suffix}"),
        Shown.REPORT: (video_in_result(folder, folder.report_html.name), f"{stem}-report.html"),
        Shown.BEFORE_AND_AFTER: (video_in_result(folder, folder.compare_picture.name), f"{stem}.jpg"),
        Shown.CREDITS: (video_in_result(folder, ATTRIBUTION), f"{stem}-{ATTRIBUTION}"),
    }
    found = (handed(what, path, name) for what, (path, name) in places.items() if path is not None)
    return {each.what: each for each in found if each is not None}


def handed(what: Shown, path: Path, name: str) -> Handed | None:
    """Return a file as it is handed out; None where it is gone."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return Handed(what, path, name, facts.st_size, facts.st_mtime_ns)


class _OpenedFile(web.FileResponse):
    """Sends a file that was opened before, and closes it."""

    def __init__(self, handle: int, headers: Mapping[str, str]) -> None:
        super().__init__(f"/proc/self/fd/{handle}", headers=headers)
        self._file = os.fdopen(handle, "rb")

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send what is asked for: all of it is sent in here."""
        with self._file:
            return await super().prepare(request)


async def send(request: web.Request, folder: ProjectFolder, file: Handed) -> web.StreamResponse:
    """Send a file of a project, or the part of it that is asked for.

    It is checked and opened once, and what was opened is sent: a link that is put in its place meanwhile leads nowhere.

    Raises:
        NotListed: It is gone, or not really in the project.
    """
    try:
        handle = await asyncio.to_thread(open_inside, folder.path, file.path)
    except OSError as error:
        raise gone(file.name) from error
    return _OpenedFile(handle, _headers(file, "download" in request.query))


def gone(name: str) -> NotListed:
    """Return what is said of a file that is not there."""
    return NotListed(f"{name or 'The file'} is not there any more.", "Go back, and look at the project again.")


def _headers(file: Handed, is_download: bool) -> dict[str, str]:
    # Browsers ask each time whether their copy is still the newest.
    headers = {"Content-Type": _content_type(file), "Cache-Control": "private, no-cache"}
    if file.what is Shown.REPORT:
        headers["Content-Security-Policy"] = REPORT_POLICY
    if is_download:
        # RFC 6266: letters of every script, and nothing in the name can end it.
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    return headers


def _content_type(file: Handed) -> str:
    """Return what a browser may take a file for: never for a page, but for the report."""
    guessed = mimetypes.guess_type(file.path.name)[0] or _ANY
    match file.what:
        case Shown.VIDEO | Shown.COMPARISON:
            return guessed if guessed.startswith("video/") else _ANY
        case Shown.BEFORE_AND_AFTER | Shown.PICTURE:
            return guessed if guessed in _PICTURES else _ANY
        case Shown.REPORT:
            return "text/html; charset=utf-8"
        case Shown.CREDITS:
            return "text/plain; charset=utf-8"
