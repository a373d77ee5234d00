"""Owns the ledger's place on the disk: a folder and a file that only the user can read, and what file system it is."""

from __future__ import annotations

import os
import stat
import sys

from visionask.core.errors import StateError
from visionask.store.faults import telling_files

NETWORK = frozenset(
    {
        *("9p", "afs", "afpfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"),
        *("smb2", "smb3", "smbfs", "webdav", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
    }
)


def make_private(path: str) -> None:
    """Create the ledger file, empty, if there is none: 0600, in folders of 0700, whatever the umask.

    Never created through a link: somebody else could have laid it. Raises StateError.
    """
    with telling_files(path):
        _make_folder(os.path.dirname(path))
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except FileExistsError:
            _check(path)
            return
        try:
            if sys.platform != "win32":
                os.fchmod(handle, 0o600)  # a umask of 0777 would leave it closed to ourselves
        finally:
            os.close(handle)


def _make_folder(folder: str) -> None:
    """Create each missing folder with 0700: `os.makedirs` gives its mode to the last one only."""
    if not folder or os.path.isdir(folder):
        return
    _make_folder(os.path.dirname(folder))
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        return
    os.chmod(folder, 0o700)


def _check(path: str) -> None:
    """Refuse what is no file, or a link to nothing."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        raise StateError(
            f"the ledger {path} is a link to nothing", "remove the link, or name the file itself"
        ) from None
    if not stat.S_ISREG(mode):
        raise StateError(f"the ledger {path} is not a file", "name a file with --ledger FILE")


def is_on_network(path: str) -> bool:
    """Tell whether the file lies on a network file system, where WAL's shared memory is not shared. Linux, Windows."""
    if path.startswith("\\\\"):
        return True
    try:
        with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
            mounts = file.read()
    except OSError:
        return False
    return file_system(os.path.realpath(path), mounts) in NETWORK


def file_system(path: str, mounts: str) -> str:
    """Name the type of the file system that holds an absolute path, from the text of /proc/self/mounts ("" if none)."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = _unescape(fields[1]).rstrip("/")
        if (path == point or path.startswith(point + "/")) and len(point) >= best:
            best, kind = len(point), fields[2]
    return kind


def _unescape(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text
