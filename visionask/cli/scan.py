"""`visionask scan`: one request for each image, resumable, within a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visionask.cli.inputs import (
    choose,
    named_images,
    open_console,
    read_outputs,
    read_schema_flags,
    split_question,
    with_template,
)
from visionask.cli.options import with_flags
from visionask.cli.scan_run import Named, Shown, run_scan, share_of, show_plan
from visionask.core.errors import UsageError
from visionask.core.flags import (
    FILES,
    OUTPUT,
    CheckFlags,
    ConsoleFlags,
    FilesFlags,
    Flag,
    Image,
    PaceFlags,
    PictureFlags,
    PromptFile,
    ResultFlags,
    RetryFailed,
    SchemaFlags,
    SendingFlags,
)
from visionask.core.namedtuple import NamedTuple
from visionask.run.options import prepare, read_scan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visionask.core.checks import Point


class ScanFlags(NamedTuple):
    """What a scan takes besides."""

    shard: Annotated[str | None, Flag("--shard", "Share I of N of the images and of the limits.", "I/N", FILES)] = None
    sidecar: Annotated[bool, Flag("--sidecar", "Write IMAGE.txt next to each image.", None, FILES)] = False
    retry_failed: RetryFailed = False
    true_names: Annotated[bool, Flag("-l --list", "Only the names for which it is true.", None, OUTPUT, True)] = False
    false_names: Annotated[bool, Flag("-L --list-false", "Only the names for which it is false.", None, OUTPUT)] = False


@with_flags(without="also is_any repeat fail_fast", cache=True)
def scan(
    words: Annotated[list[str] | None, typer.Argument(metavar="QUESTION PATH...", show_default=False)] = None,
    prompt_file: PromptFile = None,
    image: Image = None,
    *,
    sending: SendingFlags,
    pace: PaceFlags,
    schema: SchemaFlags,
    picture: PictureFlags,
    files: FilesFlags,
    own: ScanFlags,
    asked: CheckFlags,
    results: ResultFlags,
    said: ConsoleFlags,
) -> int:
    """Ask one question about each image of many. Run it again to go on: what is answered is never paid twice.

    visionask scan "Is there a person?" photos/ -r -o results.html
    """
    from dataclasses import replace

    from visionask.run.verdicts import Closed

    flags, console, closed = with_template(sending, picture, schema), open_console(said), Closed(asked)
    prepared = prepare(flags, pace)
    share, settings = share_of(own.shard, prepared.settings, console)
    prepared = prepared._replace(settings=settings)
    closed.refuse_opposites(flags.schema, saved=flags.question, prompt_file=prompt_file, sidecar=own.sidecar)
    question, args = split_question(words or [], flags.question, prompt_file, needs_one=closed.takes_question)
    args = named_images(args, image, files)
    inputs = {
        "the list of images": [files.files_from],
        "the file of the question": [prompt_file],
        "the file of checks": [asked.checks],
        "the file of the schema": [flags.schema.schema, flags.schema.schema_multi],
    }
    shown = _shown(own, results, said, inputs, named=_named(closed.points(question), own, results, is_null=files.null))
    is_offline = prepared.sending.replay is not None
    planned = read_scan(
        prepared,
        question=question,
        choosing=choose(args, files, flags.picture, console.warn, fetches_whole=True, is_offline=is_offline),
        on_notice=console.warn,
        schema=read_schema_flags(flags.schema),
        closed=closed,
    )
    planned = replace(planned, share=share, retries_failed=own.retry_failed)
    if prepared.sending.dry_run:
        return show_plan(planned, console, ledger=prepared.ledger, is_json=shown.is_json)
    return run_scan(planned, prepared, shown=shown, console=console)


def _shown(
    own: ScanFlags,
    results: ResultFlags,
    said: ConsoleFlags,
    inputs: Mapping[str, list[str | None]],
    *,
    named: Named | None,
) -> Shown:
    outputs, output_format = read_outputs(results, as_json=said.as_json, inputs=inputs)
    return Shown(
        is_json=said.as_json or results.is_json,
        is_raw=results.raw,
        is_progress_shown=results.progress,
        writes_sidecars=own.sidecar,
        outputs=outputs,
        output_format=output_format,
        named=named,
    )


def _named(points: Sequence[Point], own: ScanFlags, results: ResultFlags, *, is_null: bool) -> Named | None:
    """Return which names alone are written. Raises UsageError."""
    from visionask.core.checks import Predicate

    if not own.true_names and not own.false_names:
        return None
    if own.true_names and own.false_names:
        raise UsageError("-l and -L exclude each other", "drop one of them")
    if not points:
        raise UsageError("-l and -L list what a closed question tells", 'add --statement "a person is visible"')
    if not any(isinstance(point.question, Predicate) or point.rule.expected for point in points):
        raise UsageError("-l and -L list what is true or false, and a choice or score is neither", "add --expect VALUE")
    if results.is_json or (results.is_file_format and "-" in (results.output or ["-"])):
        raise UsageError("-l and -L write names, not records", "drop -f, or write records with -o results.jsonl")
    return Named(is_true=own.true_names, end="\0" if is_null else "\n")
