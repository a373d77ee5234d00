"""Owns the keyword arguments of the Python API: the flags of the commands, with underscores, and what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    Box = str | Sequence[int]  # x, y, width, height in px of the upright image
    Usd = str | float | Decimal


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
    on_notice: Callable[[str], None] | None  # is told what a command warns of; default: the log "visionask"


class SendingOptions(PictureOptions, total=False):
    """What a request takes besides."""

    temperature: float | None
    reasoning_effort: str | None
    keep_metadata: bool
    max_pixels: int | None
    allow_truncated: bool
    cache: bool  # take answers from the ledger: False for `ask`, True for `scan`, as on the command line
    log: bool  # keep answers in the ledger
    ledger: str | os.PathLike[str] | None
    max_cost: Usd | None
    confirm_above: Usd | None  # nobody is asked: above this price, `yes=True` is needed
    yes: bool
    base_url: str | None
    api_key: str | None  # is kept nowhere; default: the environment, as for the commands
    api_key_env: str | None
    local: str | None
    timeout: float | None
    retries: int | None


class AskOptions(SendingOptions, total=False):
    """What `ask` takes."""

    schema: str | Mapping[str, Any] | None  # the concise spelling, or a JSON Schema
    pass_url: bool


class CheckOptions(SendingOptions, total=False):
    """What `check` takes."""

    also: Sequence[str]  # more statements
    choice: str | Sequence[str] | None
    score: str | None
    expect: str | None
    is_any: bool  # one true is enough
    threshold: float | None
    unsure: Sequence[float] | None  # look again, in higher detail, from the one to the other
    escalate: str | None
    engine: Literal["auto", "decisions", "schema"]
    repeat: int
    jobs: int | None


class FolderOptions(TypedDict, total=False):
    """Which files of a folder."""

    recursive: bool
    include: Sequence[str] | None
    exclude: Sequence[str] | None


class PlanOptions(PictureOptions, FolderOptions, total=False):
    """What `plan` takes."""


class ScanOptions(AskOptions, FolderOptions, total=False):
    """What `scan` takes."""

    limit: int | None
    sample: int | None
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
