"""The verdicts of a scan: closed questions about each image, in one request each, and a second look where it is unsure.

All points about an image share one request, as `visionask.run.closed` puts them; what it brought is judged there too,
and becomes data with one value a column. Who asks in two stages pays the second only for images of which the first
cannot tell, by its zone (`--unsure`), or for which its model declined or garbled the answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visionask.core.arguments import need_one_of
from visionask.core.checks import Choice, Finding, Point, Predicate, Score, distinct
from visionask.core.errors import BadRequest, RejectedError, Undecided, UsageError
from visionask.core.namedtuple import NamedTuple
from visionask.core.request import Answered
from visionask.run.closed import MOST_IN_A_SCHEMA, Posed, judge_votes, pose, read_points, read_votes, read_way
from visionask.run.closed import judged as judged_finding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from visionask.core.flags import CheckFlags, SchemaFlags, SendingFlags
    from visionask.core.request import Answer, Ended
    from visionask.core.schema import Schema
    from visionask.run.job import Job
    from visionask.run.options import Prepared


class Judging(NamedTuple):
    """How the images of a scan are judged: the request that asks all points of each.

    `second` looks again at those of which the first cannot tell.
    """

    first: Posed
    second: Posed | None = None

    @property
    def asked(self) -> str:
        """What is asked, in the user's words."""
        return "; ".join(point.question.text for point in self.first.points)


class Verdict(NamedTuple):
    """What one request says of one image: its outcome with the verdicts as data, and the findings they come from."""

    outcome: Ended
    findings: tuple[Finding, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether a second look may tell more: of an unsure point, or of a reply that tells nothing."""
        error = self.outcome.error
        if error is not None:
            return isinstance(error, RejectedError) and not isinstance(error, BadRequest)
        return any(finding.verdict == "undecided" for finding in self.findings)

    @property
    def is_true(self) -> bool | None:
        """Whether all points that expect something hold; None where one of them is not told."""
        verdicts = {finding.verdict for finding in self.findings}
        if not verdicts or verdicts & {"undecided", "refused", "error", "unasked"}:
            return None
        return "false" not in verdicts


def _read_look(
    job: Job, points: Sequence[Point], asked: CheckFlags, sending: SendingFlags, *, is_openai: bool
) -> Posed:
    """Put the points of a scan into one request. Raises UsageError for more than one request takes."""
    way = read_way(asked, sending, job.model, points, is_openai=is_openai)._replace(repeat=1)
    try:
        way.refuse_unheld(points, job.model.name)
    except UsageError as error:
        error.hint = "a model with the Decisions API gives probabilities: visionask models; --engine decisions"
        raise
    if way.engine == "decisions" and job.model.prices is not None:
        job = replace(job, model=job.model._replace(prices=job.model.prices.for_decisions()))
    requests = pose(job, points, way)
    if len(requests) > 1:
        most = way.most_questions if way.engine == "decisions" else MOST_IN_A_SCHEMA
        raise UsageError(f"{len(points)} questions are more than one request takes ({most})", "ask fewer at a time")
    return requests[0][0]


DETAILS = ("low", "high", "original")


class Closed(NamedTuple):
    """What the flags of closed questions say."""

    asked: CheckFlags

    @property
    def is_asked(self) -> bool:
        """Whether it is a closed question at all."""
        return bool(self.asked.statement or self.asked.checks or self.asked.choice or self.asked.score)

    @property
    def takes_question(self) -> bool:
        """Whether a question stands before the images: that of a choice or score, or one that is open."""
        return (not self.asked.statement and not self.asked.checks) or bool(self.asked.choice or self.asked.score)

    def refuse_opposites(
        self, schema: SchemaFlags, *, saved: str | None, prompt_file: str | None, sidecar: bool = False
    ) -> None:
        """Refuse flags that mean nothing together. Raises UsageError."""
        if not self.is_asked:
            given = [
                flag
                for flag, value in {
                    "--expect": self.asked.expect,
                    "--threshold": self.asked.threshold,
                    "--unsure": self.asked.unsure,
                    "--escalate": self.asked.escalate,
                    "--escalate-detail": self.asked.escalate_detail,
                }.items()
                if value is not None
            ]
            if given:
                raise UsageError(f"{given[0]} is for closed questions", "add --statement TEXT, --choice or --score")
            return
        if schema.schema is not None or schema.schema_multi is not None:
            hint = "drop --schema, or take a template that has none"
            raise UsageError("a closed question has a schema of its own", hint)
        if sidecar:
            raise UsageError("--sidecar holds an answer in words, not a verdict", "use -o results.csv")
        if not self.takes_question and (saved is not None or prompt_file is not None):
            raise UsageError("--statement takes the place of the question", "drop --prompt-file or the template")

    def points(self, question: str) -> tuple[Point, ...]:
        """Return what is asked of each image; nothing where the question is open. Raises UsageError."""
        if not self.is_asked:
            return ()
        points: list[Point] = []
        if self.asked.checks is not None:
            from visionask.config.checks import read_checks

            points += [point for group in read_checks(self.asked.checks, for_scan=True) for point in group.points]
        texts = [*([question] if question else []), *(self.asked.statement or [])]
        if texts:
            points += read_points(self.asked, texts)
        return distinct(points)

    def read(
        self,
        job: Job,
        points: Sequence[Point],
        prepared: Prepared,
        on_notice: Callable[[str], None],
    ) -> Judging | None:
        """Return how the images are judged; None for an open question. Raises UsageError, ConfigError."""
        if not points:
            return None
        from visionask.run.options import read_job

        settings, sending = prepared.settings, prepared.sending
        is_openai = settings.is_openai and sending.local is None
        first = _read_look(job, points, self.asked, sending, is_openai=is_openai)
        if self.asked.escalate is None and self.asked.escalate_detail is None:
            return Judging(first)
        chosen = settings._replace(
            model=self.asked.escalate or settings.model,
            is_model_named=settings.is_model_named or self.asked.escalate is not None,
            detail=need_one_of(self.asked.escalate_detail, "--escalate-detail", DETAILS) or settings.detail,
        )
        prepared = prepared._replace(settings=chosen)
        again = read_job(prepared, question=job.question, choosing=job.choosing, on_notice=on_notice)
        held = [replace(point, rule=replace(point.rule, unsure=None)) for point in points]  # the zone is the first's
        return Judging(first, _read_look(again, held, self.asked, sending, is_openai=is_openai))


def judged(posed: Posed, outcome: Ended) -> Verdict:
    """Judge what one request brought."""
    if not isinstance(outcome, Answered):
        return Verdict(outcome)
    label = outcome.planned.images[0].source.label
    blank = [Finding(image=label, point=point) for point in posed.points]
    findings = tuple(judge_votes(blank, [(posed, outcome)]))
    error = next((each.error for each in findings if each.error and not isinstance(each.error, Undecided)), None)
    if error is not None:
        return Verdict(outcome.refused(error))
    answer = replace(outcome.answer, text=in_words(findings))
    return Verdict(replace(outcome, answer=answer, data=data_of(findings)), findings)


def one_vote(answer: Answer, points: Sequence[Point], *, schema: Schema, label: str) -> tuple[Finding, ...]:
    """Judge a reply to the schema of some points. Raises BadReply."""
    readings = read_votes(answer, [point.question for point in points], schema=schema)
    return tuple(
        judged_finding(Finding(image=label, point=point, engine="schema"), (reading,))
        for point, reading in zip(points, readings, strict=True)
    )


def in_words(findings: Sequence[Finding]) -> str:
    """Return verdicts in a word each."""
    return ", ".join(word(finding) for finding in findings)


def shown(verdict: Verdict) -> str:
    """Return a verdict as a line of text, several as a line each: `true  p=0.93`."""
    lines = [
        word(each) + ("" if each.probability is None else f"  p={each.probability:.2f}") for each in verdict.findings
    ]
    if len(lines) == 1:
        return lines[0]
    return "\n".join(f"{line}  {each.point.question.text}" for line, each in zip(lines, verdict.findings, strict=True))


def data_of(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return verdicts as values with a name each: of several points each name begins with what was asked."""
    if len(findings) == 1:
        return _values(findings[0])
    return {f"{each.point.question.text}: {name}": value for each in findings for name, value in _values(each).items()}


def _values(finding: Finding) -> dict[str, Any]:
    """Return what is told of one point. Worked: {"choice": "light", "probability": 0.9, "light": 0.9, "dark": 0.1}."""
    question, told = finding.point.question, finding.judged
    values: dict[str, Any] = {}
    if isinstance(question, Predicate) or finding.point.rule.expected:
        values["verdict"] = _verdict(finding)
    value = None if told is None else told.value
    if isinstance(question, Choice):
        values["choice"] = value
    elif isinstance(question, Score):
        values["score"] = None if value is None else int(value)
    values["probability"] = finding.probability
    if isinstance(question, Choice) and told is not None and finding.probability is not None:
        values |= {name: told.distribution.get(name, 0.0) for name in question.values}
    reason = next((reading.reason for reading in finding.readings if reading.reason), None)
    return values if reason is None else values | {"reason": reason}


def _verdict(finding: Finding) -> str:
    return finding.verdict if finding.verdict in ("true", "false") else "unsure"


def word(finding: Finding) -> str:
    """Return a verdict in a word: true, false, the value, or unsure."""
    if isinstance(finding.point.question, Predicate):
        return _verdict(finding)
    told = finding.judged
    return "unsure" if told is None or told.value is None else told.value
