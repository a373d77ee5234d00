"""Owns finding pictures in folders and by patterns: in natural order, one folder's names in memory at a time."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from visionask.core.errors import NotFound, Unreadable
from visionask.core.image import Failed, FileSource

_PICTURES = frozenset((
    "jpg", "jpeg", "jpe", "jfif", "mpo", "png", "apng", "gif", "webp", "bmp", "dib", "tif", "tiff", "ico",
    "pbm", "pgm", "pnm", "ppm", "jp2", "j2k", "j2c", "jpx", "jpf", "avif", "avifs", "heic", "heif", "hif",
))  # fmt: skip


class Filter(NamedTuple):
    """Which names of a folder are taken. A pattern with a slash is matched against the path below the folder."""

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()

    def takes(self, name: str, path: str) -> bool:
        """Tell whether a file is wanted: a picture's suffix, or one that an include pattern spells out."""
        if self.exclude and self.drops(name, path):
            return False
        if not self.include:
            return has_picture_suffix(name)
        return any(_matches(p, name, path) and (has_picture_suffix(name) or _has_suffix(p)) for p in self.include)

    def drops(self, name: str, path: str) -> bool:
        """Tell whether a file or a folder is left out."""
        return any(_matches(pattern, name, path) for pattern in self.exclude)

    def keeps(self, path: str) -> bool:
        """Tell whether a file that a pattern has found is wanted, with every folder above it."""
        names = path.split("/")
        if any(self.drops(name, "/".join(names[: place + 1])) for place, name in enumerate(names)):
            return False
        return not self.include or any(_matches(pattern, names[-1], path) for pattern in self.include)


def has_picture_suffix(name: str) -> bool:
    """Tell whether a name ends as a picture's name does, in upper or lower case."""
    stem, _, suffix = name.rpartition(".")
    return suffix.lower() in _PICTURES and stem[-1:] not in ("", "/", os.sep)


def natural_key(name: str) -> str:
    """Return what names are sorted by: img2 before img10, and upper case with lower case."""
    return re.sub("[0-9]+", _padded, name.lower())


def walk(top: str, chosen: Filter, *, recursive: bool) -> Iterator[FileSource | Failed]:
    """Yield the pictures in a folder, its own files before its subfolders. Hidden names are left out.

    Every folder is visited once, whatever links lead to it. What cannot be read is yielded as `Failed`.
    """
    stack = [top]
    visited: set[tuple[int, int]] = set()
    while stack:
        folder = stack.pop()
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in visited:
                continue
            visited.add((status.st_dev, status.st_ino))
            files, folders, broken = _list(folder, top, chosen)
        except OSError as error:
            yield Failed(label=folder, error=_unreadable(folder, error))
            continue
        start = os.path.join(folder, "")
        for name in files:
            path = start + name
            yield Failed(label=path, error=broken[name]) if name in broken else FileSource(path=path)
        if recursive:
            stack.extend(os.path.join(folder, name) for name in reversed(folders))


def match(pattern: str, chosen: Filter) -> Iterator[FileSource]:
    """Yield the files that a pattern (`*`, `?`, `[...]`, `**`) matches. Folders and hidden names are left out.

    For `chosen` the folder is what stands in `pattern` before the first part with a mark.

    Raises Unreadable where it, or what `**` goes down into, has too many levels.
    """
    from glob import iglob

    takes_all = _has_suffix(pattern)
    try:
        paths = sorted(iglob(pattern, recursive=True), key=natural_key)
    except RecursionError as error:  # glob calls itself for each level
        raise Unreadable(f"{pattern}: too many folders in one another", "name a folder, with -r") from error
    fixed = len(re.split(r"[*?[]", pattern, maxsplit=1)[0].rpartition("/")[0])
    for path in paths:
        is_wanted = takes_all or has_picture_suffix(path)
        if is_wanted and chosen.keeps(path[fixed:].lstrip("/")) and not os.path.isdir(path):
            yield FileSource(path=path)


def _list(folder: str, top: str, chosen: Filter) -> tuple[list[str], list[str], dict[str, NotFound | Unreadable]]:
    """Return the wanted files, the subfolders, and what is wrong with some of the files."""
    files: list[str] = []
    folders: list[str] = []
    broken: dict[str, NotFound | Unreadable] = {}
    below = os.path.relpath(folder, top).replace(os.sep, "/") + "/" if chosen.include or chosen.exclude else ""
    below = below.removeprefix("./")
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith("."):
                continue
            path = below + name
            if _is(entry.is_dir):
                if not chosen.drops(name, path):
                    folders.append(name)
            elif chosen.takes(name, path):
                files.append(name)
                if not _is(entry.is_file):
                    broken[name] = _odd(entry)
    files.sort(key=natural_key)
    folders.sort(key=natural_key)
    return files, folders, broken


def _is(kind: Callable[[], bool]) -> bool:
    """Ask what an entry is; a link that cannot be followed is nothing, and spoils no other entry of its folder."""
    try:
        return kind()
    except OSError:
        return False


def _odd(entry: os.DirEntry[str]) -> NotFound | Unreadable:
    try:
        os.stat(entry.path)
    except FileNotFoundError:
        fact = f"{entry.path}: a link to a file that does not exist"
        return NotFound(fact, "remove the link or restore its target")
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        return Unreadable(f"{entry.path}: a link that cannot be followed ({reason})", "remove the link")
    return Unreadable(f"{entry.path}: not a regular file: a FIFO, socket or device", "leave it out with --exclude")


def _unreadable(folder: str, error: OSError) -> NotFound | Unreadable:
    if isinstance(error, FileNotFoundError):
        return NotFound(f"{folder}: no such folder", "it was there when the walk began: run again")
    reason = (error.strerror or "no reason given").lower()
    return Unreadable(f"{folder}: the folder cannot be read ({reason})", "check its permissions")


def _padded(number: re.Match[str]) -> str:
    digits = number[0].lstrip("0")
    return f"{len(digits):03}{digits}"


def _matches(pattern: str, name: str, path: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(path if "/" in pattern else name, pattern)


def _has_suffix(pattern: str) -> bool:
    return os.path.splitext(pattern)[1] not in ("", ".", ".*")
