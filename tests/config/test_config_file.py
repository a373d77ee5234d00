"""A config file that is no TOML, or TOML that nobody means, is one error that names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from visionask.config.settings import load_settings
from visionask.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"quality = " + b"9" * 5000, id="more digits than int() takes"),
        pytest.param(b"timeout = " + b"9" * 400, id="more than float() takes"),
        pytest.param(b"quality = 0x" + b"F" * 4000, id="more than repr() takes"),
        pytest.param(b"a = " + b"[" * 5000, id="nested"),
        pytest.param(b"model = \xff", id="not UTF-8"),
        pytest.param(b"model", id="cut"),
    ],
)
def test_what_is_no_toml_is_refused_in_one_line(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text)
    with pytest.raises(ConfigError, match="not TOML") as refused:
        load_settings({}, env={"VISIONASK_CONFIG": str(path)})
    assert refused.value.message.startswith(str(path))
    assert len(refused.value.message) < 300
