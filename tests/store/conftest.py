"""The ledgers that the tests open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.store.cases import NOON
from visionask.store.ledger import Ledger, open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "state" / "ledger.db")


@pytest.fixture(params=["file", "memory"])
def ledger(request: pytest.FixtureRequest, path: str) -> Iterator[Ledger]:
    """Open a ledger at noon: each promise holds for `--no-log` too."""
    with open_ledger(path if request.param == "file" else None, now=lambda: NOON) as opened:
        yield opened
