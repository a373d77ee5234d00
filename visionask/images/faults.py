"""Owns keeping the decoders quiet, and wording what they complain of."""

from __future__ import annotations

import re
import struct
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from visionask.core.errors import CorruptImage, TooLarge, VisionaskError

if TYPE_CHECKING:
    from collections.abc import Iterator

TRUNCATED_HINT = "use --allow-truncated to send what can be read of it"
RESAVE_HINT = "get a whole copy, or save it again with an image program"
_ADDRESS = re.compile(r"<[^<>]*>")
_LONGEST_REASON = 100  # characters
_quieting = threading.Lock()


@contextmanager
def as_corrupt(label: str, *, lenient: bool) -> Iterator[None]:
    """Turn whatever a decoder raises into `CorruptImage`, and running out of memory into `TooLarge`.

    Decoders raise OSError, SyntaxError, ValueError, KeyError, EOFError, RuntimeError, struct.error and more.
    """
    try:
        yield
    except VisionaskError:
        raise
    except MemoryError as error:
        raise TooLarge(f"{label}: does not fit in memory", "send a smaller picture") from error
    except Exception as error:
        raise CorruptImage(f"{label}: cannot be decoded ({reason(error)})", corrupt_hint(lenient=lenient)) from error


def corrupt_hint(*, lenient: bool) -> str:
    """Name the next action, which is not the flag that is already given."""
    return RESAVE_HINT if lenient else TRUNCATED_HINT


def reason(error: BaseException) -> str:
    """Word an exception in one short line without addresses of objects."""
    if isinstance(error.__cause__ or error, struct.error):  # worded for programmers; Pillow passes it on
        return "it ends too early"
    text = " ".join(_ADDRESS.sub("", str(error)).split())
    return text[:_LONGEST_REASON].rstrip() if text else type(error).__name__


def quieten() -> None:
    """Keep Pillow's Python warnings and log lines off standard error.

    `warnings.catch_warnings` is not thread-safe before Python 3.14; a filter that stays is.
    """
    wanted = ("ignore", None, Warning, r"PIL\.")
    import logging  # Pillow loads it anyway

    with _quieting:
        log = logging.getLogger("PIL")
        if not log.handlers:  # without one, `logging` prints errors itself
            log.addHandler(logging.NullHandler())
        for action, _, category, module, _ in warnings.filters:
            if action == "ignore" and category is Warning and getattr(module, "pattern", None) == wanted[3]:
                return
        warnings.filterwarnings("ignore", module=wanted[3])


def quieten_libtiff() -> None:
    """Keep libtiff from writing to file descriptor 2 from C ("Fax4Decode: Bad code word ...").

    Turning the descriptor away would swallow what other threads print meanwhile, so libtiff itself is told.
    Where its symbol is not reachable (a static build) its lines appear, and nothing else is lost.
    """
    import ctypes

    from PIL import _imaging

    try:
        library = ctypes.CDLL(_imaging.__file__)
        library.TIFFSetErrorHandler(None)
        library.TIFFSetWarningHandler(None)
    except (AttributeError, OSError):
        pass
