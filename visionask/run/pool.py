"""The workers of many requests: of a scan, and of a check. One thread hands out what is to be asked, and takes what
the workers bring.

No more is handed out than keeps the workers busy, and a worker holds the pictures of one request. Where nothing is to
be asked no worker ever starts. What somebody else is asking about goes to the end of the line, so that a process that
is stalled holds up nobody's workers.

However it ends, what is under way is waited for, because it is paid: no worker starts anything new once it is stopped,
and each puts its answer into the ledger. Only after a signal, or where nobody takes results any more, that waiting has
a limit.

What ends all of them: what every item would meet, and a server that is gone.

As many items in a row as there are workers, and 8 at least, that came back unanswered for the same reason, whatever it
is, end the run. Without that, an outage in the night would fail 100,000 items one by one, and each would wait for its
retries; and a server whose every reply is unusable would be paid for all of them. Run again, it goes on with what is
not answered.
"""

from __future__ import annotations

import contextlib
import queue
import re
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from visionask.core.dataclass import dataclass
from visionask.core.errors import (
    ApiError,
    BadRequest,
    ConfigError,
    NoRecording,
    NoText,
    QuotaExhausted,
    RejectedError,
    ServerFailed,
    StateError,
    TimedOut,
    Unreachable,
    VisionaskError,
)
from visionask.core.ledger import Claimed
from visionask.core.namedtuple import NamedTuple
from visionask.run.session import NotSaved, ends_run

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from visionask.core.request import Ended
    from visionask.run.session import Session
    from visionask.run.verdicts import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item that came to an end."""

    outcome: Ended
    thumbnail: bytes | None = None
    key: str | None = None  # of its request in the ledger, where it was sent
    verdict: Verdict | None = None  # on closed questions
    before: Verdict | None = None  # of the first look, where there was a second one
    place: int | None = None  # of a scan's image, from 0


STOPPING = (ConfigError, QuotaExhausted)  # what the next item would meet too


ABSENT = (Unreachable, TimedOut, ServerFailed)  # what an item meets where no server works: one reason


LEAST_IN_A_ROW = 8  # fewer items may each be a picture that this server cannot bear


class Outage(ApiError):
    """The server is gone, or answers nothing: item after item met the same."""


class Unusable(RejectedError):
    """Item after item was refused, or answered by what is no answer, for the same reason."""


def ends_all(error: VisionaskError) -> bool:
    """Return whether every other item would meet the same: then the run stops at once."""
    if isinstance(error, NoRecording):
        return False
    return isinstance(error, STOPPING) or ends_run(error) or (isinstance(error, BadRequest) and error.status == 404)


class OutageDetector:
    """Counts items in a row that came back unanswered with the same reason. Workers share it.

    What was not sent tells nothing of the server, and is not counted.
    """

    def __init__(self, limit: int, session: Session) -> None:
        self._limit, self._session = limit, session
        self._reason: Hashable = None
        self._keys: list[str] = []  # of the requests in the row
        self._count = 0
        self._lock = threading.Lock()

    def count(self, item: Item) -> Outage | Unusable | None:
        """Take note of an item; the outage, once, when it makes the row full.

        What the items of a full row met is none of their own: a rerun asks them again.
        """
        error = item.outcome.error
        if not item.outcome.attempts:
            return None
        reason = None if error is None else reason_of(error, _label(item.outcome))
        with self._lock:
            is_same = reason is not None and reason == self._reason
            self._count = self._count + 1 if is_same else int(reason is not None)
            self._reason, self._keys = reason, [*(self._keys if is_same else ()), *filter(None, [item.key])]
            self._session.is_failing = self._count > 0
            is_full, keys = self._count == self._limit, self._keys
            if self._count >= self._limit:
                self._keys = []
        if error is None or self._count < self._limit:
            return None
        with contextlib.suppress(StateError):  # whoever writes next meets it too, and says so
            self._session.ledger.reopen(keys)
        return _outage(error, self._limit) if is_full else None


def reason_of(error: VisionaskError, label: str = "") -> Hashable:
    """Return what is the same for all items that come back for one reason; None where each may have its own.

    The words of a reply count without digits, and without names: the item's own, in quotes, or with a dot or a slash.
    """
    if isinstance(error, NoText):
        return None  # what only reads text found none
    if isinstance(error, ABSENT):
        return ABSENT
    words = error.message.replace(label, "") if label else error.message
    return type(error), error.status, error.cause, _NAMES.sub("#", words)


def _label(outcome: Ended) -> str:
    return outcome.planned.images[0].source.label if outcome.planned is not None else ""


_NAMES = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|\S*[\d./]\S*""")


def _outage(error: VisionaskError, count: int) -> Outage | Unusable:
    text = f"stopped after {count} images in a row without an answer: {error.message}"
    if isinstance(error, RejectedError):
        return Unusable(text, f"{error.hint}; then run it again: what is answered is not paid again")
    return Outage(text, "see that the server works, then run it again: what is answered is not paid again")


DRAIN_S = 9.0  # for the requests under way: services are killed 10 s after they were asked to end


LOOK_S = 0.1  # between looks at signals


Task = TypeVar("Task")


class _Later(NamedTuple):
    """Somebody else is asking about it, so it is for later."""

    task: Any


class _Ended(NamedTuple):
    """A worker has come to its end."""


Result = Item | NotSaved | Exception | _Later | _Ended


class WorkerPool(Generic[Task]):
    """The workers, what is handed to them, and the queue of what they bring.

    `looks` yields what ends without a worker, and tasks; it is gone on with where the workers have little to do. It may
    raise VisionaskError. `work` brings a task to its end, in a worker: an Item; Claimed where somebody else is asking
    the same, None where the session was stopped meanwhile. What it raises ends the run. `again` is what is kept of a
    task that is for later.
    """

    def __init__(
        self,
        session: Session,
        looks: Iterator[tuple[list[Item], list[Task]]],
        work: Callable[[Task], Item | Claimed | None],
        *,
        workers: int,
        again: Callable[[Task], Task] = lambda task: task,
    ) -> None:
        self._session, self._workers = session, workers
        self._looks, self._run, self._again = looks, work, again
        self._has_seen_all = False  # of the looks
        self._ready: deque[Task] = deque()
        self._later: deque[Task] = deque()
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._outages = OutageDetector(max(workers, LEAST_IN_A_ROW), session)
        self._handed = self._started = 0  # tasks that are not back yet; workers
        self._until_s: float | None = None
        self._is_closed = False  # nothing more is handed out
        self.left = 0  # workers that have not come to their end

    @property
    def is_over(self) -> bool:
        """Return whether all is done, or a signal came, and the time to wait for what is under way has passed."""
        if self._session.signal and self._until_s is None:
            self._session.stop.set()
            self._until_s = time.monotonic() + DRAIN_S
        is_late = self._until_s is not None and time.monotonic() > self._until_s
        return is_late or (self._is_closed and not self.left)

    def next(self) -> list[Result]:
        """Return what became of some items: known ones, or what a worker brought; nothing after a while without."""
        self._hand_out()
        is_idle = self._handed < self._workers or (self._handed < 2 * self._workers and self._results.empty())
        if is_idle and not self._is_closed and not self._has_seen_all:
            return self._look()
        result = self._wait() if self.left else None
        return [] if result is None else [result]

    def drain(self) -> Iterator[Result]:
        """Wait for the requests under way, and yield what comes of them."""
        self._session.stop.set()
        self._close()
        self._until_s = self._until_s or time.monotonic() + DRAIN_S
        while not self.is_over:
            result = self._wait()
            if result is not None:
                yield result

    def _hand_out(self) -> None:
        """Keep the workers busy; those that somebody else is asking about come after all others."""
        if self._session.stop.is_set():
            self._close()
        while not self._is_closed and self._handed < 2 * self._workers:
            if not self._ready and self._has_seen_all:
                self._ready, self._later = self._later, deque()
            if not self._ready:
                break
            self._hand(self._ready.popleft())
        if self._has_seen_all and not self._handed:
            self._close()

    def _hand(self, task: Task) -> None:
        self._tasks.put(task)
        self._handed += 1
        if self._started < self._workers:
            threading.Thread(target=self._work, name=f"visionask-{self._started}", daemon=True).start()
            self._started += 1
            self.left += 1

    def _close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            for _ in range(self._started):
                self._tasks.put(None)

    def _look(self) -> list[Result]:
        try:
            found = next(self._looks, None)
        except VisionaskError as error:
            self._session.stop.set()
            return [error]
        if found is None:
            self._has_seen_all = True
            return []
        items, tasks = found
        self._ready.extend(tasks)
        for item in items:
            self._judge(item)
        return [*items]

    def _wait(self) -> Result | None:
        """Wait a little for what a worker brings."""
        try:
            result = self._results.get(timeout=LOOK_S)
        except queue.Empty:
            return None
        if isinstance(result, _Ended):
            self.left -= 1
            return None
        if isinstance(result, _Later):
            self._later.append(result.task)
        self._handed -= not isinstance(result, Outage | Unusable)
        return result

    def _work(self) -> None:
        try:
            while (task := self._tasks.get()) is not None and not self._session.stop.is_set():
                item = self._run(task)
                if item is None:  # stopped while it waited: the next run takes it
                    return
                if isinstance(item, Claimed):
                    self._results.put(_Later(self._again(task)))
                else:
                    outage = self._judge(item)
                    self._results.put(item)
                    if outage is not None:
                        self._results.put(outage)
        except Exception as error:  # noqa: BLE001  what ends the run, or a bug that must end more than this thread
            self._session.stop.set()
            self._results.put(error)
        finally:
            self._results.put(_Ended())

    def _judge(self, item: Item) -> Outage | Unusable | None:
        """Stop the run where every other item would meet the same."""
        error, outage = item.outcome.error, self._outages.count(item)
        if outage is not None or (error is not None and ends_all(error)):
            self._session.stop.set()
        return outage
