"""What the commands that send say of their input: the template, the schema, the conversation, the recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visionask.cli.context import find_text, is_place, read_names, read_prompt, read_schema_text
from visionask.core.errors import UsageError

if TYPE_CHECKING:
    from visionask.core.flags import ConversationFlags, FilesFlags, PictureFlags, ResultFlags, SchemaFlags, SendingFlags
    from visionask.core.request import Recording
    from visionask.core.schema import Schema
    from visionask.report.console import Console
    from visionask.run.conversations import PastConversation
    from visionask.run.options import Filled, Prepared


OCR_REMARK = "ocr reads the text in pictures and answers nothing else: the question is not looked at"


LOCAL_REMARKS = {
    "practice": "practice knows simple drawings and short printed words, and nothing else",
    "ocr": OCR_REMARK,
}


def read_schema_flags(flags: SchemaFlags) -> Schema | None:
    """Read `--schema` or `--schema-multi`. Raises UsageError; MissingExtra where the schema needs jsonschema-rs."""
    if flags.schema is not None and flags.schema_multi is not None:
        raise UsageError("--schema and --schema-multi exclude each other", "drop one of them")
    if flags.schema is None and flags.schema_multi is None:
        return None
    from visionask.core.schema import read_schema

    if flags.schema_multi is not None:
        return read_schema(read_schema_text(flags.schema_multi, "--schema-multi"), is_multi=True)
    return read_schema(read_schema_text(flags.schema or "", "--schema"))


def answers_from(recording: Recording | None) -> str:
    """Name where answers come from that are not paid now."""
    return recording.folder if recording is not None and recording.is_replay else "the ledger"


def remark(recording: Recording | None, local: str | None = None) -> str:
    """Return the line below the price: a replay says that it is not paid, a model on this machine what it can do."""
    if recording is None or not recording.is_replay:
        return LOCAL_REMARKS.get(local or "", "")
    return f"replayed from {recording.folder}: nothing is sent, and nothing is paid"


def with_template(sending: SendingFlags, picture: PictureFlags, schema: SchemaFlags | None = None) -> Filled:
    """Fill in what the template sets; without `schema`, one that asks for data is refused.

    Raises UsageError, and ConfigError for a template with a fault.
    """
    from visionask.run.options import filled

    return filled(sending, picture, schema, _params(sending.param or []))


def with_saved_question(words: list[str] | None, saved: str | None, prompt_file: str | None = None) -> list[str]:
    """Put the template's prompt before the arguments, unless a file holds the question."""
    return [*(words or [])] if saved is None or prompt_file is not None else [saved, *(words or [])]


def split_question(
    words: list[str], saved: str | None, prompt_file: str | None, *, command: str = "scan", needs_one: bool = True
) -> tuple[str, list[str]]:
    """Distinguish the question from the images: question first, as in grep, or the only argument that names none.

    Where none is needed every argument is an image. Raises UsageError.
    """
    if not needs_one:
        return "", words
    if prompt_file is not None:
        return read_prompt(prompt_file), words
    if saved is not None:
        return saved, words
    place = find_text(words, is_place)
    if place is None or not words or not words[place].strip():
        told = "" if place is not None else f": {words[0]} names images"
        raise UsageError(f"no question was given{told}", f'visionask {command} "What is in this image?" photos/')
    return words[place], [*words[:place], *words[place + 1 :]]


def named_images(words: list[str], image: list[str] | None, files: FilesFlags) -> list[str]:
    """Return all that names images: arguments, --image, and the names in a file. Raises UsageError where none does."""
    args = [*words, *(image or []), *read_names(files.files_from, is_null=files.null)]
    if not args:
        raise UsageError("no image was named", "name a folder, files, or --files-from FILE")
    return args


def _params(pairs: list[str]) -> dict[str, str]:
    values = {}
    for pair in pairs:
        name, is_pair, value = pair.partition("=")
        if not is_pair or not name:
            raise UsageError(f"--param {pair!r} is not NAME=VALUE", "such as --param colour=red")
        values[name] = value
    return values


def read_conversation(flags: ConversationFlags, prepared: Prepared, console: Console) -> PastConversation | None:
    """Find the conversation that the flags name; None where they name none. Raises UsageError, StateError."""
    if not flags.continue_ and flags.cid is None:
        return None
    from visionask.run.conversations import find_conversation

    return find_conversation(prepared.ledger, flags.cid, console.warn)


def read_outputs(results: ResultFlags, *, as_json: bool) -> tuple[tuple[str, ...], str | None]:
    """Return the files of `-o` and the format that `-f` chooses for them. Raises UsageError.

    `-` is standard output: what is written whole takes it, without `-o` too; text and records are there anyway.
    """
    from visionask.core.arguments import need_one_of
    from visionask.core.flags import RESULT_FORMATS
    from visionask.report.output import report_formats

    chosen = need_one_of(results.output_format, "--format", RESULT_FORMATS)
    paths = list(dict.fromkeys(results.output or ()))
    if not results.is_file_format:
        paths = [path for path in paths if path != "-"]
    elif not paths:
        paths = ["-"]
    if "-" in paths and as_json:
        raise UsageError(f"--json and --format {chosen} both take standard output", f"name a file: -o results.{chosen}")
    of_files = None if chosen == "text" else "jsonl" if chosen == "json" else chosen
    if dict(zip(paths, report_formats(paths, of_files), strict=True)).get("-") == "sqlite":
        raise UsageError("a database cannot be written to standard output", "name a file: -o results.db")
    return tuple(paths), of_files
