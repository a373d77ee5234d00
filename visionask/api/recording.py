"""The file of a saved exchange: its name, what stands in it, and what must never stand in it.

One JSON file an exchange, meant to be read in a diff and to be kept in a repository. Its name is the SHA-256 of the
path and the normal body: the JSON body with each picture replaced by what it was made from (the source's SHA-256, the
size, what was cut out or painted over). Encoders differ from one machine to another, sources do not. How the reply is
carried (streamed or not), where it came from and what only concerns prices are no part of it.

Of a request that took several attempts only the last exchange is kept: it gives the same answer without the waiting.

A transport under the SDK's http client tapes what is to be saved. What is replayed is opened in place of that one call,
behind the same wire, and everything above it is the same code: there is no second client. A transport that replays
would need the SDK: `import openai` takes 0.80 s of CPU, and `import httpx2` alone 0.13, where a whole `check --replay`
may take 0.32 (four times `import typer, PIL`; Python 3.11, openai 3.54, measured 2026-11-28).

How a missing recording is told: what is asked, and how the nearest saved request differs from it.
"""

from __future__ import annotations

import binascii
import contextlib
import hashlib
import json
import os
import re
import secrets
import stat
import threading
import time
from dataclasses import field
from typing import TYPE_CHECKING, Any

from visionask import __version__
from visionask.api.attempt import REPLY_BYTES, StatusFault, headers_of
from visionask.api.sdk import base_url, watched
from visionask.api.words import clean, mask
from visionask.core.dataclass import dataclass
from visionask.core.errors import NoRecording, StateError
from visionask.core.fingerprint import encode
from visionask.core.namedtuple import NamedTuple
from visionask.core.private import make_private_folder
from visionask.core.url import normal_base_url, public_url, split_url

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from httpx2 import BaseTransport

    from visionask.core.image import EncodedImage
    from visionask.core.request import Endpoint, Request, SentImage
FORMAT = 1
SUFFIX = ".json"
MOST_BYTES = 4 * REPLY_BYTES  # of a file: a reply of the largest size, its characters escaped
HEADERS = ("content-type", "location", "openai-model", "openai-processing-ms", "x-request-id")
_CARRIAGE = frozenset({"stream", "stream_options", "prompt_cache_options"})  # they change no answer
_BREAKPOINT = "prompt_cache_breakpoint"  # of a part: for the price alone, and sent to OpenAI alone
_SPELLINGS = {"max_completion_tokens": "max_tokens"}  # which one is sent depends on the model's entry in the catalog
_ONLY_REFUSE = frozenset({"allows_truncated", "max_pixels"})  # of a picture's spec: they never change what is sent
_ECHO = re.compile(r"(?:[A-Za-z0-9+_-]|\\?/){24,}={0,2}")  # long enough to be no chance, short for a cut echo
_ANEW = "record it anew with --record, or restore the file"


Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """One saved exchange. `body` is the reply as received, decompressed; `notes` tell what was left out to get it."""

    base_url: str
    path: str
    request: Body  # normal
    status: int
    headers: Mapping[str, str]
    body: bytes
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)  # of the run that saved it, where it noted them

    @contextlib.contextmanager
    def open(self) -> Iterator[Any]:
        """Open it as a reply that comes now. Raises StatusFault."""
        if not 200 <= self.status < 300:
            text, where = self.body.decode("utf-8", "replace"), split_url(self.base_url).authority
            raise StatusFault(self.status, self.headers, text, where=where)
        yield Played(self.status, self.headers, self.body)


class Played(NamedTuple):
    """A saved reply, as far as a reply of the http client is looked at."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    is_closed: bool = True  # there is no socket to break off

    def iter_bytes(self) -> Iterator[bytes]:
        """Yield the whole body."""
        yield self.content


def normal_body(fields: Mapping[str, Any], request: Request) -> Body:
    """Return what identifies a body of any wire: each picture in it is replaced by what it was made from."""
    left = [image for image in request.images if image.encoded is not None]
    links = {image.url: public_url(image.url) for image in request.images if image.url is not None}
    normal = {_SPELLINGS.get(name, name): value for name, value in fields.items() if name not in _CARRIAGE}
    if str(normal.get("model", "")).lower().endswith(".gguf"):  # a model of the user's own: its folder is nobody's
        normal["model"] = re.split(r"[/\\]", normal["model"])[-1]
    if request.vote:
        normal["vote"] = request.vote
    replaced: Body = _replaced(normal, left, links)
    return replaced


def file_name(path: str, body: Body) -> str:
    """Return the name of the file of a request."""
    return hashlib.sha256(encode(["visionask", "exchange", FORMAT, path, body])).hexdigest() + SUFFIX


def scrub(saved: Saved, request: Request, key: str) -> Saved:
    """Return the exchange without the key, and without pictures that the server sent back."""
    text = _masked(saved.body.decode("utf-8", "surrogateescape"), key)
    payloads = [_payload(image.encoded) for image in request.images if image.encoded is not None]
    text = _ECHO.sub(lambda found: "..." if _is_picture(found[0], payloads) else found[0], text)
    return Saved(
        base_url=_masked(normal_base_url(saved.base_url), key),
        path=saved.path,
        request=_map_texts(saved.request, key),
        status=saved.status,
        headers={name: _masked(saved.headers[name], key) for name in HEADERS if name in saved.headers},
        body=text.encode("utf-8", "surrogateescape"),
        notes=saved.notes,
        settings=_map_texts(_public(saved.settings), key),
    )


def _public(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings without what is secret in the base URL among them."""
    url = settings.get("base_url")
    return {**settings, **({"base_url": normal_base_url(url)} if isinstance(url, str) and url else {})}


def make_folder(folder: str) -> None:
    """Make the folder, and try to write into it, before anything is paid. Raises StateError."""
    try:
        make_private_folder(folder)
        _put(os.path.join(folder, f"try-{secrets.token_hex(4)}"), "", keeps=False)
    except OSError as error:
        raise _unwritable(folder, error) from error


def write(folder: str, saved: Saved) -> None:
    """Save one exchange, whole or not at all, in place of an older one of the same request. Raises StateError."""
    body = saved.body.decode("utf-8", "surrogateescape")
    content = {
        "format": FORMAT,
        "visionask": __version__,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "base_url": saved.base_url,
        "path": saved.path,
        "request": saved.request,
        "notes": list(saved.notes),
        **({"settings": dict(saved.settings)} if saved.settings else {}),
        "status": saved.status,
        "headers": dict(saved.headers),
        "body": body.split("\n"),
    }
    text = _visible(json.dumps(content, ensure_ascii=False, indent=2)) + "\n"
    try:
        _put(os.path.join(folder, file_name(saved.path, saved.request)), text)
    except OSError as error:
        raise _unwritable(folder, error) from error


def read(path: str) -> Saved | None:
    """Read one file; None where there is none. Raises StateError for one that is damaged, changed or newer."""
    try:
        data = _bytes(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateError(f"the recording {path} cannot be read ({error.strerror})", "make it readable") from error
    try:
        content = json.loads(data)
        number = content["format"]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise StateError(f"the recording {path} is damaged", _ANEW) from error
    if number != FORMAT:
        raise StateError(
            f"the recording {path} has format {number!r}, and {FORMAT} is read here", "update visionask, or record anew"
        )
    try:
        saved = _saved(content)
        is_named_so = file_name(saved.path, saved.request) == os.path.basename(path)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise StateError(f"the recording {path} is damaged", _ANEW) from error
    if not is_named_so:
        raise StateError(f"the recording {path} is of another request than its name says", _ANEW)
    return saved


def _bytes(path: str) -> bytes:
    """Read a file that is regular and no larger than a recording. Raises OSError, StateError."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise StateError(f"the recording {path} is no regular file", _ANEW)
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise StateError(f"the recording {path} is larger than {MOST_BYTES // 2**20} MB", _ANEW)
    return data


def _saved(content: dict[str, Any]) -> Saved:
    headers = {str(name): str(value) for name, value in content["headers"].items()}
    return Saved(
        base_url=str(content["base_url"]),
        path=str(content["path"]),
        request=dict(content["request"]),
        status=int(content["status"]),
        headers=headers,
        body="\n".join(content["body"]).encode("utf-8", "surrogateescape"),
        notes=tuple(map(str, content["notes"])),
        settings=dict(content.get("settings", {})),
    )


def _replaced(value: Any, left: list[SentImage], links: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        # the detail of a link is decided by its size, which is not known where it cannot be fetched
        is_link = any(isinstance(each, str) and each in links for each in value.values())
        dropped = {_BREAKPOINT, "detail"} if is_link else {_BREAKPOINT}
        kept = {name: each for name, each in value.items() if name not in dropped}
        return {name: _replaced(each, left, links) for name, each in kept.items()}
    if isinstance(value, list | tuple):
        return [_replaced(each, left, links) for each in value]
    if not isinstance(value, str):
        return value
    head, mark, payload = value.partition(";base64,")
    return _made_from(payload, left) if mark and head.startswith("data:") else links.get(value, value)


def _made_from(payload: str, left: list[SentImage]) -> Body:
    """Return what the next picture of the body was made from; a payload that is no picture of ours is its own."""
    picture = left[0].encoded if left else None
    if picture is None or len(payload) != 4 * -(-len(picture.data) // 3):
        return {"sha256": hashlib.sha256(payload.encode("utf-8", "surrogatepass")).hexdigest()}
    spec = left.pop(0).spec
    if spec is None:
        return {"sha256": picture.sha256, "width_px": picture.width_px, "height_px": picture.height_px}
    made: Body = {name: value for name, value in spec._asdict().items() if value and name not in _ONLY_REFUSE}
    if spec.crop is not None:
        made["crop"] = list(spec.crop)
    if spec.redact:
        made["redact"] = [list(box) for box in sorted(set(spec.redact))]
    return {"sha256": picture.sha256, **made}  # what is off is left out, so that a new option makes nothing stale


def _masked(text: str, key: str) -> str:
    return mask(mask(text, key), key.replace("/", "\\/"))


def _map_texts(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _map_texts(each, key) for name, each in value.items()}
    if isinstance(value, list):
        return [_map_texts(each, key) for each in value]
    return _masked(value, key) if isinstance(value, str) else value


def _payload(picture: EncodedImage) -> str:
    return binascii.b2a_base64(picture.data, newline=False).decode("ascii")


def _is_picture(run: str, payloads: Sequence[str]) -> bool:
    plain = run.replace("\\/", "/").replace("-", "+").replace("_", "/").rstrip("=")
    is_ruled_line = len(set(plain)) < 4  # `____` is what white pixels look like, too
    return any((plain in payload and not is_ruled_line) or payload[:24] in plain for payload in payloads)


def _visible(text: str) -> str:
    """Escape what a reviewer would not see: controls, marks that turn the direction of text, half characters."""
    return "".join(part if part.isprintable() or part == "\n" else json.dumps(part)[1:-1] for part in text)


def _put(path: str, text: str, *, keeps: bool = True) -> None:
    temporary = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{secrets.token_hex(4)}")
    try:
        with open(temporary, "x", encoding="utf-8", newline="\n") as file:
            os.chmod(temporary, 0o600)  # whatever the umask
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if keeps:
            os.replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def _unwritable(folder: str, error: OSError) -> StateError:
    return StateError(f"{folder}: no recording can be written ({error.strerror})", "name another folder with --record")


Flat = dict[Any, Any]  # a value by its place in the body


_COMPARED = 200  # of the saved requests that share a picture or the words


_WORDS = {
    "sha256": "the picture's bytes",
    "width_px": "the size that is sent",
    "height_px": "the size that is sent",
    "keeps_metadata": "--keep-metadata",
    "response_format": "the schema",
    "system": "the system prompt",
    "text": "the question",
    "instructions": "the question",
    "url": "the link",
}


_PICTURE_FLAGS = "crop", "redact", "rotate", "quality", "detail"


_FLAGS = *_PICTURE_FLAGS, "max_tokens", "temperature", "reasoning_effort", "service_tier"


_NAMED = 4  # differences in one message


class Shelf:
    """The saved requests of a folder as they were at first sight, to find the one that is nearest to another."""

    def __init__(self, folder: str) -> None:
        self._by_trait: dict[str, list[Flat]] = {}
        self.count = 0
        for saved in _all(folder):
            self.count += 1
            try:
                flat: Flat = {**dict(_leaves(saved.request, ())), "path": saved.path}
            except RecursionError:  # nothing that was sent is so deep
                continue
            for trait in _traits(flat):
                self._by_trait.setdefault(trait, []).append(flat)

    def differences(self, path: str, body: Body) -> list[str]:
        """Return in what the nearest saved request differs; nothing where none shares a picture or the words."""
        flat: Flat = {**dict(_leaves(body, ())), "path": path}
        known = [each for trait in _traits(flat) for each in self._by_trait.get(trait, ())[:_COMPARED]]
        if not known:
            return []
        return min((_compare(each, flat) for each in known), key=len)


def no_recording(folder: str, request: Request, differences: list[str]) -> NoRecording:
    """Return the error that nothing is saved for a request."""
    labels = [image.label or image.url or f"image {number}" for number, image in enumerate(request.images, 1)]
    about = f" about {', '.join(labels[:3])}{' ...' if len(labels) > 3 else ''}" if labels else ""
    asked = "; ".join(request.statements) or request.question
    text = f"{folder}: no recording of {clean(asked, limit=80)!r}{about}"
    if differences:
        more = " and more" if len(differences) > _NAMED else ""
        text += f"; the nearest one is stale, it differs in {', '.join(differences[:_NAMED])}{more}"
    return NoRecording(text, f"run the same once with --record {folder} in place of --replay")


def recorded_settings(folder: str) -> dict[str, Any]:
    """Return what shaped the requests that are saved in a folder, by the first that says so."""
    if not os.path.isdir(folder):
        return {}
    return next((dict(saved.settings) for saved in _all(folder) if saved.settings), {})


def unused(folder: str, used: Collection[str]) -> list[str]:
    """Return the paths of the recordings in a folder that are not among these names."""
    return [
        os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(SUFFIX) and name not in used
    ]


def _all(folder: str) -> Iterator[Saved]:
    for name in sorted(os.listdir(folder)):
        if name.endswith(SUFFIX):
            try:
                saved = read(os.path.join(folder, name))
            except StateError:  # told when it is what was asked for
                continue
            if saved is not None:
                yield saved


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each value in a body under its place. A schema and a box are one value; a message is placed by its role."""
    if isinstance(value, dict) and path[:1] != ("response_format",):
        role = value.get("role")
        for name, each in value.items():
            if name == "content" and isinstance(each, str):
                yield (*path, str(role) if role == "system" else "text"), each
            elif name != "role":
                yield from _leaves(each, (*path, name))
    elif isinstance(value, list) and any(isinstance(each, dict | str) for each in value):
        seats: dict[str, int] = {}
        for each in value:
            kind = _kind(each)
            seats[kind] = seats.get(kind, 0) + 1
            yield from _leaves(each, (*path, f"{kind} {seats[kind]}"))
    else:
        yield path, value


def _kind(value: Any) -> str:
    """Name a part of a list, so that a system prompt that is there or not moves nothing else."""
    return str(value.get("role") or value.get("type") or "part") if isinstance(value, dict) else "part"


def _traits(flat: Flat) -> list[str]:
    """Return what makes two requests akin: each picture and each text."""
    return [
        f"{place[-1]} {value}"
        for place, value in flat.items()
        if isinstance(place, tuple) and place and place[-1] in ("sha256", "text", "url") and isinstance(value, str)
    ]


def _compare(saved: Flat, asked: Flat) -> list[str]:
    places = [place for place in {**asked, **saved} if saved.get(place) != asked.get(place)]
    changed = {place[:-1] for place in places if isinstance(place, tuple) and place[-1] == "sha256"}
    seats = _seats(saved) ^ _seats(asked)
    said = [
        _name_seat(place, seats) or _say(place, saved, asked)
        for place in places
        if not _follows(place, changed - seats)
    ]
    return [*dict.fromkeys(said)]


def _seats(flat: Flat) -> set[tuple[str, ...]]:
    """Return the places of all parts of lists."""
    return {place[:end] for place in flat if isinstance(place, tuple) for end in range(1, len(place))}


def _name_seat(place: Any, seats: set[tuple[str, ...]]) -> str | None:
    """Name a part that only one of the two has: a message, a picture."""
    found = next(
        (seat for seat in sorted(seats, key=len) if isinstance(place, tuple) and place[: len(seat)] == seat), None
    )
    if found is None:
        return None
    kind = found[-1].rpartition(" ")[0] or found[-1]
    return {"system": "the system prompt", "response_format": "the schema"}.get(
        kind, "the number of pictures" if "image" in kind else f"the number of {kind} parts"
    )


def _follows(place: Any, changed: set[tuple[str, ...]]) -> bool:
    """Return whether a picture's size differs because the picture does."""
    return isinstance(place, tuple) and place[-1] in ("width_px", "height_px") and place[:-1] in changed


def _say(place: Any, saved: Flat, asked: Flat) -> str:
    if place == "path":
        return f"the endpoint ({saved['path']} there, {asked['path']} here)"
    name = place[-1]
    word = _WORDS.get(name) or (f"--{name.replace('_', '-')}" if name in _FLAGS else str(name).replace("_", " "))
    old, new = saved.get(place), asked.get(place)
    if name in _WORDS or name == "type" or isinstance(old, dict | list) or isinstance(new, dict | list):
        return word
    return f"{word} ({_short(old)} there, {_short(new)} here)"


def _short(value: Any) -> str:
    return "none" if value is None else clean(str(value), limit=60)


@dataclass(slots=True, kw_only=True)
class Tape:
    """What came of one exchange: the status, the headers, and the bytes as they were carried."""

    status: int
    headers: dict[str, str]
    pieces: list[bytes] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        """Return the body, decompressed."""
        import httpx2

        carried = b"".join(self.pieces)
        try:
            return httpx2.Response(self.status, headers=self.headers, content=carried).content
        except httpx2.DecodingError:  # of an error: the status says what is to be known
            return b""


def taping(inner: BaseTransport) -> BaseTransport:
    """Wrap a transport in one that tapes each reply as it passes, for the watch of the thread that sends."""
    import httpx2

    class Taped(httpx2.SyncByteStream):
        def __init__(self, stream: Any, tape: Tape) -> None:
            self._stream, self._tape = stream, tape

        def __iter__(self) -> Iterator[bytes]:
            for piece in self._stream:
                self._tape.pieces.append(piece)
                yield piece

        def close(self) -> None:
            self._stream.close()

    class Taping(httpx2.BaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            response = inner.handle_request(request)
            watched().tape = tape = Tape(status=response.status_code, headers=headers_of(response))
            response.stream = Taped(response.stream, tape)
            return response

        def close(self) -> None:
            inner.close()

    return Taping()


class Recorder:
    """Saves the exchanges that it is told to keep."""

    def __init__(self, folder: str, endpoint: Endpoint) -> None:
        """Raises StateError."""
        make_folder(folder)
        self.unsaved: StateError | None = None
        self.used: set[str] = set()  # names of files
        self._folder, self._endpoint = folder, endpoint

    def keep(
        self, request: Request, path: str, fields: Mapping[str, Any], *, tape: Tape | None, notes: tuple[str, ...]
    ) -> None:
        """Save it. A failure is told at the end: the answer is paid, and must not be lost with its recording."""
        if tape is None:  # no reply came
            return
        saved = Saved(
            base_url=base_url(self._endpoint),
            path=path,
            request=normal_body(fields, request),
            status=tape.status,
            headers=tape.headers,
            body=tape.body,
            notes=notes,
            settings={} if self._endpoint.recording is None else self._endpoint.recording.settings,
        )
        try:
            self.used.add(file_name(path, saved.request))
            write(self._folder, scrub(saved, request, self._endpoint.api_key))
        except StateError as error:
            self.unsaved = error


class Replay:
    """Finds saved exchanges. Nothing is sent and nobody waits, so it needs neither key, network nor SDK."""

    def __init__(self, folder: str) -> None:
        """Raises NoRecording."""
        if not os.path.isdir(folder):
            raise NoRecording(f"{folder}: no such folder of recordings", f"run the same once with --record {folder}")
        self._folder = folder
        self.used: set[str] = set()  # names of files
        self._lock = threading.Lock()
        self._shelf: Shelf | None = None

    def find(self, request: Request, path: str, fields: Mapping[str, Any]) -> Saved:
        """Find the exchange of a request. Raises NoRecording, StateError."""
        body = normal_body(fields, request)
        saved = read(os.path.join(self._folder, file_name(path, body)))
        if saved is not None:
            self.used.add(file_name(path, body))
        if saved is None:
            raise no_recording(self._folder, request, self._read_shelf().differences(path, body))
        return saved

    def _read_shelf(self) -> Shelf:
        with self._lock:
            if self._shelf is None:
                self._shelf = Shelf(self._folder)
            return self._shelf
