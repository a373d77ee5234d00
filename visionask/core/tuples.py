"""`NamedTuple`, as that of `typing` but at a tenth of the price of making the class.

A command makes 50 to 250 of these classes before its first row, and most are never filled. That of `typing` compiles
each annotation that is text, which nobody reads here, and a constructor and six methods for each class. Here the
methods are one base class's, and a constructor is compiled when the first tuple of its class is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple, Self
else:
    from collections import _tuplegetter

    class _Fields(type):
        """The class of named tuples: fields are what a class body annotates, with what it assigns as defaults."""

        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            annotate = body.get("__annotate_func__")  # where Python 3.14 keeps annotations that are no text
            fields = tuple(body.get("__annotations__", ()) if annotate is None else annotate(1))
            defaults = {field: body[field] for field in fields if field in body}
            if tuple(defaults) != fields[len(fields) - len(defaults) :]:
                raise TypeError(f"a field of {name} without a default follows one with a default")
            for at, field in enumerate(fields):
                body[field] = _tuplegetter(at, "")
            body |= {"__slots__": (), "_fields": fields, "__match_args__": fields, "_field_defaults": defaults}
            return super().__new__(cls, name, bases, body)

    class NamedTuple(tuple, metaclass=_Fields):
        """The base of named tuples, with the methods of `typing.NamedTuple`."""

        __slots__ = ()

        def __new__(cls, /, *values: Any, **named: Any) -> Self:
            """Compile the constructor of this class, which takes the place of this one, and return its first tuple."""
            listed = "".join(f"{name}," for name in cls._fields)
            new = eval(f"lambda _cls, {listed}: _new(_cls, ({listed}))", {"_new": tuple.__new__})  # noqa: S307
            new.__defaults__ = tuple(cls._field_defaults.values())
            cls.__new__ = staticmethod(new)
            return new(cls, *values, **named)

        @classmethod
        def _make(cls, values: Iterable[Any]) -> NamedTuple:
            return cls(*values)

        def _replace(self, /, **changed: Any) -> NamedTuple:
            values = [*map(changed.pop, self._fields, self)]
            return type(self)(*values, **changed)  # what is left is no field, and refused

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)


__all__ = ["NamedTuple"]
