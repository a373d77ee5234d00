"""Which machine takes which image, and how much of each limit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visionask.core.errors import UsageError
from visionask.core.share import Share, name_below, read_share, roots_of

NAMES = st.lists(st.text(min_size=1), max_size=40)


@given(names=NAMES, total=st.integers(1, 9))
def test_the_shares_hold_each_name_just_once(names: list[str], total: int) -> None:
    shares = [Share(number, total) for number in range(1, total + 1)]
    assert all(sum(share.takes(name) for share in shares) == 1 for name in names)


def test_the_rule_stays_what_it_is() -> None:
    # sha256("a/b.jpg") begins with 4a51636246e7c418: 5355170705667769368 is 0 modulo 3 and 8 modulo 10
    assert [Share(number, 3).takes("a/b.jpg") for number in (1, 2, 3)] == [True, False, False]
    assert Share(9, 10).takes("a/b.jpg")


@pytest.mark.parametrize(
    ("label", "args", "name"),
    [
        pytest.param("photos/a/b.jpg", ["photos"], "a/b.jpg", id="folder"),
        pytest.param("/mnt/7/photos/a/b.jpg", ["/mnt/7/photos/"], "a/b.jpg", id="elsewhere"),
        pytest.param("./a/b.jpg", ["."], "a/b.jpg", id="here"),
        pytest.param("/a/b.jpg", ["/"], "a/b.jpg", id="root"),
        pytest.param("D:\\photos\\a\\b.jpg", ["D:\\photos"], "a/b.jpg", id="backslashes"),
        pytest.param("s3://bucket/photos/a/b.jpg", ["s3://bucket/photos"], "a/b.jpg", id="store"),
        pytest.param("photos/a/b.jpg", ["photos", "photos/a"], "b.jpg", id="innermost"),
        pytest.param("photos/a/b.jpg", ["photos/a/b.jpg"], "photos/a/b.jpg", id="file"),
        pytest.param("photos2/b.jpg", ["photos"], "photos2/b.jpg", id="beginning-only"),
        pytest.param("p/cafe\u0301.jpg", ["p"], "caf\u00e9.jpg", id="decomposed"),
    ],
)
def test_an_image_has_one_name_wherever_its_folder_lies(label: str, args: list[str], name: str) -> None:
    assert name_below(label, roots_of(args)) == name


@given(limit=st.decimals(0, 10**6, places=2), total=st.integers(1, 50))
def test_the_shares_of_an_amount_pass_no_limit(limit: Decimal, total: int) -> None:
    share = Share(1, total).of_usd(limit)
    assert share is not None
    assert limit - Decimal("1e-6") <= share * total <= limit


def test_a_rate_is_divided_and_never_below_one() -> None:
    share = Share(2, 3)
    assert (share.of_rate(100, "--rpm"), share.of_rate(3, "--rpm"), share.of_rate(None, "--rpm")) == (33, 1, None)
    with pytest.raises(UsageError, match="--rpm 2 is less than 1 for each of 3"):
        share.of_rate(2, "--rpm")


@pytest.mark.parametrize("text", ["", "1", "0/3", "4/3", "-1/3", "1/3/5", "a/b", "1/", "/3", "1/99999999", "\u0661/3"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not I/N"):
        read_share(text)
    assert read_share("2/3") == Share(2, 3)
