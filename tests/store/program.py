"""The programs that the tests run as processes of their own, to be killed, starved or raced."""

from __future__ import annotations

import os
import resource
import sys
import threading
from decimal import Decimal

from tests.store.cases import USD, answer, intent
from visionask.core.errors import BudgetError, StateError
from visionask.core.ledger import Budget, Claimed, ItemName, StoredAnswer, Ticket
from visionask.store.ledger import Ledger, open_ledger
from visionask.store.logs import Purge


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())  # at once, whole, and unbuffered: it must be out before the kill


def write(path: str, name: str) -> None:
    """Answer for ever with 4 threads, and say what is committed."""
    ledger = open_ledger(path)
    scan = ledger.scans.start("ab" * 32, question="q", model="m")

    def work(thread: int) -> None:
        for number in range(100_000):
            label = f"{name}-{thread}-{number}"
            ticket = ledger.begin(intent(label, item=ItemName(scan, label)))
            assert isinstance(ticket, Ticket)
            say(f"sent {label}")
            ledger.settle(ticket, answer(f"answer to {label}"), usd=USD)
            say(f"done {label}")

    for thread in range(4):
        threading.Thread(target=work, args=(thread,), daemon=True).start()
    threading.Event().wait()


def spend(path: str, name: str, day_usd: str) -> None:
    """Spend until the daily budget stops it; say how many requests were sent."""
    with open_ledger(path, budget=Budget(day_usd=Decimal(day_usd))) as ledger:
        sent = 0
        while True:
            try:
                ticket = ledger.begin(intent(f"{name}-{sent}", reserved_usd=Decimal("0.01")))
            except BudgetError:
                break
            assert isinstance(ticket, Ticket)
            sent += 1
            ledger.settle(ticket, answer(), usd=Decimal("0.01"))
    say(str(sent))


def race(path: str, count: str) -> None:
    """Ask the same questions as the other processes do; say which were really sent."""
    with open_ledger(path) as ledger:
        waiting = list(range(int(count)))
        while waiting:
            number = waiting.pop(0)
            found = ledger.begin(intent(number))
            if isinstance(found, Claimed):
                waiting.append(number)
            elif not isinstance(found, StoredAnswer):
                say(f"sent {number}")
                ledger.settle(found, answer(f"to {number}"), usd=USD)


def hold(path: str, name: str) -> None:
    """Begin one request, say so, and end with it open when told: `close` closes, anything else just dies."""
    ledger = open_ledger(path)
    ledger.begin(intent(name))
    say(str(os.getpid()))
    if sys.stdin.readline().strip() == "close":
        ledger.close()
    os._exit(0)


def count(path: str) -> None:
    """Say how many answers a ledger has."""
    with open_ledger(path) as ledger:
        say(str(len(list(ledger.logs.answers()))))


def starve(path: str, limit_bytes: str) -> None:
    """Write with a limit on the size of files; say what is committed, and how it ended."""
    ledger = open_ledger(path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit_bytes), resource.RLIM_INFINITY))
    _fill(ledger)


def _fill(ledger: Ledger, count: int = 10_000) -> None:
    for number in range(count):
        try:
            ticket = ledger.begin(intent(number))
            assert isinstance(ticket, Ticket)
            ledger.settle(ticket, answer("long " * 200), usd=USD)
        except StateError as error:
            say(f"error {error.message} | {error.hint}")
            return
        say(f"done {number}")


def forget(path: str) -> None:
    """Forget one model's answers where the disk has no room for a second copy of the file."""
    with open_ledger(path) as ledger:
        resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path), resource.RLIM_INFINITY))
        say(str(ledger.logs.purge(Purge(model="secret"))))


def forbid(path: str) -> None:
    """Open as somebody who may not write; say how it ended."""
    if os.getuid() == 0:
        import fcntl  # noqa: F401 - loaded now: the other user may not be able to read Python's own files

        _fill(open_ledger(None), 1)
        os.setuid(65534)
    try:
        ledger = open_ledger(path, wait_s=0.1)
        _fill(ledger)
    except StateError as error:
        say(f"error {error.message} | {error.hint}")


def die(path: str, statement: str) -> None:
    """Answer three questions, and die in the given statement of SQL."""
    left = int(statement)

    def count(sql: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(9)

    ledger = open_ledger(path)
    ledger._database._db.set_trace_callback(count)
    for number in range(3):
        found = ledger.begin(intent(number))
        if isinstance(found, Ticket):
            say(f"sent {number}")
            ledger.settle(found, answer(f"answer to {number}"), usd=USD)
        say(f"done {number}")
    ledger.close()
    say("end")


def die_everywhere(folder: str) -> None:
    """Run `die` once for each statement there is, each in a fork on a ledger of its own, until one gets to its end."""
    statement = 0
    while True:
        statement += 1
        read, written = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(written, 1)
            die(os.path.join(folder, f"{statement}.db"), str(statement))
            os._exit(0)
        os.close(written)
        with os.fdopen(read) as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        say(f"{statement}: {said.replace(chr(10), ', ')}")
        if "end" in said:
            return


if __name__ == "__main__":
    programs = (write, spend, race, hold, count, starve, forget, forbid, die_everywhere)
    {program.__name__: program for program in programs}[sys.argv[1]](*sys.argv[2:])
