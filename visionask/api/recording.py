"""Owns the file of a saved exchange: its name, what stands in it, and what must never stand in it.

One JSON file an exchange, meant to be read in a diff and to be kept in a repository. Its name is the SHA-256 of the
path and the normal body: the JSON body with each picture replaced by what it was made from (the source's SHA-256, the
size, what was cut out or painted over). Encoders differ from one machine to another, sources do not. How the reply is
carried (streamed or not), where it came from and what only concerns prices are no part of it.

Of a request that took several attempts only the last exchange is kept: it gives the same answer without the waiting.
"""

from __future__ import annotations

import binascii
import contextlib
import hashlib
import json
import os
import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from visionask import __version__
from visionask.api.words import mask
from visionask.core.errors import StateError
from visionask.core.fingerprint import encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visionask.core.request import Request, SentImage

FORMAT = 1
SUFFIX = ".json"
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


def normal_body(fields: Mapping[str, Any], request: Request) -> Body:
    """Return what identifies a body of any wire: each picture in it is replaced by what it was made from."""
    left = [image for image in request.images if image.encoded is not None]
    links = {image.url: _without_login(image.url) for image in request.images if image.url is not None}
    normal = {_SPELLINGS.get(name, name): value for name, value in fields.items() if name not in _CARRIAGE}
    if str(normal.get("model", "")).lower().endswith(".gguf"):  # a model of the user's own: its folder is nobody's
        normal["model"] = re.split(r"[/\\]", normal["model"])[-1]
    if request.vote:
        normal["vote"] = request.vote
    replaced: Body = _replaced(normal, left, links)
    return replaced


def file_name(path: str, body: Body) -> str:
    """Name the file of a request."""
    return hashlib.sha256(encode(["visionask", "exchange", FORMAT, path, body])).hexdigest() + SUFFIX


def scrub(saved: Saved, request: Request, key: str) -> Saved:
    """Return the exchange without the key, and without pictures that the server sent back."""
    text = _masked(saved.body.decode("utf-8", "surrogateescape"), key)
    payloads = [_payload(image) for image in request.images if image.encoded is not None]
    text = _ECHO.sub(lambda found: "..." if _is_picture(found[0], payloads) else found[0], text)
    parts = urlsplit(saved.base_url)
    return Saved(
        base_url=_masked(urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")), key),
        path=saved.path,
        request=_map_texts(saved.request, key),
        status=saved.status,
        headers={name: _masked(saved.headers[name], key) for name in HEADERS if name in saved.headers},
        body=text.encode("utf-8", "surrogateescape"),
        notes=saved.notes,
    )


def make_folder(folder: str) -> None:
    """Make the folder, and try to write into it, before anything is paid. Raises StateError."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
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
        with open(path, "rb") as file:
            data = file.read()
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
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StateError(f"the recording {path} is damaged", _ANEW) from error
    if file_name(saved.path, saved.request) != os.path.basename(path):
        raise StateError(f"the recording {path} is of another request than its name says", _ANEW)
    return saved


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
    """Tell what the next picture of the body was made from. A payload that is no picture of ours is its own source."""
    image = left[0] if left else None
    if image is None or image.encoded is None or len(payload) != 4 * -(-len(image.encoded.data) // 3):
        return {"sha256": hashlib.sha256(payload.encode("utf-8", "surrogatepass")).hexdigest()}
    picture, spec = left.pop(0).encoded, image.spec
    assert picture is not None
    if spec is None:
        return {"sha256": picture.sha256, "width_px": picture.width_px, "height_px": picture.height_px}
    made: Body = {name: value for name, value in spec._asdict().items() if value and name not in _ONLY_REFUSE}
    if spec.crop is not None:
        made["crop"] = list(spec.crop)
    if spec.redact:
        made["redact"] = [list(box) for box in sorted(set(spec.redact))]
    return {"sha256": picture.sha256, **made}  # what is off is left out, so that a new option makes nothing stale


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _masked(text: str, key: str) -> str:
    return mask(mask(text, key), key.replace("/", "\\/"))


def _map_texts(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _map_texts(each, key) for name, each in value.items()}
    if isinstance(value, list):
        return [_map_texts(each, key) for each in value]
    return _masked(value, key) if isinstance(value, str) else value


def _payload(image: SentImage) -> str:
    assert image.encoded is not None
    return binascii.b2a_base64(image.encoded.data, newline=False).decode("ascii")


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
