"""`visionask logs`: what was asked, answered and spent, as the ledger has kept it.

`visionask logs merge`: several ledgers become one.
"""

from __future__ import annotations

import os
import time
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from visionask.cli.inputs import confirm, is_asked, open_console
from visionask.cli.options import with_flags
from visionask.cli.tree import Command, Listing, tree
from visionask.core.arguments import need_range, need_text
from visionask.core.errors import StateError, UsageError
from visionask.core.flags import ConsoleFlags, Flag, LedgerFlags, Raw, Yes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from visionask.core.ledger import StoredAnswer
    from visionask.report.console import Console
    from visionask.store.ledger import Ledger as Log
    from visionask.store.logs import Purge


@with_flags()
def merge(
    others: Annotated[list[str], typer.Argument(metavar="OTHER.db...", show_default=False)],
    *,
    at: LedgerFlags,
    said: ConsoleFlags,
) -> None:
    """Take over what other ledgers have, such as those of `scan --shard`: again changes nothing, money included.

    Batches that were submitted on other machines come with them, and are fetched here.

    visionask logs merge shard-1.db shard-2.db shard-3.db
    """
    from visionask.config.settings import ledger_path, load_settings
    from visionask.config.tables import near_file
    from visionask.core.format import count
    from visionask.report.clean import one_line
    from visionask.report.logs import write_data
    from visionask.store.ledger import open_ledger

    console = open_console(said)
    for other in others:
        if not os.path.exists(other):
            raise StateError(f"the ledger {other} does not exist", near_file(other, otherwise="name a ledger file"))
    with open_ledger(ledger_path(load_settings(at._asdict()))) as log:
        for notice in log.notices:
            console.warn(notice)
        came, shards = {}, {}
        for other in others:
            before = len(log.batches.shards())
            came[other] = log.logs.merge(other)
            shards[other] = len(log.batches.shards()) - before
    if said.as_json:
        write_data(console, {"merged": came, "shards": shards})
        return
    for other, answers in came.items():
        batches = f", {count(shards[other], 'new file')} of batches" if shards[other] else ""
        console.line(f"{one_line(other)}: {count(answers, 'new answer')}{batches}")


DAY_S = 86_400


app = tree("What was asked, answered and spent.", cls=Listing)


Limit = Annotated[int, Flag("--limit", "At most so many [default: 20].", "N")]


OfModel = Annotated[str | None, Flag("-m --model", "Only of this model.", "NAME")]


@app.command("list", cls=Command)
@with_flags()
def list_answers(
    limit: Limit = 20,
    model: OfModel = None,
    failed: Annotated[bool, Flag("--failed", "What was refused, cut or not the schema, instead.")] = False,
    *,
    at: LedgerFlags,
    said: ConsoleFlags,
) -> None:
    """List the answers, newest first."""
    need_range(limit, "--limit", least=1)
    console = open_console(said)
    with _open(at, console) as log:
        if failed:
            _write(log.logs.failures(limit=limit, model=model), console, as_json=said.as_json)
            return
        _write(islice(log.logs.answers(model=model), limit), console, as_json=said.as_json)


@app.command("runs", cls=Command)
@with_flags()
def runs(
    limit: Limit = 20,
    *,
    at: LedgerFlags,
    said: ConsoleFlags,
) -> None:
    """List the runs that were answered, newest first: `visionask diff ID ID` compares two."""
    from visionask.report.logs import run_dict, write_data, write_runs

    need_range(limit, "--limit", least=1)
    console = open_console(said)
    with _open(at, console) as log:
        found = log.logs.runs(limit=limit)
    if said.as_json:
        write_data(console, {"runs": [run_dict(each) for each in found]})
    elif found:
        write_runs(console, found)
    else:
        console.note("no runs")


@app.command("conversations", cls=Command)
@with_flags()
def conversations(
    limit: Limit = 20,
    *,
    at: LedgerFlags,
    said: ConsoleFlags,
) -> None:
    """List the conversations, the one used last first: `ask --cid ID` and `chat --cid ID` go on with one."""
    from visionask.report.logs import conversation_dict, write_conversations, write_data

    need_range(limit, "--limit", least=1)
    console = open_console(said)
    with _open(at, console) as log:
        found = [(each, log.conversations.turns(each.id)) for each in log.conversations.newest(limit)]
    if said.as_json:
        write_data(console, {"conversations": [conversation_dict(*each) for each in found]})
        return
    if found:
        write_conversations(console, found)
    else:
        console.note("no conversations")


@app.command("show", cls=Command)
@with_flags()
def show(
    answer_id: Annotated[str, typer.Argument(metavar="ID", show_default=False)],
    raw: Raw = False,
    *,
    at: LedgerFlags,
    said: ConsoleFlags,
) -> None:
    """Show all of one answer: question, system prompt, images by name, usage, price. ID may be its beginning."""
    from visionask.report.logs import answer_dict, answer_lines, write_data

    console = open_console(said)
    with _open(at, console) as log:
        found = log.logs.show(answer_id)
    if not found:
        raise UsageError(f"no answer has the id {answer_id!r}", "see: visionask logs list")
    if len(found) > 1:
        raise UsageError(f"more than one answer has an id that begins with {answer_id}", "give more of its digits")
    if said.as_json:
        write_data(console, answer_dict(found[0]))
        return
    for line in answer_lines(found[0], is_raw=raw):
        console.line(line)


@app.command("search", cls=Command)
@with_flags()
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", show_default=False)],
    limit: Limit = 20,
    *,
    at: LedgerFlags,
    said: ConsoleFlags,
) -> None:
    """List the answers in which every word begins a word of the question or the answer, newest first."""
    need_range(limit, "--limit", least=1)
    console = open_console(said)
    with _open(at, console) as log:
        _write(
            log.logs.search(need_text(" ".join(words), "what is searched for") or "", limit=limit),
            console,
            as_json=said.as_json,
        )


@app.command("stats", cls=Command)
@with_flags()
def stats(
    since: Annotated[
        str | None,
        Flag("--since", "From this day (UTC): 2026-11-22. Drift is of all days.", "DAY"),
    ] = None,
    *,
    at: LedgerFlags,
    said: ConsoleFlags,
) -> None:
    """Show the spend by day and model, what was not paid again, and how far projections were off."""
    from visionask.report.logs import stats_dict, write_data, write_stats

    console = open_console(said)
    day = "" if since is None else _day(since)
    with _open(at, console) as log:
        figures = (log.logs.spend(day), log.logs.hits(day), log.logs.drift())
    if said.as_json:
        write_data(console, stats_dict(*figures))
        return
    write_stats(console, *figures)


app.command("merge", cls=Command)(merge)


@app.command("purge", cls=Command)
@with_flags()
def purge(
    older_than: Annotated[float | None, Flag("--older-than", "Only what is older than so many days.", "DAYS")] = None,
    model: OfModel = None,
    every: Annotated[bool, Flag("--all", "Everything.")] = False,
    name: Annotated[str | None, Flag("--id", "Only this answer, conversation or batch, readable or not.", "ID")] = None,
    yes: Yes = False,
    *,
    at: LedgerFlags,
    said: ConsoleFlags,
) -> None:
    """Forget answers, and overwrite them on the disk. Sums of money by day are kept."""
    from visionask.core.format import count
    from visionask.report.logs import write_data
    from visionask.store.logs import Purge

    if (every + (older_than is not None or model is not None) + (name is not None)) != 1:
        raise UsageError(
            "logs purge needs to know what to forget",
            "give --older-than DAYS, --model NAME or both; or --id ID; or --all",
        )
    if older_than is not None and not 0 <= older_than < 1e6:
        raise UsageError(f"--older-than must be a number of days, not {older_than}", "such as --older-than 30")
    which = Purge(before=None if older_than is None else time.time() - older_than * DAY_S, model=model)
    console = open_console(said)
    with _open(at, console, is_changed=True) as log:
        if not yes and name is None and not _is_confirmed(log, which):
            console.note("nothing was forgotten")
            return
        forgotten = log.logs.purge(which) if name is None else log.logs.forget(name)
    if name is not None and not forgotten:
        raise UsageError(f"nothing has the id {name!r}", "see: visionask logs list")
    if said.as_json:
        write_data(console, {"forgotten": forgotten})
    else:
        console.line(f"forgotten: {count(forgotten, 'answer' if name is None else 'row')}")


def _open(at: LedgerFlags, console: Console, *, is_changed: bool = False) -> AbstractContextManager[Log]:
    from visionask.config.settings import ledger_path, load_settings
    from visionask.run.logs import open_log

    path = ledger_path(load_settings(at._asdict()))
    return open_log(path, console.warn, is_changed=is_changed)


def _write(answers: Iterable[StoredAnswer], console: Console, *, as_json: bool) -> None:
    from visionask.report.logs import answer_dict, write_answers, write_data

    if as_json:
        write_data(console, {"answers": [answer_dict(answer) for answer in answers]})
        return
    if not write_answers(console, answers):
        console.note("no answers")


def _day(text: str) -> str:
    import datetime as dt

    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"--since {text!r} is not a date", "such as --since 2026-11-22") from None


def _is_confirmed(log: Log, which: Purge) -> bool:
    """Ask on the terminal. Raises UsageError where no terminal to ask on."""
    from visionask.core.format import count

    if not is_asked():
        raise UsageError("what is purged cannot be restored, and there is no terminal to ask on", "add --yes")
    before = which.before
    answers = log.logs.answers(model=which.model)
    number = sum(1 for answer in answers if before is None or answer.at < before)
    return confirm(f"Forget {count(number, 'answer')} for good?")
