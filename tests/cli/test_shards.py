"""`scan --shard` on several machines: each image on one of them, and one ledger in the end."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.cli.scanning import asked, fill, names, records, scan

if TYPE_CHECKING:
    from tests.cli.command import Command

SHARDS = ("1/3", "2/3", "3/3")
MERGE = ("logs", "merge", "m1.db", "m2.db", "m3.db", "--ledger", "all.db", "--json")


def spent(command: Command, ledger: str) -> Decimal:
    """Add up what a ledger says was spent, over all days and models."""
    days = command("logs", "stats", "--ledger", ledger, "--json").record["data"]["spend"]
    return sum((Decimal(day["usd"]) for day in days), Decimal(0))


def test_three_machines_ask_each_picture_once_and_their_ledgers_become_one(wire: Any) -> None:
    sender = wire("ok")
    command = sender.command
    pictures = fill(command.folder / "pics", 9)
    (pictures / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    found: list[list[str]] = []
    for number, shard in enumerate(SHARDS, 1):
        out = f"m{number}.jsonl"
        result = scan(sender, pictures, "--shard", shard, "--ledger", f"m{number}.db", "--json", "-o", out)
        found.append(names(result))
    together = [name for part in found for name in part]
    assert len(together) == len(set(together)) == 10
    assert max(map(len, found)) < 10
    assert set(asked(sender).values()) == {1}
    joined = b"".join((command.folder / f"m{number}.jsonl").read_bytes() for number in (1, 2, 3))
    told = [record for record in records(joined) if record.get("images")]
    assert sorted(record["images"][0]["source"] for record in told) == sorted(together)

    once = command(*MERGE).record["data"]["merged"]
    assert sum(once.values()) == 9
    paid = spent(command, "all.db")
    assert paid == sum(spent(command, f"m{number}.db") for number in (1, 2, 3)) > 0
    assert set(command(*MERGE).record["data"]["merged"].values()) == {0}
    assert spent(command, "all.db") == paid
    again = scan(sender, pictures, "--ledger", "all.db", "--json")
    assert sorted(names(again)) == sorted(together)
    assert asked(sender).total() == 9, "nothing is asked again"


def test_machines_agree_wherever_the_folder_lies(command: Command) -> None:
    for place in ("here", "mnt/there"):
        (command.folder / place).mkdir(parents=True)
        fill(command.folder / place / "pics", 12)
    counts = []
    for folder in ("here/pics", command.folder / "mnt/there/pics"):
        planned = [command("scan", "Q?", folder, "--shard", shard, "-n", "--json") for shard in SHARDS]
        counts.append([result.record["data"]["images"] for result in planned])
    assert counts[0] == counts[1]
    assert sum(counts[0]) == 12
    limited = [command("scan", "Q?", "here/pics", "--limit", "5", "--shard", each, "-n", "--json") for each in SHARDS]
    assert sum(result.record["data"]["images"] for result in limited) == 5, "the first 5 are shared"


def test_each_shard_has_its_share_of_every_limit_and_says_so(command: Command) -> None:
    fill(command.folder / "pics", 3)
    limits = ("--max-cost", "1", "--rpm", "100", "--tpm", "30000")
    told = command("scan", "Q?", "pics", *limits, "--shard", "2/3", "-n")
    (line,) = [line for line in told.err.splitlines() if line.startswith("shard 2 of 3")]
    for words in ("max cost $0.33", "33 requests a minute", "10,000 tokens a minute"):
        assert words in line
    for bad, flag in (("4/3", "--shard '4/3'"), ("1/200", "--rpm 100")):
        refused = command("scan", "Q?", "pics", *limits, "--shard", bad, "-n")
        assert (refused.code, flag in refused.err) == (2, True)


def test_a_share_of_the_budget_stops_its_shard(wire: Any) -> None:
    sender = wire("ok")
    pictures = fill(sender.command.folder / "pics", 6)
    # a tiny picture is 2 tokens and the question 10: $0.0000012 at least; a third of the budget is less
    stopped = scan(sender, pictures, "--shard", "1/3", "--max-cost", "0.000003")
    assert stopped.code == 5
    assert asked(sender).total() == 0


def test_merging_nothing_that_is_a_ledger_says_so(command: Command) -> None:
    (command.folder / "text.db").write_text("no database " * 100)
    for name, fact in (("gone.db", "does not exist"), ("text.db", "is no ledger")):
        result = command("logs", "merge", name, "--ledger", "all.db")
        assert (result.code, fact in result.err) == (9, True)
