"""Conversations: continued where they were left, with images by digest."""

from __future__ import annotations

from tests.store.cases import key
from visionask.store.ledger import open_ledger
from visionask.store.values import ImageRef, Turn


def test_a_conversation_is_continued(ledger):
    assert ledger.conversations.find() is None
    first = ledger.conversations.start(model="gpt-6-luna", system="Be \udcff brief.")
    turns = (
        Turn(question="Who is it?", answer="A dog \ud800.", images=(ImageRef("a.jpg", key("a")),)),
        Turn(question="Which?", answer="A beagle."),
    )
    for turn in turns:
        ledger.conversations.add(first.id, turn)
    assert ledger.conversations.find() == ledger.conversations.find(first.id) == first
    assert ledger.conversations.turns(first.id) == turns
    assert ledger.conversations.find("nobody") is None


def test_the_conversation_used_last_is_continued(path):
    with open_ledger(path, now=iter(range(100)).__next__) as ledger:
        first, second = (ledger.conversations.start(model="m", system=None) for _ in range(2))
        assert ledger.conversations.find().id == second.id
        ledger.conversations.add(first.id, Turn(question="q", answer="a"))
        assert ledger.conversations.find().id == first.id
