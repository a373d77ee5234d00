"""What `logs` does: list, show, search, figures, purge, merge."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from tests.store.cases import NOON, USD, answer, intent, key
from visionask.core.errors import BadRequest, StateError
from visionask.core.ledger import Drift, Hits, ImageRef, Item, ItemName, Spend, Turn
from visionask.store.ledger import open_ledger
from visionask.store.logs import Purge, search

DAY_S = 86_400
BASE64 = "iVBORw0KGgoAAAANSUhEUgAA"


def ask(ledger, name, text="A dog.", **changes):
    ledger.settle(ledger.begin(intent(name, **changes)), answer(text), usd=USD)
    return ledger.find(key(name))


def test_answers_come_newest_first(ledger):
    for number in range(250):
        ask(ledger, number, model="m" if number % 2 else "n")
    assert [each.key for each in ledger.logs.answers()] == [key(number) for number in reversed(range(250))]
    assert sum(1 for _ in ledger.logs.answers(model="m")) == 125


def test_an_answer_is_shown_by_the_beginning_of_its_id(ledger):
    one, _ = ask(ledger, "a"), ask(ledger, "b")
    assert ledger.logs.show(one.id) == ledger.logs.show(one.id[:12].upper()) == (one,)
    assert ledger.logs.show("") == ledger.logs.show("%") == ledger.logs.show("0" * 32) == ()


@pytest.mark.parametrize("is_indexed", [True, False], ids=["fts5", "like"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dog", {"a"}),
        ("DOG", {"a"}),
        ("do", {"a", "d"}),
        ("what dog", {"a"}),  # one word in the question, one in the answer
        ("dog cat", set()),
        ("", {"a", "b", "c", "d"}),
        ("what", {"a", "b", "c"}),
        ("猫", {"c"}),
        ("100%", {"d"}),
        ('"NEAR(', set()),
        ("o_r", set()),
        ("'; DROP TABLE answers", set()),
    ],
)
def test_search_finds_every_word_in_question_or_answer(ledger, text, expected, is_indexed):
    ask(ledger, "a", "A dog on a beach")
    ask(ledger, "b", "a cat")
    ask(ledger, "c", "黒い猫です")
    ask(ledger, "d", "100% of the doors", question="How many?")
    assert ledger.logs.search(text) is not None  # builds the index
    found = ledger._database.read(lambda db: search(db, text, limit=9, is_indexed=is_indexed))
    assert {each.key for each in found} == {key(name) for name in expected}


def test_search_knows_what_came_after_the_last_search(ledger):
    ask(ledger, "a", "A dog")
    assert len(ledger.logs.search("dog")) == 1
    ask(ledger, "b", "Another dog", question="Which?")
    assert [each.key for each in ledger.logs.search("dog")] == [key("b"), key("a")]
    assert [each.key for each in ledger.logs.search("which")] == [key("b")]
    assert len(ledger.logs.search("dog", limit=1)) == 1


def test_spend_hits_and_drift_by_hand(path):
    now = [NOON]
    with open_ledger(path, now=lambda: now[0]) as ledger:
        one = ask(ledger, "a")  # 3016 billed, 3014 projected
        two = intent("b", projected_input_tokens=1508, projected_image_tokens=1500)  # twice as much billed
        ledger.settle(ledger.begin(two), answer(), usd=Decimal("0.1"))
        ask(ledger, "c", detail="low", projected_input_tokens=None)
        now[0] += DAY_S
        ask(ledger, "d", model="other", projected_image_tokens=0)
        for _ in range(3):
            ledger.hit(one)
    with open_ledger(path) as ledger:
        zero = Decimal(0)
        first = Spend(
            day="2026-11-22", model="gpt-6-luna", requests=3, usd=Decimal("0.1006382"), maybe_usd=zero, unpriced=0
        )
        other = Spend(day="2026-11-23", model="other", requests=1, usd=USD, maybe_usd=zero, unpriced=0)
        assert ledger.logs.spend() == (first, other)
        assert ledger.logs.spend("2026-11-23") == (other,)
        hits = Hits(day="2026-11-23", model="gpt-6-luna", hits=3, saved_usd=Decimal("0.0009573"))
        assert ledger.logs.hits() == (hits,)
        assert ledger.logs.drift() == (
            Drift(
                model="gpt-6-luna",
                detail="high",
                requests=2,
                mean_ratio=pytest.approx((3016 / 3014 + 2) / 2),
                mean_image_ratio=pytest.approx(1.5),
            ),
            Drift(
                model="other",
                detail="high",
                requests=1,
                mean_ratio=pytest.approx(3016 / 3014),
                mean_image_ratio=None,
            ),
        )


def test_a_thousand_small_amounts_add_up_exactly():
    with open_ledger(None, now=lambda: NOON) as ledger:
        for number in range(1000):
            ledger.settle(ledger.begin(intent(number)), answer(), usd=Decimal("0.0000001"))
        assert ledger.logs.spend()[0].usd == Decimal("0.0001")


@pytest.mark.parametrize(
    ("which", "left"),
    [
        (Purge(), set()),
        (Purge(before=NOON + DAY_S), {"new", "other"}),
        (Purge(model="other"), {"old", "new"}),
        (Purge(before=NOON + DAY_S, model="other"), {"old", "new", "other"}),
    ],
    ids=["all", "old", "model", "both"],
)
def test_purge_forgets_what_it_is_told_to_and_keeps_the_sums(path, which, left):
    now = [NOON]
    with open_ledger(path, now=lambda: now[0]) as ledger:
        scan = ledger.scans.start(key("scan"), question="secret question", model="gpt-6-luna")
        for name in ("old", "new", "other"):
            model = "other" if name == "other" else "gpt-6-luna"
            item = ItemName(scan, f"secret-{name}.jpg") if name != "other" else None
            question = f"secret question of {name}"
            ask(ledger, name, f"secret answer to {name}", model=model, question=question, item=item)
            now[0] += DAY_S
        assert len(ledger.logs.search("secret")) == 3
        spend, drift = ledger.logs.spend(), ledger.logs.drift()
        assert ledger.logs.purge(which) == 3 - len(left)
        assert {each.key for each in ledger.logs.answers()} == {key(name) for name in left}
        assert {each.key for each in ledger.logs.search("secret")} == {key(name) for name in left}
        assert (ledger.logs.spend(), ledger.logs.drift()) == (spend, drift)
        data = b"".join(each.read_bytes() for each in Path(path).parent.iterdir())
    for name in ("old", "new", "other"):
        assert (f"secret answer to {name}".encode() in data) == (name in left)
        assert (f"secret question of {name}".encode() in data) == (name in left)
    assert (b"secret-old.jpg" in data) == ("old" in left)


def test_purge_leaves_what_is_under_way(path):
    with open_ledger(path) as ledger:
        ticket = ledger.begin(intent())
        ledger.logs.purge(Purge())
        ledger.settle(ticket, answer(), usd=USD)
        assert ledger.find(key("a")) is not None


def test_merging_shards_twice_is_merging_them_once(tmp_path):
    paths = [str(tmp_path / f"{name}.db") for name in ("one", "two", "all")]
    for number, path in enumerate(paths[:2]):
        with open_ledger(path, now=lambda: NOON) as ledger:
            scan = ledger.scans.start(key("scan"), question="q", model="m")
            other = ledger.scans.start(key(f"scan {number}"), question="q", model="m")
            ask(ledger, f"only {number}", system="Be brief.", item=ItemName(other, "x.jpg"))
            ask(ledger, "both", f"shard {number}", item=ItemName(scan, "both.jpg"))
            ledger.fail(ledger.begin(intent("bad", item=ItemName(scan, f"bad-{number}.jpg"))), BadRequest("no"))
            ledger.scans.note(Item(name=ItemName(scan, "torn.jpg"), status="ok" if number else "failed"))
            talk = ledger.conversations.start(model="m", system=None)
            ledger.conversations.add(talk.id, Turn(question="Who?", answer="Me."))
    with open_ledger(paths[2], now=lambda: NOON) as ledger:
        ask(ledger, "own")
        assert [ledger.logs.merge(path) for path in [*paths[:2], *paths[:2]]] == [2, 2, 0, 0]
        assert len(list(ledger.logs.answers())) == 5
        found = ledger.find(key("only 1"))
        assert (found.question, found.system, found.answer) == ("What is it?", "Be brief.", answer())
        (day,) = ledger.logs.spend()
        assert (day.usd, day.requests) == (5 * USD, 7)
        scan = ledger.scans.start(key("scan"), question="q", model="m")
        assert {item.name.label: item.status for item in ledger.scans.items(scan)} == {
            "both.jpg": "ok",
            "bad-0.jpg": "failed",
            "bad-1.jpg": "failed",
            "torn.jpg": "ok",
        }
        assert ledger.find_failure(key("bad")).code == "bad_request"
        assert ledger.conversations.turns(talk.id) == (Turn(question="Who?", answer="Me."),)
        assert len(ledger.logs.search("dog")) == 3


def test_merging_what_cannot_be_merged_says_so(tmp_path, path):
    (tmp_path / "text.db").write_text("no database " * 100)
    sqlite3.connect(tmp_path / "theirs.db").execute("CREATE TABLE t (x)").connection.close()
    with open_ledger(path) as ledger:
        for other, fact in (
            (path, "into itself"),
            (str(tmp_path / "gone.db"), "does not exist"),
            (str(tmp_path / "text.db"), "text.db is no ledger"),
            (str(tmp_path / "theirs.db"), "is no ledger of visionask's"),
        ):
            with pytest.raises(StateError, match=fact):
                ledger.logs.merge(other)
        ask(ledger, "a")


def test_no_picture_and_no_password_is_ever_kept(path):
    labels = (f"data:image/png;base64,{BASE64}", "https://me:hunter2@example.com/a@b.png", "DATA:,hunter2")
    with open_ledger(path) as ledger:
        scan = ledger.scans.start(key("scan"), question="q", model="m")
        for label in labels:
            ask(ledger, label, images=(ImageRef(label),), item=ItemName(scan, label))
            ledger.scans.note(Item(name=ItemName(scan, label), status="ok"))
        assert {item.name.label for item in ledger.scans.items(scan)} == {
            "data:image/png;base64",
            "https://example.com/a@b.png",
            "DATA:",
        }
        data = b"".join(each.read_bytes() for each in Path(path).parent.iterdir())
    assert BASE64.encode() not in data
    assert b"hunter2" not in data


def test_a_row_of_a_scan_takes_at_most_one_and_a_half_kilobytes(path):
    text = "A brown dog runs along a sandy beach; the sea behind it is calm, and the sky is grey. " * 3
    with open_ledger(path) as ledger:
        scan = ledger.scans.start(key("scan"), question="q", model="m")
        for number in range(300):
            label = f"pictures/2026/holiday/IMG_{number:05}.jpg"
            ask(ledger, number, text, images=(ImageRef(label, key(number)),), item=ItemName(scan, label))
    assert Path(path).stat().st_size / 300 < 1500


def test_purge_forgets_the_words_of_the_search_too(path):
    with open_ledger(path) as ledger:
        ask(ledger, "a", "zebracrossing")
        assert len(ledger.logs.search("zebracrossing")) == 1
        ledger.logs.purge(Purge())
        data = b"".join(each.read_bytes() for each in Path(path).parent.iterdir())
    assert b"zebracros" not in data
