"""How the groups of flags of `core/flags.py` become the options of a command."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args

import typer

from visionask.core.flags import Flag, declared

if TYPE_CHECKING:
    from collections.abc import Callable

_Function = TypeVar("_Function", bound="Callable[..., Any]")


def with_flags(*, without: str = "", **defaults: Any) -> Callable[[_Function], Callable[..., Any]]:
    """Return a decorator that expands the groups of flags among a function's parameters into options of Typer.

    The function is handed the groups again. `without` names flags that the command does not take, with blanks between:
    they have their defaults, and so has a flag in a later group than the first that declares it. `defaults` are those
    of this command where they are not the group's.
    """
    left_out = set(without.split())

    def expand(function: _Function) -> Callable[..., Any]:
        parameters: list[inspect.Parameter] = []
        groups: dict[str, tuple[Any, list[str]]] = {}
        found: dict[str, Flag] = {}

        def add(name: str, kind: Any, declaration: Any, default: Any) -> None:
            if isinstance(declaration, Flag):
                found[name] = flag = declaration
                names = flag.names.split()
                default = typer.Option(default, *names, metavar=flag.metavar, help=flag.help, show_default=False)
            else:
                kind = Annotated[kind, declaration]
            parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind))

        for parameter in inspect.signature(function, eval_str=True).parameters.values():
            group = parameter.annotation
            if not hasattr(group, "_fields"):
                kind, declaration = get_args(group)
                add(parameter.name, kind, declaration, parameter.default)
                continue
            taken = {each.name for each in parameters} | left_out
            fields = [field for field in declared(group) if field[0] not in taken]
            groups[parameter.name] = (group, [name for name, _, _ in fields])
            for name, kind, flag in fields:
                add(name, kind, flag, defaults.get(name, group._field_defaults[name]))

        def run(**values: Any) -> Any:
            for name, (group, names) in groups.items():
                values[name] = group(**{each: values.pop(each) for each in names})
            return function(**values)

        run.__name__, run.__doc__ = function.__name__, function.__doc__
        run.__annotations__ = {}
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.flags = found  # type: ignore[attr-defined]
        return run

    return expand


def flags_of(command: Any) -> dict[str, Flag]:
    """Return the declared flags of a command by the names of its parameters."""
    found: dict[str, Flag] = getattr(command.callback, "flags", {})
    return found
