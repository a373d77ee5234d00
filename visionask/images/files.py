"""The opening of files that may be anything: only regular files are read, and none without a limit."""

from __future__ import annotations

import errno
import os
import stat
import threading

from visionask.core.errors import InputError, NotAnImage, NotFound, TooLarge, Unreadable
from visionask.core.format import size

MAX_BYTES = 100_000_000  # of one file; the largest pictures that cameras write are about 80 MB
_MOST_NAMES = 5000  # of a folder that are looked through for a near name

# O_NONBLOCK: opening a FIFO or a device returns at once. O_BINARY is what Windows needs, and only Windows has.
OPEN_FLAGS = os.O_RDONLY | sum(
    {getattr(os, name, 0) for name in ("O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "O_BINARY")},
)
_KINDS = (
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_FOLDER_HINT = "`scan`, `cost` and `prep` take folders"
_PIPE_HINT = "pipe it in and name it `-`"
_FACTS = {
    errno.EACCES: ("permission denied", "check the permissions of the file and its folders"),
    errno.EPERM: ("permission denied", "check the permissions of the file and its folders"),
    errno.ENXIO: ("not a regular file: it is a socket", _PIPE_HINT),
    errno.EOPNOTSUPP: ("not a regular file: it is a socket", _PIPE_HINT),
    errno.ELOOP: ("a link that leads back to itself", "remove the link"),
}


def open_regular(path: str, *, max_bytes: int = MAX_BYTES) -> tuple[int, int]:
    """Open a file and return its descriptor and its size in bytes, 1 to `max_bytes`.

    Raises NotFound, Unreadable (no permission, not a regular file), NotAnImage (empty) or TooLarge.
    """
    try:
        fd = os.open(path, OPEN_FLAGS)
    except (OSError, ValueError) as error:
        raise _why(path, error) from error
    try:
        return fd, _checked_size(path, os.fstat(fd), max_bytes)
    except BaseException:
        os.close(fd)
        raise


def read_regular(path: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Read a whole file. What is returned is all that was there; a file that shrinks meanwhile is Unreadable.

    Raises what `open_regular` raises.
    """
    fd, size = open_regular(path, max_bytes=max_bytes)
    try:
        data = os.read(fd, size)
        while len(data) < size:
            more = os.read(fd, size - len(data))
            if not more:
                break
            data += more
    except OSError as error:
        raise _why(path, error) from error
    finally:
        os.close(fd)
    if len(data) != size:
        raise Unreadable(f"{path}: it changed while it was read", "run again when nothing writes to it")
    return data


_last: list[tuple[tuple[int, ...], bytes]] = []  # of one document: its pages are asked for one after the other
_holding = threading.Lock()


def read_document(path: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Read a whole file, once for all its pages: the last one stays in memory while the file is as it was.

    Raises what `read_regular` raises.
    """
    fd, _ = open_regular(path, max_bytes=max_bytes)
    status = os.fstat(fd)
    os.close(fd)
    mark = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    with _holding:
        if not _last or _last[0][0] != mark:
            _last[:] = [(mark, read_regular(path, max_bytes=max_bytes))]
        return _last[0][1]


def _checked_size(path: str, status: os.stat_result, max_bytes: int) -> int:
    if stat.S_ISDIR(status.st_mode):
        raise Unreadable(f"{path}: not a regular file: it is a folder", _FOLDER_HINT)
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), "something else")
        raise Unreadable(f"{path}: not a regular file: it is {kind}", _PIPE_HINT)
    if not status.st_size:
        raise NotAnImage(f"{path}: the file is empty", "check how it was written or downloaded")
    if status.st_size > max_bytes:
        raise too_large(path, status.st_size, max_bytes)
    return status.st_size


def too_large(label: str, size_bytes: int, max_bytes: int) -> TooLarge:
    """Word the refusal of more bytes than are read here."""
    return TooLarge(
        f"{label}: {size(size_bytes)}, more than the {size(max_bytes)} that are read", "send a smaller file"
    )


def _why(path: str, error: OSError | ValueError) -> InputError:
    """Word what the system said. Opening a socket gives ENXIO; where folders cannot be opened, they give EACCES."""
    if isinstance(error, ValueError):
        return NotFound(f"{path!r}: no file can have this name", "check the spelling")
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
        if os.path.islink(path):
            return NotFound(f"{path}: a link to a file that does not exist", "remove the link or restore its target")
        return NotFound(f"{path}: no such file", "check the spelling and the current folder")
    if os.path.isdir(path):
        return Unreadable(f"{path}: not a regular file: it is a folder", _FOLDER_HINT)
    reason = (error.strerror or "no reason given").lower()
    fact, hint = _FACTS.get(error.errno or 0, (f"cannot be read ({reason})", "check the disk and the permissions"))
    return Unreadable(f"{path}: {fact}", hint)


_CHECK = "check the spelling and the current folder"


def suggest_pattern(pattern: str) -> str:
    """Return the hint for a pattern that matches nothing, which may be a question in the place of an image."""
    if pattern.endswith("?"):
        return "a question comes first (ask, scan), after --question (cost), or at the prompt (chat)"
    return _CHECK


def suggest_file(path: str) -> str:
    """Return the hint for a file that is not there: the one beside it that is spelled nearly alike, if any."""
    from itertools import islice

    from visionask.core.suggest import near_names

    folder, name = os.path.split(path)
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.name for entry in islice(entries, _MOST_NAMES)]
    except (OSError, ValueError):
        if path.startswith("www."):
            return f"a link begins with https://, such as https://{path}"
        return f"there is no folder {folder}" if folder else _CHECK
    near = near_names(name, names, most=1, alike=0.75)
    if near:
        return f"did you mean {os.path.join(folder, near[0])}?"
    return _CHECK if folder or "." in name else f"{_CHECK}; a question of several words stands in quotes"
