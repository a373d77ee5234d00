"""Owns a check by the schema engine: what any model is asked in words, and the reading of its JSON as votes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from visionask.core.errors import BadReply
from visionask.core.questions import UNSURE, Predicate
from visionask.core.schema import parse_answer, read_schema
from visionask.core.verdict import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.questions import Question
    from visionask.core.request import Answer
    from visionask.core.schema import Schema

_TASK = (
    "Check {what}. Go by what can be seen and nothing else. Answer each point under its id with a reason of at most "
    'one sentence and then one of the values; "unsure" if the picture does not tell.'
)


def prompt(questions: Sequence[Question], *, has_baseline: bool) -> str:
    """Word what is asked. The ids are those of the schema."""
    what = "the first image against the second, its baseline" if has_baseline else "the image"
    lines = [f"{question.id}: {question.text} ({' or '.join(allowed(question))})" for question in questions]
    return "\n".join([_TASK.format(what=what), *lines])


def schema_of(questions: Sequence[Question]) -> Schema:
    """Return the schema that holds the answer to each question to its values."""
    properties = {question.id: _object(question) for question in questions}
    given = {
        "title": "check",
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }
    return read_schema(json.dumps(given))


def read_votes(answer: Answer, questions: Sequence[Question], *, schema: Schema) -> tuple[Reading, ...]:
    """Read one vote on each question. Raises BadReply."""
    data = getattr(parse_answer(answer.text, schema), "value", None)
    if data is None:
        raise BadReply("the answer does not match the schema", "ask again, or use another model")
    return tuple(_vote(data[question.id]) for question in questions)


def allowed(question: Question) -> tuple[str, ...]:
    """Name the values that may answer a question, with a way out."""
    return question.values if UNSURE in question.values else (*question.values, UNSURE)


def _vote(given: dict[str, Any]) -> Reading:
    return Reading(weights={given["value"]: 1.0}, reason=given["reason"].strip() or None)


def _object(question: Question) -> dict[str, Any]:
    """Ask for the reason first: a model that has given it keeps to it."""
    value: dict[str, Any] = {"type": "string", "enum": [*allowed(question)]}
    if isinstance(question, Predicate):
        value["description"] = "whether the statement is true"
    inner = {"reason": {"type": "string"}, "value": value}
    return {"type": "object", "properties": inner, "required": [*inner], "additionalProperties": False}
