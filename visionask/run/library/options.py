"""The keyword arguments of the Python API: the flags of the commands, with underscores, and what they mean.

What the keywords of the Python API mean, in a line each, as `help` tells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict, TypeVar

from visionask.core.errors import UsageError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from visionask.run.library.api import Reply

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


_Function = TypeVar("_Function", bound="Callable[..., Any]")


_MEANINGS = {
    "model": "the model's name [gpt-6-luna]",
    "detail": "low, high, auto (decided here, from the size) or original",
    "system": "system prompt",
    "max_tokens": "the longest answer, in tokens",
    "service_tier": "auto, default, flex or priority",
    "prompt_cache": "let the provider cache the prompt (a write costs more)",
    "max_side": "longest side that is sent, in px",
    "image_tokens": "the largest size whose tokens do not exceed this",
    "rotate": "turn clockwise, in degrees",
    "crop": "send only this part: (x, y, width, height) in px of the upright image",
    "redact": "paint these parts black",
    "no_resize": "send full size",
    "quality": "of JPEG, 1 to 100 [85]",
    "page": "page of a PDF or TIFF, from 1",
    "frame": "frame of an animation, from 1",
    "allow_private_urls": "fetch links to private addresses too",
    "profile": "yours, or one that is built in, such as ollama",
    "on_notice": 'is told what a command warns of [the log "visionask"]',
    "template": "name or file of a saved question; what is handed over goes before what it sets",
    "params": "values of its parameters",
    "temperature": "sent only when given",
    "reasoning_effort": "none, minimal, low, medium, high ...",
    "keep_metadata": "keep EXIF (also GPS), XMP and ICC",
    "max_pixels": "most pixels to decode [89 million]",
    "allow_truncated": "send what there is of a cut picture",
    "pass_url": "hand links on instead of fetching them here",
    "cache": "take answers from the ledger [ask and check: no, scan: yes]",
    "log": "keep answers in the ledger [yes]",
    "ledger": "another ledger",
    "max_cost": "stop before spending more, in USD",
    "confirm_above": "above this price, in USD, yes=True is needed: nobody is asked",
    "yes": "send it all the same",
    "base_url": "an OpenAI-compatible server",
    "api_key": "is kept nowhere [the variable that api_key_env names]",
    "api_key_env": "variable with the key [OPENAI_API_KEY]",
    "local": "a model on this machine, no key",
    "timeout": "longest wait for one try, in s",
    "retries": "tries after the first [4]",
    "record": "ask, and save the exchanges in this folder",
    "replay": "answer from this folder: no key, no network, nothing paid",
    "schema": '"name, age int", a JSON Schema as dict, text or Path, or a pydantic model class: `.data` matches it',
    "schema_multi": "the same, for any number of such objects",
    "conversation": "a reply, or the id of its conversation, to go on with: images only where there are new ones",
    "also": "more statements",
    "choice": "ask which of these values it is, not whether it is true",
    "score": 'ask for a score, such as "1-5"',
    "expect": "the choice or score that passes",
    "is_any": "one true is enough",
    "threshold": "least probability of true [0.5]",
    "unsure": "look again in higher detail, from the one to the other",
    "escalate": "ask this model where it is unsure",
    "engine": "decisions (probabilities), schema (any model), auto",
    "repeat": "votes of the schema engine",
    "jobs": "requests at a time [8]",
    "recursive": "go into folders below a folder",
    "include": "only these names in folders and globs",
    "exclude": "not these names in folders and globs",
    "limit": "only the first so many images",
    "sample": "so many images spread over all, the same each time",
    "rpm": "most requests a minute",
    "tpm": "most tokens a minute, images included",
    "retry_failed": "ask again what was refused before",
}


def documented(options: type) -> Callable[[_Function], _Function]:
    """Write into a function's `help` what each of its keywords means."""

    def tell(function: _Function) -> _Function:
        lines = [f"    {name}: {_MEANINGS[name]}" for name in options.__annotations__]
        function.__doc__ = "\n".join(
            [function.__doc__ or "", "    Keywords, and in brackets what holds without them:", "", *lines]
        )
        return function

    return tell
