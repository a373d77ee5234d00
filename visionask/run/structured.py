"""The asking for data that match a schema: the check of each answer, and one more try where it does not match.

The second try is the whole request again, with the fault, the schema and the bad answer added to the question: without
the pictures a model could only make up what is missing. What both were billed is added up.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from visionask.core.errors import BudgetError, SchemaMismatch, StateError, VisionaskError
from visionask.core.request import Usage
from visionask.core.schema import Data, Mismatch, instruction, parse_answer, repair_prompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.api.client import Client
    from visionask.core.request import Answer, Attempt, Request
    from visionask.core.schema import Schema
    from visionask.run.sending import Stoppable

    Sender: TypeAlias = "Client | Stoppable | Structured"  # sends until there is an answer, or a reason for none

_HINT = "say in the question what each field holds, or use a model that keeps to a schema"
_IN_WORDS = "the server does not hold the model to the schema: it is asked again, with the schema in words"


def with_schema(sender: Sender, schema: Schema | None, on_notice: Callable[[str], None]) -> Sender:
    """Return a sender whose answers match the schema; the sender itself where there is none."""
    return sender if schema is None else Structured(sender, schema, on_notice)


def data_of(answer: Answer | None, schema: Schema | None) -> dict[str, Any] | None:
    """Return the data of an answer; None without a schema, and where they do not match it."""
    if answer is None or schema is None:
        return None
    found = parse_answer(answer.text, schema)
    return found.value if isinstance(found, Data) else None


def matched(answer: Answer, schema: Schema | None, *, hint: str = _HINT) -> Answer:
    """Return an answer that is what was asked for: any, where no schema was. Raises SchemaMismatch, which holds it."""
    found = None if schema is None else parse_answer(answer.text, schema)
    if isinstance(found, Mismatch):
        raise _with(SchemaMismatch(found.message, hint), answer)
    return answer


class Structured:
    """Sends requests whose answers must match a schema. Threads may share it, as they share the client."""

    def __init__(self, sender: Sender, schema: Schema, on_notice: Callable[[str], None]) -> None:
        self._sender, self._schema, self._on_notice = sender, schema, on_notice
        self._asks_in_words = False
        self._told: set[str] = set()

    def send(
        self,
        request: Request,
        *,
        on_text: Callable[[str], None] | None = None,  # noqa: ARG002 half a JSON is no answer: it is shown when it is whole
        on_attempt: Callable[[Attempt], None] | None = None,
    ) -> Answer:
        """Return an answer that holds data which match. Raises what the sender does, and SchemaMismatch.

        Whatever becomes of the second try, the first was paid: its failure is a SchemaMismatch with that bill.
        """
        first = self._sender.send(self._worded(request), on_attempt=on_attempt)
        found = parse_answer(first.text, self._schema)
        if isinstance(found, Data):
            return first
        self._learn(found)
        fault = SchemaMismatch(found.message, _HINT)
        try:
            second = self._sender.send(
                self._repairing(request, first, found), on_attempt=_after(first, fault, on_attempt)
            )
        except StateError:
            raise
        except VisionaskError as error:
            raise _given_up(first, fault, error) from error
        answer = _added(first, second, note=f"{found.message}: it was asked once more")
        again = parse_answer(answer.text, self._schema)
        if isinstance(again, Data):
            return answer
        raise _with(SchemaMismatch(f"{again.message} (asked twice)", _HINT), answer)

    def _worded(self, request: Request) -> Request:
        if not self._asks_in_words:
            return request
        return replace(request, question=f"{request.question}\n\n{instruction(self._schema.sent)}")

    def _repairing(self, request: Request, first: Answer, found: Mismatch) -> Request:
        words = repair_prompt(first.text, found.message, schema=self._schema)
        return replace(request, question=f"{request.question}\n\n{words}")

    def _learn(self, found: Mismatch) -> None:
        """Return what is wrong, each kind once: a scan may meet it 10,000 times, and each record has its own note."""
        if found.is_json:
            self._tell("repair", f"{found.message}: asking once more")
        else:
            self._tell("words", _IN_WORDS)
            self._asks_in_words = True

    def _tell(self, kind: str, text: str) -> None:
        if kind not in self._told:
            self._told.add(kind)
            self._on_notice(text)


def _after(
    first: Answer, fault: SchemaMismatch, on_attempt: Callable[[Attempt], None] | None
) -> Callable[[Attempt], None] | None:
    """Count on from the attempts of the first answer."""
    if on_attempt is None:
        return None
    return lambda attempt: on_attempt(
        replace(
            attempt,
            number=first.attempts + attempt.number,
            after=attempt.after or fault,
            is_more=attempt.after is None,
        )
    )


def _given_up(first: Answer, fault: SchemaMismatch, error: VisionaskError) -> SchemaMismatch:
    """Report that the second try came to nothing, with the bill of both."""
    partial = error.partial
    answer = replace(
        first,
        usage=first.usage if partial is None else _sum(first.usage, partial.usage),
        once=first.observed,
        attempts=first.attempts + error.attempts,
        maybe_billed=first.maybe_billed + error.maybe_billed,
    )
    mismatch = _with(SchemaMismatch(f"{fault.message}; asking once more failed: {error.message}", error.hint), answer)
    mismatch.retryable = error.retryable or isinstance(error, BudgetError)
    return mismatch


def _with(error: SchemaMismatch, answer: Answer) -> SchemaMismatch:
    error.partial, error.request_id = answer, answer.request_id
    error.attempts, error.maybe_billed = answer.attempts, answer.maybe_billed
    return error


def _added(first: Answer, second: Answer, *, note: str) -> Answer:
    """Return the second answer with the bill of both."""
    return replace(
        second,
        usage=_sum(first.usage, second.usage),
        once=first.observed,
        attempts=first.attempts + second.attempts,
        maybe_billed=first.maybe_billed + second.maybe_billed,
        notes=(*dict.fromkeys((*first.notes, *second.notes)), note),
    )


def _sum(one: Usage | None, other: Usage | None) -> Usage | None:
    """Add usages; what one of them does not say is not known."""
    if one is None or other is None:
        return None
    sums = {}
    for field in fields(Usage):
        a, b = getattr(one, field.name), getattr(other, field.name)
        sums[field.name] = None if a is None or b is None else a + b
    return Usage(**sums)
