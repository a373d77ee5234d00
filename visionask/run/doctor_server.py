"""Owns what `doctor` says of the server: where it is, whether it can be reached, and what it tells of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from visionask.api.probe_server import probe
from visionask.api.sdk import base_url, check, is_key_exposed
from visionask.config.machine import proxy_of
from visionask.core.errors import ConfigError, TimedOut, Unreachable
from visionask.core.finding import Finding, failure
from visionask.core.request import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.api.probe_server import Listed, Probed
    from visionask.config.settings import Settings

SECTION = "server"
MOST_SKEW_S = 60.0  # a reply's Date has whole seconds; signed links and retry dates break from minutes on
_NO_KEY = "none"
_NAMED = 5  # models in a line


def server_findings(settings: Settings, key: str | None, *, is_offline: bool) -> Iterator[Finding]:
    """Tell of the server. The network is used for 10 s at most, and not at all when offline."""
    endpoint = Endpoint(base_url=settings.base_url, api_key=key or _NO_KEY)
    try:
        check(endpoint)
    except ConfigError as error:
        yield failure(SECTION, "base URL", error)
        return
    shown = _plain(base_url(endpoint))
    if is_key_exposed(endpoint):
        yield Finding(SECTION, "base URL", f"{shown}: the key goes there unencrypted", "use https", is_warning=True)
    else:
        yield Finding(SECTION, "base URL", shown)
    if is_offline:
        yield Finding(SECTION, "network", "not tried: --offline")
        return
    proxy = proxy_of(base_url(endpoint))
    if proxy is not None:
        yield Finding(SECTION, "proxy", f"through {proxy}: the name and the connection are the proxy's business")
    try:
        probed = probe(endpoint, is_proxied=proxy is not None, has_key=key is not None)
    except ConfigError as error:
        yield failure(SECTION, "client", error)
        return
    yield from _reached(probed, proxy)
    yield from _models(probed, settings.model)


def _plain(url: str) -> str:
    """Write a base URL without login, query and fragment."""
    parts = urlsplit(url.strip())
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _reached(probed: Probed, proxy: str | None) -> Iterator[Finding]:
    for step in probed.steps:
        took = f"{step.seconds:.2f} s"
        if step.error is not None:
            if proxy is not None and isinstance(step.error, (Unreachable, TimedOut)):
                step.error.hint = f"check {proxy} and NO_PROXY, then the base URL"
            yield failure(SECTION, step.name, step.error)
        else:
            yield Finding(SECTION, step.name, f"{step.fact}, {took}")
    if probed.ahead_s is not None:
        way = "ahead of" if probed.ahead_s > 0 else "behind"
        is_off = abs(probed.ahead_s) > MOST_SKEW_S
        fact = f"{abs(probed.ahead_s):,.0f} s {way} the server's" if is_off else "agrees with the server's"
        yield Finding(SECTION, "clock", fact, "set this machine's clock" if is_off else "", is_warning=is_off)


def _models(probed: Probed, model: str) -> Iterator[Finding]:
    """Tell whether the model is listed and takes images: a server need not say either."""
    if probed.models is None:
        if probed.said:
            hint = "that is fine if questions are answered; else check the base URL: is /v1 missing?"
            yield Finding(SECTION, "models", f"no list: {probed.said}", hint, is_warning=True)
        return
    names = [each.name for each in probed.models]
    found = next((each for each in probed.models if each.name == model), None)
    if found is None and not names:
        yield Finding(SECTION, "models", "the list is empty", "load a model in the server", is_warning=True)
        return
    if found is None:
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        fact = f"{model} is not in the list of {len(names):,}: {', '.join(names[:_NAMED])}{more}"
        yield Finding(SECTION, "models", fact, "some servers answer to any name; else -m NAME", is_warning=True)
    else:
        yield Finding(SECTION, "models", f"{model} is in the list of {len(names):,}")
    yield from _vision(found or (probed.models[0] if len(names) == 1 else None))


def _vision(model: Listed | None) -> Iterator[Finding]:
    """Tell what the server says of the model that will answer."""
    if model is None or model.takes_images is None:
        yield Finding(SECTION, "vision", "the server does not say whether the model takes images")
    elif model.takes_images:
        yield Finding(SECTION, "vision", f"{model.name} takes images")
    else:
        hint = "load a vision model; llama.cpp needs its --mmproj file too"
        yield Finding(SECTION, "vision", f"{model.name} takes no images", hint, is_warning=True)
