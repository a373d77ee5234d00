"""The way from flags and settings to a Job, for commands and for Python: the model, the picture options, the terms.

What a template sets holds where no flag says otherwise. A replay spends nothing, so no budget and no pace holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.core.arguments import need_one_of, need_range, need_text, read_box, read_pages
from visionask.core.catalog import Model
from visionask.core.errors import ConfigError, StateError, UnknownModel, UsageError
from visionask.core.flags import PictureFlags, SchemaFlags, SendingFlags, by_name
from visionask.core.namedtuple import NamedTuple
from visionask.core.url import OPENAI_HOST, host_of, is_this_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from visionask.config.settings import Settings
    from visionask.core.catalog import Catalog, Server
    from visionask.core.flags import FilesFlags
    from visionask.core.ledger import Budget
    from visionask.core.plan import PictureOptions
    from visionask.core.prices import Tier
    from visionask.core.projection import Terms, Usual
    from visionask.core.request import Endpoint, Recording
    from visionask.core.schema import Schema
    from visionask.run.cost import Pricing
    from visionask.run.job import Job
    from visionask.run.scan import Scan
    from visionask.run.session import LedgerOptions
    from visionask.run.survey import Choosing
    from visionask.run.verdicts import Closed


NO_LIMIT = 1_000_000  # images of a request: nobody says how many the server takes
OPENAI, WEIGHTS = "openai", "open-weights"  # the ids of provider files
REGIONS = ("us.", "eu.", "au.", "in.", "jp.")  # before OpenAI's host: data stays there, for 10% more


class Filled(NamedTuple):
    """The flags with what a template sets; `question` is its prompt, if it has one."""

    sending: SendingFlags
    picture: PictureFlags = PictureFlags()
    schema: SchemaFlags = SchemaFlags()
    question: str | None = None


def find_model(
    name: str, catalog: Catalog, settings: Settings, on_notice: Callable[[str], None], *, is_compared: bool = False
) -> Model:
    """Look a model up; one that nobody knows is planned without a price, and said to be.

    On an engine of open models a name stands for the weights, also where a provider has the same ones for money.
    Raises ConfigError, and UnknownModel for a known model of this provider with one slip of the hand: it would be
    refused there, and no price can be told. Other servers have models of any name: there it is only said.
    """
    from visionask.config.catalog import open_model, routed_model

    server = settings.server
    routed = None if server is None else routed_model(name, server, catalog)
    model = routed or catalog.find(name)
    if model is None or (model.provider and server is not None and server.engine):
        model = open_model(name, server) or model
    if model is None:
        home = OPENAI if settings.is_openai else None if server is None else server.name
        slips = catalog.misspelled(name, None if is_compared else home) if is_compared or home else []
        if slips:
            meant = " or ".join(slips)
            hint = f"did you mean {meant}? A newer one is declared in the config file: visionask help servers"
            raise UnknownModel(f"{name} is not a known model", hint)
        near = catalog.near(name)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        on_notice(f"{name} is not a known model: tokens and price are not known{hint}")
        return Model(name=name, entry=None, sight=catalog.sight)
    if not model.answers_questions:
        raise ConfigError(f"{name} makes pictures and answers no questions about them", "choose another --model")
    return model


def priced_at(model: Model, settings: Settings) -> Model:
    """Return a model with the prices that hold where it is asked.

    OpenAI's regional hosts cost more for newer models. A gateway or a server that nobody knows is taken to bill as the
    model's provider does, and that is said to be about.
    """
    if settings.base_url is None:
        return model
    if not settings.is_openai:
        server = settings.server
        if is_assumed(settings):
            note = f"no model is named for this server: counted as {model.name} counts"
            return model._replace(prices=None, basis="inferred", rule_note=note)
        homes = () if server is None else (server.name, OPENAI if server.serves_openai else server.name)
        model = model._replace(is_elsewhere=model.provider not in (*homes, "", WEIGHTS), is_free=False)
        return model if server is None or server.engine is None else _on_engine(model, server, settings.base_url)
    if model.prices is None:
        return model
    region = host_of(settings.base_url).removesuffix(OPENAI_HOST)
    return model._replace(prices=model.prices.at_region()) if region in REGIONS else model


def _on_engine(model: Model, server: Server, base_url: str) -> Model:
    """Return a model as an engine serves it: without charge on this machine, with the context that it reads."""
    if model.context_tokens is None:
        model = model._replace(context_tokens=server.context_tokens, is_server_context=True)
    return model._replace(is_free=model.prices is None and is_this_machine(base_url))


def need_model(settings: Settings) -> str:
    """Name the model. Raises ConfigError where nobody chose one, and the server has nothing of the default's name."""
    server = settings.server
    if server is not None and not settings.is_model_named and not server.serves_openai:
        raise ConfigError(f"no model is named, and {server.about} has no {settings.model}", f"-m {server.examples[0]}")
    return settings.model


def is_assumed(settings: Settings) -> bool:
    """Return whether nobody named a model, for a server of which nobody knows that it has the default one.

    Then a question goes to the one model that the server lists, and to the default where it lists none or that one
    among others. Either way the price is not known: a price of another model is never shown.
    """
    return not (settings.is_model_named or settings.is_openai) and (
        settings.server is None or settings.server.engine is not None
    )


def picture_options(picture: PictureFlags, settings: Settings) -> PictureOptions:
    """Put together what was set about the picture. Raises UsageError."""
    from visionask.core.plan import PictureOptions

    _refuse_opposites(picture, settings)
    page = need_range(picture.page, "--page", least=1)
    frame = need_range(picture.frame, "--frame", least=1)
    most_pixels = need_range(picture.max_pixels, "--max-pixels", least=1)
    options = PictureOptions(
        detail=settings.detail,
        max_side_px=settings.max_side,
        max_image_tokens=settings.image_tokens,
        rotate=_read_turn(picture.rotate),
        crop=None if picture.crop is None else read_box(picture.crop, "--crop"),
        redact=tuple(read_box(box, "--redact") for box in picture.redact or ()),
        resizes=not picture.no_resize,
        quality=settings.quality,
        keeps_metadata=picture.keep_metadata,
        allows_truncated=picture.allow_truncated,
        frame=(page or frame or 1) - 1,
    )
    return options if most_pixels is None else options._replace(max_pixels=most_pixels)


def _refuse_opposites(picture: PictureFlags, settings: Settings) -> None:
    if picture.pages is not None and (picture.page or picture.frame):
        raise UsageError("--pages makes an image of each page, so --page and --frame cannot hold", "drop one of them")
    if picture.page is not None and picture.frame is not None:
        raise UsageError("--page and --frame both choose one picture of the file", "drop one of them")
    if picture.no_resize and (settings.image_tokens is not None or settings.max_side is not None):
        raise UsageError(
            "--no-resize sends full size, so --max-side and --image-tokens cannot hold", "drop one of them"
        )
    for flag, value in (("--redact", picture.redact), ("--crop", picture.crop), ("--rotate", picture.rotate)):
        if picture.pass_url and value:
            raise UsageError(
                f"--pass-url hands links on as they are, so {flag} cannot hold", "drop --pass-url to fetch them here"
            )


def _read_turn(degrees: int | None) -> int | None:
    if degrees not in (None, 90, 180, 270):
        raise UsageError(f"--rotate must be 90, 180 or 270, not {degrees}", "it turns clockwise: --rotate 270 is left")
    return degrees


def read_tier(service_tier: str | None, *, for_cost: bool = False) -> Tier:
    """Return which prices a service tier means. Raises UsageError."""
    known = ("auto", "default", "flex", "priority", "fast", "scale", *(("batch",) if for_cost else ()))
    need_one_of(service_tier, "--service-tier", known)
    tiers: dict[str | None, Tier] = {"priority": "priority", "fast": "priority", "flex": "flex", "batch": "batch"}
    return tiers.get(service_tier, "standard")


def read_pricing(
    flags: Filled,
    settings: Settings,
    *,
    names: Sequence[str] = (),
    schema: Schema | None = None,
    choosing: Choosing,
    on_notice: Callable[[str], None],
) -> Pricing:
    """Return what is to be priced, for the models of these names or the one that is set, or one on this machine.

    Raises UsageError, ConfigError.
    """
    from visionask.config.catalog import load_catalog
    from visionask.run.cost import Pricing

    catalog = load_catalog(settings.file, origin=settings.origin)
    texts = (need_text(flags.sending.system, "--system"), need_text(flags.question, "the question"))
    local = flags.sending.local
    if local is not None and names:
        raise UsageError("--local and --compare each name the model", "drop one of them")

    named = settings._replace(is_model_named=True) if names else settings

    def find(name: str) -> Model:
        return priced_at(find_model(name, catalog, settings, on_notice, is_compared=bool(names)), named)

    models = tuple(find(name)._replace(is_elsewhere=False) for name in names)
    if local is not None:
        from visionask.run.connect import local_model

        models = (local_model(local),)
    models = models or (find(need_model(settings)),)
    return Pricing(
        models=models,
        choosing=choosing,
        options=picture_options(flags.picture, settings),
        terms=_terms(flags.sending, is_cache_priced=True, for_cost=True)._replace(is_free=local is not None),
        messages=tuple(text for text in texts if text is not None),
        schema=schema,
        usual={} if local is not None else usual_outputs(settings, [each.name for each in models], flags.question),
    )


def usual_outputs(settings: Settings, models: Sequence[str], question: str | None) -> dict[str, Usual | None]:
    """Return what answers of these models took so far, as the ledger has it. sqlite3 is loaded where there is one."""
    import os

    from visionask.config.settings import ledger_path

    try:
        path = ledger_path(settings)
    except StateError:  # no home: whoever sends is told
        path = ""
    if not os.path.isfile(path):
        return dict.fromkeys(models)
    from visionask.store.reader import open_reader

    with open_reader(path) as reader:
        return {name: None if reader is None else reader.usual_output(name, question) for name in models}


def refuse_ocr(local: str | None, what: str) -> None:
    """Refuse `--local ocr` for what only a model does. Raises UsageError."""
    if local == "ocr":
        raise UsageError(f"--local ocr reads the text in pictures and {what}", "use a model: visionask local list")


def address(sending: SendingFlags, settings: Settings) -> str | None:
    """Return where requests go, for the keys of answers: a base URL, or `local:` and the name of a model here."""
    return f"local:{sending.local}" if sending.local else settings.base_url


def read_budget(settings: Settings) -> Budget:
    """Return what a run and a day may cost."""
    from visionask.core.ledger import Budget

    return Budget(run_usd=settings.max_cost, day_usd=settings.daily_budget)


def read_choosing(args: Sequence[str], picture: PictureFlags, files: FilesFlags | None = None, **more: Any) -> Choosing:
    """Return which images are meant; without `files` no folder is. Raises UsageError."""
    from visionask.run.survey import Choosing

    if files is not None:
        folders = {"is_recursive": files.recursive, "include": files.include or (), "exclude": files.exclude or ()}
        more = {"allows_folders": True} | folders | more
    return Choosing(
        args=args,
        allows_private_urls=picture.allow_private_urls,
        passes_urls=picture.pass_url,
        pages=read_pages(picture.pages),
        **more,
    )


def narrowed(choosing: Choosing, files: FilesFlags) -> Choosing:
    """Take so many of the images as --limit and --sample say. Raises UsageError."""
    from visionask.run.survey import pick_sample

    choosing = choosing._replace(limit=need_range(files.limit, "--limit", least=1))
    size = need_range(files.sample, "--sample", least=1)
    return choosing if size is None else choosing._replace(sample=pick_sample(choosing, size))


def read_job(
    prepared: Prepared,
    *,
    question: str,
    choosing: Choosing,
    on_notice: Callable[[str], None],
    tier: Tier | None = None,
    **more: Any,
) -> Job:
    """Build the job of a request; `tier` has its prices where the flag is not asked. Raises UsageError, ConfigError.

    On OpenAI itself a one-shot request asks not to be cached where a cache write costs more than plain input.
    """
    from visionask.run.job import Job

    settings, sending = prepared.settings, prepared.sending
    local = sending.local
    if more.get("schema") is not None:
        refuse_ocr(local, "fills no schema")
    server = None if local else settings.server
    if server is not None:
        choosing = _fit(choosing, server, on_notice=on_notice)
    if "max_images" in more and not settings.is_openai:
        more["max_images"] = NO_LIMIT if server is None or server.images is None else server.images
    model = _job_model(sending, settings, on_notice)
    usual = None
    if sending.is_kept and local is None:
        usual = usual_outputs(settings, [model.name], question)[model.name]
    is_cache_priced = settings.is_openai and model.prices is not None and model.prices.standard.cache_write is not None
    terms = _terms(sending, is_cache_priced=is_cache_priced)
    return Job(
        question=question,
        model=model,
        choosing=choosing,
        options=picture_options(prepared.picture, settings),
        terms=terms._replace(tier=tier or terms.tier, is_free=local is not None or model.is_free, usual=usual),
        system=sending.system,
        temperature=sending.temperature,
        reasoning_effort=settings.reasoning_effort,
        service_tier=sending.service_tier,
        avoids_cache_write=is_cache_priced and not sending.prompt_cache,
        server=server,
        is_openai=settings.is_openai and local is None,
        max_body_bytes=_most_bytes(settings) if server is None else server.body_bytes,
        **more,
    )


def read_scan(
    prepared: Prepared,
    *,
    question: str,
    choosing: Choosing,
    on_notice: Callable[[str], None],
    closed: Closed | None = None,
    **more: Any,
) -> Scan:
    """Build a question, or closed ones, about each image; `more` is of the job. Raises UsageError, ConfigError."""
    from visionask.run.scan import Scan

    settings, points = prepared.settings, () if closed is None else closed.points(question)
    job = read_job(
        prepared,
        question="\n".join(point.question.text for point in points) or question,
        choosing=choosing,
        on_notice=on_notice,
        **more,
    )
    judging = closed and closed.read(job, points, prepared, on_notice)
    return Scan(
        job=job if judging is None else judging.first.job,
        judging=judging,
        base_url=address(prepared.sending, settings),
        workers=settings.jobs,
        asks_again=prepared.asks_again,
        keeps_thumbnails=settings.thumbnails and prepared.ledger is not None,
        has_budget=settings.has_budget,
    )


def _job_model(sending: SendingFlags, settings: Settings, on_notice: Callable[[str], None]) -> Model:
    """Find the model that is asked: one on this machine, which must be there unless a replay stands in for it."""
    from visionask.config.catalog import load_catalog
    from visionask.run.connect import local_model

    if sending.local:
        return local_model(sending.local, is_run=sending.replay is None)
    catalog = load_catalog(settings.file, origin=settings.origin)
    if is_assumed(settings) and not sending.dry_run and sending.replay is None:
        listed = _only_listed(settings)
        if listed is not None:
            name, context = listed
            named = settings._replace(model=name, is_model_named=True)
            model = priced_at(find_model(name, catalog, settings, on_notice), named)
            if context is not None:
                model = model._replace(context_tokens=context, is_server_context=True)
            return model._replace(prices=None)
    model = find_model(need_model(settings), catalog, settings, on_notice)
    if model.provider == WEIGHTS and settings.is_openai:
        hint = f"--profile ollama, lmstudio, llamacpp or vllm, -m ollama/{model.name}, or --base-url URL"
        raise ConfigError(f"{model.name} is an open model, and nothing says which server has it", hint)
    if not model.is_askable:
        fact = f"{model.name} is answered by the Responses API alone, which visionask does not use"
        raise ConfigError(f"{fact}: it can be priced, and cannot be asked here", "choose another --model")
    return priced_at(model, settings)


def _only_listed(settings: Settings) -> tuple[str, int | None] | None:
    """Return the one model that the server lists, and how much it reads; None where the default one is asked for.

    Raises ConfigError where it lists several others.
    """
    from visionask.run.connect import list_models_of

    probed = list_models_of(settings)
    listed = [] if probed is None else [each.name for each in probed.models or ()]
    if probed is None or not listed or (len(listed) > 1 and settings.model in listed):
        return None
    if len(listed) == 1:
        return listed[0], probed.context_tokens
    names = ", ".join(listed[:5]) + (", ..." if listed[5:] else "")
    where = host_of(settings.base_url or "")
    raise ConfigError(f"no model is named, and {where} lists {len(listed)}: {names}", f"-m {listed[0]}")


def _terms(sending: SendingFlags, *, is_cache_priced: bool, for_cost: bool = False) -> Terms:
    """Return how the tokens will be billed. Raises UsageError."""
    from visionask.core.projection import Terms

    return Terms(
        tier=read_tier(sending.service_tier, for_cost=for_cost),
        pays_cache_write=is_cache_priced and bool(sending.prompt_cache),
        max_output_tokens=need_range(sending.max_tokens, "--max-tokens", least=1),
    )


def _fit(choosing: Choosing, server: Server, *, on_notice: Callable[[str], None]) -> Choosing:
    """Ask a known server only for what it does."""
    if choosing.passes_urls and not server.takes_links:
        on_notice(f"{server.about} takes no links: they are fetched here and sent as pictures")
        return choosing._replace(passes_urls=False)
    return choosing._replace(passed_formats=server.formats)


def _most_bytes(settings: Settings) -> int | None:
    from visionask.config.catalog import openai_limits

    most: int | None = openai_limits()["max_request_bytes"] if settings.is_openai else None
    return most


def filled(
    sending: SendingFlags, picture: PictureFlags, schema: SchemaFlags | None, values: Mapping[str, str]
) -> Filled:
    """Fill in what the template sets, with these values; `schema` is None for what takes none.

    Raises UsageError, and ConfigError for a template with a fault.
    """
    name, asked = sending.template, schema or SchemaFlags()
    if name is None:
        if values:
            raise UsageError("--param fills in a template, and none is named", "add --template NAME")
        return Filled(sending, picture, asked, None)
    from visionask.config.templates import fill, find_template, read_template

    template = fill(read_template(find_template(name)), values)
    if template.schema is not None and schema is None:
        raise UsageError(
            f"template {name} asks for data that match a schema, which is not for this command",
            "use it with ask or scan",
        )
    if asked == SchemaFlags():
        asked = SchemaFlags(schema=template.schema)
    sending = sending._replace(
        system=template.system if sending.system is None else sending.system,
        model=template.model if sending.model is None else sending.model,
        max_tokens=template.max_tokens if sending.max_tokens is None else sending.max_tokens,
    )
    picture = picture._replace(detail=template.detail if picture.detail is None else picture.detail)
    return Filled(sending, picture, asked, template.prompt)


def read_recording(sending: SendingFlags) -> Recording | None:
    """Read --record and --replay. Raises UsageError."""
    record, replay = sending.record, sending.replay
    if record is not None and replay is not None:
        raise UsageError("--record and --replay exclude each other", "record first, then replay")
    folder = record if replay is None else replay
    if folder is None:
        return None
    if not folder.strip():
        raise UsageError(f"--{'record' if replay is None else 'replay'} names no folder", "such as recordings/")
    from visionask.core.request import Recording

    return Recording(folder=folder, is_replay=replay is not None)


_SHAPING = ("model", "detail", "quality", "max_side", "base_url")  # settings that shape a request


class Prepared(NamedTuple):
    """The settings, flags and recording of a command; of a replay those that its recordings were made by."""

    settings: Settings
    flags: Filled
    recording: Recording | None = None
    engine: str | None = None  # of a check

    @property
    def sending(self) -> SendingFlags:
        return self.flags.sending

    @property
    def picture(self) -> PictureFlags:
        return self.flags.picture

    @property
    def asks_again(self) -> bool:
        """Whether it asks for what the ledger has: without --cache, and of recordings."""
        return not self.sending.cache or self.recording is not None

    @property
    def ledger(self) -> str | None:
        """Name the ledger; None where nothing is kept."""
        from visionask.config.settings import ledger_path

        return ledger_path(self.settings) if self.sending.is_kept else None

    def ledger_options(self, *, asks_again: bool, conversation: str | None = None) -> LedgerOptions:
        """Return how answers are kept, and within which budget they are asked for."""
        from visionask.run.session import LedgerOptions

        return LedgerOptions(
            path=self.ledger,
            base_url=address(self.sending, self.settings),
            budget=read_budget(self.settings),
            asks_again=asks_again,
            conversation=conversation,
        )

    def connect(self) -> AbstractContextManager[Endpoint]:
        """Open where requests go, as `run/connect.py` does."""
        from visionask.run.connect import connect

        return connect(self.settings, self.sending.local, self.recording)


def prepare(flags: Filled, *groups: NamedTuple, **more: Any) -> Prepared:
    """Load the settings of a command with these groups of flags, and `more` by name; new recordings note them.

    Of a replay, a flag holds all the same; a variable of the environment does not. Raises ConfigError, UsageError.
    """
    from visionask.config.settings import load_settings

    sending = flags.sending
    given, recording = by_name(sending, flags.picture, *groups) | more, read_recording(sending)
    if recording is None:
        return Prepared(load_settings(given), flags)
    if not recording.is_replay:
        settings = load_settings(given)
        return Prepared(settings, flags, noting(recording, settings, sending.local))
    from visionask.run.connect import recorded_settings

    noted = recorded_settings(recording.folder)
    settled = ("model", "base_url") if given.get("local") else ()  # by that flag
    taken = {name: noted.get(name) for name in _SHAPING if noted and given.get(name) is None and name not in settled}
    settings = load_settings(given | taken)
    if "max_side" in taken and taken["max_side"] is None:  # the one of them that has no default
        settings = settings._replace(max_side=None)
    if sending.local is None and sending.model is None:
        sending = sending._replace(local=noted.get("local"))
    return Prepared(_without_limits(settings), flags._replace(sending=sending), recording, noted.get("engine"))


def noting(recording: Recording, settings: Settings, local: str | None, *, engine: str | None = None) -> Recording:
    """Return a recording that notes what shapes its requests, so that a replay needs no setting of its machine."""
    from dataclasses import replace

    values = {name: getattr(settings, name) for name in _SHAPING} | {"engine": engine, "local": local}
    values["base_url"] = settings.base_url or "https://api.openai.com/v1"
    return replace(recording, settings={name: value for name, value in values.items() if value is not None})


def _without_limits(settings: Settings) -> Settings:
    """Return what a replay runs with: nothing is spent and nothing sent, so no budget and no pace holds."""
    return settings._replace(max_cost=None, confirm_above=None, daily_budget=None, rpm=None, tpm=None)
