"""What is made of every HTTP status: which error, in which words, and how often it is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import KEY
from visionask.core.errors import (
    BadReply,
    BadRequest,
    KeyRefused,
    QuotaExhausted,
    RateLimited,
    ServerFailed,
    VisionaskError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Sender


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        ("400;kind=context", BadRequest, "--detail low"),
        ("400;kind=image", BadRequest, "takes images"),
        ("404;kind=model", BadRequest, "visionask models"),
        ("404;kind=html", BadRequest, "/v1"),
        ("405", BadRequest, "/v1"),
        ("413;kind=html", BadRequest, "--max-side"),
        ("415", BadRequest, "415"),
        ("422;kind=text", BadRequest, "Internal Server Error"),
        ("400;kind=string", BadRequest, "a string tells it"),
        ("400;kind=list", BadRequest, "told in a list"),
        ("400;kind=empty", BadRequest, "400"),
        ("400;kind=deep", BadRequest, "400"),
        ("401;kind=key", KeyRefused, "API key"),
        ("403;kind=html", KeyRefused, "403"),
        ("429;kind=quota", QuotaExhausted, "billing"),
        ("429;kind=too-large", QuotaExhausted, "--detail low"),
        ("429;kind=rpd", QuotaExhausted, "per day"),
        ("400;kind=hard-limit", QuotaExhausted, "billing"),
        ("402", QuotaExhausted, "billing"),
        ("501", ServerFailed, "501"),
        ("503;x-should-retry=false", ServerFailed, "503"),
    ],
)
def test_a_lasting_refusal_is_tried_once(
    sender: Callable[..., Sender], script: str, kind: type[VisionaskError], words: str, is_stream: bool
) -> None:
    line = sender(script)
    error = line.fail(stream=is_stream)
    assert type(error) is kind
    assert words in f"{error.message} {error.hint}"
    assert error.request_id == "req_1"
    assert (error.status, error.answered_by) == (int(script[:3]), "server")
    assert (error.attempts, len(line.journal)) == (1, 1)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 520, 524, 529])
def test_a_passing_fault_is_overcome(sender: Callable[..., Sender], status: int) -> None:
    line = sender(f"{status},{status};kind=html,ok")
    answer = line.send()
    assert (answer.attempts, len(line.journal)) == (3, 3)


@pytest.mark.parametrize(("script", "kind"), [("429;kind=rpm", RateLimited), ("500;kind=text", ServerFailed)])
def test_a_fault_that_stays_is_tried_five_times(
    sender: Callable[..., Sender], script: str, kind: type[VisionaskError]
) -> None:
    line = sender(script)
    error = line.fail()
    assert type(error) is kind
    assert (error.attempts, len(line.journal)) == (5, 5)
    assert "after 5 attempts" in error.message


def test_retries_are_counted_as_the_user_set_them(sender: Callable[..., Sender]) -> None:
    assert sender("500", retries=0).fail().attempts == 1
    assert sender("500", retries=1).fail().attempts == 2


def test_x_should_retry_true_is_obeyed(sender: Callable[..., Sender]) -> None:
    assert sender("400;x-should-retry=true,ok").send().attempts == 2


def test_a_gateway_timeout_may_be_billed(sender: Callable[..., Sender]) -> None:
    assert sender("524,500,ok").send().maybe_billed == 1


@pytest.mark.parametrize(
    ("headers", "least_s"),
    [
        ("retry-after=0.3", 0.3),
        ("retry-after-ms=250", 0.25),
        ("retry-after=0.1;retry-after-ms=300", 0.3),
        ("date=1", 1.0),
        ("x-ratelimit-reset-requests=200ms;x-ratelimit-reset-tokens=0.3s", 0.3),
        ("x-ratelimit-reset-requests=1m0s;x-ratelimit-remaining-tokens=0;x-ratelimit-reset-tokens=0.2s", 0.2),
    ],
)
def test_no_retry_is_earlier_than_the_server_says(sender: Callable[..., Sender], headers: str, least_s: float) -> None:
    line = sender(f"429;{headers},ok")
    assert line.send().attempts == 2
    first, second = line.journal
    assert second["at"] - first["at"] >= least_s
    assert second["at"] - first["at"] < least_s + 0.9
    assert not second["is_early"]


@pytest.mark.parametrize(
    "headers", ["retry-after=-5", "retry-after=soon", "retry-after=nan", "date=-60", "retry-after-ms=-1"]
)
def test_a_meaningless_wait_is_ignored(sender: Callable[..., Sender], headers: str) -> None:
    assert sender(f"429;{headers},ok").send().attempts == 2


def test_a_wait_that_is_too_long_ends_at_once_and_is_told(sender: Callable[..., Sender]) -> None:
    line = sender("429;retry-after=7500,ok")
    error = line.fail()
    assert type(error) is RateLimited
    assert "2 h 5 min" in error.hint
    assert len(line.journal) == 1


def test_a_rate_limit_holds_for_every_request_of_the_client(sender: Callable[..., Sender]) -> None:
    import threading
    import time

    line = sender("429;retry-after=0.6,ok")
    line.client.warm()
    thread = threading.Thread(target=line.send)
    thread.start()
    while not line.journal:
        time.sleep(0.01)
    time.sleep(0.1)  # the 429 is on its way back
    line.send()
    thread.join()
    assert [entry["is_early"] for entry in line.journal] == [False, False, False]


def test_a_redirect_is_not_followed(sender: Callable[..., Sender]) -> None:
    line = sender("307;to=http:||127.0.0.1:9|v1")
    error = line.fail()
    assert type(error) is BadReply
    assert "http://127.0.0.1:9/v1" in error.message
    assert len(line.journal) == 1


@pytest.mark.parametrize("kind", ["key", "base64", "control"])
def test_a_message_is_one_short_line_without_key_or_picture(sender: Callable[..., Sender], kind: str) -> None:
    error = sender(f"400;kind={kind}").fail()
    assert len(error.message) < 400
    assert error.message.isprintable()
    assert "sk-test-123" not in error.message
    assert "iVBORw0KGgo" not in error.message
    assert KEY not in f"{error!r} {error} {error.hint}"


def test_the_key_is_sent_and_the_attempts_share_one_idempotency_key(sender: Callable[..., Sender]) -> None:
    line = sender("500,ok")
    line.send()
    first, second = (entry["headers"] for entry in line.journal)
    assert first["authorization"] == f"Bearer {KEY}"
    assert len(first["idempotency-key"]) == 36
    assert first["idempotency-key"] == second["idempotency-key"]
