"""Owns what a check is about: each image with its baseline, planned from its header, and whether both look the same."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from visionask.core.errors import InputError, UsageError
from visionask.core.image import Failed, FileSource, ObjectSource, UrlSource
from visionask.core.plan import ImagePlan, Planner
from visionask.core.questions import Predicate
from visionask.run.survey import plan_seen, plan_source, survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.image import PictureSpec
    from visionask.core.plan import Sizing
    from visionask.core.questions import Group, Point
    from visionask.run.job import Job
    from visionask.run.survey import Choosing


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One image, or why it cannot be sent, with what is to be told of it."""

    image: ImagePlan | Failed
    points: tuple[Point, ...]
    baseline: ImagePlan | Failed | None = None
    is_identical: bool = False

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
        """Tell whether the pixels alone answer: a statement about two pictures that are the same."""
        return self.is_identical and isinstance(point.question, Predicate)


def label_of(found: ImagePlan | Failed) -> str:
    """Name an image as its messages do."""
    return found.label if isinstance(found, Failed) else found.source.label


def find_subjects(groups: Sequence[Group], choosing: Choosing, planner: Planner) -> list[Subject]:
    """Find and plan all images, in order. Raises UsageError for options that cannot be met, and for no image."""
    pixels = _Pixels()
    subjects: list[Subject] = []
    for group in groups:
        baseline = _baseline(group, choosing, planner)
        for image in _images(group, choosing, planner):
            is_same = (
                isinstance(image, ImagePlan) and isinstance(baseline, ImagePlan) and pixels.are_same(image, baseline)
            )
            subjects.append(Subject(image=image, points=group.points, baseline=baseline, is_identical=is_same))
    if not subjects:
        raise UsageError("no image was named", "name a file, a URL, or - for standard input")
    return subjects


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
    """Tell whether the model sees the same of a picture in both details, by the provider's rule."""
    return one.tokens is not None and (one.sent, one.tokens) == (other.sent, other.tokens)


def resized(subject: Subject, planner: Planner, choosing: Choosing) -> Subject:
    """Plan a subject anew, for other options or another model. Raises what the planner does."""
    plans = [plan_seen((plan.source, plan.probe), choosing, planner) for plan in subject.plans]
    return replace(subject, image=plans[0], baseline=plans[1] if len(plans) > 1 else None)


def fetched(subject: Subject, job: Job) -> Subject:
    """Fetch here what was handed on as a link; all else stays as it is."""
    planner = Planner(model=job.model, options=job.options)
    again = [
        plan_source(plan.source, job.choosing, planner) if isinstance(plan.source, UrlSource | ObjectSource) else plan
        for plan in subject.plans
    ]
    return replace(subject, image=again[0], baseline=again[1] if len(again) > 1 else None)


def _images(group: Group, choosing: Choosing, planner: Planner) -> list[ImagePlan | Failed]:
    """Plan a group's images; a file that two patterns match is one image."""
    seen: set[str] = set()
    found: list[ImagePlan | Failed] = []
    for each in survey(choosing._replace(args=group.images), planner):
        if isinstance(each, ImagePlan) and isinstance(each.source, FileSource):
            if each.source.path in seen:
                continue
            seen.add(each.source.path)
        found.append(each)
    return found


def _baseline(group: Group, choosing: Choosing, planner: Planner) -> ImagePlan | Failed | None:
    if group.against is None:
        return None
    found = [*survey(choosing._replace(args=(group.against,)), planner)]
    if len(found) != 1:
        raise UsageError(f"{group.against}: {len(found)} images cannot be one baseline", "name one image")
    return found[0]


@dataclass(slots=True)
class _Pixels:
    """Compares pictures; each is decoded at most once, and none whose size or bytes tell already."""

    digests: dict[ImagePlan, str | None] = field(default_factory=dict)

    def are_same(self, one: ImagePlan, other: ImagePlan) -> bool:
        if isinstance(one.source, UrlSource | ObjectSource) or isinstance(other.source, UrlSource | ObjectSource):
            return False  # a link that is only priced is not downloaded
        if _region(one) != _region(other):
            return False
        from visionask.images.probe import read_bytes

        try:
            data, baseline = read_bytes(one.source), read_bytes(other.source)
        except InputError:
            return False  # preparing it will say why
        if data == baseline and self._digest(one, data) is not None:  # a cut file is no proof of anything
            return True
        digest = self._digest(one, data)
        return digest is not None and digest == self._digest(other, baseline)

    def _digest(self, plan: ImagePlan, data: bytes) -> str | None:
        from visionask.images.compare import pixel_digest

        if plan not in self.digests:
            try:
                self.digests[plan] = pixel_digest(data, plan.sizing.spec, label=plan.source.label)
            except InputError:
                self.digests[plan] = None
        return self.digests[plan]


def _region(plan: ImagePlan) -> tuple[tuple[int, int] | None, PictureSpec]:
    return None if plan.probe is None else plan.probe.upright, plan.sizing.spec
