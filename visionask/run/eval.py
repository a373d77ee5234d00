"""What `eval` does: labelled images asked under each setting, on the road of a scan, and judged.

Images are asked in rounds, each round under every setting, so that an eval that ends early (a budget, Ctrl-C) still
compares the same images. The first rounds are small, as an early end is likeliest to come in few labels. What ends a
setting alone (a model that is not there, a refused key) ends no other. Answers are in the ledger: what an earlier eval
or scan has paid is not paid again.

An answer from a recording has the price that it was billed at, by its usage: settings are compared by it in a replay
too, where nothing is paid.
"""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from dataclasses import field, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from visionask.core.arguments import need_range
from visionask.core.checks import UNSURE, Choice, Predicate, Score
from visionask.core.dataclass import dataclass
from visionask.core.errors import (
    BudgetError,
    Bug,
    InputError,
    NotAnImage,
    NotFound,
    RejectedError,
    StateError,
    UsageError,
)
from visionask.core.evaluation import Forecast, Judged, SettingResult
from visionask.core.labels import (
    Taken,
    field_of,
    is_number,
    is_right,
    is_yes_or_no,
    kind_of,
    normalise,
    read_number,
    read_yes,
    refuse_untaken,
)
from visionask.core.prices import sum_usd
from visionask.core.projection import bill_usd
from visionask.run.job import bill, served_tier
from visionask.run.pool import ends_all
from visionask.run.scan import foresee, prepared
from visionask.run.scan_pool import run
from visionask.run.verdicts import word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from visionask.core.checks import Finding, Point, Question
    from visionask.core.errors import VisionaskError
    from visionask.core.image import Failed
    from visionask.core.labels import Kind, Label
    from visionask.core.projection import Projection
    from visionask.core.request import Ended, Endpoint
    from visionask.core.schema import Schema
    from visionask.run.job import Job
    from visionask.run.pool import Item
    from visionask.run.scan import Context, Scan, Totals
    from visionask.store.ledger import Ledger

FIRST_ROUND, LAST_ROUND = 4, 64  # images: each round has twice as many as the one before
_PAGE = re.compile(r"#page=[1-9][0-9]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One way to ask: its name, the flags that ask so, the scan, and where it is sent."""

    name: str
    flags: tuple[str, ...]
    scan: Scan
    connect: Callable[[], AbstractContextManager[Endpoint]]
    rpm: int | None = None
    tpm: int | None = None

    @property
    def points(self) -> tuple[Point, ...]:
        """The closed questions; none where it is an open one."""
        return () if self.scan.judging is None else self.scan.judging.first.points


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """How answers are held against labels: what each column is, and how far a number may be off."""

    kinds: dict[str, Kind]
    tolerance: Decimal

    def judge(self, label: Label, outcome: Ended, findings: Sequence[Finding] = ()) -> Judged:
        """Return whether an outcome is what its label says.

        A reply that cannot be used is wrong, and so is "unsure"; an outage is neither right nor wrong. `findings` are
        those of closed questions, whose verdicts are held against the labels.
        """
        error = outcome.error
        if error is not None:
            rejected = False if isinstance(error, RejectedError) and not ends_all(error) else None
            answer = dict.fromkeys(label.values)
            return Judged(image=label.image, label=label.values, answer=answer, is_right=rejected, error=error.code)
        by_path = _by_path(findings)
        found = {path: word(by_path[path]) if by_path else _answer(outcome, path) for path in label.values}
        rights = {
            path: is_right(found[path], wanted, self.kinds[path], tolerance=self.tolerance)
            for path, wanted in label.values.items()
        }
        forecasts = {
            path: forecast
            for path in label.values
            if path in by_path
            and (forecast := _forecast(by_path[path], label.values[path], is_right=rights[path])) is not None
        }
        unsure = any(not rights[path] and normalise(answer or "") == UNSURE for path, answer in found.items())
        return Judged(
            image=label.image,
            label=label.values,
            answer=found,
            is_right=all(rights.values()),
            is_unsure=unsure,
            forecasts=forecasts,
        )


def _by_path(findings: Sequence[Finding]) -> dict[str, Finding]:
    """Return findings by the field of a label that they answer: of several, by what was asked."""
    return {_path(each.point, len(findings)): each for each in findings}


def _path(point: Point, number: int) -> str:
    return point.question.text if number > 1 else ""


def _forecast(finding: Finding, label: str, *, is_right: bool) -> Forecast | None:
    """Return the probability of an answer, and what came; None for one that has none, or names no value."""
    if finding.probability is None:
        return None
    if isinstance(finding.point.question, Predicate):
        return Forecast(finding.probability, read_yes(label) is True, is_of_true=True)
    is_told = finding.judged is not None and finding.judged.value is not None
    return Forecast(finding.probability, is_right, is_of_true=False) if is_told else None


def labels_for(labels: Mapping[str, Label], points: Sequence[Point]) -> dict[str, Label]:
    """Return labels with a value for each closed question, where they are those that the page of a scan saves.

    Such a page saves each column of a verdict: what is right is its verdict, choice or score; how likely it was, why,
    and what each choice had is no label.
    """
    columns: dict[str, str | None] = {}
    for point in points:
        path, question = _path(point, len(points)), point.question
        shares = question.values if isinstance(question, Choice) else ()
        before = f"{path}: " if path else ""
        columns |= {before + name: None for name in (*shares, "verdict", "choice", "score", "probability", "reason")}
        columns[before + _VALUES[type(question)]] = path
    return {place: replace(label, values=_renamed(label.values, columns)) for place, label in labels.items()}


_VALUES = {Predicate: "verdict", Choice: "choice", Score: "score"}  # as `run/verdicts.py` names them


def _renamed(values: Mapping[str, str], columns: Mapping[str, str | None]) -> dict[str, str]:
    named = {columns.get(name, name): value for name, value in values.items()}
    return {name: value for name, value in named.items() if name is not None}


def judge_for(
    labels: Sequence[Label],
    tolerance: Decimal,
    *,
    schema: Schema | None = None,
    points: Sequence[Point] = (),
    name: str = "the labels",
) -> Judge:
    """Return the judge of these labels. Raises UsageError for what no answer will have or be, with its line."""
    paths = list(labels[0].values)
    if points:
        _check_points(paths, points)
        refuse_untaken(labels, {_path(each, len(points)): _taken(each.question) for each in points}, name)
    elif schema is not None:
        _check_fields(paths, schema)
        refuse_untaken(labels, _taken_by(schema), name)
    elif paths != [""]:
        raise UsageError(
            f"label.{paths[-1]} is a field, and answers are text", "ask with --schema, or label the answer"
        )
    kinds = {path: kind_of([label.values[path] for label in labels]) for path in paths}
    for point in points:
        kinds[_path(point, len(points))] = _KINDS[type(point.question)]
    return Judge(kinds=kinds, tolerance=tolerance)


_KINDS: dict[type, Kind] = {Predicate: "yes_no", Choice: "text", Score: "number"}


def _check_points(paths: Sequence[str], points: Sequence[Point]) -> None:
    """Raise UsageError for labels of what is not asked. Of several questions each is a column: label.QUESTION."""
    asked = [_path(each, len(points)) for each in points]
    wrong = [path for path in paths if path not in asked]
    if wrong:
        told = f"label.{wrong[0]}" if wrong[0] else "label"
        heads = ", ".join(f"label.{path}" if path else "label" for path in asked)
        raise UsageError(f"{told} is the label of no question that is asked", f"name the columns: image, {heads}")


def _taken(question: Question) -> Taken:
    """Return what answers a closed question."""
    if isinstance(question, Predicate):
        return Taken("true or false", is_yes_or_no)
    if isinstance(question, Choice):
        known = {normalise(value) for value in question.values}
        return Taken(f"one of {', '.join(question.values)}", lambda label: normalise(label) in known)
    levels = {Decimal(level) for level in range(question.low, question.high + 1)}
    return Taken(f"a whole number from {question.low} to {question.high}", lambda label: read_number(label) in levels)


def _taken_by(schema: Schema) -> dict[str, Taken]:
    """Return what the fields of a schema take that are of a plain type; a lone one answers the label itself."""
    fields = schema.given.get("properties")
    found = {name: _of_type(node) for name, node in fields.items()} if isinstance(fields, dict) else {}
    if len(found) == 1:
        found[""] = next(iter(found.values()))
    return {name: taken for name, taken in found.items() if taken is not None}


def _of_type(node: Any) -> Taken | None:
    """Return what a field takes by its type or its values; None where it may be anything."""
    if not isinstance(node, dict):
        return None
    if isinstance(node.get("enum"), list):
        known = {normalise(str(value)) for value in node["enum"]}
        return Taken(f"one of {', '.join(map(str, node['enum']))}", lambda label: normalise(label) in known)
    kinds: dict[Any, Taken] = {
        "boolean": Taken("true or false", is_yes_or_no),
        "number": Taken("a number", is_number),
        "integer": Taken("a whole number", _is_whole),
    }
    return kinds.get(node.get("type")) if isinstance(node.get("type"), str) else None


def _is_whole(label: str) -> bool:
    number = read_number(label)
    return number is not None and number % 1 == 0


def _check_fields(paths: Sequence[str], schema: Schema) -> None:
    """Raise UsageError for a label of a field that the schema does not have, or of all where it has several."""
    fields = schema.given.get("properties")
    if not isinstance(fields, dict) or schema.given.get("additionalProperties"):
        return
    names = ", ".join(map(str, fields))
    for path in paths:
        if not path and len(fields) > 1:
            raise UsageError(
                f"the schema has several fields ({names}), and label is for one", "name the column label.FIELD"
            )
        if path and path.split(".", 1)[0] not in fields:
            raise UsageError(f"label.{path} is no field of the schema ({names})", "correct the head, or the schema")


def read_tolerance(given: object, name: str) -> Decimal:
    """Return how far a number may be off, which the flag or keyword `name` says. Raises UsageError."""
    try:
        number = Decimal(str(given))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or number < 0:
        raise UsageError(f"{name} must be a number from 0, not {given}", "0.5 lets a number be half a unit off")
    return number


def located(
    labels: Sequence[Label], name: str, folder: str | None = None, *, sample: int | None = None
) -> dict[str, Label]:
    """Return labels by the path of their image: from `folder`, else from that of the labels' file or the current one.

    A `sample` is of so many, spread over all. Raises UsageError, and NotFound for images that are not there, with the
    line of the first.
    """
    size = need_range(sample, "--sample", least=1) or len(labels)
    labels = [labels[number * len(labels) // size] for number in range(min(size, len(labels)))]
    places = (os.path.dirname(name), "") if folder is None else (folder,)
    paths = {_place(label.image, places): label for label in labels}
    files = {path: label for path, label in paths.items() if "://" not in path}
    gone = [label for path, label in files.items() if not os.path.exists(_PAGE.sub("", path))]
    folders = [label for path, label in files.items() if os.path.isdir(path)]
    if folders:
        fact = f"{name}, line {folders[0].line}: {folders[0].image} is a folder"
        raise NotAnImage(fact, "label each of its images in a line of its own")
    if gone:
        more = f", and {len(gone) - 1:,} more" if len(gone) > 1 else ""
        hint = "names count from the folder of the labels, else from the current one: --folder DIR names another"
        raise NotFound(f"{name}, line {gone[0].line}: {gone[0].image} is not there{more}", hint)
    return paths


def _place(image: str, folders: Sequence[str]) -> str:
    """Return where an image is: the first place that has it, or the first place."""
    if "://" in image:
        return image
    places = [os.path.join(folder, image) for folder in folders]
    return next((place for place in places if os.path.exists(_PAGE.sub("", place))), places[0])


def total_usd(projections: Sequence[Projection]) -> Decimal | None:
    """Return what all settings are projected to cost; None where one has no price."""
    return sum_usd([bill_usd(projection) for projection in projections])


def project(
    settings: Sequence[Setting], ledger: str | None, *, on_failed: Callable[[Failed], None] = lambda _: None
) -> list[Projection]:
    """Return what each setting is projected to cost, but for what the ledger has answered.

    Raises InputError where an image cannot be sent.
    """
    found, faults = [], []

    def take(failed: Failed) -> None:
        on_failed(failed)
        faults.extend([failed.error] if isinstance(failed.error, Bug) else [])

    for setting in settings:
        foreseen = foresee(setting.scan, ledger, on_failed=take)
        if faults:
            raise faults[0]
        if foreseen.failed:
            told = f"{foreseen.failed:,} of the labelled images cannot be sent"
            raise InputError(told, "visionask cost with the same images says why")
        found.append(foreseen.asking)
    return found


@dataclass(slots=True, kw_only=True)
class SettingScans:
    """Scans under several settings, one after the other: a signal ends the one that runs, and no other begins."""

    settings: Sequence[Setting]
    context: Context | None = None  # of the scan that runs now, for a signal
    signal: int = 0
    outcomes: list[dict[str, Ended]] = field(default_factory=list)  # of each setting, by path

    def run(
        self, ledger: Ledger, *, on_notice: Callable[[str], None], on_tick: Callable[[int], None]
    ) -> Iterator[Totals]:
        """Ask, and yield the totals of each scan; `on_tick` is handed how many items are done."""
        raise NotImplementedError

    def stop(self, number: int) -> None:
        """Take note of a signal."""
        self.signal = number
        if self.context is not None:
            self.context.session.signal = number

    def _scan(
        self,
        setting: Setting,
        scan: Scan,
        endpoint: Endpoint,
        ledger: Ledger,
        *,
        collector: Collector,
        on_notice: Callable[[str], None],
    ) -> Totals:
        with prepared(scan, endpoint, ledger, rpm=setting.rpm, tpm=setting.tpm, on_notice=on_notice) as context:
            self.context = context
            context.session.signal = self.signal
            totals = run(scan, context, collector)
            totals.stopped = totals.stopped or context.session.unsaved
            return totals

    def _count(self, on_tick: Callable[[int], None]) -> Callable[[], None]:
        return lambda: on_tick(sum(map(len, self.outcomes)))


@dataclass(slots=True, kw_only=True)
class Evaluation(SettingScans):
    """An eval under way: what was judged under each setting so far."""

    labels: dict[str, Label]  # by the path that is opened
    judge: Judge
    findings: list[dict[str, tuple[Finding, ...]]] = field(default_factory=list)  # of closed questions, likewise
    errors: list[VisionaskError | None] = field(default_factory=list)  # of each setting: why it was not asked further
    makes_thumbnails: bool = False
    thumbnails: dict[str, bytes] = field(default_factory=dict)  # by path

    def run(
        self, ledger: Ledger, *, on_notice: Callable[[str], None], on_tick: Callable[[int], None]
    ) -> Iterator[Totals]:
        """Ask round by round and yield the totals of each; ends early where money or ledger do, or by a signal.

        Raises ConfigError where there is no key for one of the settings, before anything is sent.
        """
        self.outcomes, self.findings = [{} for _ in self.settings], [{} for _ in self.settings]
        self.errors = [None for _ in self.settings]
        with ExitStack() as stack:
            servers: dict[str | None, Endpoint] = {}
            for setting in self.settings:  # a model on this machine is loaded once for all its settings
                if setting.scan.base_url not in servers:
                    servers[setting.scan.base_url] = stack.enter_context(setting.connect())
            endpoints = [servers[setting.scan.base_url] for setting in self.settings]
            for paths in _rounds([*self.labels]):
                for number, endpoint in enumerate(endpoints):
                    if self.errors[number] is not None:
                        continue
                    totals = self._round(number, endpoint, paths, ledger, on_notice, on_tick)
                    yield totals
                    self.errors[number] = totals.stopped
                    if totals.signal or isinstance(totals.stopped, BudgetError | StateError):
                        return

    def _round(
        self,
        number: int,
        endpoint: Endpoint,
        paths: list[str],
        ledger: Ledger,
        on_notice: Callable[[str], None],
        on_tick: Callable[[int], None],
    ) -> Totals:
        setting, outcomes = self.settings[number], self.outcomes[number]
        job = setting.scan.job
        needs_thumbnails = self.makes_thumbnails and not all(path in self.thumbnails for path in paths)
        scan = replace(
            setting.scan,
            job=replace(job, choosing=job.choosing._replace(args=paths)),
            makes_thumbnails=needs_thumbnails,
        )
        collector = Collector(outcomes, self.thumbnails, self._count(on_tick))
        collector.findings = self.findings[number]
        return self._scan(setting, scan, endpoint, ledger, collector=collector, on_notice=on_notice)

    def results(self) -> list[SettingResult]:
        """Return what each setting answered, in the order of the settings."""
        return [
            self._result(setting, outcomes, findings)
            for setting, outcomes, findings in zip(self.settings, self.outcomes, self.findings, strict=True)
        ]

    def _result(
        self, setting: Setting, outcomes: dict[str, Ended], findings: dict[str, tuple[Finding, ...]]
    ) -> SettingResult:
        judged = tuple(
            replace(
                self.judge.judge(self.labels[path], outcome, findings.get(path, ())),
                usd=_billed(setting.scan.job, outcome),
                tokens=_tokens(outcome),
                seconds=None if outcome.answer is None else _seconds(outcome),
            )
            for path, outcome in outcomes.items()
        )
        return SettingResult(
            name=setting.name,
            flags=setting.flags,
            judged=judged,
            tokens=tuple(each.tokens for each in judged if each.tokens is not None),
            usd=tuple(each.usd for each in judged if each.usd is not None),
            seconds=tuple(each.seconds for each in judged if each.seconds is not None),
        )


class Collector:
    """Keeps each outcome under the path of its image."""

    def __init__(self, outcomes: dict[str, Ended], thumbnails: dict[str, bytes], on_change: Callable[[], None]) -> None:
        self._outcomes, self._thumbnails, self._on_change = outcomes, thumbnails, on_change
        self.findings: dict[str, tuple[Finding, ...]] = {}  # of closed questions, by path

    def on_item(self, item: Item, totals: Totals) -> None:  # noqa: ARG002
        """Keep an outcome."""
        outcome = item.outcome
        planned = outcome.planned
        path = outcome.failed[0].label if planned is None else planned.images[0].source.label
        self._outcomes[path] = outcome
        if item.verdict is not None and item.verdict.findings:
            self.findings[path] = item.verdict.findings
        if item.thumbnail is not None:
            self._thumbnails[path] = item.thumbnail
        self._on_change()

    def on_not_saved(self, outcome: Ended) -> None:
        """Keep an answer that the ledger could not keep: it is paid, and counts."""
        if outcome.planned is not None:
            self._outcomes[outcome.planned.images[0].source.label] = outcome

    def on_tick(self, totals: Totals) -> None:  # noqa: ARG002
        """Show how far it is."""
        self._on_change()


def _rounds(paths: list[str]) -> Iterator[list[str]]:
    """Yield the images of each round: 4, 8, 16 ... to 64."""
    start, size = 0, FIRST_ROUND
    while start < len(paths):
        yield paths[start : start + size]
        start, size = start + size, min(2 * size, LAST_ROUND)


def _seconds(outcome: Ended) -> float | None:
    """Return how long an answer took when it was asked; None for one of a batch, or of a recording."""
    return outcome.asked_s if outcome.is_cached else outcome.seconds


def _tokens(outcome: Ended) -> int | None:
    usage = None if outcome.answer is None else outcome.answer.usage
    return None if usage is None else usage.input_tokens


def _billed(job: Job, outcome: Ended) -> Decimal | None:
    """Return what an answer was billed, also where it is one of a recording."""
    answer = outcome.answer
    if answer is None:
        return None
    if not answer.is_replayed:
        return outcome.billed_usd
    return bill(job.model, replace(answer, is_replayed=False), tier=served_tier(job, answer), is_free=job.terms.is_free)


def _answer(outcome: Ended, path: str) -> str | None:
    """Return the answer to hold against a label: the text, or of data a field, or the only one."""
    if outcome.data is not None:
        only = next(iter(outcome.data)) if not path and len(outcome.data) == 1 else path
        return field_of(outcome.data, only) if only else None
    return None if outcome.answer is None else outcome.answer.shown
