"""What came and was no answer: kept, shown, merged and forgotten with its error; and observed once, as one request."""

from __future__ import annotations

import pytest

from tests.store.cases import USD, answer, intent, key
from visionask.core.errors import OverLimit, Refused, TimedOut
from visionask.core.request import Usage
from visionask.store.ledger import open_ledger
from visionask.store.logs import Purge


def refuse(ledger, name="a", text="I cannot help with that.", **changes):
    error = Refused("the model refused", "ask otherwise")
    error.partial = answer(text, finish_reason="content_filter", **changes)
    error.attempts = 1
    ledger.fail(ledger.begin(intent(name)), error, usd=USD)


def test_what_came_is_shown_with_its_error(ledger):
    refuse(ledger)
    ledger.fail(ledger.begin(intent("b")), TimedOut("too slow"))  # nothing came
    (kept,) = ledger.logs.failures(limit=9)
    assert kept.error == ("refused", "the model refused")
    assert (kept.answer.text, kept.answer.finish_reason) == ("I cannot help with that.", "content_filter")
    assert kept.answer.usage == answer().usage
    assert (kept.usd, kept.question, kept.images) == (USD, "What is it?", intent("a").images)
    assert ledger.logs.show(kept.id[:10]) == (kept,)
    assert ledger.logs.failures(limit=9, model="another") == ()


def test_what_came_answers_nothing(ledger):
    refuse(ledger)
    assert ledger.find(key("a")) is None
    assert ledger.find_paid([key("a")]) == {}
    assert list(ledger.logs.answers()) == []
    assert ledger.find_failure(key("a")).code == "refused"


@pytest.mark.parametrize("text", ["", "caf\udce9 \x00", "x" * 100_000])
def test_any_text_comes_back(ledger, text):
    refuse(ledger, text=text, usage=None)
    (kept,) = ledger.logs.failures(limit=1)
    assert (kept.answer.text, kept.answer.usage) == (text, None)


def test_it_is_merged_and_forgotten(tmp_path, path):
    other = str(tmp_path / "other.db")
    with open_ledger(other) as ledger:
        refuse(ledger, text="a secret of the model")
    with open_ledger(path) as ledger:
        ledger.logs.merge(other)
        ledger.logs.merge(other)
        assert [kept.answer.text for kept in ledger.logs.failures(limit=9)] == ["a secret of the model"]
        ledger.logs.purge(Purge())
        assert ledger.logs.failures(limit=9) == ()
    with open(path, "rb") as file:
        assert b"a secret of the model" not in file.read()


@pytest.mark.parametrize("is_answered", [True, False])
def test_a_repaired_request_is_observed_as_one(ledger, is_answered):
    both = Usage(input_tokens=6040, image_tokens=6000, output_tokens=70)
    once = Usage(input_tokens=3017, image_tokens=3003, output_tokens=35)
    came = answer("{}", usage=both, once=once, attempts=2)
    ticket = ledger.begin(intent())
    if is_answered:
        ledger.settle(ticket, came, usd=2 * USD)
    else:
        error = OverLimit("cut", "more")
        error.partial = came
        ledger.fail(ticket, error, usd=2 * USD)
    (drift,) = ledger.logs.drift()
    assert (drift.requests, drift.mean_ratio, drift.mean_image_ratio) == (1, 3017 / 3014, 3003 / 3000)
    (spend,) = ledger.logs.spend()
    assert spend.usd == 2 * USD
