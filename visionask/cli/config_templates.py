"""`visionask config templates`: the saved questions that `--template` takes."""

from __future__ import annotations

from typing import Annotated

import typer

from visionask.cli.context import open_console
from visionask.cli.options import with_flags
from visionask.cli.tree import Command, Listing, tree
from visionask.core.flags import ConsoleFlags

NEW_TEMPLATE = """\
# What it is for.
prompt = \"\"\"
Is there a $thing in this image?
\"\"\"
# system, schema ("name, age int", a table, or a file beside this one), model, detail, max_tokens

[defaults]
thing = "dog"
"""


app = tree("Saved questions, for --template.", cls=Listing)
Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]


@app.command("list", cls=Command)
@with_flags()
def list_all(*, said: ConsoleFlags) -> None:
    """List the templates, yours and the shipped ones; one of yours hides a shipped one of its name."""
    from visionask.config.templates import first_line, list_templates
    from visionask.report import records
    from visionask.report.settings import write_templates

    console, found = open_console(said), list_templates()
    if said.as_json:
        data = [{"name": each.name, "path": each.path, "is_own": each.is_own} for each in found]
        console.line(records.dumps(records.envelope("config", "ok") | {"data": {"templates": data}}))
        return
    write_templates(console, [(each.name, each.is_own, first_line(each)) for each in found])


@app.command("show", cls=Command)
@with_flags(without="as_json")
def show(name: Name, *, said: ConsoleFlags) -> None:
    """Print a template, as its file has it."""
    from visionask.config.templates import find_template, read_text
    from visionask.report.clean import clean

    open_console(said).line(clean(read_text(find_template(name)).decode("utf-8", "replace").rstrip()))


@app.command("path", cls=Command)
def path() -> None:
    """Print the name of the folder with your templates, there or not."""
    from visionask.config.templates import templates_folder

    open_console().line(templates_folder())


@app.command("edit", cls=Command)
@with_flags(without="as_json")
def edit(name: Name, *, said: ConsoleFlags) -> None:
    """Edit your template of this name in $VISUAL or $EDITOR; a shipped one is copied first, a wrong one not saved."""
    from visionask.cli.config import edits_again
    from visionask.config.editing import edit_file
    from visionask.config.templates import Found, list_templates, own_path, parse_template, read_text

    path, console = own_path(name), open_console(said)
    shipped = next((each for each in list_templates() if each.name == name and not each.is_own), None)
    found = Found(name, path, is_own=True)
    edit_file(
        path,
        new=NEW_TEMPLATE.encode() if shipped is None else read_text(shipped),
        check=lambda data: parse_template(data, found),
        edits_again=lambda error: edits_again(error, console),
    )
