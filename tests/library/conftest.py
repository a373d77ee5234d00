"""Owns what the tests of the Python API share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.scanning import tiny

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def dot(tmp_path: Path) -> Path:
    path = tmp_path / "dot.png"
    path.write_bytes(tiny(1))
    return path
