"""What `scan --record` saves and `scan --replay` gives, item by item."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY, TIMEOUT_S
from tests.cli.recordings import files, replay
from tests.cli.scanning import QUESTION, asked, fill, names, records, scan, tiny

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.command import Command, Result
    from tests.cli.conftest import Wire


@pytest.fixture
def again(command: Command, tmp_path: Path) -> Callable[..., Result]:
    """Replay the scan as somebody else."""
    return lambda *args: replay(
        tmp_path / "elsewhere", "scan", QUESTION, *args, "--replay", "saved", folder=command.folder
    )


def test_twenty_pictures_are_replayed_by_eight_workers(
    wire: Callable[[str], Wire], command: Command, again: Callable[..., Result]
) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 20)
    (folder / "same.png").write_bytes(tiny(3))
    first = scan(sender, folder, "--json", "--record", "saved")
    assert (first.code, len(files(command.folder / "saved"))) == (0, 20), first.err
    second = again(folder, "--json", "-j", "8", "--rpm", "1", "--max-cost", "0", "-o", "all.csv")
    assert second.code == 0, second.err
    assert {(each["images"][0]["source"], each["answer"]) for each in records(second)} == {
        (each["images"][0]["source"], each["answer"]) for each in records(first)
    }
    assert all(each["cached"] and each["billed"]["usd"] == "0" for each in records(second))
    assert "replayed from saved: nothing is sent, and nothing is paid\n" in second.err
    assert "21 answers (21 from saved), 0 failed · $0\n" in second.err
    assert len((command.folder / "all.csv").read_text().splitlines()) == 22
    for path in files(command.folder / "saved"):
        assert not any(secret in path.read_text() for secret in (KEY, "iVBOR", ";base64,", ".png"))


def test_a_picture_that_changed_fails_alone(
    wire: Callable[[str], Wire], command: Command, again: Callable[..., Result]
) -> None:
    sender, folder = wire("400;kind=image,ok"), fill(command.folder / "p", 6)
    first = scan(sender, folder, "--json", "-j", "1", "--record", "saved")
    assert first.code == 7
    same = again(folder, "--json")
    assert (same.code, names(same)) == (7, names(first))
    assert "bad request: 1" in same.err
    (folder / "i5.png").write_bytes(tiny(99))
    changed = again(folder, "--json", "-j", "8")
    (missing,) = [
        each for each in records(changed) if each["error"] is not None and each["error"]["code"] == "no_recording"
    ]
    assert (changed.code, len(records(changed))) == (4, 6)
    assert missing["images"][0]["source"].endswith("i5.png")
    assert missing["error"]["message"].endswith("i5.png; the nearest one is stale, it differs in the picture's bytes")


def test_recording_asks_what_the_ledger_has(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 3)
    assert scan(sender, folder).code == 0
    assert scan(sender, folder, "--record", "saved").code == 0
    assert (asked(sender).total(), len(files(command.folder / "saved"))) == (6, 3)
    assert scan(sender, folder).code == 0
    assert asked(sender).total() == 6


def test_two_scans_record_into_one_folder_at_once(
    wire: Callable[[str], Wire], command: Command, again: Callable[..., Result]
) -> None:
    sender, folder = wire("ok;read-late=.05"), fill(command.folder / "p", 12)
    args = ("scan", "-q", QUESTION, folder, "--record", "saved", "--no-log")
    both = [command.start(*args, env=sender.env) for _ in range(2)]
    for process in both:
        _, err = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 0, err
    assert (asked(sender).total(), len(files(command.folder / "saved"))) == (24, 12)
    assert again(folder).code == 0


def test_a_recording_that_is_lost_costs_no_answer(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok;read-late=1"), fill(command.folder / "p", 2)
    process = command.start("scan", "-q", QUESTION, folder, "--record", "saved", env=sender.env)
    while not sender.server.journal(sender.script):
        assert process.poll() is None
    (command.folder / "saved").rmdir()
    out, err = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, out.count(b"\n")) == (9, 2), err
    assert b"saved: no recording can be written" in err
    assert scan(sender, folder).code == 0
    assert asked(sender).total() == 2
