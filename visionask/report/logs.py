"""How a stored answer is shown: a row, a page, a record.

How the figures of the log are shown: money by day and model, what was not paid again, drift of projections.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from visionask.core.format import count, moment, usd
from visionask.report.clean import clean, one_line
from visionask.report.records import billed_dict, dumps, envelope, money

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visionask.core.ledger import Conversation, Drift, Hits, Spend, StoredAnswer, Turn
    from visionask.core.request import Answer
    from visionask.report.console import Console


ID_DIGITS = 12  # of 32: enough to name one answer of millions


TEXT_CHARS = 60  # of a question and of an answer in a row


CONVERSATION_HEAD = f"{'id':<16}  {'when (UTC)':<16}  {'turns':>5}  model and first question"


LIST_HEAD = f"{'id':<{ID_DIGITS}}  {'when (UTC)':<16}  {'price':>13}  answer"


def answer_row(stored: StoredAnswer) -> str:
    """Write one row: the answer comes last, as only texts and names have no width of their own."""
    names = one_line(stored.images[0].label) if stored.images else "no image"
    if len(stored.images) > 1:
        names += f" and {len(stored.images) - 1:,} more"
    failed = "" if stored.error is None else f"failed ({stored.error[0]}): "
    texts = f"{brief(stored.question)} > {failed}{brief(stored.answer.text)}"
    price = usd(stored.usd)
    return f"{stored.id[:ID_DIGITS]}  {moment(stored.at)}  {price:>13}  {one_line(stored.model)}  {names}  {texts}"


def conversation_row(conversation: Conversation, turns: Sequence[Turn]) -> str:
    """Write one row of the conversations, with the first question."""
    first = f"  {brief(turns[0].question)}" if turns else ""
    return f"{conversation.id}  {moment(conversation.at)}  {len(turns):>5,}  {one_line(conversation.model)}{first}"


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


def brief(text: str) -> str:
    """Write the beginning of a text for a row."""
    words = " ".join(text[: 4 * TEXT_CHARS].split())
    return one_line(words if len(words) <= TEXT_CHARS else words[: TEXT_CHARS - 3] + "...")


def answer_lines(stored: StoredAnswer, *, is_raw: bool) -> list[str]:
    """Write all that is stored of one answer: what was asked, of what, what came, what it cost."""
    answer, show = stored.answer, (str if is_raw else clean)
    seconds = "unknown" if stored.seconds is None else f"{stored.seconds:.1f}"
    lines = [
        f"id        {stored.id}",
        f"when      {moment(stored.at)} UTC",
        f"model     {one_line(stored.model)}" + (f" at {one_line(stored.base_url)}" if stored.base_url else ""),
        *(
            f"image     {one_line(image.label)}" + (f"  sha256 {image.sha256}" if image.sha256 else "")
            for image in stored.images
        ),
        f"billed    {_tokens(answer)}{usd(stored.usd)}",
        f"seconds   {seconds}, {count(answer.attempts, 'attempt')}",
        *(f"note      {one_line(note)}" for note in answer.notes),
        *(f"failed    {one_line(text)}" for text in (() if stored.error is None else (": ".join(stored.error),))),
    ]
    if stored.system is not None:
        lines += ["", "system:", show(stored.system)]
    return [*lines, "", "question:", show(stored.question), "", "answer:", show(answer.text)]


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
        "images": [{"source": image.label, "sha256": image.sha256} for image in stored.images],
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


SPEND_HEAD = f"{'day (UTC)':<10}  {'requests':>9}  {'billed':>13}  {'maybe billed':>13}  model"


DRIFT_HEAD = f"{'input':>8}  {'image':>8}  {'requests':>9}  {'detail':<8}  model   (billed / projected tokens)"


def stats_lines(spend: Sequence[Spend], hits: Sequence[Hits], drift: Sequence[Drift]) -> list[str]:
    """Write the figures: money by day and model, what was not paid again, how far the projection was off."""
    if not (spend or hits or drift):
        return ["nothing was asked"]
    lines = [SPEND_HEAD]
    lines += [_spend_row(row.day, row.requests, row.usd, row.maybe_usd) + _spend_name(row) for row in spend]
    lines.append(
        _spend_row(
            "total",
            sum(row.requests for row in spend),
            sum((row.usd for row in spend), Decimal(0)),
            sum((row.maybe_usd for row in spend), Decimal(0)),
        ).rstrip()
    )
    lines += ["", f"not paid again: {count(sum(row.hits for row in hits), 'answer')}, {usd(_saved(hits))} saved"]
    by_model: dict[str, int] = {}
    for found in hits:
        by_model[found.model] = by_model.get(found.model, 0) + found.hits
    lines += [f"  {one_line(name)}: {number:,}" for name, number in by_model.items()]
    if drift:
        lines += ["", DRIFT_HEAD, *map(_drift_row, drift)]
    return lines


def _saved(hits: Iterable[Hits]) -> Decimal:
    return sum((row.saved_usd for row in hits), Decimal(0))


def _spend_row(day: str, requests: int, billed: Decimal, maybe: Decimal) -> str:
    return f"{day:<10}  {requests:>9,}  {usd(billed):>13}  {usd(maybe):>13}  "


def _spend_name(row: Spend) -> str:
    unpriced = f" (the price of {count(row.unpriced, 'request')} is not known)" if row.unpriced else ""
    return one_line(row.model) + unpriced


def _drift_row(row: Drift) -> str:
    return (
        f"{row.mean_ratio:>8.3f}  {_image_ratio(row):>8}  {row.requests:>9,}  "
        f"{one_line(row.detail):<8}  {one_line(row.model)}"
    )


def _image_ratio(row: Drift) -> str:
    return "-" if row.mean_image_ratio is None else f"{row.mean_image_ratio:.3f}"


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
