"""The conversations of the ledger: their turns, with images by place and digest."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from visionask.core.geometry import Box
from visionask.core.ledger import Conversation, Turn, TurnImage
from visionask.store.rows import keepable, keepable_base_url, pack, read_list, read_moment, reads, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from sqlite3 import Connection, Row

    from visionask.store.database import Database

_HEX = frozenset("0123456789abcdef")
_IS_BEGUN = "id IN (SELECT conversation FROM turns)"  # not so where the only turn was taken back


class Conversations:
    """The part of a ledger about conversations. Each method raises StateError where the ledger fails."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def start(
        self,
        *,
        model: str,
        system: str | None,
        base_url: str = "",
        images_first: bool = False,
        turn: Turn | None = None,
    ) -> Conversation:
        """Begin a conversation, with its first turn in the same step; its id is 16 hexadecimal digits."""
        where = keepable_base_url(base_url)
        conversation = Conversation(
            id=secrets.token_hex(8),
            at=self._now(),
            model=model,
            system=system,
            base_url=where,
            images_first=images_first,
        )
        row = (conversation.id, conversation.at, model, pack(system), where, int(images_first))

        def job(db: Connection) -> None:
            db.execute("INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?)", row)
            if turn is not None:
                _add(db, conversation.id, turn)

        self._database.write(job)
        return conversation

    def add(self, conversation: str, turn: Turn, *, model: str | None = None, base_url: str | None = None) -> None:
        """Add a turn at the end of a conversation, which becomes the newest; say who answered, where it is another."""
        query = (
            "UPDATE conversations SET at = max(at, ?), model = coalesce(?, model), base_url = coalesce(?, base_url) "
            "WHERE id = ?"
        )

        def job(db: Connection) -> None:
            _add(db, conversation, turn)
            db.execute(query, (self._now(), model, base_url and keepable_base_url(base_url), conversation))

        self._database.write(job)

    def drop_last(self, conversation: str) -> None:
        """Forget the last turn."""
        last = "(SELECT max(n) FROM turns WHERE conversation = ?1)"
        query = f"DELETE FROM turns WHERE conversation = ?1 AND n = {last}"  # noqa: S608 - constants
        self._database.write(lambda db: db.execute(query, (conversation,)))

    def find(self, conversation: str | None = None) -> Conversation | None:
        """Find a conversation by its id; None is the one that was used last, of those that have a turn."""
        query = f"SELECT * FROM conversations WHERE id = ?1 OR (?1 IS NULL AND {_IS_BEGUN}) ORDER BY at DESC LIMIT 1"  # noqa: S608 - constants
        row = self._database.read(lambda db: db.execute(query, (conversation,)).fetchone())
        return None if row is None else read_conversation(row)

    def matching(self, prefix: str) -> tuple[Conversation, ...]:
        """Return the conversations whose id begins with `prefix`: two at most, which tells of doubt."""
        if not prefix or not _HEX.issuperset(prefix.lower()):
            return ()
        query = "SELECT * FROM conversations WHERE id LIKE ? LIMIT 2"
        rows = self._database.read(lambda db: db.execute(query, (prefix.lower() + "%",)).fetchall())
        return tuple(read_conversation(row) for row in rows)

    def newest(self, limit: int) -> tuple[Conversation, ...]:
        """Return the conversations, the one that was used last first."""
        query = f"SELECT * FROM conversations WHERE {_IS_BEGUN} ORDER BY at DESC LIMIT ?"  # noqa: S608 - constants
        return tuple(
            read_conversation(row) for row in self._database.read(lambda db: db.execute(query, (limit,)).fetchall())
        )

    def turns(self, conversation: str) -> tuple[Turn, ...]:
        """Return the turns of a conversation in their order."""
        query = "SELECT * FROM turns WHERE conversation = ? ORDER BY n"
        rows = self._database.read(lambda db: db.execute(query, (conversation,)).fetchall())
        return tuple(map(read_turn, rows))


def _add(db: Connection, conversation: str, turn: Turn) -> None:
    row = (conversation, pack(turn.question), pack(turn.answer), _pack_images(turn.images))
    db.execute(
        "INSERT INTO turns SELECT ?1, 1 + coalesce(max(n), 0), ?2, ?3, ?4 FROM turns WHERE conversation = ?1", row
    )


@reads("conversation", "conversation", "turns")
def read_turn(row: Row) -> Turn:
    """Return one row of the table. Raises StateError."""
    return Turn(
        question=unpack(row["question"]) or "",
        answer=unpack(row["answer"]) or "",
        images=_unpack_images(row["images"]),
    )


@reads("conversation", "id", "conversations")
def read_conversation(row: Row) -> Conversation:
    """Return one row of the table. Raises StateError."""
    return Conversation(
        id=row["id"],
        at=read_moment(row["at"]),
        model=row["model"],
        system=unpack(row["system"]),
        base_url=row["base_url"],
        images_first=bool(row["images_first"]),
    )


def _pack_images(images: Iterable[TurnImage]) -> str:
    """Write images as JSON with ASCII escapes, which keep lone surrogates too."""
    return json.dumps([[keepable(image.label), *image[1:]] for image in images], separators=(",", ":"))


def _unpack_images(text: str) -> tuple[TurnImage, ...]:
    """Undo `_pack_images`; an older ledger has name and digest only."""
    return tuple(_unpack_image(*fields) for fields in read_list(text))


def _unpack_image(
    label: str,
    sha256: str | None,
    crop: list[int] | None = None,
    redact: Iterable[list[int]] = (),
    frame: int = 0,
    rotate: int = 0,
) -> TurnImage:
    return TurnImage(
        label=label,
        sha256=sha256,
        crop=None if crop is None else Box(*crop),
        redact=tuple(Box(*box) for box in redact),
        frame=frame,
        rotate=rotate,
    )
