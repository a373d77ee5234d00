"""`visionask diff`: what changed between two runs of the same question."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from visionask.cli.exits import Exit, exit_code
from visionask.cli.inputs import open_console
from visionask.cli.options import with_flags
from visionask.core.arguments import need_one_of, need_proportion
from visionask.core.errors import UsageError
from visionask.core.flags import LEDGER, MONEY, ConsoleFlags, Flag, PaceFlags, SendingFlags
from visionask.core.format import count, usd
from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from visionask.core.difference import Difference, Result
    from visionask.report.console import Console

FORMATS = ("text", "json", "md", "html")


_NOT_OF_JUDGES = "local template param system max_tokens temperature reasoning_effort service_tier prompt_cache rpm tpm"


class DiffFlags(NamedTuple):
    """What is compared, how far it may differ, and where that is written."""

    fail_above: Annotated[str | None, Flag("--fail-above", "Exit 1 where more changed: 2% or 0.02.", "SHARE")] = None
    question: Annotated[str | None, Flag("--question", "Of runs, only answers to this.", "TEXT", LEDGER)] = None
    model: Annotated[str | None, Flag("-m --model", "Of runs, only answers of this model.", "NAME", LEDGER)] = None
    judge: Annotated[
        str | None, Flag("--judge", "Ask this model whether changed words mean the same.", "MODEL", MONEY, True)
    ] = None
    every: Annotated[bool, Flag("-l --list", "List every change, not 20.")] = False
    output: Annotated[str | None, Flag("-o --output", "Write FILE: .html, .json or .md, or as -f says.", "FILE")] = None
    format_name: Annotated[str | None, Flag("-f --format", "Format.", "text|json|md|html", choices=FORMATS)] = None


@with_flags(without=_NOT_OF_JUDGES, cache=True)
def diff(
    first: Annotated[
        str, typer.Argument(metavar="A", help="Results: a file of JSON lines; a run of the ledger by its id or day.")
    ],
    second: Annotated[str, typer.Argument(metavar="B", help="The same, later or otherwise asked.")],
    *,
    own: DiffFlags,
    sending: SendingFlags,
    pace: PaceFlags,
    said: ConsoleFlags,
) -> int:
    """Show what changed between two runs of the same question.

    visionask diff monday.jsonl tuesday.jsonl --fail-above 2%
    """
    from visionask.core.difference import differ
    from visionask.report.output import refuse_inputs

    limit = None if own.fail_above is None else need_proportion(own.fail_above, "--fail-above")
    shape = _format(own.format_name, own.output, as_json=said.as_json)
    console, names = open_console(said), (first, second)
    if own.output is not None:
        refuse_inputs([own.output], {"one of the files that are compared": names})
    found = differ(*_results(names, own, sending, console))
    code: int = Exit.OK
    if own.judge is None and (sending.dry_run or sending.max_cost is not None):
        raise UsageError("--dry-run and --max-cost are for --judge: nothing else is paid", "add --judge MODEL")
    if own.judge is not None:
        found, code = _judged(found, sending._replace(model=own.judge), pace, console)
    _write(found, names, shape, own, console)
    if code or sending.dry_run:
        return code
    if limit is not None and found.share_changed > limit:
        console.note(f"{found.share_changed:.1%} changed, more than --fail-above {own.fail_above}")
        return Exit.FALSE
    return Exit.OK


def _results(
    names: tuple[str, str], which: DiffFlags, sending: SendingFlags, console: Console
) -> tuple[list[Result], list[Result]]:
    """Return the results of both, of files or of runs in the ledger. Raises InputError, StateError, UsageError."""
    from visionask.run.diff import find_run, names_run, read_results, results_of_runs

    runs = [names_run(name) for name in names]
    if not any(runs):
        if which.question is not None or which.model is not None:
            raise UsageError("--question and --model choose answers of a run, and these are files", "drop them")
        return read_results(names[0]), read_results(names[1])
    from visionask.config.settings import ledger_path, load_settings
    from visionask.run.logs import open_log

    path = ledger_path(load_settings({"ledger": sending.ledger, "profile": sending.profile}))
    with open_log(path, console.warn) as log:
        stored = [
            find_run(name, log, question=which.question, model=which.model) if is_run else []
            for name, is_run in zip(names, runs, strict=True)
        ]
    first, second = results_of_runs(*stored)
    return first if runs[0] else read_results(names[0]), second if runs[1] else read_results(names[1])


def _judged(found: Difference, sending: SendingFlags, pace: PaceFlags, console: Console) -> tuple[Difference, int]:
    """Return what is changed with what the judge says of it, and how that ended: 0, or the code of what is missing.

    Raises BudgetError before anything is sent, UsageError, ConfigError.
    """
    from visionask.cli.show import approve, ending_in_order
    from visionask.run.meaning import price, read_judging, with_meanings
    from visionask.run.options import Filled, prepare

    prepared = prepare(Filled(sending), pace)
    judging = read_judging(found, prepared, console.warn)
    number, total = price(judging)
    judge, cost = judging.job.model.name, "?" if total is None else usd(total)
    console.note(f"{count(number, 'pair')} to judge by {judge} · {cost} + output")
    if sending.dry_run or not judging.pairs:
        return found, Exit.OK
    approve("judging is", total, prepared.settings, is_yes=sending.yes)
    with ending_in_order(judging.stop):
        meanings = judging.run(prepared.connect(), console.warn)
    for name, error in meanings.failed.items():
        if error is not meanings.stopped:
            console.warn(f"{name}: {error.message}")
    code: int = Exit.PARTIAL if meanings.failed else Exit.OK
    if meanings.stopped is not None:
        console.error(meanings.stopped)
        code = exit_code(meanings.stopped)
    return with_meanings(found, meanings, judge), 128 + judging.signal if judging.signal else code


def _page(found: Difference, names: tuple[str, str], output: str | None) -> str:
    from visionask.report.comparison_page import Shown, diff_page
    from visionask.run.diff import thumbnails

    small = thumbnails(found)
    shown = {each.first.name: Shown(each.first.image, small.get(each.first.name)) for each in found.changed}
    folder = os.getcwd() if output in (None, "-") else os.path.dirname(os.path.realpath(output or ""))
    return diff_page(found, names, pictures=shown, folder=folder)


def _write(found: Difference, names: tuple[str, str], shape: str, own: DiffFlags, console: Console) -> None:
    """Write the difference to where -o says; text to standard output is as wide as it is there."""
    from visionask.report import difference as reports
    from visionask.report.output import open_target
    from visionask.report.records import dumps

    is_file = own.output is not None and own.output != "-"
    if shape == "text" and not is_file:
        reports.write_difference(console, found, names, lists_all=own.every)
        return
    if shape == "text":
        text = reports.difference_text(found, names)
    elif shape == "json":
        text = dumps(reports.difference_record(found, names)) + "\n"
    else:
        text = reports.markdown(found, names) if shape == "md" else _page(found, names, own.output)
    if not is_file:
        console.out.write(text)
        return
    target = open_target(str(own.output))
    target.write(text.encode())
    target.finish()


def _format(form: str | None, output: str | None, *, as_json: bool) -> str:
    """Return text, json, md or html, by --json, -f or the suffix of -o. Raises UsageError."""
    from visionask.report.output import format_of

    if as_json:
        return "json"
    chosen = need_one_of(form, "--format", FORMATS)
    return chosen or ("text" if output in (None, "-") else format_of(str(output), FORMATS, "diff"))
