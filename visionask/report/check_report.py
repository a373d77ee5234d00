"""How a check is told: the table that people read, Markdown, and the record.

What a check tells GitHub Actions: an annotation for each finding that is not true, and the job's summary.

Source: docs.github.com/actions/reference/workflows-and-actions/workflow-commands, and `command.ts` of actions/toolkit
for the escapes, checked 2026-11-22.

The JUnit file of a check: a suite for each image, a case for each statement.

False is a failure; what could not be told is an error, never a failure; what was not asked is skipped. The file is
valid for Jenkins (`junit-10.xsd` of jenkinsci/xunit-plugin), and each suite for the stricter schema of Apache Ant
(windyroad/JUnit-Schema), which knows no attribute of the root; its counts stand there for GitLab and others, in the
words of the format that GitLab's documentation links to. Checked 2026-11-28.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import TYPE_CHECKING

from visionask.core.checks import DEFAULT_THRESHOLD, kind_of
from visionask.core.image import Failed
from visionask.core.prices import sum_usd
from visionask.core.stats import wilson_interval
from visionask.report.clean import clean, one_line
from visionask.report.csv_report import csv_cell, csv_row
from visionask.report.markdown_report import literal
from visionask.report.output import writing
from visionask.report.records import Record, envelope, error_dict, failed_dict, image_dict, money, projected_dict
from visionask.report.table import VERDICTS, Column, Row, plain_lines, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

    from visionask.core.checks import Accepted, Finding, Overall
    from visionask.core.plan import ImagePlan
    from visionask.core.request import Ended, PlannedRequest
    from visionask.report.console import Console


_WORDS = {"unasked": "not asked"}


_USAGE = ("input_tokens", "image_tokens", "cached_tokens", "output_tokens", "reasoning_tokens")


def verdict_word(finding: Finding) -> str:
    """Say the verdict; `value` where nothing is expected."""
    return _WORDS.get(finding.verdict, finding.verdict)


def chance(finding: Finding) -> str:
    """Say how sure it is: a probability, a share of votes, or that no request was needed."""
    if finding.is_identical:
        return "identical"
    if finding.judged is None or finding.is_single_vote:
        return "-"
    if finding.engine == "schema":
        count = len(finding.readings)
        return f"{round((seen_probability(finding) or 0) * count)}/{count}"
    return _probability(seen_probability(finding))


def _probability(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def sure(finding: Finding) -> str:
    """Write it for a table: `p=0.94`, `3/5`, `identical`, `-`."""
    told = chance(finding)
    return f"p={told}" if told[:1].isdigit() and "/" not in told else told


def why(finding: Finding) -> str | None:
    """Return the reason: of an error, else of the first vote that names the likeliest value."""
    if finding.error is not None and not finding.readings:
        return finding.error.message
    if finding.judged is None:
        return None if finding.error is None else finding.error.message
    top = max(finding.judged.distribution, key=lambda name: finding.judged.distribution[name] if finding.judged else 0)
    return next((reading.reason for reading in finding.readings if top in reading.weights and reading.reason), None)


def seen(finding: Finding) -> str:
    """Write what was seen, with what was expected: `light (expected dark)`; nothing where the verdict says it all."""
    rule, judged = finding.point.rule, finding.judged
    if judged is None or kind_of(finding.point.question) == "predicate":
        return ""
    value = judged.value or "no one value"
    return value if rule.expect is None else f"{value} (expected {rule.expect})"


def seen_probability(finding: Finding) -> float | None:
    """Return how likely what was seen is: the value of a choice or score, the truth of a statement."""
    judged = finding.judged
    if finding.probability is None or judged is None or judged.value is None:
        return finding.probability
    return judged.distribution.get(judged.value)


def only_value(findings: Sequence[Finding]) -> str | None:
    """Return the value where a check is one question that expects nothing: then it is the whole output."""
    if len(findings) == 1 and findings[0].verdict == "value" and findings[0].judged is not None:
        return findings[0].judged.value
    return None


_FINDINGS = (
    Column("verdict", width=9, styles=VERDICTS),
    Column("statement", "fold"),
    Column("seen", "text"),
    Column("sure"),
    Column("image", "name"),
)


def _table(findings: Sequence[Finding]) -> tuple[list[Column], list[Row]]:
    """Return the columns and rows: the reason stands below what is not true, and no column where nothing is seen."""
    rows = []
    for finding in findings:
        text, reason = one_line(finding.point.question.text), why(finding)
        if reason and finding.verdict != "true":
            text += f"\n{one_line(reason)}"
        rows.append([verdict_word(finding), text, one_line(seen(finding)), sure(finding), one_line(finding.image)])
    kept = [at for at, column in enumerate(_FINDINGS) if column.head != "seen" or any(row[at] for row in rows)]
    return [_FINDINGS[at] for at in kept], [Row([row[at] for at in kept]) for row in rows]


def check_table(findings: Sequence[Finding]) -> list[str]:
    """Return the plain table of a check."""
    return list(plain_lines(*_table(findings)))


def write_check(console: Console, findings: Sequence[Finding]) -> None:
    """Write the table of a check."""
    write_table(console, *_table(findings))


def accepted_table(accepted: Sequence[Accepted]) -> list[str]:
    """Write a line for each image that is the new baseline."""
    return [f"{each.change:<9}  {one_line(each.image)}  {one_line(each.baseline)}" for each in accepted]


def check_markdown(findings: Sequence[Finding], overall: Overall) -> str:
    """Write a table of Markdown in which nothing that a model or a file name says is markup."""
    word = overall.verdict or "could not be told"
    rows = [
        f"### visionask check: {word}\n",
        "| verdict | statement | seen | sure | image | why |",
        "| :-- | :-- | :-- | --: | :-- | :-- |",
    ]
    for finding in findings:
        cells = (
            verdict_word(finding),
            finding.point.question.text,
            seen(finding),
            sure(finding),
            finding.image,
            why(finding) or "",
        )
        rows.append("| " + " | ".join(literal(" ".join(one_line(cell).split())) for cell in cells) + " |")
    return "\n".join(rows) + "\n"


_COLUMNS = (
    *("image", "against", "difference", "kind", "statement", "expect", "verdict", "seen", "probability", "votes"),
    *("threshold", "reason", "engine", "model", "detail", "cached", "seconds", "usd", "error_code", "error_message"),
)


def check_csv(findings: Sequence[Finding]) -> str:
    """Write a table for spreadsheets: a row a finding, in which no cell can become a formula."""
    rows = [csv_row(_COLUMNS), *(csv_row([csv_cell(row[name]) for name in _COLUMNS]) for row in _rows(findings))]
    return "".join(row.decode() for row in rows)


def check_database(findings: Sequence[Finding]) -> bytes:
    """Return the same table as a file of SQLite."""
    from visionask.report.sqlite_report import database

    return database(_COLUMNS, _rows(findings))


def _rows(findings: Sequence[Finding]) -> Iterator[Record]:
    for finding in findings:
        told = finding_dict(finding)
        error = told["error"] or {}
        votes = None if told["votes"] is None else ", ".join(f"{name} {n}" for name, n in told["votes"].items())
        took = None if finding.seconds is None else round(finding.seconds, 3)
        paid = {"seconds": took, "usd": None if finding.usd is None else money(finding.usd)}
        more = paid | {"votes": votes, "error_code": error.get("code"), "error_message": error.get("message")}
        yield told | more


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
        "seen": None if judged is None else judged.value or (finding.verdict if not seen(finding) else None),
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
        "difference": None if finding.difference is None else round(finding.difference, 6),
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
    record["usd"] = money(sum_usd([outcome.billed_usd for outcome in paid]))
    return record


MOST_SUMMARY_BYTES = 1_000_000  # a step's summary above 1 MiB is not taken at all


def annotate(findings: Sequence[Finding]) -> list[str]:
    """Write the workflow commands. Text that others wrote can neither end a command nor begin one."""
    lines = []
    for finding in findings:
        if finding.verdict in ("true", "value", "unasked"):
            continue
        reason = why(finding)
        text = finding.point.question.text
        message = f"{text}: {_told(finding)}" + (f": {reason}" if reason else "")
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


_NO_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # what XML 1.0 cannot hold in any spelling


_HOST = "localhost"  # the schema wants a name, and where a check runs is not for a report


def junit(findings: Sequence[Finding], *, seconds: float, at: float | None = None) -> bytes:
    """Write the file; `at` is the Unix time at which the check began."""
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    counts = _counts(findings)
    del counts["skipped"]  # Jenkins' schema knows it for a suite alone
    root = Element("testsuites", {"name": "visionask check", **counts, "time": f"{seconds:.3f}"})
    began = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - seconds if at is None else at))
    by_image: dict[str, list[Finding]] = {}
    for finding in findings:
        by_image.setdefault(finding.image, []).append(finding)
    for number, (image, own) in enumerate(by_image.items()):
        name = _text(image) or "image"
        fields = {"name": name, "package": "visionask.check", "id": str(number), "timestamp": began, "hostname": _HOST}
        took = f"{sum(finding.seconds or 0.0 for finding in own):.3f}"
        suite = SubElement(root, "testsuite", {**fields, **_counts(own), "time": took})
        properties = SubElement(suite, "properties")
        for key, value in _properties(own).items():
            SubElement(properties, "property", {"name": key, "value": _text(value)})
        for finding in own:
            fields = {
                "name": _text(finding.point.question.text),
                "classname": name,
                "time": f"{finding.seconds or 0.0:.3f}",
            }
            _fill(SubElement(suite, "testcase", fields), finding)
        told = [f"{finding.point.question.text}: {_told(finding)}" for finding in own if finding.judged is not None]
        SubElement(suite, "system-out").text = _text("\n".join(told))
        SubElement(suite, "system-err")
    indent(root)
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _properties(findings: Sequence[Finding]) -> dict[str, str]:
    """Return what stands for all cases of one picture: its name and baseline, who judged it, and for how much."""
    told = {
        "picture": findings[0].image,
        "baseline": findings[0].against,
        "model": ", ".join(dict.fromkeys(each.model for each in findings if each.model)),
        "engine": ", ".join(dict.fromkeys(each.engine for each in findings if each.engine)),
        "price_usd": money(sum_usd([finding.usd for finding in findings])),
    }
    return {name: value for name, value in told.items() if value}


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
        fact = _told(finding)
        SubElement(case, "failure", {"message": _text(fact), "type": "false"}).text = _text(why(finding) or fact)
    elif finding.error is not None:
        fields = {"message": _text(finding.error.message), "type": finding.error.code}
        SubElement(case, "error", fields).text = _text(finding.error.hint)


def _told(finding: Finding) -> str:
    """Say the verdict, what was seen, and how sure: `false, saw light (expected dark) (0.94)`."""
    is_told = finding.verdict in ("true", "false", "value")
    word = verdict_word(finding) if is_told else f"could not be told ({finding.verdict})"
    saw, probability = seen(finding), chance(finding)
    certain = finding.judged is not None and probability != "-"
    return word + (f", saw {saw}" if saw else "") + (f" ({probability})" if certain else "")


def _text(text: str) -> str:
    """Spell what XML cannot hold visibly."""
    return re.sub(_NO_XML, lambda found: f"\\x{ord(found[0]):02x}", text)
