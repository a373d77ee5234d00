"""What every command reads first: the console, the files and streams that are named, the question and the images.

Of those that send, the template, the schema, the conversation and the recording too.
"""

from __future__ import annotations

import codecs
import os
import sys
from typing import TYPE_CHECKING, Any

from visionask.core.encoding import decode_text
from visionask.core.errors import InputError, UsageError
from visionask.core.flags import ConsoleFlags
from visionask.core.image import CLIPBOARD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from visionask.core.flags import ConversationFlags, FilesFlags, PictureFlags, ResultFlags, SchemaFlags, SendingFlags
    from visionask.core.request import Recording
    from visionask.core.schema import Schema
    from visionask.report.console import Console
    from visionask.run.conversations import PastConversation
    from visionask.run.options import Filled, Prepared
    from visionask.run.survey import Choosing

MAX_STDIN_BYTES = 100_000_000
MAX_PROMPT_BYTES = 1_000_000
MAX_SCHEMA_BYTES = 1_000_000
MAX_NAMES_BYTES = 200_000_000
IMAGE_SCHEMES = ("http://", "https://", "data:", "s3://", "gs://", "az://")


def open_console(flags: ConsoleFlags | None = None) -> Console:
    """Return the two streams of a command."""
    from visionask.config.settings import is_dumb, refuses_colour
    from visionask.report.console import Console

    flags = flags or ConsoleFlags()
    return Console(
        out=sys.stdout,
        err=sys.stderr,
        is_quiet=flags.quiet,
        is_verbose=flags.verbose,
        is_plain=flags.no_color or refuses_colour(),
        is_dumb=is_dumb(),
        is_debug=flags.debug,
    )


def is_asked() -> bool:
    """Return whether somebody is there to answer a question."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str, *, default: bool = False) -> bool:
    """Ask yes or no on the terminal; the end of the input is a no. Standard output stays free of it."""
    import contextlib

    import typer

    try:
        with contextlib.redirect_stdout(sys.stderr):  # the prompt's last character goes there, whatever `err` says
            return typer.confirm(question, default=default, err=True)
    except typer.Abort as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        sys.stderr.write("\n")
        return False


def stdin_reader() -> Callable[[], bytes]:
    """Return a reader of the image on standard input, which can be read only once but may be asked for twice."""
    held: list[bytes] = []

    def read() -> bytes:
        if not held:
            if sys.stdin is None or sys.stdin.isatty():
                raise UsageError("standard input is a terminal, not an image", "pipe an image in, or name a file")
            held.append(sys.stdin.buffer.read(MAX_STDIN_BYTES + 1))
        if len(held[0]) > MAX_STDIN_BYTES:
            raise InputError(f"standard input is over {MAX_STDIN_BYTES // 1_000_000} MB", "send a smaller image")
        return held[0]

    return read


def choose(
    args: list[str], files: FilesFlags, picture: PictureFlags, on_note: Callable[[str], None], **more: Any
) -> Choosing:
    """Return which images a command takes that takes folders, lists of files and samples too. Raises UsageError.

    `on_note` is told, once, what folders leave out.
    """
    from visionask.run.options import narrowed, read_choosing

    told: set[str] = set()

    def note_once(text: str) -> None:
        if text not in told:
            told.add(text)
            on_note(text)

    of_files = {"stdin": stdin_reader(), "on_note": note_once, "is_list": files.files_from is not None}
    return narrowed(read_choosing(args, picture, files, **of_files, **more), files)


def has_piped_image() -> bool:
    """Return whether something is piped in: a terminal, a closed stream and /dev/null hold no image."""
    import stat

    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def more_images(images: list[str] | None, *, is_clipboard: bool) -> list[str]:
    """Name the images that flags add to the arguments."""
    return [*(images or []), *([CLIPBOARD] if is_clipboard else [])]


def is_image(word: str) -> bool:
    """Return whether the first argument is itself an image: a file that exists, a link, or `-`."""
    if word in ("-", CLIPBOARD) or word.lower().startswith(IMAGE_SCHEMES) or os.path.isfile(word):
        return True
    path, mark, number = word.rpartition("#page=")
    return bool(mark) and number.isdecimal() and os.path.isfile(path)


def find_text(words: list[str], is_place: Callable[[str], bool] = is_image) -> int | None:
    """Return which argument is the question: the first, or the only one that names no image where the first does.

    An argument that looks like a file's name is a misspelled image, and no question. None where all name images.
    """
    if not words or not is_place(words[0]):
        return 0
    others = [place for place, word in enumerate(words) if not is_place(word)]
    return others[0] if len(others) == 1 and not _looks_like_file(words[others[0]]) else None


def is_place(word: str) -> bool:
    """Return whether an argument names images: one, a folder, or a pattern that matches something."""
    return is_image(word) or os.path.isdir(word) or ("*" in word and _matches_files(word))


def _matches_files(pattern: str) -> bool:
    from glob import iglob

    return any(True for _ in iglob(pattern, recursive=True))


def _looks_like_file(word: str) -> bool:
    from visionask.images.sources import has_picture_suffix

    return has_picture_suffix(word) or (not any(map(str.isspace, word)) and any(mark in word for mark in "./\\"))


def _reads_as_question(word: str) -> bool:
    """Return whether an argument is words that name no image, no place where one could be, and no pattern."""
    from visionask.images.sources import has_picture_suffix, is_pdf_name

    if not any(map(str.isspace, word)) or is_place(word) or os.path.lexists(word) or "://" in word[:8]:
        return False
    name = word.partition("#page=")[0]
    if has_picture_suffix(name) or is_pdf_name(name) or os.path.isdir(os.path.dirname(name)):
        return False
    return not any(mark in word for mark in "*[") and not _matches_files(word)


def read_prompt(path: str) -> str:
    """Read a question from a file (`-`: standard input). Raises UsageError."""
    where = f"--prompt-file {path}"
    text = read_text(path, where, most=MAX_PROMPT_BYTES)
    if not text.strip():
        raise UsageError(f"{where}: is empty", "write the question into it")
    return text.strip()


def read_schema_text(value: str, flag: str) -> str:
    """Read what a schema flag names: a file if there is one of that name, else the value itself. Raises UsageError."""
    if os.path.exists(value) and not os.path.isdir(value):
        return read_text(value, f"{flag} {value}", most=MAX_SCHEMA_BYTES)
    if value.lower().endswith((".json", ".jsonschema")) and not value.lstrip().startswith("{"):
        from visionask.config.tables import near_file

        hint = near_file(value, otherwise="check the name; fields are written as 'name, age int'")
        raise UsageError(f"{flag} {value}: no such file", hint)
    return value


def read_names(path: str | None, *, is_null: bool) -> list[str]:
    """Return the names of images in a file (`-`: standard input), one a line or NUL-terminated. Raises UsageError.

    A byte order mark is passed over, and UTF-16, which has one, is read.
    """
    if path is None:
        return []
    where = f"--files-from {path}"
    data = _read_bounded(path, where, most=MAX_NAMES_BYTES, hint="name a file with one image a line")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # what PowerShell's `>` writes
        try:
            data = data.decode("utf-16").encode()
        except UnicodeError as error:
            raise UsageError(
                f"{where}: begins like UTF-16 text, but is not valid UTF-16", "save the list as UTF-8"
            ) from error
    data = data.removeprefix(codecs.BOM_UTF8)
    if not is_null and b"\0" in data:
        raise UsageError(f"{where}: holds NUL bytes", "add -0 if its names end in NUL")
    if b"\n" not in data and not is_null:  # CR alone ends lines
        data = data.replace(b"\r", b"\n")
    names = data.split(b"\0") if is_null else data.replace(b"\r\n", b"\n").split(b"\n")
    return [os.fsdecode(name) for name in names if name]


def read_text(path: str, where: str, *, most: int, hint: str = "name a text file") -> str:
    """Return the text of a file (`-`: standard input), without a byte order mark. Raises UsageError."""
    data = _read_bounded(path, where, most=most, hint=hint)
    try:
        text = decode_text(data)
    except UnicodeError as error:
        raise UsageError(f"{where}: not UTF-8 text", "save it as UTF-8") from error
    if "\0" in text:
        raise UsageError(f"{where}: holds NUL bytes, so it is not a text file", "name a text file")
    return text


def _read_bounded(path: str, where: str, *, most: int, hint: str) -> bytes:
    try:
        if path == "-":
            data = sys.stdin.buffer.read(most + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(most + 1)
    except OSError as error:
        fact = error.strerror
        if isinstance(error, FileNotFoundError):
            from visionask.config.tables import near_file

            fact, hint = "no such file", near_file(path, otherwise=hint)
        raise UsageError(f"{where}: {fact}", hint) from error
    if len(data) > most:
        raise UsageError(f"{where} is over {most // 1_000_000} MB", "shorten it, or split it")
    return data


def today() -> str:
    """Return today's date as ISO text, for shut-down warnings."""
    import time

    return time.strftime("%Y-%m-%d")


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


def split_question(
    words: list[str], saved: str | None, prompt_file: str | None, *, command: str = "scan", needs_one: bool = True
) -> tuple[str, list[str]]:
    """Distinguish the question from the images: question first, as in grep, or the only argument that names none.

    Where none is needed every argument is an image, and words that name none are refused. Raises UsageError.
    """
    if not needs_one:
        for word in words:
            if _reads_as_question(word):
                told = f"{word}: no such file, and --statement or --file takes the place of the question"
                raise UsageError(told, "drop the words, or check the spelling where they name files")
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


def named_images(
    words: list[str],
    image: list[str] | None,
    files: FilesFlags,
    *,
    is_clipboard: bool = False,
    takes_piped: bool = False,
    hint: str = "name a folder, files, or --files-from FILE",
) -> list[str]:
    """Return all that names images: arguments, flags, and the names in a file; else standard input, if it is taken.

    Raises UsageError where nothing does.
    """
    args = [*words, *more_images(image, is_clipboard=is_clipboard)]
    args += read_names(files.files_from, is_null=files.null)
    if not args and takes_piped and files.files_from is None and has_piped_image():
        args = ["-"]
    if not args:
        raise UsageError("no image was named", hint)
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


def read_outputs(
    results: ResultFlags, *, as_json: bool, inputs: Mapping[str, Iterable[str | None]] | None = None
) -> tuple[tuple[str, ...], str | None]:
    """Return the files of `-o`, none of which is in `inputs`, and the format that `-f` chooses. Raises UsageError.

    `-` is standard output: what is written whole takes it, without `-o` too; text and records are there anyway.
    """
    from visionask.core.arguments import need_one_of
    from visionask.core.flags import RESULT_FORMATS
    from visionask.report.output import refuse_inputs, report_formats

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
    refuse_inputs(paths, inputs or {})
    return tuple(paths), of_files
