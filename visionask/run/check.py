"""The order of calls of `check`: subjects, what pixels alone tell, a first look, a second one where it is unsure.

What could not be told is neither true nor false: a finding has a verdict or an error, never both.

What a check is about: each image with its baseline, planned from its header, and whether both look the same.

The way from what was set to a Check: its points, engine, votes and second look; for the command and for Python.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from visionask.core.checks import Finding, Judged, Overall, Point, Predicate, overall
from visionask.core.errors import InputError, UsageError, VisionaskError
from visionask.core.image import Failed, FileSource, ObjectSource, UrlSource
from visionask.core.plan import ImagePlan, Planner
from visionask.run.closed import judge_votes, lacks_endpoint, read_way, settled
from visionask.run.look import Look, Looker, Unsendable, planned_together
from visionask.run.session import Policy, open_session
from visionask.run.survey import plan_seen, survey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from visionask.config.settings import Settings
    from visionask.core.checks import Group
    from visionask.core.flags import CheckFlags
    from visionask.core.image import PictureSpec
    from visionask.core.plan import Sizing
    from visionask.core.request import Ended, Endpoint, PlannedRequest
    from visionask.run.closed import Posed, Way
    from visionask.run.job import Job
    from visionask.run.options import Filled
    from visionask.run.session import LedgerOptions, Watcher
    from visionask.run.survey import Choosing


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One image, or why it cannot be sent, with what is to be told of it."""

    image: ImagePlan | Failed
    points: tuple[Point, ...]
    baseline: ImagePlan | Failed | None = None
    is_identical: bool = False

    @property
    def label(self) -> str:
        return label_of(self.image)

    @property
    def against(self) -> str | None:
        return None if self.baseline is None else label_of(self.baseline)

    @property
    def failure(self) -> Failed | None:
        """Why it cannot be sent, if it cannot."""
        return next((each for each in (self.image, self.baseline) if isinstance(each, Failed)), None)

    @property
    def plans(self) -> tuple[ImagePlan, ...]:
        """The pictures of a request about it, in order."""
        return tuple(each for each in (self.image, self.baseline) if isinstance(each, ImagePlan))

    def is_told(self, point: Point) -> bool:
        """Return whether the pixels alone answer: a statement about two pictures that are the same."""
        return self.is_identical and isinstance(point.question, Predicate)


def label_of(found: ImagePlan | Failed) -> str:
    """Name an image as its messages do."""
    return found.label if isinstance(found, Failed) else found.source.label


def find_subjects(groups: Sequence[Group], choosing: Choosing, planner: Planner) -> list[Subject]:
    """Find and plan all images, in order. Raises UsageError for options that cannot be met, and for no image."""
    pixels = _Pixels()
    subjects: list[Subject] = []
    for group in groups:
        baseline = _baseline(group, choosing, planner)
        for image in _images(group, choosing, planner):
            is_same = (
                isinstance(image, ImagePlan) and isinstance(baseline, ImagePlan) and pixels.are_same(image, baseline)
            )
            subjects.append(Subject(image=image, points=group.points, baseline=baseline, is_identical=is_same))
    if not subjects:
        raise UsageError("no image was named", "name a file, a URL, or - for standard input")
    return subjects


def higher(subject: Subject, job: Job) -> Subject | None:
    """Plan a subject in the next detail; None where the model has none above, or would see no more of the picture."""
    above = {"low": "high", "high": "original"}.get(subject.plans[0].sizing.level)
    if above is None or not job.options.resizes:
        return None
    try:
        better = resized(subject, Planner(model=job.model, options=job.options._replace(detail=above)), job.choosing)
    except UsageError:
        return None
    pairs = zip(subject.plans, better.plans, strict=True)
    return None if all(_is_same_view(one.sizing, other.sizing) for one, other in pairs) else better


def _is_same_view(one: Sizing, other: Sizing) -> bool:
    """Return whether the model sees the same of a picture in both details, by the provider's rule."""
    return one.tokens is not None and (one.sent, one.tokens) == (other.sent, other.tokens)


def resized(subject: Subject, planner: Planner, choosing: Choosing) -> Subject:
    """Plan a subject anew, for other options or another model. Raises what the planner does."""
    plans = [plan_seen((plan.source, plan.probe), choosing, planner) for plan in subject.plans]
    return replace(subject, image=plans[0], baseline=plans[1] if len(plans) > 1 else None)


def _images(group: Group, choosing: Choosing, planner: Planner) -> list[ImagePlan | Failed]:
    """Plan a group's images; a file that two patterns match is one image."""
    seen: set[str] = set()
    found: list[ImagePlan | Failed] = []
    for each in survey(choosing._replace(args=group.images), planner):
        if isinstance(each, ImagePlan) and isinstance(each.source, FileSource):
            if each.source.label in seen:
                continue
            seen.add(each.source.label)
        found.append(each)
    return found


def _baseline(group: Group, choosing: Choosing, planner: Planner) -> ImagePlan | Failed | None:
    if group.against is None:
        return None
    found = [*survey(choosing._replace(args=(group.against,)), planner)]
    if len(found) != 1:
        raise UsageError(f"{group.against}: {len(found)} images cannot be one baseline", "name one image")
    return found[0]


@dataclass(slots=True)
class _Pixels:
    """Compares pictures; each is decoded at most once, and none whose size or bytes tell already."""

    digests: dict[ImagePlan, str | None] = field(default_factory=dict)

    def are_same(self, one: ImagePlan, other: ImagePlan) -> bool:
        if isinstance(one.source, UrlSource | ObjectSource) or isinstance(other.source, UrlSource | ObjectSource):
            return False  # a link that is only priced is not downloaded
        if _region(one) != _region(other):
            return False
        from visionask.images.probe import read_bytes

        try:
            data, baseline = read_bytes(one.source), read_bytes(other.source)
        except InputError:
            return False  # preparing it will say why
        if data == baseline and self._digest(one, data) is not None:  # a cut file is no proof of anything
            return True
        digest = self._digest(one, data)
        return digest is not None and digest == self._digest(other, baseline)

    def _digest(self, plan: ImagePlan, data: bytes) -> str | None:
        from visionask.images.compare import pixel_digest

        if plan not in self.digests:
            try:
                self.digests[plan] = pixel_digest(data, plan.sizing.spec, label=plan.source.label)
            except InputError:
                self.digests[plan] = None
        return self.digests[plan]


def _region(plan: ImagePlan) -> tuple[tuple[int, int] | None, PictureSpec]:
    return None if plan.probe is None else plan.probe.upright, plan.sizing.spec


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
    outcomes: list[Ended] = field(default_factory=list)
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


def run_check(
    check: Check, connect: AbstractContextManager[Endpoint], *, watcher: Watcher, ledger: LedgerOptions
) -> Report:
    """Check everything. Every end is a Report; only bugs and Ctrl-C raise."""
    started = time.monotonic()
    report = _begun(check)
    if report.overall.error is None:
        try:
            if report.planned is not None:
                with open_session(ledger, connect, on_notice=watcher.on_notice, watcher=watcher) as session:
                    recalls = ledger.path is not None and not ledger.asks_again
                    policy = Policy(recalls=recalls, asks_again=ledger.asks_again, shows_price=False)
                    looker = Looker(session=session, policy=policy, watcher=watcher, workers=check.workers)
                    _look_twice(check, report, looker)
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
    flags: Filled,
    settings: Settings,
    *,
    groups: tuple[Group, ...],
    choosing: Choosing,
    on_notice: Callable[[str], None],
) -> Check:
    """Read how the groups are to be checked. Raises UsageError, ConfigError."""
    from visionask.config.catalog import openai_limits
    from visionask.run.options import read_job, refuse_ocr

    sending = flags.sending
    refuse_ocr(sending.local, "judges no statement")

    def look(chosen: Settings) -> tuple[Look, Way]:
        job = read_job(sending, flags.picture, chosen, question="", choosing=choosing, on_notice=on_notice)
        most = openai_limits()["max_questions_per_decision"]
        way = read_way(asked, sending, job.model, is_openai=chosen.is_openai and sending.local is None, most=most)
        if way.engine == "decisions" and job.model.prices is not None:
            job = replace(job, model=job.model._replace(prices=job.model.prices.for_decisions()))
        return Look(job=job, engine=way.engine, repeat=way.repeat, most_questions=most), way

    first, way = look(settings)
    points = [point for group in groups for point in group.points]
    way.refuse_unheld(points, first.job.model.name)
    second = None
    if asked.escalate is not None:
        second, other = look(settings._replace(model=asked.escalate))
        held = [replace(point, rule=replace(point.rule, unsure=None)) for point in points]  # the zone is the first's
        other.refuse_unheld(held, second.job.model.name)
    has_budget = settings.max_cost is not None or settings.daily_budget is not None
    return Check(
        groups=groups,
        first=first,
        second=second,
        falls_back=way.falls_back,
        is_any=asked.is_any,
        workers=1 if has_budget or sending.local else settings.jobs,  # money that is held would stop the others
    )
