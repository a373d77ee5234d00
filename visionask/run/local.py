"""Owns the list of models on this machine, as the reports take it."""

from __future__ import annotations

from typing import Any

from visionask.api.local import list_models


def local_models(folder: str) -> list[dict[str, Any]]:
    """List what is on this machine (in `folder`, where `pull` puts models) and what can be pulled."""
    return [
        {
            "name": line.name,
            "is_here": line.local is not None,
            "is_tested": line.known is not None and line.known.is_tested,
            "size_bytes": None if line.known is None else line.known.size_bytes,
            "repo": None if line.known is None else line.known.repo,
            "licence": None if line.known is None else line.known.licence,
            "about": None if line.known is None else line.known.about,
        }
        for line in list_models(folder)
    ]
