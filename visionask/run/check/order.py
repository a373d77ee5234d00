"""Owns the order of calls of `check`: subjects, what pixels alone tell, a first look, a second one where it is unsure.

What could not be told is neither true nor false: a finding has a verdict or an error, never both.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from visionask.core.errors import BadRequest, ServerFailed, VisionaskError
from visionask.core.plan import Planner
from visionask.core.verdict import Finding, Judged, Overall, overall
from visionask.run.ask import refuses_links
from visionask.run.check.judge import judged, read
from visionask.run.check.look import Ask, Engine, Look, Looker, Unsendable, planned_together
from visionask.run.check.subjects import Subject, fetched, find_subjects, higher, resized
from visionask.run.kept import open_kept

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from visionask.core.outcome import Outcome, PlannedRequest
    from visionask.core.questions import Group, Point
    from visionask.core.request import Endpoint
    from visionask.core.verdict import Reading
    from visionask.run.check.look import Watcher
    from visionask.run.kept import Keeping

_NO_ENDPOINT = ("(status 404)", "(status 405)", "(status 501)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is checked, and how. `second` is whom to ask where the first look is unsure; None: in higher detail."""

    groups: tuple[Group, ...]
    first: Look
    second: Look | None = None
    falls_back: bool = False  # to the schema engine, where the server has no decisions
    is_any: bool = False
    workers: int = 1


@dataclass(slots=True, kw_only=True)
class Report:
    """What a check came to: a finding for each point of each image, in order, and every request that was made."""

    findings: list[Finding] = field(default_factory=list)
    overall: Overall = field(default_factory=lambda: Overall(verdict=None))
    subjects: list[Subject] = field(default_factory=list)
    planned: PlannedRequest | None = None  # all requests of the first look together
    outcomes: list[Outcome] = field(default_factory=list)
    is_dry: bool = False
    seconds: float = 0.0


def plan_check(check: Check, watcher: Watcher) -> Report:
    """Plan and price: no key, no request, no SDK, no ledger."""
    report = _begun(check)
    if report.overall.error is None and report.planned is not None:
        try:
            watcher.on_plan(report.planned)
        except VisionaskError as error:
            report.overall = Overall(verdict=None, error=error)
    report.is_dry = report.overall.error is None
    return report


def run_check(check: Check, connect: AbstractContextManager[Endpoint], *, watcher: Watcher, keeping: Keeping) -> Report:
    """Check everything. Every end is a Report; only bugs and Ctrl-C raise."""
    started = time.monotonic()
    report = _begun(check)
    if report.overall.error is None:
        try:
            with ExitStack() as stack:
                if report.planned is not None:
                    kept = stack.enter_context(open_kept(keeping, watcher))
                    looker = Looker(kept=kept, connect=connect, watcher=watcher, workers=check.workers)
                    _look_twice(check, report, stack.enter_context(looker))
        except VisionaskError as error:
            _fail(report, _open_places(report), error)
        report.overall = overall(report.findings, is_any=check.is_any)
    report.seconds = time.monotonic() - started
    return report


def _begun(check: Check) -> Report:
    """Find and plan all images. One that cannot be sent stops everything."""
    report = Report()
    job = check.first.job
    try:
        subjects = find_subjects(check.groups, job.choosing, Planner(model=job.model, options=job.options))
        report.subjects = subjects
        report.findings = [_told(subject, point) for subject in subjects for point in subject.points]
        if any(subject.failure for subject in subjects):
            report.overall = overall(report.findings, is_any=False)
            return report
        asks = check.first.asks(_wanted(report))
    except VisionaskError as error:
        report.overall = Overall(verdict=None, error=error)
        return report
    report.planned = planned_together(asks) if asks else None
    return report


def _told(subject: Subject, point: Point) -> Finding:
    finding = Finding(image=subject.label, against=subject.against, point=point)
    if subject.failure is not None:
        return replace(finding, error=subject.failure.error)
    if not subject.is_told(point):
        return finding
    same = Judged(verdict="true", value=None, probability=1.0, distribution={"true": 1.0, "false": 0.0})
    return replace(finding, judged=same, is_identical=True)


def _wanted(report: Report) -> list[tuple[int, Subject, Point]]:
    """List the points that nothing is known of yet, with their places among the findings."""
    places = [(subject, point) for subject in report.subjects for point in subject.points]
    return [
        (place, subject, point)
        for place, (subject, point) in enumerate(places)
        if report.findings[place].verdict == "unasked"
    ]


def _open_places(report: Report) -> list[int]:
    return [place for place, finding in enumerate(report.findings) if finding.verdict in ("unasked", "undecided")]


def _look_twice(check: Check, report: Report, looker: Looker) -> None:
    look, wanted = check.first, _wanted(report)
    outcomes = _looked(report, look, looker, wanted=wanted)
    if any(outcome.error is not None and refuses_links(look.job, outcome.error) for outcome in outcomes):
        looker.watcher.on_notice("the server did not take the link: it is fetched here and sent as a picture")
        look = replace(look, job=replace(look.job, choosing=look.job.choosing._replace(passes_urls=False)))
        report.subjects = [fetched(subject, look.job) for subject in report.subjects]
        _forget(report, wanted)
        for place, subject, _ in _wanted(report):
            if subject.failure is not None:
                _fail(report, [place], subject.failure.error)
        wanted = _wanted(report)
        outcomes = _looked(report, look, looker, wanted=wanted)
    if check.falls_back and any(lacks_endpoint(outcome.error) for outcome in outcomes):
        looker.watcher.on_notice("the server has no decisions for this model: asked through Chat Completions instead")
        look = replace(look, engine="schema")
        _forget(report, wanted)
        _looked(report, look, looker, wanted=_wanted(report))
    again = [each for each in wanted if _wants_second(report.findings[each[0]], check)]
    if again:
        _second(check, report, looker, look=look, wanted=again)


def _forget(report: Report, wanted: Sequence[tuple[int, Subject, Point]]) -> None:
    """Forget what failed, so that it is asked in another way."""
    for place, _, _ in wanted:
        if report.findings[place].error is not None and report.findings[place].judged is None:
            report.findings[place] = replace(report.findings[place], error=None)


def _second(
    check: Check, report: Report, looker: Looker, *, look: Look, wanted: Sequence[tuple[int, Subject, Point]]
) -> None:
    """Look again: at another model where one was named, else in higher detail where there is one."""
    if check.second is not None:
        has_fallen_back = look.engine != check.first.engine
        look = replace(check.second, engine="schema") if has_fallen_back else check.second
        planner = Planner(model=look.job.model, options=look.job.options)
        choosing = look.job.choosing
        sized: dict[int, Subject | None] = {id(each): resized(each, planner, choosing) for _, each, _ in wanted}
    else:
        sized = {id(subject): higher(subject, look.job) for _, subject, _ in wanted}
    again = [(place, better, point) for place, subject, point in wanted if (better := sized[id(subject)]) is not None]
    if again:
        looker.watcher.on_notice(f"unsure of {len(again)}: looking again")
        _looked(report, look, looker, wanted=again)


def _wants_second(finding: Finding, check: Check) -> bool:
    is_allowed = check.second is not None or finding.point.rule.unsure is not None
    return is_allowed and finding.verdict == "undecided"


def _looked(
    report: Report, look: Look, looker: Looker, *, wanted: Sequence[tuple[int, Subject, Point]]
) -> list[Outcome]:
    """Send one look and note what it found. What ends it before anything is sent is raised."""
    asks = look.asks(wanted)
    if not asks:
        return []
    try:
        outcomes = looker.look(asks)
    except Unsendable as error:
        for failed in error.failed:
            places = [place for place, subject, _ in wanted if failed.label in (subject.label, subject.against)]
            _fail(report, places, failed.error)
        return []
    report.outcomes += outcomes
    by_places: dict[tuple[int, ...], list[tuple[Ask, Outcome]]] = {}
    for ask, outcome in zip(asks, outcomes, strict=True):
        by_places.setdefault(ask.places, []).append((ask, outcome))
    for votes in by_places.values():
        _note(report, look.engine, votes)
    return outcomes


def _note(report: Report, engine: Engine, votes: Sequence[tuple[Ask, Outcome]]) -> None:
    """Judge what the requests for the same points brought; one that failed leaves all of them untold."""
    ask = votes[0][0]
    error = next((outcome.error for _, outcome in votes if outcome.error is not None), None)
    readings: list[tuple[Reading, ...]] = []
    try:
        if error is None:
            readings = [read(each, outcome) for each, outcome in votes]
    except VisionaskError as unread:
        error = unread
    if error is not None and engine == "decisions" and lacks_endpoint(error):
        error.hint = "use --engine schema, or check the base URL: is /v1 missing?"
    for index, place in enumerate(ask.places):
        finding = replace(
            report.findings[place],
            engine=engine,
            model=ask.job.model.name,
            detail=ask.planned.images[0].sizing.level,
            looks=report.findings[place].looks + 1,
            is_cached=all(outcome.is_cached for _, outcome in votes),
        )
        report.findings[place] = (
            replace(finding, judged=None, error=error)
            if error is not None
            else judged(finding, tuple(reading[index] for reading in readings))
        )


def _fail(report: Report, places: Sequence[int], error: VisionaskError) -> None:
    for place in places:
        report.findings[place] = replace(report.findings[place], judged=None, error=error)


def lacks_endpoint(error: VisionaskError | None) -> bool:
    """Tell whether a server answered that it has nothing at the path of the request."""
    return isinstance(error, BadRequest | ServerFailed) and any(status in error.message for status in _NO_ENDPOINT)
