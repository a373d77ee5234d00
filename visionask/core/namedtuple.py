"""Named tuples that are quickly made: those of `typing`, but with shared methods in place of compiled ones.

`typing` checks each annotation, and compiles a constructor and copies six methods for each class: 0.3 ms and more. A
command makes 40 to 100 such classes before its first row, and most are never filled. Here a class finds its fields,
and one constructor serves all of them: 0.05 ms a class, and 0.3 us more for each tuple. Those that are made for each
of thousands of images are `typing`'s.
"""

from __future__ import annotations

from operator import itemgetter
from types import MethodType
from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple", "maker"]

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NamedTuple, Self, TypeVar

    Made = TypeVar("Made", bound=tuple[Any, ...])
else:

    class NamedTuple(tuple):
        """A tuple whose places have the names that its class annotates, with what it assigns as defaults."""

        __slots__ = ()
        _fields = ()
        _field_defaults = {}  # noqa: RUF012 - each class has its own

        def __init_subclass__(cls) -> None:
            cls._fields = cls.__match_args__ = tuple(cls.__annotations__)
            cls._field_defaults = {name: vars(cls)[name] for name in cls._fields if name in vars(cls)}
            for place, name in enumerate(cls._fields):
                setattr(cls, name, property(itemgetter(place)))

        def __new__(cls, *values: Any, **named: Any) -> Self:
            names = cls._fields
            if named or len(values) != len(names):
                placed = dict(zip(names, values, strict=False))
                given = cls._field_defaults | placed | named
                if len(values) > len(names) or placed.keys() & named or given.keys() != dict.fromkeys(names).keys():
                    raise TypeError(f"{cls.__name__} takes {', '.join(names)}, not {len(values)} values and {[*named]}")
                values = [given[name] for name in names]
            return tuple.__new__(cls, values)

        @classmethod
        def _make(cls, values: Any) -> Self:
            return cls(*values)

        def _replace(self, **named: Any) -> Self:
            return type(self)(**{**self._asdict(), **named})

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)


def maker(cls: type[Made]) -> Callable[[tuple[Any, ...]], Made]:
    """Return what makes a named tuple of all its values in half the time: for what is made for each of many images."""
    return MethodType(tuple.__new__, cls)
