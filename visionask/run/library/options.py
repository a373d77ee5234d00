"""The keyword arguments of the Python API, and what each takes in Python.

Names, meanings and defaults are those of the flags in `core/flags.py`; the types are written out, as a type checker
reads no flags, and as Python hands over numbers and boxes where a command line has text. What is no flag has its
meaning beside its type.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, Protocol, TypedDict

from visionask.run.library.results import Reply

Box = str | Sequence[int]  # x, y, width, height in px of the upright image
Usd = str | float | Decimal


class ModelClass(Protocol):
    """A pydantic model class; its fields are what is asked for."""

    def model_json_schema(self) -> dict[str, Any]: ...


GivenSchema = str | os.PathLike[str] | Mapping[str, Any] | ModelClass


class SizeOptions(TypedDict, total=False):
    """Which model is asked, and how large a picture it sees."""

    model: str | None
    detail: Literal["low", "high", "auto", "original"] | None
    max_side: int | None
    image_tokens: int | None


class FixedPictureOptions(TypedDict, total=False):
    """What decides tokens and price besides."""

    system: str | None
    max_tokens: int | None
    service_tier: str | None
    prompt_cache: bool
    rotate: Literal[90, 180, 270] | None
    crop: Box | None
    redact: Sequence[Box] | None
    no_resize: bool
    quality: int | None
    page: int | None
    frame: int | None
    allow_private_urls: bool
    profile: str | None
    on_notice: Annotated[Callable[[str], None] | None, 'is told what a command warns of [the log "visionask"]']


class PictureOptions(SizeOptions, FixedPictureOptions, total=False):
    """What decides tokens and price. What is left out, or None, is set as for the commands: `VISIONASK_*` variables,
    profile, config file, default."""

    pages: str | None


class FixedSendingOptions(TypedDict, total=False):
    """What a request takes besides, but for the effort."""

    template: str | os.PathLike[str] | None
    params: Annotated[Mapping[str, str | float] | None, "values of the template's parameters"]
    temperature: float | None
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
    api_key: Annotated[str | None, "is kept nowhere [the variable that api_key_env names]"]
    api_key_env: str | None
    local: str | None
    timeout: float | None
    retries: int | None
    record: str | os.PathLike[str] | None
    replay: str | os.PathLike[str] | None


class SendingOptions(PictureOptions, FixedSendingOptions, total=False):
    """What a request takes besides."""

    reasoning_effort: str | None


class DataOptions(SendingOptions, total=False):
    """What a request for data takes."""

    schema: GivenSchema | None
    schema_multi: GivenSchema | None


class AskOptions(DataOptions, total=False):
    """What `ask` takes."""

    conversation: Annotated[
        str | Reply | None,
        "a reply, or the id of its conversation, to go on with: images only where there are new ones",
    ]


class CheckOptions(SendingOptions, total=False):
    """What `check` takes."""

    also: Sequence[str] | None
    choice: str | Sequence[str] | None
    score: str | None
    expect: str | None
    is_any: bool
    threshold: float | None
    unsure: Sequence[float] | None
    escalate: str | None
    engine: Literal["auto", "decisions", "schema"]
    repeat: int
    fail_fast: bool
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

    schema: GivenSchema | None
    schema_multi: GivenSchema | None
    template: str | os.PathLike[str] | None
    params: Annotated[Mapping[str, str | float] | None, "values of the template's parameters"]
    local: str | None


class ScanOptions(DataOptions, FolderOptions, total=False):
    """What `scan` takes."""

    jobs: int | None
    rpm: int | None
    tpm: int | None
    retry_failed: bool


class EvalOptions(FixedPictureOptions, FixedSendingOptions, total=False):  # template: several
    """What `eval` takes: of some keywords any number of values, and each combination of them is a setting."""

    model: Annotated[str | Sequence[str] | None, "one or more models"]
    detail: Annotated[str | Sequence[str] | None, "one or more of low, high, auto and original"]
    image_tokens: Annotated[int | Sequence[int] | None, "one or more sizes in tokens"]
    max_side: Annotated[int | Sequence[int] | None, "one or more longest sides in px"]
    reasoning_effort: Annotated[str | Sequence[str] | None, "one or more of none, minimal, low, medium, high ..."]
    template: Annotated[  # type: ignore[misc]
        str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None, "one or more saved questions"
    ]
    statement: Annotated[str | Sequence[str] | None, "is this true of it? one or more, in place of the question"]
    choice: str | Sequence[str] | None
    score: str | None
    threshold: float | None
    unsure: Annotated[Sequence[float] | None, "the zone in which a probability tells nothing"]
    engine: Literal["auto", "decisions", "schema"]
    margin: Annotated[float, "how much worse than the best is good enough, as a share"]
    tolerance: Annotated[float | Decimal, "how far a number may be off"]
    sample: Annotated[int | None, "only so many of the labelled images, spread over all"]
    folder: Annotated[str | os.PathLike[str] | None, "where names count from, if not from the labels' folder or here"]
    schema: GivenSchema | None
    jobs: int | None
    rpm: int | None
    tpm: int | None


class DiffOptions(TypedDict, total=False):
    """What `diff` takes: of runs in the ledger, which answers; and a judge of changed words."""

    question: Annotated[str | None, "of runs, only answers to this"]
    model: Annotated[str | None, "of runs, only answers of this model"]
    judge: Annotated[str | None, "ask this model whether changed words mean the same"]
    max_cost: Usd | None
    cache: bool
    log: bool
    ledger: str | os.PathLike[str] | None
    profile: str | None
    base_url: str | None
    api_key: Annotated[str | None, "is kept nowhere [the variable that api_key_env names]"]
    api_key_env: str | None
    timeout: float | None
    retries: int | None
    jobs: int | None
    on_notice: Annotated[Callable[[str], None] | None, 'is told what a command warns of [the log "visionask"]']
