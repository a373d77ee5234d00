"""The reading of results for `diff`: JSON lines of scan, check and eval, one record of either, or runs of the ledger.

A run is named by its id, or that of one of its answers, as `logs` shows them; a day or a range of days (UTC) takes all
answers of that time. A verdict is kept as its words or probabilities: it is compared by its value, the likeliest one.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from visionask.core.checks import read_vote
from visionask.core.difference import Result
from visionask.core.errors import InputError, NotFound, StateError, UsageError, VisionaskError
from visionask.core.image import PictureSpec
from visionask.images.files import MAX_BYTES as MAX_IMAGE_BYTES
from visionask.images.files import read_regular, suggest_file
from visionask.images.probe import probe_bytes
from visionask.images.thumbnail import thumbnail_of
from visionask.report.records import read_item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from visionask.core.difference import Difference
    from visionask.core.ledger import StoredAnswer
    from visionask.store.ledger import Ledger

MAX_BYTES = 2_000_000_000
_HINT = "name a .jsonl file of scan or eval, a record of check --json, a day, or a run of: visionask logs runs"


def read_results(path: str) -> list[Result]:
    """Return the results of a file, in its order.

    Raises InputError for the file, UsageError for one of another kind, StateError for a damaged line behind good ones.
    """
    if not os.path.lexists(path):
        raise NotFound(f"{path}: no such file", suggest_file(path))
    data = read_regular(path, max_bytes=MAX_BYTES).removeprefix(b"\xef\xbb\xbf")
    records = list(_records(data, path))
    settings = {record.get("setting") for record in records if record.get("command") == "eval"}
    results = [result for record in records for result in results_of(record, names_setting=len(settings) > 1)]
    if not results:
        raise UsageError(f"{path} holds no results", _HINT)
    return results


def _records(data: bytes, path: str) -> Iterator[dict[str, Any]]:
    wrong: type[VisionaskError] = UsageError  # a file of another kind, until a line of it is a record
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise wrong(f"{path}, line {number}: it is no JSON", _HINT) from error
        if not isinstance(record, dict) or not str(record.get("schema")).startswith("visionask/1"):
            raise wrong(f"{path}, line {number}: it is no record of visionask", _HINT)
        wrong = StateError
        yield record


def results_of(record: dict[str, Any], *, names_setting: bool = False) -> Iterator[Result]:
    """Yield a result for each image of a scan's record, for a line of an eval, or for each statement of a check's."""
    data = record.get("data")
    if record.get("command") == "eval":
        if "image" in record:  # else it is the record of all settings, which has no images
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


_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")
_ID = re.compile(r"[0-9a-fA-F]{6,32}")
_DAY_S = 86_400


def names_run(name: str) -> bool:
    """Return whether this is no file, but a day, a range of days or an id of the ledger."""
    return not os.path.exists(name) and bool(_DAYS.fullmatch(name) or _ID.fullmatch(name))


def find_run(name: str, ledger: Ledger, *, question: str | None = None, model: str | None = None) -> list[StoredAnswer]:
    """Return what was answered and what failed in a run or a time; where one is named, to a question, or by a model.

    Raises UsageError for a day that is none and an id that several runs begin with, NotFound where nothing is there.
    """
    days = _DAYS.fullmatch(name)
    if days:
        since, until = _moment(days[1]), _moment(days[2] or days[1]) + _DAY_S
        found = ledger.logs.results(since=since, until=until)
    else:
        runs = ledger.logs.runs_of(name)
        if len(runs) > 1:
            raise UsageError(f"more than one run has an id that begins with {name}", "give more of its digits")
        found = ledger.logs.results(run=runs.pop()) if runs else []
    chosen = [each for each in found if question in (None, each.question) and model in (None, each.model)]
    if not chosen:
        of_run = " to that question or by that model" if found else ""
        raise NotFound(f"the ledger has no answers of {name}{of_run}", "see: visionask logs runs")
    return chosen


def _moment(day: str) -> float:
    try:
        return dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC).timestamp()
    except ValueError:
        raise UsageError(f"{day} is not a date", "such as 2026-11-20, or 2026-11-20..2026-11-22") from None


def results_of_runs(first: Sequence[StoredAnswer], second: Sequence[StoredAnswer]) -> tuple[list[Result], list[Result]]:
    """Return two runs as results. Names say the question, the model and the request only where a run has several."""
    questions, models, keys = (any(_several(run, part) for run in (first, second)) for part in _PARTS)

    def results(run: Sequence[StoredAnswer]) -> list[Result]:
        return [_stored(each, names=_names(each, question=questions, model=models, key=keys)) for each in run]

    return results(first), results(second)


_PARTS: tuple[tuple[Callable[[StoredAnswer], object], Callable[[StoredAnswer], object]], ...] = (
    (lambda each: each.question, lambda _: None),
    (lambda each: each.model, lambda each: each.question),
    (lambda each: each.key, lambda each: (each.question, each.model)),
)


def _several(
    run: Sequence[StoredAnswer], part: tuple[Callable[[StoredAnswer], object], Callable[[StoredAnswer], object]]
) -> bool:
    """Return whether an image was asked about in several ways that differ in this part alone."""
    value, rest = part
    seen: dict[object, object] = {}
    return any(seen.setdefault((_label(each), rest(each)), value(each)) != value(each) for each in run)


def _label(stored: StoredAnswer) -> str:
    return ", ".join(image.label for image in stored.images) or "no image"


def _names(stored: StoredAnswer, *, question: bool, model: bool, key: bool) -> list[str]:
    parts = (stored.question, question), (stored.model, model), (stored.key[:8], key)
    return [text for text, is_named in parts if is_named]


def _stored(stored: StoredAnswer, *, names: Sequence[str]) -> Result:
    answer, data = _told(stored.answer.shown)
    usage, image = stored.answer.usage, stored.images[0] if len(stored.images) == 1 else None
    return Result(
        name=": ".join([_label(stored), *names]),
        image="" if image is None else image.path or image.label,
        sha256=None if image is None else image.sha256,
        answer=answer,
        data=data,
        error=None if stored.error is None else stored.error[0],
        model=stored.model,
        question=stored.question or None,
        usd=stored.usd,
        tokens=0 if usage is None else usage.input_tokens or 0,
        seconds=stored.seconds,
    )


def _told(text: str) -> tuple[str | None, dict[str, Any] | None]:
    """Return an answer as its text, or as data; of closed questions only the value of each."""
    if not text.lstrip().startswith("{"):
        return text, None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return text, None
    values = [_value(each) for each in data.values()]
    if not values or None in values:
        return text, data
    told = dict(zip(data, values, strict=True))
    return (values[0], None) if len(values) == 1 else (text, told)


def _value(point: Any) -> str | None:
    """Return the value of a point of a closed question; None for what is none: other data."""
    if not isinstance(point, dict) or not point:
        return None
    if (vote := read_vote(point)) is not None:
        return vote[0]
    is_shares = all(isinstance(each, float | int) and not isinstance(each, bool) for each in point.values())
    return max(point, key=point.__getitem__) if is_shares and 0.9 < sum(point.values()) < 1.1 else None


def _evaluated(record: dict[str, Any], *, names_setting: bool) -> Result:
    image, answer, error = str(record["image"]), record.get("answer"), record.get("error")
    return Result(
        name=f"{image}: {record.get('setting')}" if names_setting else image,
        image=image,
        answer=answer if isinstance(answer, str) else None,
        data=answer if isinstance(answer, dict) else None,
        error=None if error is None else str(error),
        model=record.get("setting"),
        usd=_usd(record.get("usd")),
        tokens=_count(record.get("input_tokens")),
        seconds=_seconds(record.get("seconds")),
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


def _usd(value: Any) -> Decimal | None:
    try:
        return Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
