"""`visionask cost`: tokens and price of images, from their headers alone.

`cost --compare`: the same images across models, cheapest first.

"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from visionask.cli.exits import Exit, exit_code
from visionask.cli.inputs import (
    choose,
    named_images,
    open_console,
    read_prompt,
    read_schema_flags,
    split_question,
    today,
    with_template,
)
from visionask.cli.options import with_flags
from visionask.core.arguments import need_range
from visionask.core.errors import UsageError, VisionaskError
from visionask.core.flags import (
    MONEY,
    Clipboard,
    ConsoleFlags,
    FilesFlags,
    Flag,
    Image,
    PaceFlags,
    PictureFlags,
    PromptFile,
    SchemaFlags,
    SendingFlags,
    by_name,
)
from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from visionask.cli.cost_exact import Counting
    from visionask.config.settings import Settings
    from visionask.core.projection import Projection
    from visionask.report.console import Console
    from visionask.run.cost import Priced, Pricing
    from visionask.run.options import Filled
    from visionask.run.survey import Choosing

TIERS = ("default", "flex", "priority", "batch")


class CostFlags(NamedTuple):
    """What is priced and how, besides what a request takes."""

    compare: Annotated[str | None, Flag("--compare", "The same images across models, cheapest first.", "M1,M2,...")] = (
        None
    )
    question: Annotated[str | None, Flag("--question", "Add the tokens of a question.", "TEXT")] = None
    calibrated: Annotated[bool, Flag("--calibrated", "Multiply by what the ledger has measured of the model.")] = False
    exact: Annotated[bool, Flag("--exact", "Also the provider's own count: uploads the images, needs a key.")] = False
    pilot: Annotated[
        int | None, Flag("--pilot", "Ask N images, and project all by that: question first, needs a key.", "N")
    ] = None
    every: Annotated[bool, Flag("-l --list", "A row for each image, not only for up to 20.")] = False
    prompt_file: PromptFile = None
    image: Image = None
    clipboard: Clipboard = False
    service_tier: Annotated[
        str | None, Flag("--service-tier", "default, flex, priority or batch prices.", "TIER", MONEY, choices=TIERS)
    ] = None


@with_flags(without="cache log pass_url")
def cost(
    paths: Annotated[list[str] | None, typer.Argument(metavar="PATH...", show_default=False)] = None,
    *,
    own: CostFlags,
    sending: SendingFlags,
    pace: PaceFlags,
    schema: SchemaFlags,
    picture: PictureFlags,
    files: FilesFlags,
    said: ConsoleFlags,
) -> int:
    """Show tokens and price of images, folders, quoted globs or links. Nothing is sent, no key is needed.

    With --exact the images are uploaded, to be counted by the provider and not answered. With --pilot N images are
    asked, and paid.

    visionask cost photos/ --compare gpt-6-luna,gpt-5.4-mini
    visionask cost --pilot 20 "What is it?" -r photos/
    """
    from visionask.config.settings import load_settings
    from visionask.run.cost import Priced

    flags = with_template(sending, picture, schema)
    sending, picture = flags.sending, flags.picture
    console, settings = open_console(said), load_settings(by_name(sending, picture))
    if own.pilot is None:
        _refuse_asking(sending, picture, pace)
    question, words = _find_words([*(paths or [])], _find_question(own, flags.question), own.pilot)
    flags, args = flags._replace(question=question), _args(words, own, files)
    names = [] if own.compare is None else read_models(own.compare, settings)
    if own.pilot is not None:
        from visionask.cli.cost_pilot import PilotFlags, run_pilot

        asked = PilotFlags(_pilot_size(own), args, names, _at_tier(flags, own), pace, files)
        return run_pilot(asked, console, as_json=said.as_json)
    choosing = choose(
        args, files, picture, console.warn, fetches_whole=own.exact, is_offline=sending.replay is not None
    )
    pricing = _pricing(_at_tier(flags, own), settings, own, names, choosing, console)
    counting = _counting(flags, settings, own, pricing, console)
    priced = Priced(pricing, keeps=counting is not None)
    calibrated = _calibrated_dict(pricing)
    if own.compare is not None:
        write_compared(priced, console, as_json=said.as_json, data=calibrated)
    elif said.as_json:
        _write_json(priced, console, question=question, counting=counting, calibrated=calibrated)
    else:
        _write_table(priced, console, counting, lists_all=own.every)
    return _end(priced, console, counting, is_calibrated=bool(pricing.measured))


def _at_tier(flags: Filled, own: CostFlags) -> Filled:
    """Return the flags with the tier whose prices hold: it is not asked for when images are counted."""
    return flags._replace(sending=flags.sending._replace(service_tier=own.service_tier))


def _args(words: list[str], own: CostFlags, files: FilesFlags) -> list[str]:
    """Return all that names images, or standard input if it is not the question. Raises UsageError."""
    pipes, hint = own.prompt_file != "-", "visionask cost photo.jpg"
    return named_images(words, own.image, files, is_clipboard=own.clipboard, takes_piped=pipes, hint=hint)


def _pricing(
    flags: Filled, settings: Settings, own: CostFlags, names: list[str], choosing: Choosing, console: Console
) -> Pricing:
    from visionask.run.options import read_pricing

    schema = read_schema_flags(flags.schema)
    pricing = read_pricing(flags, settings, schema=schema, names=names, choosing=choosing, on_notice=console.warn)
    if own.compare is not None:
        pricing = pricing._replace(compares=True, skips_unable=own.compare.strip().lower() == "all")
    return _calibrate(pricing, settings, console) if own.calibrated else pricing


def _counting(flags: Filled, settings: Settings, own: CostFlags, pricing: Pricing, console: Console) -> Counting | None:
    """Return the count that --exact asks for. Raises UsageError."""
    if not own.exact:
        _refuse_recording(flags.sending)
        return None
    from visionask.cli.cost_exact import read_counting

    if own.compare is not None:
        raise UsageError("--exact counts for one model, and --compare names several", "use -m with --exact")
    return read_counting(flags, settings, pricing, console)


def _find_question(own: CostFlags, saved: str | None) -> str | None:
    """Return the question whose tokens are added; `saved` is the template's. Raises UsageError."""
    named = {"--question": own.question, "--prompt-file": own.prompt_file, "--template": saved}
    given = [name for name, value in named.items() if value is not None]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} both give the question", "drop one of them")
    if own.prompt_file is not None:
        return read_prompt(own.prompt_file)
    return saved if own.question is None else own.question


def _find_words(words: list[str], question: str | None, pilot: int | None) -> tuple[str | None, list[str]]:
    """Return the question and the images; that of a pilot stands before them, as in scan. Raises UsageError."""
    if pilot is None or question is not None:
        return question, words
    return split_question(words, None, None, command=f"cost --pilot {pilot}")


def _refuse_asking(sending: SendingFlags, picture: PictureFlags, pace: PaceFlags) -> None:
    """Refuse flags of a request that is sent. Raises UsageError."""
    asked = {
        "--max-cost": sending.max_cost,
        "--confirm-above": sending.confirm_above,
        "--yes": sending.yes,
        "--temperature": sending.temperature,
        "--reasoning-effort": sending.reasoning_effort,
        "--max-pixels": picture.max_pixels,
        "--keep-metadata": picture.keep_metadata,
        "--allow-truncated": picture.allow_truncated,
        "--jobs": pace.jobs,
        "--rpm": pace.rpm,
        "--tpm": pace.tpm,
    }
    for flag, value in asked.items():
        if value is not None and value is not False:
            raise UsageError(f"{flag} is about what --pilot sends, and nothing is sent without it", "add --pilot N")


def _pilot_size(own: CostFlags) -> int:
    """Return how many images are asked; refuse what a pilot cannot be together with. Raises UsageError."""
    if own.exact or own.calibrated:
        flag = "--exact" if own.exact else "--calibrated"
        raise UsageError(f"--pilot projects by what was billed, so {flag} adds nothing", "drop one of them")
    if own.compare is not None and own.compare.strip().lower() == "all":
        raise UsageError("--pilot is paid for each model, so --compare all asks too many", "name the models")
    if own.service_tier == "batch":
        raise UsageError(
            "--pilot asks now, and a batch answers later", "drop --service-tier: a batch is half the price"
        )
    return need_range(own.pilot, "--pilot", least=1) or 1


def _refuse_recording(sending: SendingFlags) -> None:
    for name, folder in (("record", sending.record), ("replay", sending.replay)):
        if folder is not None:
            raise UsageError(f"--{name} keeps what --exact sends, and nothing is sent without it", "add --exact")


def _calibrate(pricing: Pricing, settings: Settings, console: Console) -> Pricing:
    """Correct the tokens by what the ledger has measured, and say where it has measured nothing."""
    from visionask.config.settings import ledger_path
    from visionask.run.cost import calibrated
    from visionask.run.logs import measured, ratios_of

    drift = measured(ledger_path(settings), console.warn)
    found = tuple(ratios_of(drift, model.name) for model in pricing.models)
    for model, ratios in zip(pricing.models, found, strict=True):
        if not ratios or model.rule is None:
            console.warn(f"nothing is calibrated: the ledger has no observations of {model.name}")
    return calibrated(pricing, found)


def _write_table(priced: Priced, console: Console, counting: Counting | None, *, lists_all: bool) -> None:
    from visionask.core.plan import ImagePlan
    from visionask.report import human

    table, warned = human.ImageTable(priced.input_rate, lists_all=lists_all), human.Warned()
    for found in priced:
        if isinstance(found, ImagePlan):
            if table.has_room:
                table.add(found)
            if found.sizing.warnings:
                warned.add(found.source.label, found.sizing.warnings)
        else:
            table.add_failed(found)
    (projection,) = priced.projections()
    table.write(console, projection, priced.counts, priced.failed)
    for warning in warned.lines:
        console.warn(warning)
    if counting is not None:
        counting.run(priced)
        counting.tell()


def _write_json(
    priced: Priced,
    console: Console,
    *,
    question: str | None,
    counting: Counting | None,
    calibrated: dict[str, Any] | None,
) -> None:
    """Write one record, image by image, so that memory stays flat."""
    from visionask.core.image import Failed
    from visionask.report import records

    head = records.envelope("cost", "planned")
    with records.streamed(console.out, head, "images") as add:
        try:
            for found in priced:
                add(records.failed_dict(found) if isinstance(found, Failed) else records.image_dict(found))
        except VisionaskError as error:
            priced.error = error
        (projection,) = priced.projections()
        stopped, data = priced.error, calibrated
        if counting is not None:
            counting.run(priced)
            stopped, data = stopped or counting.error, (data or {}) | counting.data()
        head |= records.priced_dict(projection, question, error=stopped)
        head["data"] = data


def _calibrated_dict(pricing: Pricing) -> dict[str, Any] | None:
    """Return what the tokens were multiplied by; None without --calibrated."""
    if not pricing.measured:
        return None
    pairs = zip(pricing.models, pricing.measured, strict=True)
    return {"calibrated": {model.name: [each._asdict() for each in measured] for model, measured in pairs}}


FEW = 8  # models whose figures --verbose explains: `visionask models NAME` does for each


def _end(priced: Priced, console: Console, counting: Counting | None, *, is_calibrated: bool) -> int:
    """Say what a reader of the numbers must know, and give the exit code."""
    from visionask.report import human
    from visionask.report.clean import one_line

    projections = priced.projections()
    for projection in projections:
        _tell(projection, console, is_calibrated=is_calibrated, explains=len(projections) <= FEW)
    old = human.old_prices([each.model for each in projections if each.images], today())
    if old is not None:
        console.note(old)
    for error in [] if counting is None else counting.failures():
        console.error(error)
    if priced.error is None:
        return Exit.OK if counting is None or counting.error is None else exit_code(counting.error)
    if priced.failed == 1 or not priced.images:
        console.error(priced.error)
    elif console.is_quiet:
        for found in priced.first_failed:
            console.urgent(f"failed: {one_line(found.error.message)}")
        if priced.failed > len(priced.first_failed):
            console.urgent(f"failed: {priced.failed - len(priced.first_failed):,} more")
    else:
        console.warn(f"{priced.failed:,} images cannot be sent")
    return exit_code(priced.error)


def _tell(projection: Projection, console: Console, *, is_calibrated: bool, explains: bool) -> None:
    """Say of one model what warns of its figures and, with --verbose, what they rest on."""
    from visionask.report import human
    from visionask.report.clean import one_line

    name = one_line(projection.model.name)
    for warning in human.model_warnings(projection, today()):
        console.warn(warning)
    if is_calibrated and projection.images and projection.model.rule_note:
        console.note(f"{name}: {projection.model.rule_note}")
    for note in human.price_notes(projection) if explains and projection.images else ():
        console.detail(f"{name}: {note}")
    if projection.rate not in ("standard", "this machine"):
        console.note(f"{name}: {projection.rate} rate")


def read_models(compare: str, settings: Settings) -> list[str]:
    """Return the names of the models; `all` is every one that answers questions and is not shut down.

    Raises UsageError.
    """
    names = [name.strip() for name in compare.split(",") if name.strip()]
    if not names:
        raise UsageError("--compare names no model", "such as --compare gpt-6-luna,claude-haiku-5-5, or all")
    words = [name.lower() for name in names]
    if "all" in words and len(set(words)) > 1:
        raise UsageError("--compare all is every model, so it stands alone", "leave `all` out, or the other names")
    from visionask.config.catalog import load_catalog
    from visionask.core.suggest import near_names

    catalog = load_catalog(settings.file, origin=settings.origin)
    if "all" not in words:
        if len(names) == 1 and catalog.find(names[0]) is None and near_names(names[0], ["all"]):
            raise UsageError(f"--compare takes names of models, or all, not {names[0]!r}", "did you mean all?")
        return list(dict.fromkeys(names))
    found = [model for model in map(catalog.find, catalog.names) if model is not None and model.answers_questions]
    return [model.name for model in found if not model.is_shut_down(today())]


def write_compared(priced: Priced, console: Console, *, as_json: bool, data: dict[str, Any] | None) -> None:
    """Read the images, and write a line or a record of each model; `data` goes into the record too."""
    from visionask.report import human, records

    failed = [found for found in priced if not hasattr(found, "sizing")]
    compared = priced.compared()
    if as_json:
        record = records.envelope("cost", "planned" if priced.error is None else "failed")
        record["images"] = [records.failed_dict(found) for found in failed]
        record["data"] = records.compared_dict(compared) | (data or {})
        record["error"] = None if priced.error is None else records.error_dict(priced.error)
        console.line(records.dumps(record))
    else:
        human.write_compared(console, compared)
    if priced.unable:
        console.note(f"left out, as they do not support the options: {', '.join(priced.unable)}")
