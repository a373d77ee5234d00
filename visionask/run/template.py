"""Owns how a template becomes flags: what it sets holds where no flag says otherwise; for commands and for Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SETS = ("system", "model", "detail", "max_tokens")


def filled(flags: Mapping[str, Any], name: str | None, values: Mapping[str, str]) -> dict[str, Any]:
    """Fill in what the template of this name sets, with these values; its prompt, if it has one, is under `question`.

    `flags` without the key `schema` are those of a command that takes none. Raises UsageError, and ConfigError for a
    template with a fault.
    """
    if name is None:
        if values:
            raise UsageError("--param fills in a template, and none is named", "add --template NAME")
        return {**flags, "question": None}
    from visionask.config.templates import find_template, read_template
    from visionask.core.template import fill

    template = fill(read_template(find_template(name)), values)
    found = {key: getattr(template, key) for key in _SETS if flags.get(key) is None}
    if template.schema is not None:
        if "schema" not in flags:
            raise UsageError(
                f"template {name} asks for data that match a schema, which is not for this command",
                "use it with ask or scan",
            )
        if flags["schema"] is None and flags["schema_multi"] is None:
            found["schema"] = template.schema
    return {**flags, **found, "question": template.prompt}
