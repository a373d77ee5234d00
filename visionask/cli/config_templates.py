"""`visionask config templates`: the saved questions that `--template` takes."""

from __future__ import annotations

from typing import Annotated

import typer
import typer.core

from visionask.cli import options as opt
from visionask.cli.app import Listing, group
from visionask.cli.context import open_console

NEW_TEMPLATE = """\
# What it is for.
prompt = \"\"\"
Is there a $thing in this image?
\"\"\"
# system, schema ("name, age int", a table, or a file beside this one), model, detail, max_tokens

[defaults]
thing = "dog"
"""


app = group(Listing, "Saved questions, for --template.")
Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]


@app.command("list")
def list_all(as_json: opt.AsJson = False, debug: opt.Debug = False) -> None:
    """List the templates, yours and the shipped ones; one of yours hides a shipped one of its name."""
    from visionask.config.templates import first_line, list_templates
    from visionask.report import records
    from visionask.report.settings import template_rows

    console, found = open_console(), list_templates()
    if as_json:
        data = [{"name": each.name, "path": each.path, "is_own": each.is_own} for each in found]
        console.line(records.dumps(records.envelope("config", "ok") | {"data": {"templates": data}}))
        return
    for line in template_rows([(each.name, each.is_own, first_line(each)) for each in found]):
        console.line(line)


@app.command("show")
def show(name: Name, debug: opt.Debug = False) -> None:
    """Print a template, as its file has it."""
    from visionask.config.templates import find_template, read_text
    from visionask.report.clean import clean

    open_console().line(clean(read_text(find_template(name)).decode("utf-8", "replace").rstrip()))


@app.command("path")
def path() -> None:
    """Print the name of the folder with your templates, there or not."""
    from visionask.config.templates import templates_folder

    open_console().line(templates_folder())


@app.command("edit")
def edit(name: Name, debug: opt.Debug = False) -> None:
    """Edit your template of this name in $VISUAL or $EDITOR; a shipped one is copied first, a wrong one not saved."""
    from visionask.cli.config import edits_again
    from visionask.config.editing import edit_file
    from visionask.config.templates import Found, list_templates, own_path, parse_template, read_text

    path, console = own_path(name), open_console(debug=debug)
    shipped = next((each for each in list_templates() if each.name == name and not each.is_own), None)
    found = Found(name, path, is_own=True)
    edit_file(
        path,
        new=NEW_TEMPLATE.encode() if shipped is None else read_text(shipped),
        check=lambda data: parse_template(data, found),
        edits_again=lambda error: edits_again(error, console),
    )
