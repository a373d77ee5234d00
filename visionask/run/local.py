"""Owns the list of models on this machine, as the reports take it."""

from __future__ import annotations

from typing import Any

from visionask.api.local import list_models
from visionask.api.ocr import OCR, check_ocr
from visionask.core.errors import MissingExtra


def local_models(folder: str) -> list[dict[str, Any]]:
    """List what is on this machine (in `folder`, where `pull` puts models) and what can be had."""
    models = [
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
    return [*models, _reader()]


def _reader() -> dict[str, Any]:
    """Describe the reader of text, which is no model and is not pulled."""
    try:
        check_ocr()
    except MissingExtra:
        is_here = False
    else:
        is_here = True
    return {
        "name": OCR,
        "is_here": is_here,
        "is_tested": True,
        "size_bytes": None,
        "repo": None,
        "licence": "Apache-2.0",
        "about": "reads the text in pictures, and nothing else" + ("" if is_here else '; pip install "visionask[ocr]"'),
    }
