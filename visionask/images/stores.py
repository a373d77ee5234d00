"""Images in object stores: their headers by ranged requests, their whole bytes, and links signed for others.

Whatever is read of one object is of one version of it: each request after the first asks for the same ETag.

Files of ours in object stores, as workers on many machines leave them: put whole or not at all, read, removed.

They fail as files do: what obstore raises becomes an OSError whose `strerror` is the reason in our words.

Object stores as such: which URLs lead into one, opening it, and wording why it does not answer.

Credentials, region and endpoint are found by obstore in the environment; nothing of it is read or kept here. Keys are
taken as they are, without percent-decoding, as the stores' own tools do: `s3://bucket/100%.jpg`.
"""

from __future__ import annotations

import errno
import io
import os
import re
from contextlib import contextmanager
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any

from visionask.core.errors import (
    FetchFailed,
    InputError,
    MissingExtra,
    NotAnImage,
    NotFound,
    Unreadable,
    VisionaskError,
)
from visionask.core.namedtuple import NamedTuple
from visionask.images.files import MAX_BYTES, too_large
from visionask.images.probe import as_probe, ask_pillow, probe_bytes, read_header
from visionask.images.ranges import MOST_REQUESTS, PIECE_BYTES, HeaderNotFound, Pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Self

    from obstore import GetOptions
    from obstore.store import ObjectStore

    from visionask.core.image import ObjectSource, Probe


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
    """Return whether it is a URL of an object store: `s3://`, `gs://` or `az://`."""
    return arg[:5].lower() in _SCHEMES


def parse_object_url(url: str) -> Place:
    """Take a URL apart. Raises InputError where it names no bucket."""
    bucket, _, key = url[5:].partition("/")
    if not bucket:
        raise InputError(f"{url}: names no bucket", f"such as {url[:5].lower()}bucket/photos/")
    return Place(url[:5].lower() + bucket, key)


def is_readable(key: str) -> bool:
    """Return whether obstore asks for this very key: of others it asks for none, or leaves a slash out of it."""
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


SIGNED_HOURS = 48  # a batch may take 24 before its provider fetches the last link


def probe_object(source: ObjectSource, *, frame: int = 0, max_bytes: int = MAX_BYTES) -> Probe:
    """Read what the header of an object says, or that of its page or frame `frame` (from 0), by ranges.

    One request of 16 KB is enough for most; a PDF, and what hides its header in 1 MB, is downloaded whole.
    Raises NotFound, FetchFailed, Unreadable (it changed), TooLarge (bytes), and what `probe` raises.
    """
    pieces = _Pieces(source, max_bytes)
    with worded(source.url):
        try:
            head = pieces.read_at(0, PIECE_BYTES)
            header = None if frame else read_header(pieces.read_at, head)
            if header:
                return as_probe(header, pieces.size_bytes)
            return _ask_pillow(pieces, source.url, frame)
        except HeaderNotFound:
            return probe_bytes(pieces.read_whole(), source.url, max_bytes=max_bytes, frame=frame)


def download_object(source: ObjectSource, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return an object's bytes. Raises NotFound, FetchFailed, Unreadable (it changed), NotAnImage (empty), TooLarge."""
    with worded(source.url):
        return _Pieces(source, max_bytes).read_whole()


def sign_object(url: str) -> str:
    """Return an http(s) link by which anybody can read one object, for 48 hours. Raises InputError."""
    from datetime import timedelta

    import obstore

    place = _readable(url)
    with worded(url):
        store: Any = open_bucket(place.root)
        return obstore.sign(store, "GET", place.key, timedelta(hours=SIGNED_HOURS))


def _readable(url: str) -> Place:
    place = parse_object_url(url)
    if not is_readable(place.key):
        raise unreadable_name(url)
    return place


def _ask_pillow(pieces: _Pieces, url: str, frame: int) -> Probe:
    """Read the header by Pillow through ranges. Raises HeaderNotFound where only the whole object can tell."""
    assert pieces.size_bytes is not None
    file = _RangeFile(pieces)
    try:
        with io.BufferedReader(file, PIECE_BYTES) as buffered:
            return ask_pillow(buffered, url, pieces.size_bytes, frame, is_remote=True)
    except VisionaskError:
        if file.failure is not None:
            raise file.failure from None
        if file.is_sparse:
            raise HeaderNotFound from None
        raise


class _Pieces(Pieces):
    """What is known of an object."""

    def __init__(self, source: ObjectSource, max_bytes: int) -> None:
        super().__init__()
        self.size_bytes = source.size_bytes
        self._url, self._etag, self._max_bytes = source.url, source.etag, max_bytes
        self._place = _readable(source.url)
        self._check_size()

    def _request(self, offset: int, count: int) -> tuple[int, bytes]:
        return offset, self._get({"range": (offset, offset + count)})

    def read_whole(self) -> bytes:
        """Return all bytes, by one request."""
        return self._get({})

    def _get(self, options: GetOptions) -> bytes:
        import obstore

        if self._etag is not None and not self._etag.startswith("W/"):  # a weak one never matches
            options["if_match"] = '"' + self._etag.strip('"') + '"'  # Azure lists them without the quotes
        reply = obstore.get(open_bucket(self._place.root), self._place.key, options=options)
        self.size_bytes, self._etag = reply.meta["size"], reply.meta["e_tag"]
        self._check_size()
        return bytes(reply.bytes())

    def _check_size(self) -> None:
        if self.size_bytes == 0:
            raise NotAnImage(f"{self._url}: is empty", "check how it was written")
        if self.size_bytes is not None and self.size_bytes > self._max_bytes:
            raise too_large(self._url, self.size_bytes, self._max_bytes)


class _RangeFile(io.RawIOBase):
    """An object as a file. `failure` is what went wrong in reading: a plugin takes it for a broken picture."""

    def __init__(self, pieces: _Pieces) -> None:
        self.failure: Exception | None = None
        self.is_sparse = False
        self._pieces, self._at = pieces, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._pieces.size_bytes or 0)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        data = self._read(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def readall(self) -> bytes:
        """Read to the end; of HEIC and AVIF, whose plugins do so, only the boxes that describe the picture."""
        start, end = self._at, self._pieces.size_bytes or 0
        self._at = end
        if self._read(4, 4) != b"ftyp":
            return self._read(start, end - start)
        self.is_sparse = True
        data = bytearray(end)
        for offset, count in self._boxes():
            data[offset : offset + count] = self._read(offset, count)
        return bytes(data[start:])

    def _boxes(self) -> Iterator[tuple[int, int]]:
        """Yield where the boxes are, up to `meta`: whole but for `mdat`, of which only the head is wanted."""
        at = 0
        for _ in range(MOST_REQUESTS):
            head = self._read(at, 16)
            size, kind = int.from_bytes(head[:4], "big"), head[4:8]
            if size == 1:
                size = int.from_bytes(head[8:16], "big")
            if len(head) < 8 or size < 8:
                return
            yield at, len(head) if kind == b"mdat" else size
            if kind in (b"meta", b"moov"):
                return
            at += size

    def _read(self, offset: int, count: int) -> bytes:
        try:
            return self._pieces.read_at(offset, count)
        except Exception as error:
            self.failure = error
            raise


_BUFFER_BYTES = 8 << 20  # of one request: several lines of a batch


_PAGE = 1000


def check_place(url: str) -> None:
    """See that files can lie below a URL. Raises InputError for a name that is not read back, MissingExtra."""
    need_extra()
    key = parse_object_url(url).key.rstrip("/")
    if key and not is_readable(key):
        raise InputError(f"{url}: has an empty, `.` or `..` part, or control characters", "such as s3://bucket/chunks")


def put_file(url: str, file: IO[bytes]) -> None:
    """Put a file, from its beginning. Nobody sees a part of it. Raises OSError."""
    import obstore

    file.seek(0)
    place = parse_object_url(url)
    with _as_files_fail(url):
        store: Any = open_bucket(place.root)
        obstore.put(store, place.key, file)


def open_file(url: str) -> Any:
    """Open a file for reading: `read(count)` and `seek(offset, whence)`. Raises OSError, as its methods do."""
    return _Reading(url)


def names_below(url: str) -> Iterator[str]:
    """Yield the names of the files in what a folder would be. Raises OSError."""
    import obstore

    place = parse_object_url(url)
    with _as_files_fail(url):
        for page in obstore.list(open_bucket(place.root), place.key, chunk_size=_PAGE):
            for each in page:
                yield each["path"][len(place.key) + 1 :]


def remove_files(urls: Iterable[str]) -> None:
    """Remove files; one that is not there is none to remove. Raises OSError."""
    import obstore

    for url in urls:
        place = parse_object_url(url)
        with _as_files_fail(url):
            store: Any = open_bucket(place.root)
            obstore.delete(store, place.key)


class _Reading:
    """A file that is read by ranges, several megabytes at a time."""

    def __init__(self, url: str) -> None:
        import obstore

        place = parse_object_url(url)
        self._url = url
        with _as_files_fail(url):
            self._file = obstore.open_reader(open_bucket(place.root), place.key, buffer_size=_BUFFER_BYTES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if offset + (self._file.size if whence == os.SEEK_END else 0) < 0:
            raise OSError(errno.EINVAL, "it is too short")
        with _as_files_fail(self._url):
            return self._file.seek(offset, whence)

    def read(self, count: int) -> bytes:
        with _as_files_fail(self._url):
            return bytes(self._file.read(count)) if count else b""


@contextmanager
def _as_files_fail(url: str) -> Iterator[None]:
    try:
        with worded(url):
            yield
    except NotFound as error:
        raise FileNotFoundError(errno.ENOENT, error.message.removeprefix(f"{url}: ")) from error
    except InputError as error:
        raise OSError(errno.EIO, error.message.removeprefix(f"{url}: ")) from error
