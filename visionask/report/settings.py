"""How settings, profiles and templates are shown: lines and records, never a key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from visionask.core.format import size
from visionask.report.clean import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visionask.core.catalog import Server

Row = tuple[str, Any, str]  # name, value, where it comes from


def setting_lines(rows: Iterable[Row]) -> list[str]:
    """Write one line for each setting."""
    shown = [(name, _spell(value), where) for name, value, where in rows]
    width = min(44, max(len(value) for _, value, _ in shown))
    return [f"{name:<15}  {one_line(value):<{width}}  {one_line(where)}" for name, value, where in shown]


def setting_dicts(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Describe the settings for a record; money as text."""
    return [
        {"name": name, "value": None if value is None else _plain(value), "source": where}
        for name, value, where in rows
    ]


def server_lines(server: Server) -> list[str]:
    """Write what is known about a server."""
    limits = ["takes links" if server.takes_links else "links are fetched here"]
    if server.body_bytes is not None:
        limits.append(f"at most {size(server.body_bytes)} a request")
    if server.token_field is not None:
        limits.append(f"{server.token_field} in either kind of model")
    limits += [f"without {name}" for name in server.omits]
    lines = [f"server: {server.about}: {', '.join(limits)}"]
    if server.note:
        lines.append(f"  {server.note}")
    return [*lines, f"  source: {server.source}, checked {server.checked}"]


def template_rows(rows: Sequence[tuple[str, bool, str]]) -> list[str]:
    """Write one line for each template: name, whose it is, its first line of comment or prompt."""
    return [
        f"{name:<16}  {'yours' if is_own else 'shipped':<7}  {one_line(about)}".rstrip() for name, is_own, about in rows
    ]


def _spell(value: Any) -> str:
    return "-" if value is None or value == "" else str(_plain(value))


def _plain(value: Any) -> Any:
    """Turn a value into what JSON has; a login in a URL is left out."""
    if isinstance(value, str):
        return re.sub(r"(?<=://)[^/@\s]*@", "***@", value)
    return value if isinstance(value, bool | int | float) else str(value)
