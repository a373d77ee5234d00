"""Labels: what is right for each image, where it is read from, and whether an answer is that.

A label is one value, or one for each field of a schema. Values are compared by what all labels of a column are: yes
or no, numbers within a tolerance, or text after normalising. A file of labels is a table (CSV) with the columns
`image` and `label`, or `label.FIELD` for each field, or JSON lines with the keys `image` and `label`, as the HTML
report saves them.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal

from visionask.core.dataclass import dataclass
from visionask.core.errors import UsageError
from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

Kind = Literal["yes_no", "number", "text"]

_TRUE, _FALSE = frozenset({"yes", "true", "y", "1"}), frozenset({"no", "false", "n", "0"})
_QUOTED = re.compile("'+[=+\\-@\t\r\n\0\uff1d\uff0b\uff0d\uff20]")  # as report.js and csv_report.py write it
_HEAD = re.compile(r"image\Z|label(?=\.|\Z)", re.IGNORECASE)
_WORDS = (_TRUE | _FALSE) - {"1", "0"}  # a column of 1 and 0 alone is numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What is right for one image. `values` by field: "" for the whole answer, else a path such as "total.amount"."""

    image: str
    line: int  # of the labels' file, from 1
    values: Mapping[str, str]


def read_labels(text: str, name: str) -> tuple[Label, ...]:
    """Return the labels of a file's text, in its order; a byte order mark is no part of it. Raises UsageError.

    What is wrong is told with its line: no such columns, an image without a label, or one with two that differ.
    """
    text = text.removeprefix("\ufeff")
    is_json = text.lstrip()[:1] == "{"
    labels: dict[str, Label] = {}
    for line, row in _json_rows(text, name) if is_json else _table_rows(text, name):
        label = _label(row, line, name)
        earlier = labels.setdefault(label.image, label)
        if earlier.values != label.values:
            raise _wrong(name, line, f"{label.image} has another label in line {earlier.line}", "keep one of them")
    if not labels:
        raise UsageError(f"{name} holds no labels", "write a line for each image below the heads: image,label")
    found = tuple(labels.values())
    for label in found:
        if label.values.keys() != found[0].values.keys():
            told = ", ".join(path or "label" for path in label.values)
            fact = f"{label.image} has other fields ({told}) than line {found[0].line}"
            raise _wrong(name, label.line, fact, "give each the same")
    return found


def _table_rows(text: str, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    first = text.split("\n", 1)[0]
    delimiter = next((each for each in ",;\t" if each in first), ",")  # of a spreadsheet in any country
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", delimiter=delimiter)
    try:
        heads = [_HEAD.sub(lambda found: found[0].lower(), head.strip()) for head in reader.fieldnames or ()]
        if "image" not in heads or not any(head == "label" or head.startswith("label.") for head in heads):
            found = ", ".join(heads) or "nothing"
            raise UsageError(f"{name} has no columns image and label: its first line is {found}", "add image,label")
        reader.fieldnames = heads
        for row in reader:
            if row.get("") is not None:
                raise _wrong(name, reader.line_num, "there are more cells than heads", "quote cells that hold a comma")
            yield reader.line_num, {head: _unquoted(cell) for head, cell in row.items()}
    except csv.Error as error:
        raise _wrong(name, reader.line_num, f"it is no CSV ({error})", "save it as CSV in UTF-8") from error


def _unquoted(cell: str | None) -> str | None:
    """Return a cell without the quote that our reports put before what a spreadsheet would take for a formula."""
    return cell[1:] if cell is not None and _QUOTED.match(cell) else cell


def _json_rows(text: str, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, words in enumerate(text.split("\n"), 1):
        if not words.strip():
            continue
        try:
            row = json.loads(words)
        except (ValueError, RecursionError) as error:
            raise _wrong(name, line, "it is no JSON", 'write {"image": "a.jpg", "label": "yes"}') from error
        if not isinstance(row, dict) or "image" not in row or "label" not in row:
            raise _wrong(name, line, "it has no image and label", 'write {"image": "a.jpg", "label": "yes"}')
        label = row["label"]
        values = _flat(label, "label") if isinstance(label, dict) else {"label": label}
        yield line, {"image": row["image"], **values}


def _flat(data: dict[str, Any], path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in data.items():
        found |= _flat(value, f"{path}.{key}") if isinstance(value, dict) else {f"{path}.{key}": value}
    return found


def _label(row: Mapping[str, Any], line: int, name: str) -> Label:
    image = row["image"]
    if not isinstance(image, str) or not image.strip():
        raise _wrong(name, line, "it names no image", "write its path, from the folder of this file")
    values = {
        head.removeprefix("label").removeprefix("."): _plain(value)
        for head, value in row.items()
        if head == "label" or head.startswith("label.")
    }
    if not all(values.values()):
        raise _wrong(name, line, f"{image} has no label", "label it, or leave the line out")
    return Label(image=image, line=line, values=values)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).strip()


def _wrong(name: str, line: int, fact: str, hint: str) -> UsageError:
    return UsageError(f"{name}, line {line}: {fact}", hint)


class Taken(NamedTuple):
    """What a question can answer in one field: told in words, and as a test of a label."""

    words: str
    holds: Callable[[str], bool]


def refuse_untaken(labels: Iterable[Label], taken: Mapping[str, Taken], name: str) -> None:
    """Raise UsageError for labels of a file `name` that no answer can be, with the line of the first."""
    wrong = [
        (label, path)
        for label in labels
        for path, field in taken.items()
        if path in label.values and not field.holds(label.values[path])
    ]
    if wrong:
        label, path = wrong[0]
        more = f" ({len(wrong) - 1:,} more labels are none of it)" if len(wrong) > 1 else ""
        fact = f"{label.image} is labelled {label.values[path]!r}, and the answer is {taken[path].words}{more}"
        raise _wrong(name, label.line, fact, "correct the label, or ask another question")


def odd_label(labels: Sequence[Label], path: str) -> Label | None:
    """Return the first label that is neither yes nor no, or no number, where 9 of 10 are; None where there is none."""
    for is_usual in (is_yes_or_no, is_number):
        odd = [label for label in labels if not is_usual(label.values[path])]
        if odd and len(odd) * 10 <= len(labels):
            return odd[0]
    return None


def is_yes_or_no(text: str) -> bool:
    """Return whether a text is yes, no, true, false or their like, and nothing besides."""
    return normalise(text) in _TRUE | _FALSE


def is_number(text: str) -> bool:
    """Return whether a text is one number."""
    return read_number(text) is not None


def kind_of(values: Iterable[str]) -> Kind:
    """Return what a column of labels holds: "yes", "no" and their like; numbers; else text."""
    plain = {normalise(value) for value in values}
    if plain and plain <= (_TRUE | _FALSE) and plain & _WORDS:
        return "yes_no"
    return "number" if plain and all(read_number(value) is not None for value in values) else "text"


def normalise(text: str) -> str:
    """Return text without differences of case, space, punctuation and width: " The-Cat. " is "the cat"."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(" " if unicodedata.category(c)[0] in "PZC" else c for c in plain).split())


def read_number(text: str) -> Decimal | None:
    """Return the number that a text is: "1,250.50", "$3", "12 %"; None for anything else, also for two numbers."""
    plain = text.strip().strip("$€£%. ").replace(",", "").strip()
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def read_yes(text: str) -> bool | None:
    """Return whether an answer begins with yes or no, in any spelling; None for neither."""
    first = normalise(text).split(" ", 1)[0]
    return True if first in _TRUE else False if first in _FALSE else None


def is_right(answer: str | None, label: str, kind: Kind, *, tolerance: Decimal = Decimal(0)) -> bool:
    """Return whether an answer is what its label says."""
    if answer is None:
        return False
    if kind == "yes_no":
        return read_yes(answer) is not None and read_yes(answer) == read_yes(label)
    if kind == "number":
        found, wanted = read_number(answer), read_number(label)
        return found is not None and wanted is not None and abs(found - wanted) <= tolerance
    return normalise(answer) == normalise(label)


def field_of(data: Any, path: str) -> str | None:
    """Return the text of a field such as "total.amount" or "lines.0"; None where there is none."""
    for part in path.split("."):
        if isinstance(data, list) and part.isdecimal() and int(part) < len(data):
            data = data[int(part)]
        elif isinstance(data, dict) and part in data:
            data = data[part]
        else:
            return None
    if isinstance(data, bool):
        return "true" if data else "false"
    return None if data is None or isinstance(data, dict | list) else str(data)
