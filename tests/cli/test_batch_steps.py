"""A kill at every step that the ledger takes: run again, a batch does nothing twice and loses nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.batching import Sender, statuses
from tests.cli.scanning import QUESTION, fill
from tests.faults import replies

if TYPE_CHECKING:
    from tests.cli.command import Argument, Command

LEDGER = ("--ledger", "kept.db")
SHARDS = ("--shard-requests", "2", "-j", "1")
STEPS = range(1, 200)
EACH_USD = (1014 * Decimal("0.05") + 35 * Decimal("0.25")) / 1_000_000
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def pictures(command: Command) -> None:
    fill(command.folder / "pics", 3)


def dies(sender: Sender, step: int, *args: Argument) -> bool:
    """Run `batch` until it is killed at a step; False where it has ended before."""
    env = sender.command.env | sender.env | {"PYTHONPATH": str(Path(__file__).parents[2])}
    words = [sys.executable, "-m", "tests.cli.dying", str(step), "batch", *args, *LEDGER]
    done = subprocess.run(words, env=env, cwd=sender.command.folder, capture_output=True, timeout=60, check=False)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9


def forget(sender: Sender, *, keep: Path | None = None) -> None:
    """Remove the ledger with all that lies beside it, and put another one in its place."""
    for path in sender.command.folder.glob("kept.db*"):
        path.unlink()
    shutil.rmtree(sender.command.folder / "batches", ignore_errors=True)
    if keep is not None:
        shutil.copyfile(keep, sender.command.folder / "kept.db")


def kept(sender: Sender) -> Path:
    """Put a copy of the ledger aside."""
    return Path(shutil.copyfile(sender.command.folder / "kept.db", sender.command.folder / "aside"))


def spent(sender: Sender) -> Decimal:
    days = sender.command("logs", "stats", *LEDGER, "--json").record["data"]["spend"]
    return sum((Decimal(day["usd"]) for day in days), Decimal(0))


def test_submitting(sender: Sender) -> None:
    server = sender.server
    for step in STEPS:
        forget(sender)
        for seen in (server.files, server.batches, server.journal):
            seen.clear()
        if not dies(sender, step, "submit", QUESTION, "pics", *SHARDS):
            break
        assert sender.submit("pics", *SHARDS, *LEDGER).code == 0
        names = [line["custom_id"] for line in server.lines()]
        assert (len(names), len(set(names))) == (3, 3), step
        assert len(server.uploads) == len(server.batches) == 2, step
    assert step > 10


def test_fetching(sender: Sender) -> None:
    batch = sender.submit("pics", *SHARDS, *LEDGER).out.strip()
    keep = kept(sender)
    for step in STEPS:
        forget(sender, keep=keep)
        if not dies(sender, step, "fetch"):
            break
        fetched = sender.fetch(batch, *LEDGER)
        assert (fetched.code, list(statuses(fetched).values())) == (0, ["ok"] * 3), step
        assert spent(sender) == 3 * EACH_USD, step
    assert step > 4


def test_cancelling(sender: Sender) -> None:
    sender.server.plan.statuses, sender.server.plan.done_share = ["in_progress"], 0.4
    batch = sender.submit("pics", *SHARDS, *LEDGER).out.strip()
    keep = kept(sender)
    for step in STEPS:
        forget(sender, keep=keep)
        for each in sender.server.batches.values():
            each |= {"_statuses": ["in_progress"], "output_file_id": None, "error_file_id": None}
        if not dies(sender, step, "cancel", batch):
            break
        assert sender("cancel", batch, *LEDGER).code == 0
        assert sorted(statuses(sender.fetch(batch, *LEDGER)).values()) == ["ok", "ok", "undone"], step
    assert step > 2


def test_importing(sender: Sender) -> None:
    assert sender("export", QUESTION, "pics", "-o", "out", "-m", "qwen", *LEDGER).code == 0
    lines = [
        json.loads(line)
        for path in (sender.command.folder / "out").glob("*.jsonl")
        for line in path.read_text().splitlines()
    ]
    results = [
        {"custom_id": each["custom_id"], "response": {"status_code": 200, "body": replies.completion(each["body"])}}
        for each in lines
    ]
    (sender.command.folder / "results.jsonl").write_text("\n".join(map(json.dumps, results)))
    keep = kept(sender)
    for step in STEPS:
        forget(sender, keep=keep)
        if not dies(sender, step, "import", "results.jsonl"):
            break
        imported = sender("import", "results.jsonl", "--json", *LEDGER)
        assert (imported.code, list(statuses(imported).values())) == (0, ["ok"] * 3), step
    assert step > 1
