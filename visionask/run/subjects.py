"""What a check is about: each image with its baseline, planned from its header, and how far their pixels differ.

A folder of baselines (`--against-dir`) is paired by path below the folder, or below the part of a pattern that has no
mark: `shots/de/home.png` of `shots/` with `baseline/de/home.png`. A file that is named by itself is paired with the
longest end of its path that the folder has. An image without a baseline is an error of its own; a baseline without an
image is told.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visionask.core.checks import Accepted, Finding, Judged, Point, Predicate
from visionask.core.dataclass import dataclass
from visionask.core.errors import InputError, NotFound, UsageError
from visionask.core.image import Failed, FileSource, ObjectSource, UrlSource
from visionask.core.plan import ImagePlan, Planner
from visionask.images.sources import Filter, walk
from visionask.run.survey import plan_seen, plan_source, survey

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visionask.core.checks import Group
    from visionask.core.geometry import Box
    from visionask.core.image import PictureSpec
    from visionask.core.plan import Sizing
    from visionask.run.job import Job
    from visionask.run.pictures import Spool
    from visionask.run.survey import Choosing


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One image, or why it cannot be sent, with what is to be told of it."""

    image: ImagePlan | Failed
    points: tuple[Point, ...]
    baseline: ImagePlan | Failed | None = None
    ignore: tuple[Box, ...] = ()
    is_identical: bool = False  # as far as the tolerance goes
    difference: float | None = (
        None  # the share of pixels that differ from the baseline's, where both have the same size
    )

    @property
    def label(self) -> str:
        return label_of(self.image)

    @property
    def against(self) -> str | None:
        return None if self.baseline is None else label_of(self.baseline)

    @property
    def failure(self) -> Failed | None:
        """Why it cannot be sent, if it cannot."""
        return next((each for each in (self.image, self.baseline) if isinstance(each, Failed)), None)

    @property
    def plans(self) -> tuple[ImagePlan, ...]:
        """The pictures of a request about it, in order."""
        return tuple(each for each in (self.image, self.baseline) if isinstance(each, ImagePlan))

    def is_told(self, point: Point) -> bool:
        """Return whether the pixels alone answer: a statement about two pictures that are the same."""
        return self.is_identical and isinstance(point.question, Predicate)


def label_of(found: ImagePlan | Failed) -> str:
    """Name an image as its messages do."""
    return found.label if isinstance(found, Failed) else found.source.label


def find_subjects(
    groups: Sequence[Group],
    choosing: Choosing,
    whole: Planner,
    *,
    spool: Spool,
) -> list[Subject]:
    """Find and plan all images, in order. Raises UsageError for options that cannot be met, and for no image."""
    pixels = _Pixels()
    subjects: list[Subject] = []
    for group in groups:
        folder, planner = group.baselines.folder, _over(whole, group.baselines.ignore)
        shared = _baseline(group, choosing, planner)
        for arg in group.images:
            for image in _images(arg, choosing, planner, spool):
                baseline = shared
                if baseline is None and folder is not None:
                    baseline = _counterpart(label_of(image), arg, folder, choosing=choosing, planner=planner)
                subject = Subject(image=image, points=group.points, baseline=baseline, ignore=group.baselines.ignore)
                subjects.append(_compared(subject, pixels, group.baselines.tolerance or 0.0))
    if not subjects:
        named = [arg for group in groups for arg in group.images]
        if named:
            raise UsageError(f"no image is in {', '.join(named[:3])}", "name a file, or add -r to go into its folders")
        raise UsageError("no image was named", "name a file, a URL, or - for standard input")
    return _once(subjects)


def _once(subjects: Sequence[Subject]) -> list[Subject]:
    """Leave out a file that two arguments of one group match: it is one image."""
    seen: set[tuple[str, int]] = set()
    kept = []
    for subject in subjects:
        if isinstance(subject.image, ImagePlan) and isinstance(subject.image.source, FileSource):
            name = (subject.image.source.label, id(subject.points))
            if name in seen:
                continue
            seen.add(name)
        kept.append(subject)
    return kept


def _over(planner: Planner, ignore: tuple[Box, ...]) -> Planner:
    """Return a planner that paints over what is ignored."""
    if not ignore:
        return planner
    return Planner(planner.model, planner.options._replace(redact=(*planner.options.redact, *ignore)))


def _compared(subject: Subject, pixels: _Pixels, tolerance: float) -> Subject:
    one, other = subject.image, subject.baseline
    if not isinstance(one, ImagePlan) or not isinstance(other, ImagePlan):
        return subject
    share = pixels.difference(one, other)
    return replace(subject, difference=share, is_identical=share is not None and share <= tolerance)


def unpaired(subjects: Sequence[Subject], groups: Sequence[Group], choosing: Choosing) -> list[str]:
    """Return the baselines of folders that no image has, where folders or patterns were named to find images in."""
    folders = [
        group.baselines.folder
        for group in groups
        if group.baselines.folder is not None and any(os.path.isdir(arg) or _has_mark(arg) for arg in group.images)
    ]
    paired = {os.path.normpath(subject.against) for subject in subjects if subject.against is not None}
    chosen = Filter(choosing.include, choosing.exclude)
    goes_down = choosing.is_recursive or any("**" in arg for group in groups for arg in group.images)
    found = [each for folder in dict.fromkeys(folders) for each in walk(folder, chosen, recursive=goes_down)]
    paths = [each.path for each in found if isinstance(each, FileSource)]
    return [path for path in paths if os.path.normpath(path) not in paired]


def _counterpart(label: str, arg: str, folder: str, *, choosing: Choosing, planner: Planner) -> ImagePlan | Failed:
    """Plan the baseline of an image; one that is not there is an error of the image."""
    path = os.path.join(folder, *_below(label, arg, folder))
    if os.path.lexists(path):
        return plan_source(FileSource(path=path), choosing, planner)
    error = NotFound(f"{label}: new, there is no baseline {path}", "--accept takes it as the baseline")
    return Failed(label=path, error=error)


def _below(label: str, arg: str, folder: str) -> list[str]:
    """Return the parts of the path of an image below what was named; of a file, the longest end that is there."""
    if "://" in label:
        return [os.path.basename(label.split("?", maxsplit=1)[0].rstrip("/")) or "image"]
    if os.path.isdir(arg) or _has_mark(arg):
        return os.path.relpath(label, _fixed(arg)).split(os.sep)
    parts = [part for part in os.path.normpath(label).split(os.sep) if part not in ("", os.pardir)]
    ends = [parts[at:] for at in range(len(parts))]
    return next((end for end in ends if os.path.isfile(os.path.join(folder, *end))), parts[-1:])


def _has_mark(arg: str) -> bool:
    return any(mark in arg for mark in "*?[") and not os.path.lexists(arg)


def _fixed(arg: str) -> str:
    """Return the folder that a pattern begins in; a folder is itself."""
    if os.path.isdir(arg):
        return arg
    kept = []
    for part in arg.split("/")[:-1]:
        if any(mark in part for mark in "*?["):
            break
        kept.append(part)
    return "/".join(kept) or ("/" if arg.startswith("/") else ".")


def higher(subject: Subject, job: Job) -> Subject | None:
    """Plan a subject in the next detail; None where the model has none above, or would see no more of the picture."""
    above = {"low": "high", "high": "original"}.get(subject.plans[0].sizing.level)
    if above is None or not job.options.resizes:
        return None
    try:
        better = resized(subject, Planner(model=job.model, options=job.options._replace(detail=above)), job.choosing)
    except UsageError:
        return None
    pairs = zip(subject.plans, better.plans, strict=True)
    return None if all(_is_same_view(one.sizing, other.sizing) for one, other in pairs) else better


def _is_same_view(one: Sizing, other: Sizing) -> bool:
    """Return whether the model sees the same of a picture in both details, by the provider's rule."""
    return one.tokens is not None and (one.sent, one.tokens) == (other.sent, other.tokens)


def resized(subject: Subject, planner: Planner, choosing: Choosing) -> Subject:
    """Plan a subject anew, for other options or another model. Raises what the planner does."""
    planner = _over(planner, subject.ignore)
    plans = [plan_seen((plan.source, plan.probe), choosing, planner) for plan in subject.plans]
    return replace(subject, image=plans[0], baseline=plans[1] if len(plans) > 1 else None)


def _images(arg: str, choosing: Choosing, planner: Planner, spool: Spool) -> Iterator[ImagePlan | Failed]:
    """Plan the images of one argument; those that were fetched for it go to the spool."""
    for found in survey(choosing._replace(args=(arg,)), planner):
        is_fetched = "://" in arg and arg not in choosing.in_hand
        yield spool.put(found) if is_fetched and isinstance(found, ImagePlan) else found


def _baseline(group: Group, choosing: Choosing, planner: Planner) -> ImagePlan | Failed | None:
    if group.against is None:
        return None
    found = [*survey(choosing._replace(args=(group.against,)), planner)]
    if len(found) != 1:
        raise UsageError(f"{group.against}: {len(found)} images cannot be one baseline", "name one image")
    return found[0]


class _Pixels:
    """Compares pictures. In memory are the pixels of the last baseline alone."""

    def __init__(self) -> None:
        self._last: tuple[ImagePlan, Any] | None = None

    def difference(self, one: ImagePlan, other: ImagePlan) -> float | None:
        """Return the share of pixels that differ; None where that cannot be told: links, other sizes, bad files."""
        if isinstance(one.source, UrlSource | ObjectSource) or isinstance(other.source, UrlSource | ObjectSource):
            return None  # a link that is only priced is not downloaded
        if _region(one) != _region(other):
            return None
        from visionask.images.compare import difference

        if self._last is None or self._last[0] != other:
            self._last = other, _decoded(other)
        baseline, pixels = self._last[1], _decoded(one)  # a cut file is no proof of anything, whatever its bytes are
        return None if pixels is None or baseline is None else difference(pixels, baseline)


def _decoded(plan: ImagePlan) -> Any:
    """Return the upright pixels, as Pillow has them; None for a picture that cannot be decoded."""
    from visionask.images.compare import upright_pixels
    from visionask.images.probe import read_bytes

    assert not isinstance(plan.source, UrlSource | ObjectSource)
    try:
        return upright_pixels(read_bytes(plan.source), plan.sizing.spec, label=plan.source.label)
    except InputError:
        return None  # preparing it will say why


_ALONE_PX, _PAIR_PX = 320, 560  # the longest side of the pictures of a report: one alone, one of a pair


def small_pictures(subject: Subject) -> tuple[bytes | None, bytes | None, bytes | None]:
    """Return small JPEGs of the image, of its baseline and of where they differ; None for what cannot be shown.

    Files are read again, so that no picture is held in memory while others are asked about; a link that was handed on
    is not downloaded.
    """
    one, other = subject.image, subject.baseline
    side_px = _ALONE_PX if other is None else _PAIR_PX
    changed = None
    if subject.difference and isinstance(one, ImagePlan) and isinstance(other, ImagePlan):
        from visionask.images.compare import difference_jpeg

        pixels, baseline = _decoded(one), _decoded(other)
        changed = pixels and baseline and difference_jpeg(pixels, baseline, side_px=side_px)
    return _small(one, side_px), _small(other, side_px), changed


def _small(found: ImagePlan | Failed | None, side_px: int) -> bytes | None:
    if not isinstance(found, ImagePlan) or isinstance(found.source, UrlSource | ObjectSource):
        return None
    from visionask.images.probe import read_bytes
    from visionask.images.thumbnail import thumbnail_of

    try:
        return thumbnail_of(read_bytes(found.source), found.sizing.spec, label=found.source.label, side_px=side_px)
    except InputError:
        return None  # its findings say why


def _region(plan: ImagePlan) -> tuple[tuple[int, int] | None, PictureSpec]:
    return None if plan.probe is None else plan.probe.upright, plan.sizing.spec


def first_finding(subject: Subject, point: Point) -> Finding:
    """Return what is known of a point before anything is asked: nothing, a fault of the image, or what pixels tell."""
    finding = Finding(image=subject.label, against=subject.against, difference=subject.difference, point=point)
    if subject.failure is not None:
        return replace(finding, error=subject.failure.error)
    if not subject.is_told(point):
        return finding
    same = Judged(verdict="true", value=None, probability=1.0, distribution={"true": 1.0, "false": 0.0})
    return replace(finding, judged=same, is_identical=True)


def accept(subjects: Sequence[Subject], *, is_dry: bool) -> list[Accepted]:
    """Copy images over their baselines, each whole or not at all. Those that cannot be read are left out.

    Raises StateError.
    """
    told = []
    for subject in subjects:
        if not isinstance(subject.image, ImagePlan) or subject.against is None:
            continue
        change = "new" if not os.path.lexists(subject.against) else "changed"
        if subject.difference == 0:
            change = "unchanged"
        elif not is_dry:
            _copy(subject.image, subject.against)
        told.append(Accepted(subject.label, subject.against, change))
    return told


def _copy(plan: ImagePlan, path: str) -> None:
    from visionask.images.probe import read_bytes
    from visionask.report.output import open_target, writing

    assert not isinstance(plan.source, UrlSource | ObjectSource)
    data = read_bytes(plan.source)
    with writing(path):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    target = open_target(path, takes_pictures=True)
    try:
        target.write(data)
        target.finish()
    except BaseException:
        target.abandon()
        raise
