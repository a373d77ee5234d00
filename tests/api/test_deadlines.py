"""Tests that no server can keep us waiting longer than we say."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import request
from visionask.core.errors import IncompleteAnswer, TimedOut
from visionask.core.image import EncodedImage
from visionask.core.request import SentImage
from visionask.core.retry import LOST_ASKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Sender

SLACK_S = 2.5  # of a machine that is busy; the servers would hold on for 30 s


@pytest.mark.parametrize("kind", ["headers", "body", "stream"])
def test_a_drip_ends_at_the_total_limit(sender: Callable[..., Sender], kind: str) -> None:
    line = sender(f"drip;kind={kind}", timeout_s=0.6, idle_s=30.0, retries=0)
    line.client.warm()
    start = time.monotonic()
    error = line.fail(stream=kind == "stream")
    assert 0.55 < time.monotonic() - start < 0.6 + SLACK_S
    assert type(error) is (IncompleteAnswer if kind == "stream" else TimedOut)
    assert (error.maybe_billed, len(line.journal)) == (1, 1)
    assert "0.6 s" in error.message


@pytest.mark.parametrize("kind", ["space", "ping"])
def test_a_sign_of_life_without_text_is_silence(sender: Callable[..., Sender], kind: str) -> None:
    line = sender(f"drip;kind={kind}", timeout_s=30.0, idle_s=0.4, retries=0)
    line.client.warm()
    start = time.monotonic()
    error = line.fail(stream=kind == "ping")
    assert time.monotonic() - start < 0.4 + SLACK_S
    assert type(error) is TimedOut
    assert "billed" in error.message
    assert len(line.journal) == 1


def test_a_stream_that_stalls_keeps_its_text(sender: Callable[..., Sender]) -> None:
    line = sender("stream-stall", timeout_s=30.0, idle_s=0.3)
    error = line.fail(stream=True)
    assert isinstance(error, IncompleteAnswer)
    assert error.partial is not None
    assert error.partial.text == "The sky "
    assert line.texts == ["The ", "sky "]


@pytest.mark.parametrize("script", ["stall", "drip;kind=space", "close", "reset-after", "524", "cut-body"])
@pytest.mark.parametrize("retries", [0, 1, 4])
def test_a_lost_reply_is_asked_for_twice_more_however_it_was_lost(
    sender: Callable[..., Sender], script: str, retries: int
) -> None:
    line = sender(script, timeout_s=30.0, idle_s=0.3, retries=retries)
    error, sent = line.fail(), 1 + min(retries, LOST_ASKS)
    assert (error.attempts, error.maybe_billed, len(line.journal)) == (sent, sent, sent)


def test_lost_replies_of_several_kinds_add_up_and_passing_faults_do_not(sender: Callable[..., Sender]) -> None:
    lost = sender("close,500,stall,429,cut-body,ok", timeout_s=30.0, idle_s=0.3, retries=9).fail()
    assert (lost.code, lost.attempts, lost.maybe_billed) == ("incomplete", 5, 3)
    answer = sender("close,500,stall,429,503,ok", timeout_s=30.0, idle_s=0.3, retries=9).send()
    assert (answer.attempts, answer.maybe_billed) == (6, 2)


def test_what_was_shown_of_an_answer_is_not_asked_for_again(sender: Callable[..., Sender]) -> None:
    shown, silent = (sender("stream-stall,ok", timeout_s=30.0, idle_s=0.3) for _ in range(2))
    assert (shown.fail(stream=True).attempts, shown.texts) == (1, ["The ", "sky "])
    assert silent.client.send(request(stream=True)).attempts == 2


def test_a_request_lost_once_is_answered(sender: Callable[..., Sender]) -> None:
    answer = sender("stall,ok", timeout_s=30.0, idle_s=0.3).send()
    assert (answer.attempts, answer.maybe_billed) == (2, 1)


def test_a_slow_upload_is_no_silence(sender: Callable[..., Sender]) -> None:
    # 16 MB of base64 do not fit in the sockets' buffers: the request leaves only as the server reads
    line = sender("413;read-late=1.6", timeout_s=30.0, idle_s=0.8)
    big = EncodedImage(
        data=bytes(12_000_000),
        format="JPEG",
        width_px=2,
        height_px=2,
        sha256="0",
        source_format="JPEG",
        is_untouched=True,
    )
    error = line.fail(images=(SentImage(detail="low", encoded=big),))
    assert (error.code, error.attempts) == ("bad_request", 1)


def test_hard_thinking_may_be_silent(sender: Callable[..., Sender]) -> None:
    line = sender("stall", timeout_s=0.7, idle_s=0.1, retries=0)
    start = time.monotonic()
    error = line.fail(reasoning_effort="high")
    assert time.monotonic() - start > 0.65
    assert error.attempts == 1


def test_a_stop_ends_a_wait(sender: Callable[..., Sender]) -> None:
    stop = threading.Event()
    line = sender("429;retry-after=60", max_wait_s=120.0, stop=stop)
    threading.Timer(0.5, stop.set).start()
    start = time.monotonic()
    error = line.fail()
    assert time.monotonic() - start < 5
    assert error.code == "rate_limited"


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
    line.client.send(request(), on_attempt=lambda attempt: seen.append((attempt.number, len(line.journal))))
    assert seen == [(1, 0), (2, 1)]


_INTERRUPTED = """
import sys
from tests.api.conftest import request
from visionask.api.client import Client
from visionask.core.request import Endpoint
client = Client(Endpoint(base_url=sys.argv[1], api_key="x"), print)
client.warm()
try:
    client.send(request(), on_attempt=lambda _: print("go", flush=True))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a child there")
@pytest.mark.parametrize("step", ["stall", "429;retry-after=60", "drip;kind=body"])
def test_an_interrupt_is_obeyed_at_once(sender: Callable[..., Sender], step: str) -> None:
    line = sender(step)
    url = line.server.base_url(line.script)
    with subprocess.Popen([sys.executable, "-c", _INTERRUPTED, url], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "go\n"
        while not line.journal:
            time.sleep(0.01)
        time.sleep(0.2)  # the reply is on its way
        start = time.monotonic()
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=10) == 130
    assert time.monotonic() - start < SLACK_S
