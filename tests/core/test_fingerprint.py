"""Keys: whatever changes the request changes the key, and nothing else does."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visionask.core.fingerprint import AnswerKeys, Asked, SentPicture, answer_key, encode, scan_key
from visionask.core.image import PictureSpec
from visionask.core.url import normal_base_url

SPEC = PictureSpec(width_px=1024, height_px=768)
A = SentPicture(detail="high", sha256="a" * 64, spec=SPEC)
B = SentPicture(detail="high", sha256="b" * 64, spec=SPEC)
ASKED = Asked(base_url=None, model="gpt-6-luna", question="What is it?", parameters={"max_tokens": 50})

text = st.text(st.characters(), max_size=8)  # with lone surrogates, as argv may have them
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    scalars | text | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


def typed(value):
    """Tell values apart by type too, where Python's own equality does not: 1, 1.0 and True; 0.0 and -0.0."""
    if isinstance(value, list):
        return ("list", tuple(map(typed, value)))
    if isinstance(value, dict):
        return ("dict", frozenset((name, typed(each)) for name, each in value.items()))
    return (type(value).__name__, repr(value))


@given(values, values)
def test_values_are_equal_where_their_encodings_are(one, other):
    assert (encode(one) == encode(other)) == (typed(one) == typed(other))


@given(st.lists(text), st.lists(text))
def test_no_two_lists_of_texts_run_together(one, other):
    assert (encode(one) == encode(other)) == (one == other)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["ab", "c"], b"l2:s2:abs1:c"),
        (["a", "bc"], b"l2:s1:as2:bc"),
        ({"b": 1, "a": None}, b"o2:s1:ans1:bi1:1"),
        ([True, False, 1, -1, 0.5], b"l5:tfi1:1i2:-1d3:0.5"),
        (b"\x00", b"b1:\x00"),
        ("é", b"s2:\xc3\xa9"),
        ("\udcff", b"s3:\xed\xb3\xbf"),
    ],
)
def test_the_encoding_is_the_documented_one(value, expected):
    assert encode(value) == expected


def test_what_has_no_canonical_form_is_refused():
    for bad in (float("nan"), float("inf"), Decimal("NaN")):
        with pytest.raises(ValueError, match="no key"):
            encode(bad)
    with pytest.raises(TypeError, match="set has no key"):
        encode({1, 2})


CHANGES = {
    "order": answer_key(ASKED, [B, A]),
    "fewer": answer_key(ASKED, [A]),
    "twice": answer_key(ASKED, [A, B, B]),
    "other bytes": answer_key(ASKED, [A, B._replace(sha256="c" * 64)]),
    "detail": answer_key(ASKED, [A, B._replace(detail="low")]),
    "frame": answer_key(ASKED, [A, B._replace(frame=1)]),
    "link": answer_key(ASKED, [A, SentPicture(detail="high", url="https://example.com/b.jpg")]),
    "other link": answer_key(ASKED, [A, SentPicture(detail="high", url="https://example.com/c.jpg")]),
    "width": answer_key(ASKED, [A, B._replace(spec=SPEC._replace(width_px=1023))]),
    "height": answer_key(ASKED, [A, B._replace(spec=SPEC._replace(height_px=767))]),
    "crop": answer_key(ASKED, [A, B._replace(spec=SPEC._replace(crop=(0, 0, 9, 9)))]),
    "redact": answer_key(ASKED, [A, B._replace(spec=SPEC._replace(redact=((0, 0, 9, 9),)))]),
    "quality": answer_key(ASKED, [A, B._replace(spec=SPEC._replace(quality=84))]),
    "metadata": answer_key(ASKED, [A, B._replace(spec=SPEC._replace(keeps_metadata=True))]),
    "base url": answer_key(ASKED._replace(base_url="http://127.0.0.1:8080/v1"), [A, B]),
    "model": answer_key(ASKED._replace(model="gpt-6-luna-2026-09-29"), [A, B]),
    "question": answer_key(ASKED._replace(question="What is it? "), [A, B]),
    "system": answer_key(ASKED._replace(system="Be brief."), [A, B]),
    "empty system": answer_key(ASKED._replace(system=""), [A, B]),
    "max tokens": answer_key(ASKED._replace(parameters={"max_tokens": 51}), [A, B]),
    "no parameter": answer_key(ASKED._replace(parameters={}), [A, B]),
    "temperature": answer_key(ASKED._replace(parameters={"max_tokens": 50, "temperature": 0.0}), [A, B]),
    "schema": answer_key(ASKED._replace(parameters={"max_tokens": 50, "schema": {"a": "int"}}), [A, B]),
    "scan": scan_key(ASKED, {}),
    "scan with options": scan_key(ASKED, {"detail": "high"}),
    "nothing": answer_key(ASKED, [A, B]),
}


def test_each_change_gives_a_key_of_its_own():
    assert len(set(CHANGES.values())) == len(CHANGES)
    assert all(len(key) == 64 and int(key, 16) >= 0 for key in CHANGES.values())


@pytest.mark.parametrize(
    "same",
    [
        answer_key(ASKED._replace(base_url="https://API.openai.com:443/v1/"), [A, B]),
        answer_key(ASKED, [A._replace(sha256="A" * 64), B]),
        answer_key(ASKED, [A, B._replace(spec=SPEC._replace(max_pixels=1, allows_truncated=True))]),
        answer_key(ASKED, (A, B)),
    ],
    ids=["spelling of the url", "case of the digest", "what only refuses", "tuple"],
)
def test_what_does_not_change_the_request_does_not_change_the_key(same):
    assert same == CHANGES["nothing"]


def test_the_order_of_redactions_and_parameters_does_not_count():
    one, other = (1, 1, 5, 5), (9, 9, 2, 2)
    keys = {
        answer_key(ASKED._replace(parameters=parameters), [A._replace(spec=SPEC._replace(redact=boxes))])
        for parameters in ({"x": 1, "y": 2}, {"y": 2, "x": 1})
        for boxes in ((one, other), (other, one), (one, other, one))
    }
    assert len(keys) == 1


def test_keys_made_one_after_the_other_are_those_made_alone():
    keys = AnswerKeys(ASKED)
    assert keys.key([B]) == answer_key(ASKED, [B])
    assert keys.key([A, B]) == CHANGES["nothing"]
    assert keys.key([A, B]) == CHANGES["nothing"]


def test_keys_stay_the_same_between_versions():
    """A key that changes unasked makes every ledger forget what was paid. Change it with KEY_VERSION only."""
    assert CHANGES["nothing"] == "af71a3d4b5bf35b4eec3502df35e8d08209534a5d6b85f36583907a2bb579d6b"
    assert CHANGES["scan"] == "816fa8c826583a4fce0aa835a28fb1b77fe3d2797f4e1cee163c13909b14e5b5"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (None, "https://api.openai.com/v1"),
        ("", "https://api.openai.com/v1"),
        (" HTTPS://me:secret@API.OpenAI.com:443/v1/ ", "https://api.openai.com/v1"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:8080/V1//", "http://localhost:8080/V1"),
        ("https://[::1]:8443/v1", "https://[::1]:8443/v1"),
        ("https://x.openai.azure.com/openai?api-version=1#top", "https://x.openai.azure.com/openai?api-version=1"),
        ("local:practice", "local:practice"),
        ("http://me:secret@host:port/v1", "host:port/v1"),
    ],
)
def test_a_base_url_has_one_spelling_and_no_password(url, expected):
    assert normal_base_url(url) == expected
