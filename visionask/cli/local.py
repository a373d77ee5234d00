"""`visionask local`: models on this machine, listed, pulled and served."""

from __future__ import annotations

from typing import Annotated

import typer

from visionask.cli.inputs import open_console
from visionask.cli.options import with_flags
from visionask.cli.tree import Command, tree
from visionask.core.arguments import need_range
from visionask.core.flags import ConsoleFlags, Flag

app = tree("A model on this machine, no key.")


@app.command("list", cls=Command)
@with_flags()
def list_models(*, said: ConsoleFlags) -> None:
    """List the models that are here, and those that can be pulled."""
    from visionask.config.settings import data_folder
    from visionask.report.models import write_local_models
    from visionask.run.connect import local_models

    write_local_models(local_models(data_folder()), open_console(said), as_json=said.as_json)


@app.command("pull", cls=Command)
@with_flags(without="as_json")
def pull(name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)], *, said: ConsoleFlags) -> None:
    """Download a model from the Hugging Face hub: a listed name, or OWNER/REPO of a GGUF repository."""
    from visionask.api.local_pull import pull as run_pull
    from visionask.config.settings import data_folder, hub
    from visionask.report.clean import one_line
    from visionask.report.progress import Download, Progress

    console = open_console(said)
    progress = Progress(console)
    address, token = hub()
    try:
        model = run_pull(name, data_folder(), on_progress=Download(progress).show, hub=address, token=token)
    finally:
        progress.leave()
    console.note(
        f'{one_line(model.name)} is here: visionask ask --local {one_line(name)} "What is in this image?" photo.jpg'
    )


@app.command("serve", cls=Command)
@with_flags(without="as_json")
def serve(
    name: Annotated[str, typer.Argument(metavar="NAME")] = "practice",
    port: Annotated[int | None, Flag("--port", "Port on 127.0.0.1 [default: a free one].", "N")] = None,
    api_key_env: Annotated[
        str | None, Flag("--api-key-env", "Variable with the key to take [default: a new key each time].", "NAME")
    ] = None,
    *,
    said: ConsoleFlags,
) -> None:
    """Serve a local model until Ctrl-C: prints the two variables that point any OpenAI client at it.

    visionask local serve practice --port 8080 --api-key-env MY_KEY
    """
    import threading

    from visionask.api.local import find
    from visionask.api.local import serve as run_serve
    from visionask.config.settings import Settings, data_folder, find_key

    console = open_console(said)
    need_range(port, "--port", least=1, most=65_535)
    key = None if api_key_env is None else find_key(Settings(api_key_env=api_key_env))
    with run_serve(find(name, data_folder()), port=port or 0, api_key=key) as endpoint:
        shown = endpoint.api_key if key is None else f'"${api_key_env}"'
        console.line(f"export OPENAI_BASE_URL={endpoint.base_url}")
        console.line(f"export OPENAI_API_KEY={shown}")
        console.out.flush()
        console.note("serving until Ctrl-C")
        threading.Event().wait()
