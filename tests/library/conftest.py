"""What the tests of the Python API share."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import KEY
from tests.cli.scanning import tiny
from tests.cli.servers import AnswerServer, PictureServer
from tests.faults.server import FaultServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_tags = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


class Sent:
    """A script of the server: where it is, and the bodies that arrived."""

    def __init__(self, server: FaultServer, script: str, ledger: Path) -> None:
        self._server, self._script = server, f"library{next(_tags)}~{script}"
        self.options: dict[str, Any] = {
            "base_url": server.base_url(self._script),
            "api_key": KEY,
            "ledger": ledger,
        }

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [entry["body"] for entry in self._server.journal(self._script)]


@pytest.fixture
def says(server: FaultServer, tmp_path: Path) -> Any:
    return lambda script: Sent(server, script, tmp_path / "ledger.db")


@pytest.fixture(scope="session")
def answers() -> Iterator[AnswerServer]:
    with AnswerServer() as running:
        yield running


@pytest.fixture(scope="session")
def links() -> Iterator[PictureServer]:
    with PictureServer() as running:
        yield running


@pytest.fixture
def dot(tmp_path: Path) -> Path:
    path = tmp_path / "dot.png"
    path.write_bytes(tiny(1))
    return path
