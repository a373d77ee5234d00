"""Owns the check of an answer's data against the schema that the user gave.

Types, properties, lists, `enum` and `const` are checked here; a schema that says more is checked by jsonschema-rs,
an optional part, so that every schema gives the same verdict on every machine, or none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from visionask.core.errors import MissingExtra, UsageError
from visionask.core.schema_strict import type_names

Checker = Callable[[object], str | None]  # returns one line that names the path and the fault, or None

_ANNOTATIONS = frozenset({"title", "description", "default", "examples", "$schema", "$id", "$comment", "deprecated"})
_CHECKED = frozenset({"type", "properties", "required", "additionalProperties", "items", "enum", "const"})
_ARTICLES = {"integer": "an integer", "object": "an object", "array": "a list", "null": "null"}
_VALUE_CHARS = 60
_LINE_CHARS = 200


def checker(schema: Mapping[str, Any]) -> Checker:
    """Return the check for a schema. Raises UsageError if it is none, MissingExtra if jsonschema-rs is needed."""
    if _is_plain(schema):
        return lambda data: _fault(data, schema, "$")
    return _full(schema)


def _is_plain(schema: object) -> bool:
    if not isinstance(schema, Mapping) or not schema.keys() <= _CHECKED | _ANNOTATIONS:
        return False
    properties = schema.get("properties", {})
    inner = list(properties.values()) if isinstance(properties, Mapping) else []
    for name in ("items", "additionalProperties"):
        if name in schema and not isinstance(schema[name], bool):
            inner.append(schema[name])
    return all(_is_plain(node) for node in inner)


def _full(schema: Mapping[str, Any]) -> Checker:
    try:
        import jsonschema_rs
    except ImportError:
        fact = "--schema: this schema says more than types, properties, lists and `enum`, and jsonschema-rs is missing"
        raise MissingExtra(fact, 'install it: pip install "visionask[schema]"') from None
    try:
        validator = jsonschema_rs.validator_for(dict(schema), retriever=_retrieve)
    except (ValueError, TypeError) as error:
        fact = _line(str(getattr(error, "message", error)))
        raise UsageError(f"--schema: not a JSON Schema: {fact}", "see json-schema.org") from None

    def check(data: object) -> str | None:
        first = next(iter(validator.iter_errors(data)), None)
        return None if first is None else f"{_spell(first.instance_path)}: {_line(first.message)}"

    return check


def _retrieve(uri: str) -> Any:
    raise ValueError(f"{uri} is elsewhere, and schemas are not downloaded")


def _spell(path: list[str | int]) -> str:
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def _line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LINE_CHARS else flat[: _LINE_CHARS - 3] + "..."


def _fault(data: object, schema: Mapping[str, Any], path: str) -> str | None:
    kinds = type_names(schema)
    if kinds and not any(_is_a(data, name) for name in kinds):
        names = " or ".join(_ARTICLES.get(name, f"a {name}") for name in kinds)
        return f"{path}: {_show(data)} is not {names}"
    if "enum" in schema and not any(_is_same(data, value) for value in schema["enum"]):
        return f"{path}: {_show(data)} is none of {_show(schema['enum'])}"
    if "const" in schema and not _is_same(data, schema["const"]):
        return f"{path}: {_show(data)} is not {_show(schema['const'])}"
    if isinstance(data, dict):
        return _object_fault(data, schema, path)
    if isinstance(data, list) and isinstance(schema.get("items"), Mapping):
        faults = (_fault(item, schema["items"], f"{path}[{index}]") for index, item in enumerate(data))
        return next((fault for fault in faults if fault is not None), None)
    return None


def _object_fault(data: dict[str, Any], schema: Mapping[str, Any], path: str) -> str | None:
    properties = schema.get("properties", {})
    extra = schema.get("additionalProperties", True)
    for name in schema.get("required", ()):
        if name not in data:
            return f"{path}: {_show(name)} is missing"
    for name, value in data.items():
        inner = properties.get(name, extra)
        if inner is False:
            return f"{path}: {_show(name)} is not in the schema"
        fault = _fault(value, inner, f"{path}.{name}") if isinstance(inner, Mapping) else None
        if fault is not None:
            return fault
    return None


def _is_a(data: object, kind: str) -> bool:
    """Tell whether a value has a JSON type. 1.0 is an integer, as JSON Schema has it, and true is no number."""
    if isinstance(data, bool) or data is None:
        return kind == ("null" if data is None else "boolean")
    if kind == "integer":
        return isinstance(data, int) or (isinstance(data, float) and data.is_integer())
    classes: dict[str, type | tuple[type, ...]] = {"number": (int, float), "string": str, "array": list, "object": dict}
    return kind in classes and isinstance(data, classes[kind])


def _is_same(one: object, other: object) -> bool:
    """Compare as JSON does: 1 is 1.0, and true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_is_same(a, b) for a, b in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _show(data: object) -> str:
    text = json.dumps(data, ensure_ascii=False)
    return text if len(text) <= _VALUE_CHARS else text[: _VALUE_CHARS - 3] + "..."
