"""Conversations: continued where they were left, with images by digest."""

from __future__ import annotations

import sqlite3

from tests.store.cases import key
from visionask.core.ledger import Turn, TurnImage
from visionask.store.ledger import open_ledger


def test_a_conversation_is_continued(ledger):
    assert ledger.conversations.find() is None
    first = ledger.conversations.start(model="gpt-6-luna", system="Be \udcff brief.")
    turns = (
        Turn(question="Who is it?", answer="A dog \ud800.", images=(TurnImage("/a.jpg", key("a")),)),
        Turn(question="Which?", answer="A beagle."),
    )
    for turn in turns:
        ledger.conversations.add(first.id, turn)
    assert ledger.conversations.find() == ledger.conversations.find(first.id) == first
    assert ledger.conversations.turns(first.id) == turns
    assert ledger.conversations.find("nobody") is None


def test_the_conversation_used_last_is_continued(path):
    with open_ledger(path, now=iter(range(100)).__next__) as ledger:
        turn = Turn(question="q", answer="a")
        first, second, third = (ledger.conversations.start(model="m", system=None, turn=turn) for _ in range(3))
        ledger.conversations.drop_last(third.id)  # nothing is left of it to go on with
        assert ledger.conversations.find().id == second.id
        ledger.conversations.add(first.id, Turn(question="q", answer="a"))
        assert ledger.conversations.find().id == first.id


def test_how_a_picture_was_made_is_kept_with_it(ledger):
    redacted = TurnImage("/\udcff.pdf", key("a"), crop=(0, 1, 20, 30), redact=((1, 2, 3, 4), (5, 6, 7, 8)), frame=2)
    handed_on = TurnImage("https://me:secret@example.com/a.png")
    turn = Turn(question="q", answer="a", images=(redacted, handed_on))
    talk = ledger.conversations.start(model="m", system=None, base_url="http://127.0.0.1/v1", turn=turn)
    (kept,) = ledger.conversations.turns(talk.id)
    assert kept.images == (redacted, TurnImage("https://example.com/a.png"))
    assert ledger.conversations.find(talk.id).base_url == "http://127.0.0.1/v1"


def test_an_older_ledger_has_names_and_digests_only(path):
    with open_ledger(path) as ledger:
        talk = ledger.conversations.start(model="m", system=None, turn=Turn(question="q", answer="a"))
    with sqlite3.connect(path) as db:
        db.execute("UPDATE turns SET images = ?", (f'[["/a.jpg","{key("a")}"]]',))
    db.close()
    with open_ledger(path) as ledger:
        (turn,) = ledger.conversations.turns(talk.id)
    assert turn.images == (TurnImage("/a.jpg", key("a")),)


def test_the_last_turn_can_be_taken_back_and_the_last_model_is_known(ledger):
    one, two = Turn(question="1", answer="a"), Turn(question="2", answer="b")
    talk = ledger.conversations.start(model="m", system=None, turn=one)
    ledger.conversations.add(talk.id, two, model="n", base_url="local:practice")
    ledger.conversations.drop_last(talk.id)
    assert ledger.conversations.turns(talk.id) == (one,)
    (found,) = ledger.conversations.matching(talk.id[:8])
    assert (found.id, found.model, found.base_url) == (talk.id, "n", "local:practice")
    assert ledger.conversations.matching("%") == ledger.conversations.matching("") == ()
    assert [each.id for each in ledger.conversations.newest(5)] == [talk.id]


def test_the_order_of_parts_is_kept_with_a_conversation(ledger):
    for images_first in (True, False):
        talk = ledger.conversations.start(model="m", system=None, images_first=images_first)
        assert ledger.conversations.find(talk.id).images_first is images_first
