"""The order of calls of `cost --exact`: the very requests that would be asked, counted by the provider instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from visionask.core.errors import UsageError, VisionaskError
from visionask.core.namedtuple import NamedTuple
from visionask.core.request import Answered, Unanswered
from visionask.run.closed import lacks_endpoint
from visionask.run.job import project_images
from visionask.run.pictures import pictures_of
from visionask.run.session import LedgerOptions, Policy, open_session
from visionask.run.survey import asks_once, find

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from visionask.core.image import Failed
    from visionask.core.plan import ImagePlan, Sizing
    from visionask.core.request import Endpoint
    from visionask.core.text_tokens import TextCount
    from visionask.run.job import Job
    from visionask.run.survey import Choosing

_POLICY = Policy(recalls=False, shows_price=False)

MOST_UNASKED = 20  # images of a folder that are uploaded without --sample: each is a request of its own


class Counted(NamedTuple):
    """What the provider counted, beside what was projected for the very same requests."""

    images: int
    requests: int
    input_tokens: int
    projected_tokens: int | None
    failed: tuple[Failed, ...] = ()  # what their headers promised, their pixels did not hold: not counted

    @property
    def ratio(self) -> float | None:
        """Counted over projected: 3,016 over 3,014 is 1.0007."""
        return self.input_tokens / self.projected_tokens if self.projected_tokens else None


def check_number(choosing: Choosing) -> None:
    """Raise UsageError where so many images would be uploaded that the user is to say how many."""
    if asks_once(choosing) or choosing.sample is not None:
        return
    found = find(choosing)
    if sum(1 for _ in zip(range(MOST_UNASKED + 1), found, strict=False)) > MOST_UNASKED:
        raise UsageError(
            f"--exact uploads each image, and these are more than {MOST_UNASKED}",
            f"say how many to count, such as --sample {MOST_UNASKED}",
        )


def count_exactly(
    job: Job,
    plans: Sequence[ImagePlan],
    *,
    connect: AbstractContextManager[Endpoint],
    text: TextCount,
    on_notice: Callable[[str], None],
) -> Counted:
    """Prepare and count: named images in one request, others in one each. `text` is that of one request.

    Raises what the sending does. An image that cannot be prepared keeps its request from being counted, and no other.
    """
    counting = replace(job, is_count=True)
    groups = [[*plans]] if job.terms.is_one_request else [[plan] for plan in plans]
    failed: list[Failed] = []
    sizings: list[Sizing] = []
    requests = tokens = 0
    with open_session(LedgerOptions(path=None), connect, on_notice=on_notice) as session:
        for group in groups:
            outcome = session.answer(counting, pictures_of(group), _POLICY)
            if outcome.failed:
                failed += outcome.failed
                continue
            match outcome:
                case Unanswered():
                    raise _explained(outcome.error) from outcome.error.__cause__
                case Answered():
                    requests, tokens = requests + 1, tokens + int(outcome.answer.text)
                    sizings += [plan.sizing for plan in group]
                case _:
                    assert_never(outcome)
    projected = project_images(job, sizings, text=text).input_tokens
    return Counted(len(sizings), requests, tokens, projected, tuple(failed))


def _explained(error: VisionaskError) -> VisionaskError:
    """Say what to do where the server does not count: most that speak Chat Completions do not."""
    if lacks_endpoint(error) and error.cause != "model":
        error.hint = "leave --exact out: this server has no count of its own; or check the base URL"
    return error
