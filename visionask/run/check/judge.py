"""Owns what a reply means for the statements it is about: read by either engine, and judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from visionask.core.errors import Refused
from visionask.core.verdict import judge, read_probabilities, undecided
from visionask.run.check.schema import read_votes

if TYPE_CHECKING:
    from visionask.core.outcome import Outcome
    from visionask.core.verdict import Finding, Reading
    from visionask.run.check.look import Ask


def read(ask: Ask, outcome: Outcome) -> tuple[Reading, ...]:
    """Read a reply, a reading for each of its points. Raises BadReply where it is none."""
    assert outcome.answer is not None
    questions = [point.question for point in ask.points]
    if ask.job.schema is None:
        return read_probabilities(outcome.answer.text, questions)
    return read_votes(outcome.answer, questions, schema=ask.job.schema)


def judged(finding: Finding, readings: tuple[Reading, ...]) -> Finding:
    """Judge a finding by all votes about it; one that was declined is told by none."""
    finding = replace(finding, readings=readings, error=None)
    if any(reading.is_refused for reading in readings):
        refused = Refused(
            f"the model declined to answer {finding.point.question.text!r}", "word it differently, or use another image"
        )
        return replace(finding, judged=None, error=refused)
    told = judge(finding.point, readings)
    error = undecided(told, finding.point) if told.verdict == "undecided" else None
    return replace(finding, judged=told, error=error)
