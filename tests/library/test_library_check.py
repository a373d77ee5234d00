"""`check` of the Python API: its truth is the exit code of the command, and what is untold is neither."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.cli.command import KEY
from tests.cli.scanning import tiny
from tests.faults.decisions import DecisionServer
from visionask import check, errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.command import Command

_tags = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[DecisionServer]:
    with DecisionServer() as running:
        yield running
        assert running.invalid == []


@pytest.fixture
def options(server: DecisionServer, tmp_path: Path) -> dict[str, Any]:
    base_url = server.base_url(f"library{next(_tags)}~tell")
    return {"base_url": base_url, "api_key": KEY, "ledger": tmp_path / "ledger.db", "engine": "decisions"}


@pytest.mark.parametrize(
    ("statement", "more", "is_true"),
    [
        pytest.param("it is red 0.97", {}, True, id="true"),
        pytest.param("it is red 0.03", {}, False, id="false"),
        pytest.param("it is red 0.89", {"threshold": 0.9}, False, id="below a threshold"),
        pytest.param("theme?", {"choice": ["light", "dark"], "expect": "dark"}, True, id="choice"),
        pytest.param("theme?", {"choice": "light,dark"}, True, id="any choice"),
        pytest.param("sharp?", {"score": "1-5", "expect": "1-3"}, False, id="score"),
        pytest.param("it is red 0.03", {"also": ["it is blue 0.97"], "is_any": True}, True, id="any"),
    ],
)
def test_its_truth_is_the_verdict(
    options: dict[str, Any], dot: Path, statement: str, more: dict[str, Any], is_true: bool
) -> None:
    assert bool(check(statement, dot, **more, **options)) is is_true


def test_what_is_untold_is_neither_true_nor_false(options: dict[str, Any], dot: Path) -> None:
    untold = check("refuse this", dot, **options)
    assert isinstance(untold.error, errors.Refused)
    with pytest.raises(errors.Refused):
        bool(untold)


def test_its_record_is_that_of_the_command(options: dict[str, Any], dot: Path, command: Command) -> None:
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": options["base_url"]}
    record = command("check", "it is red 0.97", dot, "--engine", "decisions", "--json", env=env).record
    ours = json.loads(json.dumps(check("it is red 0.97", dot, **options).record()))
    assert ours.keys() == record.keys()
    assert {key for key in record if record[key] != ours[key]} <= {"seconds"}


def test_the_same_pixels_as_a_baseline_need_no_server(tmp_path: Path) -> None:
    picture = Image.new("RGB", (40, 30), "red")
    nowhere = {"base_url": "http://127.0.0.1:1/v1", "api_key": KEY, "log": False}
    assert check("they look the same", picture, against=picture, **nowhere)  # type: ignore[arg-type]


def test_each_image_has_its_finding(options: dict[str, Any], dot: Path) -> None:
    found = check("it is red 0.97", [dot, tiny(7)], against=tiny(9), **options).findings
    assert [finding.image for finding in found] == [str(dot), found[1].image]
    assert found[1].image.startswith("bytes:")
    assert found[0].against == found[1].against != found[1].image
