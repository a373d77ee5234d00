"""`visionask prep`: write exactly the picture bytes that would be sent."""

from __future__ import annotations

from typing import Annotated

import typer

from visionask.cli import options as opt
from visionask.cli.context import choose, has_piped_image, more_images, open_console, read_names
from visionask.cli.exits import Exit, exit_code
from visionask.core.errors import UsageError


def prep(
    paths: Annotated[list[str] | None, typer.Argument(metavar="IMAGE...", show_default=False)] = None,
    output: Annotated[str | None, typer.Option("-o", "--output", metavar="DIR", help="Folder to write to.")] = None,
    model: opt.Model = None,
    detail: opt.Detail = None,
    image: opt.Image = None,
    clipboard: opt.Clipboard = False,
    max_side: opt.MaxSide = None,
    image_tokens: opt.ImageTokens = None,
    rotate: opt.Rotate = None,
    crop: opt.Crop = None,
    redact: opt.Redact = None,
    no_resize: opt.NoResize = False,
    keep_metadata: opt.KeepMetadata = False,
    quality: opt.Quality = None,
    max_pixels: opt.MaxPixels = None,
    allow_truncated: opt.AllowTruncated = False,
    page: opt.Page = None,
    frame: opt.Frame = None,
    recursive: opt.Recursive = False,
    include: opt.Include = None,
    exclude: opt.Exclude = None,
    files_from: opt.FilesFrom = None,
    null: opt.Null = False,
    limit: opt.Limit = None,
    sample: opt.Sample = None,
    allow_private_urls: opt.AllowPrivateUrls = False,
    profile: opt.Profile = None,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Write exactly the picture bytes that would be sent, and say what was done.

    visionask prep photo.jpg -o prepared/
    """
    flags = dict(locals())
    from visionask.config.catalog import load_catalog
    from visionask.config.settings import load_settings
    from visionask.core.errors import VisionaskError
    from visionask.core.format import count
    from visionask.core.image import Failed
    from visionask.core.plan import Planner
    from visionask.report import records
    from visionask.report.clean import one_line
    from visionask.report.human import Warned
    from visionask.run.options import find_model, picture_options
    from visionask.run.prep import prep as run_prep

    console = open_console(quiet=quiet, verbose=verbose, no_color=no_color, debug=debug)
    settings = load_settings(flags)
    args = [*(paths or []), *more_images(image, is_clipboard=clipboard), *read_names(files_from, is_null=null)]
    args = args or ["-"] * (files_from is None and has_piped_image())
    if not args:
        raise UsageError("no image was named", "visionask prep photo.jpg -o prepared/")
    if output is None:
        raise UsageError("no folder was named", "add -o DIR")
    catalog = load_catalog(settings.file, origin=settings.origin)
    options = picture_options(flags, settings)
    choosing = choose(args, flags, fetches_whole=True)
    planner = Planner(find_model(settings.model, catalog, console.warn), options)
    record, error, written, warned = records.envelope("prep", "ok"), None, 0, Warned()
    record["model"] = planner.model.name
    try:
        for found in run_prep(choosing, planner, output):
            if isinstance(found, Failed):
                error = error or found.error
                record["images"].append(records.failed_dict(found) | {"written": None, "is_untouched": None})
                console.error(found.error)
                continue
            plan, made, path = found
            written += 1
            record["images"].append(
                records.image_dict(plan, made) | {"written": path, "is_untouched": made.is_untouched}
            )
            warned.add(plan.source.label, (*plan.sizing.warnings, *made.warnings))
            if not as_json:
                size = f"{made.width_px}x{made.height_px} {made.format}, {len(made.data):,} bytes"
                how = "own pixels, metadata cut out" if made.is_untouched else "made anew"
                console.line(f"{one_line(path)}  {size}, {how}")
    except VisionaskError as stopped:
        error = stopped
        console.error(stopped)
    if as_json:
        record |= {"status": "ok" if error is None else "failed"}
        record["error"] = None if error is None else records.error_dict(error)
        console.line(records.dumps(record))
    for warning in warned.lines:
        console.warn(warning)
    console.note(f"{count(written, 'picture')} written to {one_line(output)}")
    return Exit.OK if error is None else exit_code(error)
