"""Structured answers: what `--schema` says, what is asked of the model for it, and the data in its answer.

The concise spelling of a schema, `name, age int, bio: one sentence`: read into a JSON Schema.

Source: https://llm.datasette.io/en/stable/schemas.html#concise-llm-schema-syntax (checked 2026-11-22).

The check of an answer's data against the schema that the user gave.

Types, properties, lists, `enum` and `const` are checked here; a schema that says more is checked by jsonschema-rs,
an optional part, so that every schema gives the same verdict on every machine, or none.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any

from visionask.core.arguments import need_text
from visionask.core.dataclass import dataclass
from visionask.core.errors import MissingExtra, UsageError
from visionask.core.schema_strict import complete, drop_nulls, resolve, strict, type_names
from visionask.core.suggest import did_you_mean
from visionask.core.thoughts import without_thoughts

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
        raise UsageError("--schema: it names no field", _HINT)
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
        hint = did_you_mean(kind, _TYPES, otherwise=_HINT)
        raise UsageError(f"--schema: the field {words[0]!r} has the unknown type {_short(kind)}", hint)
    field = {"type": _TYPES[kind]}
    if description.strip():
        field["description"] = description.strip()
    return words[0], field


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


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
        validator = jsonschema_rs.validator_for(dict(schema), retriever=_retrieve, validate_formats=True)
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
    """Return whether a value has a JSON type. 1.0 is an integer, as JSON Schema has it, and true is no number."""
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


_NAME_CHARS = 64  # of the name in a response format: a-z, A-Z, 0-9, _ and - (the openai SDK's docstring, 3.54)


_QUOTED_CHARS = 4000  # of a bad answer, in the question that asks for a better one


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A schema as the user gave it, and as strict mode takes it. `multi` schemas hold a list under `items`."""

    name: str
    given: Mapping[str, Any]
    sent: Mapping[str, Any]
    check: Checker = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """An answer's data, which match the schema."""

    value: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Why an answer holds no data that match: one line, with the path where there is one."""

    message: str
    is_json: bool = field(default=True, compare=False)  # False: words, from a model that was not held to the schema


def read_schema(text: str, *, is_multi: bool = False) -> Schema:
    """Read a JSON Schema (text that begins with `{`) or the concise spelling, `name, age int, bio: a description`.

    `is_multi` asks for any number of such objects, as a list under `items`.
    Raises UsageError, which says what and where; MissingExtra if only jsonschema-rs can check such a schema.
    """
    given = _read_json(text) if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")) else read_dsl(text)
    need_text(json.dumps(given, ensure_ascii=False), "--schema")
    title = given.get("title")
    if is_multi:
        given = _multiply(given)
    given = complete(given)
    sent = strict(given)
    return Schema(name=_name(title), given=given, sent=sent, check=checker(given))


def parse_answer(text: str, schema: Schema) -> Data | Mismatch:
    """Return the data of an answer, checked against the schema that the user gave.

    A leading block of thoughts is passed over. What is left is JSON, or words with one JSON object among them, fenced
    or not; the same object twice is one. Two that differ and both match are no answer. NaN and infinities are no JSON.
    A null in an optional property is left out (strict mode cannot leave the property out).
    """
    text = (without_thoughts(text) or text).strip("\ufeff \t\r\n")
    whole = _read_data(text, schema)
    if isinstance(whole, Data) or whole.is_json or text.startswith("<think>"):  # thoughts without an end: cut
        return whole
    found: list[Data] = []
    for piece in _objects(text):
        data = _read_data(piece, schema)
        if isinstance(data, Data) and data not in found:
            found.append(data)
    if len(found) > 1:
        return Mismatch(message=f"the answer holds {len(found)} different objects that match the schema")
    return found[0] if found else whole


def _objects(text: str) -> Iterator[str]:
    """Yield each JSON object among words; nothing within one that is cut."""
    start = text.find("{")
    while start >= 0:
        try:
            _, end = json.JSONDecoder().raw_decode(text, start)
        except json.JSONDecodeError as error:
            if error.pos >= len(text):
                return
            start = text.find("{", max(error.pos, start + 1))
        except (ValueError, RecursionError):
            return
        else:
            yield text[start:end]
            start = text.find("{", end)


def _read_data(text: str, schema: Schema) -> Data | Mismatch:
    try:
        raw = _load(text)
        json.dumps(raw, ensure_ascii=False).encode()
        data = drop_nulls(raw, schema.given)
        fault = schema.check(data)
    except json.JSONDecodeError as error:
        what = "is empty" if not text.strip() else f"is not JSON: {error.msg} (line {error.lineno}, char {error.colno})"
        return Mismatch(message=f"the answer {what}", is_json=False)
    except UnicodeEncodeError:
        return Mismatch(message="the answer is not JSON: it holds half a character (a lone surrogate)")
    except RecursionError:
        return Mismatch(message="the answer is not usable: its JSON is nested too deeply")
    except ValueError as error:
        return Mismatch(message=f"the answer is not JSON: {error}")
    if fault is not None:
        return Mismatch(message=f"the answer does not match the schema: {fault}")
    return Data(value=data)


def instruction(sent: Mapping[str, Any]) -> str:
    """Return the words that ask for what a response format would enforce, for a server that takes none."""
    text = json.dumps(sent, ensure_ascii=False, separators=(",", ":"))
    return f"Answer with one JSON object only, without any other text. It has to match this JSON Schema: {text}"


def repair_prompt(text: str, error: str, *, schema: Schema) -> str:
    """Return what to add to the question for one more try: the fault, the schema, and the answer that had it."""
    quoted = text if len(text) <= _QUOTED_CHARS else text[:_QUOTED_CHARS] + " [cut]"
    return f"Your last answer was refused: {error}\n{instruction(schema.sent)}\nYour last answer was:\n{quoted}"


def columns(schema: Schema) -> list[str]:
    """Return the columns of a table of such data: one for each property, `a.b` for those of an object in an object."""
    return [".".join(path) for path in _paths(schema)]


def cells(data: Mapping[str, Any], schema: Schema) -> list[str]:
    """Return the data as text, in the order of `columns`; each value as `spell` gives it."""
    return [spell(value) for value in values(data, schema)]


def values(data: Mapping[str, Any], schema: Schema) -> list[Any]:
    """Return the data in the order of `columns`; None for what is missing."""
    row = []
    for path in _paths(schema):
        value: Any = data
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        row.append(value)
    return row


def spell(value: Any) -> str:
    """Return a value as people read it.

    Null is empty, a list of plain values is joined with "; ", anything deeper is JSON.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and not any(isinstance(item, (list, dict)) for item in value):
        return "; ".join(spell(item) for item in value)
    return json.dumps(value, ensure_ascii=False)


def _read_json(text: str) -> dict[str, Any]:
    try:
        raw = _load(text.lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        fact = f"{error.msg} (line {error.lineno}, char {error.colno})"
        raise UsageError(f"--schema: not JSON: {fact}", "check it with a JSON formatter") from None
    except (ValueError, RecursionError) as error:
        fact = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise UsageError(f"--schema: not usable JSON: {fact}", "check it with a JSON formatter") from None
    if not isinstance(raw, dict):
        raise UsageError("--schema: a JSON Schema is an object, and this is a list", 'begin with {"type": "object"')
    return raw


def _load(text: str) -> Any:
    return json.loads(text, parse_constant=_no_number, parse_float=_float)


def _float(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _no_number(text)


def _no_number(text: str) -> float:
    raise ValueError(f"{text[:40]} is no number of JSON")


def _multiply(given: dict[str, Any]) -> dict[str, Any]:
    """Put the schema under `items`. Definitions move to the root, where references look for them."""
    inner = {name: value for name, value in given.items() if name not in {"$defs", "definitions", "$schema"}}
    moved = {name: value for name, value in given.items() if name in {"$defs", "definitions", "$schema"}}
    items = {"type": "array", "items": inner}
    return {"type": "object", "properties": {"items": items}, "required": ["items"], **moved}


def _name(title: object) -> str:
    words = re.sub(r"[^A-Za-z0-9_-]+", "_", title).strip("_") if isinstance(title, str) else ""
    return words[:_NAME_CHARS] or "answer"


def _paths(schema: Schema) -> list[tuple[str, ...]]:
    paths: list[tuple[str, ...]] = []
    for name, node in schema.given.get("properties", {}).items():
        objects = [found for found in resolve(node, schema.given) if found.get("properties")]
        inner = objects[0]["properties"] if len(objects) == 1 else ()
        paths += [(name, key) for key in inner] or [(name,)]
    return paths
