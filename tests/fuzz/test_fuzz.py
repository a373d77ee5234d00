"""A short run of every target, the same each time: what strangers send ends in an outcome of ours."""

from __future__ import annotations

import json

import pytest

from tests.fuzz.mutate import mutate, with_sums
from tests.fuzz.runner import run
from tests.fuzz.targets import TARGETS, Target

RUNS = {"header": 3000, "picture": 500, "pdf": 300, "url": 1500, "reply": 3000, "stream": 3000, "config": 1500}
RUNS |= {"ledger": 20, "recording": 300}


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_inputs_end_in_an_outcome_of_ours(name: str) -> None:
    figures = run(name, seed=7, runs=RUNS[name])
    assert not figures.crashes
    assert figures.runs == RUNS[name]


@pytest.mark.parametrize("name", TARGETS)
def test_sound_inputs_are_taken(name: str) -> None:
    target: Target = TARGETS[name]
    for data in target.seeds():
        target.check(data)


def test_the_same_seed_gives_the_same_inputs() -> None:
    seeds = TARGETS["picture"].seeds()
    assert mutate(seeds, (), seed=1, number=5) == mutate(seeds, (), seed=1, number=5)
    assert len({mutate(seeds, (), seed=1, number=i) for i in range(50)}) == 50


def test_check_sums_are_made_right_again() -> None:
    whole = next(data for data in TARGETS["picture"].seeds() if data.startswith(b"\x89PNG"))
    assert with_sums(whole) == whole
    assert with_sums(whole[:29] + b"\0\0\0\0" + whole[33:]) == whole


@pytest.mark.parametrize(
    "change",
    [
        {"status": float("inf")},
        {"request": json.loads('{"a":' + "[" * 600 + "]" * 600 + "}")},
        {"body": 7},
        {"notes": 7},
    ],
    ids=["infinite status", "deep request", "body of no lines", "notes of none"],
)
def test_an_odd_recording_is_told_as_one(change: dict[str, object]) -> None:
    TARGETS["recording"].check(json.dumps(json.loads(TARGETS["recording"].seeds()[0]) | change).encode())
