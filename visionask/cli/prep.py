"""`visionask prep`: write exactly the picture bytes that would be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visionask.cli.exits import Exit, exit_code
from visionask.cli.inputs import choose, named_images, open_console
from visionask.cli.options import with_flags
from visionask.core.errors import UsageError
from visionask.core.flags import (
    Clipboard,
    ConsoleFlags,
    FilesFlags,
    Flag,
    Image,
    Model,
    PictureFlags,
    Profile,
    by_name,
)

if TYPE_CHECKING:
    from visionask.core.plan import Planner
    from visionask.report.console import Console
    from visionask.run.survey import Choosing


@with_flags(without="pass_url")
def prep(
    paths: Annotated[list[str] | None, typer.Argument(metavar="IMAGE...", show_default=False)] = None,
    output: Annotated[str | None, Flag("-o --output", "Folder to write to.", "DIR")] = None,
    model: Model = None,
    profile: Profile = None,
    image: Image = None,
    clipboard: Clipboard = False,
    *,
    picture: PictureFlags,
    files: FilesFlags,
    said: ConsoleFlags,
) -> int:
    """Write exactly the picture bytes that would be sent.

    visionask prep photo.jpg -o prepared/
    """
    from visionask.config.catalog import load_catalog
    from visionask.config.settings import load_settings
    from visionask.core.plan import Planner
    from visionask.run.options import find_model, picture_options

    console = open_console(said)
    settings = load_settings({**by_name(picture), "model": model, "profile": profile})
    hint = "visionask prep photo.jpg -o prepared/"
    args = named_images(paths or [], image, files, is_clipboard=clipboard, takes_piped=True, hint=hint)
    if output is None:
        raise UsageError("no folder was named", "add -o DIR")
    catalog = load_catalog(settings.file, origin=settings.origin)
    options = picture_options(picture, settings)
    choosing = choose(args, files, picture, console.warn, fetches_whole=True)
    planner = Planner(find_model(settings.model, catalog, settings, console.warn), options)
    return _write(choosing, planner, output, console, as_json=said.as_json)


def _write(choosing: Choosing, planner: Planner, output: str, console: Console, *, as_json: bool) -> int:
    """Write the pictures, and say of each what became of it."""
    from visionask.core.errors import Bug, VisionaskError
    from visionask.core.format import count
    from visionask.core.image import Failed
    from visionask.report import records
    from visionask.report.clean import one_line
    from visionask.report.console import FailedItems
    from visionask.report.human import Warned
    from visionask.run.prep import prep as run_prep

    record, error, written, warned = records.envelope("prep", "ok"), None, 0, Warned()
    named = FailedItems(console)
    record["model"] = planner.model.name
    try:
        for found in run_prep(choosing, planner, output):
            if isinstance(found, Failed):
                error = found.error if isinstance(found.error, Bug) else error or found.error
                record["images"].append(records.failed_dict(found) | {"written": None, "is_untouched": None})
                if console.is_quiet:
                    named.add_error(found.label, found.error)
                else:
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
                how = "pixels unchanged, metadata removed" if made.is_untouched else "encoded again"
                console.line(f"{one_line(path)}  {size}, {how}")
    except VisionaskError as stopped:
        error = stopped
        console.error(stopped)
    named.end()
    if as_json:
        record |= {"status": "ok" if error is None else "failed"}
        record["error"] = None if error is None else records.error_dict(error)
        console.line(records.dumps(record))
    for warning in warned.lines:
        console.warn(warning)
    console.note(f"{count(written, 'picture')} written to {one_line(output)}")
    return Exit.OK if error is None else exit_code(error)
