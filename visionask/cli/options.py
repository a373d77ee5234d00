"""The flags that several commands share: one spelling, one help text, and how their values are read."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from visionask.core import arguments

Model = Annotated[str | None, typer.Option("-m", "--model", metavar="NAME", help="Model [default: gpt-6-luna].")]
Detail = Annotated[
    str | None, typer.Option("-d", "--detail", metavar="LEVEL", help="low, high, auto or original [default: auto].")
]
Image = Annotated[list[str] | None, typer.Option("-i", "--image", metavar="IMAGE", help="One more image.")]
Clipboard = Annotated[bool, typer.Option("--clipboard", help="The image on the clipboard too.")]
PromptFile = Annotated[
    str | None,
    typer.Option(
        "-p", "--prompt-file", metavar="FILE", help="Take the question from FILE; every argument is an image."
    ),
]
System = Annotated[str | None, typer.Option("-s", "--system", metavar="TEXT", help="System prompt.")]
Template = Annotated[
    str | None, typer.Option("-t", "--template", metavar="NAME|FILE", help="A saved question, with what goes with it.")
]
Param = Annotated[
    list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="Value of a $name in the template.")
]
Schema = Annotated[
    str | None,
    typer.Option("--schema", metavar="DSL|JSON|FILE", help="Answer with data: 'name, age int', or a JSON Schema."),
]
SchemaMulti = Annotated[
    str | None,
    typer.Option("--schema-multi", metavar="DSL|JSON|FILE", help="The same, for any number of such objects."),
]

MaxSide = Annotated[int | None, typer.Option("--max-side", metavar="PX", help="Longest side that is sent.")]
ImageTokens = Annotated[
    int | None, typer.Option("--image-tokens", metavar="N", help="Largest size whose tokens do not exceed N.")
]
Crop = Annotated[str | None, typer.Option("--crop", metavar="X,Y,W,H", help="Send only this part, px upright.")]
Rotate = Annotated[
    int | None, typer.Option("--rotate", metavar="90|180|270", help="Turn clockwise; boxes count in what is seen then.")
]
Redact = Annotated[
    list[str] | None, typer.Option("--redact", metavar="X,Y,W,H", help="Paint this part black; repeatable.")
]
NoResize = Annotated[bool, typer.Option("--no-resize", help="Send full size.")]
KeepMetadata = Annotated[bool, typer.Option("--keep-metadata", help="Keep EXIF (also GPS), XMP and ICC.")]
Quality = Annotated[int | None, typer.Option("--quality", metavar="1-100", help="JPEG quality [default: 85].")]
MaxPixels = Annotated[
    int | None, typer.Option("--max-pixels", metavar="N", help="Most pixels to decode [default: 89 million].")
]
Page = Annotated[int | None, typer.Option("--page", metavar="N", help="Page of a PDF or TIFF [default: 1].")]
Frame = Annotated[int | None, typer.Option("--frame", metavar="N", help="Frame of an animation [default: 1].")]
AllowTruncated = Annotated[bool, typer.Option("--allow-truncated", help="Send what there is of a cut picture.")]

MaxTokens = Annotated[int | None, typer.Option("--max-tokens", metavar="N", help="Longest answer, in tokens.")]
ServiceTier = Annotated[
    str | None, typer.Option("--service-tier", metavar="TIER", help="auto, default, flex or priority.")
]
PromptCache = Annotated[
    bool, typer.Option("--prompt-cache", help="Let the provider cache the prompt (a write costs more).")
]

Temperature = Annotated[float | None, typer.Option("--temperature", metavar="T", help="Sent only when given.")]
ReasoningEffort = Annotated[
    str | None, typer.Option("--reasoning-effort", metavar="EFFORT", help="none, minimal, low, medium, high ...")
]
PassUrl = Annotated[bool, typer.Option("--pass-url", help="Hand links on instead of fetching them here.")]
DryRun = Annotated[bool, typer.Option("-n", "--dry-run", help="Plan and price only: no key, no request.")]
MaxCost = Annotated[str | None, typer.Option("--max-cost", metavar="USD", help="Stop before spending more.")]
ConfirmAbove = Annotated[str | None, typer.Option("--confirm-above", metavar="USD", help="Ask first above this price.")]
Yes = Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")]
BaseUrl = Annotated[str | None, typer.Option("--base-url", metavar="URL", help="An OpenAI-compatible server.")]
ApiKeyEnv = Annotated[
    str | None,
    typer.Option("--api-key-env", metavar="NAME", help="Variable with the key [default: OPENAI_API_KEY]."),
]
Local = Annotated[str | None, typer.Option("--local", metavar="MODEL", help="A model on this machine, no key.")]
Timeout = Annotated[float | None, typer.Option("--timeout", metavar="S", help="Longest wait for one try.")]
Retries = Annotated[int | None, typer.Option("--retries", metavar="N", help="Tries after the first [default: 4].")]
Record = Annotated[
    str | None, typer.Option("--record", metavar="DIR", help="Ask, and save the exchanges in DIR for --replay.")
]
Replay = Annotated[
    str | None, typer.Option("--replay", metavar="DIR", help="Answer from DIR: no key, no network, nothing paid.")
]
Raw = Annotated[bool, typer.Option("--raw", help="Do not neutralise control characters.")]
Cache = Annotated[bool, typer.Option("--cache/--no-cache", help="Take answers from the ledger.")]
Log = Annotated[bool, typer.Option("--log/--no-log", help="Keep answers in the ledger.")]
Continue = Annotated[bool, typer.Option("-c", "--continue", help="Go on with the last conversation.")]
Cid = Annotated[str | None, typer.Option("--cid", metavar="ID", help="Go on with this conversation.")]
Ledger = Annotated[str | None, typer.Option("--ledger", metavar="FILE", help="Another ledger.")]

AsJson = Annotated[bool, typer.Option("--json", help="Print a record (schema visionask/1).")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No price line, warnings or notes.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Say more.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colour (NO_COLOR is honoured too).")]
Profile = Annotated[str | None, typer.Option("--profile", metavar="NAME", help="Yours, or built in (see config).")]
AllowPrivateUrls = Annotated[bool, typer.Option("--allow-private-urls", help="Fetch links to private addresses too.")]
Recursive = Annotated[bool, typer.Option("-r", "--recursive", help="Go into folders below a folder.")]
Include = Annotated[
    list[str] | None, typer.Option("--include", metavar="GLOB", help="Only these names in folders, globs.")
]
Exclude = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="GLOB", help="Not these names in folders, globs.")
]
FilesFrom = Annotated[
    str | None, typer.Option("--files-from", metavar="FILE", help="Also the images named in FILE, one a line.")
]
Null = Annotated[bool, typer.Option("-0", "--null", help="Names in FILE end in NUL.")]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", help="Only the first N images.")]
Sample = Annotated[
    int | None, typer.Option("--sample", metavar="N", help="N images spread over all, the same each time.")
]


need_range, need_one_of = arguments.need_range, arguments.need_one_of


def given(**flags: Any) -> dict[str, Any]:
    """Keep the flags that the user set."""
    return {name: value for name, value in flags.items() if value is not None}
