"""Texts as editors of all systems write them: byte order marks, UTF-16 and line ends."""

from __future__ import annotations

import pytest

from visionask.config.tables import parse
from visionask.core.encoding import decode_text
from visionask.core.errors import ConfigError

TEXT = 'prompt = "Grüße"\nmodel = "m"\n'


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_is_read_in_every_encoding_that_tells_itself(encoding: str, ends: str) -> None:
    data = TEXT.replace("\n", ends).encode(encoding)
    assert decode_text(data) == TEXT
    assert parse(data, "a.toml") == {"prompt": "Grüße", "model": "m"}


@pytest.mark.parametrize("data", [b"\xff\xfea", b"\xe4", b"\xff"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(UnicodeError):
        decode_text(data)
    with pytest.raises(ConfigError):
        parse(data, "a.toml")
