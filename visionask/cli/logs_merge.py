"""Owns `visionask logs merge`: several ledgers become one."""

from __future__ import annotations

from typing import Annotated

import typer

from visionask.cli import options as opt
from visionask.cli.context import open_console


def merge(
    others: Annotated[list[str], typer.Argument(metavar="OTHER.db...", show_default=False)],
    ledger: opt.Ledger = None,
    profile: opt.Profile = None,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
) -> None:
    """Take over what other ledgers have, such as those of `scan --shard`: again changes nothing, money included.

    Batches that were submitted on other machines come with them, and are fetched here.

    visionask logs merge shard-1.db shard-2.db shard-3.db
    """
    from visionask.config.settings import ledger_path, load_settings
    from visionask.report.clean import one_line
    from visionask.report.human import count
    from visionask.report.logs import write_data
    from visionask.store.ledger import open_ledger

    console = open_console(quiet=quiet)
    with open_ledger(ledger_path(load_settings(opt.given(ledger=ledger, profile=profile)))) as log:
        for notice in (*log.notices, *([str(log.lost)] if log.lost.requests else [])):
            console.warn(notice)
        came, shards = {}, {}
        for other in others:
            before = len(log.batches.shards())
            came[other] = log.logs.merge(other)
            shards[other] = len(log.batches.shards()) - before
    if as_json:
        write_data(console, {"merged": came, "shards": shards})
        return
    for other, answers in came.items():
        batches = f", {count(shards[other], 'new file')} of batches" if shards[other] else ""
        console.line(f"{one_line(other)}: {count(answers, 'new answer')}{batches}")
