"""The dialect of JSON Schema that strict mode takes: a user's schema turned into it, and an answer turned back.

Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas (as described by
https://jsonschemaprofiles.unitvectorylabs.com/schemas/openai, checked 2026-11-22): the root is an object; every
object has `additionalProperties: false` and requires all its properties; `allOf`, `not`, `if`, `then`, `else`,
`dependentRequired` and `dependentSchemas` are not supported.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from visionask.core.errors import UsageError

_TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
_REFUSED = (
    *("allOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas"),
    *("patternProperties", "prefixItems", "$dynamicRef"),
)
_NUMBERS = frozenset({"multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_KEPT = frozenset({"title", "description", "enum", "const", "pattern", "minItems", "maxItems", *_NUMBERS})
_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
# not taken, but the answer is checked for them here: the model is told in words
_TOLD = ("format", "minLength", "maxLength", "uniqueItems", "minProperties", "maxProperties")
_BESIDE = frozenset({"title", "description", "default", "examples", "deprecated"})  # words beside a reference
_HINT = "leave it out, or write it in words in a `description`"

Node = dict[str, Any]


def complete(schema: Mapping[str, Any]) -> Node:
    """Return the schema with all that it implies written out: what is sent and what an answer is checked against.

    A node gets the type that its keywords imply; a `$ref` at the root, or with words beside it, is replaced by what it
    names; an `allOf` of one is that one; the `definitions` of older drafts stand under `$defs`. Raises UsageError.
    """
    try:
        root = _merged(schema, schema, frozenset())
        whole: Node = _completed(root, root)
    except RecursionError:
        raise UsageError("--schema: the schema is nested too deeply", "nest fewer objects in one another") from None
    return whole


def _merged(node: Mapping[str, Any], root: Mapping[str, Any], seen: frozenset[str]) -> Node:
    """Return a node with what its reference or its one `allOf` names beside its own keywords, which win."""
    several = node.get("allOf")
    reference = node.get("$ref")
    if isinstance(several, list) and len(several) == 1 and isinstance(several[0], Mapping):
        named, own = several[0], {name: value for name, value in node.items() if name != "allOf"}
    elif isinstance(reference, str) and reference.startswith("#/") and reference not in seen:
        named, own = _target(reference, root), {name: value for name, value in node.items() if name != "$ref"}
        seen |= {reference}
        if not named:
            return dict(node)  # it leads nowhere: told by the check of the schema
    else:
        return dict(node)
    return _merged({**named, **own}, root, seen)


def _completed(node: Any, root: Mapping[str, Any]) -> Any:
    if not isinstance(node, Mapping):
        return node
    if "allOf" in node or ("$ref" in node and node.keys() & _BESIDE):
        node = _merged(node, root, frozenset())
    whole = {name: _inner(name, value, root) for name, value in node.items() if name != "definitions"}
    if isinstance(node.get("definitions"), Mapping):
        whole["$defs"] = {**_inner("$defs", node["definitions"], root), **whole.get("$defs", {})}
    elif "definitions" in node:
        whole["definitions"] = node["definitions"]
    if "type" not in whole and (kind := _implied_type(whole)):
        whole["type"] = kind
    return whole


def _inner(name: str, value: Any, root: Mapping[str, Any]) -> Any:
    if name in {"properties", "$defs"} and isinstance(value, Mapping):
        return {key: _completed(inner, root) for key, inner in value.items()}
    if name in {"anyOf", "oneOf"} and isinstance(value, list):
        return [_completed(inner, root) for inner in value]
    if name in {"items", "additionalProperties"}:
        return _completed(value, root)
    if name == "$ref" and isinstance(value, str):
        return re.sub("^#/definitions/", "#/$defs/", value)
    return value


def _implied_type(node: Mapping[str, Any]) -> str | list[str] | None:
    """Return the type that a node's keywords imply; None where there is none, or alternatives of their own."""
    if node.keys() & {"$ref", "anyOf", "oneOf"}:
        return None
    if node.keys() & {"properties", "required", "additionalProperties"}:
        return "object"
    if "items" in node:
        return "array"
    values = node["enum"] if isinstance(node.get("enum"), list) else [node["const"]] if "const" in node else []
    kinds = list(dict.fromkeys(_type_of(value) for value in values))
    return kinds[0] if len(kinds) == 1 else kinds or None


def _type_of(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    names: dict[type, str] = {int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")


def strict(schema: Mapping[str, Any]) -> Node:
    """Return the schema for strict mode, made from one that is complete.

    An optional property becomes required and nullable (`drop_nulls` undoes that in the answer), `oneOf` becomes
    `anyOf`, and limits that strict mode lacks, such as `minLength`, move into the description. What would change
    the meaning is refused: raises UsageError, which names the place.
    """
    try:
        sent = _node(schema, "$")
    except RecursionError:
        raise UsageError("--schema: the schema is nested too deeply", "nest fewer objects in one another") from None
    if sent.get("type") != "object" or "anyOf" in sent:
        hint = 'put it into an object: {"type": "object", "properties": {"items": ...}}'
        raise UsageError("--schema: the root of the schema is not a plain object", hint)
    return sent


def drop_nulls(data: Any, schema: Mapping[str, Any]) -> Any:
    """Return the data without the nulls of optional properties: strict mode has no other way to leave one out."""
    return _drop(data, [schema], schema)


def type_names(schema: Mapping[str, Any]) -> list[str]:
    """Return the types that a schema allows; none where it does not say."""
    kind = schema.get("type", [])
    return kind if isinstance(kind, list) else [kind]


def resolve(schema: Mapping[str, Any], root: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the schemas that a value may match: references followed, alternatives side by side."""
    found: list[Mapping[str, Any]] = []
    left, seen = [schema], set[int]()
    while left:
        node = left.pop()
        if id(node) in seen or not isinstance(node, Mapping):
            continue
        seen.add(id(node))
        if "$ref" in node:
            left.append(_target(node["$ref"], root))
        left.extend([*node.get("anyOf", ()), *node.get("oneOf", ())])
        found.append(node)
    return found


def _drop(data: Any, schemas: list[Mapping[str, Any]], root: Mapping[str, Any]) -> Any:
    nodes = [node for schema in schemas for node in resolve(schema, root)]
    if not nodes:
        return data
    if isinstance(data, list):
        inner = [node["items"] for node in nodes if isinstance(node.get("items"), Mapping)]
        return [_drop(item, inner, root) for item in data]
    if not isinstance(data, dict):
        return data
    required = {name for node in nodes for name in node.get("required", ())}
    kept: Node = {}
    for name, value in data.items():
        inner = [node["properties"][name] for node in nodes if name in node.get("properties", {})]
        if value is not None or name in required or not inner:
            kept[name] = _drop(value, inner, root)
    return kept


def _target(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    node: Any = root
    for part in reference.removeprefix("#").split("/")[1:]:
        node = node.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(node, Mapping) else None
    return node if isinstance(node, Mapping) else {}


def _node(node: object, path: str) -> Node:
    if not isinstance(node, Mapping):
        raise _wrong(path, "is not an object")
    for name in _REFUSED:
        if name in node:
            raise UsageError(f"--schema: {path}: strict mode does not take `{name}`", _HINT)
    if "$ref" in node:
        sent = _reference(node, path)
    else:
        sent = {name: value for name, value in node.items() if name in _KEPT}
        _add_words(sent, node)
        _add_type(sent, node, path)
        _add_inner(sent, node, path)
    for name in ("$defs", "definitions"):
        if name in node:
            sent[name] = {key: _node(inner, f"{path}.{name}.{key}") for key, inner in _object(node, name, path).items()}
    return sent


def _reference(node: Mapping[str, Any], path: str) -> Node:
    reference = node["$ref"]
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        raise UsageError(f"--schema: {path}: `$ref` leads out of the schema", "put what it names under `$defs`")
    return {"$ref": reference}  # strict mode takes no keyword beside it


def _add_words(sent: Node, node: Mapping[str, Any]) -> None:
    if isinstance(node.get("format"), str) and node["format"] in _FORMATS:
        sent["format"] = node["format"]
    told = [f"{name}: {json.dumps(node[name])}" for name in _TOLD if name in node and name not in sent]
    if told:
        sent["description"] = f"{sent.get('description', '')} ({', '.join(told)})".strip()


def _add_type(sent: Node, node: Mapping[str, Any], path: str) -> None:
    if "enum" in node and not (isinstance(node["enum"], list) and node["enum"]):
        raise _wrong(path, "`enum` is not a list of values")
    implied = "object" if "properties" in node else "array" if "items" in node else None
    kind = node.get("type", implied)
    if not kind:
        if not any(name in node for name in ("enum", "const", "anyOf", "oneOf")):
            raise _wrong(path, "says no `type`")
        return
    for name in kind if isinstance(kind, list) else [kind]:
        if not isinstance(name, str) or name not in _TYPES:
            raise _wrong(path, f"{json.dumps(name)[:40]} is no JSON type")
    sent["type"] = kind


def _add_inner(sent: Node, node: Mapping[str, Any], path: str) -> None:
    kinds = type_names(sent)
    if "object" in kinds:
        _add_properties(sent, node, path)
    if "array" in kinds:
        if "items" not in node:
            raise _wrong(path, "is a list that does not say what its `items` are")
        sent["items"] = _node(node["items"], f"{path}.items")
    branches: list[Node] = []
    for name in ("anyOf", "oneOf"):
        if name in node:
            if not isinstance(node[name], list) or not node[name]:
                raise _wrong(path, f"`{name}` is not a list of schemas")
            branches += [_node(inner, f"{path}.{name}[{index}]") for index, inner in enumerate(node[name])]
    if "anyOf" in node and "oneOf" in node:
        raise UsageError(f"--schema: {path}: strict mode does not take `anyOf` and `oneOf` together", _HINT)
    if branches:
        sent["anyOf"] = branches


def _add_properties(sent: Node, node: Mapping[str, Any], path: str) -> None:
    properties = _object(node, "properties", path)
    if not properties or isinstance(node.get("additionalProperties"), Mapping):
        hint = "name its `properties`, or make it a list of objects with a key and a value"
        raise UsageError(f"--schema: {path}: strict mode takes no object with free keys", hint)
    required = node.get("required", [])
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        raise _wrong(path, "`required` is not a list of names")
    for name in required:
        if name not in properties:
            raise _wrong(path, f"`required` names {json.dumps(name)[:40]}, which `properties` lacks")
    inner = {name: _node(value, f"{path}.properties.{name}") for name, value in properties.items()}
    sent["properties"] = {name: value if name in required else _nullable(value) for name, value in inner.items()}
    sent["required"] = list(properties)
    sent["additionalProperties"] = False


def _nullable(sent: Node) -> Node:
    if _takes_null(sent):
        return sent
    kinds = type_names(sent)
    if not kinds or "enum" in sent or "const" in sent or "anyOf" in sent:
        return {"anyOf": [sent, {"type": "null"}]}
    return {**sent, "type": [*kinds, "null"]}


def _takes_null(sent: Node) -> bool:
    if "enum" in sent and None not in sent["enum"]:
        return False
    if "const" in sent:
        return sent["const"] is None
    kinds = type_names(sent)
    if "anyOf" in sent:
        return any(_takes_null(branch) for branch in sent["anyOf"]) and (not kinds or "null" in kinds)
    return "null" in kinds


def _object(node: Mapping[str, Any], name: str, path: str) -> Mapping[str, Any]:
    value = node.get(name, {})
    if not isinstance(value, Mapping):
        raise _wrong(path, f"`{name}` is not an object")
    return value


def _wrong(path: str, fact: str) -> UsageError:
    return UsageError(f"--schema: {path} {fact}", "see json-schema.org, or write fields as `name, age int`")
