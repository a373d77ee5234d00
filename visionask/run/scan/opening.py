"""Owns what a scan opens and closes: the ledger, the client, the pace."""

from __future__ import annotations

import os
import random
import threading
import time
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from visionask.core.fingerprint import AnswerKeys, Value, scan_key
from visionask.core.pace import Pace
from visionask.core.plan import Planner
from visionask.run.job import asked, count_text, project_images
from visionask.run.scan.ceiling import Ceiling
from visionask.run.scan.plan import Context
from visionask.run.structured import with_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from visionask.core.plan import Sizing
    from visionask.core.projection import Projection
    from visionask.core.request import Endpoint
    from visionask.run.job import Job
    from visionask.run.scan.plan import Scan
    from visionask.store.ledger import Ledger


@contextmanager
def prepared(
    scan: Scan,
    endpoint: Endpoint,
    ledger: Ledger,
    *,
    rpm: int | None,
    tpm: int | None,
    on_notice: Callable[[str], None],
) -> Iterator[Context]:
    """Give the workers what they share; the client is closed at the end."""
    from visionask.api.client import Client

    stop = threading.Event()
    pace = Pace(jobs=scan.workers, draw=random.random, rpm=rpm, tpm=tpm)
    client = Client(endpoint, on_notice, on_headers=lambda told: pace.learn(told, now_s=time.monotonic()), stop=stop)
    question = asked(scan.job, scan.base_url)
    number = ledger.scans.start(
        scan_key(question, _options(scan)), question=scan.job.question, model=scan.job.model.name
    )
    try:
        yield Context(
            scan=scan,
            number=number,
            ledger=ledger,
            client=with_schema(client, scan.job.schema, on_notice),
            pace=pace,
            planner=Planner(model=scan.job.model, options=scan.job.options),
            keys=AnswerKeys(question),
            project=projector(scan.job),
            decoding=threading.Semaphore(os.cpu_count() or 1),
            ceiling=Ceiling(is_needed=scan.has_budget),
            started_at=time.time(),
            warm=client.warm,
            unsaved=lambda: client.unsaved,
            stop=stop,
        )
    finally:
        client.close()


def projector(job: Job) -> Callable[[Sizing], Projection]:
    """Return what projects one request about a picture; once for each size, as the pictures of a folder have few."""
    text = count_text(job)
    return lru_cache(maxsize=1024)(lambda sizing: project_images(job, [sizing], text=text))


def _options(scan: Scan) -> dict[str, Value]:
    """Name the picture options for the identity of a scan."""
    return {name: value for name, value in scan.job.options._asdict().items() if value is not None}
