"""How a kept answer is shown: a row, a page, a record.

How the figures of the log are shown: money by day and model, what was not paid again, drift of projections.
"""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from visionask.report.clean import clean, one_line
from visionask.report.human import count, usd
from visionask.report.records import billed_dict, dumps, envelope, money

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visionask.core.request import Answer
    from visionask.report.console import Console


ID_DIGITS = 12  # of 32: enough to name one answer of millions


TEXT_CHARS = 60  # of a question and of an answer in a row


TALK_HEAD = f"{'id':<16}  {'when (UTC)':<16}  {'turns':>5}  model and first question"


LIST_HEAD = f"{'id':<{ID_DIGITS}}  {'when (UTC)':<16}  {'price':>13}  answer"


class Image(Protocol):
    """One image of a kept answer: its name, never its bytes."""

    @property
    def label(self) -> str: ...
    @property
    def sha256(self) -> str | None: ...


class Kept(Protocol):
    """A kept answer."""

    @property
    def id(self) -> str: ...
    @property
    def at(self) -> float: ...
    @property
    def model(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def system(self) -> str | None: ...
    @property
    def images(self) -> Sequence[Image]: ...
    @property
    def answer(self) -> Answer: ...
    @property
    def usd(self) -> Decimal | None: ...
    @property
    def seconds(self) -> float | None: ...
    @property
    def error(self) -> tuple[str, str] | None: ...


class Talk(Protocol):
    """A kept conversation."""

    @property
    def id(self) -> str: ...
    @property
    def at(self) -> float: ...
    @property
    def model(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def system(self) -> str | None: ...


class Turn(Protocol):
    """One question of a conversation and its answer; the images are those that came with it."""

    @property
    def question(self) -> str: ...
    @property
    def answer(self) -> str: ...
    @property
    def images(self) -> Sequence[Image]: ...


def moment(at: float) -> str:
    """Write a moment of Unix time in UTC: 2026-11-22 18:45."""
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(at))


def kept_row(kept: Kept) -> str:
    """Write one row: the answer comes last, as only texts and names have no width of their own."""
    names = one_line(kept.images[0].label) if kept.images else "no image"
    if len(kept.images) > 1:
        names += f" and {len(kept.images) - 1:,} more"
    failed = "" if kept.error is None else f"failed ({kept.error[0]}): "
    texts = f"{brief(kept.question)} > {failed}{brief(kept.answer.text)}"
    price = usd(kept.usd)
    return f"{kept.id[:ID_DIGITS]}  {moment(kept.at)}  {price:>13}  {one_line(kept.model)}  {names}  {texts}"


def talk_row(talk: Talk, turns: Sequence[Turn]) -> str:
    """Write one row of the conversations, with the first question."""
    first = f"  {brief(turns[0].question)}" if turns else ""
    return f"{talk.id}  {moment(talk.at)}  {len(turns):>5,}  {one_line(talk.model)}{first}"


def talk_dict(talk: Talk, turns: Sequence[Turn]) -> dict[str, Any]:
    """Describe a conversation for a record; `at` is Unix time."""
    return {
        "id": talk.id,
        "at": talk.at,
        "model": talk.model,
        "base_url": talk.base_url or None,
        "system": talk.system,
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


def kept_lines(kept: Kept, *, is_raw: bool) -> list[str]:
    """Write all that is kept of one answer: what was asked, of what, what came, what it cost."""
    answer, show = kept.answer, (str if is_raw else clean)
    seconds = "unknown" if kept.seconds is None else f"{kept.seconds:.1f}"
    lines = [
        f"id        {kept.id}",
        f"when      {moment(kept.at)} UTC",
        f"model     {one_line(kept.model)}" + (f" at {one_line(kept.base_url)}" if kept.base_url else ""),
        *(
            f"image     {one_line(image.label)}" + (f"  sha256 {image.sha256}" if image.sha256 else "")
            for image in kept.images
        ),
        f"billed    {_tokens(answer)}{usd(kept.usd)}",
        f"seconds   {seconds}, {count(answer.attempts, 'attempt')}",
        *(f"note      {one_line(note)}" for note in answer.notes),
        *(f"failed    {one_line(text)}" for text in (() if kept.error is None else (": ".join(kept.error),))),
    ]
    if kept.system is not None:
        lines += ["", "system:", show(kept.system)]
    return [*lines, "", "question:", show(kept.question), "", "answer:", show(answer.text)]


def _tokens(answer: Answer) -> str:
    usage = answer.usage
    if usage is None or usage.input_tokens is None:
        return ""
    image = "" if usage.image_tokens is None else f" ({usage.image_tokens:,} image)"
    out = "" if usage.output_tokens is None else f", {usage.output_tokens:,} out"
    return f"{usage.input_tokens:,} tokens in{image}{out}, "


def kept_dict(kept: Kept) -> dict[str, Any]:
    """Describe a kept answer for a record; `at` is Unix time."""
    return {
        "id": kept.id,
        "at": kept.at,
        "model": kept.model,
        "base_url": kept.base_url or None,
        "question": kept.question,
        "system": kept.system,
        "images": [{"source": image.label, "sha256": image.sha256} for image in kept.images],
        "answer": kept.answer.text,
        "finish_reason": kept.answer.finish_reason,
        "request_id": kept.answer.request_id,
        "billed": billed_dict(kept.answer, kept.usd),
        "attempts": kept.answer.attempts,
        "seconds": kept.seconds,
        "error": None if kept.error is None else {"code": kept.error[0], "message": kept.error[1]},
    }


def write_data(console: Console, data: dict[str, Any]) -> None:
    """Write a record that only carries data."""
    console.line(dumps(envelope("logs", "ok") | {"data": data}))


SPEND_HEAD = f"{'day (UTC)':<10}  {'requests':>9}  {'billed':>13}  {'maybe billed':>13}  model"


DRIFT_HEAD = f"{'input':>8}  {'image':>8}  {'requests':>9}  {'detail':<8}  model   (billed / projected tokens)"


class Spend(Protocol):
    """Money of one day and model."""

    @property
    def day(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def requests(self) -> int: ...
    @property
    def usd(self) -> Decimal: ...
    @property
    def maybe_usd(self) -> Decimal: ...
    @property
    def unpriced(self) -> int: ...


class Hits(Protocol):
    """Answers of one day and model that were not paid again."""

    @property
    def day(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def hits(self) -> int: ...
    @property
    def saved_usd(self) -> Decimal: ...


class Drift(Protocol):
    """Billed over projected tokens of one model and detail."""

    @property
    def model(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def requests(self) -> int: ...
    @property
    def mean_ratio(self) -> float: ...
    @property
    def mean_image_ratio(self) -> float | None: ...


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
