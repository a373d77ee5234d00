"""`visionask scan`: one request for each image, resumable, within a budget."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from visionask.cli.context import choose, open_console, read_names
from visionask.cli.inputs import read_schema_flags, split_question, with_template
from visionask.cli.options import with_flags
from visionask.cli.scan_run import Destination, Named, Shown, run_scan, share_of, show_plan
from visionask.core.arguments import need_one_of
from visionask.core.errors import UsageError
from visionask.core.flags import (
    DOUBT,
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
    by_name,
)
from visionask.run.options import address, read_job, read_recording, without_limits

if TYPE_CHECKING:
    from visionask.config.settings import Settings
    from visionask.core.checks import Point
    from visionask.report.console import Console
    from visionask.run.job import Job
    from visionask.run.verdicts import Judging


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
    shard: Annotated[str | None, Flag("--shard", "Share I of N of the images and of the limits.", "I/N", FILES)] = None,
    sidecar: Annotated[bool, Flag("--sidecar", "Write IMAGE.txt next to each image.", None, FILES)] = False,
    retry_failed: RetryFailed = False,
    statement: Annotated[
        list[str] | None, Flag("--statement", "Is this true of it? repeatable.", "TEXT", DOUBT, True)
    ] = None,
    asked: CheckFlags,
    escalate_detail: Annotated[
        str | None, Flag("--escalate-detail", "Look again in this detail where it is unsure.", "LEVEL", DOUBT)
    ] = None,
    checks: Annotated[
        str | None, Flag("--file", "Ask the statements, choices and scores of a file of checks.", "FILE", DOUBT)
    ] = None,
    true_names: Annotated[bool, Flag("-l --list", "Only the names for which it is true.", None, OUTPUT, True)] = False,
    false_names: Annotated[
        bool, Flag("-L --list-false", "Only the names for which it is false.", None, OUTPUT)
    ] = False,
    results: ResultFlags,
    said: ConsoleFlags,
) -> int:
    """Ask one question about each image of many. Run it again to go on: what is answered is never paid twice.

    visionask scan "Is there a person?" photos/ -r -o results.html
    """
    from visionask.config.settings import ledger_path, load_settings
    from visionask.run.scan import Scan

    sending, picture, schema, saved = with_template(sending, picture, schema)
    console = open_console(said)
    recording = read_recording(sending)
    settings = without_limits(load_settings(by_name(sending, picture, pace)), recording)
    share, settings = share_of(shard, settings, console)
    closed = Closed(asked, statement or [], checks, escalate_detail)
    closed.refuse_opposites(schema, saved=saved, prompt_file=prompt_file, sidecar=sidecar)
    if closed.takes_question:
        question, args = split_question(words or [], saved, prompt_file)
    else:
        question, args = "", [*(words or [])]
    args += [*(image or []), *read_names(files.files_from, is_null=files.null)]
    if not args:
        raise UsageError("no image was named", "name a folder, files, or --files-from FILE")
    shown = Shown(
        is_json=said.as_json or results.is_json,
        is_raw=results.raw,
        is_progress_shown=results.progress,
        writes_sidecars=sidecar,
        outputs=tuple(results.output or ()),
        output_format=file_format(results.output, results.output_format),
        named=_named(closed, true=true_names, false=false_names, is_null=files.null, results=results),
    )
    choosing = choose(args, files, picture, console.warn, fetches_whole=True, is_offline=sending.replay is not None)
    job = read_job(
        sending,
        picture,
        settings,
        question=question,
        choosing=choosing,
        on_notice=console.warn,
        schema=read_schema_flags(schema),
    )
    judging = closed.read(job, question, sending, picture, settings=settings, console=console)
    planned = Scan(
        job=job if judging is None else judging.first.job,
        judging=judging,
        base_url=address(sending, settings),
        workers=settings.jobs,
        share=share,
        retries_failed=retry_failed,
        asks_again=not sending.cache or recording is not None,
    )
    if judging is not None:
        shown = replace(shown, asked=judging.asked)
    if sending.dry_run:
        ledger = ledger_path(settings) if sending.is_kept else None
        return show_plan(planned, console, ledger=ledger, is_json=shown.is_json)
    destination = Destination(local=sending.local, recording=recording)
    return run_scan(
        planned,
        settings,
        shown=shown,
        console=console,
        destination=destination,
        is_yes=sending.yes,
        keeps=sending.is_kept,
    )


DETAILS = ("low", "high", "original")


class Closed(NamedTuple):
    """What the flags of closed questions say."""

    asked: CheckFlags
    statements: list[str]
    file: str | None
    escalate_detail: str | None

    @property
    def is_asked(self) -> bool:
        """Whether it is a closed question at all."""
        return bool(self.statements or self.file or self.asked.choice or self.asked.score)

    @property
    def takes_question(self) -> bool:
        """Whether a question stands before the images: that of a choice or score, or one that is open."""
        return (not self.statements and not self.file) or bool(self.asked.choice or self.asked.score)

    def refuse_opposites(
        self, schema: SchemaFlags | None, *, saved: str | None, prompt_file: str | None, sidecar: bool
    ) -> None:
        """Refuse flags that mean nothing together. Raises UsageError."""
        if not self.is_asked:
            set_flags = [
                flag
                for flag, value in {
                    "--expect": self.asked.expect,
                    "--threshold": self.asked.threshold,
                    "--unsure": self.asked.unsure,
                    "--escalate": self.asked.escalate,
                    "--escalate-detail": self.escalate_detail,
                }.items()
                if value is not None
            ]
            if set_flags:
                raise UsageError(f"{set_flags[0]} is for closed questions", "add --statement TEXT, --choice or --score")
            return
        if schema is not None and schema.schema is not None:
            raise UsageError("a closed question has a schema of its own", "drop --schema")
        if sidecar:
            raise UsageError("--sidecar holds an answer in words, not a verdict", "use -o results.csv")
        if not self.takes_question and (saved is not None or prompt_file is not None):
            raise UsageError("--statement takes the place of the question", "drop --prompt-file or the template")

    def points(self, question: str) -> list[Point]:
        """Return what is asked of each image. Raises UsageError."""
        points: list[Point] = []
        if self.file is not None:
            from visionask.config.checks import read_checks

            points += [point for group in read_checks(self.file) for point in group.points]
        texts = [*([question] if question else []), *self.statements]
        if texts:
            from visionask.run.closed import read_points

            points += read_points(self.asked, texts)
        return points

    def read(
        self,
        job: Job,
        question: str,
        sending: SendingFlags,
        picture: PictureFlags,
        *,
        settings: Settings,
        console: Console,
    ) -> Judging | None:
        """Return how the images are judged; None for an open question. Raises UsageError, ConfigError."""
        if not self.is_asked:
            return None
        from visionask.run.verdicts import Judging, read_stage

        points = self.points(question)
        is_openai = settings.is_openai and sending.local is None
        first = read_stage(job, points, self.asked, sending, is_openai=is_openai)
        if self.asked.escalate is None and self.escalate_detail is None:
            return Judging(first)
        chosen = settings._replace(
            model=self.asked.escalate or settings.model,
            is_model_named=settings.is_model_named or self.asked.escalate is not None,
            detail=need_one_of(self.escalate_detail, "--escalate-detail", DETAILS) or settings.detail,
        )
        again = read_job(sending, picture, chosen, question="", choosing=job.choosing, on_notice=console.warn)
        held = [replace(point, rule=replace(point.rule, unsure=None)) for point in points]  # the zone is the first's
        return Judging(first, read_stage(again, held, self.asked, sending, is_openai=is_openai))


def _named(closed: Closed, *, true: bool, false: bool, is_null: bool, results: ResultFlags) -> Named | None:
    """Return which names alone are written. Raises UsageError."""
    if not true and not false:
        return None
    if true and false:
        raise UsageError("-l and -L exclude each other", "drop one of them")
    if not closed.is_asked:
        raise UsageError("-l and -L list what a closed question tells", 'add --statement "a person is visible"')
    if results.is_json:
        raise UsageError("-l and -L write names, not records", "drop -f, or write records with -o results.jsonl")
    return Named(is_true=true, end="\0" if is_null else "\n")


def file_format(paths: list[str] | None, chosen: str | None) -> str | None:
    """Return what `-f` says of the files of `-o`, and that each has a format. Raises UsageError."""
    from visionask.report.output import report_formats

    need_one_of(chosen, "--format", ("text", "json", "jsonl", "csv", "html", "md"))
    if chosen in ("csv", "html", "md") and not paths:
        raise UsageError(f"--format {chosen} is written to a file", f"add -o results.{chosen}")
    of_files = None if chosen == "text" else "jsonl" if chosen == "json" else chosen
    report_formats(paths or (), of_files)
    return of_files
