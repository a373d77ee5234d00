"""The machine-readable records: one schema, `visionask/1`. Keys that do not apply are null, never missing.

Text is written with ASCII escapes, so that a record is valid UTF-8 whatever a file name or an answer holds, and carries
no control character. Money is a string.

Reading a record back: one item of a scan as the reports show it, with every key that may be missing.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TextIO, assert_never

from visionask.core.namedtuple import NamedTuple
from visionask.report.clean import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from visionask.core.errors import VisionaskError
    from visionask.core.image import EncodedImage, Failed
    from visionask.core.ledger import StoredFailure
    from visionask.core.plan import ImagePlan
    from visionask.core.projection import Compared, Projection
    from visionask.core.request import Answer, Outcome


SCHEMA = "visionask/1"


Record = dict[str, Any]


def dumps(record: Any) -> str:
    """Write a record as one line of JSON."""
    return json.dumps(record, ensure_ascii=True)


def data_text(data: dict[str, Any], *, indent: int | None = None) -> str:
    """Write an answer's data as JSON for people, with characters that could steer a terminal as JSON escapes."""
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    if clean(text) == text:
        return text
    return "".join(each if clean(each) == each else json.dumps(each)[1:-1] for each in text)


def money(amount: Decimal | None) -> str | None:
    """Write an amount as plain digits: never 3E-7."""
    return None if amount is None else f"{amount:f}"


def envelope(command: str, status: str) -> Record:
    """Build a record in which nothing applies yet."""
    return {
        "schema": SCHEMA,
        "command": command,
        "status": status,
        "images": [],
        **dict.fromkeys(("model", "question", "answer", "data", "finish_reason", "request_id", "projected", "billed")),
        "cached": False,
        **dict.fromkeys(("attempts", "seconds", "error")),
    }


def error_record(command: str, error: VisionaskError) -> Record:
    """Report a failure before there was anything else to tell."""
    return envelope(command, "failed") | {"error": error_dict(error)}


def error_dict(error: VisionaskError | StoredFailure) -> Record:
    """Describe an error: a stable code, the fact, the next step."""
    return {"code": error.code, "message": error.message, "hint": error.hint or None, "retryable": error.retryable}


def priced_dict(projection: Projection, question: str | None, *, error: VisionaskError | None) -> Record:
    """Return what a record says of images that were only priced, besides the images."""
    return {
        "status": "planned" if error is None else "failed",
        "model": projection.model.name,
        "question": question,
        "projected": projected_dict(projection),
        "error": None if error is None else error_dict(error),
    }


def outcome_record(command: str, outcome: Outcome) -> Record:
    """Return what became of one request."""
    from visionask.core.request import Answered, Planned, Unanswered

    record = envelope(command, outcome.status)
    planned, answer = outcome.planned, outcome.answer
    if planned is not None:
        encoded = outcome.encoded or (None,) * len(planned.images)
        record["images"] = [image_dict(plan, sent) for plan, sent in zip(planned.images, encoded, strict=True)]
        for image, digest in zip(record["images"], outcome.digests, strict=False):
            image["sha256"] = digest
        record["model"] = planned.projection.model.name
        record["question"] = planned.question
        record["projected"] = projected_dict(planned.projection)
    record["images"] += [failed_dict(failed) for failed in outcome.failed]
    if answer is not None:
        record |= answer_dict(answer, outcome.billed_usd)
    match outcome:
        case Planned():
            return record
        case Answered():
            record["data"], seconds = outcome.data, outcome.seconds
        case Unanswered():
            record["data"], seconds = outcome.data, outcome.seconds
            record["error"] = error_dict(outcome.error)
        case _:
            assert_never(outcome)
    record["cached"], record["attempts"] = outcome.is_cached, outcome.attempts or None
    record["seconds"] = None if seconds is None else round(seconds, 3)
    return record


def answer_dict(answer: Answer, usd: Decimal | None) -> Record:
    """Describe an answer, or what came of one, and its bill."""
    return {
        "answer": answer.shown,
        "finish_reason": answer.finish_reason,
        "request_id": answer.request_id,
        "billed": billed_dict(answer, usd),
    }


def image_dict(plan: ImagePlan, encoded: EncodedImage | None = None) -> Record:
    """Describe one image: as it is, and as it is sent."""
    sizing = plan.sizing
    if plan.probe is None:
        known = {"source": plan.source.label, "detail": sizing.level, "warnings": [*sizing.warnings], "error": None}
        return image_keys() | known
    return {
        "source": plan.source.label,
        "sha256": None if encoded is None else encoded.sha256,
        "format": plan.probe.format,
        "width_px": sizing.upright.width_px,
        "height_px": sizing.upright.height_px,
        "sent_width_px": sizing.sent.width_px,
        "sent_height_px": sizing.sent.height_px,
        "sent_format": None if encoded is None else encoded.format,
        "sent_bytes": None if encoded is None else encoded.sent_bytes,
        "detail": sizing.level,
        "tokens": sizing.tokens,
        "warnings": [*sizing.warnings, *(() if encoded is None else encoded.warnings)],
        "error": None,
    }


def image_keys() -> Record:
    """Return the keys of an image with nothing known."""
    names = "sha256", "format", "width_px", "height_px", "sent_width_px", "sent_height_px", "sent_format", "sent_bytes"
    return dict.fromkeys((*names, "detail", "tokens"))


def failed_dict(failed: Failed) -> Record:
    """Describe an image that cannot be sent."""
    return {"source": failed.label, **image_keys(), "warnings": [], "error": error_dict(failed.error)}


def compared_dict(compared: Compared) -> dict[str, Any]:
    """Describe what the images cost on each model, and at detail low, and what the order counts."""
    rows = [
        {
            "model": row.model.name,
            "provider": row.model.provider or None,
            "usd": money(compared.usd(row)),
            "usd_per_1000_images": money(compared.per_thousand(row)),
            "low_usd": money(compared.usd(low)),
            "projected": projected_dict(row),
        }
        for row, low in compared.rows
    ]
    return {"compare": rows, "counts_output": compared.counts_output}


def projected_dict(projection: Projection) -> Record:
    """Describe the projection, with the dates of the rule and the price, and the rate that it assumes."""
    model = projection.model
    return {
        "image_tokens": projection.image_tokens,
        "text_tokens": projection.text_tokens,
        "input_tokens": projection.input_tokens,
        "input_usd": money(projection.input_usd),
        "max_output_usd": money(projection.max_output_usd),
        "basis": projection.basis,
        "rule_checked": model.rule_checked or None,
        "price_checked": None if model.prices is None else model.prices.checked or None,
        "usual_output": _usual_dict(projection),
        "rate": projection.rate,
        "full_size_tokens": projection.full_size_tokens,
    }


def _usual_dict(projection: Projection) -> Record | None:
    """Describe the output of earlier answers; null where too few are known."""
    if projection.usual is None:
        return None
    usd = {"usd": money(projection.usual_output_usd), "p90_usd": money(projection.p90_output_usd)}
    return projection.usual._asdict() | usd


def billed_dict(answer: Answer, usd: Decimal | None) -> Record | None:
    """Describe what the server says it billed; null where it says nothing, but for what is free."""
    if answer.usage is None and usd != 0:
        return None
    from visionask.core.request import Usage

    usage = answer.usage or Usage()
    return {
        "input_tokens": usage.input_tokens,
        "image_tokens": usage.image_tokens,
        "cached_tokens": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "usd": money(usd),
    }


@contextmanager
def streamed(out: TextIO, record: Record, key: str) -> Iterator[Callable[[Record], None]]:
    """Write a record whose list `key` may be long, item by item; the rest of the record is written at the end.

    The caller changes `record` in place before it leaves the block.
    """
    is_first = True

    def add(item: Record) -> None:
        nonlocal is_first
        out.write((f'{{"schema": {dumps(record["schema"])}, {dumps(key)}: [' if is_first else ", ") + dumps(item))
        is_first = False

    yield add
    if is_first:
        out.write(dumps(record) + "\n")
    else:
        rest = {name: value for name, value in record.items() if name not in ("schema", key)}
        out.write("], " + dumps(rest)[1:] + "\n")


class Item(NamedTuple):
    """What the reports show of one record. Texts are raw: each report makes them safe in its own way."""

    source: str
    status: str
    is_cached: bool
    answer: str | None
    data: dict[str, Any]
    error: dict[str, Any]
    image: dict[str, Any]
    projected: dict[str, Any]
    billed: dict[str, Any]

    @property
    def is_failed(self) -> bool:
        return self.status == "failed"

    @property
    def failure(self) -> str:
        """Say what failed, without the name, which the reports show beside it."""
        told = str(self.error.get("message") or "no reason was given")
        return told.removeprefix(f"{self.source}: ") if self.source else told

    @property
    def projected_usd(self) -> Decimal | None:
        return amount(self.projected.get("input_usd"))

    @property
    def billed_usd(self) -> Decimal | None:
        return amount(self.billed.get("usd"))


def read_item(record: Record) -> Item:
    """Read a record of one image."""
    images = record.get("images") or [{}]
    image = images[0]
    data = record.get("data")
    return Item(
        source=str(image.get("source") or ""),
        status=str(record.get("status") or ""),
        is_cached=bool(record.get("cached")),
        answer=record.get("answer"),
        data=data if isinstance(data, dict) else {},
        error=record.get("error") or image.get("error") or {},
        image=image,
        projected=record.get("projected") or {},
        billed=record.get("billed") or {},
    )


def amount(text: Any) -> Decimal | None:
    """Read money; None where there is none."""
    try:
        value = None if text is None else Decimal(text)
    except (InvalidOperation, TypeError, ValueError):
        return None
    return value if value is not None and value.is_finite() else None
