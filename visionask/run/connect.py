"""The choice of where requests go: a server with a key, or a model on this machine for as long as it is needed.

The list of models on this machine, as the reports take it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visionask.api.ocr import OCR, check_ocr
from visionask.config.settings import data_folder, find_key
from visionask.core.catalog import Model
from visionask.core.errors import ConfigError, MissingExtra
from visionask.core.request import Endpoint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from contextlib import AbstractContextManager

    from visionask.api.probe import Probed
    from visionask.config.settings import Settings
    from visionask.core.request import Recording


LIST_S = 5.0  # for the list of a server's models


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
    """Yield the endpoint of a command. Entered when the plan stands: a missing picture is told before a missing key.

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


def list_models_of(settings: Settings) -> Probed | None:
    """Ask a server for its list of models; None where it cannot be asked."""
    from visionask.api.probe import probe

    try:
        with connect(settings, None) as endpoint:
            return probe(endpoint, limit_s=LIST_S)
    except ConfigError:
        return None


def recorded_settings(folder: str) -> dict[str, Any]:
    """Return what shaped the requests that are saved in a folder, as far as they say."""
    from visionask.api.recording import recorded_settings as read

    return read(folder)


def unused_recordings(folder: str, used: Collection[str], *, removes: bool) -> list[str]:
    """Return the recordings of a folder that are not among these names, removed if wanted. Raises StateError."""
    import os

    from visionask.api.recording import unused
    from visionask.report.output import writing

    paths = unused(folder, used)
    for path in paths if removes else ():
        with writing(path):
            os.unlink(path)
    return paths


def _serve(local: str) -> AbstractContextManager[Endpoint]:
    """Run what `--local` names, and load the SDK beside it. Raises what its room raises."""
    from visionask.api.sdk import load

    if local == "ocr":
        from visionask.api.ocr import serve_ocr

        return serve_ocr(meanwhile=load)
    from visionask.api.local import find, serve

    return serve(find(local, data_folder()), meanwhile=load)


def local_models(folder: str) -> list[dict[str, Any]]:
    """List what is on this machine (in `folder`, where `pull` puts models) and what can be had."""
    from visionask.api.local import list_models

    models = [
        {
            "name": line.name,
            "is_here": line.local is not None,
            "is_tested": line.known is not None and line.known.is_tested,
            "size_bytes": None if line.known is None else line.known.size_bytes,
            "repo": None if line.known is None else line.known.repo,
            "licence": None if line.known is None else line.known.licence,
            "about": None if line.known is None else line.known.about,
        }
        for line in list_models(folder)
    ]
    return [*models, _reader()]


def _reader() -> dict[str, Any]:
    """Describe the reader of text, which is no model and is not pulled."""
    try:
        check_ocr()
    except MissingExtra:
        is_here = False
    else:
        is_here = True
    return {
        "name": OCR,
        "is_here": is_here,
        "is_tested": True,
        "size_bytes": None,
        "repo": None,
        "licence": "Apache-2.0",
        "about": "reads the text in pictures, and nothing else" + ("" if is_here else '; pip install "visionask[ocr]"'),
    }
