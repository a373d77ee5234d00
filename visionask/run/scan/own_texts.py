"""Owns whether the text of a file beside an image is an answer of ours, so that another may take its place."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from visionask.report.records import data_text
from visionask.report.sidecar import sidecar_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.store.ledger import Ledger


class OwnTexts:
    """Tells texts of answers in the ledger from all others; which image or question they were for does not matter.

    The ledger is read at the first question, which comes only where a file holds something else than the answer.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: set[bytes] | None = None

    def __call__(self, text: str) -> bool:
        """Tell whether an answer would have been written so. Raises StateError."""
        if self._known is None:
            answers = (stored.answer.text for stored in self._ledger.logs.answers())
            self._known = {_digest(form) for answer in answers for form in _forms(answer)}
        return _digest(text) in self._known


def _forms(answer: str) -> Iterator[str]:
    """Give the texts that a file of this answer may hold: as it came, and as the data of a schema."""
    yield sidecar_text(answer)
    if answer.lstrip()[:1] != "{":
        return
    try:
        data = json.loads(answer)
    except (ValueError, RecursionError):
        return
    if isinstance(data, dict):
        yield sidecar_text(data_text(data, indent=2))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
