"""Answers that are found many at a time: the very ones that are found one by one."""

from __future__ import annotations

from tests.store.cases import USD, answer, intent, key
from visionask.core.errors import Refused
from visionask.core.ledger import PaidAnswer
from visionask.store.ledger import open_ledger


def test_many_answers_are_found_at_once_as_each_is_alone(path):
    with open_ledger(path) as ledger:
        for name in ("a", "b"):
            ledger.settle(ledger.begin(intent(name)), answer(f"old {name}"), usd=USD)
    with open_ledger(path) as ledger:
        ledger.settle(ledger.begin(intent("b"), asks_again=True), answer("new b", usage=None), usd=None)
        ledger.fail(ledger.begin(intent("c")), Refused("no", "ask otherwise"))
        keys = [key(name) for name in "abcd"]
        found = ledger.find_paid(keys)
        assert {name: found[key(name)].answer.text for name in "ab"} == {"a": "old a", "b": "new b"}
        assert set(found) == {key("a"), key("b")}
        assert found[key("a")] == PaidAnswer("gpt-6-luna", USD, answer("old a"))
        assert found[key("b")].usd is None
        assert set(ledger.find_paid(keys, of_this_run=True)) == {key("b")}
