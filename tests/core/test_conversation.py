"""The sums of a conversation: each bill once, and what told none at its reservation."""

from __future__ import annotations

from decimal import Decimal

from visionask.config.catalog import load_catalog
from visionask.core.errors import BudgetError, IncompleteAnswer, TimedOut
from visionask.core.projection import Terms, project
from visionask.core.request import Answer, Answered, PlannedRequest, Spent, Unanswered, Usage

RESERVED = Decimal("0.002")
MODEL = load_catalog().find("gpt-6-luna")
assert MODEL is not None
PLANNED = PlannedRequest(
    question="q",
    system=None,
    images=(),
    projection=project(MODEL, [], text_tokens=3, is_text_about=False, terms=Terms()),
)


def test_bills_are_added_up_and_what_told_none_counts_as_reserved() -> None:
    spent = Spent()
    usage = Usage(input_tokens=1000, cached_tokens=900, output_tokens=7)
    answered = Answered(
        planned=PLANNED, answer=Answer(text="a", finish_reason="stop", usage=usage), billed_usd=Decimal("0.001")
    )
    spent.add(answered, reserved_usd=RESERVED)
    spent.add(answered, reserved_usd=RESERVED)
    stopped = IncompleteAnswer("stopped")
    stopped.maybe_billed = 1  # an earlier attempt, sent whole and lost
    partial = Answer(text="a", finish_reason=None, attempts=2, maybe_billed=1)
    spent.add(Unanswered(error=stopped, answer=partial), reserved_usd=RESERVED)
    lost = TimedOut("no answer")
    lost.maybe_billed = 3
    spent.add(Unanswered(error=lost), reserved_usd=RESERVED)
    spent.add(Unanswered(error=BudgetError("no")), reserved_usd=RESERVED)
    assert spent == Spent(
        turns=2, input_tokens=2000, cached_tokens=1800, output_tokens=14,
        usd=Decimal("0.002"), maybe_usd=Decimal("0.010"),
    )  # fmt: skip


def test_a_price_that_is_not_known_is_not_zero() -> None:
    spent = Spent()
    spent.add(Answered(planned=PLANNED, answer=Answer(text="a", finish_reason="stop")), reserved_usd=None)
    assert not spent.is_known
