"""The run that is guided by coverage: Atheris keeps the inputs that reach new lines of ours."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def guide(name: str, *, seconds: float, seed: int, folder: Path) -> None:
    """Run one target under libFuzzer, which writes what fails into `folder` and ends the process."""
    import atheris  # type: ignore[import-untyped]

    with atheris.instrument_imports(include=["visionask"]):
        import visionask.api.refusals
        import visionask.api.stream
        import visionask.config.catalog
        import visionask.config.settings
        import visionask.images.prepare
        import visionask.images.probe
        import visionask.images.sources  # noqa: F401
    from tests.fuzz.targets import TARGETS

    corpus = folder / f"{name}-corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(TARGETS[name].seeds()):
        (corpus / f"seed-{number}").write_bytes(data)
    limits = ("-timeout=20", "-rss_limit_mb=700", f"-max_total_time={int(seconds)}", f"-seed={seed}")
    arguments = [sys.argv[0], *limits, f"-artifact_prefix={folder}/", str(corpus)]
    atheris.Setup(arguments, TARGETS[name].check)
    atheris.Fuzz()
