"""Owns the conversations of the ledger: their turns, with images by digest."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from visionask.store.rows import pack, pack_images, unpack, unpack_images
from visionask.store.values import Conversation, Turn

if TYPE_CHECKING:
    from collections.abc import Callable
    from sqlite3 import Connection

    from visionask.store.database import Database


class Conversations:
    """The part of a ledger about conversations. Each method raises StateError where the ledger fails."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def start(self, *, model: str, system: str | None) -> Conversation:
        """Begin a conversation; its id is 16 hexadecimal digits."""
        talk = Conversation(id=secrets.token_hex(8), at=self._now(), model=model, system=system)
        row = (talk.id, talk.at, model, pack(system))
        self._database.write(lambda db: db.execute("INSERT INTO conversations VALUES (?, ?, ?, ?)", row))
        return talk

    def add(self, conversation: str, turn: Turn) -> None:
        """Add a turn at the end of a conversation, which becomes the newest."""
        row = (conversation, pack(turn.question), pack(turn.answer), pack_images(turn.images))
        query = "INSERT INTO turns SELECT ?1, 1 + coalesce(max(n), 0), ?2, ?3, ?4 FROM turns WHERE conversation = ?1"

        def job(db: Connection) -> None:
            db.execute(query, row)
            db.execute("UPDATE conversations SET at = max(at, ?) WHERE id = ?", (self._now(), conversation))

        self._database.write(job)

    def find(self, conversation: str | None = None) -> Conversation | None:
        """Find a conversation by its id; None is the one that was used last."""
        query = "SELECT * FROM conversations WHERE id = ?1 OR ?1 IS NULL ORDER BY at DESC LIMIT 1"
        row = self._database.read(lambda db: db.execute(query, (conversation,)).fetchone())
        if row is None:
            return None
        return Conversation(id=row["id"], at=row["at"], model=row["model"], system=unpack(row["system"]))

    def turns(self, conversation: str) -> tuple[Turn, ...]:
        """Give the turns of a conversation in their order."""

        def job(db: Connection) -> tuple[Turn, ...]:
            rows = db.execute("SELECT * FROM turns WHERE conversation = ? ORDER BY n", (conversation,))
            return tuple(
                Turn(
                    question=unpack(row["question"]) or "",
                    answer=unpack(row["answer"]) or "",
                    images=unpack_images(row["images"]),
                )
                for row in rows
            )

        return self._database.read(job)
