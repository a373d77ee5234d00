"""No outage becomes a verdict: `check` against a server that fails at random, in every way that servers fail."""

from __future__ import annotations

import itertools
import random
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from tests.cli.pictures import encoded, photo
from tests.faults.decisions import DecisionServer
from visionask.cli.exits import Exit, exit_code
from visionask.config.catalog import load_catalog
from visionask.core.checks import Group, Point, Predicate, Rule
from visionask.core.plan import PictureOptions
from visionask.core.projection import Terms
from visionask.core.request import Endpoint
from visionask.run.check import Check, run_check
from visionask.run.job import Job
from visionask.run.look import Look
from visionask.run.session import LedgerOptions
from visionask.run.survey import Choosing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from visionask.core.request import PlannedRequest
    from visionask.run.check import Report
    from visionask.run.look import Engine

_tags = itertools.count(1)
FAULTS = (
    "500",
    "503",
    "429;retry-after-ms=1",
    "502;kind=html",
    "400",
    "404",
    "reset-before",
    "reset-after",
    "close",
    "cut-body",
    "gzip;kind=bad",
    "ok",  # a reply of another kind
    *(f"decide;how={how}" for how in ("fewer", "other-name", "above-one", "nan", "no-answers", "an-error")),
)
UNTOLD = {Exit.API, Exit.REJECTED, Exit.CONFIG}


class Silent:
    """A watcher that notes what it is told."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    def on_plan(self, planned: PlannedRequest) -> None:
        assert planned.images

    def on_notice(self, text: str) -> None:
        self.notices.append(text)

    def on_recall(self, planned: PlannedRequest, *, at: float) -> None:  # noqa: ARG002 nothing is kept here
        raise AssertionError


@pytest.fixture(scope="module")
def server() -> Iterator[DecisionServer]:
    with DecisionServer() as server:
        yield server
        assert server.invalid == []


@pytest.fixture
def picture(tmp_path: Path) -> str:
    """A pattern of two pictures: each statement is about one of them, as one request holds all about a picture."""
    for number in (1, 2):
        (tmp_path / f"dot{number}.png").write_bytes(encoded(photo((64, 48 + number)), "PNG"))
    return str(tmp_path / "dot*.png")


def run(server: DecisionServer, script: str, picture: str, **how: object) -> tuple[Report, Silent]:
    """Check a true and a false statement, each in a request of its own."""
    model = load_catalog().find("gpt-6-luna")
    assert model is not None
    job = Job(
        question="", model=model, choosing=Choosing(args=()), options=PictureOptions(), terms=Terms(), max_images=9
    )
    engine: Engine = how.get("engine", "decisions")  # type: ignore[assignment]
    texts = ("it is red 0.97", "it is blue 0.03")
    groups = [
        Group(
            images=(picture.replace("*", str(number)),),
            points=(Point(question=Predicate(id="q1", text=text), rule=Rule(threshold=how.get("threshold"))),),  # type: ignore[arg-type]
        )
        for number, text in enumerate(texts, 1)
    ]
    check = Check(groups=tuple(groups), first=Look(job=job, engine=engine), falls_back=bool(how.get("falls_back")))
    endpoint = Endpoint(base_url=server.base_url(f"o{next(_tags)}~{script}"), api_key="sk-test", retries=1)
    watcher = Silent()
    return run_check(check, nullcontext(endpoint), watcher=watcher, ledger=LedgerOptions(path=None)), watcher


@pytest.mark.parametrize("engine", ["decisions", "schema"])
@pytest.mark.parametrize("seed", range(8))
def test_every_finding_is_right_or_an_error(server: DecisionServer, picture: str, seed: int, engine: Engine) -> None:
    rng = random.Random(seed)
    usable = [fault for fault in FAULTS if engine == "decisions" or not fault.startswith("decide")]
    steps = [rng.choice(usable) if rng.random() < 0.6 else "tell" for _ in range(4)]
    report, _ = run(server, ",".join([*steps, "tell"]), picture, engine=engine)
    for finding, right in zip(report.findings, ("true", "false"), strict=True):
        if finding.error is None:
            assert finding.verdict == right, steps
        else:
            assert finding.verdict == "error", steps
            assert finding.judged is None
            assert exit_code(finding.error) in UNTOLD, steps
    errors = [finding.error for finding in report.findings if finding.error is not None]
    assert (report.overall.verdict, report.overall.error) == (None, errors[0]) if errors else ("false", None), steps


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_only_fails_tells_nothing(server: DecisionServer, picture: str, fault: str) -> None:
    report, _ = run(server, fault, picture)
    assert [finding.verdict for finding in report.findings] == ["error", "error"]
    assert report.overall.error is not None
    assert report.overall.verdict is None


def test_where_decisions_are_missing_the_schema_engine_is_asked(server: DecisionServer, picture: str) -> None:
    report, watcher = run(server, "no-decisions", picture, falls_back=True)
    assert [finding.verdict for finding in report.findings] == ["true", "false"]
    assert {finding.engine for finding in report.findings} == {"schema"}
    assert any("Chat Completions instead" in notice for notice in watcher.notices)
    report, _ = run(server, "no-decisions", picture)
    assert [finding.verdict for finding in report.findings] == ["error", "error"]


def test_a_threshold_is_not_given_up_where_decisions_are_missing(server: DecisionServer, picture: str) -> None:
    report, _ = run(server, "no-decisions", picture, falls_back=True, threshold=0.9)
    assert report.overall.error is not None
    assert exit_code(report.overall.error) == Exit.USAGE


def test_a_key_that_is_refused_ends_it_at_once(server: DecisionServer, picture: str) -> None:
    report, _ = run(server, "401", picture)
    assert report.overall.error is not None
    assert exit_code(report.overall.error) == Exit.CONFIG
    assert [outcome.status for outcome in report.outcomes] == ["failed", "skipped"]
