"""Owns what a check tells GitHub Actions: an annotation for each finding that is not true, and the job's summary.

Source: docs.github.com/actions/reference/workflows-and-actions/workflow-commands, and `command.ts` of actions/toolkit
for the escapes, checked 2026-11-22.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from visionask.report.checks import chance, stated, verdict_word, why
from visionask.report.clean import clean
from visionask.report.target import writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.verdict import Finding

MOST_SUMMARY_BYTES = 1_000_000  # a step's summary above 1 MiB is not taken at all


def annotate(findings: Sequence[Finding]) -> list[str]:
    """Write the workflow commands. Text that others wrote can neither end a command nor begin one."""
    lines = []
    for finding in findings:
        if finding.verdict in ("true", "value", "unasked"):
            continue
        what = verdict_word(finding) if finding.verdict == "false" else f"could not be told ({finding.verdict})"
        sure = f" ({chance(finding)})" if finding.judged is not None and chance(finding) != "-" else ""
        reason = why(finding)
        message = f"{stated(finding)}: {what}{sure}" + (f": {reason}" if reason else "")
        fields = f"file={_property(finding.image)},title={_property('visionask check')}"
        lines.append(f"::error {fields}::{_data(message)}")
    return lines


def append_summary(path: str, text: str) -> None:
    """Add Markdown to the job's summary. Raises StateError where it cannot be written."""
    data = text.encode("utf-8", "replace")
    if len(data) > MOST_SUMMARY_BYTES:
        data = data[:MOST_SUMMARY_BYTES].rpartition(b"\n")[0] + b"\n\nThe rest is cut.\n"
    with writing(path), open(path, "ab") as file:
        file.write(data)


def _data(text: str) -> str:
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
