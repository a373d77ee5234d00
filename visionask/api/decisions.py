"""The Decisions wire as a pure pair: typed questions about images, and the probabilities that answer them.

The answer's text is JSON of ours, so that ledger and records keep it as any other: for each question its id and the
probability of each value, null where the model declined. `{"q1": {"true": 0.97, "false": 0.03}, "q2": null}`.
Source: `resources/decisions.py`, `types/decision.py`, `types/decision_create_params.py` of the openai SDK 3.54, checked
2026-11-22; pictures in them: `types/shared_params/decision_question_input_image.py` of 3.57, checked 2026-11-28.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from visionask.api.chat import data_url, error_text, measured
from visionask.core.checks import Choice, Predicate, Question, Score, kind_of
from visionask.core.errors import BadReply
from visionask.core.request import Answer, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.request import Request, SentImage

PATH = "/decisions"
_BASELINE = "The image is to be checked against this one, its baseline:"
_AGAIN = "ask again, or use --engine schema"


def body(request: Request) -> dict[str, Any]:
    """Return the JSON body: the images in order, what the system says, and the questions under their ids."""
    messages: list[dict[str, Any]] = []
    if request.system is not None:
        messages.append({"type": "message", "role": "system", "content": request.system})
    images = [_image(image) for image in request.images]
    baseline = images.pop() if request.has_baseline else None
    messages.append({"type": "message", "role": "user", "content": images})
    fields: dict[str, Any] = {
        "model": request.model,
        "input": messages,
        "questions": [_question(question, baseline) for question in request.questions],
    }
    if request.avoids_cache_write:
        fields["prompt_cache_options"] = {"mode": "explicit"}
    return fields


def parse(raw: object, questions: Sequence[Question]) -> Answer:
    """Read a reply to these questions: one answer each, in their order. Raises BadReply for anything else."""
    if isinstance(raw, dict) and raw.get("error"):
        raise BadReply(f"the server sent an error as its reply: {error_text(raw['error'])}", "ask again later")
    answers = raw.get("answers") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(answers, list):
        raise BadReply("the server's reply is not a decision (no answers)", _AGAIN)
    if len(answers) != len(questions):
        raise BadReply(f"the reply has {len(answers)} answers to {len(questions)} questions", _AGAIN)
    read = {question.id: _read(answer, question) for answer, question in zip(answers, questions, strict=True)}
    return Answer(text=json.dumps(read), finish_reason="stop", usage=_usage(raw.get("usage")))


def _image(image: SentImage) -> dict[str, Any]:
    return {"type": "input_image", "image_url": data_url(image), "detail": image.detail}


def _question(question: Question, baseline: dict[str, Any] | None) -> dict[str, Any]:
    """Return a question; a baseline to check against is a part of its instructions."""
    instructions: Any = question.text
    if baseline is not None:
        instructions = [{"type": "input_text", "text": f"{question.text}\n{_BASELINE}"}, baseline]
    fields: dict[str, Any] = {"type": kind_of(question), "name": question.id, "instructions": instructions}
    if isinstance(question, Choice):
        fields["choices"] = [{"value": value} for value in question.values]
    if isinstance(question, Score):
        fields["levels"] = [{"label": label} for label in question.values]
    return fields


def _read(answer: object, question: Question) -> dict[str, float] | None:
    """Read the answer to one question; None where it was declined."""
    if not isinstance(answer, dict) or answer.get("name") not in (None, question.id):
        raise _wrong(question, "is of another question")
    kind = answer.get("type")
    if kind == "refusal":
        return None
    if kind != kind_of(question):
        raise _wrong(question, f"is no {kind_of(question)}")
    if isinstance(question, Predicate):
        probability = _probability(answer.get("probability"), question)
        return {"true": probability, "false": round(1 - probability, 9)}
    return _distribution(answer.get("probabilities"), question)


def _distribution(raw: object, question: Choice | Score) -> dict[str, float]:
    """Read the probabilities of a choice (by value) or a score (by label); a value that is not listed has none."""
    if not isinstance(raw, list) or not raw:
        raise _wrong(question, "has no probabilities")
    name = "value" if isinstance(question, Choice) else "label"
    shares: dict[str, float] = {}
    for each in raw:
        value = each.get(name) if isinstance(each, dict) else None
        if not isinstance(value, str) or value not in question.values or value in shares:
            raise _wrong(question, "names a value that was not asked for")
        shares[value] = _probability(each.get("probability"), question)
    total = sum(shares.values())
    if not 0.9 <= total <= 1.1:  # rounding of up to 255 values, and no other error
        raise _wrong(question, f"has probabilities that add up to {total:.2f}")
    return {value: shares.get(value, 0.0) for value in question.values}


def _probability(value: object, question: Question) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 <= value <= 1:  # type: ignore[arg-type, operator]
        raise _wrong(question, "has a probability that is none")
    return float(value)  # type: ignore[arg-type]


def _wrong(question: Question, fact: str) -> BadReply:
    return BadReply(f"the reply to {question.id} {fact}", _AGAIN)


def _usage(raw: object) -> Usage | None:
    if not isinstance(raw, dict):
        return None
    given, made = raw.get("input_tokens_details"), raw.get("output_tokens_details")
    usage = Usage(
        input_tokens=_count(raw, "input_tokens"),
        cached_tokens=_count(given, "cached_tokens"),
        cache_write_tokens=_count(given, "cache_write_tokens"),
        output_tokens=_count(raw, "output_tokens"),
        reasoning_tokens=_count(made, "reasoning_tokens"),
    )
    return measured(usage)


def _count(raw: object, name: str) -> int | None:
    value = raw.get(name) if isinstance(raw, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
