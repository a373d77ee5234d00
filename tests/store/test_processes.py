"""Several processes on one ledger: none loses, none pays twice, none outspends the budget, whoever is killed."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from decimal import Decimal
from pathlib import Path

import pytest

from tests.store.cases import finish, intent, key, start
from visionask.core.ledger import Claimed, StoredAnswer, Ticket
from visionask.store.ledger import open_ledger

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, kill and resource")
KILLS = 20


def check_integrity(path: str) -> None:
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()


def test_kill_9_loses_no_answer_that_was_committed(path):
    """Kill a program of 4 threads at random moments; what it said was done is there, what was under way is counted."""
    with open_ledger(path):
        pass
    done: set[str] = set()
    chance = random.Random(1122)
    for kill in range(KILLS):
        process = start("write", path, kill)
        assert process.stdout.readline(), process.stderr.read()
        time.sleep(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        said = process.communicate(timeout=60)[0].splitlines()
        ours = {line.partition(" ")[2] for line in said if line.startswith("done ")}
        sent = {line.partition(" ")[2] for line in said if line.startswith("sent ")}
        done |= ours
        check_integrity(path)
        with open_ledger(path) as ledger:
            assert ledger.lost.requests <= 4, "one for each thread"
            missing = [name for name in done if ledger.find(key(name)) is None]
            assert missing == []
            for name in sent - ours:
                known = ledger.find(key(name)) or ledger.find_failure(key(name))
                assert isinstance(known, StoredAnswer) or known.code == "lost"
    with open_ledger(path) as ledger:
        answers = list(ledger.logs.answers())
        assert len({each.key for each in answers}) == len(answers)
        assert all(each.answer.text == f"answer to {each.images[0].label.removesuffix('.jpg')}" for each in answers)
        scan = ledger.scans.start("ab" * 32, question="q", model="m")
        assert ledger.scans.counts(scan)["ok"] == len(answers)
        assert "asking" not in ledger.scans.counts(scan)
    assert sorted(each.name for each in Path(path).parent.iterdir()) == ["ledger.db"], "nothing is left lying about"


def test_death_in_any_statement_leaves_a_right_ledger(tmp_path):
    """The three requests of a program that dies in its n-th statement of SQL, for every n."""
    lines = finish(start("die_everywhere", tmp_path)).splitlines()
    assert len(lines) > 50
    for line in lines:
        number, _, said = line.partition(": ")
        path = str(tmp_path / f"{number}.db")
        check_integrity(path)
        with open_ledger(path) as ledger:
            texts = {each.key: each.answer.text for each in ledger.logs.answers()}
            for each in range(3):
                found, failed = texts.get(key(each)), ledger.find_failure(key(each))
                if f"done {each}" in said:
                    assert found == f"answer to {each}"
                elif f"sent {each}" in said:
                    assert found == f"answer to {each}" or failed.code == "lost", line
            spend = ledger.logs.spend()
            answered, ended = len(texts), len(texts) + ledger.lost.requests
            assert [(day.usd, day.maybe_usd, day.requests) for day in spend] == (
                [(answered * Decimal("0.0003191"), ledger.lost.requests * Decimal("0.00045"), ended)] if ended else []
            )


def test_processes_share_a_daily_budget_to_the_cent(path):
    processes = [start("spend", path, name, "0.40") for name in "xyz"]
    sent = [int(finish(process)) for process in processes]
    assert sum(sent) == 40
    with open_ledger(path) as ledger:
        assert sum(day.usd for day in ledger.logs.spend()) == Decimal("0.40")


def test_no_two_processes_send_the_same_question(path):
    processes = [start("race", path, 60) for _ in range(3)]
    sent = [line for process in processes for line in finish(process).splitlines()]
    assert sorted(sent) == sorted(f"sent {number}" for number in range(60))


def test_a_claim_lives_as_long_as_its_process(path):
    holder = start("hold", path, "a")
    pid = int(holder.stdout.readline())
    with open_ledger(path) as ledger:
        assert ledger.lost.requests == 0
        assert ledger.begin(intent()) == Claimed(pid=pid)
        holder.kill()
        holder.wait()
        assert isinstance(ledger.begin(intent()), Ticket), "freed by death, without opening anew"
        holder.communicate()
        assert ledger.find_failure(key("a")).code == "lost"


def test_what_a_dead_process_had_under_way_is_told_once(path):
    for _ in range(2):
        holder = start("hold", path, random.random())
        holder.stdout.readline()
        holder.kill()
        holder.communicate()
    with open_ledger(path) as ledger:
        # the second program told of the first's when it opened
        assert (ledger.lost.requests, ledger.lost.reserved_usd) == (1, Decimal("0.00045"))
        assert ledger.notices == (str(ledger.lost),)
    with open_ledger(path) as ledger:
        assert ledger.lost.requests == 0
        (day,) = ledger.logs.spend()
        assert (day.usd, day.maybe_usd) == (0, Decimal("0.0009"))


def test_a_process_that_closes_leaves_no_claim(path):
    holder = start("hold", path, "a")
    holder.stdout.readline()
    finish(holder, "close\n")
    with open_ledger(path) as ledger:
        assert ledger.lost.requests == 0
        assert isinstance(ledger.begin(intent()), Ticket)


def test_processes_may_create_the_ledger_at_the_same_moment(path):
    processes = [start("race", path, 2) for _ in range(4)]
    assert sorted("".join(finish(process) for process in processes).split()) == ["0", "1", "sent", "sent"]
