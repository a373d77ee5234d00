"""Owns object stores as such: which URLs lead into one, opening it, and wording why it does not answer.

Credentials, region and endpoint are found by obstore in the environment; nothing of it is read or kept here. Keys are
taken as they are, without percent-decoding, as the stores' own tools do: `s3://bucket/100%.jpg`.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from visionask.core.errors import FetchFailed, InputError, MissingExtra, NotAnImage, NotFound, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obstore.store import ObjectStore

_SCHEMES = ("s3://", "gs://", "az://")
_MOST_RETRIES, _RETRY_S = 2, 10
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_ELSEWHERE = frozenset(("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"))
_KEYLESS = re.compile(
    r"169\.254\.|latest/(api|meta-data)|metadata\.google|token request|must be specified|no credential",
    re.IGNORECASE,
)
_KEY_HINTS = {
    "s3": 'run: eval "$(aws configure export-credentials --format env)"; a public bucket: AWS_SKIP_SIGNATURE=true',
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS; for a public bucket set GOOGLE_SKIP_SIGNATURE=true",
    "az": "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}
_LATER_HINT = "try again later"


class Place(NamedTuple):
    """Where an object is: `root` is such as `s3://bucket`."""

    root: str
    key: str

    @property
    def scheme(self) -> str:
        return self.root[:2]


def is_object_url(arg: str) -> bool:
    """Tell a URL of an object store: `s3://`, `gs://` or `az://`."""
    return arg[:5].lower() in _SCHEMES


def parse_object_url(url: str) -> Place:
    """Take a URL apart. Raises InputError where it names no bucket."""
    bucket, _, key = url[5:].partition("/")
    if not bucket:
        raise InputError(f"{url}: names no bucket", f"such as {url[:5].lower()}bucket/photos/")
    return Place(url[:5].lower() + bucket, key)


def is_readable(key: str) -> bool:
    """Tell whether obstore asks for this very key: of others it asks for none, or leaves a slash out of it."""
    parts = key.split("/")
    return not _CONTROLS.search(key) and not any(part in ("", ".", "..") for part in parts)


def unreadable_name(url: str) -> InputError:
    """Word the refusal of a key that is not readable."""
    fact = "a name with control characters or empty, `.` or `..` parts, which obstore does not read"
    return InputError(f"{url}: {fact}", "give the object another name")


def need_extra() -> None:
    """Raise MissingExtra where the library of object stores is not installed."""
    try:
        import obstore  # noqa: F401
    except ImportError as error:
        raise MissingExtra(
            "object stores need obstore, which is not installed", 'run: pip install "visionask[cloud]"'
        ) from error


@lru_cache(maxsize=64)
def open_bucket(root: str) -> ObjectStore:
    """Open a store, once. No connection is made; raises what obstore raises."""
    from datetime import timedelta

    from obstore.store import from_url

    # No client options: they would replace those of the environment, such as AWS_ALLOW_HTTP.
    return from_url(root, retry_config={"max_retries": _MOST_RETRIES, "retry_timeout": timedelta(seconds=_RETRY_S)})


@contextmanager
def worded(url: str) -> Iterator[None]:
    """Turn what obstore raises into one line that names the object."""
    from obstore.exceptions import BaseError

    try:
        yield
    except InputError:
        raise
    except (BaseError, OSError, ValueError) as error:
        raise _why(url, error) from error


def _why(url: str, error: Exception) -> InputError:
    from obstore import exceptions

    text = str(error).partition("\n\nDebug source")[0]
    code = (_CODE.search(text) or ("", ""))[1]
    status = (_STATUS.search(text) or ("", ""))[1]
    if isinstance(error, exceptions.PreconditionError):
        return Unreadable(f"{url}: the object changed while it was read", "run again when nothing writes to it")
    if isinstance(error, ValueError | exceptions.InvalidPathError):
        return unreadable_name(url)
    if _KEYLESS.search(text):
        return FetchFailed(f"{url}: no credentials were found for the store", _KEY_HINTS.get(url[:2].lower(), ""))
    if code in _ELSEWHERE or status in ("301", "307") or "configured region" in text:
        return FetchFailed(f"{url}: the bucket is in another region", "set AWS_REGION to the bucket's region")
    return _by_status(url, status, code, error) or _by_words(url, text)


def _by_status(url: str, status: str, code: str, error: Exception) -> InputError | None:
    said = f" ({' '.join(filter(None, (status, code)))})" if status or code else ""
    if code in ("NoSuchBucket", "ContainerNotFound"):
        return NotFound(f"{url}: there is no such bucket", "check the spelling")
    if isinstance(error, FileNotFoundError) or status == "404":
        return NotFound(f"{url}: there is no such object", "check the spelling; a folder's name ends in /")
    if isinstance(error, PermissionError) or status in ("401", "403") or "Denied" in type(error).__name__:
        return FetchFailed(f"{url}: the store refuses it{said}", "check the credentials and the bucket's policy")
    if status == "416":
        return NotAnImage(f"{url}: is empty", "check how it was written")
    return FetchFailed(f"{url}: the store answers with an error{said}", _LATER_HINT) if status else None


def _by_words(url: str, text: str) -> FetchFailed:
    words = text.lower()
    if "timed out" in words:
        return FetchFailed(f"{url}: the store does not answer in time", _LATER_HINT)
    if "error sending request" in words or "connect" in words:
        return FetchFailed(f"{url}: the store cannot be reached", "check the network and the endpoint")
    return FetchFailed(f"{url}: cannot be read from the store", _LATER_HINT)
