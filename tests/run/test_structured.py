"""The laws of the repair: never more than one, and whatever becomes of it, every bill is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visionask.core.errors import (
    BudgetError,
    IncompleteAnswer,
    RateLimited,
    Refused,
    RejectedError,
    SchemaMismatch,
    StateError,
    VisionaskError,
)
from visionask.core.request import Answer, Attempt, Request, Usage
from visionask.core.schema import read_schema
from visionask.run.structured import data_of, with_schema

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = read_schema("a int")
GOOD, FENCED, PROSE, OTHER = '{"a": 1}', 'Here:\n```json\n{"a": 2}\n```', "It is one.", '{"a": "one"}'
REQUEST = Request(model="m", question="How many?", images=(), schema=SCHEMA.sent)


@dataclass
class Scripted:
    """Sends nothing: each request has an end of the script, after so many attempts, one of them perhaps billed."""

    ends: list[tuple[str | type[VisionaskError], int, int]]
    requests: list[Request] = field(default_factory=list)

    def send(
        self,
        request: Request,
        *,
        on_text: Callable[[str], None] | None = None,
        on_attempt: Callable[[Attempt], None] | None = None,
    ) -> Answer:
        end, attempts, lost = self.ends[len(self.requests)]
        self.requests.append(request)
        if on_text is not None:
            on_text("half")
        for number in range(1, attempts + 1):
            if on_attempt is not None:
                on_attempt(Attempt(number=number, after=None if number == 1 else RateLimited("slow")))
        if isinstance(end, str):
            return answer(end, attempts=attempts, lost=lost)
        error = end("no")
        error.attempts, error.maybe_billed = attempts, lost
        if isinstance(error, RejectedError):
            error.partial = answer("half", attempts=1, lost=0)
        raise error


def answer(text: str, *, attempts: int, lost: int) -> Answer:
    usage = Usage(input_tokens=100, output_tokens=10)
    return Answer(text=text, finish_reason="stop", usage=usage, attempts=attempts, maybe_billed=lost)


ENDS = [GOOD, FENCED, PROSE, OTHER, Refused, IncompleteAnswer, RateLimited, BudgetError]
scripts = st.lists(st.tuples(st.sampled_from(ENDS), st.integers(1, 3), st.integers(0, 1)), min_size=3, max_size=3)


@given(script=scripts)
def test_one_repair_at_most_and_every_bill_is_told(script: list[tuple[str | type[VisionaskError], int, int]]) -> None:
    sender, seen, shown = Scripted(script), list[Attempt](), list[str]()
    told: Answer | None = None
    error: VisionaskError | None = None
    try:
        told = with_schema(sender, SCHEMA, lambda _: None).send(REQUEST, on_text=shown.append, on_attempt=seen.append)
    except VisionaskError as raised:
        error = raised
        told = raised.partial if isinstance(raised, RejectedError) else None
    (first, tries, lost), (second, more, also_lost) = script[0], script[1]
    is_repaired = first in (PROSE, OTHER)
    assert len(sender.requests) == 1 + is_repaired
    assert [attempt.number for attempt in seen] == list(range(1, tries + 1 + (more if is_repaired else 0)))
    assert shown == []
    if not is_repaired:
        assert type(error) is (type(None) if isinstance(first, str) else first)
        return
    assert told is not None
    assert type(seen[tries].after) is SchemaMismatch
    assert (error is None) == (second in (GOOD, FENCED))
    assert error is None or type(error) is SchemaMismatch
    assert (told.attempts, told.maybe_billed) == (tries + more, lost + also_lost)
    assert error is None or (error.attempts, error.maybe_billed) == (tries + more, lost + also_lost)
    is_billed = isinstance(second, str) or issubclass(second, RejectedError)
    assert told.usage == Usage(input_tokens=200 if is_billed else 100, output_tokens=20 if is_billed else 10)
    assert told.observed == Usage(input_tokens=100, output_tokens=10)  # held against the projection of one request


def test_the_repair_is_the_whole_request_with_what_was_wrong() -> None:
    sender = Scripted([(OTHER, 1, 0), (GOOD, 1, 0)])
    notices: list[str] = []
    told = with_schema(sender, SCHEMA, notices.append).send(REQUEST)
    first, second = sender.requests
    assert first is REQUEST
    assert (second.images, second.schema, second.model) == (first.images, first.schema, first.model)
    assert second.question.startswith("How many?\n\n")
    assert '$.a: "one" is not an integer' in second.question
    assert json.dumps(SCHEMA.sent, separators=(",", ":")) in second.question
    assert second.question.endswith(OTHER)
    assert notices == ['the answer does not match the schema: $.a: "one" is not an integer: asking once more']
    assert told.notes[0].endswith("it was asked once more")


def test_a_server_that_answers_in_words_is_asked_in_words_from_then_on() -> None:
    sender = Scripted([(PROSE, 1, 0), (GOOD, 1, 0), (GOOD, 1, 0), (PROSE, 1, 0), (GOOD, 1, 0)])
    notices: list[str] = []
    structured = with_schema(sender, SCHEMA, notices.append)
    for _ in range(3):
        structured.send(REQUEST)
    questions = [request.question for request in sender.requests]
    assert ["JSON Schema" in question for question in questions] == [False, True, True, True, True]
    assert ["Your last answer" in question for question in questions] == [False, True, False, False, True]
    assert len(notices) == 1


def test_what_one_of_two_bills_leaves_out_is_not_known() -> None:
    replies = [
        Answer(text=OTHER, finish_reason="stop", usage=Usage(input_tokens=5, image_tokens=4)),
        Answer(text=GOOD, finish_reason="stop", usage=Usage(input_tokens=7, cached_tokens=1)),
    ]

    class Replying:
        def send(self, *_: object, **_how: object) -> Answer:
            return replies.pop(0)

    assert with_schema(Replying(), SCHEMA, lambda _: None).send(REQUEST).usage == Usage(input_tokens=12)


def test_a_ledger_that_fails_ends_it_as_it_does_without_a_schema() -> None:
    with pytest.raises(StateError):
        with_schema(Scripted([(PROSE, 1, 0), (StateError, 1, 0)]), SCHEMA, lambda _: None).send(REQUEST)


def test_without_a_schema_nothing_is_wrapped() -> None:
    sender = Scripted([])
    assert with_schema(sender, None, lambda _: None) is sender


@pytest.mark.parametrize(("text", "data"), [(GOOD, {"a": 1}), (FENCED, {"a": 2}), (PROSE, None), (OTHER, None)])
def test_data_are_what_matches(text: str, data: dict[str, int] | None) -> None:
    assert data_of(answer(text, attempts=1, lost=0), SCHEMA) == data
    assert data_of(answer(text, attempts=1, lost=0), None) is None
