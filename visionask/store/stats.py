"""Owns the figures of the log: spend by day and model, answers that were not paid again, drift of the projection."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from visionask.store.rows import pack_usd
from visionask.store.values import Drift, Hits, Spend

if TYPE_CHECKING:
    from sqlite3 import Connection


def spend(db: Connection, since: str) -> tuple[Spend, ...]:
    """Give the spend of each day (from `since`, 2026-11-22) and model, oldest first."""
    rows = db.execute("SELECT * FROM spend WHERE day >= ? ORDER BY day, model", (since,))
    return tuple(
        Spend(
            day=row["day"],
            model=row["model"],
            requests=row["requests"],
            usd=Decimal(row["usd"]),
            maybe_usd=Decimal(row["maybe_usd"]),
            unpriced=row["unpriced"],
        )
        for row in rows
    )


def hits(db: Connection, since: str) -> tuple[Hits, ...]:
    """Give the answers of each day and model that were not paid again, oldest first."""
    rows = db.execute("SELECT * FROM hits WHERE day >= ? ORDER BY day, model", (since,))
    return tuple(Hits(day=row[0], model=row[1], hits=row[2], saved_usd=Decimal(row[3])) for row in rows)


def add_hits(db: Connection, day: str, counted: dict[str, tuple[int, Decimal]]) -> None:
    """Add answers that were not paid again: for each model how many, and what they had cost."""
    for model, (count, saved) in counted.items():
        row = db.execute("SELECT hits, saved_usd FROM hits WHERE day = ? AND model = ?", (day, model)).fetchone()
        before = (0, Decimal(0)) if row is None else (int(row[0]), Decimal(row[1]))
        total = (day, model, before[0] + count, pack_usd(before[1] + saved))
        db.execute("INSERT OR REPLACE INTO hits VALUES (?, ?, ?, ?)", total)


def drift(db: Connection) -> tuple[Drift, ...]:
    """Give billed over projected tokens for each model and detail: the mean of the requests' ratios."""
    rows = db.execute(
        "SELECT model, detail, count(*), avg(1.0 * input_tokens / projected_input_tokens), "
        "avg(1.0 * image_tokens / nullif(projected_image_tokens, 0)) FROM requests "
        "WHERE input_tokens > 0 AND projected_input_tokens > 0 GROUP BY model, detail ORDER BY model, detail"
    )
    return tuple(
        Drift(model=row[0], detail=row[1], requests=row[2], mean_ratio=row[3], mean_image_ratio=row[4]) for row in rows
    )
