"""Owns the keyword arguments of the Python API: the flags of the commands, with underscores, and what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict

from visionask.core.errors import UsageError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from visionask.run.library.reply import Reply

    Box = str | Sequence[int]  # x, y, width, height in px of the upright image
    Usd = str | float | Decimal

    class ModelClass(Protocol):
        """A pydantic model class; its fields are what is asked for."""

        def model_json_schema(self) -> dict[str, Any]: ...

    GivenSchema = str | os.PathLike[str] | Mapping[str, Any] | ModelClass


class PictureOptions(TypedDict, total=False):
    """What decides tokens and price. What is left out, or None, is set as for the commands: `VISIONASK_*` variables,
    profile, config file, default."""

    model: str | None
    detail: Literal["low", "high", "auto", "original"] | None
    system: str | None
    max_tokens: int | None
    service_tier: str | None
    prompt_cache: bool
    max_side: int | None
    image_tokens: int | None
    rotate: Literal[90, 180, 270] | None
    crop: Box | None
    redact: Sequence[Box] | None
    no_resize: bool
    quality: int | None
    page: int | None
    frame: int | None
    allow_private_urls: bool
    profile: str | None
    on_notice: Callable[[str], None] | None


class SendingOptions(PictureOptions, total=False):
    """What a request takes besides."""

    template: str | os.PathLike[str] | None
    params: Mapping[str, str | float] | None
    temperature: float | None
    reasoning_effort: str | None
    keep_metadata: bool
    max_pixels: int | None
    allow_truncated: bool
    pass_url: bool
    cache: bool
    log: bool
    ledger: str | os.PathLike[str] | None
    max_cost: Usd | None
    confirm_above: Usd | None
    yes: bool
    base_url: str | None
    api_key: str | None
    api_key_env: str | None
    local: str | None
    timeout: float | None
    retries: int | None
    record: str | os.PathLike[str] | None
    replay: str | os.PathLike[str] | None


class DataOptions(SendingOptions, total=False):
    """What a request for data takes."""

    schema: GivenSchema | None
    schema_multi: GivenSchema | None


class AskOptions(DataOptions, total=False):
    """What `ask` takes."""

    conversation: str | Reply | None


class CheckOptions(SendingOptions, total=False):
    """What `check` takes."""

    also: Sequence[str]
    choice: str | Sequence[str] | None
    score: str | None
    expect: str | None
    is_any: bool
    threshold: float | None
    unsure: Sequence[float] | None
    escalate: str | None
    engine: Literal["auto", "decisions", "schema"]
    repeat: int
    jobs: int | None


class FolderOptions(TypedDict, total=False):
    """Which files of a folder."""

    recursive: bool
    include: Sequence[str] | None
    exclude: Sequence[str] | None
    limit: int | None
    sample: int | None


class PlanOptions(PictureOptions, FolderOptions, total=False):
    """What `plan` takes."""


class ScanOptions(DataOptions, FolderOptions, total=False):
    """What `scan` takes."""

    jobs: int | None
    rpm: int | None
    tpm: int | None
    retry_failed: bool


UNSET: dict[str, Any] = {
    "local": None,
    "service_tier": None,
    "prompt_cache": False,
    "max_tokens": None,
    "system": None,
    "question": None,
    "temperature": None,
    "reasoning_effort": None,
}
UNSET |= {"choice": None, "score": None, "expect": None, "threshold": None, "unsure": None, "escalate": None}
UNSET |= {"is_any": False, "engine": "auto", "repeat": 1}

_PRINTED = "nothing is printed: write what the result or its record() holds"
_MANY = "hand over a list of images"
_GO_ON = "conversation=reply, or its id"
_OF_COMMANDS = {
    "image": _MANY,
    "files_from": _MANY,
    "null": _MANY,
    "clipboard": 'hand over "clipboard:" as an image',
    "prompt_file": "read the file, and hand over its text as the question",
    "param": 'params={"colour": "red"}',
    "continue_": _GO_ON,
    "cid": _GO_ON,
    "dry_run": "call plan()",
    "stream": "on_text= is handed the answer while it comes",
    "compare": "call plan() for each model",
    "exact": "visionask cost --exact",
    "calibrated": "visionask cost --calibrated",
    "file": "visionask check --file",
    "shard": "visionask scan --shard",
    "executor": "visionask batch export --executor",
} | dict.fromkeys(
    ("output", "format", "sidecar", "junit", "github", "json", "as_json", "raw", "usage", "progress"), _PRINTED
)
_OF_COMMANDS |= dict.fromkeys(("quiet", "verbose", "debug", "no_color"), "on_notice= is told what commands warn of")


def refuse_flags(function: str, options: Mapping[str, Any], known: frozenset[str]) -> None:
    """Refuse what only a command takes, and say what does the same here. Raises UsageError."""
    found = next((name for name in options if name in _OF_COMMANDS and name not in known), None)
    if found is not None:
        raise UsageError(f"{function}() does not take the command's {found!r}", _OF_COMMANDS[found])
