"""What ends a scan before its last item, and what must not: one reason for all, and a fault of ours about one."""

from __future__ import annotations

import itertools
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.scanning import fill, tiny
from tests.faults.server import FaultServer
from tests.run.test_road import Silent
from visionask.cli.exits import Exit, exit_code
from visionask.config.catalog import load_catalog
from visionask.core.checks import Point, Predicate, Rule
from visionask.core.plan import PictureOptions, Planner
from visionask.core.projection import Terms
from visionask.core.request import Endpoint
from visionask.run.job import Job
from visionask.run.look import Look, Looker
from visionask.run.pool import LEAST_IN_A_ROW
from visionask.run.scan import Scan, prepared
from visionask.run.scan_pool import run
from visionask.run.session import LedgerOptions, Policy, open_session
from visionask.run.subjects import Subject
from visionask.run.survey import Choosing, plan_source, survey
from visionask.store.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from visionask.core.request import Answer
    from visionask.run.scan import Context, Totals
    from visionask.run.structured import Sender

_tags = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


class Scanning:
    """Scans of one folder with one ledger on one script of the server."""

    def __init__(self, folder: Path, server: FaultServer, script: str, count: int) -> None:
        self._ledger, self._server, self._script = str(folder / "l.db"), server, f"outage{next(_tags)}~{script}"
        self.folder = fill(folder / "p", count)

    @property
    def requests(self) -> int:
        return len(self._server.journal(self._script))

    def scan(self, *, workers: int = 1, change: Callable[[Context], None] = lambda _: None) -> tuple[Totals, Silent]:
        model = load_catalog(None).find("gpt-6-luna")
        assert model is not None
        choosing = Choosing(args=[str(self.folder)], allows_folders=True, fetches_whole=True)
        job = Job(question="What?", model=model, choosing=choosing, options=PictureOptions(), terms=Terms())
        endpoint = Endpoint(base_url=self._server.base_url(self._script), api_key="sk-test", retries=2)
        scan, taker = Scan(job=job, base_url=endpoint.base_url, workers=workers), Silent()
        with (
            closing(open_ledger(self._ledger)) as ledger,
            prepared(scan, endpoint, ledger, rpm=None, tpm=None, on_notice=print) as context,
        ):
            change(context)
            return run(scan, context, taker), taker


@pytest.mark.parametrize(
    ("step", "code", "requests"),
    [
        pytest.param("html", Exit.REJECTED, LEAST_IN_A_ROW, id="html"),
        pytest.param("empty", Exit.REJECTED, LEAST_IN_A_ROW, id="nothing"),
        pytest.param("cut-body", Exit.REJECTED, LEAST_IN_A_ROW + 2, id="cut: only the first is asked for again"),
        pytest.param("length", Exit.REJECTED, LEAST_IN_A_ROW, id="over the length"),
        pytest.param("refusal", Exit.REJECTED, LEAST_IN_A_ROW, id="refused"),
        pytest.param("400;kind=image", Exit.REJECTED, LEAST_IN_A_ROW, id="no vision"),
    ],
)
def test_what_every_item_meets_ends_the_scan_and_is_asked_again_by_a_rerun(
    tmp_path: Path, server: FaultServer, step: str, code: Exit, requests: int
) -> None:
    scanning = Scanning(tmp_path, server, step, 30)
    totals, taker = scanning.scan()
    assert totals.stopped is not None
    assert (exit_code(totals.stopped), scanning.requests) == (code, requests)
    assert len(taker.outcomes) == LEAST_IN_A_ROW
    assert {outcome.status for outcome in taker.outcomes} == {"failed"}
    scanning.scan()
    assert scanning.requests > requests, "none of them is kept as refused"


def test_as_many_as_there_are_workers_may_fail(tmp_path: Path, server: FaultServer) -> None:
    scanning = Scanning(tmp_path, server, "html", 60)
    totals, _ = scanning.scan(workers=12)
    assert totals.stopped is not None
    assert 12 <= scanning.requests <= 36, "a busy machine may lose a connection, which begins a new row"


def test_an_answer_between_them_keeps_the_scan_going(tmp_path: Path, server: FaultServer) -> None:
    steps = [*["refusal"] * 7, "ok"] * 3
    scanning = Scanning(tmp_path, server, ",".join([*steps, "ok"]), 26)
    totals, _ = scanning.scan()
    assert (totals.stopped, totals.done, totals.failed.total()) == (None, 5, 21)
    scanning.scan()
    assert scanning.requests == 26, "each refusal is one item's own, and kept"


class Faulty:
    """A sender that has a fault of ours for one request in so many."""

    def __init__(self, sender: Sender, every: int) -> None:
        self._sender, self._every, self._numbers = sender, every, itertools.count(1)

    def send(self, request: Any, **how: Any) -> Answer:
        answer = self._sender.send(request, **how)
        if next(self._numbers) % self._every == 0:
            raise ZeroDivisionError("nobody expected this")
        return answer


class Crooked(Planner):
    """A planner that has a fault of ours for every picture."""

    def size(self, upright: tuple[int, int]) -> Any:
        raise ZeroDivisionError(upright)


def test_a_fault_of_ours_is_the_end_of_one_item(tmp_path: Path, server: FaultServer) -> None:
    scanning = Scanning(tmp_path, server, "ok", 6)
    faulty: list[Faulty] = []

    def change(context: Context) -> None:
        def wrap(sender: Sender) -> Sender:
            faulty[:] = faulty or [Faulty(sender, 3)]
            return faulty[0]

        context.session.interruptible = wrap

    totals, taker = scanning.scan(workers=2, change=change)
    assert (totals.stopped, totals.done, dict(totals.failed)) == (None, 4, {"bug": 2})
    (error, *_) = [outcome.error for outcome in taker.outcomes if outcome.error is not None]
    assert exit_code(error) == Exit.BUG
    assert isinstance(error.__cause__, ZeroDivisionError)
    again, _ = scanning.scan()
    assert (again.done, again.cached, scanning.requests) == (6, 4, 8)


def test_a_fault_in_reading_an_image_is_the_failure_of_that_image(tmp_path: Path, server: FaultServer) -> None:
    scanning = Scanning(tmp_path, server, "ok", 3)
    totals, _ = scanning.scan(change=lambda context: setattr(context, "planner", _crooked(context)))
    assert (totals.stopped, dict(totals.failed), scanning.requests) == (None, {"bug": 3}, 0)


def _crooked(context: Context) -> Planner:
    return Crooked(model=context.scan.job.model, options=context.scan.job.options)


def test_a_fault_about_one_subject_of_a_check_stops_no_other(tmp_path: Path, server: FaultServer) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(tiny(number))
    model = load_catalog(None).find("gpt-6-luna")
    assert model is not None
    choosing = Choosing(args=[str(path) for path in paths], fetches_whole=True)
    job = Job(question="", model=model, choosing=choosing, options=PictureOptions(), terms=Terms(), max_images=9)
    planner = Planner(model=model, options=job.options)
    point = Point(question=Predicate(id="q1", text="it is red"), rule=Rule())
    subjects = [Subject(image=image, points=(point,)) for image in survey(choosing, planner)]
    asks = Look(job=job, engine="schema").asks([(place, each, point) for place, each in enumerate(subjects)])
    endpoint = Endpoint(base_url=server.base_url(f"check{next(_tags)}~ok"), api_key="sk-test")
    watcher = Silent()
    with open_session(LedgerOptions(path=None), nullcontext(endpoint), on_notice=print, watcher=watcher) as session:
        shared: list[Faulty] = []

        def wrap(sender: Sender) -> Sender:
            shared[:] = shared or [Faulty(sender, 3)]
            return shared[0]

        session.interruptible = wrap
        outcomes = Looker(session=session, policy=Policy(recalls=False), watcher=watcher).look(asks)
    codes = [None if outcome.error is None else outcome.error.code for outcome in outcomes]
    assert codes == ["schema_mismatch", "bug", "schema_mismatch"]  # each is asked twice; the third request has it


def test_a_planner_that_fails_is_told_as_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(tiny(1))
    choosing = Choosing(args=[str(tmp_path / "a.png")])
    model = load_catalog(None).find("gpt-6-luna")
    (source,) = (image.source for image in survey(choosing, Planner(model=model, options=PictureOptions())))
    failed = plan_source(source, choosing, Crooked(model=model, options=PictureOptions()))
    assert failed.error.code == "bug"
