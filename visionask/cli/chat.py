"""`visionask chat`: a conversation about images."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from visionask.cli.inputs import more_images, open_console, read_conversation, remark, with_template
from visionask.cli.options import with_flags
from visionask.core.errors import UsageError
from visionask.core.flags import (
    MONEY,
    Clipboard,
    ConsoleFlags,
    ConversationFlags,
    Flag,
    Image,
    PictureFlags,
    Raw,
    SendingFlags,
    Stream,
)
from visionask.core.namedtuple import NamedTuple
from visionask.run.options import prepare, read_choosing, read_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.cli.conversation import ChatWatcher
    from visionask.config.settings import Settings
    from visionask.core.plan import ImagePlan
    from visionask.report.console import Console
    from visionask.run.conversations import PastConversation
    from visionask.run.job import Job
    from visionask.run.options import Prepared


class Said(NamedTuple):
    """What a chat was told beside its images, with the conversation's own model and server."""

    prepared: Prepared
    console: ConsoleFlags
    streams: bool
    is_raw: bool


@with_flags(without="dry_run cache prompt_cache")
def chat(
    images: Annotated[list[str] | None, typer.Argument(metavar="IMAGE...", show_default=False)] = None,
    image: Image = None,
    clipboard: Clipboard = False,
    *,
    sending: SendingFlags,
    picture: PictureFlags,
    prompt_cache: Annotated[
        bool,
        Flag("--prompt-cache/--no-prompt-cache", "Let the provider cache what each turn sends again.", None, MONEY),
    ] = True,
    continuing: ConversationFlags,
    stream: Stream = None,
    raw: Raw = False,
    said: ConsoleFlags,
) -> int:
    """Talk about images; each turn shows what it costs. In a pipe, each line is a question.

    visionask chat photo.jpg
    """
    from visionask.run.conversations import continued, stay_with
    from visionask.run.options import refuse_ocr

    prepared = prepare(with_template(sending._replace(prompt_cache=prompt_cache), picture))
    console = open_console(said)
    past = read_conversation(continuing, prepared, console)
    prepared = stay_with(past, prepared)
    refuse_ocr(prepared.sending.local, "holds no conversation")
    named = [*(images or []), *more_images(image, is_clipboard=clipboard)]
    if not named and past is None:
        raise UsageError("no image was named", "visionask chat photo.jpg")
    if "-" in named:
        raise UsageError("-: standard input holds the questions of chat, not an image", "name a file")
    flags = Said(prepared, said, streams=not said.as_json if stream is None else stream, is_raw=raw)
    rejob = _job_reader(flags, console, named)
    return _converse(continued(rejob({}), past), rejob, said=flags, past=past)


def _job_reader(said: Said, console: Console, named: list[str]) -> Callable[[dict[str, str]], Job]:
    """Return a reader of the job, with another model or detail than the flags say."""
    from dataclasses import replace

    from visionask.config.catalog import openai_limits
    from visionask.config.settings import READERS

    prepared, sending = said.prepared, said.prepared.sending
    is_offline = sending.replay is not None
    choosing = read_choosing(named, prepared.picture, fetches_whole=True, is_offline=is_offline)

    def read(chosen: dict[str, str]) -> Job:
        if "model" in chosen and sending.local is not None:
            raise UsageError("/model: the conversation is with a model on this machine", "begin another with --local")
        now = prepared.settings
        for name, value in chosen.items():
            try:
                now = now._replace(**{name: READERS[name](value)})
            except ValueError as error:
                raise UsageError(
                    f"/{name} {value!r} is not {error}", "/help lists the commands and their values"
                ) from None
            now = now._replace(is_model_named=now.is_model_named or name == "model")
        job = read_job(
            prepared._replace(settings=now),
            question="",
            choosing=choosing,
            on_notice=console.warn,
            max_images=openai_limits()["max_images_per_request"],
            streams=said.streams,
        )
        # a small model on this machine knows one order only; elsewhere what stays the same comes first
        return replace(job, puts_images_first=sending.local is None)

    return read


def _converse(
    job: Job,
    rejob: Callable[[dict[str, str]], Job],
    *,
    said: Said,
    past: PastConversation | None,
) -> int:
    """Plan, connect, and talk. Nothing is sent where an image cannot be."""
    from visionask.cli.conversation import Interrupts, NoInterrupts, Session
    from visionask.cli.lines import begun_with, open_lines
    from visionask.run.chat import Chat
    from visionask.run.conversations import Keeper
    from visionask.run.session import open_session

    prepared, sending = said.prepared, said.prepared.sending
    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    watcher = _watcher(said)
    images = _planned(job, watcher.console)
    stop = Interrupts() if is_terminal else NoInterrupts()
    with ExitStack() as stack:
        ongoing = None if past is None else past.conversation.id
        options = prepared.ledger_options(asks_again=True, conversation=ongoing)
        endpoint = prepared.connect()
        session = stack.enter_context(open_session(options, endpoint, on_notice=watcher.on_notice, watcher=watcher))
        session.open()
        keeper = Keeper(session.ledger, options, watcher.on_notice)
        chat = Chat(job, images, session=session, keeper=keeper, watcher=watcher, allowed=stop.allowed)
        watcher.spent = chat.spent
        lines = begun_with(
            prepared.flags.question, open_lines(_history_path(prepared.settings) if sending.log else None)
        )
        _greet(watcher, job, images=chat.images, past=past, remark=remark(prepared.recording, sending.local))
        code = Session(chat, lines, watcher, stop, rejob, is_terminal).run()
        if chat.conversation is not None and is_terminal:
            watcher.console.note(f"to go on: visionask chat --cid {chat.conversation}")
    return code


def _planned(job: Job, console: Console) -> tuple[ImagePlan, ...]:
    """Plan the images; tell of each that cannot be sent, and raise the error of the first."""
    from visionask.core.request import Unanswered
    from visionask.run.ask import planned_or_failed

    outcome = planned_or_failed(job)
    for failed in outcome.failed:
        if failed.error is not outcome.error:
            console.error(failed.error)
    if isinstance(outcome, Unanswered):
        raise outcome.error
    return outcome.planned.images


def _watcher(said: Said) -> ChatWatcher:
    from visionask.cli.conversation import ChatWatcher

    return ChatWatcher(
        console=open_console(said.console),
        settings=said.prepared.settings,
        is_yes=said.prepared.sending.yes,
        is_raw=said.is_raw,
        is_json=said.console.as_json,
        streams=said.streams,
        is_kept=said.prepared.sending.is_kept,
    )


def _history_path(settings: Settings) -> str:
    """Name the file of what was typed: in the state folder, whatever ledger is used."""
    from visionask.config.settings import ledger_path

    return os.path.join(os.path.dirname(ledger_path(settings._replace(ledger=None))), "chat_history")


def _greet(
    watcher: ChatWatcher, job: Job, *, images: tuple[ImagePlan, ...], past: PastConversation | None, remark: str
) -> None:
    from visionask.core.format import count
    from visionask.report.clean import one_line

    begun = "" if past is None else f", {count(len(past.history), 'turn')} so far"
    about = f"{count(len(images), 'image')}, {one_line(job.model.name)}{begun}"
    watcher.console.note(f"{about}: /help lists the commands, Ctrl-D leaves")
    if remark:
        watcher.console.note(remark)
