"""Owns what `batch fetch` and `batch import` show, and how they end."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from visionask.cli.batch_watch import chosen, console_of, find, opened
from visionask.cli.exits import Exit
from visionask.cli.options import need_one_of
from visionask.core.batch import ENDED
from visionask.core.errors import NotFound, Unreadable, UsageError
from visionask.report import batches as shown
from visionask.report import records
from visionask.report.clean import clean, one_line
from visionask.report.human import count
from visionask.report.scan_progress import summary_lines
from visionask.run.batch.queue import is_waiting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.config.settings import Settings
    from visionask.core.schema import Schema
    from visionask.report.console import Console
    from visionask.run.batch.fetch import Asked
    from visionask.run.batch.reading import Reading
    from visionask.store.batch_values import BatchInfo
    from visionask.store.ledger import Ledger

Flags = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Ended:
    """What the records of all images say."""

    since: float = field(default_factory=time.time)  # what was taken in before is cached
    started: float = field(default_factory=time.monotonic)
    done: int = 0
    cached: int = 0
    left: int = 0
    failed: Counter[str] = field(default_factory=Counter)


def fetch(flags: Flags) -> int:
    """Take in what has ended, and write all that is there."""
    from visionask.config.settings import ledger_path
    from visionask.run.batch.fetch import fetch_shard
    from visionask.run.batch.reading import Reading
    from visionask.run.batch.submit import refresh

    _check(flags)
    console, reading, ended = console_of(flags), Reading(), Ended()
    with opened(flags, console) as (ledger, api, settings), ledger.batches.alone("batch fetch"):
        folder = os.path.join(os.path.dirname(os.path.abspath(ledger_path(settings))), "batches")
        batches = _open(chosen(ledger, flags["ids"], settings, console), ledger, flags)
        asked = {batch.id: _asked(batch, settings) for batch in batches}
        running = waiting = 0
        for batch in batches:
            for shard in ledger.batches.shards(batch.id):
                seen = find(shard, ledger, api)
                if seen.state == "created":  # also one that is known to have ended: its sums are told again
                    seen = refresh(seen, ledger.batches, api)
                if seen.state == "created" and seen.status in ENDED:
                    fetch_shard(seen, asked[batch.id], ledger.batches, api, folder=folder, reading=reading)
                elif seen.state not in ("fetched", "exported"):
                    waiting += is_waiting(seen)
                    running += 1
                    console.note(shown.shard_line(batch.id, seen))
        _write(batches, asked, ledger, flags, console, ended=ended)
    _tell(reading, ended, console)
    if waiting:
        console.note(shown.waiting_line(waiting))
    if running:
        console.note(
            f"still in progress: {count(running, 'file')} of requests; fetch again later (`uploaded`: submit again)"
        )
        return Exit.API
    if not batches:
        console.note("nothing to fetch: name a batch to write its results again (visionask batch list)")
    return Exit.PARTIAL if ended.failed else Exit.OK


def import_results(flags: Flags) -> int:
    """Take in results of an engine that has run exported files."""
    from visionask.config.settings import ledger_path, load_settings
    from visionask.run.batch.export import adopt
    from visionask.run.batch.fetch import read_file
    from visionask.run.batch.reading import Reading
    from visionask.store.ledger import open_ledger

    _check(flags)
    console, reading, ended = console_of(flags), Reading(), Ended()
    settings = load_settings(flags)
    for path in flags["results"]:
        if os.path.isdir(path):
            raise Unreadable(f"{path}: is a folder", "name the file of results that the engine wrote")
        if not os.path.exists(path):
            raise NotFound(f"{path}: no such file", "name the file of results that the engine wrote")
    with open_ledger(ledger_path(settings)) as ledger, ledger.batches.alone("batch fetch"):
        if flags["source"] is not None:
            adopt(flags["source"], ledger)
        exported = {shard.batch for shard in ledger.batches.shards(states=("exported",))}
        batches = [batch for batch in ledger.batches.all() if batch.id in exported]
        asked = {batch.id: _asked(batch, settings) for batch in batches}
        seen: set[str] = set()
        touched: set[str] = set()
        for path in flags["results"]:
            touched |= read_file(path, asked, ledger.batches, reading=reading, shard=None, seen=seen)
        _write([b for b in batches if b.id in touched], asked, ledger, flags, console, ended=ended)
    _tell(reading, ended, console)
    if ended.left:
        console.note(f"{count(ended.left, 'image')} without a result yet")
    if not touched:
        raise UsageError("no result is of anything that was exported here", "name the folder with --from DIR")
    return Exit.PARTIAL if ended.failed or ended.left else Exit.OK


def _open(batches: Sequence[BatchInfo], ledger: Ledger, flags: Flags) -> list[BatchInfo]:
    """Leave out batches that were fetched before, unless they are named, or there is but one: it is written again."""
    if flags["ids"] or len(batches) == 1:
        return list(batches)
    done = ("fetched", "exported")
    return [each for each in batches if any(shard.state not in done for shard in ledger.batches.shards(each.id))]


def _check(flags: Flags) -> None:
    from visionask.report.outputs import report_format

    need_one_of(flags["output_format"], "--format", ("text", "json", "jsonl", "csv", "html", "md"))
    for path in flags["output"] or ():
        report_format(path, _file_format(flags))


def _file_format(flags: Flags) -> str | None:
    chosen_format: str | None = flags["output_format"]
    return chosen_format if chosen_format in ("csv", "html", "md") else None


def _asked(batch: BatchInfo, settings: Settings) -> Asked:
    from visionask.config.catalog import load_catalog
    from visionask.core.catalog import Model
    from visionask.run.batch.fetch import Asked

    model = load_catalog(settings.file, origin=settings.origin).find(batch.model)
    return Asked(batch=batch, model=model or Model(name=batch.model, entry=None), schema=_schema(batch))


def _schema(batch: BatchInfo) -> Schema | None:
    from visionask.core.schema import read_schema

    return None if batch.schema is None else read_schema(batch.schema)


def _write(
    batches: Sequence[BatchInfo],
    asked: dict[str, Asked],
    ledger: Ledger,
    flags: Flags,
    console: Console,
    *,
    ended: Ended,
) -> None:
    """Write the records of every image that has come to an end, to the outputs and to standard output.

    Where there is none, a file stays as it is: it may hold the results of an earlier fetch.
    """
    from visionask.report.outputs import open_outputs
    from visionask.run.batch.records import records_of

    is_json = flags["as_json"] or flags["output_format"] in ("json", "jsonl")
    question = " / ".join(batch.question for batch in batches)
    schemas = [one.schema for one in asked.values() if one.schema is not None]
    outputs = open_outputs(
        flags["output"] or (), _file_format(flags), question=question, schema=schemas[0] if schemas else None
    )
    try:
        for batch in batches:
            for record in records_of(batch, ledger, asked[batch.id].schema, since=ended.since):
                if record is None:
                    ended.left += 1
                    continue
                outputs.add(record)
                _count(ended, record)
                _show(record, console, is_json=is_json, is_raw=flags["raw"])
    except BaseException:
        outputs.abandon()
        raise
    if ended.done or ended.failed:
        outputs.close({"stopped": None, "left": ended.left, "seconds": time.monotonic() - ended.started})
        return
    outputs.abandon()
    for path in flags["output"] or ():
        console.note(f"no results yet: {one_line(path)} is left as it is")


def _count(ended: Ended, record: records.Record) -> None:
    if record["status"] == "failed":
        ended.failed[record["error"]["code"]] += 1
    else:
        ended.done += 1
        ended.cached += record["cached"]


def _show(record: records.Record, console: Console, *, is_json: bool, is_raw: bool) -> None:
    label = one_line(str(record["images"][0]["source"]))
    if is_json:
        console.line(records.dumps(record))
    elif record["answer"] is not None:
        text = record["answer"] if is_raw else clean(record["answer"])
        console.line("\n    ".join(f"{label}: {text}".rstrip("\n").split("\n")))
    if record["error"] is not None:
        message = one_line(record["error"]["message"])
        console.note(f"failed: {message}" if label in message else f"failed: {label}: {message}")


def _tell(reading: Reading, ended: Ended, console: Console) -> None:
    lines = shown.reading_lines(reading.unknown, reading.doubled, reading.torn, reading.missing)
    for line in (*lines, *reading.apart):
        console.warn(line)
    for line in summary_lines(
        done=ended.done, cached=ended.cached, failed=ended.failed, spent_usd=reading.usd, unpriced=reading.unpriced
    ):
        console.note(line)
    if ended.failed:
        console.note("`batch submit --retry-failed` asks again for what failed, `scan` does so live")
