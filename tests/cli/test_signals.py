"""The three ends that come from outside: Ctrl-C, termination, and a reader that goes away."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import SCRIPT, TIMEOUT_S, Result, checked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.command import Command
    from tests.cli.conftest import Wire


@pytest.mark.parametrize(
    ("number", "code", "script"),
    [(signal.SIGINT, 130, "stall"), (signal.SIGTERM, 143, "stall"), (signal.SIGINT, 130, "stream-stall")],
)
def test_a_signal_while_waiting_ends_at_once(
    wire: Callable[[str], Wire], dot: Path, number: signal.Signals, code: int, script: str
) -> None:
    sender = wire(script)
    process = sender.command.start("ask", "why?", dot, env=sender.env)
    until = time.monotonic() + TIMEOUT_S
    while not any(sender.bodies) and time.monotonic() < until:
        select.select([], [], [], 0.02)
    if script == "stream-stall":
        assert process.stdout is not None
        assert os.read(process.stdout.fileno(), 100).startswith(b"The ")
    sent_at = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == code, err
    assert time.monotonic() - sent_at < 10
    checked((), Result(code=code, out_bytes=out, err_bytes=err))


def test_a_reader_that_goes_away_ends_it_quietly(command: Command, dot: Path) -> None:
    for args in (["cost", "dot.png"], ["cost", *["dot.png"] * 900], ["--help"]):  # the 900 do not fit into the buffer
        ours, theirs = os.pipe()
        os.close(ours)
        with command.start(*args, stdout=theirs) as process:
            os.close(theirs)
            _, err = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 141
        assert b"rror" not in err


def test_an_answer_nobody_reads_ends_it_quietly(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("ok")
    ours, theirs = os.pipe()
    os.close(ours)
    with sender.command.start("ask", "-q", "why?", dot, env=sender.env, stdout=theirs) as process:
        os.close(theirs)
        _, err = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, err) == (141, b"")


def test_head_gets_its_line(command: Command, dot: Path) -> None:
    line = '"$0" cost -q $(yes dot.png | head -n 900) | head -n 1; exit ${PIPESTATUS[0]}'
    done = subprocess.run(
        ["bash", "-c", line, SCRIPT],
        env=command.env, cwd=command.folder, capture_output=True, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    assert done.stdout.split()[0] == b"kind"
    assert done.returncode in (0, 141)  # 0 where the pipe has taken everything before head leaves
    assert done.stderr == b""
