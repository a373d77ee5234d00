"""`eval` and `diff` of the Python API: which setting is good enough and cheapest, and what changed between two runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import product
from typing import TYPE_CHECKING, Any, Unpack

from visionask.core.arguments import need_range
from visionask.core.errors import BudgetError, StateError, UsageError, VisionaskError
from visionask.run.library.call import read_asking
from visionask.run.library.keywords import documented, in_keywords
from visionask.run.library.options import EvalOptions
from visionask.run.library.results import Diff, Evaluated, Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from visionask.core.difference import Result as Compared
    from visionask.core.labels import Label
    from visionask.run.eval import Evaluation, Setting
    from visionask.run.library.call import Asking

_VARIED = ("model", "detail", "image_tokens", "max_side", "reasoning_effort")
_MARGIN = 0.02


@documented(EvalOptions, cache=True, margin=_MARGIN, tolerance=0)
def eval(  # noqa: A001  the command's name
    labels: str | os.PathLike[str] | Mapping[str | os.PathLike[str], Any],
    question: str,
    **options: Unpack[EvalOptions],
) -> Evaluated:
    """Ask labelled images under each setting, and recommend the cheapest one that is good enough.

    `eval("labels.csv", "Is it damaged?", model=["gpt-6-luna", "gpt-4o"], detail=["low", "high"], max_cost=2)`: each
    combination of the lists is a setting. Labels are a file (CSV or JSON lines), or a dict of images and their labels;
    a label is a text, a number, True or False, or with `schema` a dict of fields.

    Answers are kept: what was asked before is not paid again. Raises what ends a scan, BudgetError among it.
    """
    from visionask.core.evaluation import by_price, recommend
    from visionask.run.eval import Evaluation, judge_for
    from visionask.store.ledger import open_ledger

    given: dict[str, Any] = {**options}
    found = _sampled(_labels(labels), given.pop("sample", None))
    margin, tolerance = given.pop("margin", _MARGIN), _tolerance(given.pop("tolerance", 0))
    varied = [given.pop(name, None) for name in _VARIED]
    askings = [_asking(question, chosen, given) for chosen in _combined(varied)]
    settings = [_setting(asking, chosen, [*found]) for asking, chosen in askings]
    judge = judge_for([*found.values()], tolerance, schema=askings[0][0].schema)
    call = askings[0][0].call
    _check_price(settings, call.settings.max_cost, call.ledger)
    evaluation = Evaluation(settings=settings, labels=found, judge=judge)
    with open_ledger(call.ledger, budget=call.budget) as ledger:
        for totals in evaluation.run(ledger, on_notice=call.on_notice, on_tick=lambda _: None):
            if isinstance(totals.stopped, BudgetError | StateError):
                raise totals.stopped
    for setting, error in zip(settings, evaluation.errors, strict=True):
        if error is not None:
            call.on_notice(f"{setting.name} was not asked further: {error.message}")
    results = by_price(result for result in evaluation.results() if result.rights)
    if not results:
        raise _why_nothing(evaluation)
    keywords = {setting.name: chosen for setting, (_, chosen) in zip(settings, askings, strict=True)}
    recommendation = recommend(results, margin=margin)
    return Evaluated(settings=tuple(results), recommendation=recommendation, margin=margin, keywords=keywords)


def diff(
    first: str | os.PathLike[str] | Iterable[Result],
    second: str | os.PathLike[str] | Iterable[Result],
) -> Diff:
    """Compare two runs of the same question: files that `scan -o` or `check --json` wrote, or results of `scan`.

    Raises InputError for a file that cannot be read, StateError for one that holds no results.
    """
    from visionask.core.difference import differ

    with in_keywords():
        (one, left), (other, right) = _run(first, "first"), _run(second, "second")
        return Diff(difference=differ(left, right), names=(one, other))


def _run(given: str | os.PathLike[str] | Iterable[Result], name: str) -> tuple[str, list[Compared]]:
    from visionask.run.diff import read_results, results_of

    if isinstance(given, str | os.PathLike):
        return os.fspath(given), read_results(os.fspath(given))
    return name, [compared for result in given for compared in results_of(result.record())]


def _labels(given: str | os.PathLike[str] | Mapping[Any, Any]) -> dict[str, Label]:
    """Return the labels by the path of their image. Raises UsageError, InputError."""
    from visionask.core.labels import Label, read_labels
    from visionask.images.files import read_regular
    from visionask.run.eval import missing

    if isinstance(given, Mapping):
        folder, name = "", "labels"
        labels = tuple(
            Label(image=os.fspath(image), line=line, values=_values(label))
            for line, (image, label) in enumerate(given.items(), 1)
        )
    else:
        folder, name = os.path.dirname(os.fspath(given)), os.fspath(given)
        try:
            labels = read_labels(read_regular(name, max_bytes=_MOST_BYTES).decode(), name)
        except UnicodeDecodeError as error:
            raise UsageError(f"{name} is not UTF-8 text", "save it as UTF-8") from error
    if not labels:
        raise UsageError("there are no labels", 'such as {"a.jpg": "yes", "b.jpg": "no"}')
    gone = missing(labels, name, lambda image: os.path.exists(os.path.join(folder, image)))
    if gone is not None:
        raise gone
    return {label.image if "://" in label.image else os.path.join(folder, label.image): label for label in labels}


_MOST_BYTES = 200_000_000


def _values(label: Any) -> dict[str, str]:
    """Return a label's values by field; those of Python are spelled as in a file."""
    fields = label if isinstance(label, Mapping) else {"": label}
    return {str(name): str(value).lower() if isinstance(value, bool) else str(value) for name, value in fields.items()}


def _sampled(labels: dict[str, Label], sample: int | None) -> dict[str, Label]:
    size = need_range(sample, "--sample", least=1) or len(labels)
    items = [*labels.items()]
    return dict(items[number * len(items) // size] for number in range(min(size, len(items))))


def _tolerance(given: float | Decimal) -> Decimal:
    try:
        number = Decimal(str(given))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or number < 0:
        raise UsageError(f"tolerance= must be a number from 0, not {given!r}", "tolerance=0.5")
    return number


def _combined(lists: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the keywords of each combination: only what was given."""
    several = [[*each] if isinstance(each, Sequence) and not isinstance(each, str) else [each] for each in lists]
    return [
        {name: value for name, value in zip(_VARIED, values, strict=True) if value is not None}
        for values in product(*several)
    ]


def _asking(question: str, chosen: dict[str, Any], options: dict[str, Any]) -> tuple[Asking, dict[str, Any]]:
    asking = read_asking("eval", options | chosen, EvalOptions.__optional_keys__, question=question, recalls=True)
    chosen = chosen if asking.call.flags.sending.local else {"model": asking.call.settings.model} | chosen
    return asking, chosen


def _setting(asking: Asking, chosen: dict[str, Any], images: list[str]) -> Setting:
    from visionask.run.eval import Setting
    from visionask.run.scan import Scan

    call, settings = asking.call, asking.call.settings
    scan = Scan(
        job=asking.job(asking.choosing(images)),
        base_url=call.base_url,
        workers=settings.jobs,
        asks_again=call.asks_again,
        has_budget=settings.max_cost is not None or settings.daily_budget is not None,
    )
    return Setting(
        name=" ".join(map(str, chosen.values())) or str(call.flags.sending.local),
        flags=tuple(f"{name}={value!r}" for name, value in chosen.items()),
        scan=scan,
        connect=asking.connect,
        rpm=settings.rpm,
        tpm=settings.tpm,
    )


def _check_price(settings: list[Setting], max_cost: Decimal | None, ledger: str | None) -> None:
    """Raise BudgetError where all settings together are projected above the limit; before anything is sent."""
    from visionask.run.eval import project

    prices = [projection.input_usd for projection in project(settings, ledger)]
    total = sum((price for price in prices if price is not None), Decimal(0))
    if max_cost is not None and total > max_cost:
        raise BudgetError(
            f"all settings are projected at ${total:f}, above --max-cost {max_cost:f}",
            "take fewer settings, --sample N, or raise --max-cost",
        )


def _why_nothing(evaluation: Evaluation) -> VisionaskError:
    """Return why no setting has answered anything."""
    of_images = (outcome.error for found in evaluation.outcomes for outcome in found.values())
    errors = (error for error in (*evaluation.errors, *of_images) if error is not None)
    return next(errors, UsageError("nothing was asked", "check the labels"))
