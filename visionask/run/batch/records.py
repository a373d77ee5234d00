"""Owns the records of a batch: each image under its name, as the ledger has it now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from visionask.report import records
from visionask.run.structured import data_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.core.schema import Schema
    from visionask.store.batch_values import BatchInfo
    from visionask.store.ledger import Ledger


def records_of(
    batch: BatchInfo, ledger: Ledger, schema: Schema | None, *, since: float
) -> Iterator[dict[str, Any] | None]:
    """Give the record of each image of a batch that has come to an end; None for one that has not.

    What an earlier scan, another image of the same bytes, or a fetch before `since` (Unix time) has taken in is
    `cached`: added up over all fetches, what is billed is billed once.
    """
    for item, state, at in ledger.batches.items(batch.id):
        record = records.envelope("batch", "ok") | {"model": batch.model, "question": batch.question}
        data = json.loads(item.data)
        image = records.image_keys() | {"warnings": [], "error": None} | data.get("image", {}) | {"source": item.label}
        record |= {"images": [image], "projected": data.get("projected")}
        if item.error is not None:
            error = json.loads(item.error) | {"retryable": False}
            yield record | {"status": "failed", "images": [image | {"error": error}], "error": error}
            continue
        known = None if item.key is None else ledger.find(item.key)
        if known is not None:
            yield record | {
                "answer": known.answer.text,
                "data": data_of(known.answer, schema),
                "finish_reason": known.answer.finish_reason,
                "request_id": known.answer.request_id,
                "billed": records.billed_dict(known.answer, known.usd),
                "cached": item.is_cached or state != "answered" or at < since,
                "attempts": 1,
            }
            continue
        failure = ledger.find_failure(item.key) if item.key is not None and state == "failed" else None
        if failure is None:
            yield None
            continue
        error = {
            "code": failure.code,
            "message": failure.message,
            "hint": failure.hint or None,
            "retryable": failure.retryable,
        }
        yield record | {"status": "failed", "error": error, "attempts": failure.attempts or None}
