"""Owns what the keywords of the Python API mean, in a line each, as `help` tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """Tell in a function's `help` what each of its keywords means."""

    def tell(function: _Function) -> _Function:
        lines = [f"    {name}: {_MEANINGS[name]}" for name in options.__annotations__]
        function.__doc__ = "\n".join(
            [function.__doc__ or "", "    Keywords, and in brackets what holds without them:", "", *lines]
        )
        return function

    return tell
