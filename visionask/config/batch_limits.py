"""Owns the loading of `data/batch_limits.json`: what one file of a provider's Batch API may hold."""

from __future__ import annotations

import json
import os
from urllib.parse import urlsplit

from visionask.config.catalog import DATA
from visionask.core.batch import Limits


def batch_limits(base_url: str | None) -> Limits:
    """Find the limits of the provider behind a base URL; None is OpenAI."""
    with open(os.path.join(DATA, "batch_limits.json"), "rb") as file:
        providers = json.loads(file.read())["providers"]
    try:
        host = urlsplit(base_url or "").hostname or ""
    except ValueError:
        host = ""
    entry = next(each for each in providers if not each["hosts"] or host in each["hosts"])
    return Limits(requests=entry["requests"], bytes=entry["bytes"], source=entry["source"], checked=entry["checked"])
