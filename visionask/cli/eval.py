"""`visionask eval`: which setting answers labelled images well enough, and cheapest."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any

import typer

from visionask.cli.eval_results import (
    FORMATS,
    check_targets,
    read_shapes,
    save_profile,
    title_of,
    write_results,
)
from visionask.cli.exits import Exit, exit_code
from visionask.cli.inputs import choose, open_console, read_prompt, read_schema_flags, read_text, with_template
from visionask.cli.options import with_flags
from visionask.cli.show import approve, run_settings
from visionask.core.arguments import need_proportion
from visionask.core.errors import BudgetError, Bug, StateError, UsageError
from visionask.core.flags import (
    MONEY,
    OUTPUT,
    PICTURE,
    QUESTION,
    WHERE,
    CheckFlags,
    ConsoleFlags,
    FilesFlags,
    Flag,
    PaceFlags,
    PictureFlags,
    SchemaFlags,
    SendingFlags,
)
from visionask.core.format import billed, count, usd
from visionask.core.namedtuple import NamedTuple
from visionask.report.clean import one_line
from visionask.report.console import FailedItems
from visionask.run.options import prepare, read_scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.image import Failed
    from visionask.core.labels import Label
    from visionask.core.projection import Projection
    from visionask.report.console import Console
    from visionask.run.eval import Evaluation, Judge, Setting
    from visionask.run.options import Prepared
    from visionask.run.verdicts import Closed

MOST_LABELS_BYTES = 200_000_000
_FEWER = "take fewer settings, --sample N, or "
_SHORT = {"model": "-m", "detail": "-d"}


class VariedFlags(NamedTuple):
    """What an eval varies: each is a list with commas, or repeated, and every combination is a setting."""

    model: Annotated[list[str] | None, Flag("-m --model", "Models, with commas.", "A,B", WHERE, True)] = None
    detail: Annotated[list[str] | None, Flag("-d --detail", "Levels, with commas.", "LOW,HIGH", PICTURE, True)] = None
    image_tokens: Annotated[list[str] | None, Flag("--image-tokens", "Sizes in tokens.", "N,N", PICTURE, True)] = None
    max_side: Annotated[list[str] | None, Flag("--max-side", "Longest sides.", "PX,PX", PICTURE)] = None
    reasoning_effort: Annotated[list[str] | None, Flag("--reasoning-effort", "Efforts.", "A,B", QUESTION)] = None


class AskedFlags(NamedTuple):
    """What is asked: of several questions each is a setting."""

    prompt_file: Annotated[
        list[str] | None, Flag("-p --prompt-file", "A question in a file; repeatable.", "FILE", QUESTION, True)
    ] = None
    template: Annotated[
        list[str] | None, Flag("-t --template", "A saved question; repeatable.", "NAME|FILE", QUESTION, True)
    ] = None
    param: Annotated[list[str] | None, Flag("--param", "Value of a $name in it.", "NAME=VALUE", QUESTION)] = None


class EvalFlags(NamedTuple):
    """How an eval is judged, and where its results go."""

    margin: Annotated[str, Flag("--margin", "How much worse than the best is good enough [default: 2%].", "SHARE")] = (
        "2%"
    )
    at_least: Annotated[str | None, Flag("--at-least", "Exit 1 where no setting is right so often.", "SHARE")] = None
    tolerance: Annotated[str, Flag("--tolerance", "How far a number may be off [default: 0].", "X")] = "0"
    folder: Annotated[
        str | None, Flag("--folder", "Where names count from, if not from the labels' folder or here.", "DIR")
    ] = None
    sample: Annotated[int | None, Flag("--sample", "Only N of the labelled images, spread over all.", "N")] = None
    dry_run: Annotated[bool, Flag("-n --dry-run", "Price every setting, and send nothing.", None, MONEY, True)] = False
    batch: Annotated[
        bool, Flag("--batch", "Submit at half price; run it again once it is fetched.", None, MONEY, True)
    ] = False
    output: Annotated[
        list[str] | None, Flag("-o --output", "Results: .html .jsonl .csv .db .md; repeatable.", "FILE", OUTPUT, True)
    ] = None
    output_format: Annotated[
        str | None,
        Flag("-f --format", "Format here, or of -o files.", "FORMAT", OUTPUT, choices=FORMATS),
    ] = None
    save_profile: Annotated[
        str | None, Flag("--save-profile", "Write what is recommended as a profile.", "NAME", OUTPUT)
    ] = None


class Asked(NamedTuple):
    """One question, and the file or the template that it is from."""

    question: str
    file: str | None = None
    template: str | None = None


_EXAMPLE = 'visionask eval labels.csv "Is it damaged?"'


class Wanted(NamedTuple):
    """What all settings are made of."""

    varied: VariedFlags
    asked: Sequence[Asked]
    param: list[str] | None  # of templates
    images: list[str]
    sending: SendingFlags
    pace: PaceFlags
    schema: SchemaFlags
    picture: PictureFlags
    closed: Closed
    is_batch: bool


@with_flags(without="also is_any repeat fail_fast expect escalate escalate_detail checks", cache=True)
def eval(  # noqa: A001  the command's name
    words: Annotated[list[str], typer.Argument(metavar="LABELS [QUESTION]", show_default=False)],
    *,
    asked: AskedFlags,
    varied: VariedFlags,
    how: EvalFlags,
    sending: SendingFlags,
    pace: PaceFlags,
    schema: SchemaFlags,
    picture: PictureFlags,
    doubt: CheckFlags,
    said: ConsoleFlags,
) -> int:
    """Find the cheapest setting that answers labelled images well.

    visionask eval labels.csv "Is it damaged?" -m gpt-6-luna,gpt-4o -d low,high
    """
    from visionask.run.eval import Evaluation, total_usd
    from visionask.run.verdicts import Closed

    console = open_console(said)
    margin = need_proportion(how.margin, "--margin")
    at_least = None if how.at_least is None else need_proportion(how.at_least, "--at-least")
    shapes = read_shapes(how.output or (), how.output_format, as_json=said.as_json)
    _check_flags(how, sending)
    closed = Closed(doubt)
    questions = _questions(words, asked, closed)
    labels = _labels(words[0], how)
    wanted = Wanted(varied, questions, asked.param, list(labels), sending, pace, schema, picture, closed, how.batch)
    settings, last = _settings(wanted, console)
    labels, judge = _judge(settings, labels, words[0], how, console)
    projections = _price(settings, labels, console, last.ledger)
    if how.dry_run:
        return Exit.OK
    check_targets(shapes, {"the file of labels": [words[0]], "the file of a question": asked.prompt_file or ()})
    approve("all settings are", total_usd(projections), last.settings, is_yes=sending.yes, instead=_FEWER)
    if how.batch and (code := _submitted(settings, projections, last, console, as_json=said.as_json)) is not None:
        return code
    evaluation = Evaluation(settings=settings, labels=labels, judge=judge, makes_thumbnails="html" in shapes.values())
    code = _run(evaluation, last, console)
    results = [result for result in evaluation.results() if result.rights]
    if results:
        title = title_of([each.question for each in questions] if not doubt.statement else doubt.statement)
        recommendation = write_results(evaluation, results, shapes, console, margin=margin, title=title)
        if how.save_profile is not None:
            save_profile(how.save_profile, recommendation, sending, console)
    if not code and at_least is not None and max(result.accuracy or 0 for result in results) < at_least:
        console.note(f"no setting is right for {how.at_least} of the labelled images")
        return Exit.FALSE
    return code


def _questions(words: list[str], asked: AskedFlags, closed: Closed) -> list[Asked]:
    """Return what is asked: the argument, or each file and template; nothing but the statements of a closed question.

    Raises UsageError.
    """
    files, templates = asked.prompt_file or [], asked.template or []
    if asked.param and not templates:
        raise UsageError("--param fills in a template, and none is named", "add --template NAME")
    if not closed.takes_question:
        if files or templates or len(words) > 1:
            raise UsageError("--statement takes the place of the question", "drop one of them")
        return [Asked("")]
    needs_word = not files and not templates
    if len(words) != 1 + needs_word or (needs_word and not words[1].strip()):
        told = "one question" if needs_word else "no other argument, as the question is from a file"
        raise UsageError(f"eval takes a file of labels and {told}", _EXAMPLE)
    prompts = [Asked(read_prompt(path), file=path) for path in files] or [Asked(words[1] if needs_word else "")]
    return [each._replace(template=template) for each in prompts for template in (templates or (None,))]


def _judge(
    settings: Sequence[Setting], labels: dict[str, Label], path: str, how: EvalFlags, console: Console
) -> tuple[dict[str, Label], Judge]:
    """Return the labels, and how answers are held against them, once every setting can give such answers.

    Raises UsageError.
    """
    from visionask.core.labels import odd_label
    from visionask.run.eval import judge_for, labels_for, read_tolerance

    tolerance = read_tolerance(how.tolerance, "--tolerance")
    points = settings[0].points
    labels = labels_for(labels, points)
    given = [*labels.values()]
    for setting in settings:
        judge = judge_for(given, tolerance, schema=setting.scan.job.schema, points=points, name=path)
    for field, kind in judge.kinds.items():
        odd = odd_label(given, field) if kind == "text" and not points else None
        if odd is not None:
            told = (
                f"{one_line(path)}, line {odd.line}: {one_line(odd.values[field])} is of another kind than the others"
            )
            console.warn(f"{told}: all are compared as text")
    return labels, judge


def _labels(path: str, how: EvalFlags) -> dict[str, Label]:
    """Return the labels by the path of their image, of which `--sample` are spread over all. Raises UsageError."""
    from visionask.core.labels import read_labels
    from visionask.run.eval import located

    hint = f"a file of labels (CSV with the columns image and label) comes first: {_EXAMPLE}"
    labels = read_labels(read_text(path, path, most=MOST_LABELS_BYTES, hint=hint), path)
    return located(labels, path, how.folder, sample=how.sample)


def _settings(wanted: Wanted, console: Console) -> tuple[list[Setting], Prepared]:
    """Return each setting of the product of the lists, and how the last is asked: in the budget and ledger of all.

    Raises UsageError, ConfigError.
    """
    lists = {name: _list(value, name) for name, value in wanted.varied._asdict().items()}
    settings: list[Setting] = []
    for values in product(*lists.values()):
        chosen = dict(zip(lists, values, strict=True))
        for asked in wanted.asked:
            send = wanted.sending._replace(
                model=chosen["model"],
                reasoning_effort=chosen["reasoning_effort"],
                template=asked.template,
                param=wanted.param,
            )
            seen = wanted.picture._replace(**{name: chosen[name] for name in ("detail", "image_tokens", "max_side")})
            prepared = prepare(with_template(send, seen, wanted.schema), wanted.pace)
            question = asked.question or prepared.flags.question or ""
            if not question and wanted.closed.takes_question:
                raise UsageError(f"template {asked.template} has no prompt", "give the question with -p FILE")
            settings.append(_setting(wanted, asked._replace(question=question), chosen, prepared, console))
    if wanted.is_batch:
        from visionask.cli.eval_batch import refuse_decisions

        refuse_decisions(settings)
    return settings, prepared


def _setting(wanted: Wanted, asked: Asked, chosen: dict[str, Any], prepared: Prepared, console: Console) -> Setting:
    from visionask.run.eval import Setting

    loaded, send, flags = prepared.settings, prepared.sending, prepared.flags
    wanted.closed.refuse_opposites(flags.schema, saved=None, prompt_file=None)
    offline = send.replay is not None
    scan = read_scan(
        prepared,
        question=asked.question,
        choosing=choose(
            wanted.images, FilesFlags(), flags.picture, console.warn, fetches_whole=True, is_offline=offline
        ),
        on_notice=console.warn,
        schema=read_schema_flags(flags.schema),
        closed=wanted.closed,
        tier="batch" if wanted.is_batch else None,
    )
    scan = replace(scan, sends=not wanted.is_batch)  # of a batch, the answers come from the ledger
    words = _flags(chosen, asked, send.local, loaded.model, names_file=len(wanted.asked) > 1)
    return Setting(
        name=" ".join(words[1::2]), flags=words, scan=scan, connect=prepared.connect, rpm=loaded.rpm, tpm=loaded.tpm
    )


def _list(given: list[str] | None, name: str) -> list[Any]:
    """Return the values of a list with commas; those of sizes are numbers. Raises UsageError."""
    value = ",".join(given or ())
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if name not in ("image_tokens", "max_side"):
        return list(dict.fromkeys(parts)) or [None]
    flag = "--" + name.replace("_", "-")
    if not all(part.isascii() and part.isdecimal() for part in parts):
        raise UsageError(f"{flag} takes numbers with commas, not {one_line(value)}", f"{flag} 250,800")
    return list(dict.fromkeys(map(int, parts))) or [None]


def _flags(chosen: dict[str, Any], asked: Asked, local: str | None, model: str, *, names_file: bool) -> tuple[str, ...]:
    """Return the very flags that ask so: the model and the template always, of the others what was given."""
    flags = ["-m", str(chosen["model"] or model)] if local is None else ["--local", local]
    for name, value in chosen.items():
        if value is not None and name != "model":
            flags += [_SHORT.get(name, "--" + name.replace("_", "-")), str(value)]
    flags += ["-t", asked.template] if asked.template is not None else []
    return tuple([*flags, "-p", asked.file] if names_file and asked.file is not None else flags)


def _price(settings: list[Setting], labels: dict[str, Label], console: Console, ledger: str | None) -> list[Projection]:
    """Show what each setting is projected to cost, and return it."""
    from visionask.report.human import output_price
    from visionask.run.eval import project, total_usd

    is_open, failed = False, FailedItems(console)

    def on_failed(each: Failed) -> None:
        line = f"line {labels[each.label].line}: " if each.label in labels else ""
        failed.add_error(each.label, each.error, before=line)

    try:
        projections = project(settings, ledger, on_failed=on_failed)
    finally:
        failed.end()
    for setting, projection in zip(settings, projections, strict=True):
        is_open |= output_price(projection) == "output"
        price = f"{_money(projection.input_usd)} + {output_price(projection)}" if projection.images else "$0"
        console.note(f"{setting.name}: {count(projection.images, 'image')} to ask · {price}")
    more = " + output" if is_open else ""
    total = _money(total_usd(projections))
    console.note(f"{count(len(settings), 'setting')} · {total}{more} · what is answered is not paid again")
    return projections


def _money(amount: Decimal | None) -> str:
    return "?" if amount is None else usd(amount)


def _run(evaluation: Evaluation, prepared: Prepared, console: Console) -> int:
    """Ask everything; return the exit code of what ended it early, else 0."""
    totals = run_settings(evaluation, len(evaluation.labels), prepared, console)
    done, failed = sum(each.done for each in totals), sum(each.failed.total() for each in totals)
    cached, spent = sum(each.cached for each in totals), sum((each.usd for each in totals), Decimal(0))
    bill = billed(spent, done - cached, sum(each.unpriced for each in totals))
    console.note(f"{done:,} answered, {cached:,} of them cached; {failed:,} failed; {bill} billed")
    stopped = [error for error in evaluation.errors if error is not None]
    for setting, error in zip(evaluation.settings, evaluation.errors, strict=True):
        if error is not None:
            console.warn(f"{setting.name} was not asked further: {error.message}")
    if evaluation.signal:
        console.note("interrupted: run it again to go on: what is answered is not paid again")
        return 128 + evaluation.signal
    if any(Bug.code in each.failed for each in totals):
        return Exit.BUG
    fatal = [error for error in stopped if isinstance(error, BudgetError | StateError) or not done]
    if fatal:
        console.error(fatal[0])
        return exit_code(fatal[0])
    if not done and not failed:
        return Exit.PARTIAL
    unjudged = any(each.is_right is None for result in evaluation.results() for each in result.judged)
    return Exit.PARTIAL if stopped or unjudged else Exit.OK


def _submitted(
    settings: list[Setting],
    projections: Sequence[Projection],
    prepared: Prepared,
    console: Console,
    *,
    as_json: bool,
) -> int | None:
    """Submit what is not answered; None where there is nothing to wait for."""
    from visionask.cli.eval_batch import addressed, submit
    from visionask.core.projection import check_priced

    if not any(projection.images for projection in projections):
        return None
    if prepared.settings.has_budget:
        for projection in projections:
            check_priced(projection)
    return submit(settings, prepared, console, where=addressed(prepared.sending), as_json=as_json)


def _check_flags(how: EvalFlags, sending: SendingFlags) -> None:
    """Raise UsageError where flags mean nothing together, or a profile cannot be called so, or hold what is found."""
    if how.batch:
        from visionask.cli.eval_batch import refuse_opposites

        refuse_opposites(sending)
    if how.save_profile is None:
        return
    from visionask.config.editing import check_profile_name

    check_profile_name(how.save_profile)
    if sending.local is not None:
        raise UsageError("--save-profile saves which server is asked, and --local asks none", "drop one of them")
