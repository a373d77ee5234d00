"""How much memory a picture takes while it is made ready, measured in a process of its own."""

from __future__ import annotations

import io
import os
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
from PIL import PngImagePlugin, WebPImagePlugin
from visionask.core.image import PictureSpec
from visionask.images.prepare import encode
data = [open(sys.argv[1], "rb").read()]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
encode(data.pop(), PictureSpec(width_px=1000, height_px=750), label="a")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * (1 if sys.platform == "darwin" else 1024))
"""


def _peak(tmp_path: Path, made: Image.Image, kind: str, **options: object) -> int:
    """Bytes beyond what the libraries and the file itself take."""
    with io.BytesIO() as file:
        made.save(file, kind, **options)
        (tmp_path / "a").write_bytes(file.getvalue())
    done = subprocess.run(
        [sys.executable, "-c", _MAKE, str(tmp_path / "a")], capture_output=True, check=True, text=True
    )
    return int(done.stdout)


def test_a_still_webp_takes_7_bytes_a_pixel(tmp_path: Path) -> None:
    assert _peak(tmp_path, Image.new("RGB", (4000, 3000), (200, 60, 60)), "WEBP", method=0) < 9 * 4000 * 3000


def test_a_webp_with_alpha_takes_12_bytes_a_pixel_and_not_16(tmp_path: Path) -> None:
    assert _peak(tmp_path, Image.new("RGBA", (4000, 3000), (200, 60, 60, 9)), "WEBP", method=0) < 14 * 4000 * 3000


def test_a_png_with_alpha_takes_8_bytes_a_pixel_and_no_copy_of_its_file(tmp_path: Path) -> None:
    noise = Image.frombytes("RGBA", (3000, 2000), os.urandom(3000 * 2000 * 4))  # the file is as large as the pixels
    assert _peak(tmp_path, noise, "PNG", compress_level=0) < 11 * 3000 * 2000
