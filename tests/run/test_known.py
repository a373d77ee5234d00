"""Tests of what a rerun costs: one look at each picture, few queries, no worker, nothing written."""

from __future__ import annotations

import os
import signal
import struct
import sys
import zlib
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.scanning import fill, tiny
from tests.faults.server import FaultServer
from visionask.config.catalog import load_catalog
from visionask.core.plan import PictureOptions
from visionask.core.projection import Terms
from visionask.core.request import Endpoint
from visionask.run.job import Job
from visionask.run.scan import Scan, Totals, foresee, prepared
from visionask.run.scan_pool import SMALL_BYTES, run
from visionask.run.survey import Choosing
from visionask.store.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from visionask.core.request import Outcome
    from visionask.run.pool import Item
    from visionask.run.scan import Context

COUNT = 60


class Ends:
    """Keeps how each item ended."""

    def __init__(self, context: Context | None = None) -> None:
        """With a context, a signal comes at the first item."""
        self.outcomes: list[Outcome] = []
        self.places: list[int | None] = []
        self._context = context

    def on_item(self, item: Item, _totals: Totals) -> None:
        self.outcomes.append(item.outcome)
        self.places.append(item.place)
        if self._context is not None:
            self._context.session.signal = signal.SIGINT

    def on_not_saved(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def on_tick(self, _totals: Totals) -> None:
        """Show nothing."""


class Counting:
    """Counts what this process does while `counted` lasts. A hook of the interpreter's can never be taken out."""

    def __init__(self) -> None:
        self.opened: Counter[str] = Counter()
        self.threads = 0
        self.statements: list[str] = []
        self._is_on = False
        self._connection: Any = None
        sys.addaudithook(self._on_event)

    @contextmanager
    def counted(self) -> Iterator[Counting]:
        self.opened.clear()
        self.statements.clear()
        self.threads, self._is_on = 0, True
        self._connection.set_trace_callback(self.statements.append)
        try:
            yield self
        finally:
            self._is_on = False
            self._connection.set_trace_callback(None)

    def _on_event(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "sqlite3.connect/handle":
            self._connection = args[0]  # not yet open
        elif self._is_on and event == "open" and str(args[0]).endswith(".png"):
            self.opened[str(args[0])] += 1
        elif self._is_on and event == "_thread.start_new_thread":
            self.threads += 1


@pytest.fixture(scope="module")
def counting() -> Counting:
    return Counting()


def scan_of(folder: Path, base_url: str | None = None, **changes: Any) -> Scan:
    choosing = Choosing(args=[str(folder)], is_recursive=True, allows_folders=True, fetches_whole=True)
    model = load_catalog(None).find("gpt-6-luna")
    job = Job(question="What is it?", model=model, choosing=choosing, options=PictureOptions(), terms=Terms())
    return Scan(job=job, base_url=base_url, **changes)


class World:
    """One folder of pictures, one ledger, one server."""

    def __init__(self, folder: Path, ledger: str, server: FaultServer) -> None:
        self.folder, self.ledger, self.server = folder, ledger, server

    @property
    def requests(self) -> int:
        return len(self.server.journal("known~ok"))

    def scan(
        self, counting: Counting | None = None, *, is_ended: bool = False, **changes: Any
    ) -> tuple[Totals, list[Outcome]]:
        endpoint = Endpoint(base_url=self.server.base_url("known~ok"), api_key="sk-test")
        scan = scan_of(self.folder, endpoint.base_url, workers=4, **changes)
        with (
            open_ledger(self.ledger) as ledger,
            prepared(scan, endpoint, ledger, rpm=None, tpm=None, on_notice=print) as context,
        ):
            ends = Ends(context if is_ended else None)
            if counting is None:
                return run(scan, context, ends), ends.outcomes
            with counting.counted():
                totals = run(scan, context, ends)
                ledger.scans.flush()
        return totals, ends.outcomes


@pytest.fixture
def world(tmp_path: Path, counting: Counting) -> Iterator[World]:
    with FaultServer() as server:
        yield World(fill(tmp_path / "p", COUNT), str(tmp_path / "ledger.db"), server)


def test_a_finished_scan_is_told_again_with_few_queries_and_no_worker(world: World, counting: Counting) -> None:
    first, asked = world.scan()
    again, told = world.scan(counting)
    assert (first.done, first.cached, again.done, again.cached) == (COUNT, 0, COUNT, COUNT)
    assert world.requests == COUNT
    assert set(counting.opened.values()) == {1}
    assert len(counting.opened) == COUNT
    assert counting.threads == 0
    assert len(counting.statements) <= COUNT + 6  # an upsert of each item, which finds nothing to change
    assert len([each for each in counting.statements if each.startswith("SELECT")]) <= 3

    def answers(outcomes: list[Outcome]) -> dict[str, str]:
        return {each.planned.images[0].source.label: each.answer.text for each in outcomes}

    assert answers(told) == answers(asked)
    assert all(outcome.digests[0] and outcome.billed_usd for outcome in told)


def test_each_picture_is_read_once_where_it_is_sent_too(world: World, counting: Counting) -> None:
    totals, _ = world.scan(counting)
    assert (totals.done, totals.cached) == (COUNT, 0)
    assert set(counting.opened.values()) == {1}


def test_what_is_new_among_what_is_known_is_asked_once(world: World) -> None:
    world.scan()
    fill(world.folder, 7, first=COUNT)
    (world.folder / "copy.png").write_bytes((world.folder / f"i{COUNT}.png").read_bytes())
    (world.folder / "i3.png").write_bytes(tiny(1000))
    (world.folder / "none.png").write_bytes(b"no picture")
    totals, outcomes = world.scan()
    assert world.requests == COUNT + 8
    assert (totals.done, totals.cached, totals.failed.total()) == (COUNT + 8, COUNT, 1)
    assert len(outcomes) == COUNT + 9


def test_a_large_picture_is_known_too(world: World) -> None:
    large = world.folder / "large.png"
    comment = b"tEXtabout\0" + b"x" * SMALL_BYTES
    chunk = struct.pack(">I", len(comment) - 4) + comment + struct.pack(">I", zlib.crc32(comment))
    large.write_bytes(tiny(2000)[:-12] + chunk + tiny(2000)[-12:])
    totals, _ = world.scan()
    again, _ = world.scan()
    assert (totals.cached, again.cached, again.done) == (0, COUNT + 1, COUNT + 1)
    assert world.requests == COUNT + 1


def test_without_the_cache_only_answers_of_the_same_run_count(world: World) -> None:
    world.scan()
    (world.folder / "copy.png").write_bytes((world.folder / "i0.png").read_bytes())
    totals, _ = world.scan(asks_again=True)
    assert (totals.done, totals.cached, world.requests) == (COUNT + 1, 1, 2 * COUNT)


def test_the_pictures_of_a_page_are_made_by_workers_and_a_signal_ends_it(world: World) -> None:
    world.scan()
    again, _ = world.scan(makes_thumbnails=True)
    assert (again.done, again.cached, world.requests) == (COUNT, COUNT, COUNT)
    ended, outcomes = world.scan(makes_thumbnails=True, is_ended=True)
    assert (ended.signal, world.requests) == (signal.SIGINT, COUNT)
    assert len(outcomes) < COUNT / 2


def test_a_sample_stands_for_very_many_images_in_a_price_that_the_first_request_waits_for(tmp_path: Path) -> None:
    for name, side in (("small", 32), ("large", 320)):
        (tmp_path / name).mkdir()
        first = tmp_path / name / "first.png"
        first.write_bytes(tiny(1, side))
        for number in range(5500):
            os.link(first, tmp_path / name / f"{number}.png")
    scan = scan_of(tmp_path)
    whole, hasty = foresee(scan, None), foresee(scan, None, is_hasty=True)
    assert (whole.whole.images, whole.sampled) == (11_002, None)
    assert (hasty.whole.images, hasty.asking.images, hasty.sampled) == (11_002, 11_002, 1000)
    assert hasty.whole.is_about
    assert not whole.whole.is_about
    assert hasty.whole.input_tokens == pytest.approx(whole.whole.input_tokens, rel=0.06)
    assert hasty == foresee(scan, None, is_hasty=True)


def test_of_few_images_every_header_is_read_before_the_first_request(tmp_path: Path) -> None:
    fill(tmp_path, 3)
    assert foresee(scan_of(tmp_path), None, is_hasty=True) == foresee(scan_of(tmp_path), None)


def test_each_item_tells_its_place_and_nothing_is_kept_of_it(world: World) -> None:
    (world.folder / "none.png").write_bytes(b"no picture")
    server, ledger = world.server, world.ledger
    endpoint = Endpoint(base_url=server.base_url("known~ok"), api_key="sk-test")
    scan = scan_of(world.folder, endpoint.base_url, workers=4)
    options = {"rpm": None, "tpm": None, "on_notice": print}
    with open_ledger(ledger) as opened, prepared(scan, endpoint, opened, **options) as context:
        ends = Ends()
        run(scan, context, ends)
    assert sorted(ends.places) == list(range(COUNT + 1))
    assert context.places == {}
