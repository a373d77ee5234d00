"""Owns what the replies of the Files and Batches API say, whatever is missing from them."""

from __future__ import annotations

from typing import Any, NamedTuple

from visionask.api.words import clean
from visionask.core.errors import BadReply
from visionask.core.request import Usage


class RemoteBatch(NamedTuple):
    """A batch as the provider has it. `error` is why all of it failed: the code, a blank, the words."""

    id: str
    status: str
    total: int = 0
    done: int = 0
    failed: int = 0
    output_file_id: str | None = None
    error_file_id: str | None = None
    error: str | None = None
    usage: Usage | None = None  # of all its requests, where the provider adds them up


def name_of(raw: dict[str, Any]) -> str:
    """Return the id of a file or a batch. Raises BadReply."""
    name = raw.get("id")
    if not isinstance(name, str) or not name:
        raise BadReply("the server's reply is no Batch API's (no id)", "check the base URL: is /v1 missing?")
    return name


def read_batch(raw: dict[str, Any]) -> RemoteBatch:
    """Read a batch. Raises BadReply where it has no id."""
    counts = raw.get("request_counts")
    counts = counts if isinstance(counts, dict) else {}
    numbers = [counts.get(name) for name in ("total", "completed", "failed")]
    total, done, failed = (number if isinstance(number, int) else 0 for number in numbers)
    files = [raw.get(name) for name in ("output_file_id", "error_file_id")]
    output, errors = (name if isinstance(name, str) and name else None for name in files)
    status = raw.get("status")
    return RemoteBatch(
        id=name_of(raw),
        status=status if isinstance(status, str) else "unknown",
        total=total,
        done=done,
        failed=failed,
        output_file_id=output,
        error_file_id=errors,
        error=_error(raw.get("errors")),
        usage=_usage(raw.get("usage")),
    )


def _usage(raw: object) -> Usage | None:
    """Read the sums of a batch that has ended.

    Source: openai SDK 3.54, types/batch_usage.py, as read 2026-11-22: input_tokens, output_tokens and details.
    """
    if not isinstance(raw, dict):
        return None
    sums = [raw.get(name) for name in ("input_tokens", "output_tokens")]
    taken, given = (number if isinstance(number, int) and number > 0 else None for number in sums)
    return None if taken is None else Usage(input_tokens=taken, output_tokens=given)


def _error(errors: object) -> str | None:
    """Tell the first of a batch's own errors."""
    data = errors.get("data") if isinstance(errors, dict) else errors
    first = data[0] if isinstance(data, list) and data else None
    if not isinstance(first, dict):
        return None
    line = f" (line {first['line']})" if isinstance(first.get("line"), int) else ""
    code = str(first.get("code") or "failed").replace(" ", "_")
    return clean(f"{code} {first.get('message') or ''}{line}")
