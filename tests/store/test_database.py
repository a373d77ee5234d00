"""Transactions shared by threads: each job stands or falls alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from visionask.core.errors import StateError
from visionask.store.database import Database, connect


@pytest.fixture
def database(tmp_path):
    path = str(tmp_path / "ledger.db")
    opened = Database(connect(path, wait_s=5), path)
    opened.write(lambda db: db.execute("CREATE TABLE seen (n INTEGER UNIQUE)"))
    yield opened
    opened.close()


def add(database, number):
    database.write(lambda db: db.execute("INSERT INTO seen VALUES (?)", (number,)))
    return number


def seen(database):
    return [row[0] for row in database.read(lambda db: db.execute("SELECT n FROM seen ORDER BY n").fetchall())]


def test_a_new_file_is_opened_by_many_at_once(tmp_path):
    for number in range(40):
        path, together = str(tmp_path / f"{number}.db"), threading.Barrier(6)

        def opens(path=path, together=together):
            together.wait()
            connect(path, wait_s=30).close()

        with ThreadPoolExecutor(6) as pool:
            for opened in [pool.submit(opens) for _ in range(6)]:
                opened.result()


def test_a_job_that_fails_leaves_nothing_behind(database):
    def refuses(db):
        db.execute("INSERT INTO seen VALUES (77)")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        database.write(refuses)
    with pytest.raises(StateError):
        database.write(lambda db: db.execute("INSERT INTO seen VALUES (1), (1)"))
    add(database, 2)
    assert seen(database) == [2]


def test_a_job_that_is_interrupted_leaves_the_others_their_turn(database):
    def interrupted(db):
        db.execute("INSERT INTO seen VALUES (999)")
        raise KeyboardInterrupt

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(add, database, number) for number in range(100)]
        with pytest.raises(KeyboardInterrupt):
            database.write(interrupted)
        assert [future.result(10) for future in futures] == list(range(100))
    assert seen(database) == list(range(100))


def test_many_threads_lose_nothing(database):
    with ThreadPoolExecutor(32) as pool:
        assert sorted(pool.map(lambda n: add(database, n), range(640))) == list(range(640))
    assert seen(database) == list(range(640))


@pytest.mark.parametrize(("failing", "commits"), [((), 1), ((2,), 3)], ids=["all fit", "one fails"])
def test_writes_that_wait_are_committed_together(tmp_path, failing, commits):
    path, seen = str(tmp_path / "ledger.db"), []
    database = Database(connect(path, wait_s=5), path)
    database.write(lambda db: db.execute("CREATE TABLE numbers (n)"))

    def put(number):
        return database.write(
            lambda db: db.execute("INSERT INTO numbers VALUES (?)", (number,)) and 1 / (number not in failing)
        )

    with ThreadPoolExecutor(4) as pool:

        def hold(db):
            db.set_trace_callback(lambda text: seen.append(text) if text == "COMMIT" else None)
            ends = [pool.submit(put, number) for number in range(4)]
            while len(database._waiting) < 4:
                threading.Event().wait(0.001)
            return ends

        ends = database.write(hold)
        errors = [type(end.exception()) for end in ends]
    assert errors == [ZeroDivisionError if number in failing else type(None) for number in range(4)]
    rows = database.read(lambda db: [n for (n,) in db.execute("SELECT n FROM numbers ORDER BY n")])
    assert rows == [number for number in range(4) if number not in failing]
    assert len(seen) == 1 + commits
    database.close()
