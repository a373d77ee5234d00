"""`visionask doctor`: what is configured, reachable and installed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

from visionask.cli.exits import Exit, exit_code
from visionask.cli.inputs import open_console
from visionask.cli.options import with_flags
from visionask.core.flags import ApiKeyEnv, BaseUrl, ConsoleFlags, Flag, Ledger, Model, Profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.errors import VisionaskError
    from visionask.core.finding import Finding

WORST = (Exit.CONFIG, Exit.STATE, Exit.API)  # what stops every command first; a server may be back in a minute


@with_flags()
def doctor(
    model: Model = None,
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    profile: Profile = None,
    ledger: Ledger = None,
    offline: Annotated[bool, Flag("--offline", "Do not use the network.")] = False,
    *,
    said: ConsoleFlags,
) -> Exit:
    """Show what is configured, reachable and installed. Made to be put into a bug report.

    No key, no user name and no home is in the output. Exit: 0 nothing failed, 4 the configuration or the key, 9 the
    ledger, 6 the server; the first of these that holds.
    """
    from visionask.config.settings import check_clock
    from visionask.report.doctor import terminal_finding, write_findings
    from visionask.run.doctor import examine

    console = open_console(said)
    check_clock()
    settings = {
        "model": model,
        "base_url": base_url,
        "api_key_env": api_key_env,
        "profile": profile,
        "ledger": ledger,
    }
    findings = examine(settings, now=time.time(), is_offline=offline, more=[terminal_finding(console)])
    worst = _worst(findings)
    write_findings(findings, worst, console, as_json=said.as_json)
    return Exit.OK if worst is None else exit_code(worst)


def _worst(findings: Sequence[Finding]) -> VisionaskError | None:
    """Find the failure that decides the exit code."""
    errors = [each.error for each in findings if each.error is not None]
    return min(errors, key=lambda error: WORST.index(exit_code(error)), default=None)
