"""Our dataclasses do what those of `dataclasses` do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import field
from typing import TYPE_CHECKING, Any

import pytest

from visionask.core.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """With all kinds of fields."""

    name: str
    size: int = 3
    notes: list[str] = field(default_factory=list)
    secret: str = field(default="key", repr=False, compare=False)
    twice: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "twice", 2 * self.size)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    name: str
    size: int = 3
    notes: list[str] = field(default_factory=list)
    secret: str = field(default="key", repr=False, compare=False)
    twice: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "twice", 2 * self.size)


@dataclass(slots=True)
class Loose:
    x: int
    y: int = 0
    words: list[str] = field(default_factory=list)


@dataclass(slots=True)
class More(Loose):
    z: int = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashed:
    name: str
    size: int | None = None


@pytest.mark.parametrize("kind", [Frozen, Theirs])
def test_values_fields_and_copies(kind: Any) -> None:
    made = kind(name="a", notes=["n"])
    assert repr(made) == f"{kind.__name__}(name='a', size=3, notes=['n'], twice=6)"
    assert made == kind(name="a", notes=["n"], secret="other")
    assert made != kind(name="b", notes=["n"])
    assert made != ("a", 3, ["n"])
    assert dataclasses.replace(made, size=5).twice == 10
    assert dataclasses.asdict(made) == {"name": "a", "size": 3, "notes": ["n"], "secret": "key", "twice": 6}
    assert kind(name="a").notes is not kind(name="a").notes
    assert pickle.loads(pickle.dumps(made)) == made
    assert copy.deepcopy(made) == made
    assert copy.copy(made).secret == "key"
    assert not hasattr(made, "__dict__")


@pytest.mark.parametrize("kind", [Frozen, Theirs])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda made: setattr(made, "name", "b"), id="set"),
        pytest.param(lambda made: delattr(made, "name"), id="delete"),
        pytest.param(lambda made: setattr(made, "other", "b"), id="add"),
    ],
)
def test_what_is_frozen_stays(kind: Any, change: Callable[[Any], None]) -> None:
    with pytest.raises((AttributeError, TypeError)):  # Python 3.11's own says the latter of a name that is no field
        change(kind(name="a"))


@pytest.mark.parametrize("kind", [Frozen, Theirs])
@pytest.mark.parametrize(
    ("values", "named"),
    [
        pytest.param((), {}, id="missing"),
        pytest.param((), {"name": "a", "colour": "red"}, id="unknown"),
        pytest.param((), {"nmae": "a"}, id="misspelt"),
        pytest.param(("a",), {}, id="by place"),
        pytest.param((), {"name": "a", "twice": 2}, id="not of the constructor"),
    ],
)
def test_wrong_values_are_refused(kind: Any, values: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        kind(*values, **named)


def test_hashes_are_of_what_is_compared() -> None:
    assert hash(Hashed(name="a")) == hash(Hashed(name="a"))
    assert len({Hashed(name="a"), Hashed(name="a"), Hashed(name="a", size=1)}) == 2
    with pytest.raises(TypeError):
        hash(Loose(1))


def test_what_is_not_frozen_changes_and_takes_places() -> None:
    made = More(1, 2, z=3)
    made.words.append("w")
    made.y += 1
    assert made == More(x=1, y=3, words=["w"], z=3)
    assert made != Loose(1, 3, ["w"])
    with pytest.raises(TypeError):
        More(1, 2, [], 4, 5)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        made.other = 1  # type: ignore[attr-defined]
    match made:
        case More(x, y):
            assert (x, y) == (1, 3)
