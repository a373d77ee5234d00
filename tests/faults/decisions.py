"""A fault server that also speaks Decisions, by the SDK's own types, and believes what statements tell it.

A statement that holds `0.97` is true with that probability; one that holds `refuse` is declined; a choice or score is
answered `0.8` for the last of its values. The schema engine's questions are answered alike, in words: `unsure` for a
statement that holds that word. Steps beside those of steps.py:

    tell              the above
    tell;high=0.95    the same, but this probability for a picture of a higher detail than low
    tell;together=3   the same, once so many requests wait for it at a time; 503 where they never do
    decide;KEY        a reply to decisions that is wrong in one way: see WRONG
    no-decisions      404 for decisions, the above for chat
"""

from __future__ import annotations

import copy
import json
import re
import threading
from typing import TYPE_CHECKING, Any

from openai.types.decision import Decision
from openai.types.decision_create_params import DecisionCreateParams
from pydantic import TypeAdapter, ValidationError

from tests.faults import replies, steps
from tests.faults.server import FaultServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.server import Line

USAGE = {
    "input_tokens": 120,
    "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": 0},
    "output_tokens": 1,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 121,
}
_PARAMS: TypeAdapter[Any] = TypeAdapter(DecisionCreateParams)
_TOGETHER_S = 8.0
_NUMBER = re.compile(r"\d\.\d+")


class DecisionServer(FaultServer):
    """A fault server that decides; `invalid` is what the SDK's types say of requests that they do not take."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.invalid: list[str] = []
        self._barriers: dict[int, threading.Barrier] = {}

    def answer(self, line: Line, step: str, arguments: steps.Arguments) -> bool:
        is_decision = "questions" in line.body
        if step == "no-decisions" and is_decision:
            kind, data = replies.error("", 404)
            return line.reply(404, data, content_type=kind)
        if step not in {"tell", "decide", "no-decisions"}:
            return super().answer(line, step, arguments)
        if "together" in arguments and not self._come_together(int(arguments["together"])):
            kind, data = replies.error("", 503)
            return line.reply(503, data, content_type=kind)
        if not is_decision:
            return line.reply_json(replies.completion(line.body, content=json.dumps(in_words(line.body))))
        fault = fault_of(line.body)
        if fault:
            self.invalid.append(fault)
            return line.reply(400, json.dumps({"error": {"message": fault}}).encode())
        reply = decision(line.body, arguments)
        if step == "decide":
            WRONG[arguments["how"]](reply)
        return line.reply_json(reply)

    def _come_together(self, count: int) -> bool:
        try:
            self._barriers.setdefault(count, threading.Barrier(count)).wait(timeout=_TOGETHER_S)
        except threading.BrokenBarrierError:
            return False
        return True


def fault_of(body: dict[str, Any]) -> str:
    """Tell what the SDK's types have against a request for a decision; nothing if it is one."""
    return fault_against(_PARAMS, body)


def fault_against(params: TypeAdapter[Any], body: dict[str, Any]) -> str:
    """Tell what a type of the SDK has against a request body; nothing if it is one."""
    try:
        read = _exhausted(params.validate_python(copy.deepcopy(body)))
    except ValidationError as error:
        return str(error)
    return "" if read == body else f"fields that the types do not know: {json.dumps(body)[:500]}"


def decision(body: dict[str, Any], arguments: dict[str, str]) -> dict[str, Any]:
    """Answer all questions; the SDK's own type makes the reply."""
    details = {part.get("detail") for part in body["input"][-1]["content"]}
    told = arguments.get("high") if details & {"high", "original"} else None
    answers = [_answer(question, told) for question in body["questions"]]
    reply = Decision.model_validate({"answers": answers, "model": body["model"], "usage": USAGE})
    assert [type(answer).__name__ for answer in reply.answers]
    return reply.model_dump(mode="json")


def _answer(question: dict[str, Any], told: str | None) -> dict[str, Any]:
    name, text = question["name"], question["instructions"]
    if isinstance(text, list):  # with the picture of a baseline
        text = text[0]["text"]
    if "refuse" in text:
        return {"type": "refusal", "name": name}
    if question["type"] == "predicate":
        return {"type": "predicate", "name": name, "probability": float(told or _NUMBER.findall(text)[0])}
    if question["type"] == "choice":
        values = [choice["value"] for choice in question["choices"]]
        shares = [{"value": value, "probability": share} for value, share in _shares(values)]
        return {"type": "choice", "name": name, "choice": values[-1], "confidence": 0.8, "probabilities": shares}
    labels = [level["label"] for level in question["levels"]]
    shares = [{"value": at, "label": label, "probability": share} for at, (label, share) in enumerate(_shares(labels))]
    return {"type": "score", "name": name, "score": len(labels) - 1.2, "confidence": 0.8, "probabilities": shares}


def _shares(values: list[str]) -> list[tuple[str, float]]:
    rest = 0.2 / (len(values) - 1)
    return [(value, 0.8 if value == values[-1] else rest) for value in values]


def in_words(body: dict[str, Any]) -> dict[str, Any]:
    """Answer what the schema engine asks: each property of its schema is one question."""
    lines = dict(line.split(": ", 1) for line in replies.facts(body)["question"].splitlines()[1:] if ": " in line)
    answers = {}
    for name, node in body["response_format"]["json_schema"]["schema"]["properties"].items():
        (field,) = set(node["properties"]) - {"reason"}
        values = node["properties"][field]["enum"]
        value = values[-2] if "unsure" in values else values[-1]
        text = lines[name].rpartition(" (")[0]
        if "unsure" in text:
            value = "unsure"
        elif values[:2] == ["true", "false"]:
            value = "true" if float(_NUMBER.findall(text)[0]) >= 0.5 else "false"
        answers[name] = {"reason": f"because of {name}", field: value}
    return answers


def _exhausted(value: Any) -> Any:
    """Read through what pydantic validates only while it is read."""
    if isinstance(value, dict):
        return {name: _exhausted(each) for name, each in value.items()}
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return value
    return [_exhausted(each) for each in value]


def _first(reply: dict[str, Any]) -> dict[str, Any]:
    first: dict[str, Any] = reply["answers"][0]
    return first


WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "fewer": lambda reply: reply["answers"].pop(),
    "more": lambda reply: reply["answers"].append(_first(reply)),
    "other-name": lambda reply: _first(reply).update(name="q9"),
    "other-type": lambda reply: _first(reply).update(type="score"),
    "above-one": lambda reply: _first(reply).update(probability=1.5),
    "text": lambda reply: _first(reply).update(probability="0.9"),
    "true": lambda reply: _first(reply).update(probability=True),
    "nan": lambda reply: _first(reply).update(probability=float("nan")),
    "null": lambda reply: _first(reply).update(probability=None),
    "no-answers": lambda reply: reply.pop("answers"),
    "an-error": lambda reply: reply.update(error={"message": "overloaded"}),
}
