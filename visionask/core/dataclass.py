"""Dataclasses that are quickly made: those of `dataclasses`, with methods that are shared instead of compiled.

A command makes some eighty such classes before it does anything, and most are never filled. `dataclasses` writes and
compiles the source of up to eight methods for each: 1 ms a class. Here it finds the fields, and methods that go through
them do the same: 0.15 ms a class, and 1 us more for each object. `fields`, `replace` and `asdict` work as ever.
The classes that users of the Python API see are made by `dataclasses`, for the signatures that `help` shows.
"""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING, FrozenInstanceError
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool = False, slots: bool, kw_only: bool = False) -> Any:
        """Return a decorator that makes a dataclass, as the one of `dataclasses` does with these settings."""

        def make(plain: type) -> type:
            made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(plain)
            own = dataclasses.fields(made)
            made.__init__ = _init(own, places=0 if kw_only else len(own), has_more=hasattr(made, "__post_init__"))
            if "__repr__" not in vars(plain):
                made.__repr__ = _repr([each.name for each in own if each.repr])
            made.__eq__, made.__hash__ = _comparison([each.name for each in own if each.compare])
            if not frozen:
                made.__hash__ = None
                return made
            made.__setattr__ = made.__delattr__ = _refuse
            if slots:
                made.__getstate__, made.__setstate__ = _state, _restore
            return made

        return make


_set = object.__setattr__


def _init(own: tuple[dataclasses.Field[Any], ...], *, places: int, has_more: bool) -> Callable[..., None]:
    defaults = {each.name: each.default for each in own if each.default is not MISSING}
    factories = {each.name: each.default_factory for each in own if each.default_factory is not MISSING}
    names = dict.fromkeys(each.name for each in own if each.init).keys()

    def init(self: Any, *values: Any, **named: Any) -> None:
        given = defaults | named
        if values:
            if len(values) > places:
                raise TypeError(f"{type(self).__name__} takes {places} values without a name, not {len(values)}")
            given.update(zip(names, values, strict=False))
        for name, make in factories.items():
            if name not in given:
                given[name] = make()
        if given.keys() != names:
            missing, unknown = names - given.keys(), given.keys() - names
            raise TypeError(f"{type(self).__name__} misses {[*missing]}, and does not know {[*unknown]}")
        for name, value in given.items():
            _set(self, name, value)
        if has_more:
            self.__post_init__()

    return init


def _repr(names: list[str]) -> Callable[[Any], str]:
    def shown(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return shown


def _comparison(names: list[str]) -> tuple[Callable[[Any, object], bool], Callable[[Any], int]]:
    values: Callable[[Any], Any] = attrgetter(*names) if names else type

    def equals(self: Any, other: object) -> bool:
        return values(self) == values(other) if type(other) is type(self) else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    return equals, hashed


def _refuse(self: Any, name: str, *_value: object) -> None:
    raise FrozenInstanceError(f"{name!r} of a {type(self).__name__} cannot be changed")


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        _set(self, each.name, value)
