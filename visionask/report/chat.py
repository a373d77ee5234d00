"""How a conversation is told: its running cost, and the file that `/save` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visionask.core.format import count, usd
from visionask.core.thoughts import without_thoughts
from visionask.report.clean import clean, one_line
from visionask.report.records import dumps, envelope, money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.projection import Projection
    from visionask.core.request import Exchanged, Spent

SUFFIXES = (".md", ".json")


def spent_text(spent: Spent, *, is_free: bool) -> str:
    """Return what was spent so far: "$0.0012 + ~$0.0003 unconfirmed in 2 turns".

    About, and not at most: the length of an answer that was not seen to its end may have had no limit.
    """
    turns = f"in {count(spent.turns, 'turn')}"
    if is_free:
        return f"no charge {turns}"
    if not spent.is_known:
        return f"{usd(spent.usd)} + $? {turns}" if spent.usd else f"$? {turns}"
    maybe = f" + ~{usd(spent.maybe_usd)} unconfirmed" if spent.maybe_usd else ""
    return f"{usd(spent.usd)}{maybe} {turns}"


def cost_lines(spent: Spent, projection: Projection, *, price_line: str) -> list[str]:
    """Write what `/cost` shows: what was billed, and what the next turn is projected at."""
    is_free = projection.rate == "this machine"
    cached = f" ({spent.cached_tokens:,} cached)" if spent.cached_tokens else ""
    return [
        f"so far: {spent.input_tokens:,} tokens in{cached}, {spent.output_tokens:,} out, "
        + spent_text(spent, is_free=is_free),
        f"next turn, before its question: {price_line}",
    ]


def document(
    name: str, history: Sequence[Exchanged], *, model: str, system: str | None, images: Sequence[str], spent: Spent
) -> bytes:
    """Write the conversation as the name's suffix says: Markdown, or a record of it."""
    if name.lower().endswith(".json"):
        data = {
            "model": model,
            "system": system,
            "images": [{"source": label} for label in images],
            "turns": [
                {"question": turn.question, "answer": without_thoughts(turn.answer), "images": turn.images}
                for turn in history
            ],
            "billed": {
                "input_tokens": spent.input_tokens,
                "cached_tokens": spent.cached_tokens,
                "output_tokens": spent.output_tokens,
                "usd": money(spent.usd) if spent.is_known else None,
                "maybe_usd": money(spent.maybe_usd) if spent.is_known else None,
            },
        }
        return (dumps(envelope("chat", "ok") | {"data": data}) + "\n").encode()
    lines = [f"# Conversation with {one_line(model)}", ""]
    lines += [f"- {one_line(label)}" for label in images]
    if system is not None:
        lines += ["", "## System", "", clean(system)]
    for turn in history:
        lines += [
            "",
            "## Question",
            "",
            clean(turn.question),
            "",
            "## Answer",
            "",
            clean(without_thoughts(turn.answer)),
        ]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")
