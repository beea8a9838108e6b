"""Linux sandboxing through libc: no_new_privs, seccomp (no sockets) and Landlock (no files elsewhere).

Each restriction is for the calling process and all it starts, cannot be undone, and needs no privileges. Each function
raises `OSError` where the kernel (or a container around it) does not support it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable
from pathlib import Path

_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _ALL_THREADS = 1, 1


def forbid_new_privileges() -> None:
    """Make set-user-id programs and file capabilities ineffective from here on (no_new_privs, prctl(2))."""
    _checked(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def forbid_sockets() -> None:
    """Refuse every new socket, and io_uring, which makes them too (seccomp(2)). Pipes and socket pairs still work.

    Needs `forbid_new_privileges` first.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        raise OSError(errno.ENOSYS, f"no filter for {platform.machine()}")
    architecture, seccomp, socket_, ptrace = machine
    program = _program(architecture, {socket_: errno.EAFNOSUPPORT, _IO_URING_SETUP: errno.ENOSYS, ptrace: errno.EPERM})
    code = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)))
    _checked(_libc().syscall(seccomp, _SET_MODE_FILTER, _ALL_THREADS, head))


def keep_to_folders(writable: Iterable[Path], readable: Iterable[Path] | None = None) -> None:
    """Refuse to make, change or remove files anywhere but below `writable` (landlock(7)).

    Needs `forbid_new_privileges` first. Files that are open already stay open.

    Args:
        writable: Folders, which may be read too.
        readable: Folders and files outside which nothing may be opened for reading either; None leaves reading as it
            was. Those that are absent are passed over.
    """
    libc = _libc()
    version = _checked(libc.syscall(_LANDLOCK_CREATE, None, 0, _LANDLOCK_VERSION))
    writing = _WRITING | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    reading = 0 if readable is None else _READING
    attributes = struct.pack("Q", writing | reading)
    rules = _checked(libc.syscall(_LANDLOCK_CREATE, attributes, len(attributes), 0))
    try:
        for folder in writable:
            _allow(rules, folder, writing | reading)
        for place in readable or ():
            if place.exists():
                _allow(rules, place, reading if place.is_dir() else _READ_FILE)
        _checked(libc.syscall(_LANDLOCK_RESTRICT, rules, 0))
    finally:
        os.close(rules)


def _allow(rules: int, place: Path, rights: int) -> None:
    handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        _checked(_libc().syscall(_LANDLOCK_ADD, rules, 1, struct.pack("=Qi", rights, handle), 0))
    finally:
        os.close(handle)


# (AUDIT_ARCH_..., seccomp, socket, ptrace), from the kernel's asm/unistd.h and linux/audit.h.
_MACHINES = {"x86_64": (0xC000003E, 317, 41, 101), "aarch64": (0xC00000B7, 277, 198, 117)}
_IO_URING_SETUP = 425
_X32_BIT = 0x40000000
"""Marks calls of the x32 interface of x86-64, which has numbers of its own for everything."""

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_VERSION = 1
_WRITING = 0b1_1111_1111_0010
"""Write a file, remove and make files, folders, links, pipes, sockets and devices (linux/landlock.h)."""
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_READ_FILE = 1 << 2
_READING = _READ_FILE | 1 << 3
"""Read files, list folders. Metadata can be asked for everywhere."""

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _FAIL_WITH = 0x7FFF0000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4


def _program(architecture: int, refused: dict[int, int]) -> bytes:
    """Return a filter that lets every system call pass but some.

    Args:
        architecture: Calls of any other are refused altogether: their numbers mean something else.
        refused: The error to give, by the number of the call.
    """
    steps = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_JUMP_EQUAL, architecture, then=1),
        _step(_RETURN, _FAIL_WITH | errno.EPERM),
        _step(_LOAD, _NUMBER_AT),
        _step(_JUMP_AT_LEAST, _X32_BIT, otherwise=1),
        _step(_RETURN, _FAIL_WITH | errno.ENOSYS),
    ]
    for number, error in refused.items():
        steps += [_step(_JUMP_EQUAL, number, otherwise=1), _step(_RETURN, _FAIL_WITH | error)]
    return b"".join([*steps, _step(_RETURN, _ALLOW)])


def _step(code: int, operand: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("HBBI", code, then, otherwise, operand)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer
