"""Make a folder of hostile and broken files: `python -m tests.corpus FOLDER`.

Everything that a stranger might send: each kind of video and picture with bytes flipped and ends cut off, playlists and
scripts that point elsewhere, bombs, archives, names that forge lines, and things in a folder that are no files.
"""

from __future__ import annotations

import io
import os
import random
import socket
import struct
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image

from tests.bombs import SHAPE, Hostile, bombs, picture_bytes, written
from tests.media import Shape, picture, write_video

_CODERS = {
    ".mp4": "libx264",
    ".mov": "libx264",
    ".mkv": "libx264",
    ".webm": "libvpx",
    ".avi": "mpeg4",
    ".mpg": "mpeg2video",
    ".ts": "mpeg2video",
    ".flv": "flv",
    ".wmv": "wmv2",
}
_PICTURES = (".jpg", ".png", ".webp", ".bmp", ".tiff", ".gif", ".avif")
_FLIPS = (1, 8, 64, 512)
_CUTS = (0.03, 0.2, 0.6, 0.95)
_URL = "http://127.0.0.1:9/video.mp4"


def make_corpus(folder: Path, secret: Path, seed: int = 1) -> list[Hostile]:
    """Fill a folder and return what is in it.

    Args:
        folder: Where to; made where it is not there.
        secret: A file outside, which many of these try to have opened.
        seed: The same one gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    made: list[Hostile] = []
    for make in (_broken, _pointing, bombs, _archives, _pretending, _named, _no_files):
        made += make(folder, secret, chance)
    return made


def _broken(folder: Path, _secret: Path, chance: random.Random) -> Iterator[Hostile]:
    """Each kind of video and picture, flipped and cut."""
    for suffix, whole in _whole_files(folder):
        for count in _FLIPS:
            content = bytearray(whole)
            for _ in range(count):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            yield written(folder / f"flipped-{count}{suffix}", bytes(content))
        for share in _CUTS:
            yield written(folder / f"cut-{share}{suffix}", whole[: int(len(whole) * share)])
        yield written(folder / f"grown{suffix}", whole + bytes(chance.randrange(256) for _ in range(5000)))


def _whole_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for suffix, coder in _CODERS.items():
        path = write_video(folder / f"whole{suffix}", Shape(frames=8, coder=coder))
        yield suffix, path.read_bytes()
        path.unlink()
    for suffix in _PICTURES:
        content = io.BytesIO()
        Image.fromarray(picture(0)).save(content, {".jpg": "JPEG", ".tiff": "TIFF"}.get(suffix, suffix[1:].upper()))
        yield suffix, content.getvalue()


def _pointing(folder: Path, secret: Path, _: random.Random) -> Iterator[Hostile]:
    """Files whose meaning is to make a reader open something else."""
    texts = {
        "hls.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXTINF:1,\n{_URL}\n#EXT-X-ENDLIST\n",
        "plain.m3u": f"{secret}\n{_URL}\n",
        "dash.mpd": f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period>'
        f'<AdaptationSet><Representation id="1" mimeType="video/mp4"><BaseURL>file://{secret}</BaseURL>'
        f"</Representation></AdaptationSet></Period></MPD>",
        "concat.ffconcat": f"ffconcat version 1.0\nfile '{secret}'\nfile '{_URL}'\n",
        "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
        "drawing.svg": f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<image xlink:href="file://{secret}"/><image xlink:href="{_URL}"/></svg>',
        "entity.svg": f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{secret}">]><svg>&x;</svg>',
        "list.asx": f'<asx version="3.0"><entry><ref href="{_URL}"/></entry></asx>',
        "list.xspf": f"<playlist><trackList><track><location>{_URL}</location></track></trackList></playlist>",
        "smil.smil": f'<smil><body><video src="{_URL}"/></body></smil>',
        "reference.mov": f"RTSPtext {_URL}\n",
        "shortcut.url": f"[InternetShortcut]\nURL={_URL}\n",
        "subtitle.ass": f"[Script Info]\nTitle: x\n[Fonts]\nfontname: {secret}\n",
        "subtitle.srt": "1\n00:00:00,000 --> 00:00:01,000\n<img src=x>\n",
        "page.html": f'<html><video src="{_URL}"></video><meta http-equiv="refresh" content="0;url=file://{secret}">',
        "data.txt": "data:video/mp4;base64,AAAAGGZ0eXBtcDQy",
        "magick.mvg": f"push graphic-context\nimage over 0,0 0,0 'ephemeral:{secret}'\npop graphic-context\n",
        "script.vpy": f"open({str(secret)!r})\n",
    }
    for name, text in texts.items():
        yield written(folder / name, text.encode(), is_hopeless=True)
        yield written(folder / f"{name}.mp4", text.encode(), is_hopeless=True)
        yield written(folder / f"{name}.jpg", text.encode(), is_hopeless=True)
    yield written(folder / "outside-data.mov", _outside_data(folder, secret))


def _outside_data(folder: Path, secret: Path) -> bytes:
    """A QuickTime film whose pictures are said to lie in another file (a `url ` data reference)."""
    whole = write_video(folder / "outside.mov", SHAPE)
    content = whole.read_bytes()
    whole.unlink()
    inside = struct.pack(">I4sI", 12, b"url ", 1)
    outside = struct.pack(">I4sI", 12, b"url ", 0)
    return content.replace(inside, outside).replace(b"free", b"file", 1) + str(secret).encode()


def _archives(folder: Path, _: Path, __: random.Random) -> Iterator[Hostile]:
    """Nothing is unpacked, whatever it is called."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../escaped.txt", "outside")
        archive.writestr("photo.jpg", picture_bytes("JPEG"))
        archive.writestr("bomb.bin", bytes(50 << 20))
    rolled = io.BytesIO()
    with tarfile.open(fileobj=rolled, mode="w:gz") as tar:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(link)
    for name in ("photos.zip", "photos.zip.mp4", "photos.zip.jpg", "project.cbz"):
        yield written(folder / name, packed.getvalue(), is_hopeless=True)
    for name in ("photos.tar.gz", "photos.tar.gz.mp4"):
        yield written(folder / name, rolled.getvalue(), is_hopeless=True)
    yield written(folder / "photos.7z", b"7z\xbc\xaf\x27\x1c\0\4" + bytes(64), is_hopeless=True)
    yield written(folder / "photos.rar", b"Rar!\x1a\7\1\0" + bytes(64), is_hopeless=True)
    yield written(folder / "picture-and-zip.jpg", picture_bytes("JPEG") + packed.getvalue())


def _pretending(folder: Path, _: Path, chance: random.Random) -> Iterator[Hostile]:
    """Called one thing and being another."""
    contents = {
        "empty": b"",
        "text": b"hello, this is a text\n" * 20,
        "program": b"\x7fELF\2\1\1" + bytes(200),
        "script": b"#!/bin/sh\ntouch /tmp/understudio-was-here\n",
        "pickle": b"cos\nsystem\n(S'touch /tmp/understudio-was-here'\ntR.",
        "noise": chance.randbytes(4096),
        "document": b"%PDF-1.7\n" + bytes(200),
    }
    for name, content in contents.items():
        for suffix in (".mp4", ".jpg", ".npz"):
            yield written(folder / f"{name}{suffix}", content, is_hopeless=True)
    yield written(folder / "really-a-picture.mp4", picture_bytes("PNG"))


_NAMES = [
    "line\nbreak.jpg",
    "clear\x1b[2J\x1b[H.jpg",
    "title\x1b]0;forged\x07.jpg",
    "\u202egpj.exe",
    "\u2066isolated.jpg",
    "-i.jpg",
    "--help.jpg",
    "$(touch understudio-was-here).jpg",
    "`touch understudio-was-here`.jpg",
    "; touch understudio-was-here.jpg",
    "<img src=x onerror=alert(1)>.jpg",
    "' onmouseover='alert(1).jpg",
    "%s%n%05d.jpg",
    "[red]markup[bold].jpg",
    "file:name.jpg",
    "http:name.jpg",
    "concat:a|b.jpg",
    "subfile,,start,0,end,9,,:x.jpg",
    "pipe:0.jpg",
    "x" * 240 + ".jpg",
    "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301.jpg",
    "nul \u2400.jpg",
]


def _named(folder: Path, _: Path, __: random.Random) -> Iterator[Hostile]:
    """Ordinary pictures, and a video of each, under names that forge lines, commands, pages and addresses."""
    video = write_video(folder / "named.mp4", SHAPE)
    film = video.read_bytes()
    video.unlink()
    for name in _NAMES:
        yield written(folder / name, picture_bytes("JPEG"))
    for name in _NAMES[:8]:
        yield written(folder / f"{name}.mp4", film)
        yield written(folder / f"broken {name}", b"no picture at all", is_hopeless=True)
    raw = os.fsencode(folder) + b"/not-\xff\xfe-unicode.jpg"
    yield written(Path(os.fsdecode(raw)), picture_bytes("JPEG"))


def _no_files(folder: Path, secret: Path, _: random.Random) -> Iterator[Hostile]:
    """Pipes, links, sockets, folders with a video's name."""
    makers: dict[str, Callable[[Path], object]] = {
        "pipe.mp4": os.mkfifo,
        "link-out.jpg": lambda path: path.symlink_to(secret),
        "link-to-password.txt": lambda path: path.symlink_to("/etc/passwd"),
        "link-to-zero.mp4": lambda path: path.symlink_to("/dev/zero"),
        "link-to-itself.mp4": lambda path: path.symlink_to(path),
        "link-to-nothing.mp4": lambda path: path.symlink_to(folder / "nothing"),
        "link-to-root": lambda path: path.symlink_to("/"),
        "socket.mp4": _bind,
        "folder.mp4": lambda path: path.mkdir(),
        "closed.jpg": _close,
    }
    for name, make in makers.items():
        path = folder / name
        make(path)
        yield Hostile(path, is_hopeless=False)


def _close(path: Path) -> None:
    path.write_bytes(picture_bytes("JPEG"))
    path.chmod(0)


def _bind(path: Path) -> None:
    # The address of a socket is short; the folder's name may not be.
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(before)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    sys.stdout.write(f"{len(make_corpus(place, place.parent / 'secret.jpg'))} files in {place}\n")
