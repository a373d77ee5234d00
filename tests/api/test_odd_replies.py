"""What servers may send: each reader of a header, a number or a reply returns or refuses it, and soon."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.images.test_odd_input import texts
from visionask.api.batches import read_answer, read_batch
from visionask.api.chat import error_text, judge, parse
from visionask.api.refusals import from_status
from visionask.api.words import html_title
from visionask.core.batch import Result, read_result
from visionask.core.errors import VisionaskError
from visionask.core.format import duration
from visionask.core.retry import Backoff, told_wait_s, wait_s
from visionask.report import records

if TYPE_CHECKING:
    from collections.abc import Callable

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, float("inf"), float("-inf"), float("nan"), 10**30, 10**400, "7", "", "x", [], {}, [1],
    {"a": 1}, "\ud800", "\0", 2**63,
)  # fmt: skip
USAGES: tuple[Callable[[Any], object], ...] = (
    lambda value: value,
    lambda value: {
        "prompt_tokens": value, "completion_tokens": value, "total_tokens": value, "cost": value,
        "prompt_tokens_details": {"cached_tokens": value, "image_tokens": value},
        "completion_tokens_details": {"reasoning_tokens": value},
    },
    lambda value: {"prompt_tokens_details": value, "completion_tokens_details": value, "prompt_tokens": 3},
)  # fmt: skip
BODIES: tuple[Callable[[Any], object], ...] = (
    lambda value: value,
    lambda value: {"choices": value},
    lambda value: {"choices": [value]},
    lambda value: {"choices": [{"message": value, "finish_reason": value}]},
    lambda value: {"choices": [{"message": {"content": [{"type": value, "text": value}], "refusal": value}}]},
    lambda value: {"error": value},
    lambda value: {"error": {"message": value, "code": value, "type": value, "metadata": value}},
    lambda value: {"detail": [value], "errors": [value]},
)


def test_waits_of_any_header_are_read_or_ignored() -> None:
    for text in texts():
        names = (
            "retry-after",
            "date",
            "retry-after-ms",
            "x-ratelimit-reset-requests",
            "x-ratelimit-remaining-requests",
        )
        told = told_wait_s(dict.fromkeys(names, text), status=429, now_s=1e9)
        if told is not None:
            duration(wait_s(Backoff(), 1, told_s=told, fraction=0.5))
            duration(told)


@pytest.mark.parametrize("unit", ["9", "9.", "1h", "1h ", "\u0663"])
def test_a_header_of_60_000_digits_is_no_wait(unit: str) -> None:
    began = time.process_time()
    headers = {"x-ratelimit-reset-requests": unit * 30_000, "retry-after": unit * 30_000}
    told_wait_s(headers, status=429, now_s=1e9)
    assert time.process_time() - began < 1


def test_a_page_of_titles_is_read_at_once() -> None:
    began = time.process_time()
    assert html_title("<title>" * 10_000) == ""
    assert html_title("<html><TITLE lang=en>Bad gateway</title><title>x</title>") == "Bad gateway"
    assert time.process_time() - began < 1


@pytest.mark.parametrize(("value", "usage"), list(itertools.product(ODD, USAGES)))
def test_usage_of_any_shape_is_a_number_or_none(value: Any, usage: Callable[[Any], object]) -> None:
    raw = {"id": value, "model": value, "service_tier": value, "usage": usage(value)}
    raw["choices"] = [{"message": {"content": "seen"}, "finish_reason": "stop"}]
    with contextlib.suppress(VisionaskError):
        records.dumps(records.answer_dict(judge(parse(raw)), None))


@pytest.mark.parametrize(("value", "shape"), list(itertools.product(ODD, BODIES)))
def test_a_reply_of_any_shape_is_an_answer_or_an_error_of_ours(value: Any, shape: Callable[[Any], object]) -> None:
    body = shape(value)
    with contextlib.suppress(VisionaskError):
        judge(parse(body))
    assert error_text(body)
    for status in (400, 429, 500):
        assert from_status(status, {}, json.dumps(body), where="w").error.message
    for line in ({"response": {"status_code": 200, "body": body}}, {"response": {"status_code": 400, "body": body}},
                 {"error": body}, {"response": body, "error": value}):  # fmt: skip
        result = read_result(json.dumps({"custom_id": "a"} | line).encode())
        with contextlib.suppress(VisionaskError):
            read_answer(result) if isinstance(result, Result) else None
    for batch in ({"status": value, "request_counts": value, "output_file_id": value, "errors": value, "usage": value},
                  {"request_counts": {"total": value, "failed": value}, "errors": {"data": [value]}},
                  {"errors": {"data": [{"code": value, "message": value, "line": value}]}}):  # fmt: skip
        read_batch({"id": "b"} | batch)
