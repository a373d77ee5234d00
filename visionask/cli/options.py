"""How the groups of flags of `core/flags.py` become the options of a command."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args

import typer
from typer.core import TyperOption

from visionask.core.flags import Flag, declared

if TYPE_CHECKING:
    from collections.abc import Callable

_Function = TypeVar("_Function", bound="Callable[..., Any]")


def with_flags(*, without: str = "", **defaults: Any) -> Callable[[_Function], Callable[..., Any]]:
    """Return a decorator that expands the groups of flags among a function's parameters into options of Typer.

    The function is handed the groups again. `without` names flags that the command does not take, with blanks between:
    they have their defaults, and so has a flag in a later group than the first that declares it. `defaults` are those
    of this command where they are not the group's.
    The options of groups are made here and taken by `with_options`: Typer would take five times as long over each.
    """
    left_out = set(without.split())

    def expand(function: _Function) -> Callable[..., Any]:
        own: list[inspect.Parameter] = []
        groups: dict[str, tuple[Any, list[str]]] = {}
        found: dict[str, Flag] = {}
        order: list[str] = []
        options: list[TyperOption] = []
        for parameter in inspect.signature(function, eval_str=True).parameters.values():
            group = parameter.annotation
            if not hasattr(group, "_fields"):
                order.append(parameter.name)
                own.append(_own(parameter, found))
                continue
            fields = [field for field in declared(group) if field[0] not in left_out and field[0] not in order]
            groups[parameter.name] = (group, [name for name, _, _ in fields])
            for name, kind, flag in fields:
                found[name] = flag
                order.append(name)
                options.append(_option(name, kind, flag, defaults.get(name, group._field_defaults[name])))

        def run(**values: Any) -> Any:
            for name, (group, names) in groups.items():
                values[name] = group(**{each: _listed(values.pop(each)) for each in names})
            return function(**values)

        run.__name__, run.__doc__ = function.__name__, function.__doc__
        run.__annotations__ = {}
        run.__signature__ = inspect.Signature(own)  # type: ignore[attr-defined]
        run.flags, run.options, run.order = found, options, order  # type: ignore[attr-defined]
        return run

    return expand


def _own(parameter: inspect.Parameter, found: dict[str, Flag]) -> inspect.Parameter:
    """Return a parameter of the function itself as Typer reads it."""
    kind, declaration = get_args(parameter.annotation)
    default = parameter.default
    if isinstance(declaration, Flag):
        found[parameter.name] = flag = declaration
        default = typer.Option(default, *flag.names.split(), metavar=flag.metavar, help=flag.help, show_default=False)
    else:
        kind = Annotated[kind, declaration]
    return inspect.Parameter(parameter.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _option(name: str, kind: Any, flag: Flag, default: Any) -> TyperOption:
    """Return the option that Typer makes of a flag of this type: one of _KINDS."""
    type_, is_flag, is_list = _KINDS[kind]
    return TyperOption(
        param_decls=[name, *flag.names.split()],
        type=type_,
        is_flag=is_flag,
        multiple=is_list,
        default=default,
        metavar=flag.metavar,
        help=flag.help,
    )


_KINDS: dict[Any, tuple[type | None, bool | None, bool]] = {  # the type of a value, whether it is a switch, a list
    str: (str, None, False),
    str | None: (str, None, False),
    int: (int, None, False),
    int | None: (int, None, False),
    float | None: (float, None, False),
    list[str] | None: (str, None, True),
    bool: (None, True, False),
    bool | None: (None, True, False),
}


def _listed(value: Any) -> Any:
    """Return the values of a repeatable flag as a list, or None where there are none."""
    return (list(value) or None) if isinstance(value, tuple) else value


def with_options(command: Any) -> list[Any]:
    """Return what Typer made of a command's parameters and the options of its groups, in the order of declaration."""
    order: list[str] = getattr(command.callback, "order", [])
    if not order:
        return [*command.params]
    return sorted([*command.params, *command.callback.options], key=lambda each: order.index(each.name))


def flags_of(command: Any) -> dict[str, Flag]:
    """Return the declared flags of a command by the names of its parameters."""
    found: dict[str, Flag] = getattr(command.callback, "flags", {})
    return found
