"""Owns the reading of the flags that say what is asked, for every command that sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.cli.context import read_schema_text
from visionask.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.config.settings import Settings
    from visionask.core.schema import Schema
    from visionask.report.console import Console
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
