"""Tests of what a failed attempt does to the pace of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.scanning import tiny
from tests.faults.server import FaultServer
from visionask.config.catalog import load_catalog
from visionask.core.plan import PictureOptions
from visionask.core.projection import Terms
from visionask.core.request import Endpoint
from visionask.run.job import Job
from visionask.run.scan import Scan, prepared
from visionask.run.scan_pool import run
from visionask.run.survey import Choosing
from visionask.store.ledger import open_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from visionask.core.request import Outcome
    from visionask.run.pool import Item
    from visionask.run.scan import Totals


class Ends:
    """Keeps how each item ended."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def on_item(self, item: Item, _totals: Totals) -> None:
        self.outcomes.append(item.outcome)

    def on_not_saved(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def on_tick(self, _totals: Totals) -> None:
        """Show nothing."""


@pytest.mark.parametrize(
    ("step", "allowed"),
    [
        pytest.param("429", 4, id="a rate limit without a wait"),
        pytest.param("429;retry-after-ms=5", 4, id="a rate limit with a wait"),
        pytest.param("500;retry-after-ms=5", 8, id="a passing fault"),
        pytest.param("reset-after", 8, id="a lost reply"),
    ],
)
def test_a_rate_limit_halves_what_goes_at_once_and_nothing_else_does(tmp_path: Path, step: str, allowed: int) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(tiny(1))
    catalog = load_catalog(None)
    job = Job(
        question="What is it?",
        model=catalog.find("gpt-6-luna"),
        choosing=Choosing(args=[str(path)]),
        options=PictureOptions(),
        terms=Terms(),
    )
    watcher = Ends()
    with FaultServer() as server, open_ledger(None) as ledger:
        endpoint = Endpoint(base_url=server.base_url(f"t~{step},ok"), api_key="sk-test")
        scan = Scan(job=job, base_url=endpoint.base_url, workers=8)
        with prepared(scan, endpoint, ledger, rpm=None, tpm=None, on_notice=print) as context:
            run(scan, context, watcher)
            assert context.pace.allowed == allowed
    assert [(outcome.status, outcome.attempts) for outcome in watcher.outcomes] == [("ok", 2)]
