"""How a schema is read: the concise spelling, JSON, what strict mode makes of it, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visionask.core.errors import UsageError
from visionask.core.schema import Data, parse_answer, read_schema

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def obj(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **more}


def closed(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**obj(properties), "required": list(properties), "additionalProperties": False, **more}


@pytest.mark.parametrize(
    ("text", "properties"),
    [
        pytest.param("name, bio", {"name": STRING, "bio": STRING}, id="strings"),
        pytest.param(
            "a int,b float ,c bool, d str",
            {"a": INTEGER, "b": {"type": "number"}, "c": {"type": "boolean"}, "d": STRING},
            id="types",
        ),
        pytest.param(
            "name: the person's name, age int: their age",
            {"name": {**STRING, "description": "the person's name"}, "age": {**INTEGER, "description": "their age"}},
            id="descriptions",
        ),
        pytest.param(
            "\n  name: who\n  bio: short, no more than 3: ok\n\n",
            {"name": {**STRING, "description": "who"}, "bio": {**STRING, "description": "short, no more than 3: ok"}},
            id="lines",
        ),
        pytest.param("a, , b,", {"a": STRING, "b": STRING}, id="empty fields are passed over"),
        pytest.param("a:, b int :", {"a": STRING, "b": INTEGER}, id="empty descriptions"),
        pytest.param("größe int", {"größe": INTEGER}, id="any letters"),
        pytest.param("a, b\n", {"a": STRING, "b": STRING}, id="a newline at the end separates nothing"),
    ],
)
def test_the_concise_spelling(text: str, properties: dict[str, Any]) -> None:
    schema = read_schema(text)
    assert schema.given == obj(properties, required=list(properties))
    assert schema.sent == closed(properties)
    assert schema.name == "answer"


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("", "no field"),
        (" , ,", "no field"),
        (" : a description", "': a description' has no name"),
        ("age integer", "'age' has the unknown type 'integer'"),
        ("my name str", "'my name str' has more than a name and a type"),
        ("a, b, a int", "'a' is there twice"),
        ('{"type": "object", ', "not JSON: Expecting property name enclosed in double quotes (line 1, char 20)"),
        ("[1]", "this is a list"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"const": NaN}', "NaN is no number of JSON"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, fact: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_schema(text)
    assert fact in caught.value.message
    assert caught.value.hint
    assert "\n" not in caught.value.message


def test_a_schema_for_many_is_a_list_under_items() -> None:
    assert read_schema("name", is_multi=True).sent == closed(
        {"items": {"type": "array", "items": closed({"name": STRING})}}
    )
    root = obj({"a": {"$ref": "#/$defs/n"}}, required=["a"], **{"$defs": {"n": INTEGER}})
    many = read_schema(json.dumps(root), is_multi=True)
    assert isinstance(parse_answer('{"items": [{"a": 1}, {"a": 2}]}', many), Data)


@pytest.mark.parametrize(
    ("title", "name"),
    [("Dog", "Dog"), ("A dog, or two!", "A_dog_or_two"), ("犬", "answer"), (7, "answer"), ("x" * 70, "x" * 64)],
)
def test_the_name_is_the_title_as_far_as_it_may_be(title: object, name: str) -> None:
    assert read_schema(json.dumps({"title": title, **obj({"a": STRING})})).name == name


@pytest.mark.parametrize(
    ("optional", "sent"),
    [
        pytest.param(STRING, {"type": ["string", "null"]}, id="type"),
        pytest.param({"type": ["string", "null"]}, {"type": ["string", "null"]}, id="nullable already"),
        pytest.param({"enum": ["a"]}, {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]}, id="enum"),
        pytest.param(
            obj({"b": STRING}, required=["b"]), {**closed({"b": STRING}), "type": ["object", "null"]}, id="object"
        ),
        pytest.param({"type": "array", "items": INTEGER}, {"type": ["array", "null"], "items": INTEGER}, id="list"),
        pytest.param(
            {"anyOf": [STRING, INTEGER]}, {"anyOf": [{"anyOf": [STRING, INTEGER]}, {"type": "null"}]}, id="anyOf"
        ),
        pytest.param(
            {"oneOf": [STRING, INTEGER]}, {"anyOf": [{"anyOf": [STRING, INTEGER]}, {"type": "null"}]}, id="oneOf"
        ),
        pytest.param({"$ref": "#", "title": "x"}, {"anyOf": [{"$ref": "#"}, {"type": "null"}]}, id="reference"),
    ],
)
def test_an_optional_property_is_required_and_nullable(optional: dict[str, Any], sent: dict[str, Any]) -> None:
    schema = read_schema(json.dumps(obj({"a": optional, "z": STRING}, required=["z"])))
    assert schema.sent == closed({"a": sent, "z": STRING})
    assert parse_answer('{"z": "x"}', schema) == Data(value={"z": "x"})
    kept = {"a": None, "z": "x"}
    assert parse_answer(json.dumps(kept), schema) == Data(value={"z": "x"})


def sent(root: dict[str, Any]) -> dict[str, Any]:
    return dict(read_schema(json.dumps(root)).sent)


@pytest.mark.parametrize(
    "optional",
    [
        pytest.param({"anyOf": [STRING, {"type": "null"}]}, id="anyOf"),
        pytest.param({"type": ["string", "null"], "enum": ["a", None]}, id="enum"),
    ],
)
def test_no_null_is_added_where_there_is_one(optional: dict[str, Any]) -> None:
    assert sent(obj({"a": optional}))["properties"]["a"] == optional


@pytest.mark.parametrize(
    ("node", "kind"),
    [({"enum": ["a", "b"]}, "string"), ({"enum": [1, None]}, ["integer", "null"]), ({"const": True}, "boolean")],
)
def test_values_without_a_type_tell_theirs(node: dict[str, Any], kind: object) -> None:
    assert sent(obj({"a": node}, required=["a"]))["properties"]["a"] == {**node, "type": kind}


def test_definitions_of_older_drafts_are_sent_as_those_of_today() -> None:
    root = obj({"a": {"$ref": "#/definitions/size"}}, required=["a"], definitions={"size": INTEGER})
    assert sent(root) == closed({"a": {"$ref": "#/$defs/size"}}, **{"$defs": {"size": INTEGER}})


def test_a_recursive_class_has_its_root_written_out() -> None:
    """As pydantic writes `class Node: name: str; parts: list[Node]`."""
    part = {"type": "array", "items": {"$ref": "#/$defs/Node"}}
    node = obj({"name": STRING, "parts": part}, required=["name", "parts"])
    closed_node = closed({"name": STRING, "parts": part})
    assert sent({"$defs": {"Node": node}, "$ref": "#/$defs/Node"}) == {**closed_node, "$defs": {"Node": closed_node}}


@pytest.mark.parametrize("named", [{"$ref": "#/$defs/size"}, {"allOf": [{"$ref": "#/$defs/size"}]}])
def test_words_beside_a_reference_are_kept(named: dict[str, Any]) -> None:
    root = obj({"a": {**named, "description": "in px"}}, required=["a"], **{"$defs": {"size": INTEGER}})
    assert sent(root)["properties"]["a"] == {**INTEGER, "description": "in px"}


def test_the_null_of_a_required_property_stays() -> None:
    inner = obj({"n": {"type": ["integer", "null"]}, "m": INTEGER}, required=["n"])
    schema = read_schema(json.dumps(obj({"rows": {"type": "array", "items": inner}}, required=["rows"])))
    answer = '{"rows": [{"n": null, "m": null}, {"n": 1, "m": 2}]}'
    assert parse_answer(answer, schema) == Data(value={"rows": [{"n": None}, {"n": 1, "m": 2}]})


def test_limits_that_strict_mode_lacks_are_told_in_words() -> None:
    node = {"type": "string", "minLength": 2, "format": "color", "description": "A name", "default": "x", "x-y": 1}
    more = {"n": {"type": "number", "minimum": 1}, "d": {"type": "string", "format": "date"}}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.org/x"}
    schema = read_schema(json.dumps(head | obj({"s": node, **more}, required=["s", "n", "d"])))
    told = {"type": "string", "description": 'A name (format: "color", minLength: 2)'}
    assert schema.sent == closed({"s": told, **more})


@pytest.mark.parametrize(
    ("root", "fact"),
    [
        pytest.param(STRING, "the root of the schema is not a plain object", id="root"),
        pytest.param({"anyOf": [obj({"a": STRING})]}, "is not a plain object", id="root anyOf"),
        pytest.param(
            obj({"a": {"allOf": [STRING, {"minLength": 1}]}}),
            "$.properties.a: strict mode does not take `allOf`",
            id="allOf",
        ),
        pytest.param(obj({"a": {"not": STRING}}), "$.properties.a: strict mode does not take `not`", id="not"),
        pytest.param(obj({"a": STRING}, **{"if": {}}), "$: strict mode does not take `if`", id="if"),
        pytest.param(
            obj({"m": {"type": "object"}}), "$.properties.m: strict mode takes no object with free keys", id="free"
        ),
        pytest.param(obj({"a": STRING}, additionalProperties=STRING), "free keys", id="map"),
        pytest.param(obj({"a": {}}), "$.properties.a says no `type`", id="anything"),
        pytest.param(obj({"a": True}), "$.properties.a is not an object", id="true"),
        pytest.param(obj({"a": {"type": "text"}}), '$.properties.a "text" is no JSON type', id="type"),
        pytest.param(obj({"a": {"type": [{}]}}), "{} is no JSON type", id="type of types"),
        pytest.param(obj({"a": {"type": "array"}}), "$.properties.a is a list that does not say", id="items"),
        pytest.param(obj({"a": {"enum": []}}), "`enum` is not a list of values", id="enum"),
        pytest.param(obj({"a": {"anyOf": 3}}), "`anyOf` is not a list", id="anyOf"),
        pytest.param(obj({"a": STRING}, required="a"), "`required` is not a list of names", id="required"),
        pytest.param(obj({"a": STRING}, required=["b"]), '`required` names "b"', id="required, unknown"),
        pytest.param(obj([]), "`properties` is not an object", id="properties"),
        pytest.param(obj({"a": {"$ref": "http://127.0.0.1:9/x"}}), "`$ref` leads out of the schema", id="elsewhere"),
        pytest.param(
            obj({"a": {"$ref": "#/$defs/no"}}), "not a JSON Schema: Pointer '/$defs/no' does not exist", id="nowhere"
        ),
        pytest.param(
            obj({"a": {"type": "string", "pattern": "("}}), 'not a JSON Schema: "(" is not a "regex"', id="regex"
        ),
        pytest.param(obj({"a": {"type": "string", "format": []}}), "not a JSON Schema", id="format"),
    ],
)
def test_a_schema_that_cannot_be_sent_is_refused_before(root: dict[str, Any], fact: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_schema(json.dumps(root))
    assert fact in caught.value.message
    assert "\n" not in caught.value.message


NAMES = st.sampled_from("abc")
LEAVES = st.sampled_from([STRING, INTEGER, {"enum": ["x", None]}, {"type": ["boolean", "null"]}, {"type": "null"}])


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    fields = st.dictionaries(NAMES, inner, min_size=1)
    return st.builds(
        lambda properties, optional: obj(properties, required=[name for name in properties if name not in optional]),
        fields,
        st.sets(NAMES),
    )


TREES = st.recursive(LEAVES, lambda inner: objects(inner) | inner.map(lambda node: {"type": "array", "items": node}))


def values(node: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that match a schema in strict mode, as a server that enforces it would make them."""
    if "anyOf" in node:
        return st.one_of([values(inner) for inner in node["anyOf"]])
    if "enum" in node:
        return st.sampled_from(node["enum"])
    made = {"string": st.text(), "integer": st.integers(), "boolean": st.booleans(), "null": st.none()}
    if "items" in node:
        made["array"] = st.lists(values(node["items"]), max_size=2)
    if "properties" in node:
        made["object"] = st.fixed_dictionaries({name: values(inner) for name, inner in node["properties"].items()})
    kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
    return st.one_of([made[kind] for kind in kinds])


@settings(deadline=None, database=None, max_examples=150)
@given(st.data(), objects(TREES))
def test_what_strict_mode_enforces_matches_what_the_user_gave(data: st.DataObject, root: dict[str, Any]) -> None:
    schema = read_schema(json.dumps(root))
    value = data.draw(values(dict(schema.sent)))
    assert jsonschema_rs.is_valid(schema.sent, value)
    found = parse_answer(json.dumps(value), schema)
    assert isinstance(found, Data)
    assert jsonschema_rs.is_valid(root, found.value)


@settings(deadline=None, database=None, max_examples=150)
@given(
    objects(TREES),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.sampled_from("xy") | st.floats(-2, 2),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner),
    ),
)
def test_our_check_agrees_with_jsonschema_rs(root: dict[str, Any], value: Any) -> None:
    assert (read_schema(json.dumps(root)).check(value) is None) == jsonschema_rs.is_valid(root, value)


def test_only_a_schema_that_says_more_needs_the_extra() -> None:
    code = """
import sys
sys.modules["jsonschema_rs"] = None
from visionask.core.errors import MissingExtra
from visionask.core.schema import read_schema
read_schema("name, age int")
read_schema('{"type": "object", "properties": {"a": {"type": "string"}}}')
try:
    read_schema('{"type": "object", "properties": {"a": {"type": "string", "minLength": 1}}}')
except MissingExtra as error:
    print(error.hint)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == 'install it: pip install "visionask[schema]"\n'


@pytest.mark.parametrize("text", ["caf\udce9, b", '{"type": "object", "properties": {"a": {"const": "\\ud83d"}}}'])
def test_what_utf_8_cannot_say_is_refused_before_it_is_sent(text: str) -> None:
    with pytest.raises(UsageError, match="--schema is not UTF-8 text"):
        read_schema(text)
