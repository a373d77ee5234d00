"""The order of `doctor`'s checks, and that nothing private is in what they find.

What `doctor` says of the server: where it is, whether it can be reached, and what it tells of the model.
"""

from __future__ import annotations

import platform
import re
import time
from importlib import metadata
from typing import TYPE_CHECKING, Any

from visionask import __version__
from visionask.api.probe import probe
from visionask.api.sdk import base_url, check, is_key_exposed, proxy_of
from visionask.config.catalog import load_catalog
from visionask.config.health import look
from visionask.config.machine import environment_findings, privacy
from visionask.config.settings import ledger_path
from visionask.core.errors import ConfigError
from visionask.core.finding import Finding, failure
from visionask.core.request import Endpoint
from visionask.core.url import normal_base_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from visionask.api.probe import Listed, Probed
    from visionask.config.settings import Settings


SECTION = "program"


PACKAGES = ("openai", "pillow", "typer", "rich", "splintr-rs")


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")


def examine(flags: Mapping[str, Any], *, now: float, is_offline: bool, more: Iterable[Finding] = ()) -> list[Finding]:
    """Run every check; one that fails stops none but those that build on it. `more` comes last. Raises UsageError.

    `flags` are settings given on the command line; `now` is Unix time.
    """
    configured = look(flags, today=time.strftime("%Y-%m-%d", time.gmtime(now)))
    settings = configured.settings
    found = [*_versions(), *_extras(), *configured.findings]
    if configured.is_sound:
        found += server_findings(settings, configured.key, is_offline=is_offline)
    else:
        found.append(Finding("server", "network", "not tried: the configuration fails"))
    from visionask.store.health import examine as examine_ledger

    found += examine_ledger(ledger_path(settings), daily_budget=settings.daily_budget, now=now)
    found += environment_findings()
    found += more
    return privacy(key_env=settings.api_key_env).hide_all(found)


def _versions() -> list[Finding]:
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    python = f"{platform.python_version()} ({platform.python_implementation()})"
    return [
        Finding(SECTION, "visionask", __version__),
        Finding(SECTION, "python", python),
        Finding(SECTION, "platform", system),
        *(_package(name) for name in PACKAGES),
    ]


def _package(name: str) -> Finding:
    version = _version(name)
    if version is None:
        return Finding(SECTION, name, "its version is not known", "pip install visionask", is_warning=True)
    return Finding(SECTION, name, version)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _extras() -> list[Finding]:
    """Report each optional part that is installed, and in one line those that are not, as the package declares them."""
    try:
        declared = metadata.requires("visionask") or []
    except metadata.PackageNotFoundError:
        return [Finding(SECTION, "extras", "not known: visionask runs from a folder and is not installed")]
    found, missing = [], []
    for line in declared:
        extra, name = _EXTRA.search(line), _NAME.match(line)
        if extra is None or name is None:
            continue
        version = _version(name[0])
        if version is None:
            missing += [extra[1]] if extra[1] not in missing else []  # one may need two packages
        else:
            found.append(Finding(SECTION, f"extra {extra[1]}", f"{name[0]} {version}"))
    if missing:
        hint = f'pip install "visionask[{",".join(missing)}]"'
        found.append(Finding(SECTION, f"extras {', '.join(missing)}", "not installed", hint, is_missing=True))
    return found


SERVER_SECTION = "server"


MOST_SKEW_S = 60.0  # a reply's Date has whole seconds; signed links and retry dates break from minutes on


_NO_KEY = "none"


_NAMED = 5  # models in a line


def server_findings(settings: Settings, key: str | None, *, is_offline: bool) -> Iterator[Finding]:
    """Report the server. The network is used for 10 s at most, and not at all when offline."""
    endpoint = Endpoint(base_url=settings.base_url, api_key=key or _NO_KEY)
    try:
        check(endpoint)
    except ConfigError as error:
        yield failure(SERVER_SECTION, "base URL", error)
        return
    shown = normal_base_url(base_url(endpoint))
    if is_key_exposed(endpoint):
        yield Finding(
            SERVER_SECTION, "base URL", f"{shown}: the key goes there unencrypted", "use https", is_warning=True
        )
    else:
        yield Finding(SERVER_SECTION, "base URL", shown)
    yield _decisions(settings)
    if is_offline:
        yield Finding(SERVER_SECTION, "network", "not tried: --offline")
        return
    proxy = proxy_of(base_url(endpoint))
    if proxy is not None:
        yield Finding(SERVER_SECTION, "proxy", f"through {proxy.host} ({proxy.variable})")
    if key is None:
        return
    try:
        probed = probe(endpoint)
    except ConfigError as error:
        yield failure(SERVER_SECTION, "client", error)
        return
    yield from _reached(probed)
    yield from _models(probed, settings.model)


def _decisions(settings: Settings) -> Finding:
    """Report how closed questions are asked there, by the rule of `visionask.run.closed.read_way`; nobody is asked."""
    catalog = load_catalog(settings.file, origin=settings.origin)
    able = [name for name in catalog.names if (model := catalog.find(name)) and model.takes_decisions]
    found = catalog.find(settings.model)
    if settings.is_openai and found is not None and found.takes_decisions:
        return Finding(SERVER_SECTION, "decisions", f"closed questions about {settings.model} have probabilities here")
    fact = f"a closed question is one vote, without a probability: only {' or '.join(able)} at OpenAI has them"
    return Finding(SERVER_SECTION, "decisions", fact, "--engine decisions tries it here all the same")


def _reached(probed: Probed) -> Iterator[Finding]:
    if probed.error is not None:
        yield failure(SERVER_SECTION, "HTTP", probed.error)
    else:
        yield Finding(SERVER_SECTION, "HTTP", f"{probed.fact}, {probed.seconds:.2f} s")
    if probed.ahead_s is not None:
        way = "ahead of" if probed.ahead_s > 0 else "behind"
        is_off = abs(probed.ahead_s) > MOST_SKEW_S
        fact = f"{abs(probed.ahead_s):,.0f} s {way} the server's" if is_off else "agrees with the server's"
        yield Finding(SERVER_SECTION, "clock", fact, "set this machine's clock" if is_off else "", is_warning=is_off)


def _models(probed: Probed, model: str) -> Iterator[Finding]:
    """Yield whether the model is listed and takes images: a server need not say either."""
    if probed.models is None:
        if probed.said:
            hint = "that is fine if questions are answered; else check the base URL: is /v1 missing?"
            yield Finding(SERVER_SECTION, "models", f"no list: {probed.said}", hint, is_warning=True)
        return
    names = [each.name for each in probed.models]
    found = next((each for each in probed.models if each.name == model), None)
    if found is None and not names:
        yield Finding(SERVER_SECTION, "models", "the list is empty", "load a model in the server", is_warning=True)
        return
    if found is None:
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        fact = f"{model} is not in the list of {len(names):,}: {', '.join(names[:_NAMED])}{more}"
        yield Finding(SERVER_SECTION, "models", fact, "some servers answer to any name; else -m NAME", is_warning=True)
    else:
        yield Finding(SERVER_SECTION, "models", f"{model} is in the list of {len(names):,}")
    yield from _vision(found or (probed.models[0] if len(names) == 1 else None))


def _vision(model: Listed | None) -> Iterator[Finding]:
    """Yield what the server says of the model that will answer."""
    if model is None or model.takes_images is None:
        yield Finding(SERVER_SECTION, "vision", "the server does not say whether the model takes images")
    elif model.takes_images:
        yield Finding(SERVER_SECTION, "vision", f"{model.name} takes images")
    else:
        hint = "load a vision model; llama.cpp needs its --mmproj file too"
        yield Finding(SERVER_SECTION, "vision", f"{model.name} takes no images", hint, is_warning=True)
