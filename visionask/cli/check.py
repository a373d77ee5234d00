"""`visionask check`: whether a statement is true of an image, as a test that a shell can use.

The reading of what `check` is asked: the statement, its type and rule, and the images.

How `check` ends: the report to standard output or a file, what JUnit and GitHub are told, and the exit code.
"""

from __future__ import annotations

import os
import time
from dataclasses import field, replace
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Self

import typer

from visionask.cli.exits import Exit, exit_code
from visionask.cli.inputs import (
    find_text,
    has_piped_image,
    more_images,
    open_console,
    remark,
    stdin_reader,
    with_template,
)
from visionask.cli.options import with_flags
from visionask.cli.show import Watcher
from visionask.core.arguments import need_one_of
from visionask.core.checks import Baselines, Group
from visionask.core.dataclass import dataclass
from visionask.core.errors import Bug, NoRecording, UsageError
from visionask.core.flags import (
    BASELINE,
    OUTPUT,
    WHERE,
    CheckFlags,
    Clipboard,
    ConsoleFlags,
    FilesFlags,
    Flag,
    Image,
    PaceFlags,
    PictureFlags,
    Progress,
    SendingFlags,
)
from visionask.core.namedtuple import NamedTuple
from visionask.report.console import FailedItems
from visionask.run.closed import read_points
from visionask.run.options import noting, prepare, read_choosing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from visionask.core.errors import VisionaskError
    from visionask.core.request import Ended, Recording
    from visionask.report.console import Console
    from visionask.report.output import Target
    from visionask.run.check import Check, Report
    from visionask.run.options import Prepared


_EXAMPLE = 'visionask check "a login button is visible" shot.png'


class SubjectFlags(NamedTuple):
    """What is checked, besides the arguments."""

    file: Annotated[str | None, Flag("--file", "Checks from a file of [[check]].", "TOML")] = None
    image: Image = None
    clipboard: Clipboard = False


class RecordingFlags(NamedTuple):
    """What becomes of the files of --record and --replay."""

    missing: Annotated[bool, Flag("--missing", "With --record: ask only what is not saved there.", None, WHERE)] = False
    unused: Annotated[
        str | None,
        Flag(
            "--unused",
            "Recordings that this check did not use: list or remove.",
            "ACTION",
            WHERE,
            choices=("list", "remove"),
        ),
    ] = None

    def read(self, recording: Recording | None) -> Recording | None:
        """Return the recording with them. Raises UsageError."""
        need_one_of(self.unused, "--unused", ("list", "remove"))
        if self.missing and (recording is None or recording.is_replay):
            raise UsageError("--missing goes with --record", "add --record DIR")
        if self.unused is not None and recording is None:
            raise UsageError("--unused goes with --record or --replay", "add --replay DIR")
        return recording and replace(recording, only_missing=self.missing)

    def tell(self, recording: Recording | None, report: Report, console: Console) -> None:
        """List or remove the recordings that were not used; a check with an error has not met all of them."""
        from visionask.run.connect import unused_recordings

        if self.unused is None or recording is None or report.is_dry or report.accepted is not None:
            return
        removes = self.unused == "remove"
        if removes and report.overall.error is not None:
            console.warn("no recording is removed, as not everything could be checked")
            removes = False
        for path in unused_recordings(recording.folder, report.recordings, removes=removes):
            console.note(f"{'removed' if removes else 'unused'}: {path}")


class BaselineFlags(NamedTuple):
    """What images are held against, and how closely."""

    against: Annotated[
        str | None, Flag("--against", "Baseline; the same pixels pass without a request.", "IMAGE", BASELINE)
    ] = None
    against_dir: Annotated[
        str | None, Flag("--against-dir", "Baselines of all images, by relative path.", "DIR", BASELINE)
    ] = None
    ignore: Annotated[list[str] | None, Flag("--ignore", "Paint over in both; repeatable.", "X,Y,W,H", BASELINE)] = None
    tolerance: Annotated[
        str | None, Flag("--tolerance", "Share of pixels that may differ, such as 0.1%.", "SHARE", BASELINE)
    ] = None
    accept: Annotated[
        bool, Flag("--accept", "Copy the images over their baselines; nothing is asked.", None, BASELINE)
    ] = False

    def over(self, groups: tuple[Group, ...]) -> tuple[Group, ...]:
        """Return the groups with what they do not say themselves. Raises UsageError."""
        from visionask.core.arguments import need_proportion, read_box

        if self.against is not None and self.against_dir is not None:
            raise UsageError("--against and --against-dir exclude each other", "drop one of them")
        tolerance = None if self.tolerance is None else need_proportion(self.tolerance, "--tolerance")
        ours = Baselines(self.against_dir, tolerance, tuple(read_box(box, "--ignore") for box in self.ignore or ()))
        told = tuple(
            replace(each, baselines=each.baselines.over(ours, has_own=each.against is not None)) for each in groups
        )
        self._refuse_alone(has_baseline=any(each.against or each.baselines.folder for each in told))
        for folder in {each.baselines.folder for each in told} - {None}:
            if not os.path.isdir(str(folder)) and not self.accept:
                raise UsageError(f"{folder}: no such folder of baselines", "--accept makes it from the images")
        return told

    def _refuse_alone(self, *, has_baseline: bool) -> None:
        """Refuse what needs a baseline where there is none. Raises UsageError."""
        for flag, value in (("--ignore", self.ignore), ("--tolerance", self.tolerance), ("--accept", self.accept)):
            if value and not has_baseline:
                raise UsageError(f"{flag} needs a baseline", "add --against IMAGE or --against-dir DIR")


def read_groups(words: list[str], named: SubjectFlags, asked: CheckFlags, *, against: str | None) -> tuple[Group, ...]:
    """Read what is checked, from a file or from the command line. Raises UsageError."""
    if named.file is not None:
        _refuse_beside_file(words, named, asked, against)
        from visionask.config.checks import read_checks

        return read_checks(named.file)
    statement, images = split_words(words, more_images(named.image, is_clipboard=named.clipboard))
    texts = [statement, *(asked.also or [])]
    if not all(text.strip() for text in texts):
        raise UsageError("a statement is empty", _EXAMPLE)
    return (Group(images=tuple(images), points=read_points(asked, texts), against=against),)


def _refuse_beside_file(words: list[str], named: SubjectFlags, asked: CheckFlags, against: str | None) -> None:
    """Refuse what the file of --file says. Raises UsageError."""
    said = {
        "an argument": words,
        "--also": asked.also,
        "--image": named.image,
        "--clipboard": named.clipboard,
        "--against": against,
        "--choice": asked.choice,
        "--score": asked.score,
        "--expect": asked.expect,
        "--threshold": asked.threshold,
        "--unsure": asked.unsure,
    }
    both = next((name for name, value in said.items() if value), None)
    if both is not None:
        raise UsageError(
            f"--file already says what is checked, so {both} cannot be used", "write it into the file, or drop --file"
        )


def split_words(words: list[str], images: list[str]) -> tuple[str, list[str]]:
    """Distinguish the statement from the images: it comes first, or is the only one of the arguments that is no image.

    An argument that looks like a file's name is a misspelled image, and no statement. Raises UsageError.
    """
    if not words:
        raise UsageError("no statement was given", _EXAMPLE)
    place = find_text(words)
    if place is None:
        raise UsageError(f"{words[0]} is an image, and no statement is given", _EXAMPLE)
    named = [*words[:place], *words[place + 1 :], *images]
    if not named and has_piped_image():
        named = ["-"]
    if not named:
        raise UsageError(f"no image was named for the statement {words[place]!r}", _EXAMPLE)
    return words[place].strip(), named


FORMATS = ("text", "json", "md", "junit", "csv", "html", "sqlite")


class ReportFlags(NamedTuple):
    """Where and how a check is reported."""

    output: Annotated[
        str | None, Flag("-o --output", "Report: .html .txt .json .csv .db .md .xml (JUnit).", "FILE", OUTPUT, True)
    ] = None
    format_name: Annotated[
        str | None,
        Flag("-f --format", "text, json, md, junit, csv, html or sqlite.", "FORMAT", OUTPUT, choices=FORMATS),
    ] = None
    junit: Annotated[str | None, Flag("--junit", "Write a JUnit file too.", "FILE", OUTPUT)] = None
    summary_md: Annotated[str | None, Flag("--summary-md", "Write Markdown for a comment too.", "FILE", OUTPUT)] = None
    github: Annotated[bool, Flag("--github", "Annotations and job summary of GitHub Actions.", None, OUTPUT)] = False
    progress: Progress = None


_MOST_ERRORS = 10  # lines about different errors


@dataclass(slots=True, kw_only=True)
class Ending:
    """Where a check is told. Files are opened before anything is sent: one that cannot be written costs no answer."""

    format: str
    files: tuple[tuple[str, str], ...] = ()  # (path, format)
    is_github: bool = False
    _targets: list[tuple[Target, str, str]] = field(default_factory=list)
    _is_done: bool = False

    @classmethod
    def read(cls, flags: ReportFlags, *, as_json: bool) -> Self:
        """Read the flags about output. Raises UsageError."""
        from visionask.report.output import format_of

        chosen = "json" if flags.format_name == "jsonl" else flags.format_name  # one record tells a whole check
        need_one_of(chosen, "--format", FORMATS)
        if as_json:
            if chosen not in (None, "json"):
                raise UsageError(f"--json and --format {chosen} exclude each other", "drop one of them")
            chosen = "json"
        files = []
        if flags.output not in (None, "-"):
            path = str(flags.output)
            files.append((path, (flags.format_name and chosen) or format_of(path, FORMATS, "check")))
            chosen = "json" if as_json else "none"
        elif chosen == "sqlite":
            raise UsageError("a database cannot be written to a stream", "name a file: -o results.db")
        if flags.junit is not None:
            files.append((flags.junit, "junit"))
        if flags.summary_md is not None:
            files.append((flags.summary_md, "md"))
        return cls(format=chosen or "text", files=tuple(files), is_github=flags.github)

    def __enter__(self) -> Self:
        from visionask.report.output import open_target

        try:
            for path, name in self.files:
                if name == "sqlite":
                    from visionask.report.sqlite_report import refuse_other

                    refuse_other(path)
                self._targets.append((open_target(path), name, path))
        except BaseException:
            self._abandon()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if not self._is_done:
            self._abandon()

    def write(self, report: Report, console: Console) -> None:
        """Write everything. Raises StateError where a file cannot be written."""
        from visionask.report.check_report import check_database

        if self.format == "text" and report.is_dry and report.planned is not None:
            from visionask.cli.show import write_plan
            from visionask.core.request import Planned

            write_plan(Planned(planned=report.planned), console)
        elif self.format == "text":
            _write_text(report, console)
        else:
            for part in _parts(report, self.format, "-"):
                console.out.write(part)
            console.out.flush()
        while self._targets:
            target, name, path = self._targets[0]
            if name == "sqlite":
                target.write(check_database(report.findings))
            for part in _parts(report, name, path) if name != "sqlite" else ():
                target.write(part.encode("utf-8", "backslashreplace"))
            self._targets.pop(0)
            target.finish()
        if self.is_github:
            _tell_github(report, console)
        self._is_done = True

    def _abandon(self) -> None:
        for target, *_ in self._targets:
            target.abandon()
        self._targets.clear()


def _parts(report: Report, name: str, path: str) -> Iterator[str]:
    """Yield a file of the report: a page picture by picture, as each holds its images."""
    if name != "html":
        yield render(report, name)
        return
    from visionask.report.check_page import Pictures, check_page
    from visionask.run.subjects import small_pictures

    findings = iter(report.findings)
    shown = (
        (Pictures(*small_pictures(subject)), [*islice(findings, len(subject.points))]) for subject in report.subjects
    )
    folder = os.path.dirname(os.path.realpath(path))
    yield from check_page(shown, report.findings, report.overall, missing=report.missing, folder=folder)


def render(report: Report, name: str) -> str:
    """Write the report in one of the formats; nothing for `none`."""
    from visionask.report import check_report as reports

    if name == "json":
        from visionask.report.records import dumps
        from visionask.run.library.results import checked_record

        return dumps(checked_record(report)) + "\n"
    writers: dict[str, Callable[[], str]] = {
        "none": lambda: "",
        "md": lambda: reports.check_markdown(report.findings, report.overall),
        "junit": lambda: reports.junit(report.findings, seconds=report.seconds).decode(),
        "csv": lambda: reports.check_csv(report.findings),
        "text": lambda: _render_text(report),
    }
    return writers[name]()


def _render_text(report: Report) -> str:
    from visionask.report.check_report import accepted_table, check_table, only_value
    from visionask.report.clean import one_line

    value = only_value(report.findings)
    if value is not None:
        return one_line(value) + "\n"
    lines = check_table(report.findings) if report.accepted is None else accepted_table(report.accepted)
    return "".join(line + "\n" for line in lines) if report.findings or report.accepted else ""


def _write_text(report: Report, console: Console) -> None:
    """Write the table to standard output, as wide as it is; the value alone of one question that expects nothing."""
    from visionask.report.check_report import only_value, write_check

    if only_value(report.findings) is not None or report.accepted is not None:
        console.out.write(_render_text(report))
    elif report.findings:
        write_check(console, report.findings)
    console.out.flush()


def finish(report: Report, console: Console, ending: Ending) -> int:
    """Return what became of the check, and give the exit code: 1 for a definite false, and for nothing else."""
    for path in report.missing:
        console.warn(f"{path}: this baseline has no image")
    ending.write(report, console)
    shown: dict[str, VisionaskError] = {}
    for error in (report.overall.error, *(finding.error for finding in report.findings)):
        if error is not None:  # of stale recordings one is told: the report has them all
            shown.setdefault("stale" if isinstance(error, NoRecording) else error.message, error)
    named = FailedItems(console)
    for error in shown.values() if console.is_quiet else [*shown.values()][:_MOST_ERRORS]:
        if console.is_quiet:
            named.add_error("", error)
        else:
            console.error(error)
    named.end()
    if any(isinstance(finding.error, Bug) for finding in report.findings):
        return Exit.BUG
    if report.overall.error is not None:
        return exit_code(report.overall.error)
    if report.overall.verdict == "false":
        return Exit.FALSE
    return Exit.OK if report.overall.verdict is not None or report.is_dry else Exit.REJECTED


def _tell_github(report: Report, console: Console) -> None:
    from visionask.config.checks import summary_path
    from visionask.report.check_report import annotate, append_summary
    from visionask.report.check_report import check_markdown as markdown

    for line in annotate(report.findings):
        console.err.write(line + "\n")
    console.err.flush()
    path = summary_path()
    if path is not None:
        append_summary(path, markdown(report.findings, report.overall))


@with_flags(without="files_from null limit sample statement escalate_detail checks rpm tpm", cache=None)
def check(
    words: Annotated[list[str] | None, typer.Argument(metavar="STATEMENT IMAGE...", show_default=False)] = None,
    *,
    named: SubjectFlags,
    asked: CheckFlags,
    held: BaselineFlags,
    kept: RecordingFlags,
    files: FilesFlags,
    sending: SendingFlags,
    pace: PaceFlags,
    picture: PictureFlags,
    reported: ReportFlags,
    said: ConsoleFlags,
) -> int:
    """Check a statement about images: exit 0 true, 1 false. Any other code: no verdict.

    visionask check "a login button is visible" shot.png
    """
    from visionask.report.output import refuse_inputs
    from visionask.run.check import read_check
    from visionask.run.survey import asks_once

    console, prepared = open_console(said), prepare(with_template(sending, picture), pace)
    recording = kept.read(prepared.recording)
    if prepared.engine is not None and asked.engine == "auto" and asked.repeat == 1:
        asked = asked._replace(engine=prepared.engine)
    ending = Ending.read(reported, as_json=said.as_json)
    refuse_inputs((path for path, _ in ending.files), {"the file of checks": [named.file]})
    saved = prepared.flags.question
    words = [*([] if saved is None else [saved]), *(words or [])]
    groups = held.over(read_groups(words, named, asked, against=held.against))
    choosing = read_choosing(
        (),
        prepared.picture,
        files,
        stdin=stdin_reader(),
        fetches_whole=not prepared.sending.dry_run,
        is_offline=prepared.sending.replay is not None,
    )
    planned = read_check(asked, prepared, groups=groups, choosing=choosing, on_notice=console.warn)
    if recording is not None and not recording.is_replay:
        recording = noting(recording, prepared.settings, prepared.sending.local, engine=planned.first.engine)
    prepared = prepared._replace(recording=recording)
    is_of_many = named.file is not None or not asks_once(choosing._replace(args=groups[0].images))
    watcher = _watcher(prepared, console, ending, is_of_many=is_of_many)
    with ending:
        report = _report(planned, prepared, watcher, accepts=held.accept, progress=reported.progress)
        code = finish(report, console, ending)
        kept.tell(recording, report, console)
        return code


def _watcher(prepared: Prepared, console: Console, ending: Ending, *, is_of_many: bool) -> Watcher:
    return Watcher(
        console=console,
        is_of_many=is_of_many,
        settings=prepared.settings,
        is_yes=prepared.sending.yes,
        is_raw=False,
        is_json=ending.format == "json",
        streams=False,
        remark=remark(prepared.recording, prepared.sending.local),
    )


def _report(planned: Check, prepared: Prepared, watcher: Watcher, *, accepts: bool, progress: bool | None) -> Report:
    """Return what comes of the check, or of the dry run, or which images are the new baselines."""
    from visionask.run.check import accept_check, plan_check

    sending = prepared.sending
    if accepts:
        return accept_check(planned, is_dry=sending.dry_run)
    if sending.dry_run:
        return plan_check(planned, watcher)
    recalls = prepared.recording is None and (watcher.is_of_many if sending.cache is None else sending.cache)
    shown = Shown(watcher.console, is_shown=progress, most_usd=prepared.settings.max_cost)
    return _ask(planned, prepared, watcher=watcher, shown=shown, recalls=recalls)


def _ask(planned: Check, prepared: Prepared, *, watcher: Watcher, shown: Shown, recalls: bool) -> Report:
    """Ask and judge; whoever interrupts it is told how to go on."""
    from visionask.run.check import run_check

    watcher.clear = shown.clear
    try:
        report = run_check(
            planned,
            prepared.connect(),
            watcher=watcher,
            ledger=prepared.ledger_options(asks_again=not recalls),
            on_progress=shown.show,
            on_wait=shown.wait,
        )
    except KeyboardInterrupt:
        shown.clear()
        if prepared.sending.is_kept and prepared.recording is None:
            again = "run it again" if recalls else "run it again with --cache"
            watcher.console.note(f"interrupted: what was answered is kept, {again} to go on")
        raise
    shown.clear()
    return report


class Shown:
    """How far a check of many requests is, in one line."""

    def __init__(self, console: Console, *, is_shown: bool | None, most_usd: Decimal | None) -> None:
        from visionask.report.progress import Progress as Line

        self._line = Line(console, is_shown=is_shown)
        self._started_s = time.monotonic()
        self._most_usd = most_usd
        self._failed = self._cached = self._unpriced = 0
        self._spent = Decimal(0)
        self._done = self._of = 0

    def show(self, done: int, of: int, outcomes: list[Ended]) -> None:
        """Show it, now and then, after these outcomes."""
        for outcome in outcomes:
            self._failed += outcome.error is not None
            self._spent += Decimal(0) if outcome.is_cached else outcome.billed_usd or Decimal(0)
            self._unpriced += outcome.answer is not None and not outcome.is_cached and outcome.billed_usd is None
        self._cached = done if not outcomes else self._cached
        self._done, self._of = done, of
        self._write()

    def wait(self, waiting: str) -> None:
        """Show what is waited for."""
        self._write(waiting)

    def _write(self, waiting: str = "") -> None:
        from visionask.report.progress import scan_line, spent, waiting_line

        if self._of <= 1 or not self._line.is_due():
            return
        money = spent(self._spent, self._unpriced, self._most_usd)
        failed, done = self._failed, self._done
        if waiting:
            line = waiting_line(self._of, waiting, items=done, failed=failed, money=money)
        else:
            seconds = time.monotonic() - self._started_s
            line = scan_line(
                self._of,
                done=done - failed,
                failed=failed,
                cached=self._cached,
                money=money,
                seconds=seconds,
                columns=self._line.columns,
            )
        self._line.write(line)

    def clear(self) -> None:
        """Take the line off the screen."""
        self._line.clear()
