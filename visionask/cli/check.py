"""`visionask check`: whether a statement is true of an image, as a test that a shell can use.

The reading of what `check` is asked: the statement, its type and rule, and the images.

How `check` ends: the report to standard output or a file, what JUnit and GitHub are told, and the exit code.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, NamedTuple, Self

import typer

from visionask.cli.context import has_piped_image, is_image, more_images, open_console, stdin_reader
from visionask.cli.exits import Exit, exit_code
from visionask.cli.inputs import LOCAL_REMARKS, remark, with_saved_question, with_template
from visionask.cli.options import with_flags
from visionask.cli.show import Watcher
from visionask.core.arguments import need_one_of, read_pages
from visionask.core.checks import Group
from visionask.core.errors import UsageError
from visionask.core.flags import (
    OUTPUT,
    CheckFlags,
    Clipboard,
    ConsoleFlags,
    Flag,
    Image,
    Jobs,
    PictureFlags,
    SendingFlags,
    by_name,
)
from visionask.run.closed import read_points
from visionask.run.options import read_recording, without_limits

if TYPE_CHECKING:
    from visionask.report.console import Console
    from visionask.report.output import Target
    from visionask.run.check import Report


_FILE_NAME = re.compile(r"\S+\.\w{2,5}")


_EXAMPLE = 'visionask check "a login button is visible" shot.png'


class Named(NamedTuple):
    """What the command line says of what is checked."""

    words: list[str] | None
    image: list[str] | None
    clipboard: bool
    against: str | None
    file: str | None


def read_groups(named: Named, asked: CheckFlags) -> tuple[Group, ...]:
    """Read what is checked, from a file or from the command line. Raises UsageError."""
    if named.file is not None:
        _refuse_beside_file(named, asked)
        from visionask.config.checks import read_checks

        return read_checks(named.file)
    statement, images = split_words(named.words or [], more_images(named.image, is_clipboard=named.clipboard))
    texts = [statement, *(asked.also or [])]
    if not all(text.strip() for text in texts):
        raise UsageError("a statement is empty", _EXAMPLE)
    return (Group(images=tuple(images), points=read_points(asked, texts), against=named.against),)


def _refuse_beside_file(named: Named, asked: CheckFlags) -> None:
    """Refuse what the file of --file says. Raises UsageError."""
    said = {
        "an argument": named.words,
        "--also": asked.also,
        "--image": named.image,
        "--clipboard": named.clipboard,
        "--against": named.against,
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
    place = 0
    if is_image(words[0]):
        others = [place for place, word in enumerate(words) if not is_image(word)]
        if len(others) != 1 or _FILE_NAME.fullmatch(words[others[0]]):
            raise UsageError(f"{words[0]} is an image, and no statement comes before it", _EXAMPLE)
        place = others[0]
    named = [*words[:place], *words[place + 1 :], *images]
    if not named and has_piped_image():
        named = ["-"]
    if not named:
        raise UsageError(f"no image was named for the statement {words[place]!r}", _EXAMPLE)
    return words[place].strip(), named


FORMATS = ("text", "json", "md", "junit")


class ReportFlags(NamedTuple):
    """Where and how a check is reported."""

    output: Annotated[str | None, Flag("-o --output", "Write the report there.", "FILE", OUTPUT, True)] = None
    format_name: Annotated[
        str | None, Flag("-f --format", "text, json, md or junit.", "FORMAT", OUTPUT, choices=FORMATS)
    ] = None
    junit: Annotated[str | None, Flag("--junit", "Write a JUnit file too.", "FILE", OUTPUT)] = None
    github: Annotated[bool, Flag("--github", "Annotations and job summary of GitHub Actions.", None, OUTPUT)] = False


_SUFFIXES = {".json": "json", ".md": "md", ".markdown": "md", ".xml": "junit"}


_MOST_ERRORS = 10  # lines about different errors


@dataclass(slots=True, kw_only=True)
class Ending:
    """Where a check is told. Files are opened before anything is sent, so that no paid answer meets a closed door."""

    format: str
    files: tuple[tuple[str, str], ...] = ()  # (path, format)
    is_github: bool = False
    _targets: list[tuple[Target, str]] = field(default_factory=list)
    _is_done: bool = False

    @classmethod
    def read(cls, flags: ReportFlags, *, as_json: bool) -> Self:
        """Read the flags about output. Raises UsageError."""
        chosen = "json" if flags.format_name == "jsonl" else flags.format_name  # one record tells a whole check
        need_one_of(chosen, "--format", FORMATS)
        if as_json:
            if chosen not in (None, "json"):
                raise UsageError(f"--json and --format {chosen} exclude each other", "drop one of them")
            chosen = "json"
        files = []
        if flags.output not in (None, "-"):
            path = str(flags.output)
            files.append((path, chosen or _SUFFIXES.get(os.path.splitext(path)[1].lower(), "text")))
            chosen = "none"
        if flags.junit is not None:
            files.append((flags.junit, "junit"))
        return cls(format=chosen or "text", files=tuple(files), is_github=flags.github)

    def __enter__(self) -> Self:
        from visionask.report.output import open_target

        try:
            for path, name in self.files:
                self._targets.append((open_target(path), name))
        except BaseException:
            self._abandon()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if not self._is_done:
            self._abandon()

    def write(self, report: Report, console: Console) -> None:
        """Write everything. Raises StateError where a file cannot be written."""
        text = "" if self.format == "text" else render(report, self.format)
        if self.format == "text" and report.is_dry and report.planned is not None:
            from visionask.cli.show import write_plan
            from visionask.core.request import Planned

            write_plan(Planned(planned=report.planned), console)
        elif self.format == "text":
            _write_text(report, console)
        elif text:
            console.out.write(text)
            console.out.flush()
        while self._targets:
            target, name = self._targets.pop(0)
            target.write(render(report, name).encode("utf-8", "backslashreplace"))
            target.finish()
        if self.is_github:
            _tell_github(report, console)
        self._is_done = True

    def _abandon(self) -> None:
        for target, _ in self._targets:
            target.abandon()
        self._targets.clear()


def render(report: Report, name: str) -> str:
    """Write the report in one of the formats; nothing for `none`."""
    from visionask.report.check_report import check_markdown, check_table, only_value

    if name == "none":
        return ""
    if name == "json":
        from visionask.report.records import dumps
        from visionask.run.library.results import checked_record

        return dumps(checked_record(report)) + "\n"
    if name == "md":
        return check_markdown(report.findings, report.overall)
    if name == "junit":
        from visionask.report.check_report import junit

        return junit(report.findings, seconds=report.seconds).decode()
    value = only_value(report.findings)
    if value is not None:
        from visionask.report.clean import one_line

        return one_line(value) + "\n"
    return "".join(line + "\n" for line in check_table(report.findings)) if report.findings else ""


def _write_text(report: Report, console: Console) -> None:
    """Write the table to standard output; the value alone of one question that expects nothing."""
    from visionask.report.check_report import only_value, write_check

    if only_value(report.findings) is not None:
        console.out.write(render(report, "text"))
    elif report.findings:
        write_check(console, report.findings)
    console.out.flush()


def finish(report: Report, console: Console, ending: Ending) -> int:
    """Return what became of the check, and give the exit code: 1 for a definite false, and for nothing else."""
    ending.write(report, console)
    shown: list[str] = []
    for error in (report.overall.error, *(finding.error for finding in report.findings)):
        if error is not None and error.message not in shown and len(shown) < _MOST_ERRORS:
            shown.append(error.message)
            console.error(error)
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


@with_flags()
def check(
    words: Annotated[list[str] | None, typer.Argument(metavar="STATEMENT IMAGE...", show_default=False)] = None,
    file: Annotated[str | None, Flag("--file", "Checks from a file of [[check]].", "TOML")] = None,
    against: Annotated[
        str | None, Flag("--against", "Baseline; the same pixels pass without a request.", "IMAGE")
    ] = None,
    image: Image = None,
    clipboard: Clipboard = False,
    *,
    asked: CheckFlags,
    sending: SendingFlags,
    jobs: Jobs = None,
    picture: PictureFlags,
    reported: ReportFlags,
    said: ConsoleFlags,
) -> int:
    """Check a statement about images: exit 0 true, 1 false. Any other code: no verdict.

    visionask check "a login button is visible" shot.png
    """
    from visionask.config.settings import ledger_path, load_settings
    from visionask.run.check import read_check
    from visionask.run.survey import Choosing

    flags = with_template(sending, picture)
    sending, picture = flags.sending, flags.picture
    console = open_console(said)
    recording = read_recording(sending)
    settings = without_limits(load_settings({**by_name(sending, picture), "jobs": jobs}), recording)
    ending = Ending.read(reported, as_json=said.as_json)
    choosing = Choosing(
        args=(),
        stdin=stdin_reader(),
        allows_private_urls=picture.allow_private_urls,
        fetches_whole=not sending.dry_run,
        passes_urls=picture.pass_url,
        pages=read_pages(picture.pages),
        is_offline=sending.replay is not None,
    )
    named = Named(with_saved_question(words, flags.question), image, clipboard, against, file)
    planned = read_check(
        asked,
        flags,
        settings,
        groups=read_groups(named, asked),
        choosing=choosing,
        on_notice=console.warn,
    )
    watcher = Watcher(
        console=console,
        settings=settings,
        is_yes=sending.yes,
        is_raw=False,
        is_json=ending.format == "json",
        streams=False,
        remark=remark(recording) or LOCAL_REMARKS.get(sending.local or "", ""),
    )
    with ending:
        if sending.dry_run:
            from visionask.run.check import plan_check

            return finish(plan_check(planned, watcher), console, ending)
        from visionask.core.ledger import Budget
        from visionask.run.check import run_check
        from visionask.run.connect import connect
        from visionask.run.session import LedgerOptions

        ledger_options = LedgerOptions(
            path=ledger_path(settings) if sending.is_kept else None,
            base_url=f"local:{sending.local}" if sending.local else settings.base_url,
            budget=Budget(run_usd=settings.max_cost, day_usd=settings.daily_budget),
            asks_again=not sending.cache or recording is not None,
        )
        report = run_check(planned, connect(settings, sending.local, recording), watcher=watcher, ledger=ledger_options)
        return finish(report, console, ending)
