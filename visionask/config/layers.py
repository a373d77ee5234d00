"""Owns where each setting comes from: flag, `VISIONASK_*` variable, profile, config file, in that order, or nowhere.

A profile is a table of the config file, or one that is built in (`data/servers.json`), or both of one name: then the
file's holds, and what it does not set is as built in.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from visionask.config.fields import READERS, read
from visionask.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.core.server import Server

_TABLES = ("profiles", "models", "rules")
MOST_BYTES = 1_000_000


class Layer(NamedTuple):
    """Settings of one origin, all read and in range."""

    where: str  # as the user knows it: a file's name, "profile NAME"; for flags and variables what stands before a name
    values: Mapping[str, Any]

    def origin_of(self, key: str) -> str:
        """Name the flag, variable, profile or file that sets a key."""
        if self.where == "--":
            return f"--{key.replace('_', '-')}"
        return f"VISIONASK_{key.upper()}" if self.where == "VISIONASK_" else self.where


class Layers(NamedTuple):
    """What is set, the strongest layer first. `server` is the one that is known to be where requests go."""

    layers: tuple[Layer, ...]
    file: dict[str, Any]
    origin: str  # the config file's name
    server: Server | None = None
    needs_key: bool = True

    def find(self, key: str) -> tuple[Any, str] | None:
        """Find the value of a setting and where it comes from; None where nothing sets it."""
        found = next((layer for layer in self.layers if layer.values.get(key) is not None), None)
        return None if found is None else (found.values[key], found.origin_of(key))


def config_path(env: Mapping[str, str] | None = None) -> str:
    """Name the config file: `VISIONASK_CONFIG`, or `config.toml` in the user's config folder."""
    env = os.environ if env is None else env
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


def read_layers(flags: Mapping[str, Any], env: Mapping[str, str]) -> Layers:
    """Read every layer. Raises ConfigError that names the bad key, variable or profile, for a flag UsageError."""
    origin = config_path(env)
    file = read_file(origin, is_named="VISIONASK_CONFIG" in env)
    above = [Layer("--", _from_flags(flags)), Layer("VISIONASK_", _from_env(env))]
    top = Layer(origin, check_keys(file, origin=origin))
    below = [top, Layer("OPENAI_BASE_URL", {"base_url": env.get("OPENAI_BASE_URL", "").strip() or None})]
    place, name = next(
        ((place, layer.values["profile"]) for place, layer in enumerate((*above, top)) if layer.values.get("profile")),
        (0, None),
    )
    if name is None:
        return _at_address(Layers((*above, *below), file, origin))
    is_elsewhere = any(layer.values.get("base_url") for layer in above[:place])  # a stronger hand chose another server
    return _with_profile(Layers((*above, *below), file, origin), name, is_elsewhere=is_elsewhere)


def _at_address(layers: Layers) -> Layers:
    """Take the limits of the server that the base URL leads to."""
    base_url = layers.find("base_url")
    if base_url is None:
        return layers
    from visionask.config.servers import server_at

    server = server_at(base_url[0])
    if server is None:
        return layers
    return layers._replace(server=server, needs_key=server.needs_key or _is_key_named(layers.layers))


def _is_key_named(layers: tuple[Layer, ...]) -> bool:
    """Tell whether the user names a key for this very server: a flag or a profile of their own does."""
    return any(layer.values.get("api_key_env") for layer in layers if layer.where.startswith(("--", "profile ")))


def _with_profile(layers: Layers, name: str, *, is_elsewhere: bool) -> Layers:
    """Put the layers of a profile under the flags and variables."""
    from visionask.config.servers import server_named, server_names

    profiles, server = layers.file.get("profiles", {}), server_named(name)
    own = profiles.get(name) if isinstance(profiles, dict) else None
    if server is None and not isinstance(own, dict):
        known = ", ".join((*(profiles if isinstance(profiles, dict) else ()), *server_names()))
        raise ConfigError(f"{layers.origin}: there is no profile {name!r}", f"known profiles: {known}")
    above, below = layers.layers[:2], layers.layers[2:]
    if isinstance(own, dict):
        checked = check_keys(own, origin=layers.origin, where=f"profiles.{name}.")
        above = (*above, Layer(f"profile {name}", checked))
    if server is None or is_elsewhere:
        return _at_address(layers._replace(layers=(*above, *below)))
    base_url = None if any(layer.values.get("base_url") for layer in above) else _address(server, (*above, *below))
    given = {"base_url": base_url, "api_key_env": server.api_key_env or "", "model": server.default_model}
    found = (*above, Layer(f"built-in profile {name}", given), *below)
    return layers._replace(layers=found, server=server, needs_key=server.needs_key or _is_key_named(above))


def _address(server: Server, layers: tuple[Layer, ...]) -> str:
    """Fill in the base URL of a profile that is built in. Raises ConfigError for one that needs a setting."""
    if "{" not in server.base_url:
        return server.base_url
    resource = next((layer.values["azure_resource"] for layer in layers if layer.values.get("azure_resource")), None)
    if resource is None:
        raise ConfigError(
            f"profile {server.name}: azure_resource is not set, so {server.base_url} is not known",
            "visionask config set azure_resource NAME, or set VISIONASK_AZURE_RESOURCE",
        )
    return server.base_url.format(azure_resource=resource)


def read_file(path: str, *, is_named: bool) -> dict[str, Any]:
    """Parse a config file; an absent one is empty, unless the user named it. Raises ConfigError."""
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        if is_named:
            raise ConfigError(f"{path}: no such config file", "correct or unset VISIONASK_CONFIG") from None
        return {}
    except OSError as error:
        if not is_named and isinstance(error, NotADirectoryError):
            return {}
        raise ConfigError(f"{path}: cannot be read ({error.strerror})", "make it readable, or remove it") from error
    return parse(data, path)


def parse(data: bytes, path: str) -> dict[str, Any]:
    """Parse TOML that a user wrote. Raises ConfigError."""
    if len(data) > MOST_BYTES:
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


def check_keys(table: Mapping[str, Any], *, origin: str, where: str = "") -> dict[str, Any]:
    """Read the settings of a table of the file; `where` is what stands before its keys. Raises ConfigError."""
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
