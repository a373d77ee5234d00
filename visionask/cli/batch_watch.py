"""Owns what `batch list`, `status` and `cancel` show, and which batches their ids name."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Any

from visionask.cli.context import open_console
from visionask.cli.exits import Exit
from visionask.core.errors import StateError, UsageError
from visionask.core.fingerprint import normal_base_url
from visionask.report import batches as shown
from visionask.report import records
from visionask.run.batch.queue import Room, is_running, is_unsent, is_waiting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visionask.api.batches import BatchApi
    from visionask.config.settings import Settings
    from visionask.report.console import Console
    from visionask.store.batch_values import BatchInfo, Shard
    from visionask.store.ledger import Ledger

Flags = dict[str, Any]
FIRST_WAIT_S, LONGEST_WAIT_S, GROWTH = 5.0, 60.0, 1.5


def list_batches(flags: Flags) -> int:
    """List what the ledger knows."""
    from visionask.config.settings import ledger_path, load_settings
    from visionask.run.logs import open_log

    console = open_console(quiet=flags["quiet"])
    with open_log(ledger_path(load_settings(flags)), console.warn) as ledger:
        kept = ledger.batches
        rows = [(batch, len(kept.shards(batch.id)), kept.counts(batch.id)) for batch in kept.all()]
    if flags["as_json"]:
        data = [
            {"id": batch.id, "at": batch.at, "model": batch.model, "base_url": batch.base_url,
             "question": batch.question, "shards": shards, **counts._asdict()}
            for batch, shards, counts in rows
        ]  # fmt: skip
        console.line(records.dumps(records.envelope("batch", "ok") | {"data": {"batches": data}}))
        return Exit.OK
    if rows:
        console.line(shown.BATCH_HEAD)
    for batch, shards, counts in rows:
        console.line(shown.batch_row(batch, shards, counts))
    if not rows:
        console.note("no batches")
    return Exit.OK


def status(flags: Flags) -> int:
    """Ask the provider how far it is, once or until all has ended."""
    console = console_of(flags)
    wait_s = flags["every"] if flags["every"] is not None else FIRST_WAIT_S
    if not 0 < wait_s < 1e6:
        raise UsageError(f"--every must be a number of seconds above 0, not {wait_s:g}", "such as --every 30")
    rooms: dict[tuple[str, str], Room] = {}
    with opened(flags, console) as (ledger, api, settings):
        try:
            while True:
                batches = chosen(ledger, flags["ids"], settings, console)
                shards = [(batch, look(shard, ledger, api)) for batch, shard in _unfetched(ledger, batches, flags)]
                _show(shards, console, is_json=flags["as_json"])
                waiting = sum(is_waiting(shard) for _, shard in shards)
                if not flags["watch"] or not (waiting or any(is_running(shard) for _, shard in shards)):
                    if waiting:
                        console.note(shown.waiting_line(waiting))
                    if unsent := sum(is_unsent(shard) for _, shard in shards):
                        console.note(shown.unsent_line(unsent))
                    return Exit.OK
                if waiting:
                    _go_on(shards, rooms, ledger, api, console=console)
                time.sleep(wait_s)
                wait_s = min(max(wait_s, LONGEST_WAIT_S), wait_s * GROWTH)
        except KeyboardInterrupt:
            console.note("not watched any more: the batch goes on at the provider; visionask batch status")
            raise


class _Told:
    """Who is told of the creation of one file."""

    def __init__(self, console: Console) -> None:
        self.on_notice = console.warn

    def on_upload(self, shard: Shard, done_bytes: int) -> None: ...


def _go_on(
    shards: Sequence[tuple[BatchInfo, Shard]],
    rooms: dict[tuple[str, str], Room],
    ledger: Ledger,
    api: BatchApi,
    *,
    console: Console,
) -> None:
    """Create what waits and may have room by now, unless another process is at it."""
    from visionask.run.batch.ship import go_on

    waiting = {(batch.model, batch.base_url): batch for batch, shard in shards if is_waiting(shard)}
    seen = {shard.id for _, shard in shards}
    for queue, batch in waiting.items():
        with contextlib.suppress(StateError):
            room = rooms.setdefault(queue, Room())
            shard = go_on(batch, room, ledger.batches, api, seen=seen, listener=_Told(console))
            if shard is not None:
                console.note(f"{shard.batch}  {shard.number:>4}  created: the queue may have room for it")


def cancel(flags: Flags) -> int:
    """Cancel what is under way, and forget what was never sent."""
    console = console_of(flags)
    with opened(flags, console) as (ledger, api, settings), ledger.batches.alone("batch submit"):
        for batch in chosen(ledger, flags["ids"], settings, console):
            shards = ledger.batches.shards(batch.id)
            if all(shard.state in ("fetched", "exported") for shard in shards):
                console.note(f"{batch.id}: nothing to cancel: nothing of it is at the provider any more")
            for shard in shards:
                _cancel(find(shard, ledger, api), ledger, api, console)
    return Exit.OK


def _cancel(shard: Shard, ledger: Ledger, api: BatchApi, console: Console) -> None:
    from visionask.run.batch.submit import told

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
        console.line(shown.shard_line(shard.batch, _again(shard, ledger)))


def console_of(flags: Flags) -> Console:
    """Hand a command its streams."""
    return open_console(
        quiet=flags["quiet"],
        verbose=flags.get("verbose", False),
        no_color=flags["no_color"],
        debug=flags["debug"],
    )


@contextlib.contextmanager
def opened(flags: Flags, console: Console) -> Iterator[tuple[Ledger, BatchApi, Settings]]:
    """Open the ledger and the way to the provider. Raises UsageError where there is no ledger."""
    from visionask.api.batches import BatchApi
    from visionask.config.settings import ledger_path, load_settings
    from visionask.run.connect import connect
    from visionask.store.ledger import open_ledger

    settings = load_settings(flags)
    path = ledger_path(settings)
    if not os.path.lexists(path):
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
    """Give the batches that are named by the beginning of our id or by the provider's, or all that go to this server.

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
    from visionask.run.batch.submit import refresh

    shard = find(shard, ledger, api)
    return refresh(shard, ledger.batches, api) if is_running(shard) else shard


def find(shard: Shard, ledger: Ledger, api: BatchApi) -> Shard:
    """Ask whether another machine has created its shard by now."""
    from visionask.run.batch.submit import find_elsewhere

    return find_elsewhere(shard, ledger.batches, api) if shard.is_elsewhere else shard


def _unfetched(ledger: Ledger, batches: Sequence[BatchInfo], flags: Flags) -> Iterator[tuple[BatchInfo, Shard]]:
    for batch in batches:
        for shard in ledger.batches.shards(batch.id):
            if shard.state != "exported" and (flags["ids"] or shard.state != "fetched"):
                yield batch, shard


def _again(shard: Shard, ledger: Ledger) -> Shard:
    return next(each for each in ledger.batches.shards(shard.batch) if each.id == shard.id)


def _is_named(batch: BatchInfo, name: str, ledger: Ledger) -> bool:
    if name and batch.id.startswith(name.lower()):
        return True
    return any(name in (shard.batch_id, *shard.past) for shard in ledger.batches.shards(batch.id))


def _show(shards: Sequence[tuple[BatchInfo, Shard]], console: Console, *, is_json: bool) -> None:
    if is_json:
        data = [{"batch": batch.id, **shown.shard_dict(shard)} for batch, shard in shards]
        console.line(records.dumps(records.envelope("batch", "ok") | {"data": {"shards": data}}))
    else:
        for batch, shard in shards:
            console.line(shown.shard_line(batch.id, shard))
        if not shards:
            console.note("no batch is under way")
    console.out.flush()
