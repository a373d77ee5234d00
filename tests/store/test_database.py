"""Transactions shared by threads: each job stands or falls alone."""

from __future__ import annotations

import threading
import time
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


def together(database, jobs):
    """Have the jobs wait in line while another one writes, so that they share a transaction."""
    is_writing, may_go = threading.Event(), threading.Event()

    def slow(db):
        is_writing.set()
        may_go.wait(10)

    with ThreadPoolExecutor(len(jobs) + 1) as pool:
        first = pool.submit(database.write, slow)
        is_writing.wait(10)
        futures = []
        for job in jobs:
            futures.append(pool.submit(database.write, job))
            while len(database._waiting) < len(futures):
                time.sleep(0.0001)
        may_go.set()
        first.result(10)
        return [future.exception(10) or future.result() for future in futures]


def test_jobs_that_wait_share_one_commit(database):
    commits = []
    database._db.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    jobs = [lambda db, n=n: db.execute("INSERT INTO seen VALUES (?)", (n,)).rowcount for n in range(8)]
    assert together(database, jobs) == [1] * 8
    assert len(commits) == 2, "one of the first job, one of all that waited"
    assert seen(database) == list(range(8))


def test_a_job_that_fails_takes_no_other_with_it(database):
    def refuses(db):
        db.execute("INSERT INTO seen VALUES (77)")
        raise ValueError("no")

    def breaks(db):
        db.execute("INSERT INTO seen VALUES (1), (1)")

    good = [lambda db, n=n: db.execute("INSERT INTO seen VALUES (?)", (n,)).rowcount for n in range(3)]
    got = together(database, [good[0], refuses, good[1], breaks, good[2]])
    assert [got[0], got[2], got[4]] == [1, 1, 1]
    assert isinstance(got[1], ValueError)
    assert isinstance(got[3], StateError)
    assert seen(database) == [0, 1, 2]


def test_a_job_that_is_interrupted_leaves_the_others_their_turn(database):
    def interrupted(db):
        db.execute("INSERT INTO seen VALUES (99)")
        if not is_second.is_set():
            is_second.set()
            raise KeyboardInterrupt

    is_second = threading.Event()
    with pytest.raises(KeyboardInterrupt):
        database.write(interrupted)
    assert add(database, 1) == 1
    is_second.clear()
    good = [lambda db, n=n: db.execute("INSERT INTO seen VALUES (?)", (n,)).rowcount for n in range(2, 5)]
    got = together(database, [interrupted, *good])
    assert isinstance(got[0], KeyboardInterrupt)
    assert got[1:] == [1] * 3
    assert seen(database) == [1, 2, 3, 4]


def test_many_threads_lose_nothing(database):
    with ThreadPoolExecutor(32) as pool:
        assert sorted(pool.map(lambda n: add(database, n), range(640))) == list(range(640))
    assert seen(database) == list(range(640))
