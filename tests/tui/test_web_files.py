"""What the web page hands out: in parts for a player, under a name of its own, and nothing from beside a project."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import psutil
import pytest
from yarl import URL

from engine.project.folder import ProjectFolder
from tests.tui import scenes
from tests.tui.conftest import NOW
from tests.visiting import visiting
from tui.services import Services

VIDEO = bytes(range(256)) * 8
AT = "/projects/anna-as-ben/files"


@pytest.fixture
def finished(workspace: Path) -> ProjectFolder:
    folder = scenes.finished(workspace, NOW)
    (folder.result / "Anna-as-Ben.mp4").write_bytes(VIDEO)
    folder.report_html.write_text("<html><script>alert(1)</script>")
    return folder


async def test_a_player_gets_just_the_part_that_it_seeks(services: Services, finished: ProjectFolder) -> None:
    async with visiting(services) as visitor:
        whole = await visitor.get(f"{AT}/video")
        assert (whole.status, whole.content_type, await whole.read()) == (200, "video/mp4", VIDEO)
        assert whole.headers["Accept-Ranges"] == "bytes"
        part = await visitor.get(f"{AT}/video", headers={"Range": "bytes=500-599"})
        assert (part.status, await part.read()) == (206, VIDEO[500:600])
        assert part.headers["Content-Range"] == f"bytes 500-599/{len(VIDEO)}"
        tail = await visitor.get(f"{AT}/video", headers={"Range": "bytes=-10"})
        assert (tail.status, await tail.read()) == (206, VIDEO[-10:])
        beyond = await visitor.get(f"{AT}/video", headers={"Range": f"bytes={len(VIDEO)}-"})
        assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(VIDEO)}")
        again = await visitor.get(f"{AT}/video", headers={"If-None-Match": whole.headers["ETag"]})
        assert again.status == 304


async def test_no_file_stays_open_after_it_was_sent(services: Services, finished: ProjectFolder) -> None:
    async with visiting(services) as visitor:
        await visitor.get(f"{AT}/video")
        before = psutil.Process().num_fds()
        for _ in range(20):
            await (await visitor.get(f"{AT}/video", headers={"Range": "bytes=0-9"})).read()
        assert psutil.Process().num_fds() <= before + 1


async def test_a_download_has_a_name_that_says_what_it_is(services: Services, finished: ProjectFolder) -> None:
    finished.compare_video.write_bytes(VIDEO)
    finished.save(scenes.project_named('Änna "x"; as 田中').model_copy())
    (finished.result / "Anna-as-Ben.mp4").rename(finished.result / "Änna-x-as-田中.mp4")
    async with visiting(services) as visitor:
        names = [
            (await visitor.get(f"{AT}/{what}?download")).headers["Content-Disposition"]
            for what in ("video", "comparison", "report")
        ]
        assert "Content-Disposition" not in (await visitor.get(f"{AT}/video")).headers
    begins = "attachment; filename*=UTF-8''"
    assert all(name.startswith(begins) for name in names)
    assert [unquote(name.removeprefix(begins)) for name in names] == [
        "Änna-x-as-田中.mp4",
        "Änna-x-as-田中-before-and-after.mp4",
        "Änna-x-as-田中-report.html",
    ]


async def test_a_strangers_report_may_show_itself_and_nothing_more(services: Services, finished: ProjectFolder) -> None:
    async with visiting(services) as visitor:
        policy = (await visitor.get(f"{AT}/report")).headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none';")


async def test_a_page_that_poses_as_a_picture_is_not_shown_as_a_page(services: Services, workspace: Path) -> None:
    status = scenes.training(NOW).model_copy(update={"preview": "work/previews/posing.html"})
    folder = scenes.put_project(workspace, "anna-as-ben", "Anna as Ben", status)
    folder.previews.mkdir()
    (folder.previews / "posing.html").write_text("<script>alert(1)</script>")
    async with visiting(services) as visitor:
        sent = await visitor.get(f"{AT}/picture")
    assert (sent.content_type, sent.headers["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")


@pytest.mark.parametrize("name", ["Anna-as-Ben.mp4", "compare.mp4", "preview.jpg", "report.html", "ATTRIBUTION.txt"])
async def test_a_link_in_the_result_leads_nowhere(
    services: Services, finished: ProjectFolder, tmp_path: Path, name: str
) -> None:
    (tmp_path / "secret").write_text("secret")
    (finished.result / name).unlink(missing_ok=True)
    (finished.result / name).symlink_to(tmp_path / "secret")
    async with visiting(services) as visitor:
        text = await (await visitor.get("/projects/anna-as-ben")).text()
        assert "secret" not in text
        for what in ("video", "comparison", "before-and-after", "report", "credits"):
            assert "secret" not in await (await visitor.get(f"{AT}/{what}")).text()


async def test_a_link_in_the_place_of_the_result_folder_leads_nowhere(
    services: Services, finished: ProjectFolder, tmp_path: Path
) -> None:
    finished.result.rename(tmp_path / "elsewhere")
    finished.result.symlink_to(tmp_path / "elsewhere")
    async with visiting(services) as visitor:
        assert (await visitor.get(f"{AT}/video")).status == 404
        assert (await visitor.get(f"{AT}/report")).status == 404


async def test_a_link_to_a_project_elsewhere_is_neither_listed_nor_opened(
    services: Services, workspace: Path, tmp_path: Path
) -> None:
    elsewhere = scenes.finished(tmp_path / "elsewhere", NOW)
    workspace.mkdir()
    (workspace / "linked").symlink_to(elsewhere.path)
    async with visiting(services) as visitor:
        assert "linked" not in await (await visitor.get("/list")).text()
        assert (await visitor.get("/projects/linked")).status == 404


@pytest.mark.parametrize(
    "address",
    [
        "/projects/%2e%2e/files/video",
        "/projects/..%2Felsewhere%2Fanna-as-ben/files/video",
        "/projects/%2Fetc/files/video",
        "/projects/anna-as-ben%00/files/video",
        "/projects/.understudio/files/video",
        "/projects/anna-as-ben/files/..%2F..%2Fsecret",
        "/projects/anna-as-ben/files/project.toml",
        "/projects/anna-as-ben/files/",
        "/assets/..%2Fserver.py",
        "/assets/",
        "/projects/anna-as-ben/media/elsewhere",
        "/projects/%ff%fe/state",
    ],
)
async def test_no_address_leads_out_of_what_is_listed(
    services: Services, finished: ProjectFolder, tmp_path: Path, address: str
) -> None:
    scenes.finished(tmp_path / "elsewhere", NOW)
    async with visiting(services) as visitor:
        # As it is written: what is percent-encoded stays so on the way.
        origin = str(visitor.make_url("/").origin())
        sent = await visitor.session.get(URL(origin + address, encoded=True))
        assert sent.status in (403, 404), await sent.text()


async def test_a_hostile_status_names_no_file_elsewhere(services: Services, workspace: Path, tmp_path: Path) -> None:
    scenes.picture(tmp_path / "secret.jpg", 1)
    folder = scenes.put_project(workspace, "anna-as-ben", "Anna as Ben", scenes.training(NOW))
    written = folder.status_file.read_text()
    folder.status_file.write_text(written.replace("work/previews/step-000002400.jpg", "../../secret.jpg"))
    async with visiting(services) as visitor:
        assert (await visitor.get(f"{AT}/picture")).status == 404
