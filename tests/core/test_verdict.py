"""Verdicts: readings to true, false or undecided, at each boundary; and what several findings come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visionask.core.checks import (
    Choice,
    Finding,
    Judged,
    Point,
    Predicate,
    Reading,
    Rule,
    Score,
    judge,
    overall,
    read_levels,
    read_probabilities,
    read_rule,
    read_values,
    read_zone,
)
from visionask.core.errors import BadReply, StateError, Undecided, Unreachable

STATEMENT = Predicate(id="q1", text="it is red")
THEME = Choice(id="q1", text="which theme?", values=("light", "dark", "none"))
SHARP = Score(id="q1", text="how sharp?", low=1, high=5)


def likely(probability: float) -> list[Reading]:
    return [Reading(weights={"true": probability, "false": 1 - probability})]


def votes(*values: str) -> list[Reading]:
    return [Reading(weights={value: 1.0}) for value in values]


@pytest.mark.parametrize(
    ("readings", "threshold", "zone", "verdict"),
    [
        pytest.param(likely(0.5), None, None, "true", id="half"),
        pytest.param(likely(0.499), None, None, "false", id="under-half"),
        pytest.param(likely(0.9), 0.9, None, "true", id="at"),
        pytest.param(likely(0.8999), 0.9, None, "false", id="under"),
        pytest.param(likely(0.6), None, (0.4, 0.6), "undecided", id="upper-end-of-the-zone"),
        pytest.param(likely(0.601), None, (0.4, 0.6), "true", id="above-the-zone"),
        pytest.param(likely(0.4), None, (0.4, 0.6), "undecided", id="lower-end-of-the-zone"),
        pytest.param(likely(0.399), None, (0.4, 0.6), "false", id="below-the-zone"),
        pytest.param(votes("true"), None, None, "true", id="one-yes"),
        pytest.param(votes("false"), None, None, "false", id="one-no"),
        pytest.param(votes("unsure"), None, None, "undecided", id="one-unsure"),
        pytest.param(votes("true", "false"), None, None, "undecided", id="a-tie"),
        pytest.param(votes("true", "true", "false"), None, None, "true", id="two-of-three"),
        pytest.param(votes("true", "true", "false"), 0.9, None, "false", id="two-of-three-are-not-0.9"),
        pytest.param(votes("true", "true", "unsure"), 0.9, None, "undecided", id="the-third-could-make-it"),
        pytest.param(votes("true", "true", "true", "false", "unsure"), None, None, "true", id="3-1-1-at-0.5"),
        pytest.param(votes("true", "true", "true", "false", "unsure"), 0.7, None, "undecided", id="3-1-1-at-0.7"),
        pytest.param(votes("true", "false", "unsure"), None, None, "undecided", id="1-1-1"),
        pytest.param(votes("false", "false", "unsure"), None, None, "false", id="two-no"),
    ],
)
def test_statements(
    readings: list[Reading], threshold: float | None, zone: tuple[float, float] | None, verdict: str
) -> None:
    rule = Rule(threshold=threshold, unsure=zone)
    assert judge(Point(question=STATEMENT, rule=rule), readings).verdict == verdict


@pytest.mark.parametrize(
    ("weights", "expect", "threshold", "verdict"),
    [
        ({"light": 0.3, "dark": 0.45, "none": 0.25}, "dark", None, "true"),
        ({"light": 0.3, "dark": 0.45, "none": 0.25}, "dark", 0.5, "false"),
        ({"light": 0.3, "dark": 0.45, "none": 0.25}, "light", None, "false"),
        ({"light": 0.4, "dark": 0.4, "none": 0.2}, "dark", None, "undecided"),
        ({"light": 0.4, "dark": 0.4, "none": 0.2}, None, None, "undecided"),
        ({"light": 0.3, "dark": 0.45, "none": 0.25}, None, None, "value"),
    ],
)
def test_choices(weights: dict[str, float], expect: str | None, threshold: float | None, verdict: str) -> None:
    rule = read_rule(THEME, threshold=threshold, unsure=None, expect=expect)
    judged = judge(Point(question=THEME, rule=rule), [Reading(weights=weights)])
    assert judged.verdict == verdict
    assert judged.value == (None if verdict == "undecided" else "dark")


@pytest.mark.parametrize(
    ("expect", "probability", "verdict"),
    [("4", 0.3, "false"), (">=4", 0.5, "true"), ("2-4", 0.7, "true"), ("<3", 0.2, "false"), (">3", 0.5, "true")],
)
def test_scores(expect: str, probability: float, verdict: str) -> None:
    rule = read_rule(SHARP, threshold=None, unsure=None, expect=expect)
    weights = {"1": 0.1, "2": 0.1, "3": 0.3, "4": 0.3, "5": 0.2}
    judged = judge(Point(question=SHARP, rule=rule), [Reading(weights=weights)])
    assert (judged.probability, judged.verdict) == (probability, verdict)


@pytest.mark.parametrize("expect", ["0", "6", ">5", "x", "", "4-2"])
def test_no_score_meets_these(expect: str) -> None:
    with pytest.raises(ValueError, match="level from 1 to 5"):
        read_rule(SHARP, threshold=None, unsure=None, expect=expect)


def test_a_ledger_that_is_gone_outweighs_what_was_found_before() -> None:
    gone = Finding(image="a.png", point=FOUND.point, error=StateError("gone"))
    for is_any in (True, False):
        whole = overall([TORN, JUDGED["true"], gone], is_any=is_any)
        assert (whole.verdict, whole.error) == (None, gone.error)


def test_what_is_no_range_no_values_and_no_zone() -> None:
    for text in ("5-1", "1-1", "1", "a-b", "0-101", "-1-3"):
        with pytest.raises(ValueError, match="a range"):
            read_levels(text)
    for values in (["a"], ["a", "a"], ["a", ""], [str(n) for n in range(256)]):
        with pytest.raises(ValueError, match="2 to 255"):
            read_values(values)
    for zone in ([0.6, 0.4], [0.4], ["x", 1], [0.1, 0.2, 0.3]):
        with pytest.raises(ValueError, match="the lower first"):
            read_zone(zone)


FOUND = Finding(image="a.png", point=Point(question=STATEMENT, rule=Rule()))
JUDGED = {
    name: Finding(
        image="a.png",
        point=FOUND.point,
        judged=Judged(verdict=name, value=None, probability=0.5, distribution={}),
    )
    for name in ("true", "false", "value")
}
DOWN = Finding(image="a.png", point=FOUND.point, error=Unreachable("down"))
TORN = Finding(image="a.png", point=FOUND.point, error=Undecided("torn"))


@given(st.lists(st.sampled_from([*JUDGED.values(), DOWN, TORN, FOUND]), min_size=1), st.booleans())
def test_a_failure_is_never_a_verdict(findings: list[Finding], is_any: bool) -> None:
    whole = overall(findings, is_any=is_any)
    verdicts = [finding.verdict for finding in findings]
    errors = [finding.error for finding in findings if finding.error is not None]
    if is_any and "true" in verdicts:
        assert (whole.verdict, whole.error) == ("true", None)
    elif errors:
        assert (whole.verdict, whole.error) == (None, errors[0])
    elif "unasked" in verdicts:
        assert (whole.verdict, whole.error) == (None, None)
    else:
        assert whole.verdict == ("false" if "false" in verdicts else "true" if "true" in verdicts else "value")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"q1": {"maybe": 1}}', '{"q1": {"true": "x"}}', '{"q1": 1}', "null"])
def test_what_is_no_decision_is_no_verdict(text: str) -> None:
    with pytest.raises(BadReply):
        read_probabilities(text, [STATEMENT])
