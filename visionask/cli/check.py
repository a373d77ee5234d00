"""`visionask check`: whether a statement is true of an image, as a test that a shell can use.

The reading of what `check` is asked: the statement, its type and rule, and the images.

How `check` ends: the report to standard output or a file, what JUnit and GitHub are told, and the exit code.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from visionask.cli import options as opt
from visionask.cli.context import has_piped_image, is_image, more_images, open_console, stdin_reader
from visionask.cli.exits import Exit, exit_code
from visionask.cli.inputs import remark, with_question_first
from visionask.cli.options import need_one_of
from visionask.cli.show import Watcher
from visionask.core.checks import Group
from visionask.core.errors import UsageError
from visionask.run.check import read_points
from visionask.run.options import read_recording, without_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.config.settings import Settings
    from visionask.report.console import Console
    from visionask.report.output import Target
    from visionask.run.check import Check, Report


_FILE_NAME = re.compile(r"\S+\.\w{2,5}")


_EXAMPLE = 'visionask check "a login button is visible" shot.png'


_OF_WORDS = ("words", "also", "image", "clipboard", "against", "choice", "score", "expect", "threshold", "unsure")


def read_groups(flags: Mapping[str, Any]) -> tuple[Group, ...]:
    """Read what is checked, from a file or from the command line. Raises UsageError."""
    if flags["file"] is not None:
        both = next((name for name in _OF_WORDS if flags[name]), None)
        if both is not None:
            name = "an argument" if both == "words" else f"--{both}"
            raise UsageError(f"--file says what is checked, so {name} cannot", "write it into the file, or drop --file")
        from visionask.config.checks import read_checks

        return read_checks(flags["file"])
    statement, images = split_words(flags["words"] or [], more_images(flags["image"], is_clipboard=flags["clipboard"]))
    texts = [statement, *(flags["also"] or [])]
    if not all(text.strip() for text in texts):
        raise UsageError("a statement is empty", _EXAMPLE)
    points = read_points(flags, texts)
    return (Group(images=tuple(images), points=points, against=flags["against"]),)


def split_words(words: list[str], images: list[str]) -> tuple[str, list[str]]:
    """Tell the statement from the images: it comes first, or is the only one of the arguments that is no image.

    An argument that looks like a file's name is a misspelled image, and no statement. Raises UsageError.
    """
    if not words:
        raise UsageError("nothing is stated", _EXAMPLE)
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
    def read(cls, flags: Mapping[str, Any]) -> Self:
        """Read the flags about output. Raises UsageError."""
        chosen, output = flags["format_name"], flags["output"]
        if chosen == "jsonl":  # one record tells a whole check
            chosen = "json"
        need_one_of(chosen, "--format", FORMATS)
        if flags["as_json"]:
            if chosen not in (None, "json"):
                raise UsageError(f"--json and --format {chosen} exclude each other", "drop one of them")
            chosen = "json"
        files = []
        if output not in (None, "-"):
            files.append((output, chosen or _SUFFIXES.get(os.path.splitext(output)[1].lower(), "text")))
            chosen = "none"
        if flags["junit"] is not None:
            files.append((flags["junit"], "junit"))
        return cls(format=chosen or "text", files=tuple(files), is_github=flags["github"])

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
        text = render(report, self.format)
        if self.format == "text" and report.is_dry and report.planned is not None:
            from visionask.cli.show import write_plan
            from visionask.core.request import Outcome

            write_plan(Outcome(status="planned", planned=report.planned), console)
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


def finish(report: Report, console: Console, ending: Ending) -> int:
    """Tell what became of the check, and give the exit code: 1 for a definite false, and for nothing else."""
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


PRACTICE_REMARK = "practice was taught colours and counts, not to judge: what it says of a statement means nothing"


def check(
    words: Annotated[list[str] | None, typer.Argument(metavar="STATEMENT IMAGE...", show_default=False)] = None,
    also: Annotated[
        list[str] | None, typer.Option("--also", metavar="STATEMENT", help="One more statement; repeatable.")
    ] = None,
    file: Annotated[str | None, typer.Option("--file", metavar="TOML", help="Checks from a file of [[check]].")] = None,
    image: opt.Image = None,
    clipboard: opt.Clipboard = False,
    against: Annotated[
        str | None, typer.Option("--against", metavar="IMAGE", help="Baseline; the same pixels pass without a request.")
    ] = None,
    choice: Annotated[
        str | None, typer.Option("--choice", metavar="A,B,...", help="Ask which value it is, not whether it is true.")
    ] = None,
    score: Annotated[str | None, typer.Option("--score", metavar="LOW-HIGH", help="Ask for a score.")] = None,
    expect: Annotated[
        str | None, typer.Option("--expect", metavar="VALUE", help="Pass for this choice, or score: 4, >=4, 2-4.")
    ] = None,
    is_any: Annotated[
        bool, typer.Option("--any/--all", show_default=False, help="One true is enough, or all must be [default: all].")
    ] = False,
    threshold: Annotated[
        str | None, typer.Option("--threshold", metavar="P", help="Least probability of true [default: 0.5].")
    ] = None,
    unsure: Annotated[
        str | None, typer.Option("--unsure", metavar="LOW,HIGH", help="Look again, in higher detail, in this zone.")
    ] = None,
    escalate: Annotated[
        str | None, typer.Option("--escalate", metavar="MODEL", help="Ask this model where it is unsure.")
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="decisions (probabilities), schema (any model), auto.")
    ] = "auto",
    repeat: Annotated[int, typer.Option("--repeat", metavar="N", help="Votes of the schema engine.")] = 1,
    model: opt.Model = None,
    detail: opt.Detail = None,
    system: opt.System = None,
    template: opt.Template = None,
    param: opt.Param = None,
    max_tokens: opt.MaxTokens = None,
    temperature: opt.Temperature = None,
    reasoning_effort: opt.ReasoningEffort = None,
    service_tier: opt.ServiceTier = None,
    prompt_cache: opt.PromptCache = False,
    max_side: opt.MaxSide = None,
    image_tokens: opt.ImageTokens = None,
    rotate: opt.Rotate = None,
    crop: opt.Crop = None,
    redact: opt.Redact = None,
    no_resize: opt.NoResize = False,
    keep_metadata: opt.KeepMetadata = False,
    quality: opt.Quality = None,
    max_pixels: opt.MaxPixels = None,
    allow_truncated: opt.AllowTruncated = False,
    page: opt.Page = None,
    frame: opt.Frame = None,
    pass_url: opt.PassUrl = False,
    allow_private_urls: opt.AllowPrivateUrls = False,
    cache: opt.Cache = False,
    log: opt.Log = True,
    ledger: opt.Ledger = None,
    dry_run: opt.DryRun = False,
    max_cost: opt.MaxCost = None,
    confirm_above: opt.ConfirmAbove = None,
    yes: opt.Yes = False,
    base_url: opt.BaseUrl = None,
    api_key_env: opt.ApiKeyEnv = None,
    local: opt.Local = None,
    profile: opt.Profile = None,
    timeout: opt.Timeout = None,
    retries: opt.Retries = None,
    record: opt.Record = None,
    replay: opt.Replay = None,
    jobs: Annotated[
        int | None, typer.Option("-j", "--jobs", metavar="N", help="Requests at a time [default: 8].")
    ] = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="Write the report there.")
    ] = None,
    format_name: Annotated[
        str | None, typer.Option("-f", "--format", metavar="FORMAT", help="text, json, md or junit.")
    ] = None,
    junit: Annotated[str | None, typer.Option("--junit", metavar="FILE", help="Write a JUnit file too.")] = None,
    github: Annotated[bool, typer.Option("--github", help="Annotations and job summary of GitHub Actions.")] = False,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Check whether a statement is true of images: exit 0 true, 1 false. Any other code: it could not be told.

    visionask check "a login button is visible" shot.png
    """
    flags = with_question_first(dict(locals()))
    from visionask.config.settings import ledger_path, load_settings

    console = open_console(quiet=quiet, verbose=verbose, no_color=no_color, debug=debug)
    recording = read_recording(flags)
    settings = without_limits(load_settings(flags), recording)
    ending = Ending.read(flags)
    planned = read_check(flags, settings, console)
    watcher = Watcher(
        console=console,
        settings=settings,
        is_yes=yes,
        is_raw=False,
        is_json=ending.format == "json",
        streams=False,
        remark=remark(recording) or (PRACTICE_REMARK if local == "practice" else ""),
    )
    with ending:
        if dry_run:
            from visionask.run.check import plan_check

            return finish(plan_check(planned, watcher), console, ending)
        from visionask.core.ledger import Budget
        from visionask.run.ask import Keeping
        from visionask.run.check import run_check
        from visionask.run.connect import connect

        keeping = Keeping(
            path=ledger_path(settings) if log and replay is None else None,
            base_url=f"local:{local}" if local else settings.base_url,
            budget=Budget(run_usd=settings.max_cost, day_usd=settings.daily_budget),
            asks_again=not cache or recording is not None,
        )
        report = run_check(planned, connect(settings, local, recording), watcher=watcher, keeping=keeping)
        return finish(report, console, ending)


def read_check(flags: Mapping[str, Any], settings: Settings, console: Console) -> Check:
    """Read what is to be checked and how. Raises UsageError, ConfigError."""
    from visionask.run.check import read_check
    from visionask.run.survey import Choosing

    choosing = Choosing(
        args=(),
        stdin=stdin_reader(),
        allows_private_urls=flags["allow_private_urls"],
        fetches_whole=not flags["dry_run"],
        passes_urls=flags["pass_url"],
        is_offline=flags["replay"] is not None,
    )
    return read_check(flags, settings, groups=read_groups(flags), choosing=choosing, on_notice=console.warn)
