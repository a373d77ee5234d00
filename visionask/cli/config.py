"""`visionask config`: what is set and where it comes from, and changes to the config file.

`visionask config templates`: the saved questions that `--template` takes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from visionask.cli.inputs import confirm, is_asked, open_console
from visionask.cli.options import with_flags
from visionask.cli.tree import Command, Listing, Showing, tree
from visionask.core.errors import UsageError
from visionask.core.flags import ApiKeyEnv, BaseUrl, ConsoleFlags, Model, Profile

if TYPE_CHECKING:
    from visionask.core.errors import VisionaskError
    from visionask.report.console import Console


NEW_FILE = """\
# Settings of visionask; flags and VISIONASK_* variables go before them. Profiles: visionask config show
# model = "gpt-6-luna"
# max_cost = "0.50"

# [profiles.mine]
# base_url = "http://127.0.0.1:8080/v1"
"""


app = tree("What is set and where it comes from; profiles and templates.", cls=Showing)


@app.command("show", cls=Command)
@with_flags()
def show(
    model: Model = None,
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    profile: Profile = None,
    *,
    said: ConsoleFlags,
) -> None:
    """Show every setting, its value, and where it comes from: flag, variable, profile, file or default."""
    given = {"model": model, "base_url": base_url, "api_key_env": api_key_env, "profile": profile}
    from visionask.config.catalog import server_names
    from visionask.config.settings import explain, has_key, ledger_path, load_settings
    from visionask.report import records
    from visionask.report.settings import server_lines, setting_dicts, write_settings

    console = open_console(said)
    settings = load_settings(given)
    own = list((settings.file or {}).get("profiles", {}))
    rows = [
        each if each.name != "ledger" or each.value is not None else each._replace(value=ledger_path(settings))
        for each in explain(given)
    ]
    is_there = has_key(settings)
    if said.as_json:
        data = {
            "settings": setting_dicts(rows),
            "key": {"variable": settings.api_key_env or None, "is_set": is_there, "is_needed": settings.needs_key},
            "server": None if settings.server is None else settings.server.name,
            "file": {"path": settings.origin, "is_there": os.path.exists(settings.origin)},
            "profiles": {"own": own, "built_in": list(server_names())},
        }
        console.line(records.dumps(records.envelope("config", "ok") | {"data": data}))
        return
    write_settings(console, rows)
    told = "set" if is_there else "not set" if settings.needs_key else "not set, and not needed"
    console.prose(f"key: {told} ({settings.api_key_env or 'this server has none'})")
    for line in [] if settings.server is None else server_lines(settings.server):
        console.prose(line)
    console.prose(f"file: {settings.origin}{'' if os.path.exists(settings.origin) else ' (not there)'}")
    console.prose(f"profiles: {', '.join(own) or 'none of yours'}; built in: {', '.join(server_names())}")


@app.command("set", cls=Command)
@with_flags(without="as_json")
def set_value(
    words: Annotated[list[str], typer.Argument(metavar="KEY VALUE", show_default=False)],
    *,
    said: ConsoleFlags,
) -> None:
    """Put one setting into the config file; comments stay. KEY: model, or profiles.NAME.model.

    visionask config set model gpt-6-luna
    """
    from visionask.config.editing import set_in_file

    key, value = _key_and_value(words)
    console, path = open_console(said), set_in_file(key, value)
    console.note(f"set in {path}")
    if key.rpartition(".")[2] == "model":
        _warn_of_model(value, console)


def _key_and_value(words: list[str]) -> tuple[str, str]:
    """Return the setting and its value. Raises UsageError, which says what to type; no key is repeated."""
    import shlex

    from visionask.config.editing import parts_of

    if len(words) == 2:
        return words[0], words[1]
    key, is_pair, value = map(str.strip, " ".join(words).partition("="))
    if not is_pair:
        key = words[0]
    parts_of(key)
    typed = shlex.quote(value) if value and "key" not in key else "VALUE"
    fact = "VALUE is missing" if len(words) == 1 and not is_pair else f"{key}: a setting and its value are two words"
    raise UsageError(fact, f"visionask config set {key} {typed}")


def _warn_of_model(name: str, console: Console) -> None:
    """Warn of a name that nobody knows and that is nearly a known one; a server may have models of any name."""
    from visionask.config.catalog import load_catalog, open_model
    from visionask.config.settings import load_settings

    settings = load_settings({})
    catalog = load_catalog(settings.file, origin=settings.origin)
    if catalog.find(name) is None and open_model(name) is None and (near := catalog.near(name)):
        console.warn(f"{name} is not a known model")
        console.note(f"hint: did you mean {' or '.join(near)}?")


@app.command("get", cls=Command)
@with_flags(without="as_json")
def get(
    key: Annotated[str, typer.Argument(metavar="KEY", show_default=False)],
    profile: Profile = None,
    *,
    said: ConsoleFlags,
) -> None:
    """Print one setting as it holds now, whichever way it is set; nothing where it is not set.

    visionask config get model
    """
    from visionask.config.editing import find_value
    from visionask.report.settings import spell_value

    found, console = find_value(key, {"profile": profile}), open_console(said)
    if found.value is None:
        console.note(f"{key} is not set")
        return
    console.detail(f"from {found.where}")
    console.line(spell_value(found.value))


@app.command("unset", cls=Command)
@with_flags(without="as_json")
def unset(
    key: Annotated[str, typer.Argument(metavar="KEY", show_default=False)],
    *,
    said: ConsoleFlags,
) -> None:
    """Take one setting out of the config file; comments stay. KEY: model, or profiles.NAME.model.

    visionask config unset model
    """
    from visionask.config.editing import unset_in_file

    path, was_there = unset_in_file(key)
    open_console(said).note(f"taken out of {path}" if was_there else f"{key} is not set in {path}")


@app.command("path", cls=Command)
def path() -> None:
    """Print the name of the config file, there or not."""
    from visionask.config.settings import config_path

    open_console().line(config_path())


@app.command("edit", cls=Command)
@with_flags(without="as_json")
def edit(*, said: ConsoleFlags) -> None:
    """Edit the config file in $VISUAL or $EDITOR; a wrong one is not saved."""
    from visionask.config.editing import check_file, edit_file
    from visionask.config.settings import config_path
    from visionask.config.tables import parse

    path, console = config_path(), open_console(said)
    edit_file(
        path,
        new=NEW_FILE.encode(),
        check=lambda data: check_file(parse(data, path), path),
        edits_again=lambda error: _edits_again(error, console),
    )


def _edits_again(error: VisionaskError, console: Console) -> bool:
    """Show what is wrong, and ask whether to open the editor again; without a terminal to ask on: no."""
    if not is_asked():
        return False
    console.error(error)
    return confirm("Edit it again?", default=True)


NEW_TEMPLATE = """\
# What it is for.
prompt = \"\"\"
Is there a $thing in this image?
\"\"\"
# system, schema ("name, age int", a table, or a file beside this one), model, detail, max_tokens

[defaults]
thing = "dog"
"""


templates = tree("Saved questions, for --template.", cls=Listing)
Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]


@templates.command("list", cls=Command)
@with_flags()
def list_templates(*, said: ConsoleFlags) -> None:
    """List the templates, yours and the shipped ones; one of yours hides a shipped one of its name."""
    from visionask.config.templates import first_line
    from visionask.config.templates import list_templates as found_templates
    from visionask.report import records
    from visionask.report.settings import write_templates

    console, found = open_console(said), found_templates()
    if said.as_json:
        data = [{"name": each.name, "path": each.path, "is_own": each.is_own} for each in found]
        console.line(records.dumps(records.envelope("config", "ok") | {"data": {"templates": data}}))
        return
    write_templates(console, [(each.name, each.is_own, first_line(each)) for each in found])


@templates.command("show", cls=Command)
@with_flags(without="as_json")
def show_template(name: Name, *, said: ConsoleFlags) -> None:
    """Print a template, as its file has it."""
    from visionask.config.templates import find_template, read_text
    from visionask.report.clean import clean

    open_console(said).line(clean(read_text(find_template(name)).decode("utf-8", "replace").rstrip()))


@templates.command("path", cls=Command)
def templates_path() -> None:
    """Print the name of the folder with your templates, there or not."""
    from visionask.config.templates import templates_folder

    open_console().line(templates_folder())


@templates.command("edit", cls=Command)
@with_flags(without="as_json")
def edit_template(name: Name, *, said: ConsoleFlags) -> None:
    """Edit your template of this name in $VISUAL or $EDITOR; a shipped one is copied first, a wrong one not saved."""
    from visionask.config.editing import edit_file
    from visionask.config.templates import Found, own_path, parse_template, read_text
    from visionask.config.templates import list_templates as found_templates

    path, console = own_path(name), open_console(said)
    shipped = next((each for each in found_templates() if each.name == name and not each.is_own), None)
    found = Found(name, path, is_own=True)
    edit_file(
        path,
        new=NEW_TEMPLATE.encode() if shipped is None else read_text(shipped),
        check=lambda data: parse_template(data, found),
        edits_again=lambda error: _edits_again(error, console),
    )


app.add_typer(templates, name="templates")
