"""Owns the order of `doctor`'s checks, and that nothing private is in what they find."""

from __future__ import annotations

import platform
import re
import time
from importlib import metadata
from typing import TYPE_CHECKING, Any

from visionask import __version__
from visionask.config.health import look
from visionask.config.machine import environment_findings, privacy
from visionask.config.settings import ledger_path
from visionask.core.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SECTION = "program"
PACKAGES = ("openai", "pillow", "typer", "rich", "splintr-rs")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")


def examine(flags: Mapping[str, Any], *, now: float, is_offline: bool, more: Iterable[Finding] = ()) -> list[Finding]:
    """Run every check; one that fails stops none but those that build on it. `more` comes last. Raises UsageError.

    `flags` are settings given on the command line; `now` is Unix time.
    """
    configured = look(flags, today=time.strftime("%Y-%m-%d", time.gmtime(now)))
    settings = configured.settings
    found = [*_versions(), *_extras(), *configured.findings]
    if configured.is_sound:
        from visionask.run.doctor_server import server_findings

        found += server_findings(settings, configured.key, is_offline=is_offline)
    else:
        found.append(Finding("server", "network", "not tried: the configuration fails"))
    from visionask.store.health import examine as examine_ledger

    found += examine_ledger(ledger_path(settings), daily_budget=settings.daily_budget, now=now)
    found += environment_findings()
    found += more
    return privacy(key_env=settings.api_key_env).hide_all(found)


def _versions() -> list[Finding]:
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    python = f"{platform.python_version()} ({platform.python_implementation()})"
    return [
        Finding(SECTION, "visionask", __version__),
        Finding(SECTION, "python", python),
        Finding(SECTION, "platform", system),
        *(_package(name) for name in PACKAGES),
    ]


def _package(name: str) -> Finding:
    version = _version(name)
    if version is None:
        return Finding(SECTION, name, "its version is not known", "pip install visionask", is_warning=True)
    return Finding(SECTION, name, version)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _extras() -> list[Finding]:
    """Tell of each optional part whether it is installed, as the package itself declares them."""
    try:
        declared = metadata.requires("visionask") or []
    except metadata.PackageNotFoundError:
        return [Finding(SECTION, "extras", "not known: visionask runs from a folder and is not installed")]
    found = []
    for line in declared:
        extra, name = _EXTRA.search(line), _NAME.match(line)
        if extra is None or name is None:
            continue
        version = _version(name[0])
        fact = f"{name[0]} {version}" if version else f"{name[0]} is not installed"
        hint = "" if version else f'pip install "visionask[{extra[1]}]"'
        found.append(Finding(SECTION, f"extra {extra[1]}", fact, hint))
    return found
