"""The reader of text in pictures on this machine (`--local ocr`): whether it is here, and its run.

RapidOCR reads with models that come in its own wheel. It runs in a child process as the local models do, for the same
reasons; the child refuses every connection to elsewhere, so that nothing is downloaded and no picture leaves.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from visionask.api.local import Engine, serve_child
from visionask.core.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from visionask.core.request import Endpoint

OCR = "ocr"
LOADING_S = 120.0
_ENGINE = Engine(
    script=os.path.join(os.path.dirname(os.path.abspath(__file__)), "ocr_server.py"),
    name=OCR,
    failure="rapidocr cannot be started",
    hint='run: pip install --force-reinstall "visionask[ocr]"',
)


def check_ocr() -> None:
    """Raise MissingExtra where the reader is not installed."""
    from importlib.util import find_spec

    for name in ("rapidocr", "onnxruntime"):
        if find_spec(name) is None:
            message = f"{OCR}: reading text needs {name}, which is not installed"
            raise MissingExtra(message, 'run: pip install "visionask[ocr]"')


@contextmanager
def serve_ocr(*, meanwhile: Callable[[], None] | None = None) -> Iterator[Endpoint]:
    """Run the reader until the `with` block ends. Raises MissingExtra, and what `serve_child` raises."""
    check_ocr()
    with serve_child(_ENGINE, {"name": OCR}, timeout_s=LOADING_S, meanwhile=meanwhile) as endpoint:
        yield endpoint
