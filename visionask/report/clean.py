"""The cleaning of text that visionask did not write: answers, file names, error bodies.

Everything that could steer a terminal is made visible as an escape such as `\\x1b`: C0 and C1 controls (newline and tab
stay), DEL, bidirectional controls, invisible and tag characters, lone surrogates. As each character is judged alone, a
control sequence that is split over any number of chunks is as harmless as a whole one, and an unterminated one cannot
swallow what follows.
"""

from __future__ import annotations

import re
from functools import cache

_HARMFUL = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 (without \t \n), DEL, C1
    "\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # bidi, invisible, separators
    "\ud800-\udfff\U000e0000-\U000e0fff"  # lone surrogates, tags
)


@cache
def _harmful(more: str = "") -> re.Pattern[str]:
    return re.compile(f"[{more}{_HARMFUL}]")


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] in "\n\t\r":
        return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}[match[0]]
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"  # a byte of a file name that is not UTF-8
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str) -> str:
    """Make a label or message safe on a terminal and one line long: line breaks are shown as `\\n`."""
    if text.isascii() and text.isprintable():  # most names; compiling the pattern takes longer than reading a header
        return text
    return _harmful("\n\t").sub(_escape, text)


def clean(text: str) -> str:
    """Make a whole text safe on a terminal; CR LF becomes LF."""
    if text.isascii() and text.isprintable():
        return text
    return _harmful().sub(_escape, text.replace("\r\n", "\n"))


class StreamFilter:
    """Clean a text that arrives in chunks. It remembers a CR at a chunk's end, as an LF may follow in the next."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, chunk: str) -> str:
        """Return what of this chunk can be shown now."""
        chunk = self._held + chunk
        self._held = "\r" if chunk.endswith("\r") else ""
        return clean(chunk[:-1] if self._held else chunk)

    def close(self) -> str:
        """Return what was held back."""
        held, self._held = self._held, ""
        return clean(held)
