"""The reading of results: each line matched by its custom_id, judged as a live reply is, priced, and kept.

Order means nothing. What is unknown, doubled or torn is counted and named, and what is missing fails by itself, so that
it can be asked again alone. A reading that dies is done again: what is kept already is passed over.

What is counted while results are read: answers, failures, money, tokens, and what was wrong with the files.

The records of a batch: each image under its name, as the ledger has it now.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from dataclasses import field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from visionask.api.batches import batch_failure, read_answer
from visionask.api.chat import error_text
from visionask.api.words import html_title, is_html
from visionask.core.batch import GONE, Sample, Torn, read_result
from visionask.core.dataclass import dataclass
from visionask.core.errors import (
    BadReply,
    BadRequest,
    SchemaMismatch,
    StateError,
    Undone,
    VisionaskError,
)
from visionask.core.ledger import ImageRef, Intent, ItemName
from visionask.core.private import make_private_folder
from visionask.report import records
from visionask.run.batch.send import NOT_FOUND
from visionask.run.job import bill
from visionask.run.structured import data_of, matched
from visionask.run.verdicts import data_of as verdicts_of
from visionask.run.verdicts import in_words, one_vote
from visionask.store.batches import Ending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.api.batches import BatchApi
    from visionask.core.batch import Result
    from visionask.core.catalog import Model
    from visionask.core.checks import Point
    from visionask.core.ledger import BatchInfo, Line, Shard
    from visionask.core.request import Answer
    from visionask.core.schema import Schema
    from visionask.store.batches import Batches
    from visionask.store.ledger import Ledger


_APART = 0.02  # of the larger sum: what prompts a word about the provider's own sums


@dataclass(slots=True, kw_only=True)
class Sums:
    """Tokens of the results of one shard, added up; `unknown` results told none."""

    input_tokens: int = 0
    output_tokens: int = 0
    unknown: int = 0

    def add(self, ending: Ending) -> None:
        """Add one result, once. A failure is mostly not billed."""
        usage = None if ending.answer is None else ending.answer.usage
        is_answer = not isinstance(ending.result, VisionaskError)
        if usage is None or usage.input_tokens is None:
            self.unknown += is_answer
        else:
            self.input_tokens += usage.input_tokens
            self.output_tokens += usage.output_tokens or 0


@dataclass(slots=True, kw_only=True)
class Reading:
    """What was found in results so far."""

    answered: int = 0
    failed: Counter[str] = field(default_factory=Counter)  # by error code
    unknown: Sample = field(default_factory=Sample)
    torn: Sample = field(default_factory=Sample)
    doubled: int = 0
    missing: int = 0
    gone: Sample = field(default_factory=Sample)  # batches and files that the provider has no more
    usd: Decimal = Decimal(0)
    unpriced: int = 0
    billed: Sums = field(default_factory=Sums)  # of the file or the shard that is being read
    apart: list[str] = field(default_factory=list)  # where the provider's own sums differ from those of its results

    def compare(self, shard: Shard) -> None:
        """Note where the provider's own sums are not those of its results: one of the two is what it bills."""
        told, found = shard.usage, self.billed
        if told is None or found.unknown:
            return
        pairs = ((told.input_tokens, found.input_tokens), (told.output_tokens, found.output_tokens))
        if any(whole is not None and abs(whole - sum_) > _APART * max(whole, sum_) for whole, sum_ in pairs):
            self.apart.append(
                f"{shard.batch_id}: the provider counts {told.input_tokens:,} tokens in and "
                f"{told.output_tokens or 0:,} out for the whole batch, but its results {found.input_tokens:,} in and "
                f"{found.output_tokens:,} out"
            )


_TOGETHER = 100  # lines in one transaction


_LINE_BYTES = 1 << 26  # 64 MB: no answer is as long, so a file without line ends is not held whole


_ERROR_BYTES = 1 << 16
_ERROR_NAMES = ("error", "errors", "message", "detail", "title", "code")
_GONE_CODES = frozenset({"404", "410", "not_found", "not_found_error", "file_not_found", "file_expired", "expired"})
_AGAIN = "run it again: `batch submit --retry-failed`, or live with `scan`"
_EXPORT_AGAIN = "write it again: `batch export --retry-failed`, or ask live with `scan`"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTerms:
    """What was asked in one batch, as far as its results are judged and priced by it."""

    batch: BatchInfo
    model: Model
    schema: Schema | None
    points: tuple[Point, ...] = ()  # of closed questions
    is_exported: bool = False  # another engine answers it


def fetch_shard(
    shard: Shard, asked: BatchTerms, batches: Batches, api: BatchApi, *, folder: str, reading: Reading
) -> None:  # fmt: skip
    """Take in the results of a batch that has ended; its shard is `fetched` then. Raises VisionaskError."""
    seen: set[str] = set()
    lost = False
    reading.billed = Sums()
    try:
        make_private_folder(folder)
    except OSError as error:
        raise StateError(f"the folder {folder} cannot be made ({error.strerror})", "check what is there") from error
    for kind, file_id in (("output", shard.output_file_id), ("errors", shard.error_file_id)):
        if file_id is None:
            continue
        path = os.path.join(folder, f"results-{shard.id}-{kind}.jsonl")
        try:
            if not _download(api, file_id, path):
                reading.gone.add(f"{shard.batch_id} ({kind})")
                lost = True
                continue
            read_file(path, {shard.batch: asked}, batches, reading=reading, shard=shard, seen=seen)
        finally:
            for each in (path, f"{path}.part"):
                with contextlib.suppress(OSError):
                    os.unlink(each)
    if not lost:
        reading.compare(shard)
    if shard.status == GONE and shard.output_file_id is None:  # else its results were there all the same
        reading.gone.add(shard.batch_id or shard.id)
    _fail_missing(shard, asked, batches, reading, is_lost=lost or shard.status == GONE)
    batches.move(shard.id, "fetched")


def _download(api: BatchApi, file_id: str, path: str) -> bool:
    """Download a file of results; return False where the provider has it no more.

    An error may come in place of the file, with status 200. Raises BadReply for one that may pass.
    """
    try:
        api.download(file_id, path, on_progress=lambda _: None)
    except BadRequest as error:
        if error.status not in NOT_FOUND:
            raise
        return False
    found = _error_in_place(path)
    if found is None:
        return True
    if str(found.get("code")) in _GONE_CODES or found.get("type") in _GONE_CODES:
        return False
    raise BadReply(f"something else came in place of the file {file_id}: {error_text(found)}", "fetch it again later")


def _error_in_place(path: str) -> dict[str, Any] | None:
    """Return what came in place of results: an error, a page of HTML, text. None for results, and for an empty file."""
    with open(path, "rb") as file:
        head = file.read(_ERROR_BYTES)
    text = head.decode("utf-8-sig", "replace").lstrip("\ufeff \t\r\n\x00")
    if text and not text.startswith("{"):
        return {"message": f"HTML, {html_title(text[:4000])!r}" if is_html(text[:4000]) else "not JSON"}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or "custom_id" in value:
        return None
    error = value.get("error")
    if isinstance(error, dict):
        return dict(error)
    if isinstance(error, str):
        return {"message": error}
    return value if any(value.get(name) for name in _ERROR_NAMES) else None


def read_file(
    path: str, asked: dict[str, BatchTerms], batches: Batches, *, reading: Reading, shard: Shard | None, seen: set[str]
) -> set[str]:
    """Take in one file of results: those of a shard, or of any that was exported. `seen` holds names across files.

    Returns the ids of the batches that something was found of. Raises StateError.
    """
    touched: set[str] = set()
    shards = {} if shard is not None else {each.id: each for each in batches.shards()}
    endings: list[Ending] = []
    for result in _results(path, reading):
        line = batches.line(result.custom_id, None if shard is None else shard.id)
        of = shard if shard is not None or line is None else shards[line.shard]
        if line is None or of is None or of.batch not in asked:
            reading.unknown.add(result.custom_id)
            continue
        ending = _judge(result, line, asked[of.batch])
        if result.custom_id in seen:
            reading.doubled += 1
        else:
            reading.billed.add(ending)
        seen.add(result.custom_id)
        touched.add(of.batch)
        endings.append(ending)
        if len(endings) >= _TOGETHER:
            _keep(endings, batches, reading)
    _keep(endings, batches, reading)
    return touched


def _results(path: str, reading: Reading) -> Iterator[Result]:
    try:
        with open(path, "rb") as file:
            for number, raw in enumerate(iter(lambda: file.readline(_LINE_BYTES), b""), 1):
                result = read_result(raw)
                if isinstance(result, Torn):
                    reading.torn.add(f"line {number} ({result.why})")
                elif result is not None:
                    yield result
    except OSError as error:
        raise StateError(f"{path} cannot be read ({error.strerror})", "check the file") from error


def _judge(result: Result, line: Line, asked: BatchTerms) -> Ending:
    """Judge one line as a live reply with the same words."""
    try:
        answer = matched(read_answer(result), asked.schema, hint=_AGAIN)
    except VisionaskError as error:
        error.attempts = 0 if isinstance(error, Undone) else 1
        if asked.is_exported and isinstance(error, Undone | SchemaMismatch):
            error.hint = _EXPORT_AGAIN
        return _ending(line, asked, error)
    return _ending(line, asked, answer)


def _ending(line: Line, asked: BatchTerms, result: Answer | VisionaskError) -> Ending:
    """Return what became of a line, with the intent that it was written with."""
    data, batch = json.loads(line.data), asked.batch
    image, projected = data.get("image", {}), data.get("projected", {})
    intent = Intent(
        key=line.key,
        model=batch.model,
        question=batch.question,
        base_url=batch.base_url,
        system=batch.system,
        images=(ImageRef(line.label, image.get("sha256")),),
        detail=image.get("detail") or "",
        projected_input_tokens=projected.get("input_tokens"),
        projected_image_tokens=projected.get("image_tokens"),
        item=ItemName(batch.scan, line.label),
    )
    answer = result.partial if isinstance(result, VisionaskError) else result
    usd = None if answer is None else bill(asked.model, answer, tier="batch", is_free=batch.is_free)
    return Ending(shard=line.shard, intent=intent, result=result, usd=usd)


def _keep(endings: list[Ending], batches: Batches, reading: Reading) -> None:
    """Commit some lines, and count those that were not kept before."""
    for ending, is_new in zip(endings, batches.settle(endings), strict=True):
        if not is_new:
            continue
        if isinstance(ending.result, VisionaskError):
            reading.failed[ending.result.code] += 1
        else:
            reading.answered += 1
            reading.unpriced += ending.usd is None
        reading.usd += ending.usd or Decimal(0)
    endings.clear()


def _fail_missing(shard: Shard, asked: BatchTerms, batches: Batches, reading: Reading, *, is_lost: bool) -> None:
    """Fail the lines that brought nothing, so that they can be asked again."""
    while lines := batches.pending(shard.id):
        endings = [_ending(line, asked, _missing(shard, is_lost=is_lost)) for line in lines]
        if shard.status == "completed" and not is_lost:
            reading.missing += len(lines)
        _keep(endings, batches, reading)


def _missing(shard: Shard, *, is_lost: bool) -> Undone:
    if shard.status == "failed":
        code, _, words = (shard.error or "").partition(" ")
        return batch_failure(code, words or code)
    if shard.status in ("expired", "cancelled"):
        return Undone(f"the batch was {shard.status} before this was asked", _AGAIN)
    fact = "the provider has its batch or its results no more" if is_lost else "its result is missing in what came back"
    error = Undone(f"{fact}; it may be billed", _AGAIN)
    error.attempts = error.maybe_billed = 1
    return error


def records_of(asked: BatchTerms, ledger: Ledger, *, since: float) -> Iterator[dict[str, Any] | None]:
    """Yield the record of each image of a batch that has come to an end; None for one that has not.

    What an earlier scan, another image of the same bytes, or a fetch before `since` (Unix time) has taken in is
    `cached`: added up over all fetches, what is billed is billed once.
    """
    batch = asked.batch
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
            answer, data = _told(known.answer, item.label, asked)
            yield record | {
                **records.answer_dict(answer, known.usd),
                "data": data,
                "cached": item.is_cached or state != "answered" or at < since,
                "attempts": 1,
            }
            continue
        failure = ledger.find_failure(item.key) if item.key is not None and state == "failed" else None
        if failure is None:
            yield None
            continue
        error = records.error_dict(failure)
        yield record | {"status": "failed", "error": error, "attempts": failure.attempts or None}


def _told(answer: Answer, label: str, asked: BatchTerms) -> tuple[Answer, dict[str, Any] | None]:
    """Return an answer with its data; of closed questions the verdicts, in words and as data."""
    if not asked.points or asked.schema is None:
        return answer, data_of(answer, asked.schema)
    try:
        findings = one_vote(answer, asked.points, schema=asked.schema, label=label)
    except BadReply:
        return answer, None
    return replace(answer, text=in_words(findings)), verdicts_of(findings)
