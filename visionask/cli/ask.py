"""`visionask ask`: one request about all the images together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visionask.cli import options as opt
from visionask.cli.context import has_piped_image, is_image, more_images, open_console, read_prompt, stdin_reader
from visionask.cli.inputs import LOCAL_REMARKS, read_job, read_talk, remark, stay, with_template
from visionask.cli.show import Watcher, report
from visionask.core.errors import UsageError
from visionask.run.options import read_recording, without_limits

if TYPE_CHECKING:
    pass

DEFAULT_QUESTION = "What is in this image?"


def ask(
    words: Annotated[list[str] | None, typer.Argument(metavar="QUESTION IMAGE...", show_default=False)] = None,
    model: opt.Model = None,
    detail: opt.Detail = None,
    image: opt.Image = None,
    clipboard: opt.Clipboard = False,
    prompt_file: opt.PromptFile = None,
    system: opt.System = None,
    template: opt.Template = None,
    param: opt.Param = None,
    schema: opt.Schema = None,
    schema_multi: opt.SchemaMulti = None,
    max_tokens: opt.MaxTokens = None,
    temperature: opt.Temperature = None,
    reasoning_effort: opt.ReasoningEffort = None,
    service_tier: opt.ServiceTier = None,
    prompt_cache: opt.PromptCache = False,
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
    pass_url: opt.PassUrl = False,
    allow_private_urls: opt.AllowPrivateUrls = False,
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Take the answer from the ledger if it is there.")
    ] = False,
    continue_: opt.Continue = False,
    cid: opt.Cid = None,
    log: opt.Log = True,
    ledger: opt.Ledger = None,
    dry_run: opt.DryRun = False,
    max_cost: opt.MaxCost = None,
    confirm_above: opt.ConfirmAbove = None,
    yes: opt.Yes = False,
    base_url: opt.BaseUrl = None,
    api_key_env: opt.ApiKeyEnv = None,
    local: opt.Local = None,
    profile: opt.Profile = None,
    timeout: opt.Timeout = None,
    retries: opt.Retries = None,
    record: opt.Record = None,
    replay: opt.Replay = None,
    stream: Annotated[bool | None, typer.Option("--stream/--no-stream", help="Show the answer while it comes.")] = None,
    raw: opt.Raw = False,
    usage: Annotated[bool, typer.Option("-u", "--usage", help="Show projected against billed.")] = False,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Ask one question about one or several images. With --cache, an answer that is paid for is not asked again.

    visionask ask "What is in this image?" photo.jpg
    """
    flags = with_template(dict(locals()))
    from visionask.config.catalog import shipped
    from visionask.config.settings import ledger_path, load_settings
    from visionask.run.connect import connect
    from visionask.run.conversations import continued
    from visionask.run.survey import Choosing

    console = open_console(quiet=quiet, verbose=verbose, no_color=no_color, debug=debug)
    recording = read_recording(flags)
    settings = without_limits(load_settings(flags), recording)
    talk = read_talk(flags, settings, console)
    settings = stay(talk, flags, settings)
    local = flags["local"]
    question, images = split_words(
        words or [],
        more_images(image, is_clipboard=clipboard),
        prompt_file,
        saved=flags["question"],
        needs_image=talk is None,
    )
    choosing = Choosing(
        args=images,
        stdin=stdin_reader(),
        allows_private_urls=allow_private_urls,
        fetches_whole=not dry_run,
        passes_urls=pass_url,
        is_offline=replay is not None,
    )
    job = read_job(
        flags,
        settings,
        console=console,
        question=question,
        choosing=choosing,
        max_images=shipped()["limits"]["max_images_per_request"],
        streams=not as_json if stream is None else stream,
    )
    job = continued(job, talk)
    watcher = Watcher(
        console=console,
        settings=settings,
        is_yes=yes,
        is_raw=raw,
        is_json=as_json,
        streams=job.streams and job.schema is None,
        is_structured=job.schema is not None,
        is_kept=log and replay is None,
        remark=remark(recording) or LOCAL_REMARKS.get(local or "", ""),
    )
    if dry_run:
        from visionask.run.ask import plan_only

        outcome = plan_only(job, watcher)
        return report(outcome, watcher, shows_usage=False)
    from visionask.core.ledger import Budget
    from visionask.run.ask import Keeping
    from visionask.run.ask import ask as run_ask

    keeping = Keeping(
        path=ledger_path(settings) if log and replay is None else None,
        base_url=f"local:{local}" if local else settings.base_url,
        budget=Budget(run_usd=settings.max_cost, day_usd=settings.daily_budget),
        asks_again=not cache or recording is not None,
        conversation=None if talk is None else talk.conversation.id,
    )
    try:
        outcome = run_ask(job, connect(settings, local, recording), watcher=watcher, keeping=keeping)
    except KeyboardInterrupt:
        watcher.close()  # what came is paid for, and the shell's prompt wants a line of its own
        raise
    return report(outcome, watcher, shows_usage=usage)


def split_words(
    words: list[str], images: list[str], prompt_file: str | None, *, saved: str | None = None, needs_image: bool = True
) -> tuple[str, list[str]]:
    """Tell the question from the images: question first, as in grep, unless a file or a template has it.

    Raises UsageError.
    """
    if prompt_file is not None:
        question = read_prompt(prompt_file)
    elif saved is not None:
        question = saved
    elif not words or is_image(words[0]):
        question = DEFAULT_QUESTION
    else:
        question, words = words[0], words[1:]
    if not question.strip():
        raise UsageError("the question is empty", 'write one, such as "What is in this image?"')
    images = [*words, *images]
    if not images and needs_image and prompt_file != "-" and has_piped_image():
        images = ["-"]
    if not images and needs_image:
        raise UsageError(
            f"no image was named for the question {question!r}", 'visionask ask "What is in this image?" photo.jpg'
        )
    return question, images
