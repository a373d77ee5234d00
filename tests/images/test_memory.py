"""How much memory a picture takes while it is made ready, measured in a process of its own."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("resource", reason="the peak is told by Unix")

_MAKE = """
import resource, sys
from PIL import WebPImagePlugin
from visionask.core.image import PictureSpec
from visionask.images.prepare import encode
data = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
encode(data, PictureSpec(width_px=1000, height_px=750), label="a")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * (1 if sys.platform == "darwin" else 1024))
"""


def test_a_webp_takes_12_bytes_a_pixel_and_not_16(tmp_path: Path) -> None:
    with io.BytesIO() as file:
        Image.new("RGB", (4000, 3000), (200, 60, 60)).save(file, "WEBP", method=0)
        (tmp_path / "a.webp").write_bytes(file.getvalue())
    made = subprocess.run(
        [sys.executable, "-c", _MAKE, str(tmp_path / "a.webp")], capture_output=True, check=True, text=True
    )
    assert int(made.stdout) < 14 * 4000 * 3000
