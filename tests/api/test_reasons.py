"""What is made of error bodies: their reason in one line, whatever their shape, and the wait that they ask for."""

from __future__ import annotations

import json
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.conftest import KEY, request
from tests.faults.plain import PlainServer, Said, answer, refusal
from visionask.api.client import Client
from visionask.api.reasons import read_refusal
from visionask.api.refusals import from_status
from visionask.core.errors import (
    BadRequest,
    ConfigError,
    KeyRefused,
    QuotaExhausted,
    RateLimited,
    Refused,
    ServerFailed,
    VisionaskError,
)
from visionask.core.request import Endpoint
from visionask.core.retry import Backoff

if TYPE_CHECKING:
    from visionask.api.refusals import Failure
    from visionask.core.request import Answer

WHY = "the picture is too odd"
SHAPES: list[object] = [
    {"error": {"message": WHY}},
    {"error": WHY},
    {"error": {"error": {"message": WHY}}},
    [{"error": {"code": 400, "message": WHY, "status": "INVALID_ARGUMENT"}}],
    {"message": WHY},
    {"Message": WHY},
    {"detail": WHY},
    {"detail": [{"loc": ["body", "x"], "msg": WHY, "type": "value_error"}]},
    {"detail": {"error": WHY}},
    {"detail": {"message": WHY}},
    {"errors": [{"message": WHY}]},
    {"errors": [WHY]},
    {"title": "Bad Request", "detail": WHY, "status": 400},
    {"title": WHY, "status": 400},
    {"error": {"type": "illegal_argument", "reason": WHY}, "status": 400},
    {"statusCode": 400, "message": [WHY], "error": "Bad Request"},
    {"error": "invalid_request", "error_description": WHY},
    {"error": {"message": "Provider returned error", "metadata": {"raw": json.dumps({"error": {"message": WHY}})}}},
    {"error": {"message": "Provider returned error", "metadata": {"raw": WHY}}},
    {"error": {"message": f"litellm.BadRequestError: OpenAIException - {json.dumps({'error': {'message': WHY}})}"}},
    {"fault": {"faultstring": WHY}},
    {"base_resp": None, "msg": WHY},
    {"errors": {"image": [WHY]}, "status": 400},
    {"error": {"message": f"Error code: 400 - { ({'error': {'message': WHY, 'type': 'x'}}) }"}},
    f"<?xml version='1.0'?><Error><Code>Bad</Code><Message>{WHY}</Message></Error>",
    f"event: error\ndata: {json.dumps({'error': {'message': WHY}})}\n\n",
    json.dumps({"error": {"message": WHY}}) + "\n" + json.dumps({"id": 1}),
    f"Error: {json.dumps({'error': {'message': WHY}})}",
    "\ufeff" + json.dumps({"error": {"message": WHY}}),
    WHY,
]


@pytest.mark.parametrize("body", SHAPES, ids=lambda body: json.dumps(body)[:60])
def test_a_reason_is_found_in_every_shape(body: object) -> None:
    said = read_refusal(body if isinstance(body, str) else json.dumps(body))
    assert WHY in said.message
    assert "{" not in said.message


def test_a_web_page_is_named_by_its_title() -> None:
    said = read_refusal("<html><head><title>Gone &amp; lost</title></head></html>")
    assert (said.message, said.is_html) == ("a web page, 'Gone & lost'", True)


@pytest.mark.parametrize(
    ("body", "wait_s"),
    [
        ({"error": {"message": "Please retry in 17.5s."}}, 17.5),
        ({"error": {"message": "Rate limit reached. Please try again in 3s. Visit https://x/7s."}}, 3),
        ({"error": {"message": "try again in 6m0s"}}, 360),
        ({"error": {"message": "Please retry after 59 seconds."}}, 59),
        ({"error": {"message": "retry in 1 minute"}}, 60),
        ({"error": {"message": "Please try again in 120ms."}}, 0.12),
        ([{"error": {"details": [{"@type": "x"}, {"retryDelay": "1.2s"}]}}], 1.2),
        ({"error": {"message": "slow down", "retry_after": 4}}, 4),
        ({"retry_after_ms": 250, "message": "slow down"}, 0.25),
        ("please retry in 2 s", 2),
        ({"error": {"message": "try again in a while"}}, None),
        ({"error": {"message": "try again in 3 sessions"}}, None),
        ({"retry_after": -3}, None),
        ({"retry_after": "1e999"}, None),
    ],
)
def test_the_wait_in_a_body_is_read(body: object, wait_s: float | None) -> None:
    said = read_refusal(body if isinstance(body, str) else json.dumps(body))
    assert said.wait_s == (None if wait_s is None else pytest.approx(wait_s))


GEMINI = "You exceeded your current quota, please check your plan and billing details."


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, [{"error": {"message": f"{GEMINI} Please retry in 1.2s.", "code": 429}}], RateLimited),
        (429, [{"error": {"message": GEMINI, "details": [{"retryDelay": "17s"}]}}], RateLimited),
        (429, {"error": {"message": GEMINI}}, QuotaExhausted),
        (429, {"error": {"message": f"{GEMINI} Please retry in 9s.", "code": "insufficient_quota"}}, QuotaExhausted),
        (
            429,
            {"error": {"message": "Please retry in 9s.", "details": [{"quotaId": "RequestsPerDayPerProject"}]}},
            QuotaExhausted,
        ),
        (400, {"error": {"message": "ExceededBudget: key crossed budget", "type": "budget_exceeded"}}, QuotaExhausted),
        (400, {"error": {"message": "Budget has been exceeded!", "type": "budget_exceeded"}}, QuotaExhausted),
        (400, {"error": {"message": "Your credit balance is too low to access the API."}}, QuotaExhausted),
        (400, {"error": {"code": "content_filter", "message": "The response was filtered"}}, Refused),
        (400, {"error": {"message": "Your request was rejected as a result of our safety system."}}, Refused),
        (400, {"error": {"code": "content_policy_violation", "message": "no"}}, Refused),
        (403, {"error": {"message": "Your chosen model requires moderation and your input was flagged"}}, Refused),
        (403, {"error": {"message": "no access to this project"}}, KeyRefused),
        (400, {"error": {"message": "x is not the safety of a bridge"}}, BadRequest),
    ],
)
def test_a_refusal_is_told_by_what_it_means(status: int, body: object, kind: type[VisionaskError]) -> None:
    assert type(from_status(status, {}, json.dumps(body), where="h").error) is kind


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("At most 3 image(s) may be provided in one request.", "send at most 3 images"),
        ("Model supports at most 1 image per prompt.", "send at most 1 image in"),
        ("At most 0 image(s) may be provided in one prompt.", "use another model"),
        ("too many images", "send fewer images"),
        ("Invalid model name passed in model=x", "visionask models"),
        ("model 'nope' is not available", "visionask models"),
    ],
)
def test_the_hint_is_what_to_do(message: str, hint: str) -> None:
    assert hint in from_status(400, {}, json.dumps({"error": {"message": message}}), where="h").error.hint


def send(*said: Said, path: str = "/v1", retries: int = 2, **changes: Any) -> tuple[Answer, list[str]]:
    with PlainServer(*said) as server:
        endpoint = Endpoint(base_url=server.root + path, api_key=KEY, retries=retries)
        with closing(Client(endpoint, print, backoff=Backoff(base_s=0.001))) as client:
            answered = client.send(request(**changes))
        return answered, [each.path for each in server.heard]


def fail(*said: Said, **how: Any) -> VisionaskError:
    with pytest.raises(VisionaskError) as caught:
        send(*said, **how)
    return caught.value


@pytest.mark.parametrize(
    ("error", "kind", "attempts"),
    [
        ({"message": "slow down", "code": 429}, RateLimited, 3),
        ({"message": "down", "code": 502}, ServerFailed, 3),
        ({"message": "down", "code": "503"}, ServerFailed, 3),
        ({"message": "Overloaded", "type": "overloaded_error"}, ServerFailed, 3),
        ({"message": "spent", "code": "insufficient_quota"}, QuotaExhausted, 1),
        ({"message": "bad picture", "code": 400}, BadRequest, 1),
        ({"message": "no key", "code": 401}, KeyRefused, 1),
    ],
)
@pytest.mark.parametrize("is_stream", [False, True])
def test_an_error_inside_a_200_is_judged_by_its_code(
    error: dict[str, Any], kind: type[VisionaskError], attempts: int, is_stream: bool
) -> None:
    body: object = {"error": error}
    if is_stream:
        body = f"data: {json.dumps(body)}\n\n".encode()
    found = fail(Said(200, body, {"content-type": "text/event-stream" if is_stream else "application/json"}))
    assert (type(found), found.attempts) == (kind, attempts)
    assert error["message"] in found.message


@pytest.mark.parametrize("is_stream", [False, True])
def test_an_error_in_place_of_an_answer_is_one(is_stream: bool) -> None:
    choice = {"index": 0, "error": {"code": 502, "message": "upstream gone"}, "finish_reason": "error"}
    body: object = {"choices": [choice | {"delta": {"content": ""}, "message": {"content": ""}}]}
    kind = {"content-type": "text/event-stream" if is_stream else "application/json"}
    found = fail(Said(200, f"data: {json.dumps(body)}\n\n".encode() if is_stream else body, kind))
    assert (type(found), found.attempts) == (ServerFailed, 3)
    assert "upstream gone" in found.message


def test_an_error_of_any_shape_inside_a_200_gives_its_reason() -> None:
    for body in ({"status": "error", "message": "no room"}, {"success": False, "errors": [{"message": "no room"}]}):
        assert "no room" in fail(Said(200, body)).message
    half = {"choices": [{"message": {"content": "A r"}, "finish_reason": "error", "error": {"message": "no room"}}]}
    found = fail(Said(200, half))
    assert "no room" in found.message
    assert found.partial is not None
    utf16 = json.dumps({"error": {"message": "no room"}}).encode("utf-16")
    assert "no room" in fail(Said(400, utf16)).message


def test_a_web_page_that_refuses_is_not_about_the_key() -> None:
    error = from_status(403, {}, "<html><title>Attention</title></html>", where="h").error
    assert (type(error), "API key" in error.message, "API key" in error.hint) == (KeyRefused, False, True)


def test_the_wait_of_a_body_is_kept() -> None:
    began = time.monotonic()
    answered, _ = send(refusal(429, f"{GEMINI} Please retry in 0.4s."), answer())
    assert answered.attempts == 2
    assert time.monotonic() - began >= 0.4


@pytest.mark.parametrize(
    ("path", "arrived"),
    [
        ("/v1/", "/v1/chat/completions"),
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/v1/chat/completions/", "/v1/chat/completions"),
        ("/v1?api-version=2026-05-01&x=a%20b", "/v1/chat/completions?api-version=2026-05-01&x=a%20b"),
        ("/openai/chat/completions?api-version=1", "/openai/chat/completions?api-version=1"),
        ("/v1#part", "/v1/chat/completions"),
    ],
)
def test_a_base_url_is_used_as_it_is_meant(path: str, arrived: str) -> None:
    _, paths = send(answer(), path=path)
    assert [each.replace("+", "%20") for each in paths] == [arrived]


@pytest.mark.parametrize(
    "said",
    [
        Said(404, {"detail": "Not Found"}),
        Said(405, b""),
        Said(200, b"<html><title>Hi</title></html>", {"content-type": "text/html"}),
    ],
)
def test_a_base_url_without_its_path_is_a_setting_with_the_right_spelling(said: Said) -> None:
    error = fail(said, path="")
    assert type(error) is ConfigError
    assert error.hint.startswith("try --base-url http://127.0.0.1:")
    assert error.hint.endswith("/v1")
    assert type(fail(said)) is not ConfigError


@pytest.mark.parametrize(("question", "part"), [("why? " * 9000, "text"), ("why?", "pictures")])
def test_a_full_context_names_its_larger_part(question: str, part: str) -> None:
    error = fail(refusal(400, "This model's maximum context length is 8192 tokens."), question=question)
    assert error.hint.startswith(f"the {part} ")


@pytest.mark.parametrize("name", ["OPENAI_ORG_ID", "OPENAI_PROJECT_ID"])
def test_a_variable_that_is_no_header_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for value in ("\u00fc", "a\nb"):
        monkeypatch.setenv(name, value)
        error = fail(answer())
        assert (type(error), name in error.message) == (ConfigError, True)


def test_blank_variables_of_the_sdk_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", " ")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "")
    with PlainServer(answer()) as server:
        with closing(Client(Endpoint(base_url=server.base_url, api_key=KEY), print)) as client:
            client.send(request())
        assert not [name for name in server.heard[0].headers if name in ("openai-organization", "openai-project")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["error", "message", "detail", "code", "errors", "metadata", "raw", "loc", "msg", "retry_after"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


NAMES = ("retry-after", "retry-after-ms", "date", "location", "x-ratelimit-reset-tokens", "x-should-retry")


def check_line(failure: Failure) -> None:
    assert "\n" not in failure.error.message
    assert "\n" not in failure.error.hint
    assert failure.told_s is None or failure.told_s >= 0


@settings(max_examples=200)
@given(JSON.map(json.dumps), st.integers(200, 599))
def test_no_body_is_more_than_an_error_of_one_line(body: str, status: int) -> None:
    check_line(from_status(status, {}, body, where="h"))


ODD = st.text(alphabet="0123456789.:-+eEhmsdnaif, GMTJan/\x00\x1b\u0663\ud800é", min_size=200, max_size=200)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(ODD)
def test_ten_thousand_odd_headers_and_texts_are_borne(drawn: str) -> None:
    for at in range(0, len(drawn), 20):
        text = drawn[at : at + 20]
        check_line(from_status(429, dict.fromkeys(NAMES, text), f"retry in {text}", where="h"))
