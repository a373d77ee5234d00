"""Runs of the command as forks of a process that has loaded all modules and the vocabulary: a second of CPU less each.

A run is a process of its own that enters by `visionask.__main__:main` with its arguments, environment, folder and
streams, and leaves by its own end. No module of visionask reads the environment, or keeps anything of a run,
while it is imported: that is why they can be loaded before it.
What a run itself loads, and what Python takes from the environment, is for real processes (`Command.start`).
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

LIBRARIES = (
    *("typer", "openai", "openai.types.chat", "openai.resources.chat.completions", "openai.resources.responses"),
    *("openai.resources.files", "openai.resources.batches", "openai.resources.models", "httpx2", "http.client"),
    *("PIL.Image", "PIL.ImageOps", "PIL.ImageCms", "PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.WebPImagePlugin"),
    *("rich.console", "rich.markdown", "rich.progress", "rich.table", "splintr", "sqlite3", "platformdirs"),
    *("asyncio", "concurrent.futures", "dataclasses", "tempfile", "tomllib"),
)
READ_BY_PYTHON = ("PYTHON", "LANG", "LC_", "TZ")  # at its start: a fork would not see them
PACKET_BYTES = 100_000
CODE = "from tests.cli.forks import serve; serve({fd}, {script!r}); from visionask.__main__ import main; exit(main())"


def can_fork(args: Sequence[str], env: dict[str, str]) -> bool:
    """Return whether a fork would see all that it is given."""
    read = [(name, value) for name, value in env.items() if name.startswith(READ_BY_PYTHON)]
    return read == [("LANG", "C.UTF-8")] and len(_packet(args, env, "")) < PACKET_BYTES


def run_fork(
    args: Sequence[str], *, env: dict[str, str], folder: Path, stdin: bytes | None, timeout_s: float
) -> tuple[int, bytes, bytes]:
    """Run to the end; return the exit code and both outputs. Raises TimeoutError."""
    given, ours = os.pipe() if stdin is not None else (os.open(os.devnull, os.O_RDONLY), None)
    (out_fd, out), (err_fd, err), (told, reports) = os.pipe(), os.pipe(), os.pipe()
    theirs = [given, out, err, reports]
    socket.send_fds(_loaded(), [_packet(args, env, str(folder))], theirs)
    for fd in theirs:
        os.close(fd)
    with open(told, encoding="ascii") as told_file, ThreadPoolExecutor(4) as pool:
        pid = int(told_file.readline())
        written = pool.submit(_read, out_fd), pool.submit(_read, err_fd), pool.submit(told_file.readline)
        if ours is not None:
            pool.submit(_write, ours, stdin or b"")
        try:
            code = int(written[2].result(timeout_s))
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise
        return code, written[0].result(timeout_s), written[1].result(timeout_s)


def _packet(args: Sequence[str], env: dict[str, str], folder: str) -> bytes:
    return json.dumps({"args": args, "env": env, "folder": folder}).encode()


def _read(fd: int) -> bytes:
    with open(fd, "rb") as stream:
        return stream.read()


def _write(fd: int, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), open(fd, "wb") as stream:
        stream.write(data)


@functools.cache
def _loaded() -> socket.socket:
    """Start the process that runs are forked from; it ends when this one does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    script = str(Path(sys.executable).with_name("visionask"))
    process = subprocess.Popen(
        [sys.executable, "-c", CODE.format(fd=theirs.fileno(), script=script)],
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}, cwd=Path(__file__).parents[2], pass_fds=[theirs.fileno()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,  # of the kind that runs get
    )  # fmt: skip
    theirs.close()
    _started.append(process)
    return ours


_started: list[subprocess.Popen[bytes]] = []  # held, as nobody waits for it


def serve(fd: int, script: str) -> None:
    """Fork a run for each request, and return in it as a new process of `script`; end when nobody asks any more."""
    requests = socket.socket(fileno=fd)
    for name in [*LIBRARIES, *_ours()]:
        importlib.import_module(name)
    importlib.import_module("visionask.core.text_tokens").count_text("a", "o200k_base")
    gc.freeze()  # pages that no run changes stay shared
    wake, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    reports: dict[int, int] = {}  # the number of each run that goes on, and the pipe that hears how it ended
    while True:
        ready, *_ = select.select([requests, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            _report_ended(reports)
        if requests not in ready:
            continue
        packet, fds, *_ = socket.recv_fds(requests, PACKET_BYTES, 4)
        if not packet:
            sys.exit()
        if (run := os.fork()) == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for each in (requests.detach(), wake, woken, *reports.values()):
                os.close(each)
            return _become(script, json.loads(packet), fds)
        for each in fds[:3]:
            os.close(each)
        reports[run] = fds[3]
        _tell(fds[3], run)


def _ours() -> list[str]:
    """Return the names of all modules of visionask but those that are run as programs."""
    import visionask

    names = [module.name for module in pkgutil.walk_packages(visionask.__path__, "visionask.")]
    return [name for name in names if not name.endswith(("__main__", "_server"))]


def _become(script: str, asked: dict[str, Any], fds: list[int]) -> None:
    for stream, fd in enumerate(fds[:3]):
        os.dup2(fd, stream)
    for fd in fds:
        os.close(fd)
    os.chdir(os.fsencode(asked["folder"]))
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv = [script, *asked["args"]]
    sys.path[0] = str(Path(script).parent)


def _report_ended(reports: dict[int, int]) -> None:
    """Tell of each run that has ended how, as `Popen.returncode` has it."""
    for run, report in list(reports.items()):
        ended, status = os.waitpid(run, os.WNOHANG)
        if ended:
            _tell(report, os.waitstatus_to_exitcode(status))
            os.close(reports.pop(run))


def _tell(report: int, number: int) -> None:
    with contextlib.suppress(OSError):  # nobody may be waiting any more
        os.write(report, b"%d\n" % number)
