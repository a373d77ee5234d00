"""Tests of what a scan asks, what it keeps, and what it asks again."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY
from tests.cli.scanning import QUESTION, asked, fill, names, records, scan, shop, tiny
from tests.faults.plain import PlainServer, answer, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.command import Command
    from tests.cli.conftest import Wire


def test_each_picture_is_asked_once_and_never_again(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 12)
    first = scan(sender, folder, "--json")
    assert (first.code, len(records(first)), sorted(asked(sender).values())) == (0, 12, [1] * 12)
    again = scan(sender, folder, "--json", "-o", "all.csv", "-o", "all.jsonl")
    assert (again.code, asked(sender).total()) == (0, 12)
    assert all(record["cached"] and record["status"] == "ok" for record in records(again))
    assert {record["answer"] for record in records(first)} == {record["answer"] for record in records(again)}
    assert len((command.folder / "all.csv").read_text().splitlines()) == 13
    assert len(records((command.folder / "all.jsonl").read_bytes())) == 12


def test_whatever_changes_the_answer_is_asked_anew(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 4)
    scan(sender, folder)
    (folder / "i3.png").write_bytes(tiny(99))
    assert scan(sender, folder).code == 0
    assert asked(sender).total() == 5
    for args in (["-m", "gpt-6-terra"], ["--temperature", "0.5"], ["--max-tokens", "9"], ["-s", "Be brief."]):
        before = asked(sender).total()
        assert scan(sender, folder, *args).code == 0
        assert asked(sender).total() == before + 4, args
    before = asked(sender).total()
    assert scan(sender, folder, "--no-cache").code == 0
    assert asked(sender).total() == before + 4


def test_the_same_picture_under_many_names_is_paid_once(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok;read-late=.2"), fill(command.folder / "p", 3)
    for number in range(3):
        for copy in range(4):
            (folder / f"c{copy}-{number}.png").write_bytes(tiny(number))
    for args in ([], ["--no-cache"]):
        before = asked(sender).total()
        result = scan(sender, folder, "--json", *args)
        assert (result.code, len(names(result)), asked(sender).total() - before) == (0, 15, 3)
        assert sum(record["cached"] for record in records(result)) == 12


def test_a_name_that_is_a_file_url_is_noted(wire: Callable[[str], Wire], command: Command) -> None:
    folder = fill(command.folder / "p", 1)
    result = scan(wire("ok"), (folder / "i0.png").as_uri(), "--json")
    assert (result.code, records(result)[0]["images"][0]["warnings"]) == (0, ["named by a file: URL"])


def test_a_picture_that_is_refused_is_sent_once(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("400;kind=image;read-late=.3"), command.folder / "p"
    folder.mkdir()
    for copy in range(6):
        (folder / f"c{copy}.png").write_bytes(tiny(1))
    for args in ([], ["--retry-failed"]):
        before = len(sender.bodies)
        assert scan(sender, folder, "-j", "3", *args).code == 7
        assert len(sender.bodies) - before == 1


def test_a_link_is_fetched_once_a_run_and_fits_a_budget(wire: Callable[[str], Wire]) -> None:
    sender = wire("ok")
    with shop(tiny(3)) as (link, seen):
        for run in (1, 2):
            result = scan(sender, link, "--allow-private-urls", "--max-cost", "1", "--json")
            assert (result.code, names(result), asked(sender).total()) == (0, [link], 1)
            assert seen == ["GET"] * run


def test_the_ways_to_choose(wire: Callable[[str], Wire], command: Command) -> None:
    sender, top = wire("ok"), fill(command.folder / "p", 4)
    fill(top / "deep", 2, first=4)
    flat = [f"p/i{number}.png" for number in range(4)]
    deep = [f"p/deep/i{number}.png" for number in (4, 5)]
    assert names(scan(sender, "p", "--json")) == flat
    assert names(scan(sender, "p", "-r", "--json")) == sorted(flat + deep)
    assert names(scan(sender, "p", "-r", "--include", "deep/*", "--json")) == deep
    assert names(scan(sender, "p", "--exclude", "i[01]*", "--json")) == flat[2:]
    assert names(scan(sender, "p/*.png", "--limit", "3", "--json")) == flat[:3]
    sampled = names(scan(sender, "p", "-r", "--sample", "3", "--json"))
    assert (len(sampled), names(scan(sender, "p", "-r", "--sample", "3", "--json"))) == (3, sampled)
    assert set(sampled) <= {*flat, *deep}
    assert asked(sender).total() == 6


def test_a_list_of_names_holds_any_name(wire: Callable[[str], Wire], command: Command) -> None:
    sender = wire("ok")
    odd = [b"-rf.png", b"--help.png", b"new\nline.png", b"caf\xe9.png", b"[a].png", b"@x.png"]
    for number, name in enumerate(odd):
        with open(os.path.join(os.fsencode(command.folder), name), "wb") as file:
            file.write(tiny(number))
    result = scan(sender, "--files-from", "-", "-0", "--json", stdin=b"\0".join(odd) + b"\0")
    assert (result.code, asked(sender).total()) == (0, 6)
    assert {os.fsencode(name) for name in names(result)} == set(odd)
    (command.folder / "list").write_bytes(b"-rf.png\r\n\ncaf\xe9.png\n")
    assert len(names(scan(sender, "--files-from", "list", "--json"))) == 2
    assert asked(sender).total() == 6
    assert scan(sender, "--files-from", "nowhere").code == 2


def test_an_image_on_standard_input_is_read_once(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 2)
    result = scan(sender, "-", folder, "--json", stdin=tiny(50))
    assert (result.code, len(names(result)), asked(sender).total()) == (0, 3, 3)


@pytest.mark.parametrize(("step", "code"), [("400;kind=image", "bad_request"), ("refusal", "refused")])
def test_a_refusal_stands_until_it_is_to_be_asked_again(
    wire: Callable[[str], Wire], command: Command, step: str, code: str
) -> None:
    sender, folder = wire(f"{step},ok"), fill(command.folder / "p", 5)
    first = scan(sender, folder, "-j", "1", "--json")
    assert (first.code, asked(sender).total()) == (7, 5)
    again = scan(sender, folder, "--json")
    assert (again.code, asked(sender).total()) == (7, 5)
    assert [(r["error"] or {}).get("code") for r in records(again) if r["status"] == "failed"] == [code]
    assert (scan(sender, folder, "--retry-failed").code, asked(sender).total()) == (0, 6)


@pytest.mark.parametrize("step", ["length", "length-empty"])
def test_an_answer_that_the_token_limit_cut_is_paid_once(
    wire: Callable[[str], Wire], command: Command, step: str
) -> None:
    sender, folder = wire(f"{step},ok"), fill(command.folder / "p", 3)
    (folder / "copy.png").write_bytes((folder / "i0.png").read_bytes())
    for _ in range(2):
        result = scan(sender, folder, "-j", "1", "--json")
        failed = [record["error"] for record in records(result) if record["error"]]
        assert (result.code, asked(sender).total()) == (7, 3)
        assert [error["code"] for error in failed] == ["length"] * 2
    assert all("--max-tokens" in error["hint"] and "--retry-failed" in error["hint"] for error in failed)
    assert (scan(sender, folder, "--retry-failed").code, asked(sender).total()) == (0, 4)


def test_with_a_higher_limit_a_cut_answer_is_asked_anew(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("length,ok"), fill(command.folder / "p", 1)
    assert (scan(sender, folder, "--max-tokens", "9").code, asked(sender).total()) == (7, 1)
    assert (scan(sender, folder, "--max-tokens", "99").code, asked(sender).total()) == (0, 2)


@pytest.mark.parametrize("step", ["500", "429", "close", "cut-body"])
def test_what_may_pass_is_asked_again_by_the_next_run(wire: Callable[[str], Wire], command: Command, step: str) -> None:
    sender, folder = wire(f"{step},{step},{step},ok"), fill(command.folder / "p", 2)
    assert scan(sender, folder, "-j", "1", "--retries", "0").code == 7  # a cut reply is asked for thrice in one run
    for _ in range(2):
        scan(sender, folder, "-j", "1", "--retries", "0")
    assert scan(sender, folder).code == 0
    assert sorted(asked(sender).values()) in ([1, 4], [2, 3])  # three faults, two answers


@pytest.mark.parametrize(
    ("step", "code"), [("401;kind=key", 4), ("403", 4), ("404;kind=model", 8), ("429;kind=quota", 6)]
)
def test_what_all_would_meet_ends_it_at_once(
    wire: Callable[[str], Wire], command: Command, step: str, code: int
) -> None:
    sender, folder = wire(f"{step},{step},{step},ok"), fill(command.folder / "p", 12)
    result = scan(sender, folder, "-j", "3")
    assert (result.code, len(result.error_lines)) == (code, 2)
    assert asked(sender).total() <= 3
    scan(sender, folder, "-j", "1")
    scan(sender, folder, "-j", "1")
    assert scan(sender, folder).code == 0


def test_bad_images_stop_nothing_else(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 3)
    (folder / "bad.png").write_bytes(b"<html>")
    (folder / "cut.png").write_bytes(tiny(7, side=64)[:-30])
    result = scan(sender, folder, "gone.png", "--json")
    assert (result.code, asked(sender).total()) == (7, 3)
    assert {r["error"]["code"] for r in records(result) if r["error"]} == {"not_an_image", "corrupt_image", "not_found"}
    for path in folder.glob("i*"):
        path.unlink()
    assert (scan(sender, folder, "gone.png").code, asked(sender).total()) == (3, 3)


def test_answers_are_written_beside_their_images(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 3)
    (folder / "i2.png.txt").write_text("mine")
    for _ in range(2):
        assert scan(sender, folder, "--sidecar").code == 0
        assert (folder / "i0.png.txt").read_text().startswith('{"question"')
        assert (folder / "i2.png.txt").read_text() == "mine"


def test_an_older_answer_beside_an_image_is_replaced_and_nothing_else(
    wire: Callable[[str], Wire], command: Command
) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 3)
    (folder / "i2.png.txt").write_text("mine")
    assert scan(sender, folder, "--sidecar").code == 0
    (folder / "i1.png.txt").write_text((folder / "i1.png.txt").read_text() + "and a note of mine\n")
    kept = {name: (folder / name).read_text() for name in ("i1.png.txt", "i2.png.txt")}
    result = sender.command("scan", "What else?", folder, "--sidecar", env=sender.env)
    assert result.code == 0
    assert '"question": "What else?"' in (folder / "i0.png.txt").read_text()
    assert {name: (folder / name).read_text() for name in kept} == kept
    assert result.err.count("left as it is") == 2
    (folder / "i1.png.txt").unlink()
    assert scan(sender, folder, "--sidecar").code == 0
    assert QUESTION in (folder / "i1.png.txt").read_text()
    assert sender.command("scan", "-q", "Why?", folder, "--sidecar", "--no-log", env=sender.env).code == 0
    assert QUESTION in (folder / "i0.png.txt").read_text()


@pytest.mark.parametrize("args", [[], ["--max-tokens", "60"]])
def test_a_budget_is_never_passed(wire: Callable[[str], Wire], command: Command, args: list[str]) -> None:
    sender, folder = wire("ok;read-late=.1"), fill(command.folder / "p", 16)
    result = scan(sender, folder, "--max-cost", "0.0005", "--json", *args)
    found = records(result)
    billed = [Decimal(record["billed"]["usd"]) for record in found if record["status"] == "ok"]
    assert result.code == 5
    assert 1 <= len(billed) < 16
    assert sum(billed) <= Decimal("0.0005")
    assert found[-1]["error"]["code"] == "budget"
    assert asked(sender).total() == len(billed)


def test_requests_keep_to_the_pace(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 8)
    assert scan(sender, folder, "--rpm", "120").code == 0
    arrived = [entry["at"] for entry in sender.server.journal(sender.script)]
    assert arrived[-1] - arrived[0] > 2  # two a second, after two at once


def test_a_wait_that_is_asked_for_is_kept(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok,429;retry-after=1,ok"), fill(command.folder / "p", 8)
    assert scan(sender, folder, "-j", "1").code == 0
    journal = sender.server.journal(sender.script)
    assert (len(journal), any(entry["is_early"] for entry in journal)) == (9, False)


def test_nothing_is_sent_that_nobody_confirmed(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 3)
    assert (scan(sender, folder, "--confirm-above", "0").code, len(sender.bodies)) == (5, 0)
    assert scan(sender, folder, "--dry-run").code == 0
    assert len(sender.bodies) == 0
    assert scan(sender, folder, "--confirm-above", "0", "--yes").code == 0


def test_a_dry_run_tells_what_cannot_be_sent(command: Command) -> None:
    folder = fill(command.folder / "p", 2)
    assert command("scan", "q", folder, "-n").code == 0
    (folder / "no.png").write_text("words")
    assert command("scan", "q", folder, "-n").code == 7
    assert command("scan", "q", folder / "no.png", "-n").code == 3


def test_a_name_too_long_for_a_sidecar_stops_nothing(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 2)
    long = folder / ("n" * 248 + ".png")
    long.write_bytes((folder / "i0.png").read_bytes())
    result = sender.command("scan", "Why?", folder, "--sidecar", env=sender.env)
    assert (result.code, "so long a name" in result.err) == (0, True)
    assert sorted(path.name for path in folder.glob("*.txt")) == ["i0.png.txt", "i1.png.txt"]


def test_an_output_without_a_format_is_refused_before_anything_is_looked_at(command: Command) -> None:
    result = command("scan", "q", "no-such-folder", "-o", "r.bogus")
    assert (result.code, "r.bogus" in result.err) == (2, True)


def test_only_the_status_404_ends_a_scan_and_no_text_that_names_it(command: Command) -> None:
    folder = fill(command.folder / "p", 3)
    words = ("scan", QUESTION, folder, "-j", "1", "--retries", "0", "--json")
    for status in (400, 404):
        with PlainServer(answer(), refusal(status, "upstream said so (status 404)"), answer()) as server:
            env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
            result = command(*words, "--ledger", f"{status}.db", env=env)
            again = command(*words, "--ledger", f"{status}.db", env=env)
        assert (result.code, len(server.heard)) == ((7, 3) if status == 400 else (8, 4)), result.err
        assert again.code == (7 if status == 400 else 0)  # a refusal of its own is final, a missing model is not
