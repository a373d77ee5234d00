"""How settings, profiles and templates are shown: lines and records, never a key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from visionask.core.format import size
from visionask.report.clean import one_line
from visionask.report.table import Column, write_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visionask.core.catalog import Server
    from visionask.report.console import Console

Row = tuple[str, Any, str]  # name, value, where it comes from


_SETTINGS = (Column("setting", width=15), Column("value", "name"), Column("from", "name", goes=1))
_TEMPLATES = (Column("template", "name", width=16), Column("whose", width=7), Column("about", "fold"))


def write_settings(console: Console, rows: Iterable[Row]) -> None:
    """Write a row for each setting."""
    write_table(
        console, _SETTINGS, [(name, one_line(spell_value(value)), one_line(where)) for name, value, where in rows]
    )


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


def write_templates(console: Console, rows: Sequence[tuple[str, bool, str]]) -> None:
    """Write a row for each template: name, whose it is, its first line of comment or prompt."""
    cells = [(name, "yours" if is_own else "shipped", one_line(about)) for name, is_own, about in rows]
    write_table(console, _TEMPLATES, cells)


def spell_value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "-" if value is None or value == "" else str(_plain(value))


def _plain(value: Any) -> Any:
    """Turn a value into what JSON has; a login in a URL is left out."""
    if isinstance(value, str):
        return re.sub(r"(?<=://)[^/@\s]*@", "***@", value)
    return value if isinstance(value, bool | int | float) else str(value)
