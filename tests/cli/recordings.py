"""What the tests of `--record` and `--replay` share: a replay by somebody who has nothing, and a folder read."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.cli.command import TIMEOUT_S, Result, checked, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Argument

# the process dies of the first socket, of a lookup of a name, and of the SDK
_ALONE = """
import os, sys
def watch(event, args):
    if event.startswith("socket."):
        os.write(2, f"the network was used: {event}".encode())
        os._exit(99)
sys.addaudithook(watch)
from visionask.__main__ import main
try:
    main()
finally:
    heavy = {"openai", "httpx2"} & set(sys.modules)
    if heavy:
        os.write(2, f"loaded: {heavy}".encode())
        os._exit(98)
"""


def replay(home: Path, *args: Argument, folder: Path) -> Result:
    """Run a command as another person would: an empty home, no key, no network, another process."""
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", _ALONE, *args],
        env=clean_environment(home),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert not any(path.is_file() for path in home.rglob("*")), "a replay leaves nothing behind"
    return checked(args, Result(code=done.returncode, out_bytes=done.stdout, err_bytes=done.stderr))


def files(folder: Path) -> list[Path]:
    """Return the recordings, and see that nothing else lies beside them."""
    found = sorted(folder.iterdir())
    assert all(path.suffix == ".json" and len(path.stem) == 64 for path in found), found
    return found


def content(folder: Path) -> dict[str, Any]:
    """Read the one recording of a folder."""
    (path,) = files(folder)
    held: dict[str, Any] = json.loads(path.read_bytes())
    return held
