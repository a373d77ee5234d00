"""Owns the proof that no server can keep us waiting, and of what a broken connection costs."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from visionask.api.client import Client
from visionask.core.errors import ConfigError, IncompleteAnswer, MissingKey, TimedOut, Unreachable
from visionask.core.request import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Sender
from tests.api.conftest import KEY, request

SLACK_S = 1.0


@pytest.mark.parametrize("kind", ["headers", "body", "stream"])
def test_a_drip_ends_at_the_total_limit(sender: Callable[..., Sender], kind: str) -> None:
    line = sender(f"drip;kind={kind}", timeout_s=0.6, idle_s=30.0)
    line.client.warm()
    start = time.monotonic()
    error = line.fail(stream=kind == "stream")
    assert 0.55 < time.monotonic() - start < 0.6 + SLACK_S
    assert type(error) is (IncompleteAnswer if kind == "stream" else TimedOut)
    assert (error.maybe_billed, len(line.journal)) == (1, 1)
    assert "0.6 s" in error.message


@pytest.mark.parametrize("kind", ["space", "ping"])
def test_a_sign_of_life_without_text_is_silence(sender: Callable[..., Sender], kind: str) -> None:
    line = sender(f"drip;kind={kind}", timeout_s=30.0, idle_s=0.4)
    line.client.warm()
    start = time.monotonic()
    error = line.fail(stream=kind == "ping")
    assert time.monotonic() - start < 0.4 + SLACK_S
    assert type(error) is TimedOut
    assert "billed" in error.message
    assert len(line.journal) == 1  # it works on it: a second request would be paid too


def test_a_stream_that_stalls_keeps_its_text(sender: Callable[..., Sender]) -> None:
    line = sender("stream-stall", timeout_s=30.0, idle_s=0.3)
    error = line.fail(stream=True)
    assert isinstance(error, IncompleteAnswer)
    assert error.partial is not None
    assert error.partial.text == "The sky "
    assert line.texts == ["The ", "sky "]


def test_a_silence_before_the_first_byte_is_tried_once_more(sender: Callable[..., Sender]) -> None:
    line = sender("stall", timeout_s=30.0, idle_s=0.3)
    error = line.fail()
    assert type(error) is TimedOut
    assert (error.attempts, error.maybe_billed, len(line.journal)) == (2, 2, 2)


def test_a_request_lost_once_is_answered(sender: Callable[..., Sender]) -> None:
    answer = sender("stall,ok", timeout_s=30.0, idle_s=0.3).send()
    assert (answer.attempts, answer.maybe_billed) == (2, 1)


def test_hard_thinking_may_be_silent(sender: Callable[..., Sender]) -> None:
    line = sender("stall", timeout_s=0.7, idle_s=0.1)
    start = time.monotonic()
    error = line.fail(reasoning_effort="high")
    assert time.monotonic() - start > 0.65
    assert error.attempts == 1


@pytest.mark.parametrize("step", ["reset-before", "close", "reset-after", "stream-reset-early"])
def test_a_connection_that_breaks_before_an_answer_is_tried_again(sender: Callable[..., Sender], step: str) -> None:
    line = sender(f"{step},ok")
    answer = line.send(stream=step.startswith("stream"))
    assert (answer.attempts, len(line.journal)) == (2, 2)
    assert step == "reset-before" or answer.maybe_billed == 1


def test_a_connection_that_keeps_breaking_is_unreachable(sender: Callable[..., Sender]) -> None:
    line = sender("close")
    error = line.fail()
    assert type(error) is Unreachable
    assert (error.attempts, error.maybe_billed, len(line.journal)) == (5, 5, 5)
    assert "without an answer" in error.message


def test_a_reused_connection_that_breaks_is_replaced_at_once(sender: Callable[..., Sender]) -> None:
    line = sender("reset-reused", retries=1)
    line.send()
    assert line.send().attempts == 2
    assert len(line.journal) == 3


def test_connections_are_reused(sender: Callable[..., Sender]) -> None:
    # `reset-reused` breaks exactly the second request on a connection
    line = sender("reset-reused", retries=0)
    line.send(stream=False)
    assert line.fail().code == "unreachable"


def test_a_stop_ends_a_wait(sender: Callable[..., Sender]) -> None:
    stop = threading.Event()
    line = sender("429;retry-after=60", max_wait_s=120.0, stop=stop)
    threading.Timer(0.5, stop.set).start()
    start = time.monotonic()
    error = line.fail()
    assert time.monotonic() - start < 5
    assert error.code == "rate_limited"
    assert line.notices
    assert "next try in" in line.notices[0]


def test_an_error_in_on_text_is_not_swallowed_or_retried(sender: Callable[..., Sender]) -> None:
    line = sender("ok")

    def on_text(_: str) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        line.client.send(request(stream=True), on_text=on_text)
    assert len(line.journal) == 1


def test_on_attempt_comes_before_each_attempt(sender: Callable[..., Sender]) -> None:
    line = sender("500,ok")
    seen: list[tuple[int, int]] = []
    line.client.send(request(), on_attempt=lambda number: seen.append((number, len(line.journal))))
    assert seen == [(1, 0), (2, 1)]


def fail_at(base_url: str, key: str = KEY) -> Exception:
    endpoint = Endpoint(base_url=base_url, api_key=key, timeout_s=5, retries=0)
    with pytest.raises((Unreachable, ConfigError)) as caught:
        Client(endpoint, lambda _: None).send(request())
    return caught.value


def test_a_closed_port_is_refused_with_its_cause() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = fail_at(f"http://127.0.0.1:{port}/v1")
    assert str(error) == f"127.0.0.1:{port} refuses connections"


def test_an_unknown_name_says_so() -> None:
    assert "is not known (DNS)" in str(fail_at("http://no-such-host.invalid/v1"))


def test_https_to_a_plain_server_is_a_tls_message(sender: Callable[..., Sender]) -> None:
    port = sender("ok").server.port
    assert "TLS" in str(fail_at(f"https://127.0.0.1:{port}/v1"))


@pytest.mark.parametrize("url", ["localhost:8000/v1", "ftp://x/v1", "http://", "http://[::1/v1", "http://h:99999/v1"])
def test_a_base_url_that_is_none_is_a_setting(url: str) -> None:
    error = fail_at(url)
    assert type(error) is ConfigError
    assert "base URL" in str(error)


@pytest.mark.parametrize("key", ["sk-abc\n", "sk-ключ-123", "sk a"])
def test_a_key_that_cannot_be_sent_is_a_setting_and_not_echoed(key: str) -> None:
    error = fail_at("http://127.0.0.1:9/v1", key)
    assert type(error) is ConfigError
    assert key.strip() not in str(error)


def test_no_key_is_missing() -> None:
    assert type(fail_at("http://127.0.0.1:9/v1", "")) is MissingKey


def test_a_socks_proxy_without_its_package_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    error = fail_at("http://example.invalid/v1")
    assert type(error) is ConfigError
    assert 'pip install "httpx2[socks]"' in error.hint


def test_a_proxy_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch, sender: Callable[..., Sender]) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{sender('ok').server.port}")
    assert "proxy" in str(fail_at("https://example.invalid/v1"))
