"""How a check is told: the table that people read, Markdown, and the record.

What a check tells GitHub Actions: an annotation for each finding that is not true, and the job's summary.

Source: docs.github.com/actions/reference/workflows-and-actions/workflow-commands, and `command.ts` of actions/toolkit
for the escapes, checked 2026-11-22.

The JUnit file of a check: a suite for each image, a case for each statement.

False is a failure; what could not be told is an error, never a failure; what was not asked is skipped.
Source: github.com/testmoapp/junitxml (what Jenkins, GitLab and others read), checked 2026-11-22.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from visionask.core.checks import DEFAULT_THRESHOLD, kind_of
from visionask.core.image import Failed
from visionask.core.stats import wilson_interval
from visionask.report.clean import clean, one_line
from visionask.report.markdown_report import literal
from visionask.report.output import writing
from visionask.report.records import Record, envelope, error_dict, failed_dict, image_dict, money, projected_dict
from visionask.report.table import VERDICTS, Column, Row, plain_lines, write_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from visionask.core.checks import Finding, Overall
    from visionask.core.plan import ImagePlan
    from visionask.core.request import Ended, PlannedRequest
    from visionask.report.console import Console


_WORDS = {"unasked": "not asked"}


_USAGE = ("input_tokens", "image_tokens", "cached_tokens", "output_tokens", "reasoning_tokens")


def verdict_word(finding: Finding) -> str:
    """Say the verdict, or the value where nothing is expected."""
    if finding.verdict == "value" and finding.judged is not None and finding.judged.value is not None:
        return finding.judged.value
    return _WORDS.get(finding.verdict, finding.verdict)


def chance(finding: Finding) -> str:
    """Say how sure it is: a probability, a share of votes, or that no request was needed."""
    if finding.is_identical:
        return "identical"
    if finding.judged is None or finding.is_single_vote:
        return "-"
    if finding.engine == "schema":
        count = len(finding.readings)
        return f"{round(finding.judged.probability * count)}/{count}"
    return f"{finding.judged.probability:.4f}".rstrip("0").rstrip(".")


def why(finding: Finding) -> str | None:
    """Return the reason: of an error, else of the first vote that names the likeliest value."""
    if finding.error is not None and not finding.readings:
        return finding.error.message
    if finding.judged is None:
        return None if finding.error is None else finding.error.message
    top = max(finding.judged.distribution, key=lambda name: finding.judged.distribution[name] if finding.judged else 0)
    return next((reading.reason for reading in finding.readings if top in reading.weights and reading.reason), None)


def stated(finding: Finding) -> str:
    """Write the statement, with what is expected of it."""
    expect = finding.point.rule.expect
    return finding.point.question.text if expect is None else f"{finding.point.question.text} [{expect}]"


def only_value(findings: Sequence[Finding]) -> str | None:
    """Return the value where a check is one question that expects nothing: then it is the whole output."""
    if len(findings) == 1 and findings[0].verdict == "value" and findings[0].judged is not None:
        return findings[0].judged.value
    return None


_FINDINGS = (
    Column("verdict", width=9, styles=VERDICTS),
    Column("chance", "number", width=9, goes=1),
    Column("statement", "fold"),
    Column("image", "name"),
)


def _finding_rows(findings: Sequence[Finding]) -> list[Row]:
    """Return a row for each finding, with the reason below a statement that is not true."""
    rows = []
    for finding in findings:
        text, reason = one_line(stated(finding)), why(finding)
        if reason and finding.verdict != "true":
            text += f"\n{one_line(reason)}"
        rows.append(Row((one_line(verdict_word(finding)), chance(finding), text, one_line(finding.image))))
    return rows


def check_table(findings: Sequence[Finding]) -> list[str]:
    """Return the plain table of a check."""
    return list(plain_lines(_FINDINGS, _finding_rows(findings)))


def write_check(console: Console, findings: Sequence[Finding]) -> None:
    """Write the table of a check."""
    write_table(console, _FINDINGS, _finding_rows(findings))


def check_markdown(findings: Sequence[Finding], overall: Overall) -> str:
    """Write a table of Markdown in which nothing that a model or a file name says is markup."""
    word = overall.verdict or "could not be told"
    rows = [
        f"### visionask check: {word}\n",
        "| verdict | chance | statement | image | why |",
        "| :-- | --: | :-- | :-- | :-- |",
    ]
    for finding in findings:
        cells = (verdict_word(finding), chance(finding), stated(finding), finding.image, why(finding) or "")
        rows.append("| " + " | ".join(literal(" ".join(one_line(cell).split())) for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def finding_dict(finding: Finding) -> Record:
    """Describe one finding for a machine. `verdict` is true or false only where it was told."""
    question, rule, judged = finding.point.question, finding.point.rule, finding.judged
    is_vote = finding.engine == "schema" and judged is not None
    return {
        "id": question.id,
        "image": finding.image,
        "against": finding.against,
        "kind": kind_of(question),
        "statement": question.text,
        "expect": rule.expect,
        "threshold": _threshold(finding),
        "unsure": None if rule.unsure is None else [*rule.unsure],
        "verdict": finding.verdict,
        "value": None if judged is None else judged.value,
        "probability": finding.probability,
        "interval": _interval(finding),
        "distribution": None if judged is None or finding.is_single_vote else dict(judged.distribution),
        "votes": dict(Counter(name for each in finding.readings for name in each.weights)) if is_vote else None,
        "reason": why(finding) if finding.readings else None,
        "engine": finding.engine,
        "model": finding.model,
        "detail": finding.detail,
        "looks": finding.looks,
        "cached": finding.is_cached,
        "identical": finding.is_identical,
        "error": None if finding.error is None else error_dict(finding.error),
    }


def _threshold(finding: Finding) -> float | None:
    """Return what the probability is held against: nothing where there is none, or where any value will do."""
    rule = finding.point.rule
    judges = kind_of(finding.point.question) == "predicate" or rule.expect is not None
    if rule.threshold is not None or rule.unsure is not None or finding.is_single_vote or not judges:
        return rule.threshold
    return DEFAULT_THRESHOLD


def _interval(finding: Finding) -> list[float] | None:
    """Return Wilson's 95% interval of a share of votes; None where there is none."""
    if finding.engine != "schema" or finding.probability is None:
        return None
    count = len(finding.readings)
    low, high = wilson_interval(round(finding.probability * count), count)
    return [round(low, 4), round(high, 4)]


def check_record(
    findings: Sequence[Finding],
    overall: Overall,
    *,
    images: Sequence[ImagePlan | Failed],
    planned: PlannedRequest | None,
    outcomes: Sequence[Ended],
    seconds: float | None,
) -> Record:
    """Report a whole check in one record; `seconds` None: it was only planned."""
    status = "failed" if overall.error is not None else "planned" if seconds is None else "ok"
    record = envelope("check", status)
    encoded = {
        plan: picture
        for outcome in outcomes
        if outcome.planned is not None
        for plan, picture in zip(outcome.planned.images, outcome.encoded, strict=False)
    }
    record["images"] = [
        failed_dict(image) if isinstance(image, Failed) else image_dict(image, encoded.get(image)) for image in images
    ]
    if planned is not None:
        record["model"] = planned.projection.model.name
        record["projected"] = projected_dict(planned.projection)
    record["question"] = "\n".join(dict.fromkeys(finding.point.question.text for finding in findings)) or None
    record["answer"] = only_value(findings) or overall.verdict
    record["data"] = {"verdict": overall.verdict, "checks": [finding_dict(finding) for finding in findings]}
    record["billed"] = _billed(outcomes)
    record["cached"] = bool(outcomes) and all(outcome.is_cached for outcome in outcomes)
    record["attempts"] = sum(outcome.attempts for outcome in outcomes) or None
    record["seconds"] = None if seconds is None else round(seconds, 3)
    record["error"] = None if overall.error is None else error_dict(overall.error)
    return record


def _billed(outcomes: Sequence[Ended]) -> Record | None:
    """Add up what was billed; a figure that one reply does not say is null."""
    paid = [outcome for outcome in outcomes if outcome.answer is not None and not outcome.is_cached]
    usages = [
        outcome.answer.usage for outcome in paid if outcome.answer is not None and outcome.answer.usage is not None
    ]
    if not usages:
        return None
    record: Record = {}
    for name in _USAGE:
        figures = [getattr(usage, name) for usage in usages]
        record[name] = None if None in figures or len(usages) < len(paid) else sum(figures)
    prices = [outcome.billed_usd for outcome in paid]
    known = [price for price in prices if price is not None]
    record["usd"] = money(sum(known, Decimal(0))) if len(known) == len(prices) else None
    return record


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


_NO_XML = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # what XML 1.0 cannot hold in any spelling


def junit(findings: Sequence[Finding], *, seconds: float) -> bytes:
    """Write the file."""
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    root = Element("testsuites", {"name": "visionask check", **_counts(findings), "time": f"{seconds:.3f}"})
    for image in dict.fromkeys(finding.image for finding in findings):
        own = [finding for finding in findings if finding.image == image]
        suite = SubElement(root, "testsuite", {"name": _text(image), **_counts(own), "time": "0.000"})
        for finding in own:
            case = SubElement(
                suite, "testcase", {"name": _text(stated(finding)), "classname": _text(image), "time": "0.000"}
            )
            _fill(case, finding)
    indent(root)
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _counts(findings: Sequence[Finding]) -> dict[str, str]:
    verdicts = [finding.verdict for finding in findings]
    failures, skipped = verdicts.count("false"), verdicts.count("unasked")
    errors = sum(verdict in ("undecided", "refused", "error") for verdict in verdicts)
    counts = {"tests": len(verdicts), "failures": failures, "errors": errors, "skipped": skipped}
    return {name: str(count) for name, count in counts.items()}


def _fill(case: Element, finding: Finding) -> None:
    from xml.etree.ElementTree import SubElement

    if finding.verdict == "unasked":
        SubElement(case, "skipped", {"message": "not asked"})
    elif finding.verdict == "false":
        fact = _told(finding) if finding.point.rule.expect is None else f"not {finding.point.rule.expect}"
        SubElement(case, "failure", {"message": _text(fact), "type": "false"}).text = _text(why(finding) or fact)
    elif finding.error is not None:
        fields = {"message": _text(finding.error.message), "type": finding.error.code}
        SubElement(case, "error", fields).text = _text(finding.error.hint)
    else:
        SubElement(case, "system-out").text = _text(_told(finding))


def _told(finding: Finding) -> str:
    sure = chance(finding)
    return verdict_word(finding) if sure == "-" else f"{verdict_word(finding)} ({sure})"


def _text(text: str) -> str:
    """Spell what XML cannot hold visibly."""
    return _NO_XML.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
