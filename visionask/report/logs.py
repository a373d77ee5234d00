"""How a stored answer is shown: a row, a page, a record.

How the figures of the log are shown: money by day and model, what was not paid again, drift of projections.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from visionask.core.checks import read_vote
from visionask.core.format import billed as billed_text
from visionask.core.format import count, moment, usd
from visionask.report.clean import clean, one_line
from visionask.report.records import billed_dict, dumps, envelope, money
from visionask.report.table import Column, Row, write_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visionask.core.ledger import Conversation, Drift, Hits, ImageRef, Run, Spend, StoredAnswer, Turn
    from visionask.core.request import Answer
    from visionask.report.console import Console


ID_DIGITS = 12  # of 32: enough to name one answer of millions


_ANSWERS = (
    Column("id"),
    Column("image", "name"),
    Column("question", "text", goes=4),
    Column("answer", "text"),
    Column("price", "number", goes=3),
    Column("model", "name", goes=1),
    Column("when (UTC)", goes=2),
)
_RUNS = (
    Column("id"),
    Column("question", "text"),
    Column("answers", "number"),
    Column("failed", "number", goes=4),
    Column("price", "number", goes=3),
    Column("model", "name", goes=1),
    Column("when (UTC)", goes=2),
)
_CONVERSATIONS = (
    Column("id"),
    Column("first question", "text"),
    Column("turns", "number"),
    Column("model", "name", goes=1),
    Column("when (UTC)", goes=2),
)


def write_answers(console: Console, answers: Iterable[StoredAnswer]) -> int:
    """Write a row for each answer; return how many there were."""
    rows = [Row(_answer_cells(stored), "" if stored.error is None else "red") for stored in answers]
    if rows:
        write_table(console, _ANSWERS, rows)
    return len(rows)


def _answer_cells(stored: StoredAnswer) -> tuple[str, ...]:
    name = one_line(stored.images[0].label) if stored.images else "no image"
    if len(stored.images) > 1:
        name += f" and {len(stored.images) - 1:,} more"
    failed = "" if stored.error is None else f"failed ({stored.error[0]}): "
    texts = (words(stored.question), failed + words(answer_text(stored.answer.shown or stored.answer.text)))
    price = "?" if stored.usd is None else usd(stored.usd)
    return (stored.id[:ID_DIGITS], name, *texts, price, one_line(stored.model), moment(stored.at))


def write_runs(console: Console, found: Sequence[Run]) -> None:
    """Write a row for each run, with its first question."""
    rows = []
    for run in found:
        more = f" and {len(run.questions) - 1:,} more" if len(run.questions) > 1 else ""
        question = (words(run.questions[0]) if run.questions else "") + more
        models = ", ".join(map(one_line, run.models))
        counts = f"{run.answers:,}", f"{run.failed:,}" if run.failed else "-"
        price = billed_text(run.usd, run.answers, run.unpriced)
        rows.append((run.id[:ID_DIGITS], question, *counts, price, models, moment(run.at)))
    write_table(console, _RUNS, rows)


def run_dict(run: Run) -> dict[str, Any]:
    """Describe a run for a record; `at` is Unix time."""
    return run._asdict() | {"usd": money(run.usd), "models": [*run.models], "questions": [*run.questions]}


def write_conversations(console: Console, found: Sequence[tuple[Conversation, Sequence[Turn]]]) -> None:
    """Write a row for each conversation, with its first question."""
    rows = [
        (
            conversation.id,
            words(turns[0].question) if turns else "",
            f"{len(turns):,}",
            one_line(conversation.model),
            moment(conversation.at),
        )
        for conversation, turns in found
    ]
    write_table(console, _CONVERSATIONS, rows)


def conversation_dict(conversation: Conversation, turns: Sequence[Turn]) -> dict[str, Any]:
    """Describe a conversation for a record; `at` is Unix time."""
    return {
        "id": conversation.id,
        "at": conversation.at,
        "model": conversation.model,
        "base_url": conversation.base_url or None,
        "system": conversation.system,
        "turns": [
            {
                "question": turn.question,
                "answer": turn.answer,
                "images": [{"source": image.label, "sha256": image.sha256} for image in turn.images],
            }
            for turn in turns
        ],
    }


def answer_text(text: str) -> str:
    """Return an answer as a person reads it: of the JSON of a check, the verdicts and their reasons."""
    if not text.startswith("{"):
        return text
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return text
    points = list(data.values()) if isinstance(data, dict) else []
    votes = [read_vote(point) for point in points]
    if not votes or None in votes:
        return text
    return "; ".join(f"{value}: {reason}" for value, reason in filter(None, votes))


def words(text: str) -> str:
    """Return a text on one line, with single spaces."""
    return one_line(" ".join(text.split()))


def answer_lines(stored: StoredAnswer, *, is_raw: bool) -> list[str]:
    """Write all that is stored of one answer: what was asked, of what, what came, what it cost."""
    answer, show = stored.answer, (str if is_raw else clean)
    seconds = "unknown" if stored.seconds is None else f"{stored.seconds:.1f}"
    lines = [
        f"id        {stored.id}",
        f"when      {moment(stored.at)} UTC",
        f"model     {one_line(stored.model)}" + (f" at {one_line(stored.base_url)}" if stored.base_url else ""),
        *(line for image in stored.images for line in _image_lines(image)),
        f"billed    {_tokens(answer)}{usd(stored.usd)}",
        f"seconds   {seconds}, {count(answer.attempts, 'attempt')}",
        *(f"note      {one_line(note)}" for note in answer.notes),
        *(f"failed    {one_line(text)}" for text in (() if stored.error is None else (": ".join(stored.error),))),
    ]
    if stored.system is not None:
        lines += ["", "system:", show(stored.system)]
    return [*lines, "", "question:", show(stored.question), "", "answer:", show(answer.text)]


def _image_lines(image: ImageRef) -> list[str]:
    lines = [f"image     {one_line(image.label)}"]
    if image.path is not None and image.path != image.label:
        lines.append(f"  path    {one_line(image.path)}")
    return [*lines, f"  sha256  {image.sha256}"] if image.sha256 else lines


def _tokens(answer: Answer) -> str:
    usage = answer.usage
    if usage is None or usage.input_tokens is None:
        return ""
    image = "" if usage.image_tokens is None else f" ({usage.image_tokens:,} image)"
    out = "" if usage.output_tokens is None else f", {usage.output_tokens:,} out"
    return f"{usage.input_tokens:,} tokens in{image}{out}, "


def answer_dict(stored: StoredAnswer) -> dict[str, Any]:
    """Describe a stored answer for a record; `at` is Unix time."""
    return {
        "id": stored.id,
        "at": stored.at,
        "model": stored.model,
        "base_url": stored.base_url or None,
        "question": stored.question,
        "system": stored.system,
        "images": [{"source": image.label, "path": image.path, "sha256": image.sha256} for image in stored.images],
        "answer": stored.answer.text,
        "finish_reason": stored.answer.finish_reason,
        "request_id": stored.answer.request_id,
        "billed": billed_dict(stored.answer, stored.usd),
        "attempts": stored.answer.attempts,
        "seconds": stored.seconds,
        "error": None if stored.error is None else {"code": stored.error[0], "message": stored.error[1]},
    }


def write_data(console: Console, data: dict[str, Any]) -> None:
    """Write a record that only carries data."""
    console.line(dumps(envelope("logs", "ok") | {"data": data}))


_SPEND = (
    Column("day (UTC)", width=10),
    Column("requests", "number", width=9),
    Column("billed", "number", width=13),
    Column("maybe billed", "number", width=13, goes=1),
    Column("model", "name"),
)
_DRIFT = (
    Column("model", "name"),
    Column("detail"),
    Column("requests", "number"),
    Column("input tokens", "number"),
    Column("image tokens", "number", goes=1),
)


def write_stats(console: Console, spend: Sequence[Spend], hits: Sequence[Hits], drift: Sequence[Drift]) -> None:
    """Write the figures: money by day and model, what was not paid again, how far the projection was off."""
    if not (spend or hits or drift):
        console.line("nothing was asked")
        return
    rows = [_spend_cells(row.day, [row], one_line(row.model)) for row in spend]
    write_table(console, _SPEND, rows, _spend_cells("total", spend, ""))
    console.prose(f"not paid again: {count(sum(row.hits for row in hits), 'answer')}, {usd(_saved(hits))} saved")
    by_model: dict[str, int] = {}
    for found in hits:
        by_model[found.model] = by_model.get(found.model, 0) + found.hits
    for name, number in by_model.items():
        console.line(f"  {one_line(name)}: {number:,}")
    if drift:
        console.line("")
        console.line("billed tokens / projected tokens")
        write_table(console, _DRIFT, map(_drift_cells, drift))


def _saved(hits: Iterable[Hits]) -> Decimal:
    return sum((row.saved_usd for row in hits), Decimal(0))


def _spend_cells(day: str, spend: Sequence[Spend], name: str) -> tuple[str, ...]:
    requests, unpriced = (sum(getattr(row, each) for row in spend) for each in ("requests", "unpriced"))
    billed, maybe = (sum((getattr(row, each) for row in spend), Decimal(0)) for each in ("usd", "maybe_usd"))
    return (day, f"{requests:,}", billed_text(billed, requests, unpriced), usd(maybe), name)


def _drift_cells(row: Drift) -> tuple[str, ...]:
    image = "-" if row.mean_image_ratio is None else f"{row.mean_image_ratio:.3f}"
    return (one_line(row.model), one_line(row.detail), f"{row.requests:,}", f"{row.mean_ratio:.3f}", image)


def stats_dict(spend: Sequence[Spend], hits: Sequence[Hits], drift: Sequence[Drift]) -> dict[str, Any]:
    """Describe the figures for a record; money as text."""
    return {
        "spend": [
            {
                "day": row.day,
                "model": row.model,
                "requests": row.requests,
                "usd": money(row.usd),
                "maybe_usd": money(row.maybe_usd),
                "unpriced": row.unpriced,
            }
            for row in spend
        ],
        "not_paid_again": [
            {"day": row.day, "model": row.model, "answers": row.hits, "saved_usd": money(row.saved_usd)} for row in hits
        ],
        "drift": [drift_dict(row) for row in drift],
    }


def drift_dict(row: Drift) -> dict[str, Any]:
    """Describe a drift for a record: ratios of billed to projected tokens."""
    return {
        "model": row.model,
        "detail": row.detail,
        "requests": row.requests,
        "input_ratio": round(row.mean_ratio, 6),
        "image_ratio": None if row.mean_image_ratio is None else round(row.mean_image_ratio, 6),
    }


def measured_lines(drift: Iterable[Drift]) -> list[str]:
    """Write below a model what the ledger has measured of it."""
    return [
        f"  measured, detail {one_line(row.detail)}: billed {row.mean_ratio:.3f} x the projected input tokens"
        + ("" if row.mean_image_ratio is None else f", {row.mean_image_ratio:.3f} x the image tokens")
        + f" ({count(row.requests, 'request')} in the ledger)"
        for row in drift
    ]
