"""Owns the money in the ledger: what is spent and reserved, and whether one more request fits the budgets.

A request counts on the day (UTC) and in the run of its intent: what is reserved before midnight never moves to the
next day. Worked: a limit of 1.00, settled 0.70, reserved 0.20: 0.10 fits (1.00 <= 1.00) and 0.11 does not.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from visionask.core.errors import BudgetError
from visionask.store.rows import pack_usd
from visionask.store.values import MoneyHeld

if TYPE_CHECKING:
    from sqlite3 import Connection

    from visionask.store.values import Budget

ZERO = Decimal(0)


def check(db: Connection, budget: Budget, amount: Decimal | None, *, run: bytes, day: str) -> None:
    """Raise BudgetError unless `amount` fits both budgets; MoneyHeld where what is under way may still make room."""
    limits = (
        (budget.run_usd, "--max-cost", "SELECT usd FROM runs WHERE id = ?", "run", run),
        (budget.day_usd, "the daily budget", "SELECT usd, maybe_usd FROM spend WHERE day = ?", "day", day),
    )
    for limit, name, query, column, value in limits:
        if limit is None:
            continue
        if amount is None:
            raise BudgetError(
                f"{name} cannot be kept: what the request may cost is not known",
                "set --max-tokens, give the model a price in the config file, or lift the limit",
            )
        spent = sum((Decimal(text) for row in db.execute(query, (value,)) for text in row), ZERO)
        spent += in_batches(db, column, value)  # for hours: nobody waits for it
        held = reserved(db, column, value)
        if spent + held + amount <= limit:
            continue
        text = f"{name} of ${limit:f} would be passed: ${spent:f} spent"
        if held and spent + amount <= limit:
            raise MoneyHeld(f"{text}, ${held:f} reserved, ${amount:f} more", "wait for the requests under way")
        raise BudgetError(
            f"{text}" + (f", ${held:f} reserved" if held else "") + f", ${amount:f} at most for the next request",
            "raise the limit, or run the same again later: what is answered is not paid again",
        )


def reserved(db: Connection, column: str, value: str | bytes) -> Decimal:
    """Sum what open requests hold, of a `day` or a `run`."""
    rows = db.execute(
        f"SELECT reserved_usd FROM requests WHERE state = 'open' AND {column} = ?",  # noqa: S608 - one of two names
        (value,),
    )
    return sum((Decimal(text) for (text,) in rows if text is not None), ZERO)


def in_batches(db: Connection, column: str, value: str | bytes) -> Decimal:
    """Sum what files of batches hold, of a `day` or a `run`."""
    rows = db.execute(
        f"SELECT reserved_usd FROM shards WHERE reserved_usd IS NOT NULL AND {column} = ?",  # noqa: S608 - as above
        (value,),
    )
    return sum((Decimal(text) for (text,) in rows), ZERO)


def charge(db: Connection, model: str, *, run: bytes, day: str, usd: Decimal, maybe_usd: Decimal) -> None:
    """Add money to the sums of a day, a model and a run."""
    row = db.execute("SELECT usd, maybe_usd FROM spend WHERE day = ? AND model = ?", (day, model)).fetchone()
    sums = (usd, maybe_usd) if row is None else (Decimal(row[0]) + usd, Decimal(row[1]) + maybe_usd)
    db.execute(
        "INSERT INTO spend (day, model, requests, usd, maybe_usd, unpriced) VALUES (?, ?, 0, ?, ?, 0) "
        "ON CONFLICT (day, model) DO UPDATE SET usd = excluded.usd, maybe_usd = excluded.maybe_usd",
        (day, model, pack_usd(sums[0]), pack_usd(sums[1])),
    )
    found = db.execute("SELECT usd FROM runs WHERE id = ?", (run,)).fetchone()
    if found is not None and (usd or maybe_usd):
        total = Decimal(found[0]) + usd + maybe_usd
        db.execute("UPDATE runs SET usd = ? WHERE id = ?", (pack_usd(total), run))


def count(db: Connection, model: str, *, day: str, is_unpriced: bool) -> None:
    """Count one request that has ended, in a row that `charge` has made."""
    db.execute(
        "UPDATE spend SET requests = requests + 1, unpriced = unpriced + ? WHERE day = ? AND model = ?",
        (int(is_unpriced), day, model),
    )
