"""Owns the opening of executors: what `--executor` names becomes a `concurrent.futures.Executor`.

threads:4                   threads of this process
processes:4                 processes of this machine
dask:tcp://host:8786        a Dask cluster, whose workers see the same folders and have the same visionask
package.module:factory      whatever `factory()` returns: code that the user names is run, so no config file may
"""

from __future__ import annotations

import contextlib
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from visionask.core.errors import ConfigError, MissingExtra, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """Tell how many tasks it does at a time by now; 0 where it does not tell."""
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
