"""Owns structured answers: what `--schema` says, what is asked of the model for it, and the data in its answer."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from visionask.core.arguments import need_text
from visionask.core.errors import UsageError
from visionask.core.schema_check import checker
from visionask.core.schema_dsl import read_dsl
from visionask.core.schema_strict import drop_nulls, resolve, strict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.core.schema_check import Checker

_FENCE = re.compile(r"^[ \t]*```[ \t]*(\w*)[ \t]*\r?\n(.*?)^[ \t]*```[ \t]*\r?$", re.DOTALL | re.MULTILINE)
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
    sent = strict(given)
    return Schema(name=_name(title), given=given, sent=sent, check=checker(given))


def parse_answer(text: str, schema: Schema) -> Data | Mismatch:
    """Return the data of an answer, checked against the schema that the user gave.

    The answer is JSON, or holds exactly one fenced block, which is JSON; words around a block are passed over,
    words around bare JSON are not: what is data and what is talk would be a guess. NaN and infinities are no JSON.
    A null in an optional property is left out (strict mode cannot leave the property out).
    """
    try:
        raw = _load(_unfence(text))
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


def _unfence(text: str) -> str:
    text = text.strip("\ufeff \t\r\n")
    if text.startswith("{"):
        return text
    blocks = _FENCE.findall(text)
    if len(blocks) != 1 or blocks[0][0].lower() not in {"", "json", "jsonc", "json5"}:
        return text
    return str(blocks[0][1])


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
