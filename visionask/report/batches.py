"""What `batch` shows: the two prices, how far the writing is, how it ended, and the rows of batches and shards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.core.format import count, moment, size, usd
from visionask.report.clean import one_line
from visionask.report.logs import words
from visionask.report.progress import failure_lines
from visionask.report.records import money
from visionask.report.table import Column, write_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visionask.core.batch import Sample, Submission
    from visionask.core.ledger import BatchInfo, Counts, Shard
    from visionask.core.projection import Projection
    from visionask.report.console import Console

_WHY = {
    "answered": "answered already",
    "pending": "in this batch already",
    "same": "the same picture as another",
    "asked live": "being asked live by another process",
    "failed": "failed before: --retry-failed submits them again",
}


def standard_price(projection: Projection) -> list[str]:
    """Return the price of the same scan live, to stand beside the batch price; nothing where it is not known."""
    standard = projection.standard_usd
    return [] if standard is None or not projection.images else [f"live {usd(standard)}"]


def submit_lines(written: Submission, *, created: int, batch: str, is_export: bool) -> list[str]:
    """Write how a submission ended, and the next step."""
    money_of = usd(written.reserved_usd) if written.lines else "$0"
    made = f"{count(written.lines, 'request')} written in {count(written.shards, 'file')}"
    head = f"{made} · {size(written.bytes)}"
    lines = [head if is_export else f"{head} · projected at {money_of} · {count(created, 'batch')} created"]
    lines += [f"  {number:,} {_WHY.get(why, why)}" for why, number in written.settled.most_common()]
    lines += failure_lines(written.failed)
    if not is_export and (written.lines or created or written.settled):
        lines.append(
            f"next: visionask batch status {batch} --watch, then visionask batch fetch {batch} -o results.jsonl"
        )
    return lines


def submit_data(written: Submission, *, created: int, batch: str | None) -> dict[str, Any]:
    """Describe how a submission ended, for a record."""
    return {
        "batch": batch,
        "requests": written.lines,
        "shards": written.shards,
        "created": created,
        "bytes": written.bytes,
        "reserved_usd": money(written.reserved_usd),
        "settled": dict(written.settled),
        "failed": dict(written.failed),
    }


def unsent_line(files: int) -> str:
    """Report files that a submit has begun, and perhaps left."""
    files_text = count(files, "file")
    return f"{files_text} may not be at the provider: where no `batch submit` is running, run the same one again"


def waiting_line(files: int) -> str:
    """Report files that the provider's queue has no room for."""
    return (
        f"{count(files, 'file')} uploaded and waiting: the provider's queue is full (token_limit_exceeded). As earlier "
        "batches end, `batch status --watch` creates them, or the same `batch submit` again; where nothing else is "
        "queued, a file alone is too large: cancel, and submit with a smaller --shard-requests"
    )


_BATCHES = (
    Column("id"),
    Column("question", "text"),
    Column("files", "number", goes=3),
    Column("waiting", "number"),
    Column("answered", "number"),
    Column("failed", "number"),
    Column("model", "name", goes=1),
    Column("when (UTC)", goes=2),
)
_SHARDS = (
    Column("batch"),
    Column("file", "number", goes=2),
    Column("state", styles={"completed": "green", "fetched": "green", "failed": "red", "expired": "red"}),
    Column("done", "number"),
    Column("of", "number"),
    Column("failed", "number"),
    Column("at the provider", "name", goes=1),
    Column("error", "text"),
)


def write_batches(console: Console, found: Sequence[tuple[BatchInfo, int, Counts]]) -> None:
    """Write a row for each batch, with the number of its files."""
    rows = [
        (
            batch.id,
            words(batch.question),
            *(f"{number:,}" for number in (shards, counts.pending, counts.answered, counts.failed)),
            one_line(batch.model),
            moment(batch.at),
        )
        for batch, shards, counts in found
    ]
    write_table(console, _BATCHES, rows)


def write_shards(console: Console, found: Iterable[tuple[str, Shard]], *, has_head: bool = True) -> None:
    """Write a row for each file of batches; without `has_head`, rows alone where it is a pipe."""
    rows = [
        (
            batch,
            f"{shard.number:,}",
            _state(shard),
            f"{shard.done:,}",
            f"{shard.lines:,}",
            f"{shard.failed:,}",
            one_line(shard.batch_id or "-"),
            one_line(shard.error or ""),
        )
        for batch, shard in found
    ]
    write_table(console, _SHARDS, rows, has_head=has_head)


def shard_line(batch: str, shard: Shard) -> str:
    """Write how far one file of a batch is."""
    counts = f"{shard.done:,} of {shard.lines:,} done, {shard.failed:,} failed"
    error = f" · {one_line(shard.error)}" if shard.error else ""
    return f"{batch}  {shard.number:>4}  {_state(shard):<12}  {counts}  {one_line(shard.batch_id or '-')}{error}"


def _state(shard: Shard) -> str:
    word = shard.status if shard.state == "created" and shard.status else shard.state
    return one_line("elsewhere" if shard.is_elsewhere else word)


def shard_dict(shard: Shard) -> dict[str, Any]:
    """Describe one file for a record."""
    names = ("number", "state", "status", "lines", "done", "failed", "batch_id", "error")
    return {name: getattr(shard, name) for name in names}


def reading_lines(
    *, unknown: Sample, doubled: int, torn: Sample, gone: Sample, missing: int, command: str = "submit"
) -> list[str]:
    """Name what was wrong with files of results. `command` asks again for what is missing."""
    lines = []
    if gone.count:
        lines.append(f"gone at the provider: {_some(gone)}")
    if unknown.count:
        lines.append(f"{count(unknown.count, 'result')} of nothing that was asked: {_some(unknown)}")
    if doubled:
        lines.append(f"{count(doubled, 'result')} came twice: the first answer counts")
    if torn.count:
        lines.append(f"{count(torn.count, 'line')} of results cannot be read: {_some(torn)}")
    if missing:
        lines.append(f"{count(missing, 'result')} missing: `batch {command} --retry-failed` asks for them again")
    return lines


def _some(named: Sample) -> str:
    more = f" and {named.count - len(named.first):,} more" if named.count > len(named.first) else ""
    return ", ".join(map(one_line, named.first)) + more
