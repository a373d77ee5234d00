"""Owns the reading of the flags that say what is asked, for every command that sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.cli.context import find_model, need_model, picture_options, read_schema_text, read_tier
from visionask.cli.options import need_range
from visionask.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.config.settings import Settings
    from visionask.core.schema import Schema
    from visionask.core.server import Server
    from visionask.report.console import Console
    from visionask.run.job import Job
    from visionask.run.survey import Choosing


OCR_REMARK = "ocr reads the text in pictures and answers nothing else: the question is not looked at"


def refuse_ocr(flags: Mapping[str, Any], what: str) -> None:
    """Refuse `--local ocr` for what only a model does. Raises UsageError."""
    if flags["local"] == "ocr":
        raise UsageError(f"--local ocr reads the text in pictures and {what}", "use a model: visionask local list")


def read_job(
    flags: Mapping[str, Any], settings: Settings, *, console: Console, question: str, choosing: Choosing, **more: Any
) -> Job:
    """Build the job of a sending command; `flags` are its parameters by name. Raises UsageError, ConfigError.

    On OpenAI itself a one-shot request asks not to be cached where a cache write costs more than plain input.
    """
    from visionask.config.catalog import load_catalog
    from visionask.core.projection import Terms
    from visionask.run.connect import local_model
    from visionask.run.job import Job

    catalog = load_catalog(settings.file, origin=settings.origin)
    local = flags["local"]
    if flags.get("schema") is not None or flags.get("schema_multi") is not None:
        refuse_ocr(flags, "fills no schema")
    server = None if local else settings.server
    if server is not None:
        choosing = _fit(choosing, server, settings, console=console)
    model = (
        local_model(local, is_run=flags.get("replay") is None)
        if local
        else find_model(settings.model, catalog, console)
    )
    is_cache_priced = settings.is_openai and model.prices is not None and model.prices.standard.cache_write is not None
    picture = ("image_tokens", "crop", "redact", "no_resize", "keep_metadata", "max_pixels", "allow_truncated")
    return Job(
        question=question,
        model=model,
        choosing=choosing,
        options=picture_options(
            settings, **{name: flags[name] for name in picture}, page=flags.get("page"), frame=flags.get("frame")
        ),
        terms=Terms(
            tier=read_tier(flags["service_tier"]),
            pays_cache_write=is_cache_priced and flags["prompt_cache"],
            max_output_tokens=need_range(flags["max_tokens"], "--max-tokens", least=1),
            is_free=local is not None,
        ),
        system=flags["system"],
        schema=read_schema_flags(flags.get("schema"), flags.get("schema_multi")),
        temperature=flags["temperature"],
        reasoning_effort=flags["reasoning_effort"],
        service_tier=flags["service_tier"],
        avoids_cache_write=is_cache_priced and not flags["prompt_cache"],
        server=server,
        max_body_bytes=_most_bytes(settings) if server is None else server.body_bytes,
        **more,
    )


def _fit(choosing: Choosing, server: Server, settings: Settings, *, console: Console) -> Choosing:
    """Ask a known server only for what it does. Raises ConfigError where no model is named."""
    need_model(settings)
    if choosing.passes_urls and not server.takes_links:
        console.warn(f"{server.about} takes no links: they are fetched here and sent as pictures")
        return choosing._replace(passes_urls=False)
    return choosing


def _most_bytes(settings: Settings) -> int | None:
    from visionask.config.catalog import shipped

    most: int | None = shipped()["limits"]["max_request_bytes"] if settings.is_openai else None
    return most


def read_schema_flags(one: str | None, multi: str | None) -> Schema | None:
    """Read `--schema` or `--schema-multi`. Raises UsageError; MissingExtra where the schema needs jsonschema-rs."""
    if one is None and multi is None:
        return None
    if one is not None and multi is not None:
        raise UsageError("--schema and --schema-multi exclude each other", "drop one of them")
    from visionask.core.schema import read_schema

    if multi is not None:
        return read_schema(read_schema_text(multi, "--schema-multi"), is_multi=True)
    return read_schema(read_schema_text(one or "", "--schema"))
