"""Owns the loading of `data/servers.json`: built-in profiles, and the limits of the servers behind them."""

from __future__ import annotations

import os
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from visionask.config.catalog import DATA
from visionask.core.server import Server

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@cache
def _table() -> dict[str, Any]:
    import json

    with open(os.path.join(DATA, "servers.json"), "rb") as file:
        servers: dict[str, Any] = json.loads(file.read())["servers"]
    return servers


def server_names() -> tuple[str, ...]:
    """Name the profiles that are built in."""
    return tuple(_table())


def server_named(name: str) -> Server | None:
    """Find the server of a profile that is built in."""
    entry = _table().get(name)
    if entry is None:
        return None
    lists = {key: tuple(entry[key]) for key in ("omits", "models")}
    return Server(name=name, **{key: value for key, value in entry.items() if key != "hosts"} | lists)


def server_at(base_url: str) -> Server | None:
    """Find the server that a base URL leads to, by its host and port. `127.0.0.1:1234` is LM Studio's."""
    try:
        parts = urlsplit(base_url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    there = f"{'localhost' if host in _THIS_MACHINE else host}:{port}"
    for name, entry in _table().items():
        if any(there == known or (known[0] == "." and host.endswith(known)) for known in entry["hosts"]):
            return server_named(name)
    return None
