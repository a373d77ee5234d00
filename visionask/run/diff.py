"""The reading of saved results for `diff`: JSON lines of scan, check and eval, or one record of either."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from visionask.core.difference import Result
from visionask.core.errors import InputError, StateError
from visionask.core.image import PictureSpec
from visionask.images.files import MAX_BYTES as MAX_IMAGE_BYTES
from visionask.images.files import read_regular
from visionask.images.probe import probe_bytes
from visionask.images.thumbnail import thumbnail_of
from visionask.report.records import read_item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.core.difference import Difference

MAX_BYTES = 2_000_000_000
_HINT = "name a file that `scan -o results.jsonl` or `check --json` wrote"


def read_results(path: str) -> list[Result]:
    """Return the results of a file, in its order. Raises InputError for the file, StateError for what it holds."""
    data = read_regular(path, max_bytes=MAX_BYTES).removeprefix(b"\xef\xbb\xbf")
    records = list(_records(data, path))
    settings = {record.get("setting") for record in records if record.get("command") == "eval"}
    results = [result for record in records for result in results_of(record, names_setting=len(settings) > 1)]
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


def results_of(record: dict[str, Any], *, names_setting: bool = False) -> Iterator[Result]:
    """Yield a result for each image of a scan's record, for a line of an eval, or for each statement of a check's."""
    data = record.get("data")
    if record.get("command") == "eval" and "image" in record:
        yield _evaluated(record, names_setting=names_setting)
        return
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
        image=item.source,
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


def _evaluated(record: dict[str, Any], *, names_setting: bool) -> Result:
    image, answer, error = str(record["image"]), record.get("answer"), record.get("error")
    return Result(
        name=f"{image}: {record.get('setting')}" if names_setting else image,
        image=image,
        answer=answer if isinstance(answer, str) else None,
        data=answer if isinstance(answer, dict) else None,
        error=None if error is None else str(error),
        model=record.get("setting"),
    )


def _checked(record: dict[str, Any], check: dict[str, Any]) -> Result:
    error, value = check.get("error"), check.get("value")
    value = check.get("verdict") if value is None else value
    return Result(
        name=f"{check.get('image')}: {check.get('statement')}",
        image=str(check.get("image") or ""),
        answer=None if value is None else str(value).lower(),
        error=str(error.get("code")) if isinstance(error, dict) else None if value is not None else "undecided",
        model=record.get("model"),
    )


def thumbnails(found: Difference) -> dict[str, bytes]:
    """Return the thumbnail of each changed image whose file is still here with the bytes that were asked about."""
    made = {}
    for change in found.changed:
        with contextlib.suppress(InputError):
            small = _thumbnail(change.first)
            if small is not None:
                made[change.first.name] = small
    return made


def _thumbnail(result: Result) -> bytes | None:
    path, _, page = result.image.partition("#page=")
    if not os.path.isfile(path):
        return None
    frame = int(page) - 1 if page.isdecimal() and page != "0" else 0
    data = read_regular(path, max_bytes=MAX_IMAGE_BYTES)
    if result.sha256 is not None and hashlib.sha256(data).hexdigest() != result.sha256:
        return None
    width, height = probe_bytes(data, result.image, frame=frame).upright
    spec = PictureSpec(width_px=width, height_px=height, frame=frame)
    return thumbnail_of(data, spec, label=result.image)


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
