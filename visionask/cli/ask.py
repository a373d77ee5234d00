"""Owns `visionask ask`: one request about all the images together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visionask.cli import options as opt
from visionask.cli.context import (
    find_model,
    has_piped_image,
    is_image,
    open_console,
    picture_options,
    read_prompt,
    read_tier,
    stdin_reader,
)
from visionask.cli.watch import Watcher, report
from visionask.core.errors import UsageError

if TYPE_CHECKING:
    pass

DEFAULT_QUESTION = "What is in this image?"
PRACTICE_REMARK = "practice knows the colours and counts of simple drawn shapes, and nothing else"


def ask(
    words: Annotated[list[str] | None, typer.Argument(metavar="QUESTION IMAGE...", show_default=False)] = None,
    model: opt.Model = None,
    detail: opt.Detail = None,
    image: opt.Image = None,
    prompt_file: opt.PromptFile = None,
    system: opt.System = None,
    max_tokens: opt.MaxTokens = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", metavar="T", help="Sent only when given.")
    ] = None,
    reasoning_effort: Annotated[
        str | None, typer.Option("--reasoning-effort", metavar="EFFORT", help="none, minimal, low, medium, high ...")
    ] = None,
    service_tier: opt.ServiceTier = None,
    prompt_cache: opt.PromptCache = False,
    max_side: opt.MaxSide = None,
    image_tokens: opt.ImageTokens = None,
    crop: opt.Crop = None,
    redact: opt.Redact = None,
    no_resize: opt.NoResize = False,
    keep_metadata: opt.KeepMetadata = False,
    quality: opt.Quality = None,
    max_pixels: opt.MaxPixels = None,
    allow_truncated: opt.AllowTruncated = False,
    pass_url: Annotated[bool, typer.Option("--pass-url", help="Hand links on instead of fetching them here.")] = False,
    allow_private_urls: opt.AllowPrivateUrls = False,
    dry_run: Annotated[bool, typer.Option("-n", "--dry-run", help="Plan and price only: no key, no request.")] = False,
    max_cost: Annotated[
        str | None, typer.Option("--max-cost", metavar="USD", help="Stop before spending more.")
    ] = None,
    confirm_above: Annotated[
        str | None, typer.Option("--confirm-above", metavar="USD", help="Ask first above this price.")
    ] = None,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
    base_url: Annotated[
        str | None, typer.Option("--base-url", metavar="URL", help="An OpenAI-compatible server.")
    ] = None,
    api_key_env: Annotated[
        str | None,
        typer.Option("--api-key-env", metavar="NAME", help="Variable with the key [default: OPENAI_API_KEY]."),
    ] = None,
    local: Annotated[
        str | None, typer.Option("--local", metavar="MODEL", help="A model on this machine, no key.")
    ] = None,
    profile: opt.Profile = None,
    timeout: Annotated[float | None, typer.Option("--timeout", metavar="S", help="Longest wait for one try.")] = None,
    retries: Annotated[
        int | None, typer.Option("--retries", metavar="N", help="Tries after the first [default: 4].")
    ] = None,
    stream: Annotated[bool | None, typer.Option("--stream/--no-stream", help="Show the answer while it comes.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Do not neutralise control characters.")] = False,
    usage: Annotated[bool, typer.Option("-u", "--usage", help="Show projected against billed.")] = False,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Ask one question about one or several images.

    visionask ask "What is in this image?" photo.jpg
    """
    from visionask.config.catalog import load_catalog, shipped
    from visionask.config.settings import load_settings
    from visionask.core.projection import Terms
    from visionask.run.connect import connect, local_model
    from visionask.run.job import Job
    from visionask.run.survey import Choosing

    console = open_console(quiet=quiet, verbose=verbose, no_color=no_color, debug=debug)
    settings = load_settings(
        opt.given(
            model=model, detail=detail, base_url=base_url, api_key_env=api_key_env, timeout=timeout, retries=retries,
            max_cost=max_cost, confirm_above=confirm_above, quality=quality, max_side=max_side, profile=profile,
        )
    )  # fmt: skip
    question, images = split_words(words or [], image or [], prompt_file)
    catalog = load_catalog(settings.file, origin=settings.origin)
    asked = local_model(local) if local else find_model(settings.model, catalog, console)
    is_cache_priced = settings.is_openai and asked.prices is not None and asked.prices.standard.cache_write is not None
    job = Job(
        question=question,
        model=asked,
        choosing=Choosing(
            args=images,
            stdin=stdin_reader(),
            allows_private_urls=allow_private_urls,
            fetches_whole=not dry_run,
            passes_urls=pass_url,
        ),
        options=picture_options(
            settings, image_tokens=image_tokens, crop=crop, redact=redact, no_resize=no_resize,
            keep_metadata=keep_metadata, max_pixels=max_pixels, allow_truncated=allow_truncated,
        ),
        terms=Terms(
            tier=read_tier(service_tier),
            pays_cache_write=is_cache_priced and prompt_cache,
            max_output_tokens=opt.need_range(max_tokens, "--max-tokens", least=1),
            is_free=local is not None,
        ),
        max_images=shipped()["limits"]["max_images_per_request"],
        system=system,
        temperature=temperature,
        reasoning_effort=reasoning_effort,
        service_tier=service_tier,
        avoids_cache_write=is_cache_priced and not prompt_cache,
        streams=not as_json if stream is None else stream,
    )  # fmt: skip
    watcher = Watcher(
        console=console,
        settings=settings,
        is_yes=yes,
        is_raw=raw,
        is_json=as_json,
        streams=job.streams,
        remark=PRACTICE_REMARK if local == "practice" else "",
    )
    if dry_run:
        from visionask.run.ask import plan_only

        outcome = plan_only(job, watcher)
        return report(outcome, watcher, shows_usage=False)
    from visionask.run.ask import ask as run_ask

    outcome = run_ask(job, connect(settings, local), watcher)
    return report(outcome, watcher, shows_usage=usage)


def split_words(words: list[str], images: list[str], prompt_file: str | None) -> tuple[str, list[str]]:
    """Tell the question from the images: question first, as in grep. Raises UsageError."""
    if prompt_file is not None:
        question = read_prompt(prompt_file)
    elif not words or is_image(words[0]):
        question = DEFAULT_QUESTION
    else:
        question, words = words[0], words[1:]
    if not question.strip():
        raise UsageError("the question is empty", 'write one, such as "What is in this image?"')
    images = [*words, *images]
    if not images and prompt_file != "-" and has_piped_image():
        images = ["-"]
    if not images:
        raise UsageError(
            f"no image was named for the question {question!r}", 'visionask ask "What is in this image?" photo.jpg'
        )
    return question, images
