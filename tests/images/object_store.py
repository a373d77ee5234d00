"""An S3 server on loopback (moto), which tells each request that it saw and how many bytes it answered."""

from __future__ import annotations

import itertools
import threading
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

REFUSALS = {403: "AccessDenied", 301: "PermanentRedirect", 503: "SlowDown", 400: "AuthorizationHeaderMalformed"}
_numbers = itertools.count(1)  # of buckets: moto keeps one set of them for the whole process


@dataclass(slots=True, kw_only=True)
class Seen:
    """One request: `sent_bytes` are of the body of its answer."""

    method: str
    path: str
    query: str
    byte_range: str
    if_match: str
    sent_bytes: int = 0

    @property
    def is_listing(self) -> bool:
        return "list-type=2" in self.query


@dataclass(slots=True)
class ObjectStore:
    """The server. A bucket named `refuses-403` answers every request with that status."""

    endpoint: str = ""
    journal: list[Seen] = field(default_factory=list)
    after_request: Callable[[Seen], None] | None = None  # called once, when a request is answered
    _app: Any = None
    _server: Any = None

    def __enter__(self) -> Self:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of moto's and botocore's own
            from moto.server import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import WSGIRequestHandler, make_server

        class Quiet(WSGIRequestHandler):
            protocol_version = "HTTP/1.1"

            def log(self, *_: object) -> None:
                """Say nothing."""

        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=Quiet)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def env(self) -> dict[str, str]:
        """What a user of this store has in the environment."""
        return {
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret-canary",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ALLOW_HTTP": "true",
        }

    @property
    def google_env(self) -> dict[str, str]:
        """What reads the same store by Google's XML API, whose listings and objects are those of S3."""
        return {"GOOGLE_BASE_URL": self.endpoint, "GOOGLE_BEARER_TOKEN": "secret-canary"}

    def bucket(self, objects: dict[str, bytes] | None = None) -> str:
        """Make a bucket of these objects, and return its name, which no other has."""
        name = f"photos{next(_numbers)}"
        self._backend.create_bucket(name, "us-east-1")
        for key, data in (objects or {}).items():
            self.put(name, key, data)
        return name

    def put(self, bucket: str, key: str, data: bytes) -> None:
        self._backend.put_object(bucket, key, data)

    def keys(self, bucket: str) -> list[str]:
        return sorted(key.name for key in self._backend.head_bucket(bucket).keys.values())

    def get(self, bucket: str, key: str) -> bytes:
        data: bytes = self._backend.get_object(bucket, key).value
        return data

    def seen(self, bucket: str) -> list[Seen]:
        """Return the requests about one bucket, in their order."""
        return [each for each in self.journal if each.path.split("/")[1] == bucket]

    def reads(self, bucket: str) -> list[Seen]:
        """Return those that read an object."""
        return [each for each in self.seen(bucket) if not each.is_listing]

    @property
    def _backend(self) -> Any:
        from moto.core import DEFAULT_ACCOUNT_ID
        from moto.s3.models import s3_backends

        return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]

    def _serve(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"].encode("latin-1").decode()
        seen = Seen(
            method=environ["REQUEST_METHOD"],
            path=path,
            query=environ["QUERY_STRING"],
            byte_range=environ.get("HTTP_RANGE", ""),
            if_match=environ.get("HTTP_IF_MATCH", ""),
        )
        self.journal.append(seen)
        if path.startswith("/refuses-"):
            status = int(path[9:12])
            body = f"<Error><Code>{REFUSALS[status]}</Code><Message>no</Message></Error>".encode()
            start_response(f"{status} No", [("Content-Length", str(len(body))), ("Content-Type", "application/xml")])
            return [body]
        with warnings.catch_warnings():
            body = b"".join(self._app(environ, start_response))
        seen.sent_bytes = len(body)
        hook, self.after_request = self.after_request, None
        if hook is not None:
            hook(seen)
        return [body]
