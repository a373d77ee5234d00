"""The reading of the flags that say what is asked, for every command that sends.

What a command says of `--record` and `--replay`.

The reading of `--template` and `--param`: the template's prompt stands where a question would.

`-c` and `--cid`: which conversation goes on, and where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.cli.context import read_schema_text
from visionask.core.errors import UsageError
from visionask.run.options import filled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.config.settings import Settings
    from visionask.core.request import Recording
    from visionask.core.schema import Schema
    from visionask.report.console import Console
    from visionask.run.conversations import Talk
    from visionask.run.job import Job
    from visionask.run.survey import Choosing


OCR_REMARK = "ocr reads the text in pictures and answers nothing else: the question is not looked at"


LOCAL_REMARKS = {
    "practice": "practice knows the colours and counts of simple drawn shapes, and nothing else",
    "ocr": OCR_REMARK,
}


def read_job(
    flags: Mapping[str, Any], settings: Settings, *, console: Console, question: str, choosing: Choosing, **more: Any
) -> Job:
    """Build the job of a sending command; `flags` are its parameters by name. Raises UsageError, ConfigError."""
    from visionask.run import options

    schema = read_schema_flags(flags.get("schema"), flags.get("schema_multi"))
    return options.read_job(
        flags, settings, question=question, choosing=choosing, on_notice=console.warn, schema=schema, **more
    )


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


def answers_from(recording: Recording | None) -> str:
    """Name where answers come from that are not paid now."""
    return recording.folder if recording is not None and recording.is_replay else "the ledger"


def remark(recording: Recording | None) -> str:
    """Return the line below the price: a replay says that the price is not paid."""
    if recording is None or not recording.is_replay:
        return ""
    return f"replayed from {recording.folder}: nothing is sent, and nothing is paid"


Flags = dict[str, Any]


def with_template(flags: Flags) -> Flags:
    """Fill in what the template sets; its prompt, if it has one, is under `question`.

    Raises UsageError, and ConfigError for a template with a fault.
    """
    return filled(flags, flags["template"], _params(flags["param"] or []))


def with_question_first(flags: Flags) -> Flags:
    """The same, with the template's prompt as the first of the arguments, unless a file holds the question."""
    flags = with_template(flags)
    if flags["question"] is not None and flags.get("prompt_file") is None:
        flags["words"] = [flags["question"], *(flags["words"] or [])]
    return flags


def _params(pairs: list[str]) -> dict[str, str]:
    values = {}
    for pair in pairs:
        name, is_pair, value = pair.partition("=")
        if not is_pair or not name:
            raise UsageError(f"--param {pair!r} is not NAME=VALUE", "such as --param colour=red")
        values[name] = value
    return values


def read_talk(flags: Mapping[str, Any], settings: Settings, console: Console) -> Talk | None:
    """Find the conversation that the flags name; None where they name none. Raises UsageError, StateError."""
    if not flags["continue_"] and flags["cid"] is None:
        return None
    from visionask.config.settings import ledger_path
    from visionask.run.conversations import find_talk

    path = ledger_path(settings) if flags["log"] and flags["replay"] is None else None
    return find_talk(path, flags["cid"], console.warn)


def stay(talk: Talk | None, flags: dict[str, Any], settings: Settings) -> Settings:
    """Go on where the conversation was held; one with a model on this machine gets its `--local` back in `flags`.

    Raises UsageError where its pictures would go to another server than before without anybody having said so.
    """
    from visionask.run.conversations import stay_with

    stayed, settings = stay_with(talk, flags, settings)
    flags |= stayed
    return settings
