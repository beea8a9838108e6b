"""Gathering from a server on loopback that answers as the real ones do."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import ProjectError
from engine.gather.gathering import gather
from engine.media.images import encode_jpeg, read_image
from engine.project.attribution import (
    SIDECAR,
    Origin,
    attribution_text,
    origins_in,
    read_origin,
    sidecar_of,
    write_origin,
)
from engine.project.create import create_project
from engine.project.folder import ProjectFolder, create_folder
from engine.project.media_kinds import list_media
from engine.project.settings import Project
from engine.project.stage import Outcome
from engine.records.gather_request import GatherProgress, GatherReport, GatherRequest, Refusal
from engine.role import Role
from tests.gather_server import QUICK, Listed, Reply, Server, commons_page, local_client, openverse_page, slowly
from tests.gathering import FakeScreener, gathered, picture_of, serve, silent_server
from tests.real_faces import MAN, WOMAN, after, frames_of, never, wall


@pytest.fixture
def server() -> Iterator[Server]:
    server = silent_server()
    yield server
    server.close()


def test_pictures_of_the_person_seen_most_are_kept_with_author_and_licence(server: Server, tmp_path: Path) -> None:
    listed = serve(server, *(picture_of("ada", at) for at in range(3)), picture_of("ben", 0), picture_of("nobody", 0))
    server.routes["/v1/images/"] = openverse_page(listed)
    server.routes["/w/api.php"] = commons_page(serve(server, picture_of("ada", 9), author="Cy & Sons", licence="by"))
    report = gathered(server, tmp_path / "new")
    assert (report.outcome, report.kept, report.is_confirmed) == (Outcome.DONE, 4, False)
    assert report.refused == {Refusal.NO_FACE: 1, Refusal.OTHER_PERSON: 1}
    photos = list_media(tmp_path / "new/source").photos
    assert len(photos) == 4
    by_provider = {origin.provider: origin for photo in photos if (origin := read_origin(photo)) is not None}
    openverse, commons = by_provider["openverse"], by_provider["commons"]
    assert (openverse.author, openverse.licence) == ("Ada Ek", "CC BY-SA 2.0")
    assert openverse.licence_url == "https://creativecommons.org/licenses/by-sa/2.0/"
    assert openverse.page_url.startswith("https://www.flickr.com/photos/")
    assert (commons.author, commons.licence) == ("Cy & Sons", "CC BY 2.0")
    assert len(openverse.sha256) == 64


def test_files_that_are_not_what_they_should_be_are_refused_and_counted(server: Server, tmp_path: Path) -> None:
    page = Reply(b"<!DOCTYPE html><title>Log in</title>", "image/jpeg")
    same = picture_of("ada", 0)
    listed = serve(
        server,
        *(same, page, Reply(b"MZ\x90\0 program"), Reply(b"\0\0\0\x20ftypisom" + bytes(40), "image/jpeg")),
        *(Reply(same.body, "text/html"), Reply(b"\xff\xd8\xffada 5", "image/png"), picture_of("broken", 0)),
        Reply(b"", status=302, headers={"Location": "http://127.0.0.1:9/"}),
        Reply(b"\xff\xd8\xffada 6", length=4000),
    )
    server.routes["/v1/images/"] = openverse_page([*listed, Listed(f"{server.url}/nowhere")])
    report = gathered(server, tmp_path, count=50)
    assert report.kept == 1
    assert report.refused == {
        Refusal.WEB_PAGE: 1,
        Refusal.NOT_A_PICTURE: 2,
        Refusal.SAME_FILE: 1,
        Refusal.MISLABELLED: 1,
        Refusal.DAMAGED: 1,
        Refusal.ADDRESS: 1,
        Refusal.CUT_OFF: 1,
        Refusal.GONE: 1,
    }


def test_what_was_fetched_is_not_fetched_again_and_what_failed_in_passing_is(server: Server, tmp_path: Path) -> None:
    listed = serve(server, picture_of("ada", 0), picture_of("nobody", 1), Reply(b"", "text/plain", 500))
    server.routes["/v1/images/"] = openverse_page(listed)
    gathered(server, tmp_path)
    server.routes[listed[2].url.removeprefix(server.url)] = picture_of("ada", 2)
    before = dict(server.asked)
    report = gathered(server, tmp_path)
    paths = [each.url.removeprefix(server.url) for each in listed]
    assert [server.asked[path] - before[path] for path in paths] == [0, 0, 1]
    assert (report.kept, report.refused) == (2, {Refusal.NO_FACE: 1})


def test_a_picture_that_two_services_name_is_fetched_once_and_kept(server: Server, tmp_path: Path) -> None:
    (listed,) = serve(server, picture_of("ada", 0))
    path = listed.url.removeprefix(server.url)
    server.routes[path] = slowly(picture_of("ada", 0), 0.3)
    server.routes["/v1/images/"] = openverse_page([listed])
    server.routes["/w/api.php"] = commons_page([listed])
    report = gathered(server, tmp_path)
    assert server.asked[path] == 1
    assert (report.kept, report.looked_at, report.refused) == (1, 1, {})


def test_without_its_notes_a_gathering_still_knows_what_it_kept(server: Server, tmp_path: Path) -> None:
    listed = serve(server, picture_of("ada", 0))
    server.routes["/v1/images/"] = openverse_page(listed)
    gathered(server, tmp_path)
    for path in sorted((tmp_path / "work/gather").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert gathered(server, tmp_path).kept == 1
    assert server.asked[listed[0].url.removeprefix(server.url)] == 1


def test_a_picture_that_a_person_takes_out_stays_out(server: Server, tmp_path: Path) -> None:
    server.routes["/v1/images/"] = openverse_page(serve(server, picture_of("ada", 0), picture_of("ada", 1)))
    gathered(server, tmp_path)
    gone = list_media(tmp_path / "source").photos[0]
    gone.unlink()
    report = gathered(server, tmp_path)
    assert (report.kept, report.refused) == (1, {Refusal.TAKEN_OUT: 1})
    assert not sidecar_of(gone).exists()


def test_a_frame_of_a_video_that_a_person_takes_out_stays_out(server: Server, tmp_path: Path) -> None:
    def from_the_video() -> GatherReport:
        return gathered(server, tmp_path / "job", topic="", video=tmp_path / "me.mp4", count=3)

    assert from_the_video().kept == 3
    list_media(tmp_path / "job/source").photos[0].unlink()
    report = from_the_video()
    assert (report.kept, report.looked_at, report.refused) == (2, 3, {Refusal.TAKEN_OUT: 1})
    assert len(list((tmp_path / "job/work/gather/source/files").iterdir())) == 2


def test_another_person_can_be_chosen_without_fetching_and_stays_chosen(server: Server, tmp_path: Path) -> None:
    server.routes["/v1/images/"] = openverse_page(
        serve(server, *(picture_of("ada", at) for at in range(3)), picture_of("ben", 0))
    )
    assert gathered(server, tmp_path, count=9).kept == 3
    before = dict(server.asked)
    report = gathered(server, tmp_path, count=9, person_seen=2)
    assert dict(server.asked) == before
    assert (report.kept, report.is_confirmed) == (1, True)
    assert [person.is_kept for person in report.persons] == [False, True]
    assert len(list_media(tmp_path / "source").photos) == 1
    assert len(list((tmp_path / "source").glob(f"*{SIDECAR}"))) == 1
    assert gathered(server, tmp_path, count=9).kept == 1


def test_stopped_it_keeps_what_it_has(server: Server, tmp_path: Path) -> None:
    server.routes["/v1/images/"] = openverse_page(serve(server, *(picture_of("ada", at) for at in range(20))))
    report = gathered(server, tmp_path, count=20, stop=after(1))
    assert report.outcome is Outcome.INTERRUPTED
    assert gathered(server, tmp_path, count=20).kept == 20


def test_progress_tells_what_was_kept_refused_and_how_long_it_takes(server: Server, tmp_path: Path) -> None:
    server.routes["/v1/images/"] = openverse_page(serve(server, *(picture_of("ada", at) for at in range(8))))
    said: list[GatherProgress] = []
    request = GatherRequest(into=tmp_path, person=Role.TARGET, topic="Ada", count=30, openverse_url=server.url)
    gather(
        request.model_copy(update={"commons_url": server.url}), said.append, never, local_client(QUICK), FakeScreener
    )
    assert said
    assert all(each.wanted == 30 for each in said)
    assert len(list_media(tmp_path / "target").photos) == 8


def test_a_folder_of_something_else_is_left_alone(server: Server, tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(ProjectError, match="is not empty"):
        gathered(server, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_project_made_from_gathered_pictures_keeps_their_authors(
    server: Server, project: Project, man_clip: Path, tmp_path: Path
) -> None:
    server.routes["/v1/images/"] = openverse_page(serve(server, picture_of("ada", 0)))
    gathered(server, tmp_path / "pictures")
    made = create_project(
        tmp_path / "job", project, [tmp_path / "pictures/source"], man_clip, {}, lambda done, total: None
    )
    assert [origin.author for origin in origins_in([made.source, made.target])] == ["Ada Ek"]
    media = list_media(made.source)
    assert (len(media.photos), media.others) == (1, ())


def test_the_list_of_authors_is_fit_to_be_read_and_printed(server: Server, tmp_path: Path) -> None:
    nasty = Listed(server.url + "/a.jpg", author="Eve\n- forged \x1b[2J line", title="<b>“x”</b>")
    server.routes["/a.jpg"] = picture_of("ada", 0)
    server.routes["/v1/images/"] = openverse_page([nasty])
    gathered(server, tmp_path)
    text = attribution_text(origins_in([tmp_path / "source"]))
    assert "\x1b" not in text
    assert sum(line.startswith("- ") for line in text.splitlines()) == 1
    assert "ShareAlike" in text
    assert "is not the consent of the person" in text


def test_frames_of_a_persons_own_video_name_nobody(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff")
    origin = Origin(provider="video", file_url="/home/ada/me.mp4#t=1.0", fetched_at=dt.datetime.now(dt.UTC))
    write_origin(tmp_path / "a.jpg", origin)
    assert read_origin(tmp_path / "a.jpg") == origin
    assert origins_in([tmp_path]) == ()


def test_notes_that_cannot_be_read_cost_a_fetch_and_no_more(server: Server, tmp_path: Path) -> None:
    server.routes["/v1/images/"] = openverse_page(serve(server, picture_of("nobody", 0)))
    gathered(server, tmp_path)
    (note,) = (tmp_path / "work/gather/source/items").glob("*.json")
    note.write_text(json.dumps({"key": 1}))
    assert gathered(server, tmp_path).refused == {Refusal.NO_FACE: 1}


def test_a_gathering_and_a_stage_do_not_work_on_one_project_at_once(server: Server, tmp_path: Path) -> None:
    from engine.errors import ProjectBusy
    from engine.project.lock import alone_on

    folder = ProjectFolder(create_folder(tmp_path / "job").path)
    folder.work.mkdir()
    with alone_on(folder), pytest.raises(ProjectBusy):
        gathered(server, folder.path)


@pytest.mark.slow
def test_real_pictures_go_through_both_processes_and_a_video_adds_frames(server: Server, tmp_path: Path) -> None:
    women = [encode_jpeg(frame[20 * at :, 55 * at :]) for at, frame in enumerate(frames_of(WOMAN, range(160, 460, 90)))]
    men = [encode_jpeg(frame) for frame in frames_of(MAN, range(0, 600, 500))]
    bodies = [*women, *men[:1], encode_jpeg(wall()), women[0][: len(women[0]) // 3]]
    server.routes["/v1/images/"] = openverse_page(serve(server, *(Reply(body) for body in bodies)))
    request = GatherRequest(into=tmp_path, person=Role.SOURCE, count=4, video=WOMAN)
    # One of the frames that differ most may be the one in which a hand hides the face.
    assert gather(request, lambda said: None, never, local_client()).kept >= 3
    request = request.model_copy(update={"topic": "Ada", "count": 20, "video": None, "openverse_url": server.url})
    report = gather(request.model_copy(update={"commons_url": server.url}), lambda said: None, never, local_client())
    assert report.refused[Refusal.NO_FACE] == 1
    assert report.refused[Refusal.DAMAGED] == 1
    assert report.refused[Refusal.OTHER_PERSON] >= 1
    assert read_image(report.persons[0].thumbnail).shape == (320, 320, 3)
    assert report.kept >= 6
    assert {origin.provider for origin in report.origins} == {"video", "openverse"}


def test_what_a_file_says_of_a_picture_has_the_names_that_the_version_before_gave_it(
    server: Server, tmp_path: Path
) -> None:
    server.routes["/v1/images/"] = openverse_page(serve(server, picture_of("ada", 0)))
    gathered(server, tmp_path)
    (path,) = (tmp_path / "work/gather/source/items").glob("[!.]*.json")
    written = json.loads(path.read_text())
    assert set(written) == {"key", "origin", "file", "refusal", "look", "is_placed"}
    assert set(written["look"]) == {"key", "path", "refusal", "fingerprint", "faces", "is_frame"}
    assert gathered(server, tmp_path).kept == 1
    assert server.asked[written["origin"]["file_url"].removeprefix(server.url)] == 1
