"""The way from what was set to a Job: the model, the picture options, the terms; for commands and for Python.

`flags` are what the user set by name, as a command has its parameters: flags without their dashes.

How a template becomes flags: what it sets holds where no flag says otherwise; for commands and for Python.

What `record` and `replay` mean: which folder, and a replay that spends nothing; for commands and for Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.core.arguments import need_one_of, need_range, need_text, read_box
from visionask.core.catalog import Model
from visionask.core.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from visionask.config.settings import Settings
    from visionask.core.catalog import Catalog, Server
    from visionask.core.plan import PictureOptions
    from visionask.core.prices import Tier
    from visionask.core.projection import Terms
    from visionask.core.request import Recording
    from visionask.run.cost import Pricing
    from visionask.run.job import Job
    from visionask.run.survey import Choosing


def find_model(name: str, catalog: Catalog, on_notice: Callable[[str], None]) -> Model:
    """Look a model up; one that nobody knows is planned without a price, and said to be. Raises ConfigError."""
    model = catalog.find(name)
    if model is None:
        near = catalog.near(name)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        on_notice(f"{name} is not a known model: tokens and price are not known{hint}")
        return Model(name=name, entry=None, sight=catalog.sight)
    if not model.answers_questions:
        raise ConfigError(f"{name} makes pictures and answers no questions about them", "choose another --model")
    return model


def need_model(settings: Settings) -> str:
    """Name the model. Raises ConfigError where nobody chose one, and the server has nothing of the default's name."""
    server = settings.server
    if server is not None and not settings.is_model_named and not server.needs_key:
        raise ConfigError(f"no model is named, and {server.about} has no {settings.model}", f"-m {server.models[0]}")
    return settings.model


def picture_options(flags: Mapping[str, Any], settings: Settings) -> PictureOptions:
    """Put together what was set about the picture. Raises UsageError."""
    from visionask.core.plan import PictureOptions

    counts = {
        name: need_range(flags.get(name), f"--{name.replace('_', '-')}", least=1)
        for name in ("image_tokens", "max_pixels", "page", "frame")
    }
    _refuse_opposites(flags, settings)
    crop = flags.get("crop")
    options = PictureOptions(
        detail=settings.detail,
        max_side_px=settings.max_side,
        max_image_tokens=counts["image_tokens"],
        rotate=_read_turn(flags.get("rotate")),
        crop=None if crop is None else read_box(crop, "--crop"),
        redact=tuple(read_box(box, "--redact") for box in flags.get("redact") or ()),
        resizes=not flags.get("no_resize", False),
        quality=settings.quality,
        keeps_metadata=flags.get("keep_metadata", False),
        allows_truncated=flags.get("allow_truncated", False),
        frame=(counts["page"] or counts["frame"] or 1) - 1,
    )
    return options if counts["max_pixels"] is None else options._replace(max_pixels=counts["max_pixels"])


def _refuse_opposites(flags: Mapping[str, Any], settings: Settings) -> None:
    if flags.get("page") is not None and flags.get("frame") is not None:
        raise UsageError("--page and --frame both choose one picture of the file", "drop one of them")
    if flags.get("no_resize") and (flags.get("image_tokens") is not None or settings.max_side is not None):
        raise UsageError(
            "--no-resize sends full size, so --max-side and --image-tokens cannot hold", "drop one of them"
        )
    for name in ("redact", "crop", "rotate"):
        if flags.get("pass_url") and flags.get(name):
            raise UsageError(
                f"--pass-url hands links on as they are, so --{name} cannot hold", "drop --pass-url to fetch them here"
            )


def _read_turn(degrees: int | None) -> int | None:
    if degrees not in (None, 90, 180, 270):
        raise UsageError(f"--rotate must be 90, 180 or 270, not {degrees}", "it turns clockwise: --rotate 270 is left")
    return degrees


def read_tier(service_tier: str | None, *, for_cost: bool = False) -> Tier:
    """Tell which prices a service tier means. Raises UsageError."""
    known = ("auto", "default", "flex", "priority", "fast", "scale", *(("batch",) if for_cost else ()))
    need_one_of(service_tier, "--service-tier", known)
    tiers: dict[str | None, Tier] = {"priority": "priority", "fast": "priority", "flex": "flex", "batch": "batch"}
    return tiers.get(service_tier, "standard")


def read_pricing(
    flags: Mapping[str, Any],
    settings: Settings,
    *,
    names: Sequence[str] = (),
    choosing: Choosing,
    on_notice: Callable[[str], None],
) -> Pricing:
    """Tell what is to be priced, for the models of these names or the one that is set. Raises UsageError, ConfigError.

    The texts that go with the images are `system` and `question` among the flags.
    """
    from visionask.config.catalog import load_catalog
    from visionask.run.cost import Pricing

    catalog = load_catalog(settings.file, origin=settings.origin)
    return Pricing(
        models=tuple(find_model(name, catalog, on_notice) for name in names or (need_model(settings),)),
        choosing=choosing,
        options=picture_options(flags, settings),
        terms=_terms(flags, is_cache_priced=True, for_cost=True),
        messages=tuple(text for text in _texts(flags) if text is not None),
    )


def _texts(flags: Mapping[str, Any]) -> tuple[str | None, str | None]:
    return need_text(flags["system"], "--system"), need_text(flags["question"], "the question")


def refuse_ocr(flags: Mapping[str, Any], what: str) -> None:
    """Refuse `--local ocr` for what only a model does. Raises UsageError."""
    if flags["local"] == "ocr":
        raise UsageError(f"--local ocr reads the text in pictures and {what}", "use a model: visionask local list")


def read_job(
    flags: Mapping[str, Any],
    settings: Settings,
    *,
    question: str,
    choosing: Choosing,
    on_notice: Callable[[str], None],
    **more: Any,
) -> Job:
    """Build the job of a sending command; `flags` are its parameters by name. Raises UsageError, ConfigError.

    On OpenAI itself a one-shot request asks not to be cached where a cache write costs more than plain input.
    """
    from visionask.run.job import Job

    local = flags["local"]
    if more.get("schema") is not None:
        refuse_ocr(flags, "fills no schema")
    server = None if local else settings.server
    if server is not None:
        choosing = _fit(choosing, server, settings, on_notice=on_notice)
    model = _job_model(flags, settings, on_notice)
    is_cache_priced = settings.is_openai and model.prices is not None and model.prices.standard.cache_write is not None
    return Job(
        question=question,
        model=model,
        choosing=choosing,
        options=picture_options(flags, settings),
        terms=_terms(flags, is_cache_priced=is_cache_priced)._replace(is_free=local is not None),
        system=flags["system"],
        temperature=flags["temperature"],
        reasoning_effort=flags["reasoning_effort"],
        service_tier=flags["service_tier"],
        avoids_cache_write=is_cache_priced and not flags["prompt_cache"],
        server=server,
        max_body_bytes=_most_bytes(settings) if server is None else server.body_bytes,
        **more,
    )


def _job_model(flags: Mapping[str, Any], settings: Settings, on_notice: Callable[[str], None]) -> Model:
    """Find the model that is asked: one on this machine, which must be there unless a replay stands in for it."""
    from visionask.config.catalog import load_catalog
    from visionask.run.connect import local_model

    if flags["local"]:
        return local_model(flags["local"], is_run=flags.get("replay") is None)
    return find_model(settings.model, load_catalog(settings.file, origin=settings.origin), on_notice)


def _terms(flags: Mapping[str, Any], *, is_cache_priced: bool, for_cost: bool = False) -> Terms:
    """Tell how the tokens will be billed. Raises UsageError."""
    from visionask.core.projection import Terms

    return Terms(
        tier=read_tier(flags["service_tier"], for_cost=for_cost),
        pays_cache_write=is_cache_priced and flags["prompt_cache"],
        max_output_tokens=need_range(flags["max_tokens"], "--max-tokens", least=1),
    )


def _fit(choosing: Choosing, server: Server, settings: Settings, *, on_notice: Callable[[str], None]) -> Choosing:
    """Ask a known server only for what it does. Raises ConfigError where no model is named."""
    need_model(settings)
    if choosing.passes_urls and not server.takes_links:
        on_notice(f"{server.about} takes no links: they are fetched here and sent as pictures")
        return choosing._replace(passes_urls=False)
    return choosing


def _most_bytes(settings: Settings) -> int | None:
    from visionask.config.catalog import shipped

    most: int | None = shipped()["limits"]["max_request_bytes"] if settings.is_openai else None
    return most


_SETS = ("system", "model", "detail", "max_tokens")


def filled(flags: Mapping[str, Any], name: str | None, values: Mapping[str, str]) -> dict[str, Any]:
    """Fill in what the template of this name sets, with these values; its prompt, if it has one, is under `question`.

    `flags` without the key `schema` are those of a command that takes none. Raises UsageError, and ConfigError for a
    template with a fault.
    """
    if name is None:
        if values:
            raise UsageError("--param fills in a template, and none is named", "add --template NAME")
        return {**flags, "question": None}
    from visionask.config.templates import find_template, read_template
    from visionask.core.template import fill

    template = fill(read_template(find_template(name)), values)
    found = {key: getattr(template, key) for key in _SETS if flags.get(key) is None}
    if template.schema is not None:
        if "schema" not in flags:
            raise UsageError(
                f"template {name} asks for data that match a schema, which is not for this command",
                "use it with ask or scan",
            )
        if flags["schema"] is None and flags["schema_multi"] is None:
            found["schema"] = template.schema
    return {**flags, **found, "question": template.prompt}


def read_recording(flags: Mapping[str, Any]) -> Recording | None:
    """Read the two flags from a command's parameters. Raises UsageError."""
    record, replay = flags["record"], flags["replay"]
    if record is not None and replay is not None:
        raise UsageError("--record and --replay exclude each other", "record first, then replay")
    folder = record if replay is None else replay
    if folder is None:
        return None
    if not folder.strip():
        raise UsageError(f"--{'record' if replay is None else 'replay'} names no folder", "such as recordings/")
    from visionask.core.request import Recording

    return Recording(folder=folder, is_replay=replay is not None)


def without_limits(settings: Settings, recording: Recording | None) -> Settings:
    """Return what a replay runs with: nothing is spent and nothing sent, so no budget and no pace holds."""
    if recording is None or not recording.is_replay:
        return settings
    return settings._replace(max_cost=None, confirm_above=None, daily_budget=None, rpm=None, tpm=None)
