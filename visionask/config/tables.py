"""The reading of TOML that users write: a file of bytes to a table, and the keys and values of a table.

Every message names the file, the table and the key, and what was expected.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from visionask.core.encoding import decode_text
from visionask.core.errors import ConfigError, VisionaskError
from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

MOST_BYTES = 1_000_000
_MOST_NAMES = 10_000  # of a folder, among which one that is spelled nearly alike is looked for
_MOST_BITS = 700  # of a whole number, some 200 digits: int() and str() raise for very many, and so would our messages


class Check(NamedTuple):
    """What a value must be, and how a message says that."""

    is_right: Callable[[Any], bool]
    told: str


def parse(data: bytes, path: str, *, error: type[VisionaskError] = ConfigError, what: str = "") -> dict[str, Any]:
    """Return the table of a TOML text, with or without a byte order mark. Raises `error`."""
    import tomllib

    if len(data) > MOST_BYTES:
        raise error(f"{path}: over {MOST_BYTES // 1_000_000} MB is {what or 'no config file'}", "name another file")
    try:
        table = tomllib.loads(decode_text(data))
        is_long = _has_long_number(table)
    except (ValueError, RecursionError) as cause:
        reason = "nested too deeply" if isinstance(cause, RecursionError) else str(cause)
        raise error(f"{path}: not TOML: {reason}", "correct that line") from cause
    if is_long:
        raise error(f"{path}: not TOML that is read here: a number of over 200 digits", "correct that line")
    return table


def _has_long_number(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_long_number, value.values()))
    if isinstance(value, list):
        return any(map(_has_long_number, value))
    return isinstance(value, int) and value.bit_length() > _MOST_BITS


def check_table(where: str, value: Any) -> None:
    """Raise ConfigError for what is no table."""
    if not isinstance(value, dict):
        raise ConfigError(f"{where} must be a table, not {value!r:.60}", "see the README, Models of your own")


def check_values(
    where: str,
    table: Mapping[str, Any],
    checks: Mapping[str, Check],
    *,
    needed: Iterable[str] = (),
) -> None:
    """Raise ConfigError for the first key that is not known, whose value is wrong, or that is missing."""
    for key, value in table.items():
        if key not in checks:
            raise ConfigError(f"{where}.{key} is not known", nearest(key, checks))
        if not checks[key].is_right(value):
            fact = f"{where}.{key} must be {checks[key].told}, not {value!r}"
            raise ConfigError(fact, f"change {key} there, or remove it")
    for key in needed:
        if key not in table:
            raise ConfigError(f"{where}.{key} is missing", f"it must be {checks[key].told}")


def near_file(path: str, *, otherwise: str) -> str:
    """Return the hint for a file that is not there: one beside it with nearly the same name, or `otherwise`."""
    from itertools import islice

    from visionask.core.suggest import near_names

    folder, name = os.path.split(path)
    try:
        with os.scandir(folder or ".") as entries:
            near = near_names(name, (entry.name for entry in islice(entries, _MOST_NAMES)), most=1, alike=0.75)
    except (OSError, ValueError):
        return f"there is no folder {folder}" if folder else otherwise
    return f"did you mean {os.path.join(folder, near[0])}?" if near else otherwise


def nearest(name: str, known: Collection[str]) -> str:
    """Return the hint for a name that is not known: what it may have meant, else what there is."""
    from visionask.core.suggest import did_you_mean

    return did_you_mean(name, known, otherwise=f"known: {', '.join(list(known)[:12])}")
