"""Owns `visionask cost`: tokens and price of images, from their headers alone."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from visionask.cli import options as opt
from visionask.cli.context import has_piped_image, more_images, open_console, read_prompt, stdin_reader, today
from visionask.cli.exits import Exit, exit_code
from visionask.core.errors import UsageError, VisionaskError

if TYPE_CHECKING:
    from visionask.config.settings import Settings
    from visionask.report.console import Console
    from visionask.run.cost import Priced, Pricing


def cost(
    paths: Annotated[list[str] | None, typer.Argument(metavar="PATH...", show_default=False)] = None,
    model: opt.Model = None,
    detail: opt.Detail = None,
    image: opt.Image = None,
    clipboard: opt.Clipboard = False,
    question: Annotated[
        str | None, typer.Option("--question", metavar="TEXT", help="Add the tokens of a question.")
    ] = None,
    prompt_file: opt.PromptFile = None,
    system: opt.System = None,
    compare: Annotated[
        str | None,
        typer.Option("--compare", metavar="M1,M2,...", help="The same images across models, cheapest first."),
    ] = None,
    max_tokens: opt.MaxTokens = None,
    service_tier: Annotated[
        str | None, typer.Option("--service-tier", metavar="TIER", help="default, flex, priority or batch prices.")
    ] = None,
    prompt_cache: opt.PromptCache = False,
    max_side: opt.MaxSide = None,
    image_tokens: opt.ImageTokens = None,
    crop: opt.Crop = None,
    redact: opt.Redact = None,
    no_resize: opt.NoResize = False,
    page: opt.Page = None,
    frame: opt.Frame = None,
    quality: opt.Quality = None,
    recursive: opt.Recursive = False,
    include: opt.Include = None,
    exclude: opt.Exclude = None,
    allow_private_urls: opt.AllowPrivateUrls = False,
    calibrated: Annotated[
        bool, typer.Option("--calibrated", help="Multiply by what the ledger has measured of the model.")
    ] = False,
    ledger: opt.Ledger = None,
    profile: opt.Profile = None,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Show tokens and price of images, folders, quoted globs or links. Nothing is sent, no key is needed.

    visionask cost photos/ --compare gpt-6-luna,gpt-5.4-mini
    """
    flags = dict(locals())
    from visionask.config.catalog import load_catalog
    from visionask.config.settings import load_settings
    from visionask.core.projection import Terms
    from visionask.run.cost import Pricing
    from visionask.run.options import find_model, need_model, picture_options, read_tier
    from visionask.run.survey import Choosing

    console = open_console(quiet=quiet, verbose=verbose, no_color=no_color, debug=debug)
    settings = load_settings(flags)
    if question is not None and prompt_file is not None:
        raise UsageError("--question and --prompt-file both give the question", "drop one of them")
    if prompt_file is not None:
        question = read_prompt(prompt_file)
    args = [*(paths or []), *more_images(image, is_clipboard=clipboard)]
    if not args and prompt_file != "-" and has_piped_image():
        args = ["-"]
    if not args:
        raise UsageError("no image was named", "visionask cost photo.jpg")
    catalog = load_catalog(settings.file, origin=settings.origin)
    names = [need_model(settings)] if compare is None else _names(compare)
    pricing = Pricing(
        models=tuple(find_model(name, catalog, console.warn) for name in names),
        choosing=Choosing(
            args=args,
            stdin=stdin_reader(),
            is_recursive=recursive,
            include=include or (),
            exclude=exclude or (),
            allows_folders=True,
            allows_private_urls=allow_private_urls,
        ),
        options=picture_options(flags, settings),
        terms=Terms(
            tier=read_tier(service_tier, for_cost=True),
            pays_cache_write=prompt_cache,
            max_output_tokens=opt.need_range(max_tokens, "--max-tokens", least=1),
        ),
        messages=tuple(text for text in (system, question) if text is not None),
    )
    if calibrated:
        pricing = _calibrate(pricing, settings, console)
    if compare is not None:
        return _compare(pricing, console, as_json=as_json)
    return _write_json(pricing, console, question) if as_json else _write_table(pricing, console)


def _names(compare: str) -> list[str]:
    names = [name.strip() for name in compare.split(",") if name.strip()]
    if not names:
        raise UsageError("--compare names no model", "such as --compare gpt-6-luna,gpt-5.4-mini")
    return list(dict.fromkeys(names))


def _calibrate(pricing: "Pricing", settings: "Settings", console: "Console") -> "Pricing":
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


def _write_table(pricing: "Pricing", console: "Console") -> int:
    """Write a row as each image is read, so that memory stays flat, and the totals last."""
    from visionask.core.image import Failed
    from visionask.core.prices import cost_usd
    from visionask.report import human
    from visionask.report.clean import one_line
    from visionask.run.cost import Priced

    priced = Priced(pricing)
    console.line(human.TABLE_HEAD)
    rows: dict[int, str] = {}  # by identity: pictures of one size share their sizing, which the planner keeps alive
    rate, warned = priced.input_rate, human.Warned()
    write = console.out.write
    for found in priced:
        if isinstance(found, Failed):
            console.line(human.failed_row(found))
            continue
        sizing = found.sizing
        row = rows.get(id(sizing))
        if row is None:
            row = rows[id(sizing)] = human.table_row(sizing, cost_usd(sizing.tokens, rate))
        write(row + one_line(found.source.label) + "\n")
        if sizing.warnings:
            warned.add(found)
    (projection,) = priced.projections()
    for line in human.table_total(projection, priced.failed):
        console.line(line)
    for warning in warned.lines:
        console.warn(warning)
    return _end(priced, console)


def _write_json(pricing: "Pricing", console: "Console", question: str | None) -> int:
    """Write one record, image by image, so that memory stays flat."""
    from visionask.core.image import Failed
    from visionask.report import records
    from visionask.run.cost import Priced

    priced = Priced(pricing)
    head = records.envelope("cost", "planned")
    with records.streamed(console.out, head, "images") as add:
        try:
            for found in priced:
                add(records.failed_dict(found) if isinstance(found, Failed) else records.image_dict(found))
        except VisionaskError as error:
            priced.error = error
        (projection,) = priced.projections()
        head |= {
            "status": "planned" if priced.error is None else "failed",
            "model": projection.model.name,
            "question": question,
            "projected": records.projected_dict(projection),
            "data": _calibrated_dict(pricing),
            "error": None if priced.error is None else records.error_dict(priced.error),
        }
    return _end(priced, console)


def _calibrated_dict(pricing: "Pricing") -> "dict[str, Any] | None":
    """Tell what the tokens were multiplied by; None without --calibrated."""
    if not pricing.measured:
        return None
    pairs = zip(pricing.models, pricing.measured, strict=True)
    return {"calibrated": {model.name: [each._asdict() for each in measured] for model, measured in pairs}}


def _compare(pricing: "Pricing", console: "Console", *, as_json: bool) -> int:
    """Write the same images across models, cheapest first."""
    from visionask.report import human, records
    from visionask.run.cost import Priced, cheapest_first

    priced = Priced(pricing)
    failed = [found for found in priced if not hasattr(found, "sizing")]
    rows = cheapest_first(priced.projections())
    if as_json:
        record = records.envelope("cost", "planned" if priced.error is None else "failed")
        record["images"] = [records.failed_dict(found) for found in failed]
        compared = [{"model": row.model.name, "projected": records.projected_dict(row)} for row in rows]
        record["data"] = {"compare": compared} | (_calibrated_dict(pricing) or {})
        record["error"] = None if priced.error is None else records.error_dict(priced.error)
        console.line(records.dumps(record))
    else:
        for line in human.compare_lines(rows):
            console.line(line)
    return _end(priced, console)


def _end(priced: "Priced", console: "Console") -> int:
    """Say what a reader of the numbers must know, and give the exit code."""
    from visionask.report import human

    for projection in priced.projections():
        for warning in human.model_warnings(projection, today()):
            console.warn(warning)
        if projection.images and projection.is_about and projection.model.rule_note:
            console.note(f"about: {projection.model.name}: {projection.model.rule_note}")
        if projection.rate != "standard":
            console.note(f"{projection.model.name}: {projection.rate} rate")
    if priced.error is None:
        return Exit.OK
    if priced.failed == 1 or not priced.images:
        console.error(priced.error)
    else:
        console.warn(f"{priced.failed:,} images cannot be sent")
    return exit_code(priced.error)
