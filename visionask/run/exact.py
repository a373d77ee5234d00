"""The order of calls of `cost --exact`: the very requests that would be asked, counted by the provider instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from visionask.core.errors import UsageError, VisionaskError
from visionask.core.request import PlannedRequest
from visionask.run.check import lacks_endpoint
from visionask.run.job import build_request, prepare_all, project_images
from visionask.run.survey import asks_once, find

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from visionask.api.client import Client
    from visionask.core.image import Failed
    from visionask.core.plan import ImagePlan, Sizing
    from visionask.core.request import Endpoint
    from visionask.core.text_tokens import TextCount
    from visionask.run.job import Job
    from visionask.run.survey import Choosing

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
    import threading

    from visionask.api.client import Client

    with connect as endpoint:
        client = Client(endpoint, on_notice)
        warming = threading.Thread(target=client.warm, daemon=True)
        warming.start()
        try:
            counted = _Count(job, text, client, warming).run(plans)
        except VisionaskError as error:
            raise _explained(error) from error.__cause__
        finally:
            warming.join()
            client.close()
        if client.unsaved is not None:
            raise client.unsaved
        return counted


class _Count:
    """A count under way. One request after the other: their number is small, and Ctrl-C ends it at once."""

    def __init__(self, job: Job, text: TextCount, client: Client, warming: threading.Thread) -> None:
        self._job, self._text, self._client, self._warming = job, text, client, warming

    def run(self, plans: Sequence[ImagePlan]) -> Counted:
        groups = [list(plans)] if self._job.terms.is_one_request else [[plan] for plan in plans]
        failed: list[Failed] = []
        sizings: list[Sizing] = []
        requests = tokens = 0
        for group in groups:
            found = self._tokens(group)
            if isinstance(found, int):
                requests, tokens = requests + 1, tokens + found
                sizings += [plan.sizing for plan in group]
            else:
                failed += found
        projected = project_images(self._job, sizings, text=self._text).input_tokens
        return Counted(len(sizings), requests, tokens, projected, tuple(failed))

    def _tokens(self, group: list[ImagePlan]) -> int | tuple[Failed, ...]:
        encoded, failed = prepare_all(group)
        if failed:
            return failed
        job = self._job
        planned = PlannedRequest(
            question=job.question,
            system=job.system,
            images=tuple(group),
            projection=project_images(job, [plan.sizing for plan in group], text=self._text),
        )
        request = replace(build_request(job, planned, encoded), is_count=True)
        self._warming.join()
        usage = self._client.send(request).usage
        assert usage is not None
        assert usage.input_tokens is not None
        return usage.input_tokens


def _explained(error: VisionaskError) -> VisionaskError:
    """Say what to do where the server does not count: most that speak Chat Completions do not."""
    if lacks_endpoint(error) and error.cause != "model":
        error.hint = "leave --exact out: this server has no count of its own; or check the base URL"
    return error
