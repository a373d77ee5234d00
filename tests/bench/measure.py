"""Measuring in pairs: two things in turn, their ratio round by round, and the median of the ratios."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Row(NamedTuple):
    """One line of the table. `limit` is the most that `figure` may be; None: told, not held."""

    target: str
    what: str
    limit: float | None
    figure: float | None
    note: str = ""

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"<= {self.limit:.3g}"
        figure = "-" if self.figure is None else f"{self.figure:.3g}"
        is_held = self.limit is None or self.figure is None or self.figure <= self.limit
        return f"| {self.target} | {self.what} | {limit} | {figure} | {'' if is_held else 'MISSED'} | {self.note} |"


HEAD = "| target | what | target figure | measured | | note |\n|---|---|---|---|---|---|"


# A child's peak counts what its parent held when it was started: a small one starts those whose peak is wanted.
LAUNCHER = """
import os, sys
null = os.open(os.devnull, os.O_RDWR)
quiet = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in range(3)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, used = os.wait4(child, 0)
print(used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


class Run(NamedTuple):
    """One whole process, as the operating system accounts for it."""

    cpu_s: float
    wall_s: float


def peak_kib(argv: Sequence[str]) -> int:
    """Return the peak memory of a command in KiB."""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", LAUNCHER, *argv], check=True, capture_output=True)
    return int(done.stdout)


def run(argv: Sequence[str], env: dict[str, str] | None = None) -> Run:
    """Run a command to its end. Raises RuntimeError if it fails: a failing command is fast."""
    started = time.monotonic()
    null = subprocess.DEVNULL
    child = subprocess.Popen(argv, stdin=null, stdout=null, stderr=null, env=None if env is None else os.environ | env)
    _, status, used = os.wait4(child.pid, 0)
    wall_s = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(argv)[:200]} ended with {child.returncode}")
    return Run(used.ru_utime + used.ru_stime, wall_s)


def pair(
    ours: Sequence[str], theirs: Sequence[str], rounds: int, *, by: str = "cpu_s", env: dict[str, str] | None = None
) -> float:
    """Return the median ratio of two commands, run in turn after one round that does not count."""
    ratios = [getattr(run(ours, env), by) / getattr(run(theirs, env), by) for _ in range(rounds + 1)]
    return statistics.median(ratios[1:])


def pair_calls(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> float:
    """Return the median ratio of the CPU of two calls in this process, after one round that does not count."""
    ratios = [_cpu_s(ours) / _cpu_s(theirs) for _ in range(rounds + 1)]
    return statistics.median(ratios[1:])


def _cpu_s(call: Callable[[], object]) -> float:
    started = time.process_time()
    call()
    return time.process_time() - started
