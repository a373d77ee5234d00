"""`eval` and `diff` of the Python API: which setting is good enough and cheapest, and what changed between two runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Unpack

from visionask.core.errors import BudgetError, StateError, UsageError, VisionaskError
from visionask.core.flags import CheckFlags, picked
from visionask.core.format import usd
from visionask.run.library.call import read_asking, read_call
from visionask.run.library.keywords import documented
from visionask.run.library.options import DiffOptions, EvalOptions
from visionask.run.library.results import Diff, Evaluated, Result

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from visionask.core.difference import Difference
    from visionask.core.difference import Result as Compared
    from visionask.core.labels import Label
    from visionask.core.ledger import StoredAnswer
    from visionask.run.eval import Evaluation, Setting
    from visionask.run.library.call import Asking, Call
    from visionask.run.verdicts import Closed

_VARIED = ("model", "detail", "image_tokens", "max_side", "reasoning_effort", "template")
_MARGIN = 0.02


@documented(EvalOptions, cache=True, margin=_MARGIN, tolerance=0)
def eval(  # noqa: A001  the command's name
    labels: str | os.PathLike[str] | Mapping[str | os.PathLike[str], Any],
    question: str | Sequence[str] | None = None,
    **options: Unpack[EvalOptions],
) -> Evaluated:
    """Ask labelled images under each setting, and recommend the cheapest one that is good enough.

    `eval("labels.csv", "Is it damaged?", model=["gpt-6-luna", "gpt-4o"], detail=["low", "high"], max_cost=2)`: each
    combination of the lists is a setting, and so is each of several questions. Labels are a file (CSV or JSON lines),
    or a dict of images and their labels; a label is a text, a number, True or False, or with `schema` a dict of fields.

    Answers are kept: what was asked before is not paid again. Raises what ends a scan, BudgetError among it.
    """
    from visionask.core.evaluation import by_price, recommend
    from visionask.run.eval import Evaluation, judge_for, labels_for, read_tolerance
    from visionask.run.options import read_budget
    from visionask.store.ledger import open_ledger

    given: dict[str, Any] = {**options}
    folder = given.pop("folder", None)
    found = _labels(labels, None if folder is None else os.fspath(folder), given.pop("sample", None))
    margin, tolerance = given.pop("margin", _MARGIN), read_tolerance(given.pop("tolerance", 0), "tolerance=")
    varied = [given.pop(name, None) for name in _VARIED]
    closed = _closed(given)
    combined = [chosen | asked for chosen in _combined(varied) for asked in _questions(question, closed)]
    askings = [_asking(chosen, given, closed, names_question=_is_many(question)) for chosen in combined]
    settings = [_setting(asking, chosen, [*found], closed) for asking, chosen in askings]
    found = labels_for(found, settings[0].points)
    for setting in settings:
        schema, points = setting.scan.job.schema, setting.points
        judge = judge_for([*found.values()], tolerance, schema=schema, points=points, name="labels")
    call = askings[0][0].call
    _check_price(settings, call.settings.max_cost, call.prepared.ledger)
    evaluation = Evaluation(settings=settings, labels=found, judge=judge)
    with open_ledger(call.prepared.ledger, budget=read_budget(call.settings)) as ledger:
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


@documented(DiffOptions, cache=True)
def diff(
    first: str | os.PathLike[str] | Iterable[Result],
    second: str | os.PathLike[str] | Iterable[Result],
    **options: Unpack[DiffOptions],
) -> Diff:
    """Compare two runs of the same question: files that `scan -o` or `check --json` wrote, or results of `scan`.

    A run of the ledger is named by its id (`visionask logs runs`), or by its day: "2026-11-20".
    Raises InputError for a file that cannot be read, UsageError for one that holds no results, StateError for a damaged
    one, BudgetError.
    """
    from visionask.core.difference import differ

    given: dict[str, Any] = {**options}
    chosen = {name: given.pop(name, None) for name in ("question", "model")}
    judge = given.pop("judge", None)
    call = read_call("diff", given | ({"model": judge} if judge else {}), _OF_DIFF, recalls=True)
    stored = [_stored(each, call, **chosen) for each in (first, second)]
    runs = _of_runs(stored)
    (one, left), (other, right) = (
        (os.fspath(each), run) if run is not None else _run(each, name)  # type: ignore[arg-type]
        for each, run, name in zip((first, second), runs, ("first", "second"), strict=True)
    )
    difference = differ(left, right)
    return Diff(difference=difference if judge is None else _judged(difference, call), names=(one, other))


_OF_DIFF = DiffOptions.__optional_keys__ - {"question", "judge"}


def _stored(
    given: str | os.PathLike[str] | Iterable[Result], call: Call, *, question: str | None, model: str | None
) -> list[StoredAnswer] | None:
    """Return the answers of a run or a day of the ledger; None for what is none."""
    from visionask.run.diff import find_run, names_run
    from visionask.run.logs import open_log

    if not isinstance(given, str | os.PathLike) or not names_run(os.fspath(given)):
        return None
    with open_log(call.prepared.ledger or "", call.on_notice) as log:
        return find_run(os.fspath(given), log, question=question, model=model)


def _of_runs(stored: Sequence[list[StoredAnswer] | None]) -> list[list[Compared] | None]:
    from visionask.run.diff import results_of_runs

    results = results_of_runs(*(each or [] for each in stored))
    return [None if run is None else result for run, result in zip(stored, results, strict=True)]


def _judged(difference: Difference, call: Call) -> Difference:
    """Return a difference with what the judge says. Raises BudgetError, and what ended the judging."""
    from visionask.run.meaning import price, read_judging, with_meanings

    settings, judging = call.settings, read_judging(difference, call.prepared, call.on_notice)
    _, total = price(judging)
    if total is not None and settings.max_cost is not None and total > settings.max_cost:
        fact = f"judging is projected at {usd(total)}, above --max-cost ${settings.max_cost:f}; nothing was sent"
        raise BudgetError(fact, "raise --max-cost")
    if not judging.pairs:
        return difference
    meanings = judging.run(call.connect(), call.on_notice)
    if meanings.stopped is not None:
        raise meanings.stopped
    for name, error in meanings.failed.items():
        call.on_notice(f"{name}: {error.message}")
    return with_meanings(difference, meanings, judging.job.model.name)


def _run(given: str | os.PathLike[str] | Iterable[Result], name: str) -> tuple[str, list[Compared]]:
    from visionask.run.diff import read_results, results_of

    if isinstance(given, str | os.PathLike):
        return os.fspath(given), read_results(os.fspath(given))
    return name, [compared for result in given for compared in results_of(result.record())]


def _labels(
    given: str | os.PathLike[str] | Mapping[Any, Any], folder: str | None, sample: int | None
) -> dict[str, Label]:
    """Return the labels by the path of their image. Raises UsageError, InputError."""
    from visionask.core.labels import Label, read_labels
    from visionask.images.files import read_regular
    from visionask.run.eval import located

    if isinstance(given, Mapping):
        name = "labels"
        labels = tuple(
            Label(image=os.fspath(image), line=line, values=_values(label))
            for line, (image, label) in enumerate(given.items(), 1)
        )
    else:
        name = os.fspath(given)
        try:
            labels = read_labels(read_regular(name, max_bytes=_MOST_BYTES).decode(), name)
        except UnicodeDecodeError as error:
            raise UsageError(f"{name} is not UTF-8 text", "save it as UTF-8") from error
    if not labels:
        raise UsageError("there are no labels", 'such as {"a.jpg": "yes", "b.jpg": "no"}')
    return located(labels, name, folder, sample=sample)


_MOST_BYTES = 200_000_000


def _values(label: Any) -> dict[str, str]:
    """Return a label's values by field; those of Python are spelled as in a file."""
    fields = label if isinstance(label, Mapping) else {"": label}
    return {str(name): str(value).lower() if isinstance(value, bool) else str(value) for name, value in fields.items()}


def _combined(lists: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the keywords of each combination: only what was given."""
    several = [[*each] if isinstance(each, Sequence) and not isinstance(each, str) else [each] for each in lists]
    return [
        {name: value for name, value in zip(_VARIED, values, strict=True) if value is not None}
        for values in product(*several)
    ]


def _is_many(question: str | Sequence[str] | None) -> bool:
    return question is not None and not isinstance(question, str)


def _closed(options: dict[str, Any]) -> Closed:
    """Take the keywords of closed questions out of the options."""
    from visionask.run.verdicts import Closed

    names = ("statement", "choice", "score", "threshold", "unsure", "engine")
    given = {name: options.pop(name) for name in names if name in options}
    if isinstance(given.get("statement"), str):
        given["statement"] = [given["statement"]]
    return Closed(picked(CheckFlags, given))


def _questions(question: str | Sequence[str] | None, closed: Closed) -> list[dict[str, Any]]:
    """Return each question as a keyword; none where a template or statements stand for it. Raises UsageError."""
    if not closed.takes_question and question is not None:
        raise UsageError("statement= takes the place of the question", "leave the question out")
    if question is None:
        return [{}]
    questions = [question] if isinstance(question, str) else [*question]
    if not questions:
        raise UsageError("there is no question", 'eval("labels.csv", "Is it damaged?")')
    return [{"question": each} for each in questions]


def _asking(
    chosen: dict[str, Any], options: dict[str, Any], closed: Closed, *, names_question: bool
) -> tuple[Asking, dict[str, Any]]:
    """Resolve one setting, and return the keywords that ask so: the question among them where there are several."""
    how = {name: value for name, value in chosen.items() if name != "question"}
    question = chosen.get("question") if closed.takes_question else "; ".join(closed.asked.statement or ())
    asking = read_asking("eval", options | how, _OF_EVAL, question=question, recalls=True)
    model = {} if asking.call.flags.sending.local else {"model": asking.call.settings.model}
    return asking, model | (chosen if names_question else how)


_OF_EVAL = EvalOptions.__optional_keys__


def _setting(asking: Asking, chosen: dict[str, Any], images: list[str], closed: Closed) -> Setting:
    from visionask.run.eval import Setting

    settings, flags = asking.call.settings, asking.call.flags
    closed.refuse_opposites(flags.schema, saved=None, prompt_file=None)
    return Setting(
        name=" ".join(map(str, chosen.values())) or str(flags.sending.local),
        flags=tuple(f"{name}={value!r}" for name, value in chosen.items()),
        scan=asking.scan(asking.choosing(images), closed),
        connect=asking.connect,
        rpm=settings.rpm,
        tpm=settings.tpm,
    )


def _check_price(settings: list[Setting], max_cost: Decimal | None, ledger: str | None) -> None:
    """Raise BudgetError where all settings together are projected above the limit; before anything is sent."""
    from visionask.run.eval import project, total_usd

    total = total_usd(project(settings, ledger))
    if max_cost is not None and total is not None and total > max_cost:
        raise BudgetError(
            f"all settings are projected at {usd(total)}, above --max-cost ${max_cost:f}; nothing was sent",
            "take fewer settings, --sample N, or raise --max-cost",
        )


def _why_nothing(evaluation: Evaluation) -> VisionaskError:
    """Return why no setting has answered anything."""
    of_images = (outcome.error for found in evaluation.outcomes for outcome in found.values())
    errors = (error for error in (*evaluation.errors, *of_images) if error is not None)
    return next(errors, UsageError("nothing was asked", "check the labels"))
