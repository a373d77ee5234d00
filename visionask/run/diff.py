"""The reading of saved results for `diff`: JSON lines of scan and check, or one record of either."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from visionask.core.difference import Result
from visionask.core.errors import StateError
from visionask.images.files import read_regular
from visionask.report.records import read_item

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 2_000_000_000
_HINT = "name a file that `scan -o results.jsonl` or `check --json` wrote"


def read_results(path: str) -> list[Result]:
    """Return the results of a file, in its order. Raises InputError for the file, StateError for what it holds."""
    data = read_regular(path, max_bytes=MAX_BYTES).removeprefix(b"\xef\xbb\xbf")
    results = [result for record in _records(data, path) for result in results_of(record)]
    if not results:
        raise StateError(f"{path} holds no results", _HINT)
    return results


def _records(data: bytes, path: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise StateError(f"{path}, line {number}: it is no JSON", _HINT) from error
        if not isinstance(record, dict) or not str(record.get("schema")).startswith("visionask/1"):
            raise StateError(f"{path}, line {number}: it is no record of visionask", _HINT)
        yield record


def results_of(record: dict[str, Any]) -> Iterator[Result]:
    """Yield a result for each image of a scan's record, or for each statement about each image of a check's."""
    data = record.get("data")
    if record.get("command") == "check" and isinstance(data, dict) and isinstance(data.get("checks"), list):
        for check in data["checks"]:
            if isinstance(check, dict):
                yield _checked(record, check)
        return
    item = read_item(record)
    if item.status not in ("ok", "failed"):
        return
    yield Result(
        name=item.source,
        sha256=item.image.get("sha256"),
        answer=item.answer,
        data=record["data"] if isinstance(data, dict) else None,
        error=str(item.error.get("code") or "failed") if item.is_failed else None,
        model=record.get("model"),
        question=record.get("question"),
        usd=item.billed_usd,
        tokens=_count(item.billed.get("input_tokens")),
        seconds=_seconds(record.get("seconds")),
    )


def _checked(record: dict[str, Any], check: dict[str, Any]) -> Result:
    error, value = check.get("error"), check.get("value")
    value = check.get("verdict") if value is None else value
    return Result(
        name=f"{check.get('image')}: {check.get('statement')}",
        answer=None if value is None else str(value).lower(),
        error=str(error.get("code")) if isinstance(error, dict) else None if value is not None else "undecided",
        model=record.get("model"),
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
