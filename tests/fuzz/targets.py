"""The targets: what is called with an input, and what must hold whatever the input is."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fuzz import kept, seeds
from tests.fuzz.wire import check_events, check_reply
from visionask.core.errors import ConfigError, InputError
from visionask.core.image import PictureSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, kw_only=True)
class Target:
    """One reader: `check` raises for what must not happen, whatever it is."""

    check: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    words: tuple[bytes, ...] = ()


def check_header(data: bytes) -> None:
    """The reader never raises, reads alike in one piece and in small ones, and agrees with the decoder on the size."""
    from visionask.images.probe import HEAD_BYTES, probe_bytes, read_header

    found = read_header(lambda at, count: data[at : at + count])
    assert found == read_header(lambda at, count: data[at : at + count], data[:HEAD_BYTES])
    assert found is None or (found[1] > 0 and found[2] > 0 and 1 <= found[3] <= 8), found
    try:
        probed = probe_bytes(data, "a.pic")
    except InputError:
        return
    assert found is None or found == tuple(probed[:4]), (found, probed)


def check_picture(data: bytes) -> None:
    """A picture is refused, or becomes a plain JPEG or PNG of just the planned size, without metadata."""
    from PIL import Image

    from visionask.images.prepare import encode
    from visionask.images.probe import probe_bytes

    choice = hashlib.sha256(data).digest()
    try:
        width, height = probe_bytes(data, "a.pic").upright
        share = (choice[0] % 4 + 1) / 4
        # as the planner does: never enlarged, both sides at least 2 px, none above 2,048
        sides = [max(2, min(2048, int(side * share))) for side in (width, height)]
        spec = PictureSpec(width_px=sides[0], height_px=sides[1], allows_truncated=choice[1] % 2 == 0)
        made = encode(data, spec, label="a.pic")
    except InputError:
        return
    assert made.sha256 == choice.hex()
    with Image.open(io.BytesIO(made.data)) as im:
        im.load()
        assert im.format == made.format
        assert im.format in ("JPEG", "PNG")
        assert im.size == (spec.width_px, spec.height_px) == (made.width_px, made.height_px)
        assert im.mode in (("RGB", "L") if not made.is_untouched else ("RGB", "L", "P", "1")), im.mode
        assert not {"exif", "xmp", "icc_profile", "comment", "XML:com.adobe.xmp"} & set(im.info), im.info.keys()


def check_url(data: bytes) -> None:
    """An argument becomes a source or a `Failed`; what is asked for on the wire is one clean ASCII line."""
    from visionask.core.url import shown_url
    from visionask.images.links import parse_link
    from visionask.images.sources import expand

    text = os.fsdecode(data)
    if text.startswith("/") or ".." in text:  # patterns must not walk this machine's disk
        return
    for found in expand([text], stdin=lambda: b"x"):
        assert isinstance(found.label, str)
    assert "secret@" not in re.split("[/?#]", shown_url(text).partition("://")[2])[0]
    try:
        link = parse_link(text)
    except InputError:
        return
    for part in (link.host, link.authority, link.target):
        assert part.isascii(), part
        assert part.isprintable(), part
        assert " " not in part, part
    assert 0 <= link.port <= 65535


def check_config(data: bytes) -> None:
    """A config file is refused with a ConfigError, or every model in it can be loaded."""
    from visionask.config.catalog import load_catalog
    from visionask.config.settings import load_settings

    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        file.write(data)
        file.flush()
        try:
            settings = load_settings({}, env={"VISIONASK_CONFIG": file.name})
            catalog = load_catalog(settings.file, origin=settings.origin)
        except ConfigError:
            return
    for name in (settings.file or {}).get("models", {}):
        assert catalog.find(name) is not None


TARGETS: dict[str, Target] = {
    "header": Target(check=check_header, seeds=seeds.headers),
    "picture": Target(check=check_picture, seeds=seeds.pictures),
    "pdf": Target(check=check_picture, seeds=seeds.pdfs, words=seeds.PDF_WORDS),
    "url": Target(check=check_url, seeds=lambda: seeds.URLS, words=seeds.URL_WORDS),
    "reply": Target(check=check_reply, seeds=seeds.replies, words=seeds.JSON_WORDS),
    "stream": Target(check=check_events, seeds=seeds.streams, words=seeds.JSON_WORDS),
    "config": Target(check=check_config, seeds=lambda: seeds.CONFIGS, words=seeds.TOML_WORDS),
    "ledger": Target(check=kept.check_ledger, seeds=kept.ledgers, words=kept.WORDS),
    "recording": Target(check=kept.check_recording, seeds=kept.recordings, words=seeds.JSON_WORDS),
}
