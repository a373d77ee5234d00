"""What `batch fetch` and `batch import` show, and how they end.

What `batch list`, `status` and `cancel` show, and which batches their ids name.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter
from dataclasses import field
from typing import TYPE_CHECKING

from visionask.cli.exits import Exit
from visionask.cli.inputs import open_console, read_outputs
from visionask.core.batch import ENDED
from visionask.core.checks import unpack_points
from visionask.core.dataclass import dataclass
from visionask.core.errors import (
    INPUT_CODES,
    ApiError,
    ConfigError,
    NotFound,
    QuotaExhausted,
    RejectedError,
    StateError,
    Unreachable,
    Unreadable,
    UsageError,
)
from visionask.core.format import count
from visionask.core.url import normal_base_url
from visionask.report import batches as shown
from visionask.report import records
from visionask.report.clean import clean, one_line
from visionask.report.console import FailedItems
from visionask.report.progress import UNREADABLE_HINT, summary_lines
from visionask.run.batch.send import Room, is_running, is_unsent, is_waiting
from visionask.run.pool import LEAST_IN_A_ROW, reason_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from visionask.api.batches import BatchApi
    from visionask.cli.batch import ProviderFlags
    from visionask.config.settings import Settings
    from visionask.core.checks import Point
    from visionask.core.errors import VisionaskError
    from visionask.core.flags import ConsoleFlags, LedgerFlags, ResultFlags
    from visionask.core.ledger import BatchInfo, Shard
    from visionask.core.schema import Schema
    from visionask.report.console import Console
    from visionask.run.batch.results import BatchTerms, Reading
    from visionask.store.ledger import Ledger

_ENDS_ALL = (ConfigError, QuotaExhausted, Unreachable)  # what every other batch would meet too
FIRST_WAIT_S, LONGEST_WAIT_S, GROWTH = 5.0, 60.0, 1.5


class _Outcomes:
    """What became of each file of batches: one that fails keeps no other back, until all would meet the same."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._reason: Hashable = None
        self._in_a_row = 0  # batches that met this reason: as many end all as end a scan
        self._has_success = False
        self.failures: dict[str, VisionaskError] = {}  # by the shard's id
        self.is_over = False

    @contextlib.contextmanager
    def of(self, batch: BatchInfo, shard: Shard) -> Iterator[None]:
        """Keep, and say, what goes wrong with a file of a batch."""
        try:
            yield
        except (ApiError, ConfigError, RejectedError) as error:
            self.failures[shard.id] = error
            reason = reason_of(error)
            self._in_a_row = self._in_a_row + 1 if reason == self._reason else 1
            self._reason = reason
            is_for_all = isinstance(error, _ENDS_ALL) and error.status not in (403, 407)
            self.is_over = is_for_all or self._in_a_row >= LEAST_IN_A_ROW
            if not is_for_all:
                self._console.warn(f"{batch.id} {shard.number}: {error.message}")
        else:
            self._has_success, self._in_a_row, self._reason = True, 0, None

    def exit_code(self, *, has_success: bool | None = None) -> Exit:
        """Return how it ends. Raises the failure where nothing succeeded, or where it ended all."""
        if not self.failures:
            return Exit.OK
        last = list(self.failures.values())[-1]
        if self.is_over or not (self._has_success if has_success is None else has_success):
            raise last
        return Exit.PARTIAL


def list_batches(at: LedgerFlags, said: ConsoleFlags) -> int:
    """List what the ledger knows."""
    from visionask.config.settings import ledger_path, load_settings
    from visionask.run.logs import open_log

    console = open_console(said)
    with open_log(ledger_path(load_settings(at._asdict())), console.warn) as ledger:
        kept = ledger.batches
        rows = [(batch, len(kept.shards(batch.id)), kept.counts(batch.id)) for batch in kept.all()]
    if said.as_json:
        data = [
            {"id": batch.id, "at": batch.at, "model": batch.model, "base_url": batch.base_url,
             "question": batch.question, "shards": shards, **counts._asdict()}
            for batch, shards, counts in rows
        ]  # fmt: skip
        console.line(records.dumps(records.envelope("batch", "ok") | {"data": {"batches": data}}))
        return Exit.OK
    if rows:
        shown.write_batches(console, rows)
    else:
        console.note("no batches")
    return Exit.OK


def status(
    ids: Sequence[str] | None, at: ProviderFlags, said: ConsoleFlags, *, is_watched: bool, every: float | None
) -> int:
    """Ask the provider how far it is, once or until all has ended."""
    console = open_console(said)
    wait_s = FIRST_WAIT_S if every is None else every
    if not 0 < wait_s < 1e6:
        raise UsageError(f"--every must be a number of seconds above 0, not {wait_s:g}", "such as --every 30")
    rooms: dict[tuple[str, str], Room] = {}
    is_first = True
    with opened(at, console) as (ledger, api, settings):
        try:
            while True:
                batches = chosen(ledger, ids, settings, console)
                outcomes = _Outcomes(console)
                shards = _looked_at(list(_unfetched(ledger, batches, is_named=bool(ids))), ledger, api, outcomes)
                _show_rows(shards, outcomes.failures, console, is_json=said.as_json, has_head=is_first)
                is_first = False
                waiting = sum(is_waiting(shard) for _, shard in shards)
                is_under_way = any(is_running(shard) for _, shard in shards if shard.id not in outcomes.failures)
                if not is_watched or outcomes.is_over or not (waiting or is_under_way):
                    if waiting:
                        console.note(shown.waiting_line(waiting))
                    if unsent := sum(is_unsent(shard) for _, shard in shards):
                        console.note(shown.unsent_line(unsent))
                    return outcomes.exit_code()
                if waiting:
                    _go_on(shards, rooms, ledger, api, console=console)
                time.sleep(wait_s)
                wait_s = min(max(wait_s, LONGEST_WAIT_S), wait_s * GROWTH)
        except KeyboardInterrupt:
            console.note("not watched any more: the batch goes on at the provider; visionask batch status")
            raise


def _looked_at(
    shards: Sequence[tuple[BatchInfo, Shard]], ledger: Ledger, api: BatchApi, outcomes: _Outcomes
) -> list[tuple[BatchInfo, Shard]]:
    """Ask how far each file is; one that cannot be asked for is as it was known."""
    seen = []
    for batch, shard in shards:
        now = shard
        if not outcomes.is_over:
            with outcomes.of(batch, shard):
                now = look(shard, ledger, api)
        seen.append((batch, now))
    return seen


def _go_on(
    shards: Sequence[tuple[BatchInfo, Shard]],
    rooms: dict[tuple[str, str], Room],
    ledger: Ledger,
    api: BatchApi,
    *,
    console: Console,
) -> None:
    """Create what waits and may have room by now, unless another process is at it."""
    from visionask.run.batch.send import go_on
    from visionask.run.batch.write import Listener

    waiting = {(batch.model, batch.base_url): batch for batch, shard in shards if is_waiting(shard)}
    seen = {shard.id for _, shard in shards}
    for queue, batch in waiting.items():
        with contextlib.suppress(StateError):
            room = rooms.setdefault(queue, Room())
            shard = go_on(batch, room, ledger.batches, api, seen=seen, listener=Listener(on_notice=console.warn))
            if shard is not None:
                console.note(f"{shard.batch}  {shard.number:>4}  created: the queue may have room for it")


def cancel(ids: Sequence[str], at: ProviderFlags, said: ConsoleFlags) -> int:
    """Cancel what is under way, and forget what was never sent."""
    console = open_console(said)
    outcomes = _Outcomes(console)
    with opened(at, console) as (ledger, api, settings), ledger.batches.alone("batch submit"):
        for batch in chosen(ledger, ids, settings, console):
            shards = ledger.batches.shards(batch.id)
            if all(shard.state in ("fetched", "exported") for shard in shards):
                console.note(f"{batch.id}: nothing to cancel: nothing of it is at the provider any more")
            for shard in shards:
                if not outcomes.is_over:
                    with outcomes.of(batch, shard):
                        _cancel(find(shard, ledger, api), ledger, api, console)
    return outcomes.exit_code()


def _cancel(shard: Shard, ledger: Ledger, api: BatchApi, console: Console) -> None:
    from visionask.run.batch.send import told

    name = f"{shard.batch}  {shard.number:>4}"
    if shard.is_elsewhere or shard.state in ("writing", "written", "uploading", "uploaded"):
        ledger.batches.discard(shard.id)
        console.note(f"{name}  forgotten: it was not created")
        if shard.is_elsewhere:
            console.warn("the machine that wrote it can still create it: cancel it there too")
    elif shard.state == "creating":
        console.warn(f"{name}: it may have been created; run the same submit again first")
    elif shard.state == "created" and shard.batch_id is not None:
        seen = look(shard, ledger, api)
        if is_running(seen):
            ledger.batches.step(seen, "created", **told(api.cancel(shard.batch_id)))
        console.prose(shown.shard_line(shard.batch, _again(shard, ledger)))


@contextlib.contextmanager
def opened(at: ProviderFlags, console: Console) -> Iterator[tuple[Ledger, BatchApi, Settings]]:
    """Open the ledger and the way to the provider. Raises UsageError where there is no ledger."""
    from visionask.api.batches import BatchApi
    from visionask.config.settings import ledger_path, load_settings
    from visionask.run.connect import connect
    from visionask.store.files import is_there
    from visionask.store.ledger import open_ledger

    settings = load_settings(at._asdict())
    path = ledger_path(settings)
    if not is_there(path):
        raise UsageError("there are no batches: the ledger does not exist", "visionask batch submit QUESTION PATH...")
    with connect(settings, None) as endpoint, open_ledger(path) as ledger:
        for notice in ledger.notices:
            console.warn(notice)
        api = BatchApi(endpoint, console.warn)
        try:
            yield ledger, api, settings
        finally:
            api.close()


def chosen(ledger: Ledger, ids: Sequence[str] | None, settings: Settings, console: Console) -> list[BatchInfo]:
    """Return the batches that are named by the beginning of our id or by the provider's, or all that go to this server.

    A key is never sent to another server than the one that is set. Raises UsageError.
    """
    here, every = normal_base_url(settings.base_url), ledger.batches.all()
    if not ids:
        found = [batch for batch in every if batch.base_url == here]
        elsewhere = {batch.base_url for batch in every if batch.base_url != here}
        if elsewhere and not found:
            console.note(f"batches at another server: --base-url {' or '.join(sorted(elsewhere))}")
        return found
    found = []
    for name in ids:
        matches = [batch for batch in every if _is_named(batch, name, ledger)]
        if len(matches) != 1:
            what = "no batch has" if not matches else "more than one batch has"
            raise UsageError(f"{what} the id {name!r}", "see: visionask batch list")
        if matches[0].base_url != here:
            raise UsageError(
                f"the batch {name} is at {matches[0].base_url}, not at {here}", f"add --base-url {matches[0].base_url}"
            )
        found += [matches[0]] if matches[0] not in found else []
    return found


def look(shard: Shard, ledger: Ledger, api: BatchApi) -> Shard:
    """Ask how far a shard is, unless that is known for good."""
    from visionask.run.batch.send import refresh

    shard = find(shard, ledger, api)
    return refresh(shard, ledger.batches, api) if is_running(shard) else shard


def find(shard: Shard, ledger: Ledger, api: BatchApi) -> Shard:
    """Ask whether another machine has created its shard by now."""
    from visionask.run.batch.send import find_elsewhere

    return find_elsewhere(shard, ledger.batches, api) if shard.is_elsewhere else shard


def _unfetched(ledger: Ledger, batches: Sequence[BatchInfo], *, is_named: bool) -> Iterator[tuple[BatchInfo, Shard]]:
    for batch in batches:
        for shard in ledger.batches.shards(batch.id):
            if shard.state != "exported" and (is_named or shard.state != "fetched"):
                yield batch, shard


def _again(shard: Shard, ledger: Ledger) -> Shard:
    return next(each for each in ledger.batches.shards(shard.batch) if each.id == shard.id)


def _is_named(batch: BatchInfo, name: str, ledger: Ledger) -> bool:
    if name and batch.id.startswith(name.lower()):
        return True
    return any(name in (shard.batch_id, *shard.past) for shard in ledger.batches.shards(batch.id))


def _show_rows(
    shards: Sequence[tuple[BatchInfo, Shard]],
    failures: Mapping[str, VisionaskError],
    console: Console,
    *,
    is_json: bool,
    has_head: bool = True,
) -> None:
    if is_json:
        data = [{"batch": batch.id, **shown.shard_dict(shard)} for batch, shard in shards]
        for row, (_, shard) in zip(data, shards, strict=True):
            row["failure"] = records.error_dict(failures[shard.id]) if shard.id in failures else None
        console.line(records.dumps(records.envelope("batch", "ok") | {"data": {"shards": data}}))
    elif shards:
        shown.write_shards(console, [(batch.id, shard) for batch, shard in shards], has_head=has_head)
    else:
        console.note("no batch is under way")
    console.out.flush()


@dataclass(slots=True, kw_only=True)
class Ended:
    """What the records of all images say."""

    since: float = field(default_factory=time.time)  # what was taken in before is cached
    started: float = field(default_factory=time.monotonic)
    done: int = 0
    cached: int = 0
    left: int = 0
    failed: Counter[str] = field(default_factory=Counter)


def fetch(ids: Sequence[str] | None, results: ResultFlags, at: ProviderFlags, said: ConsoleFlags) -> int:
    """Take in what has ended, and write all that is there."""
    from visionask.config.settings import ledger_path
    from visionask.run.batch.results import Reading, fetch_shard
    from visionask.run.batch.send import refresh

    files = read_outputs(results, as_json=said.as_json)
    console, reading, ended = open_console(said), Reading(), Ended()
    with opened(at, console) as (ledger, api, settings), ledger.batches.alone("batch fetch"):
        folder = os.path.join(os.path.dirname(os.path.abspath(ledger_path(settings))), "batches")
        batches = _open(chosen(ledger, ids, settings, console), ledger, is_named=bool(ids))
        asked = {batch.id: _asked(batch, settings) for batch in batches}
        running = waiting = 0
        outcomes = _Outcomes(console)
        for batch, shard in [(each, shard) for each in batches for shard in ledger.batches.shards(each.id)]:
            if outcomes.is_over:
                break
            with outcomes.of(batch, shard):
                seen = find(shard, ledger, api)
                if seen.state == "created":  # also one that is known to have ended: its sums are told again
                    seen = refresh(seen, ledger.batches, api)
                if seen.state == "created" and seen.status in ENDED:
                    fetch_shard(seen, asked[batch.id], ledger.batches, api, folder=folder, reading=reading)
                elif seen.state not in ("fetched", "exported"):
                    waiting += is_waiting(seen)
                    running += 1
                    console.note(shown.shard_line(batch.id, seen))
        _write(
            batches,
            asked,
            ledger,
            console,
            files=files,
            is_raw=results.raw,
            is_json=said.as_json or results.is_json,
            ended=ended,
        )
    _tell(reading, ended, console)
    code = outcomes.exit_code(has_success=bool(ended.done or ended.failed or running))
    if waiting:
        console.note(shown.waiting_line(waiting))
    if running:
        console.note(
            f"still in progress: {count(running, 'file')} of requests; fetch again later (`uploaded`: submit again)"
        )
        return Exit.API
    if not batches:
        console.note("nothing to fetch: name a batch to write its results again (visionask batch list)")
    return Exit.PARTIAL if ended.failed else code


def import_results(
    paths: Sequence[str],
    results: ResultFlags,
    said: ConsoleFlags,
    *,
    source: str | None,
    at: LedgerFlags,
) -> int:
    """Take in results of an engine that has run exported files."""
    from visionask.config.settings import ledger_path, load_settings
    from visionask.run.batch.export import adopt
    from visionask.run.batch.results import Reading, read_file
    from visionask.store.ledger import open_ledger

    files = read_outputs(results, as_json=said.as_json, inputs={"the file of results": paths})
    console, reading, ended = open_console(said), Reading(), Ended()
    settings = load_settings(at._asdict())
    _need_files(paths)
    with open_ledger(ledger_path(settings)) as ledger, ledger.batches.alone("batch fetch"):
        if source is not None:
            adopt(source, ledger)
        exported = {shard.batch for shard in ledger.batches.shards(states=("exported",))}
        batches = [batch for batch in ledger.batches.all() if batch.id in exported]
        asked = {batch.id: _asked(batch, settings, is_exported=True) for batch in batches}
        seen: set[str] = set()
        touched: set[str] = set()
        for path in paths:
            touched |= read_file(path, asked, ledger.batches, reading=reading, shard=None, seen=seen)
        _write(
            [b for b in batches if b.id in touched],
            asked,
            ledger,
            console,
            files=files,
            is_raw=results.raw,
            is_json=said.as_json or results.is_json,
            ended=ended,
        )
    _tell(reading, ended, console, command="export")
    if ended.left:
        console.note(f"{count(ended.left, 'image')} without a result yet")
    if not touched:
        raise UsageError(
            "no result belongs to a batch that this ledger exported",
            "name the folder that `visionask batch export` wrote: --from DIR",
        )
    return Exit.PARTIAL if ended.failed or ended.left else Exit.OK


def _need_files(paths: Sequence[str]) -> None:
    """Refuse what is no file of results. Raises Unreadable, NotFound."""
    hint = "name the file of results that the engine wrote"
    for path in paths:
        if os.path.isdir(path):
            raise Unreadable(f"{path}: is a folder", hint)
        if not os.path.exists(path):
            raise NotFound(f"{path}: no such file", hint)
        if not os.path.isfile(path):
            raise Unreadable(f"{path}: is not a regular file", hint)


def _open(batches: Sequence[BatchInfo], ledger: Ledger, *, is_named: bool) -> list[BatchInfo]:
    """Leave out batches that were fetched before, unless they are named, or there is but one: it is written again."""
    if is_named or len(batches) == 1:
        return list(batches)
    done = ("fetched", "exported")
    return [each for each in batches if any(shard.state not in done for shard in ledger.batches.shards(each.id))]


def _asked(batch: BatchInfo, settings: Settings, *, is_exported: bool = False) -> BatchTerms:
    from visionask.config.catalog import load_catalog
    from visionask.core.catalog import Model
    from visionask.run.batch.results import BatchTerms

    model = load_catalog(settings.file, origin=settings.origin).find(batch.model)
    return BatchTerms(
        batch=batch,
        model=model or Model(name=batch.model, entry=None),
        schema=_schema(batch),
        points=_points(batch),
        is_exported=is_exported,
    )


def _schema(batch: BatchInfo) -> Schema | None:
    from visionask.core.schema import read_schema

    return None if batch.schema is None else read_schema(batch.schema)


def _points(batch: BatchInfo) -> tuple[Point, ...]:
    """Return the closed questions of a batch. Raises StateError for a ledger that somebody has edited."""
    try:
        return () if batch.points is None else unpack_points(batch.points)
    except (ValueError, TypeError, LookupError) as error:
        raise StateError(f"the questions of batch {batch.id} cannot be read", "see: visionask doctor") from error


def _write(
    batches: Sequence[BatchInfo],
    asked: dict[str, BatchTerms],
    ledger: Ledger,
    console: Console,
    *,
    files: tuple[tuple[str, ...], str | None],
    is_raw: bool,
    is_json: bool,
    ended: Ended,
) -> None:
    """Write the records of every image that has come to an end, to the outputs and to standard output.

    Where there is none, a file stays as it is: it may hold the results of an earlier fetch.
    """
    from visionask.report.output import open_outputs
    from visionask.run.batch.results import records_of

    paths, output_format = files
    question = " / ".join(batch.question for batch in batches)
    schemas = [one.schema for one in asked.values() if one.schema is not None and not one.points]
    named = FailedItems(console)
    outputs = open_outputs(paths, output_format, question=question, schema=schemas[0] if schemas else None)
    try:
        for batch in batches:
            for record in records_of(asked[batch.id], ledger, since=ended.since):
                if record is None:
                    ended.left += 1
                    continue
                outputs.add(record)
                _count(ended, record)
                _show(record, console, named, is_json=is_json, is_raw=is_raw, shows_text="-" not in paths)
        named.end()
    except BaseException:
        outputs.abandon()
        raise
    if ended.done or ended.failed:
        outputs.close({"stopped": None, "left": ended.left, "seconds": time.monotonic() - ended.started})
        return
    outputs.abandon()
    for path in filter(lambda each: each != "-", paths):
        console.note(f"no results yet: {one_line(path)} is left as it is")


def _count(ended: Ended, record: records.Record) -> None:
    if record["status"] == "failed":
        ended.failed[record["error"]["code"]] += 1
    else:
        ended.done += 1
        ended.cached += record["cached"]


def _show(
    record: records.Record, console: Console, named: FailedItems, *, is_json: bool, is_raw: bool, shows_text: bool
) -> None:
    label = one_line(str(record["images"][0]["source"]))
    if is_json:
        console.line(records.dumps(record))
    elif record["answer"] is not None and shows_text:
        text = record["answer"] if is_raw else clean(record["answer"])
        console.line("\n    ".join(f"{label}: {text}".rstrip("\n").split("\n")))
    if record["error"] is not None:
        named.add(str(record["images"][0]["source"]), record["error"]["message"])


def _tell(reading: Reading, ended: Ended, console: Console, *, command: str = "submit") -> None:
    lines = shown.reading_lines(
        unknown=reading.unknown,
        doubled=reading.doubled,
        torn=reading.torn,
        gone=reading.gone,
        missing=reading.missing,
        command=command,
    )
    for line in (*lines, *reading.apart):
        console.warn(line)
    for line in summary_lines(
        done=ended.done, cached=ended.cached, failed=ended.failed, spent_usd=reading.usd, unpriced=reading.unpriced
    ):
        console.note(line)
    if ended.failed and INPUT_CODES.issuperset(ended.failed):
        console.note(UNREADABLE_HINT)
    elif ended.failed:
        console.note(f"`batch {command} --retry-failed` asks again for what failed, `scan` does so live")
