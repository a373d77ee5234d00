"""Tests of when a scan sends: within its limits, and no more where the server has said enough."""

from __future__ import annotations

import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

import pytest

from tests.cli.command import KEY
from tests.cli.scanning import QUESTION, asked, fill, scan
from tests.core.pace_server import Bucket
from tests.faults import replies

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.command import Command
    from tests.cli.conftest import Wire


@pytest.mark.parametrize(
    "limit",
    [
        pytest.param(("--rpm", "240"), id="requests"),
        pytest.param(("--tpm", "243360", "-j", "1"), id="tokens"),  # 4 requests a second of the 1,014 that are billed
    ],
)
def test_no_moment_sees_more_than_the_limit(
    wire: Callable[[str], Wire], command: Command, limit: tuple[str, ...]
) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 12)
    assert scan(sender, folder, *limit).code == 0
    arrived = [entry["at"] for entry in sender.server.journal(sender.script)]
    assert len(arrived) == 12
    for first, last in itertools.combinations(range(12), 2):
        span_s = arrived[last] - arrived[first]
        assert last - first + 1 <= 4 + 4 * (span_s + 0.25) + 1  # a second's worth at once, then 4 a second


class LimitedServer(ThreadingHTTPServer):
    """Lets 600 requests a minute in, and the worth of two seconds at once."""

    daemon_threads = True

    def __init__(self) -> None:
        self.lock, self.seen = threading.Lock(), list[bool]()
        self.bucket = Bucket(rpm=600, tpm=10**9, depth=1 / 30, at_s=time.monotonic())
        super().__init__(("127.0.0.1", 0), _Limiting)

    @property
    def env(self) -> dict[str, str]:
        return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"http://127.0.0.1:{self.server_address[1]}/v1"}

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Limiting(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LimitedServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with self.server.lock:
            is_let_in = self.server.bucket.take(time.monotonic(), 1) is None
            self.server.seen.append(is_let_in)
        kind, data = replies.error("", 429)
        if is_let_in:
            kind, data = "application/json", json.dumps(replies.completion(body)).encode()
        self.send_response(200 if is_let_in else 429)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_limit_that_is_known_is_seldom_met(command: Command) -> None:
    folder = fill(command.folder / "p", 50)
    with LimitedServer() as server:
        assert command("scan", "-q", QUESTION, folder, "--rpm", "600", env=server.env).code == 0
    assert server.seen.count(True) == 50
    assert server.seen.count(False) <= 1  # 2%


def test_a_limit_that_is_not_known_is_found_and_all_are_answered(command: Command) -> None:
    folder = fill(command.folder / "p", 50)
    with LimitedServer() as server:
        assert command("scan", "-q", QUESTION, folder, "-j", "4", "--retries", "9", env=server.env).code == 0
    assert server.seen.count(True) == 50


@pytest.mark.parametrize(("step", "code"), [("401;kind=key", 4), ("429;kind=quota", 6)])
def test_what_comes_to_an_end_midway_ends_it(
    wire: Callable[[str], Wire], command: Command, step: str, code: int
) -> None:
    sender, folder = wire(f"ok,ok,ok,{step},ok;read-late=.3"), fill(command.folder / "p", 14)
    assert scan(sender, folder, "-j", "2").code == code
    assert 4 <= len(sender.bodies) <= 5  # the other worker's was on its way
    assert scan(sender, folder).code == 0
    assert sorted(asked(sender).values()) == [1] * 13 + [2]


def test_a_server_that_is_gone_ends_it(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire(",".join(["ok", "ok", *["500"] * 8, "ok"])), fill(command.folder / "p", 14)
    (folder / "i3.png").write_bytes(b"no picture: tells nothing of the server")
    result = scan(sender, folder, "-j", "1", "--retries", "0")
    assert (result.code, len(sender.bodies)) == (6, 10), result.err
    assert "8 images in a row" in result.error_lines[0]
    assert "run it again" in result.error_lines[1]
    assert scan(sender, folder).code == 7  # i3.png
    assert sorted(asked(sender).values()) == [1] * 5 + [2] * 8


def test_faults_that_come_and_go_do_not_end_it(wire: Callable[[str], Wire], command: Command) -> None:
    script = [*["500", "close", "503", "500", "500", "500", "502", "ok"] * 2, "ok"]
    sender, folder = wire(",".join(script)), fill(command.folder / "p", 17)
    assert scan(sender, folder, "-j", "1", "--retries", "0").code == 7
    assert sorted(asked(sender).values()) == [1] * 17


def test_a_row_of_failures_is_as_long_as_there_are_workers(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("500;read-late=.05"), fill(command.folder / "p", 40)
    assert scan(sender, folder, "-j", "16", "--retries", "0").code == 6
    assert 16 <= len(sender.bodies) <= 31  # the others may just have begun theirs


@pytest.mark.slow  # a wait is told after three seconds of it
def test_a_wait_is_told_once_and_shown_by_the_progress(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("429;retry-after=4,429;retry-after=4,429;retry-after=4,ok"), fill(command.folder / "p", 3)
    loud = command("scan", QUESTION, folder, "-j", "3", env=sender.env)
    assert (loud.code, loud.err.count("warning: rate limited: waiting 4 s, 3 requests")) == (0, 1), loud.err
    assert loud.err.count("rate limited") == 1
