"""Where `check` tells what it found: files, JUnit, GitHub, and again from a saved exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from junitparser import Failure, JUnitXml

from tests.cli.command import KEY
from tests.cli.pictures import encoded, photo
from tests.faults.decisions import DecisionServer
from visionask.report.output import is_results

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.command import Command

FILE = """
[[check]]
images = ["shots/*.png"]
statements = ["one 0.9", "two 0.1"]
[[check.choices]]
question = "Which theme?"
values = ["light", "dark"]
expect = "dark"
"""


@pytest.fixture(scope="module")
def env() -> Iterator[dict[str, str]]:
    with DecisionServer() as server:
        yield {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url("tell")}
        assert server.invalid == []


@pytest.fixture
def suite(command: Command) -> Path:
    """A file of checks in a folder with two pictures; returns the working folder."""
    (command.folder / "ci" / "shots").mkdir(parents=True)
    for name, size in (("a.png", (64, 48)), ("b.png", (60, 50))):
        (command.folder / "ci" / "shots" / name).write_bytes(encoded(photo(size), "PNG"))
    (command.folder / "ci" / "checks.toml").write_text(FILE)
    return command.folder


def test_a_database_is_a_file_of_its_own(command: Command, suite: Path, env: dict[str, str]) -> None:
    (suite / "mine.db").write_text("mine")
    assert "left as it is" in command("check", "one 0.9", "ci/shots/a.png", "-o", "mine.db", env=env).err
    assert command("check", "one 0.9", "ci/shots/a.png", "-f", "sqlite", env=env).code == 2
    assert command("check", "one 0.9", "ci/shots/a.png", "-q", "-o", "r.db", env=env).code == 0
    assert is_results(str(suite / "r.db"))
    assert (suite / "mine.db").read_text() == "mine"


def test_a_file_of_checks_tells_junit_github_and_a_report(command: Command, suite: Path, env: dict[str, str]) -> None:
    outputs = ("--junit", "out.xml", "-o", "out.md", "--github")
    summary = {"GITHUB_STEP_SUMMARY": str(suite / "summary.md")}
    result = command("check", "--file", "ci/checks.toml", "--engine", "decisions", *outputs, env=env | summary)
    assert (result.code, result.out) == (1, ""), result.err
    annotations = [line for line in result.err.splitlines() if line.startswith("::")]
    assert annotations == [
        f"::error file=ci/shots/{name},title=visionask check::two 0.1: false (0.1)" for name in ("a.png", "b.png")
    ]
    read = JUnitXml.fromfile(str(suite / "out.xml"))
    assert (read.tests, read.failures, read.errors) == (6, 2, 0)
    failed = [case.name for each in read for case in each if any(isinstance(kind, Failure) for kind in case.result)]
    assert failed == ["two 0.1"] * 2
    assert (suite / "out.md").read_text() == (suite / "summary.md").read_text()
    assert not list(suite.glob("*.part"))


def test_github_is_told_nothing_without_the_flag(command: Command, suite: Path, env: dict[str, str]) -> None:
    there = env | {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(suite / "summary.md")}
    result = command("check", "two 0.1", "ci/shots/a.png", "--engine", "decisions", env=there)
    assert result.code == 1
    assert "::" not in result.err
    assert not (suite / "summary.md").exists()


def test_an_output_that_cannot_be_written_costs_nothing(command: Command, suite: Path, env: dict[str, str]) -> None:
    nowhere = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    for flag in ("--junit", "-o"):
        result = command("check", "one 0.9", "ci/shots/a.png", flag, "no/such/folder.xml", env=nowhere)
        assert result.code == 9, result.err
    assert suite.exists()
    assert env


def test_a_table_is_told_of_an_outage_too(command: Command, suite: Path) -> None:
    down = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    result = command("check", "one 0.9", "ci/shots/a.png", "--retries", "0", "--junit", "out.xml", env=down)
    assert result.code == 6, result.err
    assert result.out.splitlines()[1].startswith("error ")
    assert JUnitXml.fromfile(str(suite / "out.xml")).errors == 1


def test_a_saved_exchange_tells_the_same_without_key_or_server(
    command: Command, suite: Path, env: dict[str, str]
) -> None:
    args = ("check", "two 0.1", "ci/shots/a.png", "ci/shots/b.png", "--engine", "decisions", "--json")
    first = command(*args, "--record", "saved", env=env)
    assert first.code == 1, first.err
    again = command(*args, "--replay", "saved", env=env | {"OPENAI_API_KEY": ""})
    assert again.code == 1, again.err
    told, before = again.record["data"], first.record["data"]
    assert [found.pop("cached") for found in told["checks"] + before["checks"]] == [True, True, False, False]
    assert told == before
    assert (again.record["cached"], again.record["billed"]) == (True, None)
    missing = command("check", "one 0.9", *args[2:], "--replay", "saved", env=env | {"OPENAI_API_KEY": ""})
    assert missing.code not in (0, 1), missing.err
    assert suite.exists()
