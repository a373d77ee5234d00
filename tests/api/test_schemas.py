"""A schema's way over the wire: as a response format, and in words to a server that takes none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.conftest import request
from visionask.api.chat import body
from visionask.api.client import Repairs
from visionask.api.refusals import read_refusal
from visionask.core.errors import BadRequest
from visionask.core.schema import read_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Sender

SENT = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}


def sent(line: Sender) -> list[dict[str, Any]]:
    return [entry["body"] for entry in line.journal]


def test_a_schema_is_sent_as_a_strict_response_format(sender: Callable[..., Sender]) -> None:
    schema = read_schema("a int")
    line = sender("ok")
    line.send(schema=schema.sent, schema_name="thing")
    wanted = {"type": "json_schema", "json_schema": {"name": "thing", "strict": True, "schema": SENT}}
    assert sent(line)[0]["response_format"] == wanted


def test_without_a_schema_no_response_format_is_sent() -> None:
    assert "response_format" not in body(request())


@pytest.mark.parametrize(
    "kind", ["param:response_format", "param:response_format.json_schema", "words:response_format"]
)
@pytest.mark.parametrize("system", [None, "Be brief."])
@pytest.mark.parametrize("stream", [False, True])
def test_a_server_that_takes_none_is_asked_in_words(
    sender: Callable[..., Sender], kind: str, system: str | None, stream: bool
) -> None:
    line = sender(f"400;kind={kind},ok")
    answer = line.send(schema=SENT, system=system, stream=stream)
    first, second = sent(line)
    assert "response_format" in first
    assert "response_format" not in second
    said, question = second["messages"]
    assert said["role"] == "system"
    assert said["content"].startswith("Be brief.\n\n" if system else "Answer with one JSON object only")
    assert json.loads(said["content"].partition("JSON Schema: ")[2]) == SENT
    assert question == first["messages"][-1]
    assert list(answer.notes) == line.notices
    assert "does not enforce it" in answer.notes[0]
    again = line.send(schema=SENT, system=system, stream=stream)
    assert (again.attempts, len(line.notices)) == (1, 1)
    assert sent(line)[2] == second


def test_the_words_are_tried_only_once(sender: Callable[..., Sender]) -> None:
    line = sender("400;kind=param:response_format")
    assert type(line.fail(schema=SENT)) is BadRequest
    assert len(line.journal) == 2


@pytest.mark.parametrize(
    ("error", "is_learned"),
    [
        ({"message": "This response_format type is unavailable now"}, True),
        ({"message": "This model does not support response format `json_schema`.", "param": "response_format"}, True),
        (
            {"message": "Invalid value: 'json_schema'. Supported values are: 'text'.", "param": "response_format.type"},
            True,
        ),
        ({"message": "Invalid parameter: 'response_format' of type 'json_schema' is not supported with m."}, True),
        (
            {
                "message": "Invalid schema for response_format 'answer': 'allOf' is not permitted.",
                "param": "response_format",
                "code": "invalid_json_schema",
            },
            True,
        ),
        ({"message": "The image is not supported"}, False),
    ],
)
def test_servers_word_it_in_many_ways(error: dict[str, str], is_learned: bool) -> None:
    said = read_refusal(json.dumps({"error": error}))
    learned = Repairs().learn(said, body(request(schema=SENT)))
    assert learned == ("response_format" if is_learned else None)
