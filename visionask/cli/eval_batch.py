"""`eval --batch`: what is not answered yet goes through the provider's Batch API at half price, setting by setting.

Each setting is a batch of its own, as `batch submit` would make it for that setting: it is watched and fetched by the
same commands, and once that is done, the same eval finds the answers in the ledger.
"""

from __future__ import annotations

import os
import shlex
from contextlib import ExitStack
from typing import TYPE_CHECKING

from visionask.cli.batch_submit import Watcher, make_batching
from visionask.cli.exits import Exit, exit_code
from visionask.cli.show import Stop, ending_in_order
from visionask.core.errors import UsageError
from visionask.core.format import count, usd
from visionask.core.namedtuple import NamedTuple
from visionask.core.url import normal_base_url
from visionask.report import records
from visionask.run.batch.send import is_waiting
from visionask.run.options import read_budget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.batch import Submission
    from visionask.core.flags import SendingFlags
    from visionask.core.request import Endpoint
    from visionask.report.console import Console
    from visionask.run.eval import Setting
    from visionask.run.options import Prepared
    from visionask.store.ledger import Ledger


class Sent(NamedTuple):
    """What became of the requests of one setting."""

    setting: Setting
    batch: str
    written: Submission
    waiting: int = 0  # files for which the provider's queue has no room yet

    @property
    def under_way(self) -> int:
        """Count the requests that the provider has, or gets."""
        return self.written.lines + self.written.settled["pending"] + self.written.settled["same"]


def refuse_opposites(sending: SendingFlags) -> None:
    """Refuse flags that mean nothing together with --batch. Raises UsageError."""
    flags = {
        "--local": sending.local,
        "--record": sending.record,
        "--replay": sending.replay,
        "--service-tier": sending.service_tier,
        "--no-log": not sending.log or None,
        "--no-cache": not sending.cache or None,
    }
    for flag, value in flags.items():
        if value is not None:
            raise UsageError(f"{flag} does not go with --batch", "drop one of them")


def refuse_decisions(settings: Sequence[Setting]) -> None:
    """Raise UsageError where a closed question would be asked of the Decisions API, which a batch cannot reach."""
    for setting in settings:
        judging = setting.scan.judging
        if judging is not None and judging.first.engine == "decisions":
            raise UsageError("a batch cannot go through the Decisions API", "add --engine schema")


def submit(
    settings: Sequence[Setting], prepared: Prepared, console: Console, *, where: str, as_json: bool
) -> int | None:
    """Submit what is not answered, and say how to go on; None where nothing is under way: all has ended.

    `where` is what `addressed` returns, for the commands that go on.
    """
    from visionask.config.settings import ledger_path
    from visionask.store.ledger import open_ledger

    path, budget = ledger_path(prepared.settings), read_budget(prepared.settings)
    folder, stop = os.path.join(os.path.dirname(path), "batches"), Stop()
    sent: list[Sent] = []
    with ExitStack() as stack:
        endpoints = [stack.enter_context(setting.connect()) for setting in settings]  # a key for each, first
        ledger = stack.enter_context(open_ledger(path, budget=budget))
        stack.enter_context(ledger.batches.alone("batch submit"))
        stack.enter_context(ending_in_order(stop.on_signal))
        for setting, endpoint in zip(settings, endpoints, strict=True):
            sent.append(_submit(setting, endpoint, ledger, folder=folder, stop=stop, console=console))
            if stop.is_set() or sent[-1].written.stopped is not None:
                break
    return _end(sent, console, where, signal=stop.signal, as_json=as_json)


def addressed(sending: SendingFlags) -> str:
    """Return the flags that other commands need to find the same batches, as a shell reads them."""
    url = sending.base_url and normal_base_url(sending.base_url)  # without what is secret in it
    flags = {"profile": sending.profile, "base-url": url, "api-key-env": sending.api_key_env, "ledger": sending.ledger}
    return "".join(f" --{name} {shlex.quote(value)}" for name, value in flags.items() if value)


def _submit(setting: Setting, endpoint: Endpoint, ledger: Ledger, *, folder: str, stop: Stop, console: Console) -> Sent:
    from visionask.api.batches import BatchApi

    api = BatchApi(endpoint, console.warn, stop=stop)
    batching = make_batching(setting.scan, ledger, folder=folder, stop=stop, console=console)
    watcher = Watcher(console, batching, api=api, expected=len(setting.scan.job.choosing.args))
    try:
        written = watcher.run()
    finally:
        watcher.clear()
        api.close()
    watcher.failed.end()
    return Sent(setting, batching.batch.id, written, sum(map(is_waiting, watcher.shards())))


def _end(sent: Sequence[Sent], console: Console, where: str, *, signal: int, as_json: bool) -> int | None:
    stopped = next((each.written.stopped for each in sent if each.written.stopped is not None), None)
    open_ = [each for each in sent if each.under_way]
    if not open_ and stopped is None and not signal:
        return None
    for each in sent:
        console.note(f"{each.setting.name}: {_told(each)}")
    ids = " ".join(each.batch for each in open_)
    if open_:
        console.note("batches end within 24 hours: then fetch them, and run this same eval again for the results")
        console.note(f"next: visionask batch status{where} {ids} --watch && visionask batch fetch{where} {ids}")
    if as_json:
        console.line(records.dumps(_record(sent, is_whole=stopped is None and not signal)))
    else:
        for each in open_:
            console.line(each.batch)
    if stopped is not None:
        console.error(stopped)
        return exit_code(stopped)
    if signal:
        console.note("interrupted: run it again to go on")
        return 128 + signal
    return Exit.OK


def _told(each: Sent) -> str:
    written = each.written
    parts = [f"{count(written.lines, 'request')} submitted at {usd(written.reserved_usd) if written.lines else '$0'}"]
    parts += [
        f"{number:,} {why}"
        for number, why in (
            (written.settled["answered"], "answered"),
            (written.settled["pending"], "under way already"),
            (written.settled["failed"], "failed before"),
            (each.waiting, "files waiting for room in the provider's queue"),
        )
        if number
    ]
    return f"{', '.join(parts)} · batch {each.batch}"


def _record(sent: Sequence[Sent], *, is_whole: bool) -> dict[str, object]:
    batches = [
        {
            "setting": each.setting.name,
            "flags": [*each.setting.flags],
            "batch": each.batch,
            "requests": each.written.lines,
            "reserved_usd": records.money(each.written.reserved_usd),
            "under_way": each.under_way,
            "waiting": each.waiting,
            "settled": dict(each.written.settled),
        }
        for each in sent
    ]
    return records.envelope("eval", "ok" if is_whole else "failed") | {"data": {"batches": batches}}
