"""Owns the answers written next to their images: `photo.jpg` gets `photo.jpg.txt`, whole or not at all.

The image's full name is kept, so that `photo.jpg` and `photo.png` do not share a file. A file of that name that holds
anything but an answer of ours is left alone: what it holds tells, for a mark of ours in it would be read as the answer.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from visionask.core.image import FileSource
from visionask.report.clean import clean
from visionask.report.target import open_target, writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.core.image import Source

_NAME_BYTES = 250  # of a name that file systems take, and the .part of a file that is being written
_LONGEST_BYTES = 4 << 20  # a file that is longer is no answer of ours


def sidecar_path(source: Source) -> str | None:
    """Name the file next to an image; None for a link and for standard input, which are next to nothing."""
    return f"{source.path}.txt" if isinstance(source, FileSource) else None


def is_name_too_long(path: str) -> bool:
    """Tell whether no file can have the name."""
    return len(os.fsencode(os.path.basename(path))) > _NAME_BYTES


def sidecar_text(answer: str) -> str:
    """Give what the file holds: the answer with control characters made visible, and one line end."""
    return clean(answer).rstrip("\n") + "\n"


def write_sidecar(path: str, answer: str, *, is_ours: Callable[[str], bool] | None = None) -> bool:
    """Write an answer; return False where another's file has the name, and leave that file alone.

    `is_ours` is asked whether what the file holds was written here before: whether it is `sidecar_text` of an answer
    in the ledger. A file that already holds this answer is not written again. Raises StateError.
    """
    text = sidecar_text(answer)
    with writing(path):
        held = _read(path)
    if held == text:
        return True
    if held is not None and not (is_ours is not None and is_ours(held)):
        return False
    target = open_target(path)
    try:
        target.write(text.encode())
        target.finish()
    except BaseException:
        os.unlink(f"{os.path.realpath(path)}.part")
        raise
    return True


def _read(path: str) -> str | None:
    """Read what has the name: None where nothing has, and nothing that was ever an answer for what is no text file."""
    if not os.path.lexists(path):
        return None
    if os.path.islink(path) or not os.path.isfile(path) or os.path.getsize(path) > _LONGEST_BYTES:
        return ""
    with open(path, encoding="utf-8", errors="replace", newline="") as file:
        return file.read()
