"""Recordings of a check: replayed on any machine, asked for only where they are missing, and tidied up."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY
from tests.cli.pictures import encoded, photo
from tests.faults.decisions import DecisionServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.command import Command, Result

_tags = itertools.count(1)
OTHER = {
    "OPENAI_API_KEY": "",
    "OPENAI_BASE_URL": "http://127.0.0.1:1/other",
    "VISIONASK_MODEL": "gpt-6-sol",
    "VISIONASK_DETAIL": "low",
    "VISIONASK_MAX_SIDE": "64",
    "VISIONASK_QUALITY": "20",
}


@pytest.fixture(scope="module")
def server() -> Iterator[DecisionServer]:
    with DecisionServer() as server:
        yield server
        assert server.invalid == []


@pytest.fixture
def check(command: Command, server: DecisionServer) -> Callable[..., Result]:
    for number in (1, 2):
        (command.folder / f"{number}.jpg").write_bytes(encoded(photo((900, 700 + number)), "JPEG"))
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url(f"r{next(_tags)}~tell")}

    def run(*args: object, env: dict[str, str] = env) -> Result:
        return command("check", *args, env=env)

    run.tag = env["OPENAI_BASE_URL"].rstrip("/").split("/")[-2]  # type: ignore[attr-defined]
    return run


@pytest.mark.parametrize("engine", ["decisions", "schema"])
def test_a_replay_asks_no_variable_of_the_machine(check: Callable[..., Result], engine: str) -> None:
    first = check("red 0.1", "1.jpg", "--engine", engine, "--record", "saved", "--json")
    assert first.code == 1, first.err
    again = check("red 0.1", "1.jpg", "--replay", "saved", "--json", env=OTHER)
    assert (again.code, again.record["data"]["checks"][0]["engine"]) == (1, engine), again.err
    assert again.record["model"] == first.record["model"]
    other = check("red 0.1", "1.jpg", "--replay", "saved", "-m", "gpt-6-sol", env=OTHER)
    assert other.code == 4, "a flag holds"


@pytest.mark.parametrize("engine", ["decisions", "schema"])
def test_what_is_stale_is_told_once_with_the_statement(check: Callable[..., Result], engine: str) -> None:
    assert check("red 0.9", "1.jpg", "2.jpg", "--engine", engine, "--record", "saved").code == 0
    stale = check("blue 0.9", "1.jpg", "2.jpg", "--replay", "saved", env=OTHER)
    assert (stale.code, len(stale.error_lines)) == (4, 2), stale.err
    assert "no recording of 'blue 0.9'" in stale.error_lines[0]
    assert "Go by what can be seen" not in stale.err + stale.out


def test_only_what_is_missing_is_asked_and_unused_ones_go(
    check: Callable[..., Result], command: Command, server: DecisionServer
) -> None:
    args = ("red 0.9", "--engine", "decisions", "--record", "saved")
    assert check(*args, "1.jpg").code == 0
    folder = command.folder / "saved"
    (old,) = folder.iterdir()
    before = old.read_bytes()
    both = check(*args, "1.jpg", "2.jpg", "--missing", "--json")
    assert (both.code, len([*folder.iterdir()]), old.read_bytes() == before) == (0, 2, True), both.err
    assert both.record["attempts"] == 1
    assert check(*args, "1.jpg").code == 0
    assert old.read_bytes() != before or both.record["attempts"] == 1
    listed = check("red 0.9", "1.jpg", "--replay", "saved", "--unused", "list", env=OTHER)
    assert (listed.code, listed.err.count("unused: saved/"), len([*folder.iterdir()])) == (0, 1, 2), listed.err
    assert old.name not in listed.err
    removed = check("red 0.9", "1.jpg", "--replay", "saved", "--unused", "remove", env=OTHER)
    assert (removed.code, [*folder.iterdir()]) == (0, [old]), removed.err
    for odd in (("--missing",), ("--unused", "list"), ("--replay", "saved", "--missing")):
        assert check("red 0.9", "1.jpg", *odd, env=OTHER).code == 2


def test_other_commands_replay_with_no_setting_of_the_machine_too(command: Command, server: DecisionServer) -> None:
    (command.folder / "1.jpg").write_bytes(encoded(photo((900, 700)), "JPEG"))
    (command.folder / "labels.csv").write_text("image,label\n1.jpg,red\n")
    here = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url(f"r{next(_tags)}~ok"), "VISIONASK_QUALITY": "30"}
    for args in (("ask", "What?", "1.jpg"), ("scan", "What?", "1.jpg"), ("eval", "labels.csv", "What colour?")):
        live = command(*args, "--record", args[0], env=here)
        again = command(*args, "--replay", args[0], env=OTHER)
        assert (live.code, again.code, again.out.split()[-1]) == (0, 0, live.out.split()[-1]), again.err


def test_what_a_model_on_a_machine_said_is_replayed_without_naming_it(command: Command) -> None:
    picture = Path(__file__).parents[2] / "visionask" / "data" / "practice" / "example.png"
    first = command("check", "there is a star", picture, "--local", "practice", "--record", "saved", "--no-log")
    assert first.code == 1, first.err
    again = command("check", "there is a star", picture, "--replay", "saved", env=OTHER)
    assert (again.code, again.out) == (1, first.out), again.err
    named = command("check", "there is a star", picture, "--replay", "saved", "--local", "practice", env=OTHER)
    assert (named.code, named.out) == (1, first.out), named.err
    other = command("check", "there is a star", picture, "--replay", "saved", "-m", "gpt-6-sol", env=OTHER)
    assert other.code == 4, "a flag holds"
