"""What becomes of connections that break, or cannot be made."""

from __future__ import annotations

import contextlib
import gc
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import KEY, request
from tests.faults.plain import PlainServer, Said, answer, refusal
from visionask.api.attempt import Exchange
from visionask.api.client import Client
from visionask.core.errors import (
    BadReply,
    ConfigError,
    IncompleteAnswer,
    MissingKey,
    ServerFailed,
    Unreachable,
    VisionaskError,
)
from visionask.core.request import Endpoint
from visionask.core.retry import LOST_ASKS, Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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
    assert (error.attempts, error.maybe_billed, len(line.journal)) == (3, 3, 3)
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
    # what is lost three times is given up: with one in fifty, that comes about once in a thousand runs
    line = sender("mix;429=.15;500=.1;reset-before=.02", retries=8)
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


def fail_at(base_url: str, key: str = KEY) -> VisionaskError:
    endpoint = Endpoint(base_url=base_url, api_key=key, timeout_s=5, retries=0)
    with pytest.raises(VisionaskError) as caught:
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
    for name in ("no_proxy", "all_proxy", "https_proxy", "http_proxy"):
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


def through(proxy: Said, monkeypatch: pytest.MonkeyPatch, url: str = "http://example.invalid/v1") -> VisionaskError:
    with PlainServer(proxy) as server:
        name = f"{url.partition(':')[0].upper()}_PROXY"
        monkeypatch.setenv(name, server.root.replace("//", "//ann:hidden@"))
        error = fail_at(url)
        assert f"the proxy {server.root[7:]} " in str(error)
        assert "hidden" not in f"{error} {error.hint}"
        assert name in error.hint
    return error


@pytest.mark.parametrize(
    "said",
    [
        Said(403, b"<html><title>ERROR</title></html>", {"content-type": "text/html"}),
        Said(403, b"denied", {"x-squid-error": "ERR_ACCESS_DENIED 0"}),
        Said(403, {"error": "blocked"}, {"server": "Zscaler/6.2"}),
        Said(407, b"", {"proxy-authenticate": "Basic"}),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_what_a_proxy_refuses_is_its_own(proxies: pytest.MonkeyPatch, said: Said, scheme: str) -> None:
    error = through(said, proxies, f"{scheme}://example.invalid/v1")
    assert type(error) is ConfigError
    assert (error.status, error.answered_by) == (said.status, "proxy")
    assert "API key" not in str(error)


def test_a_proxy_without_an_answer_is_its_own_and_passes(proxies: pytest.MonkeyPatch) -> None:
    error = through(Said(503, b"<html><title>ERROR</title></html>"), proxies)
    assert error.answered_by == "proxy"
    assert type(error) is ServerFailed


def test_a_server_behind_a_proxy_speaks_for_itself(proxies: pytest.MonkeyPatch) -> None:
    with PlainServer(refusal(403, "no access", code="x")) as server:
        proxies.setenv("HTTP_PROXY", server.root)
        error = fail_at("http://example.invalid/v1")
        assert str(error).startswith("example.invalid refused the API key")
        assert f"through the proxy {server.root[7:]}" in error.hint
    with PlainServer(Said(403, b"not from here", {"content-type": "text/plain"})) as server:
        proxies.setenv("HTTP_PROXY", server.root)
        error = fail_at("http://example.invalid/v1")
        assert str(error).startswith(f"example.invalid, or the proxy {server.root[7:]} on the way to it, refuses")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_dead_proxy_is_named(proxies: pytest.MonkeyPatch, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    proxies.setenv(f"{scheme.upper()}_PROXY", f"127.0.0.1:{port}")
    error = fail_at(f"{scheme}://example.invalid/v1")
    assert str(error) == f"the proxy 127.0.0.1:{port} refuses connections"


@pytest.mark.parametrize(
    "url",
    [
        "socks5://h:9",
        "SOCKS5H://h:9",
        "socks://h:9/",
        "socks4://h:9",
        "foo://h:9",
        "http://",
        "http://[::1",
        "http://h:x",
    ],
)
def test_a_proxy_that_cannot_be_used_is_one_setting_and_spares_what_needs_none(
    proxies: pytest.MonkeyPatch, url: str
) -> None:
    proxies.setenv("ALL_PROXY", url)
    error = fail_at("http://example.invalid/v1")
    assert type(error) is ConfigError
    assert "ALL_PROXY" in str(error)
    proxies.setenv("NO_PROXY", "127.0.0.1,localhost")
    with PlainServer(answer()) as server:
        client = Client(Endpoint(base_url=server.base_url, api_key=KEY), lambda _: None)
        with closing(client):
            assert client.send(request()).text == "A red square."


@pytest.mark.parametrize("path", ["missing.pem", "empty.pem"])
def test_certificates_that_cannot_be_read_are_a_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: str
) -> None:
    (tmp_path / "empty.pem").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / path))
    error = fail_at("https://127.0.0.1:9/v1")
    assert type(error) is ConfigError
    assert "SSL_CERT_FILE" in str(error)


def test_a_failure_to_load_is_told_by_the_request_and_by_no_thread(
    proxies: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    proxies.setenv("ALL_PROXY", "foo://h")
    client = Client(Endpoint(base_url="http://example.invalid/v1", api_key=KEY), lambda _: None)
    client.warm()
    with pytest.raises(ConfigError):
        client.send(request())
    assert capsys.readouterr().err == ""


_OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
_ANSWER = json.dumps(answer().body).encode()
GARBLED = {
    "chunk": _OK + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
    "later chunk": _OK + b'transfer-encoding: chunked\r\n\r\n5\r\n{"id"\r\nzz\r\n',
    "status line": b"HTP/9 what\r\n\r\n",
    "headers": b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000 + b"\r\n\r\n",
    "no head": b"<html>who are you?</html>",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
}
WHOLE = {
    "no last chunk": _OK + b"transfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(_ANSWER), _ANSWER),
    "bad trailers": _OK + b"transfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\nx\r\n\r\n" % (len(_ANSWER), _ANSWER),
    "too long a length": _OK + b"content-length: 9999\r\n\r\n" + _ANSWER,
}


@contextlib.contextmanager
def speaking(data: bytes) -> Iterator[tuple[Client, list[bytes]]]:
    """Yield a client of a server that says the same bytes whatever is asked, and then hangs up; and what is asked."""
    asked: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    asked.append(connection.recv(65536))
                    connection.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        with closing(
            Client(Endpoint(base_url=url, api_key=KEY), lambda _: None, backoff=Backoff(base_s=0.001))
        ) as client:
            yield client, asked
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("kind", GARBLED)
def test_a_reply_that_is_garbled_was_answered_and_is_not_asked_again(kind: str) -> None:
    with speaking(GARBLED[kind]) as (client, asked), pytest.raises(BadReply, match="no valid HTTP") as caught:
        client.send(request())
    assert (len(asked), caught.value.attempts, caught.value.maybe_billed) == (1, 1, 1)
    assert "bytearray" not in str(caught.value)


def test_a_reply_that_breaks_off_in_its_headers_is_cut() -> None:
    with speaking(b"HTTP/1.1 200 OK\r\ncontent-ty") as (client, asked), pytest.raises(IncompleteAnswer) as caught:
        client.send(request())
    assert (len(asked), caught.value.maybe_billed) == (1 + LOST_ASKS, 1 + LOST_ASKS)


@pytest.mark.parametrize("kind", WHOLE)
def test_an_answer_that_is_whole_is_read_however_its_transfer_ends(kind: str) -> None:
    with speaking(WHOLE[kind]) as (client, asked):
        assert client.send(request()).text == "A red square."
    assert len(asked) == 1


def test_a_count_that_is_garbled_is_not_said_to_be_billed() -> None:
    with speaking(GARBLED["chunk"]) as (client, _), pytest.raises(BadReply) as caught:
        client.send(request(is_count=True))
    assert "billed" not in str(caught.value)
    assert caught.value.maybe_billed == 0


def test_what_is_answered_is_let_go_of_at_once(sender: Callable[..., Sender]) -> None:
    gc.collect()
    gc.disable()
    try:
        line = sender("ok,500,ok")
        for _ in range(2):
            line.send()
        left = [each for each in gc.get_objects() if isinstance(each, Exchange)]
    finally:
        gc.enable()
    assert left == [], "each holds its request, with its pictures"
