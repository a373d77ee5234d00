"""The targets of what is kept on the disk: ledgers as `logs`, `scan` and `logs merge` open them, and recordings."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import sqlite3
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.store.cases import USD, answer, intent, key
from visionask.api.client import Client
from visionask.api.recording import Saved, file_name, normal_body, read, recorded_settings, write
from visionask.api.wire import wire_of
from visionask.core.errors import BudgetError, InBatch, IncompleteAnswer, ServerFailed, StateError, VisionaskError
from visionask.core.ledger import BatchInfo, BatchItem, Budget, Item, ItemName, StoredAnswer, Ticket, Turn, TurnImage
from visionask.core.request import Endpoint, Recording, Request, SentImage
from visionask.store.health import examine
from visionask.store.ledger import open_ledger
from visionask.store.reader import open_reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.store.ledger import Ledger

ODD: tuple[Any, ...] = (
    *(None, "", "x", "{", "[" * 5000, "[7]", '{"a": 1}', '"x"', "NaN", "-1", "9" * 400, "1e999999999",
      "\ud7ff\0\x1b[2J"),
    *(b"", b"\xff", b"\xff" * 16, -1, 0, 7, 2**63 - 1, -(2**63), 1e300, -1.5, float("inf")),
)  # fmt: skip
WORDS = (b"\xff\xff", b"\0" * 8, b"{", b"[[", b"NaN", b"1e99", b"\x7f" * 4, b"\x80" * 9, b"ok", b"open", b"answered")
REQUEST = Request(model="m", question="What colour?", images=(SentImage(detail="low", url="https://x/a.png"),))


def fill(path: str) -> None:
    """Make a ledger with a row of every kind."""
    with open_ledger(path) as ledger:
        scan = ledger.scans.start("ab" * 32, question="q", model="m")
        ledger.settle(_ticket(ledger, "a", item=ItemName(scan, "a.jpg")), answer(), usd=USD)
        ledger.fail(_ticket(ledger, "b"), ServerFailed("it failed", "later"))
        cut = IncompleteAnswer("it was cut")
        cut.partial = answer("A d", finish_reason="length")
        ledger.fail(_ticket(ledger, "d"), cut, usd=USD)
        ledger.conversations.start(
            model="m", system="s", turn=Turn(question="q", answer="a", images=(TurnImage("a.jpg"),))
        )
        ledger.scans.note(Item(name=ItemName(scan, "b.jpg"), status="failed", error_message="no"))
        batch = BatchInfo(id="abcdef123456", scan=scan, at=1e9, model="m", base_url="http://h/v1", question="q")
        ledger.batches.start(batch)
        shard = ledger.batches.open_shard(batch.id, "/x.jsonl")
        ledger.batches.claim(shard.id, key("c"), label="c.jpg", reserved_usd=USD)
        ledger.batches.note(batch.id, BatchItem(label="c.jpg", key=key("c"), error="{}"))
        ledger.batches.flush()
        ledger.batches.move(shard.id, "written")
        for found in ledger.logs.answers():
            ledger.hit(found)
        ledger.logs.search("dog")


def _ticket(ledger: Ledger, name: str, **changes: Any) -> Ticket:
    ticket = ledger.begin(intent(name, **changes))
    assert isinstance(ticket, Ticket)
    return ticket


@cache
def ledgers() -> tuple[bytes, ...]:
    """A sound ledger, with pages of 4 kB and of 512 bytes, where more of the changes meet something."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/l.db"
        fill(path)
        large = Path(path).read_bytes()
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.executescript("PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM")
        return large, Path(path).read_bytes()


def _with_odd_value(path: str, data: bytes) -> bytes:
    """Put an odd value into a column of every row of a table; the same of the same bytes."""
    rng = random.Random(data)
    Path(path).write_bytes(data)
    with contextlib.suppress(sqlite3.Error, ValueError, IndexError), contextlib.closing(sqlite3.connect(path)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        table = rng.choice([name for name in tables if not name.startswith(("sqlite_", "found_"))])
        column = rng.choice([row[1] for row in db.execute(f"PRAGMA table_info({table})")])
        db.execute(f"UPDATE OR IGNORE {table} SET {column} = ?", (rng.choice(ODD),))
        db.commit()
    return Path(path).read_bytes()


def check_ledger(data: bytes) -> None:
    """A ledger is refused as it is, or read and written on; what cannot be read is a StateError, and is not merged."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{name}.db" for name in ("look", "logs", "scan", "other")]
        if hashlib.sha256(data).digest()[0] % 2:
            data = _with_odd_value(paths[0], data)
        for path in paths:
            Path(path).write_bytes(data)
        look, logs, scan, other = paths
        list(examine(look, daily_budget=USD, now=1e9))
        with open_reader(look) as reader, contextlib.suppress(StateError):
            if reader is not None:
                reader.usual_output("gpt-6-luna", "What is it?")
                reader.answered([key("a"), key("z")])
                reader.failure(key("b"))
                reader.answered_names("ab" * 32, ["a.jpg", "z.jpg"])
        assert Path(look).read_bytes() == data, "who looks has written"
        _opened(logs, data, _each(_read_parts))
        _opened(scan, data, _each(_scan_parts))
        own = f"{folder}/own.db"
        with open_ledger(own) as ledger:
            with contextlib.suppress(StateError):
                ledger.logs.merge(other)
                for part in _read_parts(ledger):
                    part()
                return
            assert not list(ledger.logs.answers()), "a ledger that was refused has left something"


def _opened(path: str, data: bytes, use: Callable[[Ledger], None]) -> None:
    try:
        ledger = open_ledger(path, budget=Budget(run_usd=USD * 9, day_usd=USD * 99))
    except StateError:
        is_same = Path(path).read_bytes()[100:] == data[100:]  # before it stands which journal it has
        assert is_same, "a ledger that is refused was written to"
        return
    with contextlib.suppress(StateError), ledger:  # closing writes, too
        use(ledger)


def _each(parts: Callable[[Ledger], list[Callable[[], object]]]) -> Callable[[Ledger], None]:
    """Try every part, whatever became of the one before."""

    def use(ledger: Ledger) -> None:
        for part in parts(ledger):
            with contextlib.suppress(StateError, BudgetError, InBatch):
                part()

    return use


def _read_parts(ledger: Ledger) -> list[Callable[[], object]]:
    from visionask.report.logs import answer_dict, answer_lines, conversation_dict, stats_dict

    def show() -> None:
        for each in (*ledger.logs.answers(), *ledger.logs.failures(limit=9), *ledger.logs.search("dog what")):
            json.dumps(answer_dict(each))
            "\n".join(answer_lines(each, is_raw=False)).encode()
            ledger.logs.show(each.id[:8])

    def talk() -> None:
        for each in ledger.conversations.newest(9):
            json.dumps(conversation_dict(each, ledger.conversations.turns(each.id)))
            ledger.conversations.matching(each.id[:4])

    def batches() -> None:
        for each in ledger.batches.all():
            ledger.batches.shards(each.id)
            list(ledger.batches.items(each.id))
            ledger.batches.counts(each.id)

    return [
        show,
        talk,
        batches,
        lambda: json.dumps(stats_dict(ledger.logs.spend(), ledger.logs.hits(), ledger.logs.drift())),
        lambda: list(ledger.scans.items(1)),
        lambda: ledger.batches.line(key("c")[:32]),
        lambda: ledger.find_failure(key("b")),
        lambda: ledger.find_failure(key("d")),
        lambda: ledger.find_paid([key("a"), key("b")]),
    ]


def _scan_parts(ledger: Ledger) -> list[Callable[[], object]]:
    def ask(name: str) -> None:
        begun = ledger.begin(intent(name, item=ItemName(1, f"{name}.jpg")))
        if isinstance(begun, Ticket):
            ledger.renew(begun, maybe_billed=True)
            ledger.settle(begun, answer(), usd=USD)
        found = ledger.find(key(name))
        assert isinstance(found, StoredAnswer)

    return [
        lambda: ledger.scans.start("ab" * 32, question="q", model="m"),
        lambda: ledger.find_paid([key("a"), key("b"), key("new")]),
        lambda: ledger.reopen([key("b")]),
        lambda: ask("a"),
        lambda: ask("b"),
        lambda: ask("new"),
        lambda: ledger.scans.note(Item(name=ItemName(1, "n.jpg"), status="ok", key=key("a"), is_cached=True)),
        ledger.scans.flush,
        lambda: ledger.scans.counts(1),
        lambda: ledger.batches.refuse(key("c")),
        lambda: ledger.batches.keys("abcdef123456", ["c.jpg"]),
        lambda: ledger.logs.forget("scan-1"),
    ]


@cache
def recordings() -> tuple[bytes, ...]:
    """Recordings of one request: answers in one piece and streamed, refusals, with headers and settings."""
    from tests.fuzz.seeds import replies, streams

    headers = {"content-type": "application/json", "x-request-id": "r"}
    events = {"content-type": "text/event-stream"}
    wire = wire_of(REQUEST)
    body = normal_body(wire.body(REQUEST), REQUEST)
    with tempfile.TemporaryDirectory() as folder:
        made = []
        for status, kind, reply in [
            *((200, headers, each) for each in replies()),
            *((200, events, each) for each in streams()),
            (404, headers, b'{"error": {"message": "no such model"}}'),
        ]:
            saved = Saved(
                base_url="http://h/v1", path=wire.path, request=body, status=status, headers=kind, body=reply,
                notes=("a note",), settings={"model": "m", "quality": 80},
            )  # fmt: skip
            write(folder, saved)
            made.append(Path(folder, file_name(wire.path, body)).read_bytes())
    return tuple(made)


def check_recording(data: bytes) -> None:
    """A recording is an answer or an error of ours; so is what is told where it stands beside the one that is asked."""
    wire = wire_of(REQUEST)
    name = file_name(wire.path, normal_body(wire.body(REQUEST), REQUEST))
    with tempfile.TemporaryDirectory() as folder:
        for own in (name, _own_name(data)):
            path = os.path.join(folder, own)
            Path(path).write_bytes(data)
            with contextlib.suppress(StateError):
                read(path)
            with contextlib.suppress(VisionaskError):
                client = Client(
                    Endpoint(base_url=None, api_key="", recording=Recording(folder=folder, is_replay=True)), print
                )
                client.send(REQUEST)
            assert Path(path).read_bytes() == data
            os.unlink(path)
        json.dumps(recorded_settings(folder))


def _own_name(data: bytes) -> str:
    """Return the name that a recording must have to be read, so that odd requests are looked at too."""
    try:
        content = json.loads(data)
        return file_name(str(content["path"]), dict(content["request"]))
    except Exception:  # noqa: BLE001 - then any name is as good
        return hashlib.sha256(data).hexdigest() + ".json"
