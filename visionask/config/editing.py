"""Changes to files that the user writes: one setting put into a config file, and their own editor.

A config file is edited by tomlkit, so that comments, order and spacing stay; it is loaded by `config set` and `config
unset` alone.

The editing of a file in the user's own editor: on a copy, which takes the file's place only if it is right.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import sys
import tempfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from visionask.config.settings import (
    READERS,
    Explained,
    check_keys,
    config_path,
    explain,
    ledger_path,
    load_settings,
    read,
    read_file,
)
from visionask.config.tables import nearest, parse
from visionask.core.errors import ConfigError, StateError, UsageError, VisionaskError
from visionask.core.private import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


_BARE = re.compile(r"[A-Za-z0-9_-]+")


def set_in_file(name: str, value: str) -> str:
    """Put one setting into the config file, `model` or `profiles.NAME.model`; return the file's name.

    Raises UsageError for what is no setting, ConfigError for a bad value or file, StateError where it is not writable.
    """
    path = config_path()
    keys = parts_of(name)
    found = _plain(read(name, keys[-1], value))
    old = read_file(path, is_named=False)
    check_file(old, path)
    changed = set_in_text(_read(path), keys, found).encode()
    check_file(parse(changed, path), path)
    write(path, changed)
    return path


def unset_in_file(name: str) -> tuple[str, bool]:
    """Take one setting out of the config file; return the file's name, and whether it was there.

    Raises UsageError for what is no setting, ConfigError for a bad file, StateError where it is not writable.
    """
    path = config_path()
    keys = parts_of(name)
    table: Any = read_file(path, is_named=False)
    for key in keys[:-1]:
        table = table.get(key, {}) if isinstance(table, dict) else {}
    if not isinstance(table, dict) or keys[-1] not in table:
        return path, False
    write(path, without(_read(path), keys).encode())
    return path, True


def set_profile(name: str, values: Mapping[str, Any], *, without_keys: Iterable[str] = ()) -> str:
    """Put settings into the profile `name` of the config file and take others out of it; return the file's name.

    Raises UsageError for a bad name, ConfigError for a bad value or file, StateError where it is not writable.
    """
    path = config_path()
    old = read_file(path, is_named=False)
    check_file(old, path)
    text, profiles = _read(path), old.get("profiles", {})
    for key in without_keys:
        if key in profiles.get(name, {}) and key not in values:
            text = without(text, ("profiles", name, key))
    for key, value in values.items():
        text = set_in_text(text, parts_of(f"profiles.{name}.{key}"), _plain(read(key, key, value)))
    check_file(parse(text.encode(), path), path)
    write(path, text.encode())
    return path


def check_profile_name(name: str) -> None:
    """Raise UsageError for what no profile can be called."""
    if not _BARE.fullmatch(name):
        raise UsageError(f"a profile cannot be called {name!r}", "take letters, digits, - and _")


def find_value(name: str, flags: Mapping[str, Any]) -> Explained:
    """Return one setting as it holds now, or as a profile of the config file has it, and what sets it.

    Raises UsageError for what is no setting, ConfigError for a bad value or file.
    """
    keys = parts_of(name)
    if len(keys) == 1 and name != "ledger":
        return next(each for each in explain(flags) if each.name == name)
    if len(keys) == 1:
        settings = load_settings(flags)
        return Explained(name, ledger_path(settings), "default" if settings.ledger is None else "set")
    path = config_path()
    profiles = read_file(path, is_named=False).get("profiles", {})
    profile = profiles.get(keys[1]) if isinstance(profiles, dict) else None
    if not isinstance(profile, dict):
        raise ConfigError(f"{path}: there is no profile {keys[1]!r}", nearest(keys[1], list(profiles)))
    values = check_keys(profile, origin=path, where=f"profiles.{keys[1]}.")
    return Explained(name, values.get(keys[2]), path)


def without(text: str, keys: tuple[str, ...]) -> str:
    """Return a TOML text without the value of `keys`, which is there; every other line stays."""
    import tomlkit

    document: Any = tomlkit.parse(text)
    table = document
    for key in keys[:-1]:
        table = table[key]
    del table[keys[-1]]
    return str(tomlkit.dumps(document))


def set_in_text(text: str, keys: tuple[str, ...], value: str | float) -> str:
    """Return a TOML text with a value at `keys`; every other line stays.

    The value takes the place of the one that is there, else it stands behind the others of its table, else in a new
    table. What a file without settings of its own begins with, belongs to its first table: there the line goes first.
    """
    import tomlkit

    end = "\r\n" if "\r\n" in text else "\n"
    document: Any = tomlkit.parse(text if not text or text.endswith("\n") else text + end)
    table = document
    for place, key in enumerate(keys[:-1]):
        if key not in table:
            table[key] = tomlkit.table(is_super_table=place + 2 < len(keys))
        table = table[key]
    if len(keys) == 1 and not any(not hasattr(each, "keys") for each in document.values()):
        return f"{tomlkit.dumps({keys[-1]: value}).rstrip()}{end}{end if text else ''}{text}"
    comments = _comments_behind(table) if keys[-1] not in table else []
    table[keys[-1]] = value
    for comment in comments:
        table.add(comment)
    made = str(tomlkit.dumps(document))
    return re.sub(r"(?<!\r)\n", end, made) if text.count("\n") == text.count("\r\n") else made


def _comments_behind(table: Any) -> list[Any]:
    """Take out and return the comments and empty lines at the end of a table: they are said of the next one."""
    body = getattr(getattr(table, "value", None), "body", [])
    taken: list[Any] = []
    while body and body[-1][0] is None:
        taken.insert(0, body.pop()[1])
    return taken


def check_file(file: Mapping[str, Any], path: str) -> None:
    """Check every setting, profile, model and rule of a config file. Raises ConfigError for the first bad key."""
    from visionask.config.catalog import load_catalog

    check_keys(file, origin=path)
    profiles = file.get("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(each, dict) for each in profiles.values()):
        raise ConfigError(f"{path}: profiles must be tables", "write [profiles.NAME]")
    for name, profile in profiles.items():
        check_keys(profile, origin=path, where=f"profiles.{name}.")
    load_catalog(file, origin=path)


def write(path: str, data: bytes) -> None:
    """Write a file whole or not at all, where a link leads to its target; a new one is the user's alone.

    Raises StateError.
    """
    import tempfile

    there = os.path.realpath(path)
    if os.path.islink(path) and not os.path.exists(there):
        raise StateError(f"{path}: is a link to nothing", "remove the link, or make the file that it names")
    try:
        make_private_folder(os.path.dirname(there))
        handle, made = tempfile.mkstemp(dir=os.path.dirname(there), prefix=".visionask-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            mode = os.stat(there).st_mode & 0o777 if os.path.exists(there) else 0o600
            os.chmod(made, mode)
            os.replace(made, there)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(made)
            raise
    except OSError as error:
        raise StateError(f"{path}: cannot be written ({error.strerror})", "check its folder's rights") from error


def open_editor(path: str) -> None:
    """Open a file for the user to edit: `VISUAL`, `EDITOR`, or the system's. Raises ConfigError where that fails."""
    import shlex
    import subprocess

    chosen = next((os.environ[name] for name in ("VISUAL", "EDITOR") if os.environ.get(name, "").strip()), None)
    is_windows = sys.platform == "win32"
    try:
        words = shlex.split(chosen or ("notepad" if is_windows else "vi"), posix=not is_windows)
    except ValueError as error:
        raise ConfigError(f"VISUAL or EDITOR is no command: {error}", "set EDITOR to a command, such as vi") from error
    try:
        code = subprocess.call([*words, path])  # noqa: S603 the user's own editor
    except OSError as error:
        raise ConfigError(f"the editor {words[0]} cannot be started ({error.strerror})", "set EDITOR") from error
    if code:
        raise ConfigError(f"the editor {words[0]} ended with {code}", "check that it works, or set EDITOR to another")


def parts_of(name: str) -> tuple[str, ...]:
    """Return the parts of a setting's name. Raises UsageError for what is no setting."""
    parts = tuple(name.split("."))
    is_profile = len(parts) == 3 and parts[0] == "profiles" and _BARE.fullmatch(parts[1])
    if (len(parts) == 1 or (is_profile and parts[2] != "profile")) and parts[-1] in READERS:
        return parts
    is_key = "key" in name.lower()
    hint = "a key is kept in an environment variable: api_key_env names it" if is_key else nearest(parts[-1], READERS)
    raise UsageError(f"{name} is no setting", hint)


def _plain(value: Any) -> str | int | float:
    plain: str | int | float = f"{value:f}" if isinstance(value, Decimal) else value
    return plain


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            data = file.read()
        is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = data.decode("utf-16" if is_utf16 else "utf-8-sig")
        return text if "\n" in text else text.replace("\r", "\n")
    except UnicodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text", "save it as UTF-8; it is as it was") from error
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read", "make it readable") from error


REJECTED = ".rejected"  # behind the file's name: what was written and is wrong


def edit_file(
    path: str,
    *,
    new: bytes,
    check: Callable[[bytes], object],
    edits_again: Callable[[VisionaskError], bool] = lambda _: False,
) -> None:
    """Open a file for the user to edit, or `new` where it is not there. As with visudo, the file itself is never wrong.

    An editor that fails leaves everything as it was. Where `check` raises for what was written, `edits_again` is asked;
    if it says no, that text is kept beside the file, and what `check` raised comes out of here.
    Raises ConfigError for an editor that fails, StateError where nothing can be written.
    """
    try:
        with open(path, "rb") as file:
            old: bytes | None = file.read()
    except FileNotFoundError:
        old = None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})", "make it readable") from error
    with _copy(path, new if old is None else old) as copy:
        while True:
            open_editor(copy)
            written = _editor_read(copy)
            try:
                check(written)
                break
            except VisionaskError as error:
                if edits_again(error):
                    continue
                write(path + REJECTED, written)
                stays = "the file is as it was" if old is not None else "no file was made"
                error.hint = f"{stays}; what you wrote is in {path}{REJECTED}"
                raise
        if written != old:
            write(path, written)
        with contextlib.suppress(OSError):
            os.unlink(path + REJECTED)


@contextlib.contextmanager
def _copy(path: str, data: bytes) -> Iterator[str]:
    """Make a copy beside the file, so that what it names relative to itself is found; a folder made for it goes too."""
    folder = os.path.dirname(os.path.realpath(path))
    is_made = not os.path.isdir(folder)
    try:
        make_private_folder(folder)
        handle, copy = tempfile.mkstemp(dir=folder, prefix=".visionask-", suffix=os.path.splitext(path)[1])
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError as error:
        raise StateError(f"{path}: cannot be written ({error.strerror})", "check its folder's rights") from error
    try:
        yield copy
    finally:
        with contextlib.suppress(OSError):
            os.unlink(copy)
        if is_made:
            with contextlib.suppress(OSError):  # it holds what was written
                os.rmdir(folder)


def _editor_read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ConfigError(f"the editor left no file ({error.strerror})", "nothing was changed") from error
