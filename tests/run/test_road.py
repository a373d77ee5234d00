"""The one road to a paid answer, walked by every command: what was known, what goes wrong, and how often it is sent."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing, nullcontext
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import visionask
from tests.cli.scanning import tiny
from tests.cli.servers import PictureServer
from tests.faults.decisions import DecisionServer
from visionask.config.catalog import load_catalog
from visionask.core.checks import Group, Point, Predicate, Rule
from visionask.core.ledger import Budget
from visionask.core.plan import PictureOptions
from visionask.core.projection import Terms
from visionask.core.request import Endpoint
from visionask.core.retry import LOST_ASKS
from visionask.run.ask import ask, planned_or_failed
from visionask.run.chat import Chat
from visionask.run.check import Check, run_check
from visionask.run.conversations import Keeper
from visionask.run.job import Job
from visionask.run.look import Look
from visionask.run.scan import Scan, prepared
from visionask.run.scan_pool import run
from visionask.run.session import LedgerOptions, open_session
from visionask.run.survey import Choosing
from visionask.store.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from visionask.core.errors import VisionaskError
    from visionask.core.request import Outcome, PlannedRequest
    from visionask.run.pool import Item

COMMANDS = ("ask", "scan", "check", "chat", "library")
ANEW = ("chat",)  # recalls nothing


class End(NamedTuple):
    """What a command came to: an error's code or `ok`, whether the answer was known, and whether there is one."""

    code: str
    is_cached: bool
    has_answer: bool


class Silent:
    """A watcher, and a taker of items, that keeps the outcomes."""

    on_text = None

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def on_plan(self, planned: PlannedRequest) -> None:
        assert planned.images

    def on_notice(self, _text: str) -> None:
        """Show nothing."""

    def on_recall(self, _planned: PlannedRequest, *, at: float) -> None:
        assert at > 0

    def on_item(self, item: Item, _totals: object) -> None:
        self.outcomes.append(item.outcome)

    def on_not_saved(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def on_tick(self, _totals: object) -> None:
        """Show nothing."""


class World:
    """One picture, one ledger, one script of the server; each call is a run of a command of its own."""

    def __init__(self, folder: Path, server: DecisionServer, tag: str, script: str) -> None:
        self._server, self._script = server, f"{tag}~{script}"
        self.picture, self.ledger = folder / "a.png", folder / "ledger.db"
        self.picture.write_bytes(tiny(3))
        self.link: str | None = None  # to a picture, that is handed on in place of the file
        self.budget = Budget()
        self.timeout_s = 30.0

    @property
    def requests(self) -> int:
        return len(self._server.journal(self._script))

    def run(self, command: str) -> End:
        return getattr(self, f"_{command}")()

    @property
    def _endpoint(self) -> Endpoint:
        return Endpoint(base_url=self._server.base_url(self._script), api_key="sk-test", timeout_s=self.timeout_s)

    def _job(self, question: str = "What is it?") -> Job:
        model = load_catalog(None).find("gpt-6-luna")
        choosing = Choosing(
            args=[self.link or str(self.picture)],
            fetches_whole=True,
            passes_urls=self.link is not None,
            allows_private_urls=True,
        )
        assert model is not None
        return Job(
            question=question, model=model, choosing=choosing, options=PictureOptions(), terms=Terms(), max_images=9
        )

    def _options(self, **changes: Any) -> LedgerOptions:
        return LedgerOptions(path=str(self.ledger), base_url=self._endpoint.base_url, budget=self.budget, **changes)

    def _ask(self) -> End:
        return _end(ask(self._job(), nullcontext(self._endpoint), watcher=Silent(), ledger=self._options()))

    def _scan(self) -> End:
        taker, has_budget = Silent(), self.budget != Budget()
        scan = Scan(job=self._job(), base_url=self._endpoint.base_url, workers=2, has_budget=has_budget)
        with (
            closing(open_ledger(str(self.ledger), budget=self.budget)) as ledger,
            prepared(scan, self._endpoint, ledger, rpm=None, tpm=None, on_notice=print) as context,
        ):
            totals = run(scan, context, taker)
        return _end(taker.outcomes[0]) if taker.outcomes else _failed(totals.stopped)

    def _check(self) -> End:
        points = (Point(question=Predicate(id="q1", text="it is red 0.97"), rule=Rule()),)
        group = Group(images=(self.link or str(self.picture),), points=points)
        check = Check(groups=(group,), first=Look(job=self._job(""), engine="schema"))
        report = run_check(check, nullcontext(self._endpoint), watcher=Silent(), ledger=self._options())
        return _end(report.outcomes[0]) if report.outcomes else _failed(report.overall.error)

    def _chat(self) -> End:
        job, options, watcher = self._job(""), self._options(asks_again=True), Silent()
        planned = planned_or_failed(job).planned
        assert planned is not None
        with open_session(options, nullcontext(self._endpoint), on_notice=print, watcher=watcher) as session:
            chat = Chat(
                job,
                planned.images,
                session=session,
                keeper=Keeper(session.ledger, options, print),
                watcher=watcher,
                allowed=lambda _is_allowed: nullcontext(),
            )
            return _end(chat.ask("What is it?"))

    def _library(self) -> End:
        options: dict[str, Any] = {"max_cost": self.budget.run_usd, "timeout": self.timeout_s}
        try:
            reply = visionask.ask(
                "What is it?",
                self.link or self.picture,
                pass_url=self.link is not None,
                allow_private_urls=True,
                base_url=self._endpoint.base_url,
                api_key="sk-test",
                ledger=self.ledger,
                cache=True,
                **{name: value for name, value in options.items() if value is not None},
            )
        except visionask.VisionaskError as error:
            return _failed(error) if error.outcome is None else _end(error.outcome)
        return _end(reply.outcome)


def _end(outcome: Outcome) -> End:
    code = "ok" if outcome.error is None else outcome.error.code
    return End(code, outcome.is_cached, outcome.answer is not None)


def _failed(error: VisionaskError | None) -> End:
    assert error is not None
    return End(error.code, is_cached=False, has_answer=False)


@pytest.fixture(scope="module")
def server() -> Iterator[DecisionServer]:
    with DecisionServer() as server:
        yield server


@pytest.fixture
def walk(tmp_path: Path, server: DecisionServer, request: pytest.FixtureRequest) -> Callable[[str, str], World]:
    """Return a world for a command; `ok` is an answer that the command understands."""

    def begin(command: str, script: str) -> World:
        tag = str(abs(hash(request.node.nodeid)))
        return World(tmp_path, server, tag, script.replace("ok", "tell") if command == "check" else script)

    return begin


OK, KNOWN = End("ok", is_cached=False, has_answer=True), End("ok", is_cached=True, has_answer=True)


@pytest.mark.parametrize("command", COMMANDS)
def test_what_was_answered_is_recalled(walk: Callable[[str, str], World], command: str) -> None:
    world = walk(command, "ok")
    ends = [world.run(command), world.run(command)]
    assert (ends, world.requests) == (([OK, OK], 2) if command in ANEW else ([OK, KNOWN], 1))


@pytest.mark.parametrize("command", COMMANDS)
def test_only_a_scan_heeds_a_refusal_that_is_known(walk: Callable[[str, str], World], command: str) -> None:
    world = walk(command, "refusal,ok")
    assert world.run(command).code == "refused"
    again = world.run(command)
    assert (again.code, world.requests) == (("refused", 1) if command == "scan" else ("ok", 2))


@pytest.mark.parametrize("command", COMMANDS)
def test_what_another_is_asking_is_asked_once(walk: Callable[[str, str], World], command: str) -> None:
    world, ends = walk(command, "ok;read-late=.4"), list[End]()
    first = threading.Thread(target=lambda: ends.append(world.run(command)))
    first.start()
    while not world.requests:
        time.sleep(0.01)
    ends.append(world.run(command))
    first.join()
    assert (sorted(end.is_cached for end in ends), world.requests) == (
        ([False, False], 2) if command in ANEW else ([False, True], 1)
    )
    assert {end.code for end in ends} == {"ok"}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", ["cut-body", "stall", "close", "524"])
def test_a_reply_that_is_cut_or_lost_is_asked_for_again(
    walk: Callable[[str, str], World], command: str, fault: str
) -> None:
    world = walk(command, f"{fault},ok")
    world.timeout_s = 0.5
    assert (world.run(command), world.requests) == (OK, 2)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("fault", "code"),
    [("cut-body", "incomplete"), ("stall", "timeout"), ("close", "unreachable"), ("524", "server_error")],
)
def test_no_command_asks_for_a_lost_reply_more_often(
    walk: Callable[[str, str], World], command: str, fault: str, code: str
) -> None:
    world = walk(command, fault)
    world.timeout_s = 0.3
    assert (world.run(command).code, world.requests) == (code, 1 + LOST_ASKS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reply_that_came_whole_is_not_asked_for_again(walk: Callable[[str, str], World], command: str) -> None:
    world = walk(command, "html")
    assert (world.run(command).code, world.requests) == ("bad_reply", 1)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_answer_that_cannot_be_saved_is_handed_over(walk: Callable[[str, str], World], command: str) -> None:
    world = walk(command, "ok;read-late=.4")

    def spoil() -> None:
        while not world.requests:
            time.sleep(0.01)
        with closing(sqlite3.connect(world.ledger, timeout=10, isolation_level=None)) as db:
            db.execute("DROP TABLE answers")

    spoiler = threading.Thread(target=spoil)
    spoiler.start()
    end = world.run(command)
    spoiler.join()
    assert (end, world.requests) == (End("state", is_cached=False, has_answer=True), 1)


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_sent_over_the_budget(walk: Callable[[str, str], World], command: str) -> None:
    world = walk(command, "ok")
    world.budget = Budget(run_usd=Decimal("0.0000001"))
    end = world.run(command)
    assert (end.code, end.has_answer, world.requests) == ("budget", False, 0)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_link_that_the_server_does_not_take_is_sent_as_a_picture(
    walk: Callable[[str, str], World], command: str
) -> None:
    refused = "400;kind=empty"
    world = walk(command, f"{refused},ok,{refused}")
    with PictureServer() as pictures:
        world.link = pictures.put("a.png", tiny(3))
        first, requests, again = world.run(command), world.requests, world.run(command)
    assert (first, requests) == (OK, 2)
    if command not in ANEW:
        assert (again, world.requests) == (KNOWN, 2 if command == "scan" else 3)  # a scan knows of the refusal
