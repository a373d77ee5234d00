"""Tests that the fault server does what its URLs say, seen with the standard library's client."""

from __future__ import annotations

import gzip
import http.client
import json
import ssl
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.server import FaultServer

if TYPE_CHECKING:
    from collections.abc import Iterator

RED_DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
RED_DOT_SHA256 = "c414cd0e204de974f73753c7e28d7638e7b3691bb8b1a2bab6b25bb7fed7ce77"  # sha256sum says so


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def ask(server: FaultServer, script: str, **fields: Any) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "why?"}], **fields})
    try:
        connection.request("POST", f"/{script}/v1/chat/completions", body)
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()
    finally:
        connection.close()


def test_an_answer_tells_what_arrived(server: FaultServer) -> None:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{RED_DOT}", "detail": "low"}}
    content = [{"type": "text", "text": "what?"}, image]
    status, headers, data = ask(server, "facts~ok", messages=[{"role": "user", "content": content}], temperature=0)
    reply = json.loads(data)
    told = json.loads(reply["choices"][0]["message"]["content"])
    assert status == 200
    assert headers["x-request-id"] == "req_1"
    assert told["question"] == "what?"
    assert told["parameters"] == {"temperature": 0}
    assert told["images"] == [{"mime": "image/png", "bytes": 70, "sha256": RED_DOT_SHA256, "detail": "low"}]
    assert reply["usage"]["prompt_tokens"] == 1014


def test_steps_follow_each_other_and_the_last_repeats(server: FaultServer) -> None:
    assert [ask(server, "follow~429,500,ok")[0] for _ in range(4)] == [429, 500, 200, 200]


def test_tags_keep_counts_apart(server: FaultServer) -> None:
    assert ask(server, "one~404,ok")[0] == 404
    assert ask(server, "two~404,ok")[0] == 404
    assert len(server.journal("one~404,ok")) == 1


def test_a_request_before_its_time_is_early(server: FaultServer) -> None:
    script = "early~429;retry-after=30,ok"
    assert ask(server, script)[1]["retry-after"] == "30"
    ask(server, script)
    assert [entry["is_early"] for entry in server.journal(script)] == [False, True]


def test_the_journal_is_served(server: FaultServer) -> None:
    ask(server, "served~ok", seed=7)
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/__journal?script=served~ok", timeout=5) as reply:
        (entry,) = json.load(reply)
    assert entry["body"]["seed"] == 7
    assert entry["headers"]["content-length"].isdigit()


@pytest.mark.parametrize("script", ["r1~reset-before", "r2~reset-after"])
def test_a_reset_is_one(server: FaultServer, script: str) -> None:
    with pytest.raises(ConnectionResetError):
        ask(server, script)
    assert (server.journal(script)[0]["body"] is None) == (script == "r1~reset-before")


def test_a_close_sends_nothing(server: FaultServer) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        ask(server, "c~close")


def test_a_cut_body_is_shorter_than_it_says(server: FaultServer) -> None:
    with pytest.raises(http.client.IncompleteRead):
        ask(server, "cut~cut-body")


def test_only_a_reused_connection_is_reset(server: FaultServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("POST", "/re~reset-reused/v1/chat/completions", "{}")
    assert connection.getresponse().read()
    connection.request("POST", "/re~reset-reused/v1/chat/completions", "{}")
    with pytest.raises(ConnectionResetError):
        connection.getresponse()
    connection.close()


def test_a_stream_is_events_with_usage_on_demand(server: FaultServer) -> None:
    with_usage = ask(server, "s1~ok", stream=True, stream_options={"include_usage": True})
    without = ask(server, "s2~ok", stream=True)
    assert with_usage[1]["content-type"] == "text/event-stream"
    assert with_usage[2].startswith(b": hello\n\ndata: {")
    assert with_usage[2].endswith(b"data: [DONE]\n\n")
    assert b'"prompt_tokens": 14' in with_usage[2]
    assert b'"prompt_tokens"' not in without[2]


def test_a_bomb_is_small_on_the_wire(server: FaultServer) -> None:
    _, headers, data = ask(server, "bomb~gzip;kind=bomb")
    assert headers["content-encoding"] == "gzip"
    assert len(data) < 400_000
    assert len(gzip.decompress(data)) == 64 * 2**20


def test_a_status_takes_headers_and_a_kind_of_body(server: FaultServer) -> None:
    status, headers, data = ask(server, "k~400;kind=param:temperature;x-should-retry=false")
    assert (status, headers["x-should-retry"]) == (400, "false")
    assert json.loads(data)["error"]["param"] == "temperature"


def test_it_is_neither_a_proxy_nor_a_tls_server(server: FaultServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.set_tunnel("example.invalid", 443)
    with pytest.raises(OSError, match="502"):
        connection.connect()
    secure = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=5)
    with pytest.raises(ssl.SSLError):
        secure.connect()


def test_it_runs_alone() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.server"], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    ) as alone:
        assert alone.stdout is not None
        url = alone.stdout.readline().strip()
        with urllib.request.urlopen(url + "/models", timeout=5) as reply:
            assert json.load(reply)["data"][0]["id"] == "fault-model"
        alone.terminate()
