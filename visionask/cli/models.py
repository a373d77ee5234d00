"""Owns `visionask models`: what is known about models, with sources and dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visionask.cli import options as opt
from visionask.cli.context import open_console, today
from visionask.core.errors import UnknownModel

if TYPE_CHECKING:
    from visionask.core.catalog import Catalog
    from visionask.report.console import Console


def models(
    name: Annotated[str | None, typer.Argument(metavar="NAME", show_default=False)] = None,
    local: Annotated[bool, typer.Option("--local", help="Models for this machine, with sizes.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Also models that are shut down.")] = False,
    profile: opt.Profile = None,
    as_json: opt.AsJson = False,
    no_color: opt.NoColor = False,
) -> None:
    """List the models that can be priced, or show all about one: token rule, prices, dates, source."""
    from visionask.config.catalog import load_catalog
    from visionask.config.settings import data_folder, load_settings
    from visionask.report.models import model_dict, model_lines, write_local_models, write_record
    from visionask.run.local import local_models

    console = open_console(no_color=no_color)
    if local:
        write_local_models(local_models(data_folder()), console, as_json=as_json)
        return
    settings = load_settings(opt.given(profile=profile))
    catalog = load_catalog(settings.file, origin=settings.origin)
    if name is None:
        _list(catalog, console, every=every, as_json=as_json)
        return
    model = catalog.find(name)
    if model is None:
        near = catalog.near(name)
        raise UnknownModel(
            f"{name} is not a known model", f"did you mean {' or '.join(near)}?" if near else "see: visionask models"
        )
    if as_json:
        write_record(console, {"model": model_dict(model)})
    else:
        for line in model_lines(model, today()):
            console.line(line)


def _list(catalog: Catalog, console: Console, *, every: bool, as_json: bool) -> None:
    from visionask.report.models import MODEL_HEAD, model_dict, model_row, write_record

    found = [model for model in map(catalog.find, catalog.names) if model is not None and model.answers_questions]
    shown = [model for model in found if every or not model.is_shut_down(today())]
    if as_json:
        write_record(console, {"models": [model_dict(model) for model in shown]})
        return
    console.line(MODEL_HEAD)
    for model in shown:
        console.line(model_row(model))
    if len(shown) < len(found):
        console.note(f"{len(found) - len(shown)} more are shut down: --all shows them")
