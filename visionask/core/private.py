"""Folders and files that only the user can read, whatever the umask, and through no link that somebody has laid."""

from __future__ import annotations

import contextlib
import os
import sys


def make_private_folder(folder: str) -> None:
    """Create each missing folder with 0700: `os.makedirs` gives its mode to the last one only. Raises OSError."""
    if not folder or os.path.isdir(folder):
        return
    make_private_folder(os.path.dirname(folder))
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        return
    os.chmod(folder, 0o700)


def create_private(path: str) -> int:
    """Create a file that only the user can read, in the place of one that was left; return its descriptor.

    Exclusively and through no link, so that nobody can lay another file in its place. Raises OSError.
    """
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, 0o600)
    if sys.platform != "win32":
        os.fchmod(handle, 0o600)
    return handle
