"""Owns what `ask` of the Python API gives: an answer, with the conversation that it is a part of."""

from __future__ import annotations

from dataclasses import dataclass

from visionask.run.results import Result


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reply(Result):
    """An answer that can be gone on with: `ask("And why?", conversation=reply)`."""

    conversation: str | None = None
    """The id of the conversation, as `visionask ask --cid` takes it; None where nothing is kept."""

    def __repr__(self) -> str:
        return (
            f"Reply({_cut(self.outcome.answer.text if self.outcome.answer else '')!r}, images={len(self.images)}, "
            f"billed_usd={self.billed_usd}, is_cached={self.is_cached}, conversation={self.conversation!r})"
        )


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
