"""Owns the choice of where requests go: a server with a key, or a model on this machine for as long as it is needed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from visionask.config.settings import data_folder, find_key
from visionask.core.catalog import Model
from visionask.core.request import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from visionask.config.settings import Settings
    from visionask.core.request import Recording


def local_model(name: str, *, is_run: bool = True) -> Model:
    """Describe a model on this machine: its token rule is not known, and it costs nothing.

    Raises UnknownModel, MissingExtra or ConfigError for one that is to run and is not here, before anything is planned.
    """
    if is_run and name == "ocr":
        from visionask.api.ocr import check_ocr

        check_ocr()
    elif is_run:
        from visionask.api.local import find

        find(name, data_folder())
    from visionask.config.catalog import load_sight

    return Model(name=name, entry=None, sight=load_sight())


@contextmanager
def connect(settings: Settings, local: str | None, recording: Recording | None = None) -> Iterator[Endpoint]:
    """Give the endpoint of a command. Entered when the plan stands: a missing picture is told before a missing key.

    A replay needs neither key nor model. Raises MissingKey, and for `local` what `api.local` raises.
    """
    timeout_s, retries = settings.timeout, settings.retries
    if local is None or (recording is not None and recording.is_replay):
        key = "" if recording is not None and recording.is_replay else find_key(settings)
        yield Endpoint(
            base_url=settings.base_url, api_key=key, timeout_s=timeout_s, retries=retries, recording=recording
        )
        return
    with _serve(local) as endpoint:
        yield replace(endpoint, timeout_s=timeout_s, retries=retries, recording=recording)


def _serve(local: str) -> AbstractContextManager[Endpoint]:
    """Run what `--local` names. Raises what its room raises."""
    if local == "ocr":
        from visionask.api.ocr import serve_ocr

        return serve_ocr()
    from visionask.api.local import find, serve

    return serve(find(local, data_folder()))
