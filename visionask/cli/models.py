"""`visionask models`: what is known about models, with sources and dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visionask.cli.inputs import open_console, today
from visionask.cli.options import with_flags
from visionask.core.errors import StateError, UnknownModel, UsageError
from visionask.core.flags import ConsoleFlags, Flag, LedgerFlags
from visionask.core.suggest import did_you_mean, near_names

if TYPE_CHECKING:
    from visionask.config.settings import Settings
    from visionask.core.catalog import Catalog, Model
    from visionask.core.ledger import Drift
    from visionask.report.console import Console


@with_flags()
def models(
    name: Annotated[str | None, typer.Argument(metavar="NAME", show_default=False)] = None,
    local: Annotated[bool, Flag("--local", "Models for this machine, with sizes.")] = False,
    provider: Annotated[str | None, Flag("--provider", "Models of one provider, such as anthropic.", "NAME")] = None,
    every: Annotated[bool, Flag("--all", "Also models that are shut down.")] = False,
    *,
    at: LedgerFlags,
    said: ConsoleFlags,
) -> None:
    """List the models that can be priced, or show all about one."""
    from visionask.config.catalog import load_catalog, open_model, request_limits, server_named
    from visionask.config.settings import data_folder, load_settings
    from visionask.report.logs import drift_dict, measured_lines
    from visionask.report.models import model_dict, model_lines, write_local_models, write_record
    from visionask.run.connect import local_models

    console = open_console(said)
    if local:
        write_local_models(local_models(data_folder()), console, as_json=said.as_json)
        return
    settings = load_settings(at._asdict())
    catalog = load_catalog(settings.file, origin=settings.origin)
    if name is None:
        _list(catalog, console, provider=provider, every=every, as_json=said.as_json)
        return
    model = catalog.find(name) or open_model(name)
    if model is None:
        providers = _providers(catalog)
        if name in providers:
            raise UnknownModel(f"{name} is a provider, not a model", f"visionask models --provider {name}")
        near = near_names(name, providers) or catalog.near(name)
        hint = f"did you mean {' or '.join(near)}?" if near else "see: visionask models"
        raise UnknownModel(f"{name} is not a known model", hint)
    drift, limits = _measured(settings, model, console), request_limits(model.provider)
    if said.as_json:
        more = {"limits": limits, "measured": [drift_dict(row) for row in drift]}
        write_record(console, {"model": model_dict(model) | more})
    else:
        for line in (*model_lines(model, today(), limits, server_named(model.provider)), *measured_lines(drift)):
            console.prose(line)


def _measured(settings: Settings, model: Model, console: Console) -> list[Drift]:
    """Return what the ledger has measured of a model; a ledger that fails is told of, and hides nothing else."""
    from visionask.config.settings import ledger_path
    from visionask.run.logs import measured

    try:
        return [row for row in measured(ledger_path(settings), console.warn) if row.model == model.name]
    except StateError as error:
        console.warn(error.message)
        return []


def _list(catalog: Catalog, console: Console, *, provider: str | None, every: bool, as_json: bool) -> None:
    from visionask.config.catalog import open_model, routed_models, server_named
    from visionask.report.human import SOON_DAYS
    from visionask.report.models import model_dict, write_models, write_record

    names = [name for name in catalog.names if provider in (None, catalog.providers.get(name))]
    engine = None if provider is None else server_named(provider)
    opened = [] if engine is None or engine.engine is None else [open_model(name, engine) for name in engine.examples]
    routed = [] if provider is None else routed_models(provider, catalog)
    if not names and not opened and not routed:
        known = _providers(catalog)
        hint = did_you_mean(provider or "", known, otherwise=f"known: {', '.join(known)}")
        raise UsageError(f"--provider {provider}: no such provider", hint)
    models = (*map(catalog.find, names), *opened, *routed)
    found = [model for model in models if model is not None and model.answers_questions]
    shown = [model for model in found if every or not model.is_shut_down(today())]
    if as_json:
        write_record(console, {"models": [model_dict(model) for model in shown]})
        return
    write_models(console, shown)
    console.note("prices: USD for 1,000,000 tokens")
    if opened:
        console.note(f"such as these: {provider} serves every open model, and its family is read from the name")
    soon = [model.name for model in shown if 0 < (model.days_left(today()) or 0) <= SOON_DAYS]
    if soon:
        console.note(f"shut down within {SOON_DAYS} days: {', '.join(soon)}")
    if len(shown) < len(found):
        console.note(f"{len(found) - len(shown)} more are shut down: --all shows them")


def _providers(catalog: Catalog) -> list[str]:
    """Name every provider and engine that has models."""
    from visionask.config.catalog import engine_names, router_names

    return [*dict.fromkeys(catalog.providers.values()), *engine_names(), *router_names()]
