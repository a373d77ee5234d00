"""The running of the installed command as users do: through pipes, or on a terminal of a given size."""

from __future__ import annotations

import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pexpect import EOF
from pexpect.fdpexpect import fdspawn

from tests.cli.forks import Fork, can_fork

SCRIPT = str(Path(sys.executable).with_name("visionask"))
KEY = "sk-canary-0123456789abcdef"  # must appear in no output
TIMEOUT_S = 60.0

Process = subprocess.Popen[bytes] | Fork

_started: list[Process] = []


def kill_started() -> None:
    """Kill what a test has started and left running."""
    while _started:
        _started.pop().kill()  # does nothing to one that has been waited for


Argument = str | bytes | Path
Stream = int | IO[bytes]


def clean_environment(home: Path) -> dict[str, str]:
    """Return the environment of somebody who has never configured anything; `home` stays empty."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "NO_PROXY": "*",
        "VISIONASK_MODEL": "gpt-6-luna",  # named, as the servers of the tests are nobody's: else they have no price
    }


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a run ended, and the bytes it wrote. On a terminal both streams are in `out_bytes`."""

    code: int
    out_bytes: bytes
    err_bytes: bytes = b""

    @property
    def out(self) -> str:
        return self.out_bytes.decode("utf-8", "backslashreplace")

    @property
    def err(self) -> str:
        return self.err_bytes.decode("utf-8", "backslashreplace")

    @property
    def record(self) -> dict[str, Any]:
        """The one record on standard output: a line of pure ASCII."""
        (line,) = self.out_bytes.splitlines()
        record: dict[str, Any] = json.loads(line.decode("ascii"))
        return record

    @property
    def error_lines(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith(("error:", "hint:"))]


@dataclass(frozen=True, kw_only=True)
class Command:
    """The command with its environment and folder."""

    env: dict[str, str]
    folder: Path

    def __call__(
        self,
        *args: Argument,
        env: dict[str, str] | None = None,
        stdin: bytes | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Result:
        """Run to the end; `stdin` None is no input at all. No key and no traceback may be seen."""
        process = self.start(*args, env=env, stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE)
        try:
            out, err = process.communicate(stdin, timeout_s)
        finally:
            process.kill()
        return checked(args, Result(code=process.wait(), out_bytes=out, err_bytes=err))

    def start(
        self,
        *args: Argument,
        env: dict[str, str] | None = None,
        stdin: Stream = subprocess.DEVNULL,
        stdout: Stream = subprocess.PIPE,
        stderr: Stream = subprocess.PIPE,
        has_keys: bool = False,
    ) -> Process:
        """Start it and return the process; its output goes into pipes unless told otherwise.

        `has_keys`: `stdin` is a terminal, and Ctrl-C there ends this run alone.
        """
        words, given = [os.fsdecode(arg) for arg in args], self.env | (env or {})
        process: Process
        if can_fork(words, given):
            process = Fork(
                words, env=given, folder=self.folder, stdin=stdin, stdout=stdout, stderr=stderr, has_keys=has_keys
            )
        else:
            lead = ["setsid", "--ctty"] if has_keys else []
            process = subprocess.Popen(
                [*lead, SCRIPT, *args], env=given, cwd=self.folder, stdin=stdin, stdout=stdout, stderr=stderr
            )
        _started.append(process)
        return process

    def on_terminal(
        self,
        *args: Argument,
        env: dict[str, str] | None = None,
        size: tuple[int, int] = (80, 24),
        replies: dict[bytes, bytes] | None = None,
    ) -> Result:
        """Run on a terminal of (columns, rows); `replies` are typed once their key has been shown."""
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        with self.start(*args, env=env, stdin=theirs, stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            try:
                shown = _converse(ours, dict(replies or {}))
                code = process.wait(TIMEOUT_S)
            finally:
                process.kill()
                os.close(ours)
        return checked(args, Result(code=code, out_bytes=shown))

    def typed(self, *args: Argument, env: dict[str, str] | None = None) -> Typed:
        """Start it on a terminal of its own, where each key is typed when it is due."""
        return Typed(self, *args, env=env)


class Typed(fdspawn):  # type: ignore[misc]
    """The command at a terminal of 150 columns, as pexpect has it: what is expected, what is sent."""

    def __init__(self, command: Command, *args: Argument, env: dict[str, str] | None = None) -> None:
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 150, 0, 0))
        self.process = command.start(*args, env=env, stdin=theirs, stdout=theirs, stderr=theirs, has_keys=True)
        os.close(theirs)
        super().__init__(ours, timeout=20, encoding="utf-8")

    def send(self, keys: str) -> int:
        """Type keys, a little later than they are due: readline shows a prompt before it has set the terminal up."""
        time.sleep(0.05)
        return int(super().send(keys))

    def leave(self) -> int:
        """Wait for its end and return its exit code."""
        self.expect(EOF)
        self.close()
        return self.process.wait(TIMEOUT_S)


def _converse(terminal: int, replies: dict[bytes, bytes]) -> bytes:
    shown, until = b"", time.monotonic() + TIMEOUT_S
    while time.monotonic() < until and select.select([terminal], [], [], until - time.monotonic())[0]:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # how Linux tells that the other side is closed
            return shown
        if not piece:
            return shown
        shown += piece
        for prompt in [prompt for prompt in replies if prompt in shown]:
            os.write(terminal, replies.pop(prompt))
    raise TimeoutError(f"the command did not end; it showed {shown!r}")


def checked(args: tuple[Argument, ...], result: Result) -> Result:
    """Hold what holds for every run: the key is nowhere, and a traceback is shown only to who asked for it."""
    seen = result.out_bytes + result.err_bytes
    assert KEY.encode() not in seen
    assert "--debug" in args or b"Traceback" not in seen, seen.decode("utf-8", "replace")
    return result
