"""Tests that scans of the same folder at once get along, also where one of them dies or stands still."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

from tests.cli.command import TIMEOUT_S
from tests.cli.scanning import asked, fill, records, scan, start, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.command import Command
    from tests.cli.conftest import Wire


def test_one_goes_on_where_the_other_was_killed(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder, jobs = wire("ok;read-late=.2"), fill(command.folder / "p", 30), 3
    doomed = start(sender, folder, "-j", str(jobs), stdout=subprocess.DEVNULL)
    other = start(sender, folder, "-j", str(jobs), "--json")
    wait_for(sender, 12)
    doomed.kill()
    doomed.communicate()
    out, err = other.communicate(timeout=TIMEOUT_S)
    assert other.returncode == 0, err
    assert len(records(out)) == 30
    counts = asked(sender)
    assert len(counts) == 30
    assert counts.total() - 30 <= jobs
    assert (scan(sender, folder).code, asked(sender)) == (0, counts)


def test_one_that_stands_still_holds_up_nobody(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("stall,ok"), fill(command.folder / "p", 4)
    still = start(sender, folder / "i0.png")
    wait_for(sender, 1)
    other = start(sender, folder, "-j", "1", "--max-cost", "1", "--json")
    wait_for(sender, 4)  # all but the one that the other has, with one worker and a budget
    assert other.poll() is None
    still.kill()
    still.communicate()
    began = time.monotonic()
    out, err = other.communicate(timeout=TIMEOUT_S)
    assert other.returncode == 0, err
    assert time.monotonic() - began < 10
    assert [record["status"] for record in records(out)] == ["ok"] * 4
    assert sorted(asked(sender).values()) == [1, 1, 1, 2]
