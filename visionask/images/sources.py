"""Owns turning arguments into images: files, folders, patterns, links, `data:` URLs and standard input, in order."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from visionask.core.errors import InputError, MissingExtra, NotFound, Unreadable, VisionaskError
from visionask.core.image import CLIPBOARD, BytesSource, Failed, FileSource, ObjectSource, UrlSource
from visionask.images.data_urls import decode_data_url, is_data_url
from visionask.images.folders import Filter, match, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from visionask.core.image import Source

_MOST_NAMES = 5000  # of a folder that are looked through for a near name


def expand(
    args: Sequence[str],
    *,
    recursive: bool = False,
    stdin: Callable[[], bytes] | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    allow_folders: bool = False,
) -> Iterator[Source | Failed]:
    """Yield the images that arguments name, in the order given. What cannot be used is yielded as `Failed`.

    `stdin` reads standard input, for `-`; None where nothing is piped in. `include` and `exclude` choose among the
    files of folders and patterns. Nothing is opened but folders, so a file that is no picture is still yielded.

    Raises MissingExtra for the URL of an object store where obstore is not installed.
    """
    chosen = Filter(include=include, exclude=exclude)
    is_stdin_read = False
    for arg in args:
        try:
            if arg == "-":
                if is_stdin_read:
                    raise InputError("-: standard input can be read only once", "name it once")
                is_stdin_read = True
                yield _from_stdin(stdin)
            elif arg == CLIPBOARD:
                from visionask.images.clipboard import read_clipboard

                yield read_clipboard()
            elif os.path.isdir(arg):
                yield from _in_folder(arg, chosen, recursive=recursive, is_allowed=allow_folders)
            elif _is_in_store(arg):
                yield from _in_store(arg, chosen, recursive=recursive, is_allowed=allow_folders)
            else:
                yield from _named(arg, chosen)
        except MissingExtra:
            raise
        except VisionaskError as error:
            yield Failed(label=_label(arg), error=error)


def _from_stdin(stdin: Callable[[], bytes] | None) -> BytesSource:
    if stdin is None:
        raise NotFound("-: nothing is piped in", "pipe an image in, or name a file")
    return BytesSource(label="standard input", data=stdin())


def _in_folder(folder: str, chosen: Filter, *, recursive: bool, is_allowed: bool) -> Iterator[FileSource | Failed]:
    if not is_allowed:
        raise Unreadable(f"{folder}: is a folder", "name its files, or use `scan`, which takes folders")
    is_empty = True
    for found in walk(folder, chosen, recursive=recursive):
        is_empty = False
        yield found
    if is_empty:
        raise _no_pictures(folder, chosen, recursive=recursive)


def _no_pictures(folder: str, chosen: Filter, *, recursive: bool) -> NotFound:
    hint = "check the patterns" if chosen.include or chosen.exclude else "name another folder"
    return NotFound(f"{folder}: no pictures in this folder", hint if recursive else "use -r to look into subfolders")


def _in_store(url: str, chosen: Filter, *, recursive: bool, is_allowed: bool) -> Iterator[ObjectSource | Failed]:
    """Yield one object, or the pictures below its name; where the name may be either, the listing tells."""
    from visionask.images.buckets import need_extra
    from visionask.images.objects_list import is_surely_folder, list_objects, may_be_folder

    need_extra()
    is_folder = is_surely_folder(url)
    if is_folder and not is_allowed:
        raise Unreadable(f"{url}: is a folder", "name its objects, or use `scan`, which takes folders")
    if not is_allowed or not may_be_folder(url):
        yield ObjectSource(url=url)
        return
    count = yield from list_objects(url, chosen, recursive=recursive)
    if count.taken:
        return
    if is_folder or count.seen:
        raise _no_pictures(url, chosen, recursive=recursive)
    yield ObjectSource(url=url)  # an object whose name has no suffix


def _named(arg: str, chosen: Filter) -> Iterator[Source]:
    if os.path.lexists(arg):
        yield FileSource(path=arg)
    elif is_data_url(arg):
        yield decode_data_url(arg)
    elif scheme := _scheme(arg):
        if scheme.lower() not in ("http", "https"):
            raise InputError(f"{_label(arg)}: only http and https links are fetched", "download it and name the file")
        from visionask.images.links import parse_link

        yield UrlSource(url=parse_link(arg).url)
    elif not arg or "\0" in arg:
        raise NotFound(f"{arg!r}: no file can have this name", "check the spelling")
    elif any(mark in arg for mark in "*?["):
        yield from _matching(arg, chosen)
    elif _is_barred(arg):
        yield FileSource(path=arg)  # opening it says why
    else:
        raise NotFound(f"{arg}: no such file", _suggestion(arg))


def _is_barred(path: str) -> bool:
    """Tell a file whose folder may not be entered from one that is not there."""
    try:
        os.lstat(path)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _matching(pattern: str, chosen: Filter) -> Iterator[FileSource]:
    is_empty = True
    for found in match(pattern, chosen):
        is_empty = False
        yield found
    if is_empty:
        raise NotFound(f"{pattern}: no file matches this pattern", "check the spelling and the current folder")


def _suggestion(path: str) -> str:
    from difflib import get_close_matches
    from itertools import islice

    folder, name = os.path.split(path)
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.name for entry in islice(entries, _MOST_NAMES)]
    except OSError:
        return "check the spelling and the current folder" if not folder else f"there is no folder {folder}"
    by_lower = {known.lower(): known for known in names}
    near = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.75)
    if not near:
        return "check the spelling and the current folder"
    return f"did you mean {os.path.join(folder, by_lower[near[0]])}?"


def _is_in_store(arg: str) -> bool:
    if "://" not in arg[:8]:
        return False
    from visionask.images.buckets import is_object_url

    return is_object_url(arg)


def _scheme(arg: str) -> str | None:
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", arg)
    return found[1] if found else None


def _label(arg: str) -> str:
    if is_data_url(arg):
        return arg.partition(",")[0][:60]
    if _scheme(arg):
        from visionask.images.links import hide_user

        return hide_user(arg)
    return arg
