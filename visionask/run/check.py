"""The order of calls of `check`: subjects, what pixels alone tell, a first look, a second one where it is unsure.

What could not be told is neither true nor false: a finding has a verdict or an error, never both.
"""

from __future__ import annotations

import time
from dataclasses import field, replace
from typing import TYPE_CHECKING

from visionask.core.checks import Finding, Overall, Point, overall
from visionask.core.dataclass import dataclass
from visionask.core.errors import UsageError, VisionaskError
from visionask.core.image import Failed
from visionask.core.ledger import Budget
from visionask.core.plan import Planner
from visionask.run.closed import judge_votes, lacks_endpoint, read_way, settled
from visionask.run.look import Look, Looker, OnProgress, Unsendable, planned_together
from visionask.run.pictures import Spool
from visionask.run.session import Policy, open_session
from visionask.run.subjects import (
    Subject,
    accept,
    find_subjects,
    first_finding,
    higher,
    resized,
    unpaired,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from visionask.config.settings import Settings
    from visionask.core.checks import Accepted, Group
    from visionask.core.flags import CheckFlags
    from visionask.core.request import Ended, Endpoint, PlannedRequest
    from visionask.run.closed import Posed, Way
    from visionask.run.options import Prepared
    from visionask.run.session import LedgerOptions, Watcher
    from visionask.run.survey import Choosing


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is checked, and how. `second` is whom to ask where the first look is unsure; None: in higher detail."""

    groups: tuple[Group, ...]
    first: Look
    second: Look | None = None
    falls_back: bool = False  # to the schema engine, where the server has no decisions
    is_any: bool = False
    workers: int = 1
    rpm: int | None = None
    tpm: int | None = None
    fails_fast: bool = False  # nothing is sent where an image cannot be read


@dataclass(slots=True, kw_only=True)
class Report:
    """What a check came to: a finding for each point of each image, in order, and every request that was made."""

    findings: list[Finding] = field(default_factory=list)
    overall: Overall = field(default_factory=lambda: Overall(verdict=None))
    subjects: list[Subject] = field(default_factory=list)
    planned: PlannedRequest | None = None  # all requests of the first look together
    outcomes: list[Ended] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # baselines that no image has
    accepted: list[Accepted] | None = None  # what --accept made of each image
    spool: Spool = field(default_factory=Spool)
    recordings: set[str] = field(default_factory=set)  # names of those that were read or written
    is_dry: bool = False
    seconds: float = 0.0


def plan_check(check: Check, watcher: Watcher) -> Report:
    """Plan and price: no key, no request, no SDK, no ledger."""
    report = _begun(check)
    report.is_dry = True
    if report.planned is not None and not (check.fails_fast and report.overall.error):
        try:
            watcher.on_plan(report.planned)
        except VisionaskError as error:
            report.overall = Overall(verdict=None, error=error)
    return report


def accept_check(check: Check, *, is_dry: bool) -> Report:
    """Copy the images over their baselines, without a request. An image that cannot be read is an error of its own."""
    report = Report(is_dry=is_dry)
    job = check.first.job
    try:
        planner = Planner(model=job.model, options=job.options)
        exact = [replace(each, baselines=each.baselines._replace(tolerance=None, ignore=())) for each in check.groups]
        report.subjects = find_subjects(exact, job.choosing, planner, spool=report.spool)
        named = [subject.against for subject in report.subjects if subject.against is not None]
        if len(set(named)) < len({(subject.label, subject.against) for subject in report.subjects}):
            raise UsageError("several images would be one baseline", "name one image, or use --against-dir")
        report.accepted = accept(report.subjects, is_dry=is_dry)
    except VisionaskError as error:
        report.overall = Overall(verdict=None, error=error)
        return report
    bad = [subject.image.error for subject in report.subjects if isinstance(subject.image, Failed)]
    report.overall = Overall(verdict=None, error=bad[0]) if bad else Overall(verdict="true")
    return report


def run_check(
    check: Check,
    connect: AbstractContextManager[Endpoint],
    *,
    watcher: Watcher,
    ledger: LedgerOptions,
    on_progress: OnProgress | None = None,
    on_wait: Callable[[str], None] = lambda _: None,
) -> Report:
    """Check everything. Every end is a Report; only bugs and Ctrl-C raise."""
    started = time.monotonic()
    report = _begun(check)
    if report.planned is not None and not (check.fails_fast and report.overall.error):
        try:
            with open_session(ledger, connect, on_notice=watcher.on_notice, watcher=watcher) as session:
                session.waits.on_wait = on_wait
                recalls = ledger.path is not None and not ledger.asks_again
                looker = Looker(
                    session=session,
                    policy=Policy(recalls=recalls, asks_again=ledger.asks_again, shows_price=False),
                    watcher=watcher,
                    workers=check.workers,
                    rpm=check.rpm,
                    tpm=check.tpm,
                    has_budget=ledger.budget != Budget(),
                    fails_fast=check.fails_fast,
                    on_progress=on_progress,
                )
                _look_twice(check, report, looker)
                report.recordings = session.recordings
        except VisionaskError as error:
            _fail(report, _open_places(report), error)
    if report.findings and not (check.fails_fast and report.overall.error):
        report.overall = overall(report.findings, is_any=check.is_any)
    report.seconds = time.monotonic() - started
    return report


def _begun(check: Check) -> Report:
    """Find and plan all images. One that cannot be sent is an error of its findings."""
    report = Report()
    job = check.first.job
    try:
        planner = Planner(model=job.model, options=job.options)
        subjects = find_subjects(check.groups, job.choosing, planner, spool=report.spool)
        report.subjects = subjects
        report.missing = unpaired(subjects, check.groups, job.choosing)
        report.findings = [first_finding(subject, point) for subject in subjects for point in subject.points]
        errors = [subject.failure.error for subject in subjects if subject.failure is not None]
        if errors:
            report.overall = Overall(verdict=None, error=errors[0])
        asks = check.first.asks(_wanted(report))
    except VisionaskError as error:
        _fail(report, _open_places(report), error)
        report.overall = Overall(verdict=None, error=error)
        return report
    report.planned = planned_together(asks) if asks else None
    return report


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
    report.subjects = [looker.seen(subject) for subject in report.subjects]
    wanted = [(place, looker.seen(subject), point) for place, subject, point in wanted]
    if check.falls_back and any(lacks_endpoint(outcome.error) for outcome in outcomes):
        look = replace(look, engine="schema")
        _forget(report, wanted)
        look.way.refuse_unheld([point for _, _, point in wanted], look.job.model.name)
        looker.watcher.on_notice("the server has no decisions for this model: asking through Chat Completions instead")
        _looked(report, look, looker, wanted=_wanted(report))
    again = [each for each in wanted if _wants_second(report.findings[each[0]], check)]
    if again:
        _second(check, report, looker, look=look, wanted=again)
    report.findings[:] = [settled(finding) for finding in report.findings]


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


def _looked(report: Report, look: Look, looker: Looker, *, wanted: Sequence[tuple[int, Subject, Point]]) -> list[Ended]:
    """Send one look and note what it found. What ends it before anything is sent is raised."""
    asks = look.asks(wanted)
    if not asks:
        return []
    try:
        outcomes = looker.look(asks)
    except Unsendable as error:
        for failed in error.failed:
            named = [place for place, subject, _ in wanted if failed.label in (subject.label, subject.against)]
            _fail(report, named, failed.error)
        return []
    report.outcomes += outcomes
    by_places: dict[tuple[int, ...], list[tuple[Posed, Ended]]] = {}
    for ask, outcome in zip(asks, outcomes, strict=True):
        by_places.setdefault(ask.places, []).append((ask.posed, outcome))
    for places, votes in by_places.items():
        told = judge_votes([report.findings[place] for place in places], votes)
        for place, finding in zip(places, told, strict=True):
            report.findings[place] = finding
    return outcomes


def _fail(report: Report, places: Sequence[int], error: VisionaskError) -> None:
    for place in places:
        report.findings[place] = replace(report.findings[place], judged=None, error=error)


def read_check(
    asked: CheckFlags,
    prepared: Prepared,
    *,
    groups: tuple[Group, ...],
    choosing: Choosing,
    on_notice: Callable[[str], None],
) -> Check:
    """Read how the groups are to be checked. Raises UsageError, ConfigError."""
    from visionask.config.catalog import openai_limits
    from visionask.run.options import read_job, refuse_ocr

    settings, sending = prepared.settings, prepared.sending
    refuse_ocr(sending.local, "judges no statement")

    points = [point for group in groups for point in group.points]

    def look(chosen: Settings) -> tuple[Look, Way]:
        job = read_job(prepared._replace(settings=chosen), question="", choosing=choosing, on_notice=on_notice)
        most = openai_limits()["max_questions_per_decision"]
        is_openai = chosen.is_openai and sending.local is None
        way = read_way(asked, sending, job.model, points, is_openai=is_openai, most=most)
        if way.engine == "decisions" and job.model.prices is not None:
            job = replace(job, model=job.model._replace(prices=job.model.prices.for_decisions()))
        return Look(job=job, engine=way.engine, repeat=way.repeat, most_questions=most), way

    first, way = look(settings)
    if way.engine == "decisions" and first.job.is_openai and not first.job.model.takes_decisions:
        on_notice(f"{first.job.model.name} is not known to take decisions: gpt-6-luna does")
    way.refuse_unheld(points, first.job.model.name)
    second = None
    if asked.escalate is not None:
        second, other = look(settings._replace(model=asked.escalate))
        held = [replace(point, rule=replace(point.rule, unsure=None)) for point in points]  # the zone is the first's
        other.refuse_unheld(held, second.job.model.name)
    return Check(
        groups=groups,
        first=first,
        second=second,
        falls_back=way.falls_back,
        is_any=asked.is_any,
        fails_fast=asked.fail_fast,
        workers=1 if sending.local else settings.jobs,
        rpm=settings.rpm,
        tpm=settings.tpm,
    )
