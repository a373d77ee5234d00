"""What a picture's size shows of the limits of vision models: thresholds at their edges, and the flags that help."""

from __future__ import annotations

import re
from typing import Any

import pytest

from visionask.config.catalog import load_catalog, load_sight, read_data
from visionask.core.catalog import Model
from visionask.core.geometry import Size
from visionask.core.plan import PictureOptions, Planner, Sight, limits_of
from visionask.core.projection import Tally, Terms

STRIP, PANORAMA, TEXT = "a very long strip", "a shrunk panorama", "shrunk so far"
SIGHT = Sight(strip_ratio=200, panorama_ratio=4, ordinary_text_px=16, least_text_px=4)
UNKNOWN = Model(name="somebody-elses", entry=None, sight=SIGHT)


def kinds(region: tuple[int, int], seen: tuple[int, int]) -> list[str]:
    found = limits_of(Size(*region), Size(*seen), sight=SIGHT, flags=())
    return [next(kind for kind in (STRIP, PANORAMA, TEXT) if text.startswith(kind)) for text in found]


@pytest.mark.parametrize(
    ("region", "seen", "found"),
    [
        pytest.param((4000, 3000), (2048, 1536), [], id="an ordinary photograph"),
        pytest.param((8192, 6144), (2048, 1536), [], id="16 px of text on 4"),
        pytest.param((8196, 6147), (2048, 1536), [TEXT], id="less than 4"),
        pytest.param((6147, 8196), (1536, 2048), [TEXT], id="less than 4, upright"),
        pytest.param((4000, 1000), (2048, 512), [], id="4 to 1"),
        pytest.param((4001, 1000), (2048, 512), [PANORAMA], id="more than 4 to 1"),
        pytest.param((1000, 4001), (512, 2048), [PANORAMA], id="more than 4 to 1, upright"),
        pytest.param((728, 90), (728, 90), [], id="a banner that is sent as it is"),
        pytest.param((20_000, 2000), (2048, 205), [PANORAMA, TEXT], id="one of each"),
        pytest.param((2000, 10), (2000, 10), [], id="200 to 1"),
        pytest.param((2010, 10), (2010, 10), [STRIP], id="more than 200 to 1"),
        pytest.param((2010, 10), (1000, 5), [STRIP], id="a strip is no panorama too"),
    ],
)
def test_each_threshold_at_its_edge(region: tuple[int, int], seen: tuple[int, int], found: list[str]):
    assert kinds(region, seen) == found


def test_the_thresholds_are_data_with_source_and_reason():
    data = read_data("sight.json")
    assert load_catalog().sight == load_sight() == SIGHT
    assert set(data["why"]) == set(SIGHT._fields)
    assert data["source"].startswith("developers.openai.com/")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", data["checked"])


def test_of_a_model_whose_sight_is_not_known_nothing_is_said():
    assert Planner(UNKNOWN._replace(sight=None), PictureOptions()).size((12_000, 9000)).warnings == ()


@pytest.mark.parametrize(
    ("name", "options", "flags"),
    [
        pytest.param("gpt-6-luna", {"detail": "low"}, "--crop, -d high", id="low"),
        pytest.param("gpt-4o", {}, "--crop", id="high is the most that the model has"),
        pytest.param("gpt-5.6-sol", {}, "--crop, -d original", id="a model that has original"),
        pytest.param("gpt-5.6-sol", {"max_side_px": 900}, "--crop, --max-side", id="the user's own limit"),
        pytest.param("gpt-5.6-sol", {"max_image_tokens": 300}, "--crop, --image-tokens", id="the user's own tokens"),
        pytest.param("somebody-elses", {}, "--crop, -d original", id="a model that nobody knows"),
        pytest.param("gpt-4o", {"resizes": False}, "--crop", id="the provider shrinks it"),
    ],
)
def test_the_flags_that_help_are_named(name: str, options: dict[str, Any], flags: str):
    model = load_catalog().find(name) or UNKNOWN
    sizing = Planner(model, PictureOptions(**options)).size((12_000, 9000))
    assert sizing.limits == (f"shrunk so far that ordinary text cannot be read (see {flags})",)
    assert sizing.warnings[-1:] == sizing.limits


def test_what_is_sent_whole_is_not_warned_about():
    sizing = Planner(UNKNOWN, PictureOptions(detail="original")).size((12_000, 9000))
    assert (sizing.sent, sizing.limits) == ((12_000, 9000), ())


def test_a_part_is_judged_by_its_own_size():
    """What the warning advises must end it."""
    sizing = Planner(UNKNOWN, PictureOptions(crop=(0, 0, 2000, 1500))).size((12_000, 9000))
    assert sizing.limits == ()


def test_a_tally_counts_pictures_and_keeps_one_line_of_a_kind():
    planner, tally = Planner(UNKNOWN, PictureOptions()), Tally()
    for size in [(12_000, 9000), (13_000, 9000), (300, 200), (9000, 2000)]:
        tally.add(planner.size(size))
    terms = Terms(is_one_request=False)
    projection = tally.project(UNKNOWN, text_tokens=0, is_text_about=False, terms=terms)
    assert [(text[:13], count) for text, count in projection.limits] == [("shrunk so far", 3), ("a shrunk pano", 1)]
