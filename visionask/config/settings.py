"""Owns the layers of the settings: flag, then `VISIONASK_*` variable, then profile, then config file, then default.

The config file is `config.toml` in the platform's user config folder (or the file that `VISIONASK_CONFIG` names):

    model = "gpt-6-luna"
    max_cost = "0.50"

    [profiles.local]
    base_url = "http://127.0.0.1:8080/v1"
    api_key_env = "LOCAL_KEY"

It is never read from the working folder: a folder of other people's pictures must not choose where a key goes.
`OPENAI_API_KEY` and `OPENAI_BASE_URL` work as the SDK defines them; a blank value counts as unset.
"""

import os
import sys
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from visionask.config.fields import READERS, read
from visionask.core.errors import ConfigError, MissingKey

OPENAI_HOSTS = ("api.openai.com",)  # and their regional forms, such as eu.api.openai.com
_TABLES = ("profiles", "models", "rules")


class Settings(NamedTuple):
    """What a command runs with. None: not set anywhere."""

    model: str = "gpt-6-luna"
    detail: str = "auto"
    base_url: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    timeout: float = 600.0
    retries: int = 4
    max_cost: Decimal | None = None
    confirm_above: Decimal | None = None
    quality: int = 85
    max_side: int | None = None
    jobs: int = 8
    rpm: int | None = None
    tpm: int | None = None
    daily_budget: Decimal | None = None  # USD, by UTC day, over all runs on one ledger
    ledger: str | None = None
    file: Mapping[str, Any] | None = None  # the parsed config file: the catalog reads its [models] and [rules]
    origin: str = "config.toml"

    @property
    def is_openai(self) -> bool:
        """Tell whether requests go to OpenAI itself."""
        if self.base_url is None:
            return True
        host = self.base_url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0].lower()
        return any(host == known or host.endswith("." + known) for known in OPENAI_HOSTS)


def config_path(env: Mapping[str, str]) -> str:
    """Name the config file: `VISIONASK_CONFIG`, or `config.toml` in the user's config folder."""
    named = env.get("VISIONASK_CONFIG", "").strip()
    return named or os.path.join(_config_folder(env), "config.toml")


def _config_folder(env: Mapping[str, str]) -> str:
    """Name the user's config folder, as platformdirs does; on Linux without importing it, at 8% of a short command."""
    if sys.platform == "linux" and "ANDROID_ROOT" not in env:
        xdg, home = env.get("XDG_CONFIG_HOME", ""), env.get("HOME", "")
        if xdg.startswith("/"):
            return os.path.join(xdg, "visionask")
        if not xdg.strip() and home.startswith("/"):
            return home.rstrip("/") + "/.config/visionask"
    import platformdirs

    return platformdirs.user_config_dir("visionask", appauthor=False)


def load_settings(flags: Mapping[str, Any], *, env: Mapping[str, str] | None = None) -> Settings:
    """Resolve the settings of one run; `flags` holds what the user gave on the command line, None where nothing.

    Raises ConfigError that names the bad key, variable or profile.
    """
    env = os.environ if env is None else env
    origin = config_path(env)
    file = _read_file(origin, is_named="VISIONASK_CONFIG" in env)
    layers = [_from_flags(flags), _from_env(env)]
    top = _check_keys(file, origin=origin)
    profile = next((layer["profile"] for layer in (*layers, top) if layer.get("profile")), None)
    if profile is not None:
        layers.append(_profile(file, profile, origin=origin))
    layers.append(top)
    base_url = env.get("OPENAI_BASE_URL", "").strip()
    layers.append({"base_url": base_url or None})
    values = {
        key: value
        for key in READERS
        if key != "profile"
        for value in [next((layer[key] for layer in layers if layer.get(key) is not None), None)]
        if value is not None
    }
    return Settings(**values, file=file, origin=origin)


def find_key(settings: Settings, *, env: Mapping[str, str] | None = None) -> str:
    """Read the API key from the environment variable that the settings name. Raises MissingKey, ConfigError."""
    env = os.environ if env is None else env
    key = env.get(settings.api_key_env, "").strip()
    if not key:
        raise MissingKey(
            f"no API key: the environment variable {settings.api_key_env} is not set",
            f"export {settings.api_key_env}=..., or try `--local practice`; a server that needs no key takes any text",
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(
            f"the key in {settings.api_key_env} has characters that no key has",
            "copy it again, without quotes or spaces",
        )
    return key


def environment_says(name: str) -> bool:
    """Tell whether an environment variable such as NO_COLOR is set to anything."""
    return bool(os.environ.get(name))


def data_folder() -> str:
    """Name the folder for downloaded models."""
    import platformdirs

    return platformdirs.user_data_dir("visionask", appauthor=False)


def ledger_path(settings: Settings) -> str:
    """Name the ledger: `--ledger`, or `ledger.db` in the platform's state folder."""
    if settings.ledger is not None:
        return os.path.expanduser(settings.ledger)
    import platformdirs

    return os.path.join(platformdirs.user_state_dir("visionask", appauthor=False), "ledger.db")


def _read_file(path: str, *, is_named: bool) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            data = file.read(1_000_001)
    except FileNotFoundError:
        if is_named:
            raise ConfigError(f"{path}: no such config file", "correct or unset VISIONASK_CONFIG") from None
        return {}
    except OSError as error:
        if not is_named and isinstance(error, NotADirectoryError):
            return {}
        raise ConfigError(f"{path}: cannot be read ({error.strerror})", "make it readable, or remove it") from error
    if len(data) > 1_000_000:
        raise ConfigError(f"{path}: over 1 MB is no config file", "name another file")
    import re
    import tomllib

    if re.search(rb"[0-9A-Fa-f_]{200}", data):  # int() and float() raise for more, and so would our messages
        raise ConfigError(f"{path}: not TOML that is read here: a number of over 200 digits", "correct that line")
    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ConfigError(f"{path}: not TOML: {reason}", "correct that line") from error


def _check_keys(table: Mapping[str, Any], *, origin: str, where: str = "") -> dict[str, Any]:
    values = {}
    for key, value in table.items():
        if key in _TABLES and not where:
            continue
        if key not in READERS or (where and key == "profile"):
            from visionask.core.catalog import near_names

            near = near_names(key, READERS)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(READERS)}"
            raise ConfigError(f"{origin}: {where}{key} is no setting", hint)
        values[key] = read(f"{origin}: {where}{key}", key, value)
    return values


def _profile(file: Mapping[str, Any], name: str, *, origin: str) -> dict[str, Any]:
    profiles = file.get("profiles", {})
    if not isinstance(profiles, dict) or not isinstance(profiles.get(name), dict):
        known = ", ".join(profiles) if isinstance(profiles, dict) and profiles else "none"
        raise ConfigError(f"{origin}: there is no profile {name!r}", f"known profiles: {known}")
    return _check_keys(profiles[name], origin=origin, where=f"profiles.{name}.")


def _from_flags(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: read(f"--{key.replace('_', '-')}", key, value)
        for key, value in flags.items()
        if value is not None and key in READERS
    }


def _from_env(env: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for key in READERS:
        name = f"VISIONASK_{key.upper()}"
        if env.get(name, "").strip():
            found[key] = read(name, key, env[name].strip())
    return found
