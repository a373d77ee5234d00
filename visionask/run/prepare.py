"""Owns the making of pictures for a plan: as many at once as there are processors."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from visionask.core.errors import InputError
from visionask.core.image import EncodedImage, Failed, ObjectSource, UrlSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.plan import ImagePlan


def prepare(image: ImagePlan) -> EncodedImage | Failed | None:
    """Read, decode and encode one picture; one that cannot be sent is a value; None for a link handed on."""
    if isinstance(image.source, UrlSource | ObjectSource):
        return None
    from visionask.images.prepare import encode
    from visionask.images.probe import read_bytes

    label = image.source.label
    try:
        return encode(read_bytes(image.source), image.sizing.spec, label=label)
    except InputError as error:
        return Failed(label=label, error=error)


def prepare_all(images: Sequence[ImagePlan]) -> tuple[tuple[EncodedImage | None, ...], tuple[Failed, ...]]:
    """Prepare all pictures in the order given. Threads: Pillow decodes and resizes outside the interpreter's lock."""
    if len(images) == 1:
        made = [prepare(images[0])]
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            made = list(pool.map(prepare, images))
    encoded = tuple(picture for picture in made if not isinstance(picture, Failed))
    failed = tuple(picture for picture in made if isinstance(picture, Failed))
    return encoded, failed
