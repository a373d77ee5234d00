"""What `doctor` tells of the configuration: the file, the profile, the model, the key, no value of a key."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from visionask.config.catalog import load_catalog
from visionask.config.settings import NO_KEY, Settings, config_path, find_key, load_settings, read_layers
from visionask.core.errors import ConfigError, MissingKey
from visionask.core.finding import Finding, failure
from visionask.core.namedtuple import NamedTuple
from visionask.core.prices import OLD_DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping

SECTION = "config"
_VARIABLE = re.compile(
    r"[A-Z_][A-Z0-9_]{0,99}"
)  # narrower than the system's: a key that stands there must not be shown


class Configured(NamedTuple):
    """What the configuration comes to. `settings` are usable also where it fails; then nothing is sent with them."""

    settings: Settings
    findings: tuple[Finding, ...]
    key: str | None = None  # None: there is none that can be sent
    is_sound: bool = True  # False: no command that reads the settings runs


def look(flags: Mapping[str, Any], *, today: str, env: Mapping[str, str] | None = None) -> Configured:
    """Read the configuration as every command does, and tell what stands in the way. Raises UsageError for a flag."""
    env = os.environ if env is None else env
    path = config_path(env)
    place = Finding(SECTION, "file", path if os.path.lexists(path) else f"{path}: none, so the defaults hold")
    try:
        settings = load_settings(flags, env=env)
        catalog = _model(settings, today)
    except ConfigError as error:
        return Configured(
            _without_file(flags, env),
            (
                place,
                failure(SECTION, "settings", error),
            ),
            is_sound=False,
        )
    key, key_finding = _key(settings, env)
    return Configured(settings, (place, _profile(flags, env), catalog, key_finding), key)


def _without_file(flags: Mapping[str, Any], env: Mapping[str, str]) -> Settings:
    """Return what holds without a file that cannot be used, so that the ledger can still be looked at."""
    plain = {name: value for name, value in flags.items() if name != "profile"}
    for known in ({**env, "VISIONASK_CONFIG": os.devnull, "VISIONASK_PROFILE": ""}, {"VISIONASK_CONFIG": os.devnull}):
        try:
            return load_settings(plain, env=known)
        except ConfigError:
            continue
    return Settings()


def _profile(flags: Mapping[str, Any], env: Mapping[str, str]) -> Finding:
    layers = read_layers(flags, env)
    found = layers.find("profile")
    server = "" if layers.server is None else f"; the server is known as {layers.server.name}"
    if found is None:
        return Finding(SECTION, "profile", f"none{server}")
    return Finding(SECTION, "profile", f"{found[0]} (from {found[1]}){server}")


def _model(settings: Settings, today: str) -> Finding:
    """Return what is known of the model. Raises ConfigError for a bad table of the file."""
    catalog = load_catalog(settings.file, origin=settings.origin)
    model = catalog.find(settings.model)
    if model is None:
        fact, near = (
            f"{settings.model} is not a known model: its tokens and price are not known",
            catalog.near(settings.model),
        )
        hint = f"did you mean {' or '.join(near)}?" if near else "visionask models"
        return Finding(SECTION, "model", fact, hint, is_warning=settings.is_openai)
    if model.is_shut_down(today):
        return Finding(
            SECTION, "model", f"{model.name} was shut down on {model.shutdown}", "choose another: -m NAME", True
        )
    if model.prices is not None and model.prices.is_old(today):
        fact = f"{model.name}; its price was last checked on {model.prices.checked}, more than {OLD_DAYS} days ago"
        return Finding(
            SECTION, "model", fact, "pip install --upgrade visionask, or set prices in the config file", True
        )
    until = "" if model.shutdown is None else f", until {model.shutdown}"
    return Finding(SECTION, "model", f"{model.name}{until}" + ("" if settings.is_model_named else " (the default)"))


def _key(settings: Settings, env: Mapping[str, str]) -> tuple[str | None, Finding]:
    """Return whether there is a key: never its value, nor its length."""
    name = settings.api_key_env
    is_shown = _VARIABLE.fullmatch(name) is not None
    try:
        key = find_key(settings, env=env)
    except MissingKey as error:
        unset = MissingKey("api_key_env is not the name of a variable that is set", "put the name there, never the key")
        return None, failure(SECTION, "key", error if is_shown else unset)
    except ConfigError as error:
        return None, failure(SECTION, "key", error)
    told = f"{name} is set" if is_shown else "the variable is set that api_key_env names"
    return key, Finding(SECTION, "key", "none is needed" if key == NO_KEY else told)
