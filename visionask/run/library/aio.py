"""The Python API beside an event loop: the same functions, to be awaited.

    reply = await visionask.aio.ask("What is it?", "photo.jpg")
    async for result in visionask.aio.scan("Is there a person?", "photos/"): ...

Each call blocks in a thread of `asyncio.to_thread`, so that as many go at a time as the loop's executor has threads.
Cancelling one really stops it: `ask` and `check` break off the request under way (what was sent may be billed), and
the ledger is free of it before `CancelledError` goes on. A `scan` sends nothing more, and keeps what was under way.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, cast

from visionask.run.library import api
from visionask.run.library.call import STOP

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

    from visionask.images.given import Given
    from visionask.run.library.options import AskOptions, CheckOptions, PlanOptions, ScanOptions
    from visionask.run.library.results import Checked, Plan, Reply, Result

_Value = TypeVar("_Value")
_Function = TypeVar("_Function", bound="Callable[..., Any]")


def _as(function: Callable[..., Any]) -> Callable[[_Function], _Function]:
    """Return a decorator that gives an awaitable function the keywords and the help of the one that blocks."""

    def tell(awaited: _Function) -> _Function:
        run = wraps(function)(awaited)
        del run.__wrapped__
        run.__module__ = __name__
        return cast("_Function", run)

    return tell


@_as(api.plan)
async def plan(images: Given | Iterable[Given], *, question: str | None = None, **options: Unpack[PlanOptions]) -> Plan:
    return await _stoppable(partial(api.plan, images, question=question, **options))


@_as(api.ask)
async def ask(
    question: str | None = None,
    images: Given | Iterable[Given] = (),
    *,
    on_text: Callable[[str], None] | None = None,
    **options: Unpack[AskOptions],
) -> Reply:
    return await _stoppable(partial(api.ask, question, images, on_text=on_text, **options))


@_as(api.check)
async def check(
    statement: str | None = None,
    images: Given | Iterable[Given] = (),
    *,
    against: Given | None = None,
    **options: Unpack[CheckOptions],
) -> Checked:
    return await _stoppable(partial(api.check, statement, images, against=against, **options))


@_as(api.scan)
async def scan(
    question: str | None = None, images: Given | Iterable[Given] = (), **options: Unpack[ScanOptions]
) -> AsyncGenerator[Result]:
    stop = threading.Event()
    running = await _stoppable(partial(api.scan, question, images, **options), stop)
    try:
        while (result := await _stoppable(partial(next, running, None), stop)) is not None:
            yield result
    finally:
        stop.set()
        await _finish(asyncio.create_task(asyncio.to_thread(running.close)))


async def _stoppable(function: Callable[[], _Value], stop: threading.Event | None = None) -> _Value:
    """Run a function in another thread. A cancellation stops it, and goes on when it has come to its end."""
    stop = stop or threading.Event()

    def run() -> _Value:
        STOP.set(stop)  # in the thread's own copy of the context
        if stop.is_set():
            raise asyncio.CancelledError
        return function()

    task = asyncio.create_task(asyncio.to_thread(run))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.set()
        await _finish(task)
        raise


async def _finish(task: asyncio.Task[Any]) -> None:
    """Wait for a task that will not last, and forget what it comes to; another cancellation ends the waiting."""
    await asyncio.wait([task])
    with suppress(asyncio.CancelledError, Exception):
        task.result()
