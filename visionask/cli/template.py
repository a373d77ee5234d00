"""Owns the reading of `--template` and `--param`: the template's prompt stands where a question would."""

from __future__ import annotations

from typing import Any

from visionask.core.errors import UsageError
from visionask.run.template import filled

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
