"""Fetching a local model from the Hugging Face hub, once, when the user asks for it by name.

llama.cpp's own downloader (`params.model.hf_repo`) is not used: it works only with the extra installed, keeps
its files in a cache that other programs clear, reports no progress to us, and takes its address from the
environment. Here a file is written beside its place, goes on where an earlier try stopped, is compared with
the size and the SHA-256 that the hub announced, and only then gets its name.

huggingface_hub is not used either. Its source (2.4.0, read 2026-11-28) says why: since its pull request 4228 each
download goes to a file of its own that is deleted when it fails or is interrupted, so that the next run begins again
where this goes on; a file that came over HTTP is compared by its size alone, not by its SHA-256; and
it brings eight packages, a binary among them, for two requests. What users of it expect holds here too: `HF_ENDPOINT`
is the hub, and `HF_TOKEN` opens what is given only after a login.

**Source** for the hub's answers: https://huggingface.co/docs/hub/api (checked 2026-11-22).
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, Any

from visionask.api.local import PRACTICE, REPO_NAME, LocalModel, find, known_models, model_folder
from visionask.core.dataclass import dataclass
from visionask.core.errors import (
    FetchFailed,
    RateLimited,
    ServerFailed,
    StateError,
    UnknownModel,
    Unreachable,
    VisionaskError,
)
from visionask.core.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    Progress = Callable[[str, int, int | None], None]  # (file name, bytes done, bytes in all)

HUB = "https://huggingface.co"
SAFE_NAME = re.compile(r"[A-Za-z0-9][\w.-]*\.gguf", re.ASCII)  # also keeps files in sub-folders out
MODEL_CHOICE = ("q4_k_m", "q8_0", "q4_0", "f16")  # the usual balance of size and quality first
MMPROJ_CHOICE = ("q8_0", "f16", "bf16")
CHUNK_BYTES = 1 << 18
AGAIN = "run the command again: it goes on where it stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """One file of a hub repository; size and SHA-256 are None where the hub does not say them."""

    name: str
    size_bytes: int | None
    sha256: str | None


def pull(
    name: str, folder: str, *, on_progress: Progress, hub: str | None = None, token: str | None = None
) -> LocalModel:
    """Download the model `name` (a known name, or owner/repo of a GGUF repository) into `folder`.

    `hub` is another address than Hugging Face's; `token` goes to it, and to nowhere that it redirects to. A model that
    is already whole is left alone. Raises UnknownModel, Unreachable or FetchFailed for what the hub does, StateError
    when the files cannot be written; what has arrived is kept for the next try.
    """
    import httpx2

    repo = _repo(name)
    if repo is None:
        return find(PRACTICE, folder)
    directory, hub = model_folder(name, folder), (hub or HUB).rstrip("/")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        os.makedirs(directory, exist_ok=True)
        with httpx2.Client(headers=headers, follow_redirects=True, timeout=httpx2.Timeout(30.0)) as client:
            for file in _choose(_list_files(client, repo, hub=hub), repo):
                _download(client, f"{hub}/{repo}/resolve/main/{file.name}", file=file, to=directory, report=on_progress)
    except httpx2.InvalidURL as error:
        raise FetchFailed(f"{hub}: it is no address of a hub ({error})", "correct HF_ENDPOINT, or unset it") from error
    except httpx2.HTTPError as error:
        raise Unreachable(
            f"{hub}: {repo} could not be fetched ({type(error).__name__})",
            f"check the network; {AGAIN}, or give a file: --local MODEL.gguf",
        ) from error
    except OSError as error:
        raise StateError(
            f"{directory}: the model cannot be kept there ({error.strerror or error})",
            "free some space or check the folder's permissions",
        ) from error
    return find(name, folder)


def _repo(name: str) -> str | None:
    for model in known_models():
        if model.name == name:
            return model.repo
    if REPO_NAME.fullmatch(name):
        return name
    known = [model.name for model in known_models()]
    hint = did_you_mean(name, known, otherwise="see: visionask local list")
    raise UnknownModel(f"{name}: no model of this name can be pulled", hint)


def _list_files(client: httpx2.Client, repo: str, *, hub: str) -> list[HubFile]:
    response = client.get(f"{hub}/api/models/{repo}/tree/main")
    _raise_for_status(response, repo)
    try:
        return [_hub_file(entry) for entry in response.json() if SAFE_NAME.fullmatch(entry["path"])]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FetchFailed(
            f"{hub}: the reply about {repo} is not a list of files", "check the address; try again later"
        ) from error


def _hub_file(entry: dict[str, Any]) -> HubFile:
    large = entry.get("lfs") or {}
    size = large.get("size", entry.get("size"))
    sha256 = large.get("oid")
    return HubFile(
        name=str(entry["path"]),
        size_bytes=size if isinstance(size, int) else None,
        sha256=sha256 if isinstance(sha256, str) and re.fullmatch("[0-9a-f]{64}", sha256) else None,
    )


def _choose(files: list[HubFile], repo: str) -> tuple[HubFile, HubFile]:
    mmprojs = [file for file in files if "mmproj" in file.name.lower()]
    # a model in several parts, or one for speculation only, is not what a name without more means
    models = [file for file in files if file not in mmprojs and not re.search("-of-|mtp|draft", file.name.lower())]
    if not models or not mmprojs:
        part = "picture part (mmproj)" if models else "GGUF model in one file"
        raise UnknownModel(f"{repo}: it has no {part}", "see: visionask local list")
    return _best(models, MODEL_CHOICE), _best(mmprojs, MMPROJ_CHOICE)


def _best(files: list[HubFile], choice: tuple[str, ...]) -> HubFile:
    def rank(file: HubFile) -> tuple[int, str]:
        matches = [place for place, word in enumerate(choice) if word in re.split(r"[-.]", file.name.lower())]
        return (matches[0] if matches else len(choice), file.name)

    return min(files, key=rank)


def _download(client: httpx2.Client, url: str, *, file: HubFile, to: str, report: Progress) -> None:
    path = os.path.join(to, file.name)
    if os.path.isfile(path):
        return
    # the digest in the name: bytes of an older version are never continued with those of a newer
    part = f"{path}.{(file.sha256 or 'unknown')[:12]}.part"
    is_ours = os.path.isfile(part) and not os.path.islink(part)
    have = os.path.getsize(part) if file.sha256 and is_ours else 0
    if file.size_bytes is None or have < file.size_bytes:
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with client.stream("GET", url, headers=headers) as response:
            if response.status_code != 416:  # nothing is left to ask for: the digest decides
                _raise_for_status(response, file.name)
                _append(response, part, file=file, have=have if response.status_code == 206 else 0, report=report)
    try:
        _verify(part, file)
    except FetchFailed:
        os.remove(part)
        raise
    os.replace(part, path)


def _append(response: httpx2.Response, part: str, *, file: HubFile, have: int, report: Progress) -> None:
    if not have:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)  # never written through what somebody has laid there
    with open(part, "ab" if have else "xb") as out:
        report(file.name, have, file.size_bytes)
        for chunk in response.iter_raw(CHUNK_BYTES):
            out.write(chunk)
            have += len(chunk)
            report(file.name, have, file.size_bytes)
        out.flush()
        os.fsync(out.fileno())
    if file.size_bytes is not None and have < file.size_bytes:
        raise Unreachable(f"{file.name}: cut off after {have:,} of {file.size_bytes:,} bytes", AGAIN)


def _verify(part: str, file: HubFile) -> None:
    import hashlib

    size = os.path.getsize(part)
    with open(part, "rb") as data:
        digest = hashlib.file_digest(data, "sha256").hexdigest()
    if (file.size_bytes is not None and size != file.size_bytes) or (file.sha256 is not None and digest != file.sha256):
        raise FetchFailed(
            f"{file.name}: the bytes are not those that the hub announced", "run the command again: it starts afresh"
        )


def _raise_for_status(response: httpx2.Response, subject: str) -> None:
    status = response.status_code
    if status < 400:
        return
    host = response.url.host
    error: VisionaskError
    if status == 404:
        error = UnknownModel(f"{subject}: not found at {host}", "see: visionask local list")
    elif status in {401, 403}:
        error = FetchFailed(
            f"{subject}: {host} gives it only after a login, or it does not exist ({status})",
            "set HF_TOKEN to a token that may read it, or download it in a browser, then --local MODEL.gguf",
        )
    elif status == 429:
        error = RateLimited(f"{subject}: {host} allows no more downloads now (429)", f"wait, then {AGAIN}")
    else:
        error = ServerFailed(f"{subject}: {host} answered {status}", f"wait, then {AGAIN}")
    raise error
