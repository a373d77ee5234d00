"""A fuzzing run: inputs in a child process, which may crash, hang or swell without ending the run."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fuzz.mutate import mutate
from tests.fuzz.targets import TARGETS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

SLOWEST_S = 20.0  # one input
MOST_MB = 700.0  # the process, with Python and Pillow in it


@dataclass(kw_only=True)
class Figures:
    """What a run came to. `crashes` maps the number of an input to what happened."""

    runs: int = 0
    crashes: dict[int, str] = field(default_factory=dict)
    slowest_s: float = 0.0
    slowest: int = -1
    peak_mb: float = 0.0

    def line(self, name: str) -> str:
        return (
            f"{name}: {self.runs:,} runs, {len(self.crashes)} crashes, slowest {self.slowest_s:.2f} s "
            f"(input {self.slowest}), peak {self.peak_mb:,.0f} MB"
        )


def run(name: str, *, seed: int, seconds: float | None = None, runs: int | None = None) -> Figures:
    """Run a target until the time is up or the number of inputs is done."""
    figures = Figures()
    until = time.monotonic() + (seconds if seconds is not None else 1e9)
    first = 0
    context = multiprocessing.get_context("spawn")
    while time.monotonic() < until and (runs is None or first < runs):
        ours, theirs = context.Pipe(duplex=False)
        left_s = until - time.monotonic()
        worker = context.Process(target=_work, args=(theirs, name, seed, (first, runs), left_s))
        worker.start()
        theirs.close()
        first = _follow(ours, figures, first=first)
        if worker.is_alive():
            worker.join(2)
        if worker.is_alive():
            worker.kill()
            worker.join()
        if worker.exitcode == 0:
            break
        if first - 1 not in figures.crashes:
            figures.crashes[first - 1] = f"the process died with {worker.exitcode}"
    return figures


def _follow(ours: Connection, figures: Figures, *, first: int) -> int:
    """Take what the worker tells; return the number of the next input."""
    number = first
    while True:
        if not ours.poll(SLOWEST_S + 10):  # the start takes a while
            figures.crashes[number] = f"not done after {SLOWEST_S:.0f} s"
            return number + 1
        try:
            number, spent_s, peak_mb, fault = ours.recv()
        except EOFError:
            return number + 1
        if spent_s < 0:  # about to begin
            continue
        figures.runs += 1
        figures.peak_mb = max(figures.peak_mb, peak_mb)
        if spent_s > figures.slowest_s:
            figures.slowest_s, figures.slowest = spent_s, number
        if fault:
            figures.crashes[number] = fault


def _work(theirs: Connection, name: str, seed: int, span: tuple[int, int | None], seconds: float) -> None:
    target = TARGETS[name]
    seeds = target.seeds()
    until = time.monotonic() + seconds
    number, end = span
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as noise:
        os.chdir(folder)
        os.dup2(noise.fileno(), 2)
        while time.monotonic() < until and (end is None or number < end):
            data = mutate(seeds, target.words, seed=seed, number=number)
            theirs.send((number, -1.0, 0.0, ""))
            spent_s, fault = _once(name, data, noise.fileno())
            peak_mb = _peak_mb()
            if peak_mb > MOST_MB:
                fault = fault or f"{peak_mb:,.0f} MB"
            theirs.send((number, spent_s, peak_mb, fault))
            if peak_mb > MOST_MB:
                os._exit(3)  # a new process has a new peak
            number += 1
        os.chdir("/")


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _once(name: str, data: bytes, noise: int) -> tuple[float, str]:
    fault, started = "", time.monotonic()
    try:
        TARGETS[name].check(data)
    except Exception:  # noqa: BLE001 - whatever comes is what is looked for
        fault = traceback.format_exc()
    spent_s = time.monotonic() - started
    sys.stderr.flush()
    if os.fstat(noise).st_size:
        said = os.pread(noise, 300, 0)
        os.ftruncate(noise, 0)
        os.lseek(noise, 0, os.SEEK_SET)
        fault = fault or f"wrote to standard error: {said!r}"
    if spent_s > SLOWEST_S:
        fault = fault or f"took {spent_s:.1f} s"
    return spent_s, fault


def save(name: str, figures: Figures, *, seed: int, folder: Path) -> None:
    """Write each input that failed, beside what happened."""
    target = TARGETS[name]
    folder.mkdir(parents=True, exist_ok=True)
    for number, fault in figures.crashes.items():
        path = folder / f"{name}-{seed}-{number}"
        path.write_bytes(mutate(target.seeds(), target.words, seed=seed, number=number))
        path.with_suffix(".txt").write_text(fault)
