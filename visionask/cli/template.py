"""Owns how `--template` and `--param` become flags: what a template sets holds where no flag says otherwise."""

from __future__ import annotations

from typing import Any

from visionask.core.errors import UsageError

Flags = dict[str, Any]
_SETS = ("system", "model", "detail", "max_tokens")


def with_template(flags: Flags) -> Flags:
    """Fill in what the template sets; its prompt, if it has one, is under `question`.

    Raises UsageError, and ConfigError for a template with a fault.
    """
    name, given = flags["template"], _params(flags["param"] or [])
    if name is None:
        if given:
            raise UsageError("--param fills in a template, and none is named", "add --template NAME")
        return flags | {"question": None}
    from visionask.config.templates import find_template, read_template
    from visionask.core.template import fill

    template = fill(read_template(find_template(name)), given)
    found = {key: getattr(template, key) for key in _SETS if flags[key] is None}
    if template.schema is not None:
        if "schema" not in flags:
            raise UsageError(
                f"template {name} asks for data that match a schema, which is not for this command",
                "use it with ask or scan",
            )
        if flags["schema"] is None and flags["schema_multi"] is None:
            found["schema"] = template.schema
    return flags | found | {"question": template.prompt}


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
