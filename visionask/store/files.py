"""The files of a ledger on the disk: private, on what file system, and the same ones for as long as they are open.

SQLite does not notice when its file is removed, replaced or cut: it writes on, to where nobody reads. So the open files
(the ledger, its write-ahead log, its shared memory) are compared with their paths at every commit.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from visionask.core.errors import StateError
from visionask.core.private import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

NETWORK = frozenset(
    {
        *("9p", "afs", "afpfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"),
        *("smb2", "smb3", "smbfs", "webdav", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
    }
)
CANNOT_OPEN_HINT = "check that its folder exists and is writable, or keep the ledger elsewhere with --ledger FILE"
_AGAIN = "what was answered since then is not kept; see what removed it, then run the same again"


@contextmanager
def file_errors(path: str) -> Iterator[None]:
    """Turn the errors of the file system within the block into StateErrors."""
    try:
        yield
    except OSError as error:
        raise StateError(f"the ledger {path} cannot be opened ({error.strerror})", CANNOT_OPEN_HINT) from error


def is_there(path: str) -> bool:
    """Return whether a path leads to anything, or may: where it cannot be told, whoever opens it meets the reason."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def can_be_written(path: str) -> bool:
    """Return whether the rights and the disk let a file, and others beside it, be written."""
    folder = os.path.dirname(os.path.abspath(path))
    return os.access(path, os.W_OK) and os.access(folder, os.W_OK | os.X_OK) and not is_full(path)


def is_full(path: str) -> bool:
    """Return whether the disk of a file has no room at all."""
    import shutil

    with contextlib.suppress(OSError):
        return shutil.disk_usage(os.path.dirname(os.path.abspath(path))).free == 0
    return False


def make_private(path: str) -> None:
    """Create the ledger file, empty, if there is none: 0600, in folders of 0700, whatever the umask.

    Never created through a link: somebody else could have laid it. Raises StateError.
    """
    with file_errors(path):
        make_private_folder(os.path.dirname(path))
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except FileExistsError:
            _check_kind(path)
            return
        try:
            if sys.platform != "win32":
                os.fchmod(handle, 0o600)  # a umask of 0777 would leave it closed to ourselves
        finally:
            os.close(handle)


def _check_kind(path: str) -> None:
    """Refuse what is no file, or a link to nothing."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        raise StateError(
            f"the ledger {path} is a link to nothing", "remove the link, or name the file itself"
        ) from None
    if not stat.S_ISREG(mode):
        raise StateError(f"the ledger {path} is not a file", "name a file with --ledger FILE")


class OpenFiles:
    """The files of an open ledger, as they were when they were last looked at."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._known: dict[str, os.stat_result] = {}
        self._is_cut = False
        self.check()

    def check(self) -> None:
        """Raise StateError where a file was removed, replaced or cut; one that was cut is set aside."""
        for name in (self._path, f"{self._path}-wal", f"{self._path}-shm"):
            known, now = self._known.get(name), _status(name)
            if known is not None and now is None:
                raise StateError(f"the ledger's file {name} was removed while it was in use", _AGAIN)
            if known is not None and now is not None and not os.path.samestat(known, now):
                raise StateError(f"the ledger's file {name} was replaced while it was in use", _AGAIN)
            if known is not None and now is not None and now.st_size < known.st_size and not self._is_whole(name):
                self._is_cut = True
                aside = _set_aside(self._path, name)
                raise StateError(
                    f"the ledger's file {name} was cut while it was in use",
                    f"what is left is set aside as {aside}: `sqlite3 FILE .recover` may read it. {_AGAIN}",
                )
            if now is not None:
                self._known[name] = now

    @property
    def may_be_closed(self) -> bool:
        """Return whether SQLite may write its log into the ledger and remove it, as it does at the end.

        Not so into a ledger that was cut, and not where another's log stands in the place of ours.
        """
        logs = (f"{self._path}-wal", f"{self._path}-shm")
        pairs = [(self._known.get(name), _status(name)) for name in logs]
        return not self._is_cut and all(
            now is None or (known is not None and os.path.samestat(known, now)) for known, now in pairs
        )

    def _is_whole(self, name: str) -> bool:
        """Return whether a file that became smaller has all that it says: after a VACUUM, or a checkpoint that cuts.

        Source: sqlite.org/fileformat2.html (page size at 16, pages at 28), sqlite.org/walformat.html (frames at 16 of
        the shared memory, 24 bytes before each page), checked 2026-11-28.
        """
        head = _read(self._path, 100)
        page_bytes = int.from_bytes(head[16:18], "big")
        page_bytes = 65536 if page_bytes == 1 else page_bytes
        if len(head) < 100:
            return False
        if name == self._path:
            return int.from_bytes(head[28:32], "big") * page_bytes <= os.path.getsize(name)
        if name.endswith("-shm"):
            return False
        frames = int.from_bytes(_read(f"{self._path}-shm", 20)[16:20], sys.byteorder)
        return not frames or 32 + frames * (24 + page_bytes) <= os.path.getsize(name)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None


def _read(path: str, count: int) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(count)
    except OSError:
        return b""


def _set_aside(path: str, cut: str) -> str:
    """Rename a file that was cut; with the ledger goes its log. Returns the new name of the file."""
    number = 1
    while os.path.lexists(f"{path}.damaged-{number}"):
        number += 1
    aside = f"{path}.damaged-{number}"
    names = [f"{path}-wal", f"{path}-shm"]
    names = [path, *names] if cut == path else names
    for name in names:
        with contextlib.suppress(OSError):
            os.rename(name, aside + name[len(path) :])
    return aside + cut[len(path) :]


def is_on_network(path: str) -> bool:
    """Return whether the file lies on a network file system, where WAL's shared memory is not shared.

    Known on Linux and Windows.
    """
    if path.startswith("\\\\"):
        return True
    try:
        with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
            mounts = file.read()
    except OSError:
        return False
    return file_system(os.path.realpath(path), mounts) in NETWORK


def file_system(path: str, mounts: str) -> str:
    """Return the type of the file system that holds an absolute path, from the text of /proc/self/mounts, or ""."""
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
