"""Tests that no end of a scan loses an answer that is paid: signals, kills, closed pipes, full disks."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import SCRIPT, TIMEOUT_S
from tests.cli.scanning import QUESTION, asked, fill, names, records, scan, start, wait_for
from visionask.run.scan_pool import SMALL_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.command import Command
    from tests.cli.conftest import Wire


def ledger_of(command: Command) -> Path:
    (path,) = (command.folder.parent / "home").rglob("ledger.db")
    return path


def check_ledger(command: Command) -> None:
    db = sqlite3.connect(ledger_of(command))
    try:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        db.close()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_saves_what_is_under_way(
    wire: Callable[[str], Wire], command: Command, number: signal.Signals, code: int
) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("ignored here, as by nohup, and so by what is started")
    sender, folder = wire("ok;read-late=.7"), fill(command.folder / "p", 30)
    process = start(sender, folder, "-j", "6", "--json")
    wait_for(sender, 9)
    process.send_signal(number)
    out, err = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, err) == (code, b"")
    sent = len(sender.bodies)
    assert sent < 30
    assert len(records(out)) == sent
    assert scan(sender, folder).code == 0
    assert sorted(asked(sender).values()) == [1] * 30


def test_a_second_signal_ends_it_now(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("stall"), fill(command.folder / "p", 8)
    process = start(sender, folder)
    wait_for(sender, 8)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, err) == (130, b"")
    assert time.monotonic() - began < 3
    check_ledger(command)


def test_the_wait_for_what_is_under_way_has_a_limit(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("stall"), fill(command.folder / "p", 2)
    process = command.start("scan", QUESTION, folder, env=sender.env)
    wait_for(sender, 2)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 143
    assert b"warning: stopping: waiting for" in err
    assert 5 < time.monotonic() - began < 12
    assert b"2 requests not waited for" in err


def test_a_kill_loses_only_what_is_under_way(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder, jobs, kills = wire("ok;read-late=.05"), fill(command.folder / "p", 40), 4, 4
    for kill in range(kills):
        with start(sender, folder, "-j", str(jobs), "-o", "all.jsonl", stdout=subprocess.DEVNULL) as process:
            wait_for(sender, 9 * (kill + 1))
            process.kill()
        check_ledger(command)
    last = command("scan", QUESTION, folder, "-o", "all.jsonl", env=sender.env)
    assert last.code == 0
    assert "under way when an earlier run ended" in last.err
    counts = asked(sender)
    assert len(counts) == 40
    assert counts.total() - 40 <= jobs * kills
    before = len(sender.bodies)
    assert (scan(sender, folder).code, len(sender.bodies)) == (0, before)
    told = {
        json.loads(r["answer"])["images"][0]["sha256"] for r in records((command.folder / "all.jsonl").read_bytes())
    }
    assert told == set(counts)


def test_a_reader_that_goes_away_loses_no_answer(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok;read-late=.1"), fill(command.folder / "p", 24)
    ours, theirs = os.pipe()
    with start(sender, folder, "-j", "4", stdout=theirs) as process:
        os.close(theirs)
        assert os.read(ours, 10)
        os.close(ours)
        _, err = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, err) == (141, b"")
    assert len(sender.bodies) < 24
    assert scan(sender, folder).code == 0
    assert sorted(asked(sender).values()) == [1] * 24


def test_two_scans_at_once_share_the_work(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok;read-late=.1"), fill(command.folder / "p", 24)
    both = [start(sender, folder, "-j", "3", "--json") for _ in range(2)]
    ends = [process.communicate(timeout=TIMEOUT_S) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    assert sorted(asked(sender).values()) == [1] * 24
    assert [len(records(out)) for out, _ in ends] == [24, 24]


def test_a_full_disk_under_an_output_stops_sending(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok;read-late=.1"), fill(command.folder / "p", 40)
    (command.folder / "full.csv").symlink_to("/dev/full")
    result = scan(sender, folder, "-j", "3", "-o", "full.csv")
    assert (result.code, len(result.error_lines)) == (9, 2), result.err
    assert len(sender.bodies) < 15
    assert scan(sender, folder).code == 0
    assert sorted(asked(sender).values()) == [1] * 40


@pytest.mark.parametrize("kib", [128, 150])  # an empty one has 124
def test_a_full_disk_under_the_ledger_loses_no_answer(wire: Callable[[str], Wire], command: Command, kib: int) -> None:
    sender, folder = wire("ok;read-late=.05"), fill(command.folder / "p", 200)
    done = subprocess.run(
        ["bash", "-c", f'ulimit -f {kib}; exec "$0" "$@"', SCRIPT, "scan", QUESTION, folder, "-j", "4"],
        env=command.env | sender.env, cwd=command.folder, capture_output=True, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 9, done.stderr
    assert b"Traceback" not in done.stderr
    sent = len(sender.bodies)
    assert 0 < sent < 200
    told = done.stdout.count(b'{"question"') + done.stderr.count(b"paid, but not kept")
    assert told == sent
    assert scan(sender, folder).code == 0
    assert asked(sender).total() - 200 <= 4


def test_files_that_vanish_fail_alone(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok;read-late=.2"), fill(command.folder / "p", 12)
    for path in folder.iterdir():  # small files are all read before the first is sent
        path.write_bytes(path.read_bytes() + bytes(SMALL_BYTES))
    process = start(sender, folder, "-j", "2", "--json")
    wait_for(sender, 1)
    for number in (9, 10, 11):
        (folder / f"i{number}.png").unlink()
    out, _ = process.communicate(timeout=TIMEOUT_S)
    failed = [record for record in records(out) if record["status"] == "failed"]
    assert (process.returncode, len(records(out)), asked(sender).total()) == (7, 12, 9)
    assert {record["error"]["code"] for record in failed} == {"not_found"}
    assert names(scan(sender, folder, "--json")) == sorted(str(path) for path in folder.glob("*.png"))
