"""What changed between two runs: pairs, flips, figures."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visionask.core.difference import Result, differ


def run(*answers: tuple[str, str | None], **more: object) -> list[Result]:
    return [
        Result(name=name, answer=answer, error=None if answer is not None else "refused", **more)  # type: ignore[arg-type]
        for name, answer in answers
    ]


def test_each_image_is_in_one_place() -> None:
    first = run(("a", "yes"), ("b", "no"), ("c", None), ("d", "no"), ("gone", "no"))
    second = run(("a", "Yes."), ("b", "yes"), ("c", "no"), ("d", None), ("new", "no"))
    found = differ(first, second)
    assert (found.same, [change.first.name for change in found.changed]) == (1, ["b"])
    assert (found.only_first, found.only_second) == (("gone",), ("new",))
    assert (found.failed_first, found.failed_second) == (("c",), ("d",))
    assert found.share_changed == 0.5


def test_a_folder_that_was_moved_is_paired_by_its_bytes() -> None:
    first = [Result(name="old/a.jpg", sha256="1", answer="x"), Result(name="old/b.jpg", sha256="2", answer="x")]
    second = [Result(name="new/b.jpg", sha256="2", answer="y"), Result(name="new/a.jpg", sha256="1", answer="x")]
    found = differ(first, second)
    assert (found.same, len(found.changed), found.only_first, found.only_second) == (1, 1, (), ())


def test_the_last_result_of_an_image_counts() -> None:
    found = differ(run(("a", None), ("a", "yes")), run(("a", "yes")))
    assert (found.same, found.failed_first) == (1, ())


def test_fields_that_differ_are_named() -> None:
    first = [Result(name="a", data={"shop": "Spar ", "total": 3.5, "date": None})]
    second = [Result(name="a", data={"shop": "spar", "total": 3.6, "date": None})]
    assert [change.fields for change in differ(first, second).changed] == [("total",)]


def test_flips_kappa_and_p_are_worked_by_hand() -> None:
    def many(kinds: dict[str, int]) -> list[str]:
        return [answer for answer, count in kinds.items() for _ in range(count)]

    old = many({"yes": 25, "no": 25})
    new = many({"yes": 20, "no": 5}) + many({"yes": 10, "no": 15})
    found = differ(
        run(*((str(n), answer) for n, answer in enumerate(old))),
        run(*((str(n), answer) for n, answer in enumerate(new))),
    )
    assert found.flips == {("no", "yes"): 10, ("yes", "no"): 5}
    assert found.kappa == pytest.approx(0.4)
    assert found.p == pytest.approx(2 * sum((1, 15, 105, 455, 1365, 3003)) / 2**15)


def test_open_answers_have_no_flips() -> None:
    found = differ(run(("a", "a red car"), ("b", "a dog")), run(("a", "one red car"), ("b", "a brown dog")))
    assert (len(found.changed), found.flips, found.kappa, found.p) == (2, {}, None, None)


def test_money_tokens_and_seconds_are_added_up() -> None:
    first = run(("a", "x"), ("b", "y"), usd=Decimal("0.002"), tokens=10, seconds=0.5)
    found = differ(first, run(("a", "x")))
    assert (found.first.usd, found.first.tokens, found.first.seconds) == (Decimal("0.004"), 20, 1.0)
    assert found.second.usd is None


def test_another_question_is_told() -> None:
    assert differ(run(("a", "x"), question="q"), run(("a", "x"), question="r")).questions == ("q", "r")


Answers = list[tuple[str, str | None]]
RUNS = st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(["yes", "no", None])), max_size=8)


@given(RUNS, RUNS)
def test_the_other_way_round_is_the_mirror(
    first: list[tuple[str, str | None]], second: list[tuple[str, str | None]]
) -> None:
    one, other = differ(run(*first), run(*second)), differ(run(*second), run(*first))
    assert (one.same, len(one.changed), one.only_first) == (other.same, len(other.changed), other.only_second)
    assert {(b, a): n for (a, b), n in one.flips.items()} == dict(other.flips)
    assert (one.kappa, one.p) == (other.kappa, other.p)
