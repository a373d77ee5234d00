"""Programs under test that can be interrupted, however the tests were started."""

from __future__ import annotations

import signal
import subprocess
import sys


def test_programs_have_the_default_signals_in_a_background_job() -> None:
    """What `nohup pytest &` passes on is undone in tests/conftest.py."""
    script = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    conftest = f"import tests.conftest, subprocess, sys; subprocess.run([sys.executable, '-c', {script!r}], check=True)"
    done = subprocess.run(
        [sys.executable, "-c", conftest],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    assert done.stdout == "True\n"
