"""The driving of an executor: chunks of images go out, a few ahead, and their lines come back in order.

What is asked of workers costs nothing, so it may be done twice, or by a worker that dies. Where that happens, the
chunk's images go one by one to a fresh pool: only an image that takes its worker with it fails.

The opening of executors: what `--executor` names becomes a `concurrent.futures.Executor`.

threads:4                   threads of this process
processes:4                 processes of this machine
dask:tcp://host:8786        a Dask cluster, whose workers see the same folders and have the same visionask
package.module:factory      whatever `factory()` returns: code that the user names is run, so no config file may
"""

from __future__ import annotations

import contextlib
import math
import time
from collections import deque
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from visionask.core.errors import ConfigError, InputError, MissingExtra, StateError, UsageError, VisionaskError
from visionask.core.image import BytesSource, Failed
from visionask.run.batch.chunks import Chunk, is_done, open_place, piece, place_below, read, travelling, work
from visionask.run.batch.write import Ready, Settled, make_here, prepare_line, standing, unsendable
from visionask.run.scan import chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from visionask.core.image import Source
    from visionask.run.batch.write import Batching, Prepared


MOST_WORKERS = 1024


CONNECT_S = 15


_SHAPES = "threads:N, processes:N, dask:tcp://HOST:8786 or package.module:factory"


def open_executor(spec: str) -> Executor:
    """Open an executor; whoever does shuts it down. Raises UsageError, MissingExtra, and ConfigError for a cluster
    that does not answer.
    """
    kind, _, rest = spec.partition(":")
    if kind in ("threads", "processes"):
        count = _count(rest, spec)
        return ThreadPoolExecutor(count, "visionask-chunk") if kind == "threads" else _processes(count)
    if kind == "dask":
        return _Dask(rest)
    return _made(spec)


def width(pool: Executor | None) -> int:
    """Return how many tasks it does at a time by now; 0 where it does not tell."""
    found = pool.width() if isinstance(pool, _Dask) else getattr(pool, "_max_workers", 0)
    return min(found, MOST_WORKERS) if isinstance(found, int) else 0


def check(pool: Executor | None) -> None:
    """Raise ConfigError where a cluster is gone: what it was given may never end."""
    if isinstance(pool, _Dask):
        pool.check()


def leave(pool: Executor, *, is_broken: bool) -> None:
    """Shut an executor down, and wait for its workers.

    One that was started while another died is told nothing of it by the pool, which would wait for it for ever
    (CPython 3.11): no work is left for any of them, so they are ended here.
    """
    pool.shutdown(wait=not is_broken, cancel_futures=True)
    if is_broken:
        from multiprocessing import active_children

        for worker in active_children():
            worker.kill()


def _count(text: str, spec: str) -> int:
    count = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= count <= MOST_WORKERS:
        raise UsageError(f"--executor {spec!r} names no number from 1 to {MOST_WORKERS}", f"one of {_SHAPES}")
    return count


def _processes(count: int) -> Executor:
    """Start fresh processes: a fork of one that has threads may hang in a lock that nobody holds."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_begin_worker)


def _begin_worker() -> None:
    """Leave Ctrl-C to the process that drives, and end when that is gone, however it went."""
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="visionask-parent", daemon=True).start()


def _end_with_parent() -> None:
    import os
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _made(spec: str) -> Executor:
    from importlib import import_module

    module, colon, name = spec.partition(":")
    if not colon or not all(part.isidentifier() for part in (*module.split("."), *name.split("."))):
        raise UsageError(f"--executor {spec!r} is no executor", f"one of {_SHAPES}")
    try:
        found: Any = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"--executor {spec}: {error}", "see that Python finds it: PYTHONPATH=.") from error
    made = found()
    if not isinstance(made, Executor):
        raise UsageError(
            f"--executor {spec} returned no executor, but {type(made).__name__}",
            "let it return a concurrent.futures.Executor",
        )
    return made


class _Dask(Executor):
    """A cluster's own executor, whose connection ends with it."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise MissingExtra(
                "a Dask cluster needs the library distributed, which is not installed",
                "pip install 'visionask[cluster]'",
            ) from error
        import logging

        connect: Any = Client
        self._address = address

        for name in ("distributed", "distributed.client", "tornado.application", "asyncio"):  # each has its own level
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters comes as an exception too
        try:
            self._client: Any = connect(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise ConfigError(
                f"the Dask scheduler {address} does not answer", "see that it runs: dask scheduler, dask worker"
            ) from error
        self._inner = self._client.get_executor()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        made: Future[Any] = self._inner.submit(fn, *args, **kwargs)
        return made

    def check(self) -> None:
        """Raise ConfigError once the client has given up."""
        if self._client.status in ("closing", "closed"):
            raise ConfigError(
                f"the Dask scheduler {self._address} is gone", "start it, and run it again: what is prepared is kept"
            )

    def width(self) -> int:
        """Count the threads of the cluster, as its client has heard last: asking would wait for a lost scheduler."""
        told: object = getattr(self._client, "_scheduler_identity", {}).get("total_threads")
        return told if isinstance(told, int) else 0

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        with contextlib.suppress(Exception):  # a cluster that is gone cannot be told
            self._inner.shutdown(wait=wait and not cancel_futures)
        with contextlib.suppress(Exception):
            self._client.close()


LOOK_S = 0.2  # between looks at signals


PATIENCE_S = 60.0  # without a chunk: there may be no worker left, and a scheduler waits for new ones without a word


_REASON_CHARS = 200


Part = Chunk | BytesSource | Failed  # bytes that are here, and what failed here, stay here


class _Stopped(Exception):
    """A signal came while workers were waited for."""


class Workers:
    """The images of one batch, prepared by the workers of an executor."""

    def __init__(self, batching: Batching, spec: str) -> None:
        self._batching, self._spec = batching, spec
        self._folder = place_below(batching.chunk_store or batching.folder, f"chunks-{batching.batch.id}")
        self._place = open_place(self._folder)
        self._job = travelling(batching.scan.job)
        self._there: frozenset[str] = frozenset()
        self._waiting: deque[tuple[Part, Future[int] | None]] = deque()
        self._taken: list[str] = []  # chunks whose lines are all taken
        self._closed = 0
        self._pool: Executor | None = None
        self._is_broken = False  # a worker of it has died

    def prepared(self) -> Generator[Prepared, None, None]:
        """Yield each image in order: its line, or why it has none. Ends early once `stop` is set.

        Raises UsageError for the executor, ConfigError where its workers lack something, StateError.
        """
        self._there = self._names()
        making = make_here(self._batching)
        try:
            for part, future in self._started():
                if isinstance(part, Chunk):
                    yield from map(self._checked, self._lines(part, future))
                else:
                    yield prepare_line(part, making)
        except _Stopped:
            return
        finally:
            self._close()

    def release(self, closed: int) -> None:
        """Remove the chunks whose lines are all in complete files. `closed` counts those files so far."""
        if closed == self._closed:
            return
        self._closed = closed
        self._place.remove(self._taken)
        self._taken.clear()

    def end(self) -> None:
        """Remove all chunks: the whole batch is written."""
        self._place.remove_all()

    def _names(self) -> frozenset[str]:
        """Look once at what is there: a shared folder remembers what was looked for and not there."""
        try:
            return self._place.names()
        except FileNotFoundError:
            return frozenset()
        except OSError as error:
            raise StateError(f"{self._folder} cannot be read ({error.strerror})", "name another place") from error

    def _started(self) -> Iterator[tuple[Part, Future[int] | None]]:
        """Yield the parts in order, those that follow sent out already: enough for all workers there are by now."""
        for part in self._parts():
            is_work = isinstance(part, Chunk) and not self._is_there(part)
            self._waiting.append((part, self._submit(part) if isinstance(part, Chunk) and is_work else None))
            if len(self._waiting) >= 2 * max(self._batching.scan.workers, width(self._pool)):
                yield self._waiting.popleft()
        while self._waiting:
            yield self._waiting.popleft()

    def _parts(self) -> Iterator[Part]:
        """Put the images into chunks, in their order."""
        pieces: list[Source] = []
        for source in chosen(self._batching.scan):
            if not isinstance(source, BytesSource | Failed):
                pieces.append(source)
            if pieces and (isinstance(source, BytesSource | Failed) or len(pieces) >= self._batching.chunk):
                yield self._chunk(pieces)
                pieces = []
            if isinstance(source, BytesSource | Failed):
                yield source
        if pieces:
            yield self._chunk(pieces)

    def _chunk(self, sources: list[Source]) -> Chunk:
        batching = self._batching
        keys = batching.ledger.batches.keys(batching.batch.id, [source.label for source in sources])
        known = {key: why for key in keys if (why := standing(key, batching)) is not None}
        return Chunk(
            folder=self._folder,
            job=self._job,
            base_url=batching.scan.base_url,
            text=batching.text,
            pieces=tuple(map(piece, sources)),
            known=known,
        )

    def _is_there(self, chunk: Chunk) -> bool:
        return chunk.name in self._there and is_done(chunk)

    def _submit(self, chunk: Chunk) -> Future[int]:
        """Send a chunk out; a pool that is broken by now is told of when its result is looked at."""
        if self._pool is None:
            self._pool = open_executor(self._spec)
        try:
            return self._pool.submit(work, chunk)
        except (BrokenExecutor, RuntimeError) as error:
            broken: Future[int] = Future()
            broken.set_exception(error)
            return broken

    def _lines(self, chunk: Chunk, future: Future[int] | None) -> Iterator[Prepared]:
        """Wait for a chunk and read it; what a worker could not do as a whole is done image by image."""
        error = None if future is None else self._outcome(future)
        if error is None:
            yield from read(chunk)
        elif len(chunk.pieces) == 1 and future is not None and not isinstance(error, BrokenExecutor | CancelledError):
            yield _lost(chunk, error)
        else:
            yield from self._one_by_one(chunk)
        self._taken.append(chunk.name)

    def _one_by_one(self, chunk: Chunk) -> Iterator[Prepared]:
        """Prepare a chunk's images with nothing else under way, then send out again what was lost with the pool."""
        self._settle_all()
        for one in chunk.split():
            error = self._outcome(self._submit(one))
            if error is None:
                yield from read(one)
                self._taken.append(one.name)
            else:
                yield _lost(one, error)
                self._close()
        self._waiting = deque(
            (part, self._submit(part) if isinstance(part, Chunk) and _is_lost(future) else future)
            for part, future in self._waiting
        )

    def _settle_all(self) -> None:
        """Wait for what is out, well or not, and leave the pool: it may be broken."""
        for _, future in self._waiting:
            if future is not None:
                self._outcome(future)
        self._close()

    def _outcome(self, future: Future[int]) -> BaseException | None:
        """Wait for a task: None, or why it was not done. Raises what all others would meet too."""
        told_s = time.monotonic() + PATIENCE_S
        while not wait([future], timeout=LOOK_S).done:
            if self._batching.stop.is_set():
                raise _Stopped
            check(self._pool)
            if time.monotonic() > told_s:
                told_s = math.inf
                self._batching.on_notice(
                    f"{self._spec} has returned nothing for {PATIENCE_S:.0f} s: does it have workers? "
                    "Ctrl-C stops here, and running it again goes on"
                )
        error = CancelledError() if future.cancelled() else future.exception()
        self._is_broken = self._is_broken or isinstance(error, BrokenExecutor)
        if isinstance(error, VisionaskError):
            raise error
        if isinstance(error, ImportError):
            raise ConfigError(
                f"the workers of {self._spec} lack something ({error})",
                "install the same visionask there, with the same extras",
            ) from error
        return error

    def _checked(self, prepared: Prepared) -> Prepared:
        """Leave out a line that is not needed by now."""
        if isinstance(prepared, Ready) and prepared.item.key is not None:
            why = standing(prepared.item.key, self._batching)
            return prepared if why is None else Settled(prepared.item, why)
        return prepared

    def _close(self) -> None:
        if self._pool is not None:
            leave(self._pool, is_broken=self._is_broken)
            self._pool, self._is_broken = None, False


def _is_lost(future: Future[int] | None) -> bool:
    return future is not None and (future.cancelled() or future.exception() is not None)


def _lost(chunk: Chunk, error: BaseException) -> Settled:
    """Report an image that no worker could prepare."""
    label = chunk.pieces[0].source.label
    reason = " ".join(str(error).split())[:_REASON_CHARS] or type(error).__name__
    return unsendable(
        label, InputError(f"{label}: the worker that prepared it failed ({reason})", "try it alone: visionask prep")
    )
