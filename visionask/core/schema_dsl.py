"""Owns the concise spelling of a schema, `name, age int, bio: one sentence`: read into a JSON Schema.

Source: https://llm.datasette.io/en/stable/schemas.html#concise-llm-schema-syntax (checked 2026-11-22).
"""

from __future__ import annotations

from typing import Any

from visionask.core.errors import UsageError

_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_HINT = "write fields as `name`, `age int` or `bio: a description`; types are str, int, float and bool"


def read_dsl(text: str) -> dict[str, Any]:
    """Return the JSON Schema of `name [type][: description]`, separated by commas or, if there is one, by newlines.

    All fields are required; a field without a type is a string. In the form with newlines a description may hold
    commas. Empty fields are passed over. Raises UsageError, which names the field.
    """
    pieces = text.split("\n") if "\n" in text.strip() else text.split(",")
    properties: dict[str, Any] = {}
    for piece in pieces:
        if not piece.strip():
            continue
        name, field = _field(piece.strip())
        if name in properties:
            raise UsageError(f"--schema: the field {name!r} is there twice", "give each field a name of its own")
        properties[name] = field
    if not properties:
        raise UsageError("--schema: there is no field in it", _HINT)
    return {"type": "object", "properties": properties, "required": list(properties)}


def _field(text: str) -> tuple[str, dict[str, Any]]:
    head, _, description = text.partition(":")
    words = head.split()
    if not words:
        raise UsageError(f"--schema: the field {_short(text)} has no name", _HINT)
    if len(words) > 2:
        raise UsageError(f"--schema: the field {_short(text)} has more than a name and a type", _HINT)
    kind = words[1] if len(words) == 2 else "str"
    if kind not in _TYPES:
        raise UsageError(f"--schema: the field {words[0]!r} has the unknown type {_short(kind)}", _HINT)
    field = {"type": _TYPES[kind]}
    if description.strip():
        field["description"] = description.strip()
    return words[0], field


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
