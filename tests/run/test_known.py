"""The worker that looks at what is known: alone, and nothing that it found waits behind something slow."""

from __future__ import annotations

import threading

import pytest

from visionask.run.known import MOST, Place


def test_what_was_found_is_handed_on_when_the_place_is_given_up() -> None:
    brought: list[list[int]] = []
    place: Place[int] = Place(brought.append)
    assert not place.add(0)
    place.enter()
    place.enter()
    assert place.add(1)
    place.leave()
    assert brought == [[1]]
    assert not place.add(2)
    place.leave()
    assert brought == [[1]]


def test_many_are_handed_on_together_and_in_order() -> None:
    brought: list[list[int]] = []
    place: Place[int] = Place(brought.append)
    place.enter()
    for number in range(MOST + 1):
        place.add(number)
    assert max(map(len, brought)) <= MOST
    place.leave()
    assert [number for some in brought for number in some] == list(range(MOST + 1))


def test_nobody_else_looks_until_the_place_is_free_even_where_bringing_fails() -> None:
    def bring(_: list[int]) -> None:
        raise ValueError("full")

    place: Place[int] = Place(bring)
    place.enter()
    place.add(1)
    entered = threading.Event()

    def look() -> None:
        place.enter()
        entered.set()
        place.leave()

    other = threading.Thread(target=look)
    other.start()
    assert not entered.wait(0.05)
    with pytest.raises(ValueError, match="full"):
        place.leave()
    assert entered.wait(10)
    other.join()
