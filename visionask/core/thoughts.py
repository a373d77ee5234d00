"""The block of thoughts that some local models begin an answer with: `<think>...</think>` and its spellings.

It is no part of the answer: it is shown only where it is asked for (`ask -v`), and kept in the ledger as it came. A
block without an end leaves no answer. Some servers put the opening tag into the prompt: then only the closing one
comes, and a stream shows nothing before it or the end, where such a model may be answering.
"""

from __future__ import annotations

import re

_TAGS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "[think]": "[/think]",  # Magistral
    "◁think▷": "◁/think▷",  # Kimi-VL
}
_BLANKS = "\ufeff \t\r\n"
_CLOSING = re.compile("|".join(map(re.escape, _TAGS.values())), re.IGNORECASE)
_NO_THOUGHT = re.compile("[{`<]")  # before a closing tag alone: braces and code are an answer's
_THINKING = re.compile(r"think|reason|qwq|\br1\b|magistral", re.IGNORECASE)
_LONGEST = max(map(len, (*_TAGS, *_TAGS.values())))


def without_thoughts(text: str) -> str:
    """Return an answer without the block of thoughts that it begins with; nothing where the block has no end."""
    closing = _opened(text)
    if closing is not None:
        _, _, answer = _partition(text, closing)
        return without_thoughts(answer) if _opened(answer) else answer.lstrip()
    closed = _CLOSING.search(text)
    return text if closed is None or _NO_THOUGHT.search(text[: closed.start()]) else text[closed.end() :].lstrip()


def is_named_thinking(model: str) -> bool:
    """Return whether a model's name says that it thinks before it answers, such as QwQ-32B and Kimi-VL-A3B-Thinking."""
    return _THINKING.search(model) is not None


def _opened(text: str) -> str | None:
    """Return the closing tag of the block that a text begins with."""
    start = text[: _LONGEST + 200].lstrip(_BLANKS).lower()
    return next((closing for opening, closing in _TAGS.items() if start.startswith(opening)), None)


def _partition(text: str, tag: str) -> tuple[str, str, str]:
    found = re.search(re.escape(tag), text, re.IGNORECASE)
    return (text, "", "") if found is None else (text[: found.start()], found[0], text[found.end() :])


def _may_close(text: str) -> bool:
    """Return whether a closing tag may yet come, behind nothing but thoughts."""
    mark = _NO_THOUGHT.search(text)
    return mark is None or any(tag.startswith(text[mark.start() :].lower()) for tag in _TAGS.values())


class ThoughtFilter:
    """Drop a leading block of thoughts of a text that arrives in chunks, wherever they are cut.

    `holds`: show nothing while only the end of a block may yet come, as its beginning was in the prompt. Without it
    such thoughts are shown, and `has_shown_thoughts` says so when their end comes.
    """

    def __init__(self, *, holds: bool = False) -> None:
        self._holds = holds
        self._held = ""  # what may yet be a tag, or blanks before the answer
        self._closing: str | None = None  # of the block under way
        self._has_dropped = self._is_through = False
        self.has_shown_thoughts = False
        self._passed: str | None = ""  # the end of what was shown; None where no thoughts can end any more

    def feed(self, chunk: str) -> str:
        """Return what of the answer can be shown now."""
        if self._is_through:
            return self._shown(chunk)
        self._held += chunk
        while True:
            if self._closing is not None:
                _, closed, rest = _partition(self._held, self._closing)
                if not closed:
                    self._held = self._held[-_LONGEST:]
                    return ""
                self._held, self._closing, self._has_dropped = rest, None, True
            start = self._held.lstrip(_BLANKS)
            self._closing = _opened(start)
            if self._closing is not None or self._has_dropped:
                self._held = start
            if self._closing is None:
                break
        if any(tag.startswith(start.lower()) for tag in _TAGS):
            return ""
        if self._holds:
            ended = _CLOSING.search(self._held)
            if ended is None and _may_close(self._held):
                return ""
            if ended is not None and not _NO_THOUGHT.search(self._held[: ended.start()]):
                self._held, self._has_dropped, self._holds = self._held[ended.end() :], True, False
                return self.feed("")
        return self.close()

    def close(self) -> str:
        """Return what was held back: it was no block."""
        if self._closing is not None:
            return ""
        held, self._held, self._is_through = self._held, "", True
        return self._shown(without_thoughts(held))  # an answer in one piece may hold a closing tag alone

    def _shown(self, text: str) -> str:
        """Return what is shown, and take note where it ends thoughts that were taken for the answer."""
        if self._passed is not None:
            passed = self._passed + text
            mark, closed = _NO_THOUGHT.search(passed), _CLOSING.search(passed)
            end = len(passed) if mark is None else mark.start()
            if closed is not None and closed.start() <= end:
                self.has_shown_thoughts = not self._has_dropped
                self._passed = None
            else:
                self._passed = passed[-_LONGEST:] if mark is None else passed[end:] if _may_close(passed) else None
        return text
