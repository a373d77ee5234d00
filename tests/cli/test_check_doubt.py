"""How sure a check is: where there is no probability, what a threshold may be held against, and what votes come to."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import KEY
from tests.cli.pictures import encoded, photo
from tests.faults.decisions import DecisionServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.command import Command, Result

_tags = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[DecisionServer]:
    with DecisionServer() as server:
        yield server
        assert server.invalid == []


@pytest.fixture
def check(command: Command, server: DecisionServer, dot: Path) -> Callable[..., Result]:
    def run(statement: str, *args: object, script: str = "tell") -> Result:
        env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url(f"d{next(_tags)}~{script}")}
        return command("check", statement, dot, *args, "-j", "1", env=env)

    return run


def found(result: Result) -> dict[str, Any]:
    one: dict[str, Any] = result.record["data"]["checks"][0]
    return one


@pytest.mark.parametrize(
    ("args", "flag"),
    [
        (("--threshold", "0.9"), "--threshold"),
        (("--unsure", "0.4,0.6"), "--unsure"),
        (("--threshold", "0.5", "--unsure", "0.4,0.6"), "--threshold"),
        (("--choice", "a,b", "--expect", "b", "--threshold", "0.9"), "--threshold"),
        (("--score", "1-5", "--expect", ">=4", "--unsure", "0.4,0.6"), "--unsure"),
    ],
)
def test_a_vote_alone_is_held_against_nothing(check: Callable[..., Result], args: tuple[str, ...], flag: str) -> None:
    result = check("red 0.97", *args)
    assert result.code == 2, result.err
    assert flag in result.error_lines[0]
    assert "--repeat 5" in result.err
    assert "Decisions API" in result.err


def test_a_file_of_checks_is_held_to_it_too(check: Callable[..., Result], command: Command) -> None:
    (command.folder / "c.toml").write_text('threshold = 0.9\n[[check]]\nimages = ["*.png"]\nstatements = ["red 0.9"]\n')
    result = command("check", "--file", "c.toml", env={"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://127.0.0.1:1"})
    assert (result.code, "--repeat 5" in result.err) == (2, True), result.err


def test_one_vote_shows_no_probability(check: Callable[..., Result]) -> None:
    one = found(check("red 0.97", "--json"))
    assert (one["verdict"], one["probability"], one["interval"], one["distribution"]) == ("true", None, None, None)
    assert (one["threshold"], one["votes"]) == (None, {"true": 1})


def test_votes_are_a_share_with_its_interval(check: Callable[..., Result]) -> None:
    one = found(check("red 0.97", "--repeat", "5", "--threshold", "0.8", "--json"))
    assert (one["probability"], one["votes"], one["threshold"]) == (1.0, {"true": 5}, 0.8)
    assert one["interval"] == [0.5655, 1.0]  # Wilson, 95%: 1 / (1 + 1.96**2 / 5)
    assert "5/5" in check("red 0.97", "--repeat", "5").out


def test_a_threshold_decides_what_is_in_the_zone_still(check: Callable[..., Result], dot: Path) -> None:
    zone = ("--engine", "decisions", "--unsure", "0.4,0.6", "--json")
    large = dot.with_name("large.png")
    large.write_bytes(encoded(photo((1200, 900)), "PNG"))
    for threshold, told in (("0.5", "true"), ("0.6", "false")):
        result = check("red 0.55", *zone, "--threshold", threshold)
        assert (found(result)["verdict"], result.record["error"]) == (told, None), result.err
    assert check("red 0.55", *zone).code == 8
    assert check("red 0.55", *zone, "--threshold", "0.5", large, "-d", "low", script="tell;high=0.1").code == 1
    odd = check("red 0.5", *zone[:-1], "--threshold", "0.9")
    assert (odd.code, "from 0.4 to 0.6" in odd.err, "looked at again" in odd.err) == (2, True, True), odd.err
