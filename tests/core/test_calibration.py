"""The correction of a projection by what was measured."""

from __future__ import annotations

import pytest

from visionask.core.catalog import Model
from visionask.core.plan import PictureOptions, Planner
from visionask.core.projection import CalibratedPlanner, Measured, calibrated_model
from visionask.core.tokens import rule_of

TILES = rule_of(  # low is 85 tokens; 512 x 512 at high is 85 + 170 = 255
    "tiles",
    {
        "kind": "tiles",
        "choose": "cover",
        "tile": 512,
        "base": 85,
        "tile_tokens": 170,
        "levels": {"low": {"kind": "fixed", "tokens": 85}, "high": {}},
    },
)
MODEL = Model(name="m", entry="m", rule=TILES, basis="documented")


@pytest.mark.parametrize(
    ("ratio", "tokens"),
    [
        pytest.param(1.0, 255, id="agrees"),
        pytest.param(1.02, 260, id="260.1"),
        pytest.param(1.03, 263, id="262.65"),
        pytest.param(1.1, 281, id="280.5 is rounded up"),
        pytest.param(0.5, 128, id="127.5 is rounded up"),
    ],
)
def test_tokens_of_a_measured_detail_are_multiplied(ratio: float, tokens: int) -> None:
    measured = (Measured(detail="high", ratio=ratio, requests=3),)
    sizing = CalibratedPlanner(MODEL, PictureOptions(detail="high"), measured).size((512, 512))
    assert (sizing.tokens, sizing.full_size_tokens) == (tokens, None)


def test_a_detail_that_was_not_measured_is_left_alone() -> None:
    measured = (Measured(detail="high", ratio=2.0, requests=3),)
    planner = CalibratedPlanner(MODEL, PictureOptions(detail="low"), measured)
    assert planner.size((512, 512)).tokens == 85
    assert planner.size((512, 512)) is planner.size((512, 512))


def test_without_measurements_nothing_changes() -> None:
    options = PictureOptions(detail="high")
    assert CalibratedPlanner(MODEL, options, ()).size((512, 512)) == Planner(MODEL, options).size((512, 512))
    assert calibrated_model(MODEL, ()) is MODEL


def test_a_calibrated_model_is_inferred_and_tells_from_what() -> None:
    measured = (Measured(detail="high", ratio=1.02, requests=1), Measured(detail="low", ratio=1, requests=2000))
    found = calibrated_model(MODEL._replace(rule_note="why"), measured)
    assert found.basis == "inferred"
    assert "high x 1.020 (1 request), low x 1.000 (2,000 requests)" in found.rule_note
    assert found.rule_note.endswith("; why")


def test_a_model_without_a_rule_has_nothing_to_correct() -> None:
    unknown = Model(name="x", entry=None)
    measured = (Measured(detail="high", ratio=2.0, requests=3),)
    assert calibrated_model(unknown, measured) is unknown
    assert CalibratedPlanner(unknown, PictureOptions(), measured).size((900, 700)).tokens is None
