"""The journal of batches: a line is claimed once, its money is held until it ends, nothing is asked beside it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from visionask.core.errors import BudgetError, InBatch, StateError, Undone
from visionask.core.ledger import BatchInfo, BatchItem, Budget, Claimed, Intent, MoneyHeld, Ticket
from visionask.core.request import Answer, Usage
from visionask.store.batches import Ending
from visionask.store.ledger import open_ledger

KEYS = [f"{number:02x}" * 32 for number in range(4)]
CENT = Decimal("0.01")


def intent(key: str, usd: Decimal = CENT) -> Intent:
    return Intent(key=key, model="m", question="q", reserved_usd=usd)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "ledger.db")


def begun(ledger, *keys, usd=CENT):
    ledger.batches.start(BatchInfo(id="b", scan=1, at=0.0, model="m", base_url="u", question="q"))
    shard = ledger.batches.open_shard("b", "/nowhere/{id}.jsonl")
    for key in keys:
        assert ledger.batches.claim(shard.id, key, label=key[:2], reserved_usd=usd) is None
        ledger.batches.note("b", BatchItem(label=key[:2], key=key))
    ledger.batches.flush()
    return shard


def test_a_line_is_claimed_once_and_its_key_is_not_asked_live(path):
    with open_ledger(path) as ledger:
        shard = begun(ledger, KEYS[0])
        assert ledger.batches.claim(shard.id, KEYS[0], label="x", reserved_usd=CENT) == Claimed(pid=0)
        with pytest.raises(InBatch):
            ledger.begin(intent(KEYS[0]))
        assert isinstance(ledger.begin(intent(KEYS[0]), asks_again=True), Ticket)


def test_what_is_asked_live_gets_no_line(path):
    with open_ledger(path) as live, open_ledger(path) as other:
        shard = begun(other)
        assert isinstance(live.begin(intent(KEYS[1])), Ticket)
        taken = other.batches.claim(shard.id, KEYS[1], label="x", reserved_usd=CENT)
        assert isinstance(taken, Claimed)
        assert taken.pid > 0


def test_money_is_held_until_the_line_ends_and_nobody_waits_for_it(path):
    with open_ledger(path, budget=Budget(day_usd=3 * CENT)) as ledger:
        shard = begun(ledger, KEYS[0], KEYS[1])
        assert isinstance(ledger.begin(intent(KEYS[2])), Ticket)
        with pytest.raises(BudgetError) as caught:
            ledger.begin(intent(KEYS[3], CENT * 2))
        assert not isinstance(caught.value, MoneyHeld), "a batch may hold it for a day"
        answer = Answer(text="a", finish_reason="stop", usage=Usage(input_tokens=1, output_tokens=1))
        half = CENT / 2
        undone = Undone("expired", "again")
        ends = [
            Ending(shard=shard.id, intent=intent(KEYS[0]), result=answer, usd=half),
            Ending(shard=shard.id, intent=intent(KEYS[1]), result=undone),
        ]
        assert ledger.batches.settle(ends) == [True, True]
        assert ledger.batches.settle(ends) == [False, False], "again changes nothing"
        (spent,) = ledger.logs.spend()
        assert (spent.usd, spent.maybe_usd, spent.requests) == (half, Decimal(0), 2)
        assert ledger.batches.shards()[0].reserved_usd is None
        assert ledger.find(KEYS[0]).answer.text == "a"
        assert ledger.find_failure(KEYS[1]).code == "undone"
        assert [ledger.batches.standing(key) for key in KEYS[:3]] == [None, "failed", None]


def test_a_shard_that_was_never_asked_frees_its_lines_and_its_money(path):
    with open_ledger(path, budget=Budget(day_usd=CENT)) as ledger:
        shard = begun(ledger, KEYS[0])
        ledger.batches.discard(shard.id)
        assert isinstance(ledger.begin(intent(KEYS[0])), Ticket)


def test_only_one_process_submits(path):
    with open_ledger(path) as ledger, open_ledger(path) as other, ledger.batches.alone("batch submit"):
        with pytest.raises(StateError), other.batches.alone("batch submit"):
            pass
        with other.batches.alone("batch fetch"):
            pass


def test_a_line_is_found_by_the_digits_of_its_name(path):
    with open_ledger(path) as ledger:
        shard = begun(ledger, *KEYS)
        assert ledger.batches.line(KEYS[2][:32], shard.id).key == KEYS[2]
        for name in ("", "zz" * 16, KEYS[2], KEYS[2][:31], "ff" * 16, "%"):
            assert ledger.batches.line(name, shard.id) is None


def test_a_step_is_not_taken_where_the_shard_has_gone_on(path):
    with open_ledger(path) as ledger, open_ledger(path) as other:
        shard = begun(ledger, KEYS[0])
        ledger.batches.move(shard.id, "created", batch_id="first")
        (seen,) = other.batches.shards()
        ledger.batches.move(shard.id, "created", batch_id="second", past=("first",))
        assert not other.batches.step(seen, "uploaded", batch_id=None), "what was seen is of an earlier batch"
        (now,) = other.batches.shards()
        assert (now.state, now.batch_id, now.past) == ("created", "second", ("first",))
        assert other.batches.step(now, "fetched")


def test_a_batch_of_which_there_is_nothing_is_none(path):
    with open_ledger(path) as ledger:
        shard = begun(ledger)
        assert [batch.id for batch in ledger.batches.all()] == ["b"]
        ledger.batches.discard(shard.id)
        assert ledger.batches.all() == []
