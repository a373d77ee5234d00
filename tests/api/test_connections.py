"""Owns what becomes of connections that break, or cannot be made."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import KEY, request
from visionask.api.client import Client
from visionask.core.errors import ConfigError, MissingKey, Unreachable
from visionask.core.request import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Sender


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


def test_threads_share_a_client_in_a_storm(sender: Callable[..., Sender]) -> None:
    line = sender("mix;429=.1;500=.05;reset-before=.05;reset-after=.05;close=.05", retries=8)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: line.client.send(request()), range(150)))
    assert {answer.finish_reason for answer in answers} == {"stop"}
    assert sum(answer.attempts for answer in answers) == len(line.journal)
    assert len(line.journal) > 150


@pytest.mark.parametrize(
    ("url", "key", "count"),
    [
        ("http://192.0.2.1/v1", KEY, 1),
        ("https://192.0.2.1/v1", KEY, 0),
        ("http://127.0.0.1:1/v1", KEY, 0),
        ("http://192.0.2.1/v1", "ollama", 0),
        ("http://127.0.0.1.example.com/v1", KEY, 1),
    ],
)
def test_a_key_in_the_clear_is_warned_of(url: str, key: str, count: int) -> None:
    notices: list[str] = []
    Client(Endpoint(base_url=url, api_key=key), notices.append)
    assert len(notices) == count
    assert KEY not in "".join(notices)


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


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("no_proxy", "all_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


def test_a_socks_proxy_without_its_package_is_a_setting(proxies: pytest.MonkeyPatch) -> None:
    proxies.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    error = fail_at("http://example.invalid/v1")
    assert type(error) is ConfigError
    assert 'pip install "httpx2[socks]"' in error.hint


def test_a_proxy_that_refuses_is_named(proxies: pytest.MonkeyPatch, sender: Callable[..., Sender]) -> None:
    proxies.setenv("HTTPS_PROXY", f"http://127.0.0.1:{sender('ok').server.port}")
    assert "proxy" in str(fail_at("https://example.invalid/v1"))
