"""The order of calls of `prep`: the same plans and the same bytes as `ask`, written to files."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

from visionask.core.errors import InputError, StateError
from visionask.core.image import EncodedImage, Failed
from visionask.run.pictures import Picture, make_all
from visionask.run.survey import survey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.core.plan import ImagePlan, Planner
    from visionask.run.survey import Choosing

Prepared = tuple["ImagePlan", EncodedImage, str]  # the plan, the bytes, the path that they were written to


def prep(choosing: Choosing, planner: Planner, folder: str) -> Iterator[Prepared | Failed]:
    """Write each picture that would be sent into `folder`; one that cannot be is a value and stops nothing.

    Raises StateError when the folder cannot be written.
    """
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise StateError(f"{folder}: cannot be made ({error.strerror})", "name another folder with -o") from error
    taken: set[str] = set()
    for found in survey(choosing, planner):
        if isinstance(found, Failed):
            yield found
            continue
        picture = Picture(found)
        yield from make_all([picture])
        made = picture.encoded
        if made is not None:
            path = os.path.join(folder, _free_name(found.source.label, made.format, taken))
            _write(path, made.data, sources=(found.source.label,))
            yield found, made, path


def _free_name(label: str, picture_format: str, taken: set[str]) -> str:
    """Name the file after its source: `a/photo.heic` gives `photo.jpg`, a second `photo` gives `photo-2.jpg`, the page
    `a/report.pdf#page=3` gives `report-page-3.png`.
    """
    label, _, page = label.rpartition("#page=") if re.search(r"#page=[0-9]+$", label) else (label, "", "")
    base = label.partition("?")[0] if "://" in label else label
    stem = os.path.splitext(os.path.basename(base.rstrip("/")))[0]
    if label == "standard input" or label.startswith("data:") or not stem:
        stem = "image"
    stem = re.sub(r"[\x00-\x1f/\\]", "_", stem)[:150]
    stem += f"-page-{page}" if page else ""
    suffix = ".png" if picture_format == "PNG" else ".jpg"
    name, number = stem + suffix, 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}{suffix}"
    taken.add(name)
    return name


def _write(path: str, data: bytes, *, sources: tuple[str, ...]) -> None:
    """Write whole or not at all: beside the target, then renamed. Never over one of the sources."""
    if any(os.path.exists(source) and os.path.exists(path) and os.path.samefile(source, path) for source in sources):
        raise InputError(f"{path}: would overwrite its own source", "name another folder with -o")
    part = f"{path}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)  # left by a run that was killed, or laid by somebody: never written through
        with os.fdopen(os.open(part, flags, 0o666), "wb") as file:
            file.write(data)
        os.replace(part, path)
    except OSError as error:
        if os.path.exists(part):
            os.unlink(part)
        raise StateError(
            f"{path}: cannot be written ({error.strerror})", "free some space, or name another folder"
        ) from error
