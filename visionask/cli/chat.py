"""`visionask chat`: a conversation about images."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from visionask.cli import options as opt
from visionask.cli.context import more_images, open_console
from visionask.cli.inputs import LOCAL_REMARKS, read_job, read_talk, remark, stay, with_template
from visionask.core.errors import UsageError
from visionask.run.options import read_recording, without_limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.cli.conversation import ChatWatcher
    from visionask.config.settings import Settings
    from visionask.core.plan import ImagePlan
    from visionask.core.request import Recording
    from visionask.report.console import Console
    from visionask.run.ask import Keeping
    from visionask.run.conversations import Talk
    from visionask.run.job import Job


def chat(
    images: Annotated[list[str] | None, typer.Argument(metavar="IMAGE...", show_default=False)] = None,
    model: opt.Model = None,
    detail: opt.Detail = None,
    image: opt.Image = None,
    clipboard: opt.Clipboard = False,
    system: opt.System = None,
    template: opt.Template = None,
    param: opt.Param = None,
    max_tokens: opt.MaxTokens = None,
    temperature: opt.Temperature = None,
    reasoning_effort: opt.ReasoningEffort = None,
    service_tier: opt.ServiceTier = None,
    prompt_cache: Annotated[
        bool,
        typer.Option("--prompt-cache/--no-prompt-cache", help="Let the provider cache what each turn sends again."),
    ] = True,
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
    continue_: opt.Continue = False,
    cid: opt.Cid = None,
    log: opt.Log = True,
    ledger: opt.Ledger = None,
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
    stream: Annotated[bool | None, typer.Option("--stream/--no-stream", help="Show answers while they come.")] = None,
    raw: opt.Raw = False,
    as_json: opt.AsJson = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,
    no_color: opt.NoColor = False,
) -> int:
    """Talk about images: each turn sends them again, and shows what that costs. In a pipe, each line is a question.

    visionask chat photo.jpg
    """
    flags = with_template(dict(locals()))
    from visionask.config.settings import load_settings
    from visionask.run.options import refuse_ocr

    console = open_console(quiet=quiet, verbose=verbose, no_color=no_color, debug=debug)
    recording = read_recording(flags)
    settings = without_limits(load_settings(flags), recording)
    talk = read_talk(flags, settings, console)
    settings = stay(talk, flags, settings)
    refuse_ocr(flags, "holds no conversation")
    named = [*(images or []), *more_images(image, is_clipboard=clipboard)]
    if not named and talk is None:
        raise UsageError("no image was named", "visionask chat photo.jpg")
    if "-" in named:
        raise UsageError("-: standard input holds the questions of chat, not an image", "name a file")
    rejob = _job_reader(flags, settings, console, named)
    from visionask.run.conversations import continued

    return _talk(continued(rejob({}), talk), rejob, flags=flags, settings=settings, talk=talk, recording=recording)


def _job_reader(
    flags: dict[str, Any], settings: Settings, console: Console, named: list[str]
) -> Callable[[dict[str, str]], Job]:
    """Return a reader of the job, with another model or detail than the flags say."""
    from dataclasses import replace

    from visionask.config.catalog import shipped
    from visionask.config.settings import READERS
    from visionask.run.survey import Choosing

    choosing = Choosing(
        args=named,
        allows_private_urls=flags["allow_private_urls"],
        fetches_whole=True,
        passes_urls=flags["pass_url"],
        is_offline=flags["replay"] is not None,
    )

    def read(chosen: dict[str, str]) -> Job:
        if "model" in chosen and flags["local"] is not None:
            raise UsageError("/model: the conversation is with a model on this machine", "begin another with --local")
        now = settings
        for name, value in chosen.items():
            try:
                now = now._replace(**{name: READERS[name](value)})
            except ValueError as error:
                raise UsageError(f"/{name} {value!r} is not {error}", "correct the value") from None
            now = now._replace(is_model_named=now.is_model_named or name == "model")
        streams = not flags["as_json"] if flags["stream"] is None else flags["stream"]
        most = shipped()["limits"]["max_images_per_request"]
        job = read_job(flags, now, console=console, question="", choosing=choosing, max_images=most, streams=streams)
        # a small model on this machine knows one order only; elsewhere what stays the same comes first
        return replace(job, puts_images_first=flags["local"] is None)

    return read


def _talk(
    job: Job,
    rejob: Callable[[dict[str, str]], Job],
    *,
    flags: dict[str, Any],
    settings: Settings,
    talk: Talk | None,
    recording: Recording | None,
) -> int:
    """Plan, connect, and talk. Nothing is sent where an image cannot be."""
    from visionask.api.client import Client
    from visionask.cli.conversation import Interrupts, NoInterrupts, Session
    from visionask.cli.lines import begun_with, open_lines
    from visionask.run.ask import open_kept
    from visionask.run.chat import Chat
    from visionask.run.connect import connect

    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    watcher = _watcher(flags, settings)
    images = _planned(job, watcher.console)
    stop = Interrupts() if is_terminal else NoInterrupts()
    with ExitStack() as stack:
        kept = stack.enter_context(open_kept(_keeping(flags, settings, talk), watcher))
        client = Client(stack.enter_context(connect(settings, flags["local"], recording)), watcher.on_notice)
        stack.callback(client.close)
        chat = Chat(job, images, client=client, kept=kept, watcher=watcher, stop=stop)
        watcher.spent = chat.spent
        lines = begun_with(flags["question"], open_lines(_history_path(settings) if flags["log"] else None))
        said = remark(recording) or LOCAL_REMARKS.get(flags["local"] or "", "")
        _greet(watcher, job, images=chat.images, talk=talk, remark=said)
        code = Session(chat, lines, watcher, stop, rejob, is_terminal).run()
        if chat.conversation is not None and is_terminal:
            watcher.console.note(f"to go on: visionask chat --cid {chat.conversation}")
    return code


def _planned(job: Job, console: Console) -> tuple[ImagePlan, ...]:
    """Plan the images; tell of each that cannot be sent, and raise the error of the first."""
    from visionask.run.ask import planned_or_failed

    outcome = planned_or_failed(job)
    for failed in outcome.failed:
        if failed.error is not outcome.error:
            console.error(failed.error)
    if outcome.error is not None:
        raise outcome.error
    assert outcome.planned is not None
    return outcome.planned.images


def _watcher(flags: dict[str, Any], settings: Settings) -> ChatWatcher:
    from visionask.cli.conversation import ChatWatcher

    return ChatWatcher(
        console=open_console(
            quiet=flags["quiet"], verbose=flags["verbose"], no_color=flags["no_color"], debug=flags["debug"]
        ),
        settings=settings,
        is_yes=flags["yes"],
        is_raw=flags["raw"],
        is_json=flags["as_json"],
        streams=not flags["as_json"] if flags["stream"] is None else flags["stream"],
        is_kept=flags["log"] and flags["replay"] is None,
    )


def _keeping(flags: dict[str, Any], settings: Settings, talk: Talk | None) -> Keeping:
    from visionask.config.settings import ledger_path
    from visionask.core.ledger import Budget
    from visionask.run.ask import Keeping

    return Keeping(
        path=ledger_path(settings) if flags["log"] and flags["replay"] is None else None,
        base_url=f"local:{flags['local']}" if flags["local"] else settings.base_url,
        budget=Budget(run_usd=settings.max_cost, day_usd=settings.daily_budget),
        asks_again=True,
        conversation=None if talk is None else talk.conversation.id,
    )


def _history_path(settings: Settings) -> str:
    """Name the file of what was typed: in the state folder, whatever ledger is used."""
    from visionask.config.settings import ledger_path

    return os.path.join(os.path.dirname(ledger_path(settings._replace(ledger=None))), "chat_history")


def _greet(watcher: ChatWatcher, job: Job, *, images: tuple[ImagePlan, ...], talk: Talk | None, remark: str) -> None:
    from visionask.core.format import count
    from visionask.report.clean import one_line

    begun = "" if talk is None else f", {count(len(talk.history), 'turn')} so far"
    about = f"{count(len(images), 'image')}, {one_line(job.model.name)}{begun}"
    watcher.console.note(f"{about}: /help lists the commands, Ctrl-D leaves")
    if remark:
        watcher.console.note(remark)
