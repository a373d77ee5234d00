"""Labels: files of them as people write them, and answers held against them."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visionask.core.errors import UsageError
from visionask.core.labels import (
    Kind,
    field_of,
    is_right,
    kind_of,
    normalise,
    read_labels,
    read_number,
    read_yes,
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("image,label\na.jpg,yes\nb.jpg,no\n", id="table"),
        pytest.param("Image;LABEL\na.jpg;yes\nb.jpg;no\n", id="semicolons and capitals, as a spreadsheet saves"),
        pytest.param("image\tlabel\na.jpg\tyes\nb.jpg\tno\n", id="tabs"),
        pytest.param("\ufeffimage,label\r\na.jpg,yes\r\n\r\nb.jpg,no", id="byte order mark, CRLF, empty line"),
        pytest.param('label,note,image\nyes,"x, y",a.jpg\n" no ",,b.jpg\n', id="other columns, any order"),
        pytest.param('{"image": "a.jpg", "label": "yes"}\n\n{"image": "b.jpg", "label": "no"}\n', id="JSON lines"),
    ],
)
def test_labels_are_read(text: str) -> None:
    assert [(label.image, dict(label.values)) for label in read_labels(text, "l")] == [
        ("a.jpg", {"": "yes"}),
        ("b.jpg", {"": "no"}),
    ]


def test_fields_are_columns_or_objects() -> None:
    table = read_labels("image,label.total,label.shop.name\na.jpg,3.50,Spar\n", "l")
    lines = read_labels('{"image": "a.jpg", "label": {"total": "3.50", "shop": {"name": "Spar"}}}', "l")
    assert table[0].values == lines[0].values == {"total": "3.50", "shop.name": "Spar"}
    assert read_labels('{"image": "a.jpg", "label": {"paid": true}}', "l")[0].values == {"paid": "true"}


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        ("'=1+1", "=1+1"),
        ("'-a", "-a"),
        ("''@b", "'@b"),
        ("'\uff1dc", "\uff1dc"),
        ("'twas", "'twas"),
        ("-5", "-5"),
        ("'", "'"),
    ],
)
def test_the_quote_before_a_formula_is_no_part_of_a_name_or_a_label(cell: str, plain: str) -> None:
    (label,) = read_labels(f"image,label\n{cell},{cell}\n", "l")
    assert (label.image, label.values) == (plain, {"": plain})
    (label,) = read_labels('{"image": "\'=a.jpg", "label": "\'=b"}', "l")
    assert (label.image, label.values) == ("'=a.jpg", {"": "'=b"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "l has no columns image and label: its first line is nothing"),
        ("file,answer\na.jpg,yes\n", "l has no columns image and label: its first line is file, answer"),
        ("image,label\n", "l holds no labels"),
        ("image,label\na.jpg,yes\nb.jpg,\n", "l, line 3: b.jpg has no label"),
        ("image,label\n,yes\n", "l, line 2: it names no image"),
        ("image,label\na.jpg,yes,1\n", "l, line 2: there are more cells than heads"),
        ("image,label\na.jpg,yes\nb.jpg,no\na.jpg,no\n", "l, line 4: a.jpg has another label in line 2"),
        ('{"image": "a.jpg"}', "l, line 1: it has no image and label"),
        ('{"image": "a.jpg", "label": "x"}\n{', "l, line 2: it is no JSON"),
        (
            '{"image": "a", "label": {"x": 1}}\n{"image": "b", "label": {"y": 1}}',
            "l, line 2: b has other fields (y) than line 1",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(UsageError) as error:
        read_labels(text, "l")
    assert error.value.message.startswith(told)
    assert error.value.hint


@given(st.text(max_size=200))
def test_any_text_is_labels_or_refused(text: str) -> None:
    for start in ("", "image,label\n", '{"image":'):
        with contextlib.suppress(UsageError):
            read_labels(start + text, "l")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["yes", "No", "TRUE"], "yes_no"),
        (["1", "0"], "number"),
        (["1", "0", "yes"], "yes_no"),
        (["3", "4.5", "-2"], "number"),
        (["3", "three"], "text"),
        (["red", "yes"], "text"),
    ],
)
def test_a_column_is_what_all_its_labels_are(values: list[str], kind: Kind) -> None:
    assert kind_of(values) == kind


@pytest.mark.parametrize(
    ("answer", "label", "kind", "right"),
    [
        ("Yes, there is one.", "yes", "yes_no", True),
        ("No.", "yes", "yes_no", False),
        ("I cannot tell.", "no", "yes_no", False),
        ("true", "yes", "yes_no", True),
        ("1,250.50", "1250.5", "number", True),
        ("$3.", "3", "number", True),
        ("about three", "3", "number", False),
        (" The-Cat. ", "the cat", "text", True),
        ("a cat", "cat", "text", False),
        (None, "cat", "text", False),
    ],
)
def test_an_answer_is_held_against_its_label(answer: str | None, label: str, kind: Kind, right: bool) -> None:
    assert is_right(answer, label, kind) is right


def test_numbers_have_a_tolerance() -> None:
    assert is_right("10.4", "10", "number", tolerance=Decimal("0.4"))
    assert not is_right("10.41", "10", "number", tolerance=Decimal("0.4"))


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    read_number(text)
    read_yes(text)
    assert is_right(text, text, "text")


def test_fields_are_found_by_their_path() -> None:
    data = {"total": {"amount": 3.5}, "lines": ["a", "b"], "paid": True, "none": None}
    assert [field_of(data, path) for path in ("total.amount", "lines.1", "paid", "none", "total", "lines.9")] == [
        "3.5", "b", "true", None, None, None,
    ]  # fmt: skip


def test_a_line_separator_inside_a_json_label_ends_no_line() -> None:
    (label,) = read_labels('{"image": "a.jpg", "label": "one\u2028two"}\n', "labels.jsonl")
    assert label.values == {"": "one\u2028two"}
