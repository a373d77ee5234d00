"""Commands of a user without a home and without a passwd entry, as in a container that runs as any uid."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import SCRIPT, TIMEOUT_S
from tests.cli.pictures import encoded, photo

UID = 54_321
pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0 or shutil.which("setpriv") is None,
    reason="only root becomes a user who is not in passwd",
)


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    words = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", SCRIPT, *args]
    env = {"PATH": os.environ["PATH"], "OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    return subprocess.run(
        words,
        check=False,
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        stdin=subprocess.DEVNULL,
    )


def is_reachable() -> bool:
    """Return whether that user may run the program: a checkout in a home of root's is closed to others."""
    return all(folder.stat().st_mode & 0o001 for folder in Path(SCRIPT).parents)


@pytest.mark.slow
@pytest.mark.skipif(not is_reachable(), reason="the checkout stands in a folder that others may not enter")
def test_what_needs_no_state_works_and_the_rest_names_the_variable(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(photo((60, 50)), "PNG"))
    tmp_path.chmod(0o755)  # pytest keeps it from others
    free = run(tmp_path, "cost", "a.png")
    assert free.returncode == 0, free.stderr
    assert "a.png" in free.stdout
    assert "error" not in free.stderr
    asked = run(tmp_path, "ask", "why?", "a.png", "--retries", "0")
    assert (asked.returncode, "XDG_STATE_HOME" in asked.stderr) == (9, True), asked.stderr
    listed = run(tmp_path, "local", "list")
    assert (listed.returncode, "XDG_DATA_HOME" in listed.stderr) == (4, True), listed.stderr
