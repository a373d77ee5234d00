"""Owns the editing of a file in the user's own editor: on a copy, which takes the file's place only if it is right."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING

from visionask.config.editing import open_editor, write
from visionask.core.errors import ConfigError, StateError, VisionaskError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REJECTED = ".rejected"  # behind the file's name: what was written and is wrong


def edit_file(
    path: str,
    *,
    new: bytes,
    check: Callable[[bytes], object],
    edits_again: Callable[[VisionaskError], bool] = lambda _: False,
) -> None:
    """Let the user edit a file, or `new` where it is not there. As with visudo, the file itself is never wrong.

    An editor that fails leaves everything as it was. Where `check` raises for what was written, `edits_again` is asked;
    if it says no, that text is kept beside the file, and what `check` raised comes out of here.
    Raises ConfigError for an editor that fails, StateError where nothing can be written.
    """
    try:
        with open(path, "rb") as file:
            old: bytes | None = file.read()
    except FileNotFoundError:
        old = None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})", "make it readable") from error
    with _copy(path, new if old is None else old) as copy:
        while True:
            open_editor(copy)
            written = _read(copy)
            try:
                check(written)
                break
            except VisionaskError as error:
                if edits_again(error):
                    continue
                write(path + REJECTED, written)
                stays = "the file is as it was" if old is not None else "no file was made"
                error.hint = f"{stays}; what you wrote is in {path}{REJECTED}"
                raise
        if written != old:
            write(path, written)
        with contextlib.suppress(OSError):
            os.unlink(path + REJECTED)


@contextlib.contextmanager
def _copy(path: str, data: bytes) -> Iterator[str]:
    """Make a copy beside the file, so that what it names relative to itself is found; a folder made for it goes too."""
    folder = os.path.dirname(os.path.realpath(path))
    is_made = not os.path.isdir(folder)
    try:
        os.makedirs(folder, exist_ok=True)
        handle, copy = tempfile.mkstemp(dir=folder, prefix=".visionask-", suffix=os.path.splitext(path)[1])
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError as error:
        raise StateError(f"{path}: cannot be written ({error.strerror})", "check its folder's rights") from error
    try:
        yield copy
    finally:
        with contextlib.suppress(OSError):
            os.unlink(copy)
        if is_made:
            with contextlib.suppress(OSError):  # it holds what was written
                os.rmdir(folder)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ConfigError(f"the editor left no file ({error.strerror})", "nothing was changed") from error
