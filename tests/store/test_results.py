"""A file of results for SQL: a row an item, values as they are, whole or not there."""

from __future__ import annotations

import os
import sqlite3
import stat
from decimal import Decimal
from pathlib import Path

import pytest

from visionask.core.errors import StateError
from visionask.store.results import ResultTable


def rows(path):
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    found = [dict(row) for row in db.execute("SELECT * FROM results ORDER BY item")]
    db.close()
    return found


def test_a_row_has_what_the_item_has(tmp_path):
    path = tmp_path / "results.db"
    table = ResultTable(str(path))
    table.add({"source": "a.jpg", "billed_usd": Decimal("0.00031910"), "cached": True, "tokens": 7})
    assert not path.exists(), "it appears whole"
    table.add({"source": "b\ud800.jpg", 'odd "name"; --': [1, {"a": None}], "Tokens": 2**70, "seconds": 1.5})
    table.close()
    assert rows(path) == [
        {"item": 1, "source": "a.jpg", "billed_usd": "0.00031910", "cached": 1, "tokens": 7, 'odd "name"; --': None,
         "seconds": None},
        {"item": 2, "source": "b?.jpg", "billed_usd": None, "cached": None, "tokens": str(2**70),
         'odd "name"; --': '[1, {"a": null}]', "seconds": 1.5},
    ]  # fmt: skip
    assert os.listdir(tmp_path) == ["results.db"]


def test_many_rows_are_written_and_an_older_file_is_replaced(tmp_path):
    path = tmp_path / "results.db"
    path.write_bytes(b"old")
    table = ResultTable(str(path))
    for number in range(1201):
        table.add({"source": f"{number}.jpg"})
    assert path.read_bytes() == b"old"
    table.close()
    assert len(rows(path)) == 1201


def test_what_is_given_up_leaves_the_older_file(tmp_path):
    path = tmp_path / "results.db"
    path.write_bytes(b"old")
    ResultTable(str(path)).abandon()
    assert os.listdir(tmp_path) == ["results.db"]
    table = ResultTable(str(path))
    table.add({"source": "a"})
    table.abandon()
    assert (path.read_bytes(), rows(f"{path}.part")) == (b"old", [{"item": 1, "source": "a"}])


@pytest.mark.skipif(os.name == "nt", reason="permissions of files")
def test_it_follows_the_umask_and_no_link(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    path = tmp_path / "results.db"
    Path(f"{path}.part").symlink_to(victim)
    before = os.umask(0o027)
    try:
        ResultTable(str(path)).close()
    finally:
        os.umask(before)
    assert (victim.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("mine", 0o640)
    with pytest.raises(StateError, match="cannot be written"):
        ResultTable(str(tmp_path / "gone" / "results.db"))
