"""Plans: the detail that is decided, the size that is sent, the warnings, and the laws over every model and option."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from visionask.config.catalog import load_catalog
from visionask.core.catalog import Model
from visionask.core.errors import InputError, TooLarge, UsageError
from visionask.core.fingerprint import Asked, SentPicture, answer_key
from visionask.core.plan import PictureOptions, Planner, Sizing
from visionask.core.tokens import Level

from . import reference

CATALOG = load_catalog()
UNKNOWN = Model(name="somebody-elses", entry=None)
KNOWN = {name: rule for name, rule in reference.RULES.items() if rule is not None}
# One model for each distinct rule.
NAMES = sorted({rule: name for name, rule in KNOWN.items()}.values())


def plan(name: str, size: tuple[int, int], **options: Any) -> Sizing:
    model = CATALOG.find(name)
    return Planner(model or UNKNOWN, PictureOptions(**options)).size(size)


@pytest.mark.parametrize(
    ("name", "size", "level", "sent", "tokens"),
    [
        pytest.param("gpt-6-luna", (512, 512), "low", (512, 512), 308, id="fits in 512 x 512"),
        pytest.param("gpt-6-luna", (513, 512), "high", (513, 512), 327, id="one px more: 17 x 16 x 1.2 = 326.4"),
        pytest.param("gpt-6-luna", (4000, 3000), "high", (1824, 1368), 2942, id="57 x 43 = 2451 patches x 1.2"),
        pytest.param("gpt-4o", (400, 300), "low", (400, 300), 85, id="base"),
        pytest.param("gpt-4o", (4000, 3000), "high", (1024, 768), 765, id="4 tiles"),
        pytest.param("gpt-5.4", (4000, 3000), "high", (1824, 1368), 2942, id="2048 x 1536, then the budget"),
        pytest.param("gpt-5-mini", (1800, 2400), "high", (1056, 1408), 1743, id="33 x 44 = 1452 patches x 1.2"),
    ],
)
def test_auto_is_decided_here(name: str, size: tuple[int, int], level: str, sent: tuple[int, int], tokens: int):
    sizing = plan(name, size)
    assert (sizing.level, sizing.sent, sizing.tokens, sizing.warnings) == (level, sent, tokens, ())
    assert (sizing.spec.width_px, sizing.spec.height_px) == sent


@pytest.mark.parametrize("name", NAMES)
def test_low_is_a_picture_of_512_px_on_every_model(name: str):
    sizing = plan(name, (4000, 3000), detail="low")
    assert (sizing.level, sizing.sent) == ("low", (512, 384))
    assert sizing.tokens == reference.tokens(KNOWN[name], (512, 384), "low")


def test_auto_follows_the_crop_and_not_the_picture():
    sizing = plan("gpt-6-luna", (4000, 3000), crop=(100, 100, 320, 320))
    assert (sizing.level, sizing.sent, sizing.tokens) == ("low", (320, 320), 120)
    assert sizing.spec.crop == (100, 100, 320, 320)
    assert sizing.upright == (4000, 3000)


def test_boxes_are_cut_to_the_picture():
    sizing = plan("gpt-6-luna", (1000, 800), crop=(900, 700, 500, 500), redact=((-10, -10, 20, 20),))
    assert (sizing.spec.crop, sizing.spec.redact, sizing.sent) == ((900, 700, 100, 100), ((0, 0, 10, 10),), (100, 100))


@pytest.mark.parametrize(("degrees", "sent"), [(None, (1024, 768)), (180, (1024, 768)), (90, (768, 1024))])
def test_a_turned_picture_is_sent_in_its_new_shape(degrees: int | None, sent: tuple[int, int]):
    sizing = plan("gpt-4o", (4000, 3000), rotate=degrees)
    assert (sizing.upright, sizing.sent, sizing.tokens) == ((4000, 3000), sent, 765)
    assert sizing.spec[:2] == sent
    assert sizing.spec.rotate == (degrees or 0)


def test_boxes_are_in_the_picture_as_it_is_turned():
    sizing = plan("gpt-6-luna", (1000, 800), rotate=270, crop=(700, 900, 500, 500), redact=((790, 990, 99, 99),))
    assert (sizing.spec.crop, sizing.spec.redact, sizing.sent) == (
        (700, 900, 100, 100),
        ((790, 990, 10, 10),),
        (100, 100),
    )
    with pytest.raises(InputError, match=r"^--crop 900,0,5,5 lies outside the picture of 800 x 1000 px$"):
        plan("gpt-6-luna", (1000, 800), rotate=90, crop=(900, 0, 5, 5))


def test_each_turn_is_another_question_and_none_is_the_same_as_before():
    """The key without a turn is of a ledger that was written before there were any."""
    keys = [
        answer_key(
            Asked(base_url=None, model="m", question="q"),
            [SentPicture(detail="low", sha256="00" * 32, spec=plan("gpt-4o", (300, 300), rotate=degrees).spec)],
        )
        for degrees in (None, 90, 180, 270)
    ]
    assert len(set(keys)) == 4
    assert keys[0] == "b059379fc3cc1e0cf64d999cd630a49bb80a1b8774c29413fde90e560099acc3"


@pytest.mark.parametrize(
    ("options", "flag"),
    [
        ({"crop": (1000, 0, 5, 5)}, "--crop 1000,0,5,5"),
        ({"redact": ((0, 0, 9, 9), (0, 800, 5, 5))}, "--redact 0,800,5,5"),
    ],
)
def test_a_box_outside_the_picture_is_an_error_that_names_both(options: dict[str, Any], flag: str):
    with pytest.raises(InputError) as caught:
        plan("gpt-6-luna", (1000, 800), **options)
    assert caught.value.message == f"{flag} lies outside the picture of 1000 x 800 px"


@pytest.mark.parametrize("name", NAMES)
def test_original_is_refused_where_the_model_has_none(name: str):
    if "original" in reference.levels(KNOWN[name]):
        assert plan(name, (1000, 800), detail="original").sent == (1000, 800)
        return
    with pytest.raises(UsageError) as caught:
        plan(name, (1000, 800), detail="original")
    assert caught.value.message == f"{name} has no detail level original"


def test_original_above_the_limit_is_shrunk_to_it_and_says_so():
    sizing = plan("gpt-5.6-sol", (10_000, 10_000), detail="original")
    assert (sizing.sent, sizing.tokens) == ((5536, 5536), 35_915)  # 173 x 173 = 29,929 patches x 1.2 = 35,914.8
    assert sizing.warnings == ("10000 x 10000 px is above the provider's patch limit: shrunk to 5536 x 5536 px",)
    assert plan("gpt-5.6-sol", (6400, 4800), detail="original").warnings == ()


@pytest.mark.parametrize(
    ("size", "sent", "words"),
    [
        pytest.param((2000, 10), (2000, 10), [], id="200 to 1"),
        pytest.param((2001, 10), (2001, 10), ["very long strip"], id="more than 200 to 1"),
        pytest.param((10, 2001), (10, 2001), ["very long strip"], id="upright"),
        pytest.param((100, 1), (100, 2), ["1 px is sent as 2 px"], id="one px high"),
        pytest.param((1, 1), (2, 2), ["1 px is sent as 2 px"], id="one px"),
    ],
)
def test_odd_shapes_are_warned_about(size: tuple[int, int], sent: tuple[int, int], words: list[str]):
    sizing = plan("gpt-6-luna", size)
    assert sizing.sent == sent
    assert [word for word, warning in zip(words, sizing.warnings, strict=True) if word in warning] == words


@pytest.mark.parametrize(
    ("name", "size", "options", "level", "tokens"),
    [
        pytest.param("gpt-6-luna", (4000, 2500), {}, "original", 11_850, id="auto is the provider's: original"),
        pytest.param("gpt-5.4", (2048, 2048), {}, "high", 3000, id="auto is the provider's: high"),
        pytest.param("gpt-5.4", (2048, 2048), {"detail": "low"}, "low", 4916, id="the provider's low is dearer"),
        pytest.param("gpt-4o", (400, 300), {}, "high", 255, id="high although it is small"),
        pytest.param("gpt-4o", (2049, 513), {"detail": "high"}, "high", 1445, id="the provider's own shrinking"),
    ],
)
def test_without_resizing_the_full_size_goes_at_the_providers_own_price(
    name: str, size: tuple[int, int], options: dict[str, Any], level: str, tokens: int
):
    sizing = plan(name, size, resizes=False, **options)
    assert (sizing.sent, sizing.level, sizing.tokens) == (size, level, tokens)


def test_without_resizing_a_size_that_the_provider_refuses_is_an_error():
    with pytest.raises(TooLarge, match="35,344 patches"):
        plan("gpt-5.6-sol", (6000, 6000), resizes=False)
    assert plan("gpt-5.6-sol", (6000, 6000), resizes=False, detail="high").tokens == 3000


@pytest.mark.parametrize(
    ("name", "size", "full"),
    [
        pytest.param("gpt-5.6-sol", (4000, 2500), 11_850, id="original"),
        pytest.param("gpt-5.6-sol", (6000, 6000), None, id="would be refused"),
        pytest.param("gpt-4o", (400, 300), 255, id="high"),
        pytest.param("gpt-image-2", (400, 300), None, id="no rule"),
    ],
)
def test_full_size_is_what_others_would_pay(name: str, size: tuple[int, int], full: int | None):
    assert plan(name, size, detail="low").full_size_tokens == full


@pytest.mark.parametrize(
    ("size", "options", "level", "sent"),
    [
        pytest.param((400, 300), {}, "low", (400, 300), id="small"),
        pytest.param((4000, 3000), {"detail": "low"}, "low", (512, 384), id="low"),
        pytest.param((4000, 1000), {}, "high", (2048, 512), id="within the pixel budget"),
        pytest.param((4000, 4000), {}, "high", (1600, 1600), id="the pixel budget"),
        pytest.param((4000, 3000), {"detail": "original"}, "original", (4000, 3000), id="original"),
        pytest.param((4000, 3000), {"max_side_px": 1000}, "high", (1000, 750), id="max side"),
        pytest.param((4000, 3000), {"resizes": False}, "high", (4000, 3000), id="no resize"),
        pytest.param((1, 9), {}, "low", (2, 9), id="1 px"),
    ],
)
def test_an_unknown_model_is_planned_without_tokens(
    size: tuple[int, int], options: dict[str, Any], level: str, sent: tuple[int, int]
):
    sizing = plan("somebody-elses", size, **options)
    assert (sizing.level, sizing.sent, sizing.tokens, sizing.full_size_tokens) == (level, sent, None, None)


def test_a_token_limit_needs_a_known_rule():
    """Silently ignored, it would send the full size and bill what the user forbade."""
    with pytest.raises(UsageError, match=r"^--image-tokens .* somebody-elses"):
        plan("somebody-elses", (4000, 3000), max_image_tokens=500)


def test_each_size_is_planned_once():
    planner = Planner(UNKNOWN, PictureOptions())
    assert planner.size((4000, 3000)) is planner.size((4000, 3000))
    assert planner.size((4000, 3000)) is not planner.size((3000, 4000))


sides = st.integers(1, 10_000)
sizes = st.tuples(sides, sides)
details = st.sampled_from(["auto", *get_args(Level)])
boxes = st.tuples(st.integers(-500, 9999), st.integers(-500, 9999), sides, sides)
laws = settings(max_examples=250, deadline=None, database=None)


@laws
@given(
    name=st.sampled_from([*NAMES, "somebody-elses"]),
    size=sizes,
    detail=details,
    max_side_px=st.none() | st.integers(2, 10_000),
    max_image_tokens=st.none() | st.integers(1, 40_000),
    crop=st.none() | boxes,
)
def test_the_laws_hold_for_all_models_and_options(
    name: str,
    size: tuple[int, int],
    detail: str,
    max_side_px: int | None,
    max_image_tokens: int | None,
    crop: tuple[int, int, int, int] | None,
):
    rule = KNOWN.get(name)
    assume(rule is None or detail == "auto" or detail in reference.levels(rule))
    if rule is None:
        max_image_tokens = None
    try:
        sizing = plan(name, size, detail=detail, max_side_px=max_side_px, max_image_tokens=max_image_tokens, crop=crop)
    except InputError:
        assert crop is not None
        assert crop[0] >= size[0] or crop[1] >= size[1] or crop[0] + crop[2] <= 0 or crop[1] + crop[3] <= 0
        return
    except UsageError as refused:
        named = refused.message.split(" cannot be reached")[0]
        assert named == f"--image-tokens {max_image_tokens}"  # only some examples are refused
        return
    region = size if sizing.spec.crop is None else sizing.spec.crop[2:]
    sent = sizing.sent
    assert 2 <= sent[0] <= max(2, region[0])
    assert 2 <= sent[1] <= max(2, region[1])
    assert max(sent) <= (max_side_px or 10_000)
    assert sizing.level == (detail if detail != "auto" else "low" if max(region) <= 512 else "high")
    assert sizing.level != "low" or max(sent) <= 512
    if rule is None:
        assert sizing.tokens is None
        return
    assert sizing.tokens is not None
    assert sizing.tokens <= (max_image_tokens or sizing.tokens)
    # The projection holds whatever the server does: its rule on the size that is sent gives the projected tokens,
    # and planning that size again changes nothing.
    assert sizing.tokens == reference.tokens(rule, sent, sizing.level)
    again = plan(name, sent, detail=sizing.level)
    assert (again.sent, again.tokens) == (sent, sizing.tokens)


@laws
@given(name=st.sampled_from(NAMES), size=sizes, detail=details)
def test_without_resizing_the_providers_rule_is_the_projection(name: str, size: tuple[int, int], detail: str):
    rule = KNOWN[name]
    assume(detail == "auto" or detail in reference.levels(rule))
    expected = reference.tokens(rule, size, rule.auto if detail == "auto" else detail)
    try:
        sizing = plan(name, size, detail=detail, resizes=False)
    except TooLarge:
        assert expected is None
    else:
        assert sizing.tokens == expected
        assert sizing.sent == (max(2, size[0]), max(2, size[1]))
