"""Named tuples behave as those of `typing`: the same script through both."""

from __future__ import annotations

import copy
import pickle
from typing import NamedTuple as Usual

import pytest

from visionask.core.geometry import Size
from visionask.core.tuples import NamedTuple as Light

BODY = """
class Point(NamedTuple):
    '''A place.'''

    x: int
    y: int = 2
    names: tuple[str, ...] = ()

    ORIGIN = "no field"

    @property
    def total(self) -> int:
        return self.x + self.y

    @classmethod
    def at(cls, x: int) -> "Point":
        return cls(x, names=("a",))

class End(NamedTuple):
    pass
"""
SAME = (
    "Point(1)",
    "End()",
    "End._fields",
    "Point(1, 3, ('b',))",
    "Point(x=1, y=5)",
    "Point.at(4)",
    "Point(1)._replace(y=7, x=0)",
    "Point(1) == (1, 2, ())",
    "hash(Point(3))",
    "Point(1)._asdict()",
    "Point._fields",
    "Point._field_defaults",
    "Point._make([1, 2, ()])",
    "[*Point(9)]",
    "Point.__match_args__",
    "Point.__doc__",
    "Point.ORIGIN",
    "Point(1).total",
    "Point(1) + (3,)",
    "isinstance(Point(1), tuple)",
    "list(Point.__annotations__)",
    "Point(1)._replace(y=7)._replace(names=())",
    "hasattr(Point(1), '__dict__')",
)
WRONG = (
    "End(1)",
    "Point()",
    "Point(1, z=3)",
    "Point(1, 2, (), 4)",
    "Point(1, x=1)",
    "setattr(Point(1), 'x', 3)",
    "setattr(Point(1), 'z', 3)",
)


def made(kind: object) -> dict[str, object]:
    names: dict[str, object] = {"NamedTuple": kind, "__name__": "anywhere"}
    exec(compile(BODY, "anywhere", "exec", dont_inherit=True), names)
    return names


@pytest.mark.parametrize("text", SAME)
def test_all_that_can_be_asked_of_one_is_as_in_typing(text: str) -> None:
    light, usual = (eval(text, made(kind)) for kind in (Light, Usual))
    assert light == usual
    assert repr(light) == repr(usual)


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_refused(text: str) -> None:
    for kind in (Light, Usual):
        with pytest.raises((TypeError, AttributeError)):
            eval(text, made(kind))


def test_a_default_before_a_field_without_one_is_refused() -> None:
    with pytest.raises(TypeError, match="without a default"):
        exec("class Odd(NamedTuple):\n    a: int = 1\n    b: int\n", {"NamedTuple": Light, "__name__": "x"})


def test_one_is_pickled_copied_and_matched() -> None:
    size = Size(4, 3)
    assert pickle.loads(pickle.dumps(size)) == size
    assert type(pickle.loads(pickle.dumps(size))) is Size
    assert copy.deepcopy(size) == size
    match size:
        case Size(width, height):
            assert (width, height) == (4, 3)
