"""The life of a request: claimed and paid once, whatever comes of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.store.cases import NOON, USD, answer, intent, key
from visionask.core.errors import BadRequest, BudgetError, IncompleteAnswer, StateError, TimedOut
from visionask.core.ledger import (
    Budget,
    Claimed,
    ImageRef,
    Lost,
    MoneyHeld,
    StoredAnswer,
    StoredFailure,
    Ticket,
)
from visionask.core.request import Usage
from visionask.store.ledger import Ledger, open_ledger

CENT = Decimal("0.01")


def begin(ledger: Ledger, name: object = "a", **changes) -> Ticket:
    ticket = ledger.begin(intent(name, **changes))
    assert isinstance(ticket, Ticket)
    return ticket


def spent(ledger: Ledger) -> tuple[Decimal, Decimal, int, int]:
    (day,) = ledger.logs.spend()
    return day.usd, day.maybe_usd, day.requests, day.unpriced


def test_an_answer_comes_back_as_it_was(ledger):
    odd = "caf\udce9 \ud83d\x00 \U0001f415"
    images = (ImageRef("b\udcff.jpg", key("b")), ImageRef("https://example.com/c.png", None))
    ticket = begin(ledger, question=odd, system="Be brief.", images=images)
    usage = Usage(input_tokens=1, image_tokens=2, cached_tokens=3, cache_write_tokens=4, output_tokens=5)
    given = answer(odd, usage=usage, attempts=2, maybe_billed=1, notes=("a repair", "another"))
    ledger.settle(ticket, given, usd=Decimal("0.00000001"), seconds=1.25)
    found = ledger.find(key("a"))
    assert found == StoredAnswer(
        id=ticket.id.hex(),
        key=key("a"),
        at=NOON,
        model="gpt-6-luna",
        base_url="https://api.openai.com/v1",
        question=odd,
        system="Be brief.",
        images=images,
        answer=given,
        usd=Decimal("0.00000001"),
        seconds=1.25,
    )


def test_an_answer_without_usage_comes_back_without(ledger):
    ledger.settle(begin(ledger), answer(usage=None, finish_reason=None, request_id=None), usd=None)
    found = ledger.find(key("a"))
    assert (found.answer, found.usd, found.seconds, found.system) == (
        answer(usage=None, finish_reason=None, request_id=None),
        None,
        None,
        None,
    )


def test_what_is_answered_is_not_asked_again(ledger):
    assert ledger.find(key("a")) is None
    ledger.settle(begin(ledger), answer("first"), usd=USD)
    assert ledger.begin(intent()).answer.text == "first"
    assert ledger.find(key("b")) is None


def test_without_cache_each_run_asks_once(path):
    with open_ledger(path) as first:
        first.settle(begin(first), answer("first"), usd=USD)
    with open_ledger(path) as second:
        assert second.find(key("a"), of_this_run=True) is None
        ticket = second.begin(intent(), asks_again=True)
        second.settle(ticket, answer("second"), usd=USD)
        assert second.begin(intent(), asks_again=True).answer.text == "second"
    with open_ledger(path) as third:
        assert third.find(key("a")).answer.text == "second", "the newest answer counts"


def test_a_key_under_way_is_claimed(ledger):
    ticket = begin(ledger)
    assert isinstance(ledger.begin(intent()), Claimed)
    begin(ledger, "b")
    ledger.fail(ticket, TimedOut("too slow"))
    begin(ledger)


def test_a_request_is_settled_once(ledger):
    ticket = begin(ledger)
    ledger.settle(ticket, answer(), usd=USD)
    for again in (lambda: ledger.settle(ticket, answer(), usd=USD), lambda: ledger.fail(ticket, TimedOut("x"))):
        with pytest.raises(StateError, match="settled twice"):
            again()
    assert spent(ledger) == (USD, 0, 1, 0)


def test_a_failure_is_remembered_until_there_is_an_answer(ledger):
    error = TimedOut("no answer within 60 s", "try again")
    error.attempts, error.maybe_billed = 3, 2
    ledger.fail(begin(ledger), error)
    assert ledger.find_failure(key("a")) == StoredFailure(
        at=NOON,
        code="timeout",
        message="no answer within 60 s",
        hint="try again",
        retryable=True,
        attempts=3,
        maybe_billed=2,
    )
    assert ledger.find_failure(key("b")) is None


def test_who_answered_a_failure_and_how_is_remembered(ledger):
    error = BadRequest("no such model (status 400)")
    error.status, error.answered_by, error.cause = 404, "server", "model"
    ledger.fail(begin(ledger), error)
    failure = ledger.find_failure(key("a"))
    assert (failure.status, failure.answered_by, failure.cause) == (404, "server", "model")


def test_an_answer_ends_a_failure(path):
    with open_ledger(path, now=iter(range(100)).__next__) as ledger:
        ledger.fail(begin(ledger), BadRequest("not that"))
        assert ledger.find_failure(key("a")).retryable is False
        ledger.settle(begin(ledger), answer(), usd=USD)
        assert ledger.find_failure(key("a")) is None


def cut(usage):
    error = IncompleteAnswer("cut")
    error.partial = answer("A d", finish_reason="length", usage=usage)
    return error


def lost(attempts, maybe_billed):
    error = TimedOut("slow")
    error.attempts, error.maybe_billed = attempts, maybe_billed
    return error


@pytest.mark.parametrize(
    ("end", "expected"),  # what is spent, maybe spent, and how many requests have no price
    [
        pytest.param(lambda led, tick: led.settle(tick, answer(), usd=USD), (USD, 0, 0), id="answered"),
        pytest.param(lambda led, tick: led.settle(tick, answer(), usd=None), (0, CENT, 0), id="no usage"),
        pytest.param(
            lambda led, tick: led.settle(tick, answer(attempts=3, maybe_billed=2), usd=USD),
            (USD, 2 * CENT, 0),
            id="two attempts lost before",
        ),
        pytest.param(lambda led, tick: led.fail(tick, BadRequest("no")), (0, 0, 0), id="refused"),
        pytest.param(lambda led, tick: led.fail(tick, lost(5, 3)), (0, 3 * CENT, 0), id="three attempts lost"),
        pytest.param(lambda led, tick: led.fail(tick, cut(None)), (0, CENT, 0), id="cut, without usage"),
        pytest.param(lambda led, tick: led.fail(tick, cut(Usage()), usd=USD), (USD, 0, 0), id="cut, with usage"),
    ],
)
def test_what_a_request_costs(ledger, end, expected):
    end(ledger, begin(ledger, reserved_usd=CENT))
    assert spent(ledger) == (expected[0], expected[1], 1, expected[2])


def test_a_price_that_is_not_known_is_never_zero_unsaid(ledger):
    ledger.settle(begin(ledger, reserved_usd=None), answer(), usd=None)
    ledger.fail(begin(ledger, "b", reserved_usd=None), BadRequest("never billed"))
    assert spent(ledger) == (0, 0, 2, 1)


def test_another_attempt_reserves_again(path):
    with open_ledger(path, budget=Budget(run_usd=3 * CENT)) as ledger:
        ticket = begin(ledger, reserved_usd=CENT)
        ledger.renew(ticket, maybe_billed=False)
        ledger.renew(ticket, maybe_billed=True)
        ledger.renew(ticket, maybe_billed=True)
        with pytest.raises(BudgetError, match=r"\$0\.03 spent"):
            ledger.renew(ticket, maybe_billed=True)
        ledger.settle(ticket, answer(attempts=4, maybe_billed=2), usd=USD)
        assert spent(ledger) == (USD, 2 * CENT, 1, 0)


@pytest.mark.parametrize("budget", [Budget(run_usd=Decimal(1)), Budget(day_usd=Decimal(1))], ids=["run", "day"])
def test_a_budget_is_kept_to_the_last_nano_dollar(budget):
    with open_ledger(None, budget=budget, now=lambda: NOON) as ledger:
        ledger.settle(begin(ledger, reserved_usd=Decimal("0.9")), answer(), usd=Decimal("0.7"))
        begin(ledger, "held", reserved_usd=Decimal("0.2"))
        with pytest.raises(MoneyHeld, match=r"\$0\.7 spent, \$0\.2 reserved"):
            ledger.begin(intent("b", reserved_usd=Decimal("0.100000001")))
        with pytest.raises(BudgetError) as caught:
            ledger.begin(intent("b", reserved_usd=Decimal("0.300000001")))
        assert not isinstance(caught.value, MoneyHeld)
        begin(ledger, "b", reserved_usd=Decimal("0.1"))


def test_a_budget_refuses_what_may_cost_anything():
    with open_ledger(None, budget=Budget(run_usd=Decimal(1))) as ledger:
        with pytest.raises(BudgetError, match="not known"):
            ledger.begin(intent(reserved_usd=None))
        begin(ledger, reserved_usd=Decimal(0))


def test_a_run_has_its_own_budget_and_a_day_is_shared(path):
    budget = Budget(run_usd=Decimal("0.02"), day_usd=Decimal("0.03"))
    now = [NOON]
    for run, count in enumerate((2, 1, 0)):
        with open_ledger(path, budget=budget, now=lambda: now[0]) as ledger:
            for number in range(count):
                ledger.settle(begin(ledger, f"{run}-{number}", reserved_usd=CENT), answer(), usd=CENT)
            with pytest.raises(BudgetError):
                ledger.begin(intent("more", reserved_usd=CENT))
    now[0] += 86_400
    with open_ledger(path, budget=budget, now=lambda: now[0]) as ledger:
        ledger.settle(begin(ledger, "tomorrow", reserved_usd=CENT), answer(), usd=CENT)
        assert [(day.day, day.usd) for day in ledger.logs.spend()] == [
            ("2026-11-22", Decimal("0.03")),
            ("2026-11-23", CENT),
        ]


def test_what_is_open_at_the_end_is_lost(path):
    with open_ledger(path) as ledger:
        begin(ledger, reserved_usd=CENT)
    with open_ledger(path) as ledger:
        assert ledger.lost == Lost(), "the run that ended said so itself"
        assert ledger.find_failure(key("a")).code == "lost"
        assert spent(ledger) == (0, CENT, 1, 0)


def test_a_closed_ledger_says_so(ledger):
    ledger.close()
    ledger.close()
    with pytest.raises(StateError, match="closed"):
        ledger.find(key("a"))
    with pytest.raises(StateError, match="closed"):
        ledger.begin(intent())


def test_a_lost_request_is_told_in_one_line():
    assert str(Lost(requests=1)) == "1 request was under way when an earlier run ended, and may have been billed"
    assert str(Lost(requests=2)) == "2 requests were under way when an earlier run ended, and may have been billed"
