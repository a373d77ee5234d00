"""Making a picture ready: from a source's bytes to the very bytes that are sent."""

from __future__ import annotations

import hashlib
from dataclasses import field, replace
from typing import TYPE_CHECKING

from visionask.core.dataclass import dataclass
from visionask.core.errors import CorruptImage
from visionask.core.geometry import Box, box_between, clip_box
from visionask.core.image import EncodedImage, PictureSpec
from visionask.images import colour, wire
from visionask.images.decode import (
    RESAVE_HINT,
    TRUNCATED,
    Opened,
    as_corrupt,
    draft_proof,
    load,
    open_picture,
    quieten,
    scale_of,
)
from visionask.images.formats import is_pdf
from visionask.images.orient import reset_orientation, swaps_sides, to_stored, turn_upright, turned
from visionask.images.resize import shrink

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

_PHOTO_FORMATS = frozenset(("JPEG", "HEIF"))
_EXIF = b"Exif\0\0"
_LATE_TURN = "its orientation stands behind the pixels, where browsers do not look: not turned (see --rotate)"
_TIFF_BITS, _TIFF_PHOTOMETRIC = 258, 262
_LEAST_SHOWN_PX = 90  # of the longer side of an untouched JPEG that `on_pixels` is shown; less where it has less
_SHRUNK_QUALITY = 2  # more, for a JPEG that its decoder shrank: see _shrink_on_load


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One picture on its way, so that the steps below have few parameters."""

    spec: PictureSpec
    label: str
    opened: Opened
    on_pixels: Callable[[Image.Image], None] | None = None
    warnings: list[str] = field(default_factory=list)

    def show(self, im: Image.Image) -> None:
        """Hand on what is sent, if anybody wants to see it."""
        im.info = {}  # or encoders would write what stands there
        if self.on_pixels is not None:
            self.on_pixels(im)


def encode(
    data: bytes,
    spec: PictureSpec,
    *,
    label: str,
    sha256: str | None = None,
    max_bytes: int = wire.MAX_BYTES,
    on_pixels: Callable[[Image.Image], None] | None = None,
) -> EncodedImage:
    """Decode, turn upright, crop, redact, shrink and encode one picture, all metadata dropped.

    The result has exactly the sides of `spec`, is RGB or grey, opaque, JPEG or PNG, and depends on nothing but the
    arguments. A JPEG or PNG that has them already keeps its own pixels. `sha256` is the digest of `data` where the
    caller has it. `on_pixels` is shown the pixels as they are sent, RGB or grey; those of an untouched JPEG may be
    fewer, and YCbCr. Safe to call from several threads.

    Raises NotAnImage, UnsupportedFormat, CorruptImage (also for a picture that only seems whole), and TooLarge for too
    many pixels to decode or for more than `max_bytes` at any quality.
    """
    quieten()
    sha256 = sha256 or hashlib.sha256(data).hexdigest()
    if is_pdf(data[:2048]):
        return _encode_page(data, spec, label=label, sha256=sha256, max_bytes=max_bytes, on_pixels=on_pixels)
    lenient, frame = spec.allows_truncated, spec.frame
    opened = open_picture(data, label=label, max_pixels=spec.max_pixels, lenient=lenient, frame=frame)
    if spec.rotate:
        opened = replace(opened, orientation=turned(opened.orientation, spec.rotate))
    whole = data if spec.keeps_metadata and not spec.rotate else b""  # its own tag would turn it again
    has_all = opened.container.own == data  # nothing to take out
    data = b""  # what is decoded may be a copy: one is enough
    job = _Job(spec=spec, label=label, opened=opened, on_pixels=on_pixels)
    stored = opened.im.size
    with as_corrupt(label, lenient=spec.allows_truncated):
        own = _own_bytes(job, whole, max_bytes)
        if own is not None and not lenient:
            draft_proof(opened, least_px=0 if on_pixels is None else _LEAST_SHOWN_PX)
        scale = 1 if own is not None else _shrink_on_load(job)
        if not load(opened, label=label, max_pixels=spec.max_pixels, lenient=lenient):
            job.warnings.append(TRUNCATED)
            own = None
        kind, sent = opened.source_format, own
        if sent is not None:
            job.show(opened.im)
        else:
            whole, opened = b"", opened.without_bytes()
            job = replace(job, opened=opened)
            kind, sent = _redraw(job, stored, scale, max_bytes)
    _note_frames(job)
    done = _done(spec, (kind, sent), sha256=sha256, source_format=opened.source_format, warnings=job.warnings)
    return done._replace(is_untouched=own is not None, sent_sha256=sha256 if own is not None and has_all else None)


def _done(
    spec: PictureSpec, made: tuple[str, bytes], *, sha256: str, source_format: str, warnings: list[str]
) -> EncodedImage:
    return EncodedImage(
        data=made[1],
        format=made[0],
        width_px=spec.width_px,
        height_px=spec.height_px,
        sha256=sha256,
        source_format=source_format,
        is_untouched=False,
        warnings=tuple(warnings),
    )


def _encode_page(
    data: bytes,
    spec: PictureSpec,
    *,
    label: str,
    sha256: str,
    max_bytes: int,
    on_pixels: Callable[[Image.Image], None] | None,
) -> EncodedImage:
    from visionask.images.pdf import make_page

    made, warnings = make_page(data, spec, label=label, max_bytes=max_bytes, on_pixels=on_pixels)
    return _done(spec, made, sha256=sha256, source_format="PDF", warnings=warnings)


def _note_frames(job: _Job) -> None:
    container = job.opened.container
    job.warnings.extend(container.unknown)
    if container.is_turn_late and not job.spec.rotate:
        job.warnings.append(_LATE_TURN)


def _area(job: _Job) -> Box | None:
    """Return the box of the upright picture that is sent; None where the crop lies outside."""
    upright = job.opened.upright
    return Box(0, 0, *upright) if job.spec.crop is None else clip_box(job.spec.crop, upright)


def _shrink_on_load(job: _Job) -> int:
    """Ask a JPEG decoder for a half, a quarter or an eighth, and return that divisor; 1 where all pixels are needed.

    The step nearest above the target is taken. 4000x3000 to 1824x1368 by way of 2000x1500 takes 0.22 of the CPU of a
    full decode and Pillow's LANCZOS, and after encoding its likeness (SSIM) to what LANCZOS gives is 0.0034 lower; by
    way of a full decode 0.39 and 0.0007. Encoded 2 finer (9% more bytes) the first is 0.0006 lower: that is done.
    """
    im, spec = job.opened.im, job.spec
    area = _area(job)
    if job.opened.container.format != "JPEG" or spec.redact or area is None:
        return 1
    width, height = job.opened.upright
    needed = (
        -(-spec.width_px * width // area.width),
        -(-spec.height_px * height // area.height),
    )
    im.draft(im.mode, needed[::-1] if swaps_sides(job.opened.orientation) else needed)
    return scale_of(im)


def _own_bytes(job: _Job, whole: bytes, max_bytes: int) -> bytes | None:
    """Return what may be sent without touching a pixel, or None."""
    spec, opened = job.spec, job.opened
    container = opened.container
    own = whole if spec.keeps_metadata and container.own is not None else container.own
    if not own or spec.crop or spec.redact or opened.orientation != 1:
        return None
    if opened.im.size != (spec.width_px, spec.height_px) or len(own) > max_bytes:
        return None
    has_colours = bool(container.icc) and not colour.is_srgb(container.icc)
    return None if has_colours and not spec.keeps_metadata else own


def _redraw(job: _Job, stored: tuple[int, int], scale: int, max_bytes: int) -> tuple[str, bytes]:
    spec, container = job.spec, job.opened.container
    is_exact = container.format == "PNG" and job.opened.im.mode in ("P", "1") and _keeps_size(job)
    job.warnings.extend(colour.doubts(job.opened.im, has_spare_alpha=container.has_spare_alpha))
    im = flatten(job.opened)
    if im is not job.opened.im:
        job.opened.im.close()  # the pixels as they were decoded: as many bytes as the flat ones
    _redact(im, job, stored)
    im = _crop(im, job, stored, scale)
    im = _resize(im, job)
    if not (spec.keeps_metadata and im.mode in ("RGB", "L")):
        im = colour.to_srgb(im, container.icc)
    im = turn_upright(im, job.opened.orientation)
    job.show(im)
    done = wire.encode_pixels(
        im,
        is_photo_format=job.opened.source_format in _PHOTO_FORMATS,
        quality=spec.quality if scale == 1 else min(100, spec.quality + _SHRUNK_QUALITY),
        max_bytes=max_bytes,
        kept=_kept(job) if spec.keeps_metadata else {},
        is_exact=is_exact,
    )
    if done is None:
        raise wire.too_many_bytes(job.label, max_bytes)
    return done


def flatten(opened: Opened) -> Image.Image:
    """Return a decoded picture as RGB, L, CMYK or LAB, opaque, as a viewer shows it on white."""
    im, tags = opened.im, getattr(opened.im, "tag_v2", {})
    bits = tags.get(_TIFF_BITS, (0,))
    return colour.flatten(
        im,
        key=opened.container.key,
        sample_bits=bits[0] if isinstance(bits, tuple) and bits else 0,
        is_white_zero=tags.get(_TIFF_PHOTOMETRIC) == 0,
        gamma=opened.container.gamma,
        has_spare_alpha=opened.container.has_spare_alpha,
    )


def _keeps_size(job: _Job) -> bool:
    return job.opened.upright == (job.spec.width_px, job.spec.height_px) and job.spec.crop is None


def _redact(im: Image.Image, job: _Job, stored: tuple[int, int]) -> None:
    black = {"CMYK": (0, 0, 0, 255), "LAB": (0, 128, 128), "RGB": (0, 0, 0)}.get(im.mode, 0)
    upright = stored[::-1] if swaps_sides(job.opened.orientation) else stored
    for box in job.spec.redact:
        inside = clip_box(box, upright)
        if inside is not None:
            im.paste(black, to_stored(inside, job.opened.orientation, upright).sides)


def _crop(im: Image.Image, job: _Job, stored: tuple[int, int], scale: int) -> Image.Image:
    if job.spec.crop is None:
        return im
    upright = stored[::-1] if swaps_sides(job.opened.orientation) else stored
    inside = clip_box(job.spec.crop, upright)
    if inside is not None:
        left, top, right, bottom = to_stored(inside, job.opened.orientation, upright).sides
        # inwards, so that nothing from outside is mixed in
        ends = min(im.width, right // scale), min(im.height, bottom // scale)
        inside = box_between(-(-left // scale), -(-top // scale), *ends)
    if inside is None:
        raise CorruptImage(f"{job.label}: nothing inside the crop box", "check --crop against the picture's size")
    return im.crop(inside.sides)


def _resize(im: Image.Image, job: _Job) -> Image.Image:
    """Shrink to the planned size. A side of 1 px is repeated; nothing else is ever enlarged."""
    from PIL.Image import Resampling

    spec = job.spec
    target = (spec.width_px, spec.height_px)
    if swaps_sides(job.opened.orientation):
        target = target[::-1]
    if 1 in im.size:
        im = im.resize((max(2, im.width), max(2, im.height)), Resampling.NEAREST)
    if target[0] > im.width or target[1] > im.height:
        size = f"{im.width}x{im.height} px decoded, {target[0]}x{target[1]} planned"
        raise CorruptImage(f"{job.label}: smaller than its header says ({size})", RESAVE_HINT)
    return im if target == im.size else shrink(im, target, source_format=job.opened.container.format)


def _kept(job: _Job) -> dict[str, bytes]:
    container = job.opened.container
    exif = reset_orientation(container.exif)
    if exif and not exif.startswith(_EXIF):  # as a PNG has it; Pillow writes a JPEG's as it is given
        exif = _EXIF + exif
    found = {"exif": exif, "icc_profile": container.icc, "xmp": container.xmp}
    return {name: value for name, value in found.items() if value}
