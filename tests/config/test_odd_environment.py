"""The environment may hold anything: each reader of a variable returns a value, or raises an error of ours."""

from __future__ import annotations

import contextlib
import os
import random
from typing import TYPE_CHECKING

import pytest

from tests.images.test_odd_input import WORDS
from visionask.api.sdk import build, proxy_of
from visionask.config.checks import summary_path
from visionask.config.machine import environment_findings, privacy
from visionask.config.settings import (
    READERS,
    config_path,
    explain,
    find_key,
    forget_odd_sizes,
    has_key,
    hub,
    ledger_path,
    load_settings,
    pager,
    refuses_colour,
)
from visionask.core.errors import VisionaskError
from visionask.core.request import Endpoint
from visionask.images.links import _proxy_of, parse_link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

COUNT = 10_000
MORE = ("\u00b2", "'", '"', "~", "$", "{home}", "%s", "*", "*.", "socks5://", "1_0", "+1", "dumb", ";", "\udcff", "80")
SETTINGS = (*(f"VISIONASK_{key.upper()}" for key in READERS), "OPENAI_BASE_URL", "VISIONASK_CONFIG")
PLACES = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")
PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "NO_PROXY", "no_proxy")
OTHERS = (
    "TERM",
    "NO_COLOR",
    "PAGER",
    "SHELL",
    "LANG",
    "HF_ENDPOINT",
    "HF_TOKEN",
    "GITHUB_STEP_SUMMARY",
    "OPENAI_API_KEY",
)
LINK = parse_link("http://example.com/a.png")


def texts() -> Iterator[str]:
    """Yield what a variable can hold: any bytes but NUL."""
    chance = random.Random(6)
    for _ in range(COUNT):
        text = "".join(chance.choices((*WORDS, *MORE), k=chance.randrange(1, 7))).replace("\0", "")
        yield os.fsdecode(text.encode("utf-8", "surrogatepass"))


def resolve(env: Mapping[str, str]) -> None:
    settings = load_settings({}, env=env)
    has_key(settings, env=env), find_key(settings, env={settings.api_key_env: env["OPENAI_BASE_URL"]})


def sizes() -> None:
    forget_odd_sizes()
    for name in ("COLUMNS", "LINES"):
        assert int(os.environ.get(name, "80")) < 100_000


def find_places() -> None:
    os.path.join(config_path(), ledger_path(load_settings({}, env={})))


def find_proxies() -> None:
    found = proxy_of("https://api.example/v1")
    assert found is None or isinstance(found.host, str)
    _proxy_of(LINK)


READ: tuple[tuple[tuple[str, ...], Callable[[], object]], ...] = (
    (("COLUMNS", "LINES"), sizes),
    (PLACES, find_places),
    (PROXIES, find_proxies),
    (OTHERS, lambda: (pager(), refuses_colour(), hub(), summary_path())),
    (OTHERS, lambda: (environment_findings(), privacy(key_env="TERM"))),
)  # fmt: skip


def test_any_value_of_a_setting_is_read_or_refused() -> None:
    for number, text in enumerate(texts()):
        name = SETTINGS[number % len(SETTINGS)]
        with contextlib.suppress(VisionaskError):
            resolve({"OPENAI_BASE_URL": text, name: text})
        for key, read in READERS.items():
            with contextlib.suppress(ValueError):  # what `read` of the settings words
                assert read(text) is not None, key
        if number % 100 == 0:
            with contextlib.suppress(VisionaskError):
                explain({}, env={name: text})


@pytest.mark.parametrize(("names", "read"), READ)
def test_any_value_of_a_variable_is_read_or_refused(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], read: Callable[[], object]
) -> None:
    for name in names:
        monkeypatch.setenv(name, "")
    for text in texts():
        os.environ.update(dict.fromkeys(names, text))
        with contextlib.suppress(VisionaskError):
            read()


def test_any_proxy_and_certificate_file_is_taken_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for number, text in enumerate(texts()):
        if number % 100:
            continue
        for name in ("ALL_PROXY", "SSL_CERT_FILE"):
            monkeypatch.setenv(name, text)
            with contextlib.suppress(VisionaskError):
                scheme = "https" if name == "SSL_CERT_FILE" else "http"
                build(Endpoint(base_url=f"{scheme}://api.example/v1", api_key="key-of-nobody")).close()
            monkeypatch.delenv(name)
