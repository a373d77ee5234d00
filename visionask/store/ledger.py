"""The Ledger: what was asked, answered and spent, in one SQLite file that many threads and processes may share.

A request in three calls; each is one short transaction, which outlives the process when it returns, and from `settle`
and `fail` on a power cut too (`database.py` says why):

    known = ledger.begin(intent)            # StoredAnswer: paid before. Claimed: somebody is asking it. Ticket: send it
    ledger.settle(ticket, answer, usd=...)  # before the answer is shown
    ledger.fail(ticket, error)              # or this

Whatever the ledger cannot keep raises StateError, and then nothing of that step is in it: stop sending. Requests under
way when a process dies are found by the next one that opens the ledger (`lost`), and counted as spent-maybe.
No keys are ever in it, and of pictures no more than the thumbnails of `scan` and `eval`: sources stand in it by name
and digest, links without their password.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from visionask.core.errors import StateError
from visionask.core.ledger import Budget, Claimed, Lost, StoredAnswer, Ticket
from visionask.core.prices import sum_usd
from visionask.store import requests
from visionask.store.batches import Batches, Claimant, refuse_pending
from visionask.store.conversations import Conversations
from visionask.store.database import Database, connect
from visionask.store.files import can_be_written, is_on_network, make_private
from visionask.store.logs import Logs
from visionask.store.owners import Owner, sweep
from visionask.store.requests import fail_request, reap_requests, settle_request
from visionask.store.rows import day_of
from visionask.store.scans import Scans

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from sqlite3 import Connection
    from types import TracebackType

    from visionask.core.errors import VisionaskError
    from visionask.core.ledger import Intent, PaidAnswer, StoredFailure
    from visionask.core.request import Answer

WAIT_S = 30.0  # for another process that writes: its transactions take milliseconds


def open_ledger(
    path: str | None,
    *,
    budget: Budget | None = None,
    wait_s: float = WAIT_S,
    now: Callable[[], float] = time.time,
) -> Ledger:
    """Open the ledger file for one run, or create it; None is one in memory, for `--no-log`.

    `budget` holds for this run and, by day, for every run of the file. `now` gives Unix time.
    Raises StateError where it cannot be opened, is damaged, of a newer visionask, or another program's.
    """
    notices: tuple[str, ...] = ()
    is_shared = False
    if path is not None:
        path = os.path.abspath(path)
        make_private(path)
        is_shared = is_on_network(path)
        if is_shared:
            notices = (f"the ledger {path} is on a network file system: slower, and only as safe as its locks",)
    database = Database(connect(path, wait_s=wait_s, is_shared=is_shared), path)
    try:
        return Ledger(database, budget=budget or Budget(), now=now, notices=notices)
    except BaseException:
        database.close()
        raise


def open_copy(path: str) -> Ledger | None:
    """Open a copy in memory of a ledger that cannot be written, for those who only look into it; None where it can be
    written, or not be read either, or where part of it still stands in its write-ahead log."""
    import sqlite3

    from visionask.store.schema import migrate, version_of

    path, wal = os.path.abspath(path), f"{path}-wal"
    if not os.path.isfile(path) or can_be_written(path) or (os.path.exists(wal) and os.path.getsize(wal)):
        return None
    database = Database(connect(None, wait_s=0), None)
    with contextlib.suppress(sqlite3.Error, StateError):
        source = sqlite3.connect(f"file:{quote(path)}?mode=ro&immutable=1", uri=True)
        with contextlib.closing(source):
            if version_of(source, path):
                database.alone(source.backup)
                database.alone(lambda db: migrate(db, path))  # the copy of an older one
                notices = (f"the ledger {path} cannot be written: it is shown as it is",)
                ledger = Ledger(database, budget=Budget(), now=time.time, notices=notices)
                ledger.lost = Lost()  # a copy does not know who lives
                return ledger
    database.close()
    return None


class Ledger:
    """An open ledger, for one run. Made by `open_ledger`; closed by `close` or a `with` block."""

    def __init__(
        self, database: Database, *, budget: Budget, now: Callable[[], float], notices: tuple[str, ...]
    ) -> None:
        self._notices = notices
        self.scans = Scans(database, now)
        self.logs = Logs(database)
        self.conversations = Conversations(database, now)
        self._database = database
        self._budget = budget
        self._now = now
        self._run = secrets.token_bytes(16)
        self._owner = Owner(database.path, self._run)
        self.batches = Batches(database, now, claimant=Claimant(self._run, budget, self._owner.is_alive))
        self._hits: dict[str, tuple[int, Decimal]] = {}
        self._mutex = threading.Lock()  # of the hits, and of the owner's file
        self.lost = self._find_lost()

    @property
    def notices(self) -> tuple[str, ...]:
        """What whoever opens it is to be told: where it lies, and what an earlier run may have paid for unseen."""
        return (*self._notices, *([str(self.lost)] if self.lost.requests else []))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def find(self, key: str, *, of_this_run: bool = False) -> StoredAnswer | None:
        """Find the newest answer for a key; `of_this_run` for `--no-cache`."""
        run = self._run if of_this_run else None
        return self._database.read(lambda db: requests.find(db, key, run=run))

    def find_paid(self, keys: Sequence[str], *, of_this_run: bool = False) -> dict[str, PaidAnswer]:
        """Find for some hundreds of keys at once what `find` finds for each; those without an answer are left out."""
        run = self._run if of_this_run else None
        return self._database.read(lambda db: requests.find_paid(db, keys, run=run))

    def find_new(self, keys: Sequence[str]) -> set[str]:
        """Return those of some hundreds of keys of which the ledger knows nothing: no answer, request or batch."""
        return self._database.read(lambda db: requests.find_new(db, keys))

    def find_failure(self, key: str) -> StoredFailure | None:
        """Return how the last request for a key failed; None where it was answered, or never asked."""
        return self._database.read(lambda db: requests.find_failure(db, key))

    def begin(
        self,
        intent: Intent,
        *,
        asks_again: bool = False,
        check: Callable[[StoredFailure], None] = lambda _: None,
    ) -> Ticket | Claimed | StoredAnswer:
        """Commit the intent to send one request: its key claimed, its money reserved. Call it right before sending.

        Returns the answer if there is one (`asks_again`, for `--no-cache`: only one that this run has got), Claimed if
        a living process is asking the same: take another item, and come back. Every Ticket is to be settled or failed.
        `check` is handed how the last request for the key failed, and may raise: then nothing is claimed.
        Raises InBatch where a batch asks it, BudgetError where a budget would be passed (MoneyHeld: only requests under
        way stand in the way).
        """
        with self._mutex:
            self._owner.show()
        at = self._now()
        run = self._run if asks_again else None

        def job(db: Connection) -> Ticket | Claimed | StoredAnswer:
            if not requests.find_new(db, [intent.key]):
                found = requests.find(db, intent.key, run=run)
                if found is not None:
                    return found
                if not asks_again:
                    refuse_pending(db, intent.key)
                failure = requests.find_failure(db, intent.key)
                if failure is not None:
                    check(failure)
                claimed = requests.claimed_elsewhere(db, intent.key, is_alive=self._owner.is_alive)
                if claimed is not None:
                    return claimed
            return requests.claim(db, intent, run=self._run, at=at, budget=self._budget)

        return self._database.write(job, outlives_power=False)

    def renew(self, ticket: Ticket, *, maybe_billed: bool) -> None:
        """Account for another attempt of the same request, before it is sent. Raises BudgetError.

        Where the last attempt may have been billed, its money counts as spent-maybe and as much is reserved anew.
        Without this call the attempts that `settle` and `fail` are told of are charged at the end.
        """
        self._database.write(lambda db: requests.renew(db, ticket, budget=self._budget, maybe_billed=maybe_billed))

    def extend(self, ticket: Ticket) -> None:
        """Reserve as much again, before another request for the same answer is sent. Raises BudgetError."""
        self._database.write(lambda db: requests.extend(db, ticket, budget=self._budget))

    def settle(self, ticket: Ticket, answer: Answer, *, usd: Decimal | None, seconds: float | None = None) -> None:
        """Keep a complete answer with what it cost; its item is ok. `usd` None: its reservation counts as spent."""
        at = self._now()
        self._database.write(lambda db: settle_request(db, ticket, answer, usd=usd, seconds=seconds, at=at))

    def find_thumbnails(self, names: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return those of some hundreds of thumbnails that are kept, by name; what cannot be read can be made again."""
        with contextlib.suppress(StateError):
            return self._database.read(lambda db: requests.find_thumbnails(db, names))
        return {}

    def fail(self, ticket: Ticket, error: VisionaskError, *, usd: Decimal | None = None) -> None:
        """Keep why there is no answer, and what came in its place.

        Charged: `usd` if it is known, and each attempt that may have been billed.
        """
        self._database.write(lambda db: fail_request(db, ticket, error, usd=usd))

    def reopen(self, keys: Sequence[str]) -> None:
        """Mark failed requests to be asked again by a rerun, as what they met was none of their own."""
        self._database.write(lambda db: requests.reopen(db, keys))

    def hit(self, answer: StoredAnswer | PaidAnswer) -> None:
        """Count an answer that is not paid again. In memory until `close`: it is only a figure."""
        with self._mutex:
            count, saved = self._hits.get(answer.model, (0, Decimal(0)))
            self._hits[answer.model] = (count + 1, saved + (answer.usd or Decimal(0)))

    def close(self) -> None:
        """Write what is noted, end requests that are still open as lost, and close. Again does nothing."""
        with self._mutex:
            database, hits, self._hits = self._database, self._hits, {}
        if database.is_closed:
            return
        try:
            if not database.is_harmed:  # else that was told
                self.scans.flush()
                if hits:
                    self.logs.add_hits(day_of(self._now()), hits)
                if self._owner.is_shown:
                    database.write(lambda db: reap_requests(db, self._run))
        finally:
            database.close()
            self._owner.leave()

    def _find_lost(self) -> Lost:
        """End the requests of runs that died, and count them."""
        runs = self._database.read(
            lambda db: [run for (run,) in db.execute("SELECT DISTINCT run FROM requests WHERE state = 'open'")]
        )
        dead = [run for run in runs if not self._owner.is_alive(run)]
        if self._database.path is not None:
            sweep(self._database.path)
        if not dead:
            return Lost()
        found = self._database.write(lambda db: [reap_requests(db, run) for run in dead])
        reserved = sum_usd([each.reserved_usd for each in found])
        return Lost(requests=sum(each.requests for each in found), reserved_usd=reserved)
