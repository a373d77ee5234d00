"""What the environment says of the person and the machine: home, shell, terminal, proxies, secrets."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from visionask.core.errors import StateError
from visionask.core.finding import Finding, Privacy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SECTION = "machine"
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL")
_LEAST_CHARS = 8  # of a secret by its variable's name alone: `KEYMAP=us` and `API_KEY=ollama` are none
_MOST_BYTES = 200_000  # of a shell's start file
_PROXIES = ("https_proxy", "http_proxy", "all_proxy")


def privacy(env: Mapping[str, str] | None = None, *, key_env: str = "") -> Privacy:
    """Collect what no report may show. `key_env` names the variable with the key, whatever its name is."""
    env = os.environ if env is None else env
    home = os.path.expanduser("~")
    homes = {home, os.path.realpath(home), env.get("HOME", ""), env.get("USERPROFILE", "")} - {"~"}
    users = {env.get(name, "") for name in ("USER", "LOGNAME", "USERNAME")} | {os.path.basename(home.rstrip("/\\"))}
    likely = {value.strip() for name, value in env.items() if _SECRET.search(name.upper())}
    secrets = {value for value in likely if len(value) >= _LEAST_CHARS and not os.path.isabs(value)}
    key = env.get(key_env, "").strip()
    return Privacy(tuple(homes), tuple(users), tuple(secrets if key.isalpha() else secrets | {key}))


def environment_findings(env: Mapping[str, str] | None = None) -> list[Finding]:
    """Return which shell it is and whether its completions are there, and what changes the look of a terminal."""
    env = os.environ if env is None else env
    names = [name for name in ("NO_COLOR", "TERM", "COLORTERM", "LANG", "LC_ALL") if env.get(name)]
    told = ", ".join(name if name == "NO_COLOR" else f"{name}={env[name]}" for name in names)
    proxies = sorted(name for name in env if name.lower() in _PROXIES and env[name])
    return [
        _completion(env),
        Finding(SECTION, "environment", told or "no variable about the terminal is set"),
        *([Finding(SECTION, "proxy", f"set: {', '.join(proxies)}")] if proxies else []),
    ]


def _completion(env: Mapping[str, str]) -> Finding:
    shell = shell_at_hand(env)
    if shell not in _PLACES:
        why = f"the places of {shell} are not known" if shell else "SHELL is not set"
        return Finding(SECTION, "completion", f"not looked for: {why}")
    scripts, starts = _PLACES[shell]
    folders = _user_folders(env)
    paths = [path.format(**folders) for path in scripts]
    found = next((path for path in paths if os.path.isfile(path)), None)
    found = found or next((path for path in _filled(starts, folders) if _mentions(path)), None)
    if found is None:
        hint = f"visionask completion {shell} --install"
        return Finding(SECTION, "completion", f"not installed for {shell}", hint, is_missing=True)
    return Finding(SECTION, "completion", f"{shell}: {found}")


def shell_at_hand(env: Mapping[str, str] | None = None) -> str:
    """Return the name of the user's shell as SHELL has it, "" where it says nothing."""
    name = os.path.basename(
        (os.environ if env is None else env).get("SHELL", "").strip().replace("\\", "/")
    ).removesuffix(".exe")
    return "powershell" if name == "pwsh" else name


def completion_places(shell: str, script: str) -> tuple[str, str | None, str]:
    """Return the path that the script belongs at, the start file that must load it, and the line that does.

    fish needs no line: it looks in its own folder. Raises StateError for a user without a home.
    """
    import shlex

    folders = _user_folders(os.environ)
    if not os.path.isabs(folders["home"]):
        raise StateError("there is no place for the script: this user has no home", "set HOME")
    if shell == "fish":
        return os.path.join(folders["config"], "fish", "completions", script), None, ""
    path = os.path.join(folders["data"], "visionask", "completions", script)
    source, mark = f"source {shlex.quote(path)}", "  # visionask completion"
    if shell == "powershell":
        quoted = path.replace("'", "''")
        return path, os.path.join(folders["config"], "powershell", "profile.ps1"), f". '{quoted}'{mark}"
    if shell == "bash":
        return path, os.path.join(folders["home"], ".bashrc"), source + mark
    begins = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }; "  # else zsh has no compdef yet
    return path, os.path.join(os.environ.get("ZDOTDIR") or folders["home"], ".zshrc"), begins + source + mark


def _user_folders(env: Mapping[str, str]) -> dict[str, str]:
    home = os.path.expanduser("~")
    return {
        "home": home,
        "config": env.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"),
        "data": env.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share"),
    }


def _filled(paths: Iterable[str], folders: Mapping[str, str]) -> list[str]:
    return [path.format(**folders) for path in paths]


def _mentions(path: str) -> bool:
    """Return whether a shell's start file loads the completion."""
    try:
        with open(path, "rb") as file:
            return b"visionask completion" in file.read(_MOST_BYTES)
    except OSError:
        return False


_PLACES = {  # of a shell: where its script lies, and the files that may load it instead
    "bash": (
        (
            "{data}/bash-completion/completions/visionask",
            "{data}/bash-completion/completions/visionask.bash",
            "/usr/share/bash-completion/completions/visionask",
            "/usr/local/share/bash-completion/completions/visionask",
            "/etc/bash_completion.d/visionask",
        ),
        ("{home}/.bashrc", "{home}/.bash_profile", "{home}/.profile", "{home}/.bash_completion"),
    ),
    "zsh": (
        (
            "{home}/.zfunc/_visionask",
            "{data}/zsh/site-functions/_visionask",
            "/usr/share/zsh/site-functions/_visionask",
            "/usr/share/zsh/vendor-completions/_visionask",
            "/usr/local/share/zsh/site-functions/_visionask",
        ),
        ("{home}/.zshrc", "{config}/zsh/.zshrc"),
    ),
    "fish": (
        (
            "{config}/fish/completions/visionask.fish",
            "/usr/share/fish/vendor_completions.d/visionask.fish",
            "/usr/local/share/fish/vendor_completions.d/visionask.fish",
        ),
        ("{config}/fish/config.fish",),
    ),
}
