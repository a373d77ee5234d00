"""The manifest of an export, which comes from another machine: a right one, or refused in one line."""

from __future__ import annotations

import copy
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.pictures import encoded, photo
from visionask.core.errors import StateError
from visionask.run.batch.export import MANIFEST, adopt
from visionask.store.ledger import open_ledger

if TYPE_CHECKING:
    from tests.cli.command import Command

ODD: tuple[Any, ...] = (None, 7, -1.5, True, "", "x", [], {}, ["x"], {"a": 1}, "\ud800", "zz" * 32)


def test_a_manifest_of_another_kind_is_refused(command: Command) -> None:
    (command.folder / "a.png").write_bytes(encoded(photo((40, 30)), "PNG"))
    assert command("batch", "export", "what?", "a.png", "--to", "out").code == 0
    folder = command.folder / "out"
    head, item = map(json.loads, (folder / MANIFEST).read_text().splitlines())
    path = str(command.folder / "l.db")
    with open_ledger(path) as ledger:
        for row in (head, head["batch"], item):
            for name in row:
                for value in ODD:
                    kept, row[name] = copy.deepcopy(row[name]), value
                    text = "\n".join(map(json.dumps, (head, item)))
                    row[name] = kept
                    (folder / MANIFEST).write_text(text)
                    try:
                        adopt(str(folder), ledger)
                    except StateError as error:
                        assert MANIFEST in error.message  # noqa: PT017
        for text in (
            "",
            "[]",
            "{",
            "[" * 5000,
            "7\n7",
            '{"visionask": "visionask-batch/1", "batch": "id"}',
            "\0" * 999,
        ):
            (folder / MANIFEST).write_text(text)
            with pytest.raises(StateError, match=MANIFEST):
                adopt(str(folder), ledger)
    with open_ledger(path) as ledger:
        for batch in ledger.batches.all():
            list(ledger.batches.items(batch.id))
    assert sqlite3.connect(path).execute("PRAGMA quick_check").fetchone() == ("ok",)
