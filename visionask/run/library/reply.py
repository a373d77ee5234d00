"""Owns what `ask` of the Python API gives: an answer, with the conversation that it is a part of."""

from __future__ import annotations

from dataclasses import dataclass

from visionask.run.library.results import Result


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reply(Result):
    """An answer that can be gone on with: `ask("And why?", conversation=reply)`."""

    conversation: str | None = None
    """The id of the conversation, as `visionask ask --cid` takes it; None where nothing is kept."""

    def __repr__(self) -> str:
        return f"Reply{Result.__repr__(self).removeprefix('Result')[:-1]}, conversation={self.conversation!r})"
