"""The picture on the clipboard: read by the desktop's own tool, bounded in time and bytes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from visionask.core.errors import InputError, NotFound, Unreadable
from visionask.core.image import BytesSource
from visionask.core.namedtuple import NamedTuple
from visionask.images.files import MAX_BYTES, too_large

if TYPE_CHECKING:
    from collections.abc import Sequence
    from subprocess import Popen

LABEL = "clipboard"
WAIT_S = 5.0  # whoever copied it is asked for it, and may hang
_MOST_WORDS_BYTES = 65536
_TYPES = ("image/png", "image/jpeg", "image/webp", "image/tiff", "image/bmp", "image/gif", "image/avif")
_NOTHING_HINT = "copy a picture, or name a file"
_INSTALL_HINT = "install wl-clipboard (Wayland) or xclip (X11), or name a file"


class _Tool(NamedTuple):
    """A program that writes what is on the clipboard: which types there are, and one of them."""

    name: str
    lists: tuple[str, ...]
    reads: tuple[str, ...]  # the type follows


_TOOLS = (  # without Wayland the first ends at once; under it the second sees what X11 programs copied
    _Tool("wl-paste", ("--list-types",), ("--no-newline", "--type")),
    _Tool("xclip", ("-selection", "clipboard", "-o", "-t", "TARGETS"), ("-selection", "clipboard", "-o", "-t")),
)


class _Told(NamedTuple):
    """How a tool ended: its status, what it wrote, and why it says that it did not."""

    status: int
    data: bytes
    complaint: str


def read_clipboard(*, platform: str = sys.platform, wait_s: float = WAIT_S) -> BytesSource:
    """Return the picture on the clipboard as it was copied, or as a PNG where the system gives pixels only.

    `wait_s` bounds each call of a tool. Raises NotFound where there is none, Unreadable where
    it cannot be had, TooLarge.
    """
    return BytesSource(LABEL, _grab() if platform in ("darwin", "win32") else _paste(wait_s))


def _paste(wait_s: float) -> bytes:
    from shutil import which

    found = [(tool, path) for tool in _TOOLS if (path := which(tool.name))]
    if not found:
        raise Unreadable(f"{LABEL}: neither wl-paste nor xclip is installed", _INSTALL_HINT)
    reasons = []
    for tool, path in found:
        told = _run((path, *tool.lists), wait_s, most_bytes=_MOST_WORDS_BYTES)
        if told.status != 0:
            reasons.append(f"{tool.name}: {told.complaint}")
            continue
        types = told.data.decode("ascii", "replace").split()
        kind = next((kind for kind in _TYPES if kind in types), None)
        if kind is not None:
            return _picture(_run((path, *tool.reads, kind), wait_s, most_bytes=MAX_BYTES), tool.name)
        reasons.append(f"{tool.name}: it holds {_held(types)}")
    raise NotFound(f"{LABEL}: no picture on it ({'; '.join(reasons)})", _NOTHING_HINT)


def _held(types: Sequence[str]) -> str:
    if "text/uri-list" in types:
        return "files"
    is_text = any(name.startswith(("text/", "UTF8_STRING", "STRING", "TEXT")) for name in types)
    return "text" if is_text else "something else"


def _picture(told: _Told, name: str) -> bytes:
    if len(told.data) > MAX_BYTES:
        raise too_large(LABEL, len(told.data), MAX_BYTES)
    if told.status != 0 or not told.data:
        raise Unreadable(f"{LABEL}: cannot be read ({name}: {told.complaint})", "copy the picture again")
    return told.data


def _run(words: Sequence[str], wait_s: float, *, most_bytes: int) -> _Told:
    """Run a tool to its end, to the byte after the last that is taken, or to the end of patience."""
    import subprocess
    import tempfile
    import threading

    is_late = threading.Event()
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(  # noqa: S603  (a tool of two known names, and no shell)
                words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints
            )
        except OSError as error:
            return _Told(-1, b"", error.strerror or "cannot be started")

        def end() -> None:
            is_late.set()
            process.kill()

        timer = threading.Timer(wait_s, end)
        timer.start()
        try:
            data, status = _read(process, most_bytes)
        finally:
            timer.cancel()
            process.kill()
        complaints.seek(0)
        said = complaints.read(_MOST_WORDS_BYTES).decode("utf-8", "replace").strip().splitlines()
    if is_late.is_set():
        return _Told(-1, b"", f"no answer within {wait_s:g} s")
    return _Told(status, data, said[-1][:200] if said else f"it ended with status {status}")


def _read(process: Popen[bytes], most_bytes: int) -> tuple[bytes, int]:
    assert process.stdout is not None
    with process.stdout:
        data = process.stdout.read(most_bytes + 1)
    if len(data) > most_bytes:
        process.kill()
    return data, process.wait()


def _grab() -> bytes:
    """Ask macOS by Pillow (osascript) or Windows."""
    from io import BytesIO

    from PIL import ImageGrab

    try:
        grabbed = ImageGrab.grabclipboard()
    except (OSError, NotImplementedError, ValueError) as error:
        raise Unreadable(f"{LABEL}: cannot be read ({type(error).__name__})", "name a file") from error
    if isinstance(grabbed, list):
        raise InputError(f"{LABEL}: holds files, and no picture", "name the files")
    if grabbed is None:
        raise NotFound(f"{LABEL}: no picture on it", _NOTHING_HINT)
    with BytesIO() as file:
        grabbed.save(file, "PNG")
        return file.getvalue()
