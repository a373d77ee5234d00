"""Owns how `check` ends: the report to standard output or a file, what JUnit and GitHub are told, and the exit code."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from visionask.cli.exits import Exit, exit_code
from visionask.cli.options import need_one_of
from visionask.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.report.console import Console
    from visionask.report.target import Target
    from visionask.run.check.order import Report

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
        from visionask.report.target import open_target

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
            from visionask.cli.watch import write_plan
            from visionask.core.outcome import Outcome

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
    from visionask.report import checks

    if name == "none":
        return ""
    if name == "json":
        from visionask.report.records import dumps
        from visionask.run.library.results import checked_record

        return dumps(checked_record(report)) + "\n"
    if name == "md":
        return checks.markdown(report.findings, report.overall)
    if name == "junit":
        from visionask.report.junit import junit

        return junit(report.findings, seconds=report.seconds).decode()
    value = checks.only_value(report.findings)
    if value is not None:
        from visionask.report.clean import one_line

        return one_line(value) + "\n"
    return "".join(line + "\n" for line in checks.table(report.findings)) if report.findings else ""


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
    from visionask.report.checks import markdown
    from visionask.report.github import annotate, append_summary

    for line in annotate(report.findings):
        console.err.write(line + "\n")
    console.err.flush()
    path = summary_path()
    if path is not None:
        append_summary(path, markdown(report.findings, report.overall))
