"""The Python API beside an event loop: the same answers, and a cancellation that really stops the request."""

from __future__ import annotations

import asyncio
import inspect
import json
import sqlite3
import time
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

import pytest

import visionask
from tests.cli.scanning import QUESTION, fill, tiny
from visionask import aio, errors

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 8.0  # a stalled reply is held for 30 s, and waited for longer


async def arrived(sent: Any, count: int) -> None:
    """Wait until so many requests are at the server."""
    while len(sent.bodies) < count:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def test_many_are_asked_beside_each_other_and_the_loop_goes_on(says: Any) -> None:
    sent = says("ok;read-late=0.3")

    async def main() -> tuple[list[str], int]:
        beats = 0

        async def beat() -> None:
            nonlocal beats
            while True:
                await asyncio.sleep(0.01)
                beats += 1

        beating = asyncio.create_task(beat())
        replies = await asyncio.gather(*(aio.ask(f"{number}?", tiny(number), **sent.options) for number in range(4)))
        beating.cancel()
        return [json.loads(reply.answer)["question"] for reply in replies], beats

    asked, beats = asyncio.run(main())
    assert asked == ["0?", "1?", "2?", "3?"]
    assert beats > 5


def test_a_cancelled_request_is_broken_off_and_its_claim_is_free(says: Any, dot: Path) -> None:
    sent, notices = says("stall,ok"), list[str]()

    async def main() -> float:
        task = asyncio.create_task(aio.ask(QUESTION, dot, cache=True, **sent.options))
        await arrived(sent, 1)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        reply = await aio.ask(QUESTION, dot, cache=True, on_notice=notices.append, **sent.options)
        assert json.loads(reply.answer)["question"] == QUESTION
        return time.monotonic() - began

    assert asyncio.run(main()) < PATIENCE_S
    assert not [text for text in notices if "asking the same" in text]
    assert len(sent.bodies) == 2


def test_what_was_cancelled_is_no_refusal_to_a_scan_and_may_be_billed(says: Any, dot: Path) -> None:
    sent = says("stall,ok")

    async def main() -> None:
        task = asyncio.create_task(aio.ask(QUESTION, dot, model="gpt-4o", **sent.options))
        await arrived(sent, 1)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(main())
    with closing(sqlite3.connect(sent.options["ledger"])) as ledger:
        rows = ledger.execute("SELECT state, error_code, maybe_billed FROM requests").fetchall()
    assert rows == [("failed", "interrupted", 1)]
    (result,) = visionask.scan(QUESTION, dot, model="gpt-4o", **sent.options)
    assert result.error is None


def test_a_cancelled_check_stops_all_its_requests(says: Any) -> None:
    sent = says("stall")

    async def main() -> float:
        images = [tiny(number) for number in range(3)]
        task = asyncio.create_task(aio.check("it is red", images, engine="schema", **sent.options))
        await arrived(sent, 3)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began

    assert asyncio.run(main()) < PATIENCE_S
    assert len(sent.bodies) == 3


def test_a_wait_before_another_try_is_cancelled_too(says: Any, dot: Path) -> None:
    sent = says("429;retry-after=30")

    async def main() -> float:
        task = asyncio.create_task(aio.ask(QUESTION, dot, **sent.options))
        await arrived(sent, 1)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began

    assert asyncio.run(main()) < PATIENCE_S


def test_a_scan_is_left_and_cancelled_without_losing_an_answer(says: Any, tmp_path: Path) -> None:
    folder, sent = fill(tmp_path / "many", 30), says("ok;read-late=0.05")

    async def leave() -> None:
        async with aclosing(aio.scan(QUESTION, folder, jobs=3, **sent.options)) as running:
            async for result in running:
                assert json.loads(result.answer)["question"] == QUESTION
                break

    async def cancel() -> None:
        async def take() -> None:
            async for _ in aio.scan(QUESTION, folder, jobs=3, **sent.options):
                pass

        before = len(sent.bodies)
        task = asyncio.create_task(take())
        await arrived(sent, before + 3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def finish() -> list[visionask.Result]:
        return [result async for result in aio.scan(QUESTION, folder, jobs=3, **sent.options)]

    asyncio.run(leave())
    asyncio.run(cancel())
    paid = len(sent.bodies)
    assert paid < 30
    results = asyncio.run(finish())
    assert len(results) == 30
    assert sum(result.is_cached for result in results) == paid
    assert len(sent.bodies) == 30


def test_failures_and_keywords_are_those_of_the_functions_that_block(dot: Path) -> None:
    async def main() -> None:
        with pytest.raises(errors.NotFound) as caught:
            await aio.ask(QUESTION, "gone.png")
        assert caught.value.__notes__
        with pytest.raises(TypeError, match="Did you mean 'max_cost'"):
            await aio.ask(QUESTION, dot, maxcost=1)  # type: ignore[call-arg]
        assert (await aio.plan(dot)).input_tokens is not None

    asyncio.run(main())
    for name in ("ask", "check", "plan", "scan"):
        assert inspect.signature(getattr(aio, name)) == inspect.signature(getattr(visionask, name))
        assert "detail: low, high" in (getattr(aio, name).__doc__ or "")
    assert inspect.iscoroutinefunction(aio.ask)
