"""One request on its way: the claim of its key, its money and a rate-limit slot, every attempt, and their sum.

The client makes the attempts, for every command alike (`api/retries.py`); here each gets money of its own and a
rate-limit slot before it leaves.

The stopping of an answer by Ctrl-C: it ends the answer, and loses neither its money nor the conversation.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from visionask.core.errors import ApiError, Interrupted, RateLimited, VisionaskError
from visionask.core.ledger import Claimed, MoneyHeld, StoredAnswer, Ticket
from visionask.core.request import Answer

if TYPE_CHECKING:
    from decimal import Decimal

    from visionask.core.ledger import Intent, StoredFailure
    from visionask.core.pace import Ticket as PaceTicket
    from visionask.core.request import Attempt, Request
    from visionask.run.session import Policy, Session
    from visionask.run.structured import Sender


HELD_S = 0.2  # between looks at a key that another worker or process is asking, or at money that is held

LOOK_S = 0.5  # between looks at a limit a minute

PATIENCE_S = 3.0  # for such a key, where there is other work: whoever is asking may be stalled, or stopped


class Stopped(ApiError):
    """The run was stopped before this request, or its next attempt, left."""


class CostGuard:
    """The most that one request of a run may cost, where a budget is to be held. Threads share it.

    The projection is of the input alone without `--max-tokens`, and a guess for some models and servers. So each
    request reserves what the dearest one so far was billed, if that is more, and until one was billed, requests go one
    at a time: eight that start together could pass a budget unseen.
    """

    def __init__(self, *, is_needed: bool) -> None:
        self._is_needed = is_needed
        self._dearest: Decimal | None = None
        self._lock = threading.Lock()  # of the figure
        self._alone = threading.Lock()  # held by the one request that goes while nothing is known

    def knows(self) -> bool:
        """Return whether a request may go beside others."""
        return not self._is_needed or self._dearest is not None

    def enter(self, stop: threading.Event) -> bool:
        """Wait while another request finds out what one costs. True: this one goes alone, and `leave` ends it."""
        while not self.knows() and not stop.is_set():
            if self._alone.acquire(timeout=HELD_S):
                if not self.knows():
                    return True
                self._alone.release()
        return False

    def leave(self) -> None:
        """Release the next request."""
        self._alone.release()

    def reserve(self, usd: Decimal | None) -> Decimal | None:
        """Return what to reserve for a request that is projected at `usd`."""
        return usd if usd is None or self._dearest is None else max(usd, self._dearest)

    def learn(self, usd: Decimal | None) -> None:
        """Take note of a bill."""
        if usd is not None and self._is_needed:
            with self._lock:
                self._dearest = usd if self._dearest is None else max(self._dearest, usd)


class RateSlot:
    """The right to be on the wire, for one attempt after the other; without a pace there is no limit to wait for."""

    def __init__(self, session: Session, tokens: int) -> None:
        self._session, self._pace, self._tokens = session, session.pace, tokens
        self._ticket: PaceTicket | None = None
        self._has_started = False

    def wait(self) -> bool:
        """Wait in the line until a request may start; False, and out of the line, when the run was stopped first."""
        stop, pace = self._session.stop, self._pace
        if pace is None:
            return not stop.is_set()
        if self._ticket is None:
            self._ticket = pace.reserve(self._tokens)
        try:
            while not stop.is_set():
                now = time.monotonic()
                seconds = pace.wait_s(self._ticket, now_s=now)
                if seconds <= 0:
                    self._has_started = True
                    return True
                self._tell(pace.held_s(now_s=now), now)
                stop.wait(min(seconds, LOOK_S))
        finally:
            self._session.waits.end()
        self.give_back()
        return False

    def _tell(self, held_s: float, now: float) -> None:
        """Note, and say once, that a limit a minute holds this request."""
        waits = self._session.waits
        if held_s <= 0:
            waits.end()
            return
        waits.begin("rate limited", now + held_s, now_s=now)
        if line := waits.due(now_s=now, is_pace=True):
            self._session.on_notice(line)

    def again(self, after: VisionaskError | None) -> None:
        """Wait for another attempt. Fewer go at a time after a rate limit; a passing fault says nothing of how many are
        too many, and the client waits before it comes here. Raises Stopped."""
        if self._pace is not None and self._ticket is not None and self._has_started:
            if isinstance(after, RateLimited):
                self._pace.limited(self._ticket, now_s=time.monotonic(), wait_s=0)
            else:
                self._pace.settle(self._ticket, tokens=0)
            self._ticket, self._has_started = None, False
        if not self.wait():
            raise Stopped("the run was stopped before the next try", "run it again")

    def end(self, tokens: int | None = None) -> None:
        """Leave the wire, or the line where nothing was sent; again does nothing."""
        if self._pace is not None and self._ticket is not None and self._has_started:
            self._pace.settle(self._ticket, tokens=tokens)
            self._ticket, self._has_started = None, False
        self.give_back()

    def give_back(self) -> None:
        """Leave the line without having sent anything; again does nothing."""
        if self._pace is not None and self._ticket is not None:
            self._pace.refund(self._ticket)
        self._ticket, self._has_started = None, False


MOST_TWINS = 10_000  # the newest: what was sent before them is not looked for


class Twin:
    """What is known of one request as it is sent: the key of its answer, once a picture that came to it has one."""

    __slots__ = ("key", "lock", "users")

    def __init__(self, key: str | None = None) -> None:
        self.lock = threading.Lock()
        self.key = key
        self.users = 0


class Twins:
    """Pictures of a scan that differ and come to the same bytes, as two JPEGs whose metadata alone differ: asked once,
    one after the other. Keys are SHA-256 in hex; of requests that are answered they are kept as bytes, which take half.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, Twin] = {}
        self._answered: dict[bytes, bytes] = {}

    @contextmanager
    def alone(self, sent_key: str | None) -> Iterator[Twin]:
        """Hold back all other requests that send the same. None: it has no twin."""
        if sent_key is None:
            yield Twin()
            return
        with self._lock:
            twin = self._open.get(sent_key)
            if twin is None:
                known = self._answered.get(bytes.fromhex(sent_key))
                twin = self._open[sent_key] = Twin(None if known is None else known.hex())
            twin.users += 1
        try:
            with twin.lock:
                yield twin
        finally:
            self._leave(sent_key, twin)

    def _leave(self, sent_key: str, twin: Twin) -> None:
        with self._lock:
            twin.users -= 1
            if not twin.users:
                del self._open[sent_key]
            if twin.key is not None:
                self._answered[bytes.fromhex(sent_key)] = bytes.fromhex(twin.key)
            if len(self._answered) > MOST_TWINS:
                del self._answered[next(iter(self._answered))]


class Sending:
    """One request on its way. What it cost in attempts is counted over all of them, whoever made them."""

    ticket: Ticket  # the claim, once `claim` has got one

    def __init__(
        self, session: Session, intent: Intent, policy: Policy, *, check: Callable[[StoredFailure], None]
    ) -> None:
        """`check` is handed how the last request for the same failed, and raises it where it is not to be asked again:
        whoever asked it may have been refused while this one waited."""
        self._session, self._intent, self._policy, self._check = session, intent, policy, check
        self._slot = RateSlot(session, intent.projected_input_tokens or 0)
        self.attempts = self.maybe_billed = 0
        self.started_s = time.monotonic()

    @property
    def seconds(self) -> float:
        """The time since the claim."""
        return time.monotonic() - self.started_s

    def claim(self) -> Ticket | StoredAnswer | Claimed | None:
        """Wait for a slot, the money and the key, then commit the intent. None where the run was stopped.

        The answer, where somebody else has got it meanwhile; Claimed, where they are still asking when the patience is
        at its end. Where their process dies, its claim ends here within moments. Raises RejectedError where it was
        refused to them, BudgetError, StateError.
        """
        if not self._slot.wait():
            return None
        try:
            begun = self._claimed()
        except BaseException:
            self._slot.give_back()
            raise
        if isinstance(begun, Ticket):
            self.ticket, self.started_s = begun, time.monotonic()
        else:
            self._slot.give_back()
        return begun

    def send(self, sender: Sender, request: Request, on_text: Callable[[str], None] | None) -> Answer:
        """Send until there is an answer, not yet in the ledger, or a reason. The request in the ledger stays open.

        Raises VisionaskError: Stopped where nothing was sent, BudgetError and StateError for what ends the run.
        """
        try:
            if not self._slot.wait():  # given back while somebody else asked
                raise Stopped("the run was stopped before this request was sent", "run it again")
            answer = sender.send(request, on_text=on_text, on_attempt=self._begin_attempt)
        except VisionaskError as error:
            self.maybe_billed = max(error.maybe_billed, self.maybe_billed)
            raise
        else:
            self.maybe_billed = answer.maybe_billed
            self._slot.end(None if answer.usage is None else answer.usage.input_tokens)
            return answer
        finally:
            self._slot.end()

    def end_unsent(self) -> None:
        """Leave the line: the answer is known."""
        self._slot.end(0)

    def _claimed(self) -> Ticket | StoredAnswer | Claimed | None:
        until_s, is_told = time.monotonic() + PATIENCE_S, False
        while True:
            begun = self._begin()
            if isinstance(begun, Ticket | StoredAnswer):
                return begun
            self._slot.give_back()  # whoever asks it, or has the money, has a place of its own on the wire
            if isinstance(begun, Claimed) and self._policy.is_of_many and time.monotonic() >= until_s:
                return begun
            if isinstance(begun, Claimed) and not self._policy.is_of_many:
                if self._policy.asks_again:  # whoever wants an answer of its own waits for nobody's
                    self._intent = replace(self._intent, key=secrets.token_hex(32))
                    continue
                if not is_told:
                    self._session.on_notice(f"process {begun.pid} is asking the same: waiting for its answer")
                    is_told = True
            if self._session.stop.wait(HELD_S):
                return None

    def _begin(self) -> Ticket | StoredAnswer | Claimed | None:
        """Try to claim; None where there is no money but what requests under way may leave."""
        try:
            return self._session.ledger.begin(self._intent, asks_again=self._policy.asks_again, check=self._check)
        except MoneyHeld:
            if not self._policy.is_of_many:
                raise
            return None

    def _begin_attempt(self, attempt: Attempt) -> None:
        """Reserve what an attempt needs before it leaves. Raises Stopped, BudgetError, StateError.

        Raises what became of the one before where others are not answered either: whatever was sent may be billed.
        """
        if attempt.is_maybe_billed and attempt.after is not None and self._session.is_failing:
            self.maybe_billed += attempt.after.partial is None  # else the ledger charges what came
            raise attempt.after
        self.maybe_billed += attempt.is_maybe_billed
        if attempt.number > 1:
            self._slot.again(attempt.after)
        elif self._session.stop.is_set():
            raise Stopped("the run was stopped before this request was sent", "run it again")
        if attempt.after is not None:
            self._renew(attempt.after, attempt)
        self.attempts = attempt.number

    def _renew(self, error: VisionaskError, attempt: Attempt) -> None:
        """Reserve the money of another attempt: that of the last one may be spent. Raises BudgetError, StateError, and
        what became of the last one where the run is stopped meanwhile."""
        ledger = self._session.ledger
        while True:
            try:
                if attempt.is_more:
                    return ledger.extend(self.ticket)
                return ledger.renew(self.ticket, maybe_billed=attempt.is_maybe_billed)
            except MoneyHeld:
                if not self._policy.is_of_many:
                    raise
                if self._session.stop.wait(HELD_S):
                    raise error from None


Allowed = Callable[[bool], AbstractContextManager[None]]
"""Whether Ctrl-C may break in. Where it may not, it waits for the next block inside in which it may."""


class Stoppable:
    """A sender that Ctrl-C stops while it waits: what came by then is the partial answer of an error."""

    def __init__(self, sender: Sender, allowed: Allowed) -> None:
        self._sender, self._allowed = sender, allowed

    def send(
        self,
        request: Request,
        *,
        on_text: Callable[[str], None] | None = None,
        on_attempt: Callable[[Attempt], None] | None = None,
    ) -> Answer:
        """Send as the sender does. Raises Interrupted when it was stopped.

        Text is shown and attempts are counted undisturbed: half a line on the terminal, or half a step in the ledger,
        would outlive the answer.
        """
        texts: list[str] = []
        attempts = lost = 0

        def show(text: str) -> None:
            with self._allowed(False):
                texts.append(text)
                if on_text is not None:
                    on_text(text)

        def begin(attempt: Attempt) -> None:
            nonlocal attempts, lost
            with self._allowed(False):
                if on_attempt is not None:
                    on_attempt(attempt)
                attempts, lost = attempt.number, lost + attempt.is_maybe_billed

        try:
            with self._allowed(True):
                return self._sender.send(request, on_text=show, on_attempt=begin)
        except KeyboardInterrupt:
            raise _stopped("".join(texts), attempts=attempts, lost=lost) from None


def _stopped(text: str, *, attempts: int, lost: int) -> Interrupted:
    error = Interrupted("stopped: the answer is not complete, and no part of the conversation", "go on, or ask again")
    error.attempts, error.maybe_billed = attempts, lost
    if attempts:
        error.partial = Answer(text=text, finish_reason=None, attempts=attempts, maybe_billed=lost)
    return error
