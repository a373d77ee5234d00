"""`visionask ask`: one request about all the images together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from visionask.cli.inputs import (
    find_text,
    has_piped_image,
    more_images,
    open_console,
    read_conversation,
    read_prompt,
    read_schema_flags,
    remark,
    stdin_reader,
    with_template,
)
from visionask.cli.options import with_flags
from visionask.cli.show import Watcher, report
from visionask.core.errors import UsageError
from visionask.core.flags import (
    OUTPUT,
    Clipboard,
    ConsoleFlags,
    ConversationFlags,
    Flag,
    Image,
    PictureFlags,
    PromptFile,
    Raw,
    SchemaFlags,
    SendingFlags,
    Stream,
)
from visionask.core.namedtuple import NamedTuple
from visionask.run.options import prepare, read_choosing, read_job

if TYPE_CHECKING:
    from visionask.report.console import Console
    from visionask.run.job import Job
    from visionask.run.options import Prepared

DEFAULT_QUESTION = "What is in this image?"


class AskFlags(NamedTuple):
    """What an ask takes besides."""

    prompt_file: PromptFile = None
    image: Image = None
    clipboard: Clipboard = False
    stream: Stream = None
    raw: Raw = False
    usage: Annotated[bool, Flag("-u --usage", "Show projected against billed.", None, OUTPUT)] = False


@with_flags()
def ask(
    words: Annotated[list[str] | None, typer.Argument(metavar="QUESTION IMAGE...", show_default=False)] = None,
    *,
    own: AskFlags,
    sending: SendingFlags,
    schema: SchemaFlags,
    picture: PictureFlags,
    continuing: ConversationFlags,
    said: ConsoleFlags,
) -> int:
    """Ask one question about one or several images. With --cache, an answer that is paid for is not asked again.

    visionask ask "What is in this image?" photo.jpg
    """
    from visionask.run.conversations import continued, stay_with

    console, prepared = open_console(said), prepare(with_template(sending, picture, schema))
    past = read_conversation(continuing, prepared, console)
    prepared = stay_with(past, prepared)
    sending, streams = prepared.sending, not said.as_json if own.stream is None else own.stream
    asked = _split_words(words or [], own, saved=prepared.flags.question, needs_image=past is None)
    job = continued(_job(prepared, *asked, console, streams=streams), past)
    watcher = Watcher(
        console=console,
        settings=prepared.settings,
        is_yes=sending.yes,
        is_raw=own.raw,
        is_json=said.as_json,
        streams=job.streams and job.schema is None,
        is_structured=job.schema is not None,
        is_kept=sending.is_kept,
        remark=remark(prepared.recording, sending.local),
    )
    if sending.dry_run:
        return _show_plan(job, watcher, prepared)
    from visionask.run.ask import ask as run_ask

    ongoing = None if past is None else past.conversation.id
    ledger = prepared.ledger_options(asks_again=prepared.asks_again, conversation=ongoing)
    try:
        outcome = run_ask(job, prepared.connect(), watcher=watcher, ledger=ledger)
    except KeyboardInterrupt:
        watcher.close()  # what came is paid for, and the shell's prompt wants a line of its own
        raise
    return report(outcome, watcher, shows_usage=own.usage)


def _job(prepared: Prepared, question: str, images: list[str], console: Console, *, streams: bool) -> Job:
    from visionask.config.catalog import openai_limits

    sending, stdin = prepared.sending, stdin_reader()
    whole, is_offline = not sending.dry_run, sending.replay is not None
    return read_job(
        prepared,
        question=question,
        choosing=read_choosing(images, prepared.picture, stdin=stdin, fetches_whole=whole, is_offline=is_offline),
        on_notice=console.warn,
        schema=read_schema_flags(prepared.flags.schema),
        max_images=openai_limits()["max_images_per_request"],
        streams=streams,
    )


def _show_plan(job: Job, watcher: Watcher, prepared: Prepared) -> int:
    """Show what would be sent, and whether the ledger has an answer to it."""
    from visionask.run.answered import has_answer
    from visionask.run.ask import plan_only

    sending, ledger = prepared.sending, prepared.ledger
    if sending.cache and ledger is not None and sending.local is None:
        base_url = prepared.settings.base_url
        watcher.is_answered = lambda planned: has_answer(job, planned.images, base_url, ledger)
    return report(plan_only(job, watcher), watcher, shows_usage=False)


def _split_words(words: list[str], own: AskFlags, *, saved: str | None, needs_image: bool) -> tuple[str, list[str]]:
    """Distinguish the question from the images: question first, as in grep, unless a file or a template has it.

    Behind an image that exists, the only argument that names none is the question. Raises UsageError.
    """
    if own.prompt_file is not None:
        question = read_prompt(own.prompt_file)
    elif saved is not None:
        question = saved
    elif not words or (place := find_text(words)) is None:
        question = DEFAULT_QUESTION
    else:
        question, words = words[place], [*words[:place], *words[place + 1 :]]
    if not question.strip():
        raise UsageError("the question is empty", 'write one, such as "What is in this image?"')
    images = [*words, *more_images(own.image, is_clipboard=own.clipboard)]
    if not images and needs_image and own.prompt_file != "-" and has_piped_image():
        images = ["-"]
    if not images and needs_image:
        raise UsageError(
            f"no image was named for the question {question!r}", 'visionask ask "What is in this image?" photo.jpg'
        )
    return question, images
