"""Our named tuples do what those of `typing` do."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import Any

import pytest

from visionask.core.namedtuple import NamedTuple


class Ours(NamedTuple):
    name: str
    size: int = 3
    note: str | None = None

    @property
    def twice(self) -> int:
        return 2 * self.size


class Theirs(typing.NamedTuple):
    name: str
    size: int = 3
    note: str | None = None

    @property
    def twice(self) -> int:
        return 2 * self.size


class Nothing(NamedTuple):
    """Without a field."""


KINDS = [pytest.param(Ours, id="ours"), pytest.param(Theirs, id="theirs")]


@pytest.mark.parametrize("kind", KINDS)
def test_values_names_and_copies(kind: Any) -> None:
    made = kind("a", note="n")
    assert made == ("a", 3, "n") == tuple(made)
    assert (made.name, made.size, made.note, made.twice) == ("a", 3, "n", 6)
    assert repr(made) == f"{kind.__name__}(name='a', size=3, note='n')"
    assert made._replace(size=5) == kind(name="a", size=5, note="n")
    assert made._asdict() == {"name": "a", "size": 3, "note": "n"}
    assert kind._make(["b", 1, None]) == kind("b", 1)
    assert kind._fields == ("name", "size", "note")
    assert kind._field_defaults == {"size": 3, "note": None}
    assert typing.get_type_hints(kind) == {"name": str, "size": int, "note": str | None}
    for again in (pickle.loads(pickle.dumps(made)), copy.copy(made), copy.deepcopy(made)):
        assert type(again) is kind
        assert again == made
    assert {made: 1}["a", 3, "n"] == 1
    match made:
        case kind(name, 3):
            assert name == "a"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("values", "named"),
    [
        pytest.param((), {}, id="missing"),
        pytest.param(("a", 1, "n", 2), {}, id="too many"),
        pytest.param(("a",), {"colour": "red"}, id="unknown"),
        pytest.param((), {"nmae": "a"}, id="misspelt"),
        pytest.param(("a",), {"name": "b"}, id="twice"),
        pytest.param(("a", 1), {"size": 2}, id="twice, with a default"),
    ],
)
def test_wrong_values_are_refused(kind: Any, values: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        kind(*values, **named)


@pytest.mark.parametrize("kind", KINDS)
def test_it_does_not_change(kind: Any) -> None:
    made = kind("a")
    with pytest.raises(AttributeError):
        made.name = "b"
    with pytest.raises((TypeError, ValueError)):
        made._replace(colour="red")
    with pytest.raises((TypeError, ValueError)):
        kind._make(["b"] * 4)


def test_one_without_fields_is_empty() -> None:
    assert Nothing() == ()
    assert repr(Nothing()) == "Nothing()"
