"""Runs of the command as forks of a process that has loaded all modules and the vocabulary: a second of CPU less each.

A run is a process of its own that enters by `visionask.__main__:main` with its arguments, environment, folder and
streams, and leaves by its own end. No module of visionask reads the environment, or keeps anything of a run,
while it is imported: that is why they can be loaded before it.
What a run itself loads, and what Python takes from the environment, is for real processes (`can_fork`).
"""

from __future__ import annotations

import contextlib
import fcntl
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
import termios
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    Stream = int | IO[bytes]

LIBRARIES = (
    *("typer", "openai", "openai.types.chat", "openai.resources.chat.completions", "openai.resources.responses"),
    *("openai.resources.files", "openai.resources.batches", "openai.resources.models", "httpx2", "http.client"),
    *("PIL.Image", "PIL.ImageOps", "PIL.ImageCms", "PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.WebPImagePlugin"),
    *("rich.console", "rich.markdown", "rich.progress", "rich.table", "splintr", "sqlite3", "platformdirs"),
    *("asyncio", "concurrent.futures", "dataclasses", "tempfile", "tomllib"),
    *(
        "glob",
        "jiter",
        "jsonschema_rs",
        "openai.lib._chat_completion_resources",
        "truststore",
        "typer._click.exceptions",
    ),
)
READ_BY_PYTHON = ("PYTHON", "LANG", "LC_", "TZ")  # at its start: a fork would not see them
PACKET_BYTES = 100_000
CODE = "from tests.cli.forks import serve; serve({fd}, {script!r}); from visionask.__main__ import main; exit(main())"


def can_fork(args: Sequence[str], env: dict[str, str]) -> bool:
    """Return whether a fork would see all that it is given."""
    read = [(name, value) for name, value in env.items() if name.startswith(READ_BY_PYTHON)]
    return read == [("LANG", "C.UTF-8")] and len(_packet(args, env, "")) < PACKET_BYTES


class Fork:
    """A run that goes on, with what the tests use of `subprocess.Popen`.

    `has_keys`: its input is a terminal whose Ctrl-C ends it, as that of a session that this run leads.
    """

    def __init__(
        self, args: Sequence[str], *, env: dict[str, str], folder: Path, stdin: Stream, stdout: Stream, stderr: Stream,
        has_keys: bool = False,
    ) -> None:  # fmt: skip
        theirs, (self.stdin, self.stdout, self.stderr) = zip(
            _ends(stdin, is_input=True), _ends(stdout), _ends(stderr), strict=True
        )
        told, reports = os.pipe()
        self._told = open(told, "rb", buffering=0)  # noqa: SIM115 - it may end at any time, so not in a `with`
        socket.send_fds(_loaded(), [_packet(args, env, str(folder), has_keys=has_keys)], [*theirs, reports])
        for fd in (*theirs, reports):
            os.close(fd)
        self.args, self.pid = args, int(self._told.readline())
        self.returncode: int | None = None
        self._reading = threading.Lock()

    def __del__(self) -> None:
        self._told.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()

    def poll(self) -> int | None:
        """Return how it ended, or None."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code, as `Popen.returncode` has it. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            poll = select.poll()  # a file number may be above what `select` takes
            poll.register(self._told, select.POLLIN)
            if not poll.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            with self._reading:  # several threads may wait
                self.returncode = int(self._told.readline()) if self.returncode is None else self.returncode
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, if it goes on; also from a thread beside the one that waits."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, given: bytes | None = None, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Write the input, and return both outputs when it has ended. Raises subprocess.TimeoutExpired."""
        with ThreadPoolExecutor(3) as pool:
            if self.stdin is not None:
                pool.submit(_write, self.stdin, given or b"")
            out, err = pool.submit(_read, self.stdout), pool.submit(_read, self.stderr)
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            return out.result(timeout), err.result(timeout)


def _packet(args: Sequence[str], env: dict[str, str], folder: str, *, has_keys: bool = False) -> bytes:
    return json.dumps({"args": args, "env": env, "folder": folder, "has_keys": has_keys}).encode()


def _ends(stream: Stream, *, is_input: bool = False) -> tuple[int, IO[bytes] | None]:
    """Return the descriptor of the run's end of a stream, and our end of a pipe."""
    if stream == subprocess.DEVNULL:
        return os.open(os.devnull, os.O_RDWR), None
    if stream != subprocess.PIPE:
        return os.dup(stream if isinstance(stream, int) else stream.fileno()), None
    read, write = os.pipe()
    return (read, open(write, "wb")) if is_input else (write, open(read, "rb"))


def _read(stream: IO[bytes] | None) -> bytes:
    if stream is None:
        return b""
    with stream:
        return stream.read()


def _write(stream: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), stream:
        stream.write(data)


@functools.cache
def _loaded() -> socket.socket:
    """Start the process that runs are forked from; it ends when this one does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    large_pages = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1", "PYTHONMALLOC": "malloc"}  # fork in 5 ms instead of 16
    script = str(Path(sys.executable).with_name("visionask"))
    process = subprocess.Popen(
        [sys.executable, "-c", CODE.format(fd=theirs.fileno(), script=script)],
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"} | large_pages,
        cwd=Path(__file__).parents[2], pass_fds=[theirs.fileno()],
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
    _warm()
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


def _warm() -> None:
    """Let the libraries load what they load when they are used first: a request to nobody, a word that is merged."""
    import openai

    from visionask.core.text_tokens import count_text

    count_text("a", "o200k_base")
    count_text("unfathomably visionask", "o200k_base")
    client = openai.OpenAI(api_key="none", base_url="http://127.0.0.1:1", max_retries=0)
    with client, contextlib.suppress(openai.APIConnectionError):
        client.chat.completions.create(model="none", messages=[])


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
    if asked["has_keys"]:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
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
