"""What an answer to `--schema` yields: its data, or the one line that says why there are none; and its table."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visionask.core.schema import Data, Mismatch, cells, columns, instruction, parse_answer, read_schema, repair_prompt

PERSON = read_schema("name, age int")
GOOD = '{"name": "Ann", "age": 4}'
VALUE = {"name": "Ann", "age": 4}
NESTED = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "box": {
            "type": "object",
            "properties": {"w": {"type": "integer"}, "h": {"type": "integer"}},
            "required": ["w"],
        },
        "tags": {"type": "array", "items": {"type": "string"}},
        "rows": {
            "type": "array",
            "items": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
        },
    },
    "required": ["title", "box", "rows"],
}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(GOOD, id="bare"),
        pytest.param(f"\ufeff\n {GOOD}\r\n", id="spaces and a byte order mark"),
        pytest.param(f"```json\n{GOOD}\n```", id="fence"),
        pytest.param(f"```\n{GOOD}\n```\n", id="fence without a language"),
        pytest.param(f"```JSON\r\n{GOOD}\r\n```\r\n", id="fence with CRLF"),
        pytest.param(f"Here it is:\n\n```json\n{GOOD}\n```\nAnything else?", id="words around a fence"),
        pytest.param(f"Sure: {GOOD}", id="words before"),
        pytest.param(f"{GOOD} Done.", id="words after"),
        pytest.param(f"Of the form {{name, age}}: {GOOD}", id="braces in the words"),
        pytest.param(f"```json\n{GOOD}\n```\n```json\n{GOOD}\n```", id="the same twice"),
        pytest.param(f"{GOOD}\n{GOOD}", id="the same twice, bare"),
        pytest.param(f"```python\n{GOOD}\n```", id="another language"),
        pytest.param(f'<think>Is it {{"name": "Bob", "age": 1}}?</think>\n\n{GOOD}', id="thoughts"),
        pytest.param(f"The form says Ann.\n</think>\n{GOOD}", id="thoughts that the prompt opened"),
        pytest.param(f"1. So:\n   ```json\n   {GOOD}\n   ```", id="indented fence"),
    ],
)
def test_an_answer_is_read(text: str) -> None:
    assert parse_answer(text, PERSON) == Data(value=VALUE)


def test_a_fence_within_a_value_is_text() -> None:
    value = {"name": "```json\n{}\n```", "age": 1}
    assert parse_answer(json.dumps(value), PERSON) == Data(value=value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(" \n", "the answer is empty", id="empty"),
        pytest.param("It is red.", "is not JSON", id="words"),
        pytest.param(
            f"{GOOD} or {GOOD.replace('4', '5')}", "holds 2 different objects that match", id="two that differ"
        ),
        pytest.param('{"of": {"name": "Ann", "age": 4}', "is not JSON", id="whole only within what is cut"),
        pytest.param(f"<think>{GOOD}", "is not JSON", id="thoughts without an end"),
        pytest.param('{"name": "Ann", "ag', "is not JSON", id="cut"),
        pytest.param('{"name": "Ann", "age": NaN}', "NaN is no number of JSON", id="NaN"),
        pytest.param('{"name": "Ann", "age": 1e999}', "1e999 is no number of JSON", id="infinite"),
        pytest.param('{"name": "\\ud800", "age": 1}', "half a character", id="lone surrogate"),
        pytest.param("[" * 200_000, "nested too deeply", id="deep"),
        pytest.param('{"name": "Ann", "age": ' + "9" * 5000 + "}", "is not JSON", id="endless number"),
        pytest.param("[]", "schema: $: [] is not an object", id="list"),
        pytest.param("null", "schema: $: null is not an object", id="null"),
        pytest.param('{"name": "Ann"}', 'schema: $: "age" is missing', id="missing"),
        pytest.param('{"name": null, "age": 1}', "schema: $.name: null is not a string", id="null in a required one"),
        pytest.param('{"name": "Ann", "age": "4"}', 'schema: $.age: "4" is not an integer', id="type"),
        pytest.param('{"name": "Ann", "age": true}', "schema: $.age: true is not an integer", id="true is no 1"),
        pytest.param('{"name": "Ann", "age": 4.5}', "schema: $.age: 4.5 is not an integer", id="fraction"),
    ],
)
def test_what_does_not_match_is_told_in_one_line(text: str, message: str) -> None:
    found = parse_answer(text, PERSON)
    assert isinstance(found, Mismatch)
    assert message in found.message
    assert "\n" not in found.message
    assert len(found.message) < 300


def test_a_path_leads_into_lists_and_objects() -> None:
    answer = '{"title": "t", "box": {"w": 1}, "rows": [{"n": 1}, {"n": "x"}]}'
    found = parse_answer(answer, read_schema(json.dumps(NESTED)))
    assert found == Mismatch(message='the answer does not match the schema: $.rows[1].n: "x" is not an integer')


@pytest.mark.parametrize(
    ("node", "good", "bad"),
    [
        ({"enum": ["red", 1]}, ["red", 1, 1.0], ["blue", True, None]),
        ({"const": 0}, [0, 0.0], [False, "0"]),
        ({"type": ["string", "null"]}, ["a", None], [1]),
        ({"type": "number"}, [1, 1.5], [True, "1"]),
        ({"type": "integer"}, [3, 3.0, 10**400], [3.5]),
        ({"type": "array", "items": {"type": "boolean"}}, [[], [True]], [[1], True]),
        # below: what only jsonschema-rs knows
        ({"type": "integer", "minimum": 3}, [3], [2]),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, [1, None], ["x"]),
        ({"type": "string", "maxLength": 2}, ["ab"], ["abc"]),
        ({"$ref": "#/$defs/size"}, [1], ["x"]),
    ],
)
def test_values_are_checked(node: dict[str, object], good: list[object], bad: list[object]) -> None:
    root = {"type": "object", "properties": {"v": node}, "required": ["v"], "$defs": {"size": {"type": "integer"}}}
    if "$ref" not in node:
        del root["$defs"]
    schema = read_schema(json.dumps(root))
    for value in good:
        assert isinstance(parse_answer(json.dumps({"v": value}), schema), Data)
    for value in bad:
        found = parse_answer(json.dumps({"v": value}), schema)
        assert isinstance(found, Mismatch)
        assert "schema: $.v" in found.message


@pytest.mark.parametrize(
    ("root", "bad", "place"),
    [
        ({"properties": {"a": {"type": "string"}}}, "[]", "$: "),
        ({"properties": {"a": {"type": "string"}}, "required": ["a"]}, '"a"', "$: "),
        ({"properties": {"a": {"properties": {"b": {"type": "string"}}}}, "required": ["a"]}, '{"a": 3}', "$.a: "),
        ({"properties": {"a": {"items": {"type": "string"}}}, "required": ["a"]}, '{"a": "x"}', "$.a: "),
    ],
    ids=["properties", "required", "nested", "items"],
)
def test_a_type_that_is_only_implied_is_checked(root: dict[str, object], bad: str, place: str) -> None:
    found = parse_answer(bad, read_schema(json.dumps(root)))
    assert isinstance(found, Mismatch)
    assert f"schema: {place}" in found.message


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", "2026-11-28", "yesterday"),
        ("email", "ann@example.com", ": "),
        ("uri", "https://example.com/a", "example"),
        ("uuid", "12345678-1234-5678-1234-567812345678", "1"),
    ],
)
def test_a_format_is_checked(name: str, good: str, bad: str) -> None:
    root = {"type": "object", "properties": {"v": {"type": "string", "format": name}}, "required": ["v"]}
    schema = read_schema(json.dumps(root))
    assert isinstance(parse_answer(json.dumps({"v": good}), schema), Data)
    assert isinstance(parse_answer(json.dumps({"v": bad}), schema), Mismatch)


def test_a_property_too_many_is_refused_where_the_schema_says_so() -> None:
    given_schema = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
    found = parse_answer('{"a": "x", "b": 1}', read_schema(json.dumps(given_schema)))
    assert found == Mismatch(message='the answer does not match the schema: $: "b" is not in the schema')


@settings(deadline=None, database=None)
@given(st.text() | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_any_text_is_data_or_a_mismatch(text: str) -> None:
    found = parse_answer(text, PERSON)
    assert isinstance(found, Mismatch)
    assert "\n" not in found.message


def test_the_table_is_flat_to_one_level() -> None:
    schema = read_schema(json.dumps(NESTED))
    data = {"title": "a, b", "box": {"w": 1, "h": 2.5}, "tags": ["x", "y", True, 1], "rows": [{"n": 1}]}
    assert columns(schema) == ["title", "box.w", "box.h", "tags", "rows"]
    assert cells(data, schema) == ["a, b", "1", "2.5", "x; y; true; 1", '[{"n": 1}]']
    assert cells({"title": "ü", "box": None, "tags": [], "rows": []}, schema) == ["ü", "", "", "", ""]


def test_a_reference_to_an_object_is_flattened_too() -> None:
    root = {
        "type": "object",
        "properties": {"at": {"anyOf": [{"$ref": "#/$defs/point"}, {"type": "null"}]}},
        "$defs": {"point": {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}}},
    }
    assert columns(read_schema(json.dumps(root))) == ["at.x", "at.y"]


def test_the_repair_tells_the_fault_the_schema_and_the_answer() -> None:
    text = repair_prompt("It is red.", "the answer is not JSON", schema=PERSON)
    assert "the answer is not JSON" in text
    assert instruction(PERSON.sent) in text
    assert text.endswith("It is red.")
    assert json.dumps(PERSON.sent, separators=(",", ":")) in text
    assert len(repair_prompt("x" * 10**6, "e", schema=PERSON)) < 6000
