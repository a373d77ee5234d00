"""Owns how a check is told: the table that people read, Markdown, and the record."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from visionask.core.image import Failed
from visionask.core.questions import kind_of
from visionask.core.verdict import DEFAULT_THRESHOLD
from visionask.report.clean import one_line
from visionask.report.markdown_report import literal
from visionask.report.records import Record, envelope, error_dict, failed_dict, image_dict, money, projected_dict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.outcome import Outcome, PlannedRequest
    from visionask.core.plan import ImagePlan
    from visionask.core.verdict import Finding, Overall

_WIDEST = 60  # characters of a statement beside its image
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
    if finding.judged is None or (finding.engine == "schema" and len(finding.readings) == 1):
        return "-"
    if finding.engine == "schema":
        count = len(finding.readings)
        return f"{round(finding.judged.probability * count)}/{count}"
    return f"{finding.judged.probability:.4f}".rstrip("0").rstrip(".")


def why(finding: Finding) -> str | None:
    """Give the reason: of an error, else of the first vote that names the likeliest value."""
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
    """Give the value where a check is one question that expects nothing: then it is the whole output."""
    if len(findings) == 1 and findings[0].verdict == "value" and findings[0].judged is not None:
        return findings[0].judged.value
    return None


def table(findings: Sequence[Finding]) -> list[str]:
    """Write a line for each finding, and the reason below what is not true."""
    texts = [one_line(stated(finding)) for finding in findings]
    wide = min(_WIDEST, max((len(text) for text in texts), default=0))
    words = [one_line(verdict_word(finding)) for finding in findings]
    first = max(9, *(len(word) for word in words)) if words else 9
    lines = [f"{'verdict':<{first}}  {'chance':>9}  {'statement':<{wide}}  image"]
    for finding, text, word in zip(findings, texts, words, strict=True):
        lines.append(f"{word:<{first}}  {chance(finding):>9}  {text:<{wide}}  {one_line(finding.image)}")
        reason = why(finding)
        if reason and finding.verdict != "true":
            lines.append(f"{'':<{first}}  {'':>9}  {one_line(reason)}")
    return lines


def markdown(findings: Sequence[Finding], overall: Overall) -> str:
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
    judges = kind_of(question) == "predicate" or rule.expect is not None
    return {
        "id": question.id,
        "image": finding.image,
        "against": finding.against,
        "kind": kind_of(question),
        "statement": question.text,
        "expect": rule.expect,
        "threshold": (rule.threshold or DEFAULT_THRESHOLD) if judges and rule.unsure is None else rule.threshold,
        "unsure": None if rule.unsure is None else [*rule.unsure],
        "verdict": finding.verdict,
        "value": None if judged is None else judged.value,
        "probability": None if judged is None else judged.probability,
        "distribution": None if judged is None else dict(judged.distribution),
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


def check_record(
    findings: Sequence[Finding],
    overall: Overall,
    *,
    images: Sequence[ImagePlan | Failed],
    planned: PlannedRequest | None,
    outcomes: Sequence[Outcome],
    seconds: float | None,
) -> Record:
    """Tell of a whole check in one record; `seconds` None: it was only planned."""
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


def _billed(outcomes: Sequence[Outcome]) -> Record | None:
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
