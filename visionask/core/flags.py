"""The flags that commands share, each declared once: its names, its help, its panel, its type and its default.

A group of flags is a named tuple: `cli/options.py` expands it into a command's options, `run/` reads its fields. The
keywords of the Python API, the panels of --help, the completions and the man page are made from it too.
Their annotations are no text (no `from __future__`), as what stands in them is read at every start: see `declared`.
"""

from collections.abc import Iterator
from types import GenericAlias
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from typing import Annotated
else:

    class Annotated:
        """A type and its flag, which `get_args` returns; that of `typing` takes 14 us for each, this one 0.2."""

        __class_getitem__ = classmethod(GenericAlias)


WHERE, QUESTION, PICTURE, FILES = "Where", "Question", "Picture", "Files"
MONEY, LEDGER, OUTPUT, DOUBT, BASELINE = "Money", "Ledger", "Output", "Doubt", "Baseline"
PANELS = (DOUBT, BASELINE, WHERE, QUESTION, PICTURE, FILES, MONEY, LEDGER, OUTPUT)  # in the order of use


class Flag(NamedTuple):
    """One flag. Without a panel it is the command's own, which stands first."""

    names: str  # as typed, with blanks between: "-m --model"; a switch that can be put out: "--log/--no-log"
    help: str
    metavar: str | None = None
    panel: str = ""
    is_main: bool = False  # explained on a screen that only names others
    choices: tuple[str, ...] = ()
    keyword: str = ""  # what it means as a keyword of the Python API, where that is not what `help` says


DETAILS = ("low", "high", "auto", "original")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max", "default")  # the last one is Groq's
RESULT_FORMATS = ("text", "json", "jsonl", "csv", "html", "md", "sqlite")
TIERS = ("auto", "default", "flex", "priority")

Image = Annotated[list[str] | None, Flag("-i --image", "One more image.", "IMAGE", PICTURE)]
Clipboard = Annotated[bool, Flag("--clipboard", "The image on the clipboard too.", None, PICTURE)]
PromptFile = Annotated[
    str | None,
    Flag("-p --prompt-file", "Take the question from FILE; every argument is an image.", "FILE", QUESTION, True),
]
Model = Annotated[
    str | None,
    Flag(
        "-m --model",
        "Model [default: gpt-6-luna].",
        "NAME",
        WHERE,
        True,
        keyword="the model's name [gpt-6-luna]",
    ),
]
BaseUrl = Annotated[str | None, Flag("--base-url", "An OpenAI-compatible server.", "URL", WHERE)]
ApiKeyEnv = Annotated[
    str | None,
    Flag(
        "--api-key-env",
        "Variable with the key [default: OPENAI_API_KEY].",
        "NAME",
        WHERE,
    ),
]
Profile = Annotated[
    str | None,
    Flag(
        "--profile",
        "Yours, or built in (see config).",
        "NAME",
        WHERE,
        True,
        keyword="yours, or one that is built in, such as ollama",
    ),
]
Ledger = Annotated[str | None, Flag("--ledger", "Another ledger.", "FILE", LEDGER)]
Jobs = Annotated[
    int | None,
    Flag("-j --jobs", "Requests at a time [default: 8].", "N", WHERE),
]
RetryFailed = Annotated[bool, Flag("--retry-failed", "Ask again what was refused before.", None, LEDGER)]
DryRun = Annotated[bool, Flag("-n --dry-run", "Plan and price only: no key, no request.", None, MONEY, True)]
Yes = Annotated[bool, Flag("-y --yes", "Do not ask.", None, MONEY, keyword="send it all the same")]
Stream = Annotated[bool | None, Flag("--stream/--no-stream", "Show the answer while it comes.", None, OUTPUT)]
Progress = Annotated[bool | None, Flag("--progress/--no-progress", "Show how far it is.", None, OUTPUT)]
Raw = Annotated[bool, Flag("--raw", "Do not neutralise control characters.", None, OUTPUT)]
AsJson = Annotated[bool, Flag("--json", "Print a record (schema visionask/1).", None, OUTPUT, True)]


class SendingFlags(NamedTuple):
    """What goes with every request, where it is sent, what it may cost and how it is kept."""

    model: Model = None
    local: Annotated[str | None, Flag("--local", "A model on this machine, no key.", "MODEL", WHERE, True)] = None
    profile: Profile = None
    base_url: BaseUrl = None
    api_key_env: ApiKeyEnv = None
    timeout: Annotated[
        float | None,
        Flag("--timeout", "Longest wait for one try.", "S", WHERE, keyword="longest wait for one try, in s"),
    ] = None
    retries: Annotated[
        int | None, Flag("--retries", "Tries after the first, 2 for a lost reply [default: 4].", "N", WHERE)
    ] = None
    record: Annotated[
        str | None,
        Flag(
            "--record",
            "Ask, and save the exchanges in DIR for --replay.",
            "DIR",
            WHERE,
            keyword="ask, and save the exchanges in this folder",
        ),
    ] = None
    replay: Annotated[
        str | None,
        Flag(
            "--replay",
            "Answer from DIR: no key, no network, nothing paid.",
            "DIR",
            WHERE,
            keyword="answer from this folder: no key, no network, nothing paid",
        ),
    ] = None
    template: Annotated[
        str | None,
        Flag(
            "-t --template",
            "A saved question, with what goes with it.",
            "NAME|FILE",
            QUESTION,
            True,
            keyword="name or file of a saved question; what is handed over goes before what it sets",
        ),
    ] = None
    param: Annotated[list[str] | None, Flag("--param", "Value of a $name in the template.", "NAME=VALUE", QUESTION)] = (
        None
    )
    system: Annotated[str | None, Flag("-s --system", "System prompt.", "TEXT", QUESTION)] = None
    max_tokens: Annotated[
        int | None,
        Flag("--max-tokens", "Longest answer, in tokens.", "N", QUESTION, keyword="the longest answer, in tokens"),
    ] = None
    temperature: Annotated[float | None, Flag("--temperature", "Sent only when given.", "T", QUESTION)] = None
    reasoning_effort: Annotated[
        str | None,
        Flag("--reasoning-effort", "none, minimal, low, medium, high ...", "EFFORT", QUESTION, choices=EFFORTS),
    ] = None
    dry_run: DryRun = False
    max_cost: Annotated[
        str | None,
        Flag(
            "--max-cost",
            "Stop before spending more.",
            "USD",
            MONEY,
            True,
            keyword="stop before spending more, in USD",
        ),
    ] = None
    confirm_above: Annotated[
        str | None,
        Flag(
            "--confirm-above",
            "Ask first above this price.",
            "USD",
            MONEY,
            keyword="above this price, in USD, yes=True is needed: nobody is asked",
        ),
    ] = None
    yes: Yes = False
    service_tier: Annotated[
        str | None, Flag("--service-tier", "auto, default, flex or priority.", "TIER", MONEY, choices=TIERS)
    ] = None
    prompt_cache: Annotated[
        bool, Flag("--prompt-cache", "Let the provider cache the prompt (a write costs more).", None, MONEY)
    ] = False
    cache: Annotated[
        bool,
        Flag(
            "--cache/--no-cache",
            "Take answers from the ledger.",
            None,
            LEDGER,
            keyword="take answers from the ledger [ask and check: no, scan: yes]",
        ),
    ] = False
    log: Annotated[
        bool,
        Flag("--log/--no-log", "Keep answers in the ledger.", None, LEDGER, keyword="keep answers in the ledger [yes]"),
    ] = True
    ledger: Ledger = None

    @property
    def is_kept(self) -> bool:
        """Whether answers go into the ledger: those of a replay are not paid, and stay out."""
        return self.log and self.replay is None


class PictureFlags(NamedTuple):
    """What is made of each image."""

    detail: Annotated[
        str | None,
        Flag(
            "-d --detail",
            "low, high, auto or original [default: auto].",
            "LEVEL",
            PICTURE,
            True,
            choices=DETAILS,
            keyword="low, high, auto (decided here, from the size) or original",
        ),
    ] = None
    crop: Annotated[
        str | None,
        Flag(
            "--crop",
            "Send only this part, px upright.",
            "X,Y,W,H",
            PICTURE,
            True,
            keyword="send only this part: (x, y, width, height) in px of the upright image",
        ),
    ] = None
    max_side: Annotated[
        int | None,
        Flag(
            "--max-side",
            "Longest side that is sent.",
            "PX",
            PICTURE,
            keyword="longest side that is sent, in px",
        ),
    ] = None
    rotate: Annotated[
        int | None,
        Flag(
            "--rotate",
            "Turn clockwise; boxes count in what is seen then.",
            "90|180|270",
            PICTURE,
            choices=("90", "180", "270"),
            keyword="turn clockwise, in degrees",
        ),
    ] = None
    redact: Annotated[
        list[str] | None,
        Flag("--redact", "Paint this part black; repeatable.", "X,Y,W,H", PICTURE, keyword="paint these parts black"),
    ] = None
    page: Annotated[
        int | None,
        Flag("--page", "Page of a PDF or TIFF [default: 1].", "N", PICTURE, keyword="page of a PDF or TIFF, from 1"),
    ] = None
    pages: Annotated[
        str | None,
        Flag(
            "--pages",
            "Each page of a PDF or TIFF as an image of its own.",
            "all|1-3,7",
            PICTURE,
            keyword="each page of a PDF or TIFF as an image of its own: 'all', or such as '1-3,7'",
        ),
    ] = None
    frame: Annotated[
        int | None,
        Flag("--frame", "Frame of an animation [default: 1].", "N", PICTURE, keyword="frame of an animation, from 1"),
    ] = None
    image_tokens: Annotated[
        int | None,
        Flag(
            "--image-tokens",
            "Largest size whose tokens do not exceed N.",
            "N",
            PICTURE,
            keyword="the largest size whose tokens do not exceed this",
        ),
    ] = None
    no_resize: Annotated[bool, Flag("--no-resize", "Send full size.", None, PICTURE)] = False
    quality: Annotated[
        int | None,
        Flag("--quality", "JPEG quality [default: 85].", "1-100", PICTURE, keyword="of JPEG, 1 to 100 [85]"),
    ] = None
    max_pixels: Annotated[
        int | None, Flag("--max-pixels", "Most pixels to decode [default: 89 million].", "N", PICTURE)
    ] = None
    keep_metadata: Annotated[
        bool,
        Flag(
            "--keep-metadata",
            "Keep EXIF (also GPS), XMP and ICC.",
            None,
            PICTURE,
            keyword="keep EXIF (also GPS), XMP and ICC",
        ),
    ] = False
    allow_truncated: Annotated[
        bool, Flag("--allow-truncated", "Send what there is of a cut picture.", None, PICTURE)
    ] = False
    pass_url: Annotated[bool, Flag("--pass-url", "Hand links on instead of fetching them here.", None, PICTURE)] = False
    allow_private_urls: Annotated[
        bool, Flag("--allow-private-urls", "Fetch links to private addresses too.", None, PICTURE)
    ] = False


class SchemaFlags(NamedTuple):
    """What an answer must match."""

    schema: Annotated[
        str | None,
        Flag(
            "--schema",
            "Answer with data: 'name, age int', or a JSON Schema.",
            "DSL|JSON|FILE",
            QUESTION,
            True,
            keyword=(
                '"name, age int", a JSON Schema as dict, text or Path, or a pydantic model class: `.data` matches it'
            ),
        ),
    ] = None
    schema_multi: Annotated[
        str | None,
        Flag("--schema-multi", "The same, for any number of such objects.", "DSL|JSON|FILE", QUESTION),
    ] = None


class FilesFlags(NamedTuple):
    """Which files of folders, lists and patterns."""

    recursive: Annotated[bool, Flag("-r --recursive", "Go into folders below a folder.", None, FILES, True)] = False
    include: Annotated[
        list[str] | None,
        Flag(
            "--include",
            "Only these names in folders, globs.",
            "GLOB",
            FILES,
            True,
            keyword="only these names in folders and globs",
        ),
    ] = None
    exclude: Annotated[
        list[str] | None,
        Flag(
            "--exclude",
            "Not these names in folders, globs.",
            "GLOB",
            FILES,
            True,
            keyword="not these names in folders and globs",
        ),
    ] = None
    files_from: Annotated[
        str | None, Flag("--files-from", "Also the images named in FILE, one a line.", "FILE", FILES)
    ] = None
    null: Annotated[bool, Flag("-0 --null", "Names end in NUL: in FILE, and those of -l.", None, FILES)] = False
    limit: Annotated[
        int | None,
        Flag("--limit", "Only the first N images.", "N", FILES, keyword="only the first so many images"),
    ] = None
    sample: Annotated[
        int | None,
        Flag(
            "--sample",
            "N images spread over all, the same each time.",
            "N",
            FILES,
            keyword="so many images spread over all, the same each time",
        ),
    ] = None


class PaceFlags(NamedTuple):
    """How much at a time."""

    jobs: Jobs = None
    rpm: Annotated[int | None, Flag("--rpm", "Most requests a minute.", "N", WHERE)] = None
    tpm: Annotated[int | None, Flag("--tpm", "Most tokens a minute, images included.", "N", WHERE)] = None


class WritingFlags(NamedTuple):
    """How the files of requests of a batch are made."""

    jobs: Annotated[int | None, Flag("-j --jobs", "Images prepared at a time [default: 8].", "N", WHERE)] = None
    retry_failed: Annotated[
        bool, Flag("--retry-failed", "Ask again what failed or was refused before.", None, LEDGER)
    ] = False
    shard_requests: Annotated[
        int | None, Flag("--shard-requests", "Fewer requests a file than the provider takes.", "N")
    ] = None
    shard_mb: Annotated[int | None, Flag("--shard-mb", "Smaller files than the provider takes, in MB.", "N")] = None
    executor: Annotated[
        str | None,
        Flag(
            "--executor",
            "Who prepares images: threads:N, processes:N, dask:tcp://HOST:8786 or package.module:factory.",
            "SPEC",
        ),
    ] = None
    chunk: Annotated[int | None, Flag("--chunk", "Images in one piece of work for an executor [default: 32].", "N")] = (
        None
    )
    chunk_store: Annotated[
        str | None,
        Flag(
            "--chunk-store",
            "Where an executor's workers leave what they made: a folder or s3://bucket/prefix that all see.",
            "PLACE",
        ),
    ] = None


class LedgerFlags(NamedTuple):
    """Which ledger is looked into."""

    ledger: Ledger = None
    profile: Profile = None


class ResultFlags(NamedTuple):
    """Where results go, and how."""

    output: Annotated[
        list[str] | None, Flag("-o --output", "Results: .jsonl .csv .html .md .db; repeatable.", "FILE", OUTPUT, True)
    ] = None
    output_format: Annotated[
        str | None,
        Flag(
            "-f --format",
            "Of standard output, or of -o files.",
            "FORMAT",
            OUTPUT,
            choices=RESULT_FORMATS,
        ),
    ] = None
    progress: Progress = None
    raw: Raw = False

    @property
    def is_json(self) -> bool:
        """Whether standard output gets records."""
        return self.output_format in ("json", "jsonl")

    @property
    def is_file_format(self) -> bool:
        """Whether it is a format that is written whole."""
        return self.output_format not in (None, "text", "json", "jsonl")


class ConversationFlags(NamedTuple):
    """Which conversation goes on."""

    continue_: Annotated[bool, Flag("-c --continue", "Go on with the last conversation.", None, LEDGER, True)] = False
    cid: Annotated[str | None, Flag("--cid", "Go on with this conversation.", "ID", LEDGER, True)] = None


class CheckFlags(NamedTuple):
    """What is asked of a statement, or of several in a scan, and how sure the answer must be."""

    statement: Annotated[
        list[str] | None, Flag("--statement", "Is this true of it? repeatable.", "TEXT", DOUBT, True)
    ] = None
    also: Annotated[
        list[str] | None,
        Flag("--also", "One more statement; repeatable.", "STATEMENT", keyword="more statements"),
    ] = None
    choice: Annotated[
        str | None,
        Flag(
            "--choice",
            "Ask which value it is, not whether it is true.",
            "A,B,...",
            keyword="ask which of these values it is, not whether it is true",
        ),
    ] = None
    score: Annotated[
        str | None, Flag("--score", "Ask for a score.", "LOW-HIGH", keyword='ask for a score, such as "1-5"')
    ] = None
    expect: Annotated[
        str | None,
        Flag(
            "--expect",
            "Pass for this choice, or score: 4, >=4, 2-4.",
            "VALUE",
            keyword="the choice or score that passes",
        ),
    ] = None
    is_any: Annotated[
        bool,
        Flag("--any/--all", "One true is enough, or all must be [default: all].", keyword="one true is enough"),
    ] = False
    threshold: Annotated[
        str | None, Flag("--threshold", "Least probability of true [default: 0.5].", "P", DOUBT, True)
    ] = None
    unsure: Annotated[
        str | None,
        Flag(
            "--unsure",
            "Look again, in higher detail, in this zone.",
            "LOW,HIGH",
            DOUBT,
            keyword="look again in higher detail, from the one to the other",
        ),
    ] = None
    escalate: Annotated[str | None, Flag("--escalate", "Ask this model where it is unsure.", "MODEL", DOUBT)] = None
    engine: Annotated[
        str,
        Flag(
            "--engine",
            "decisions (probabilities), schema (any model) or auto [default: auto].",
            "NAME",
            DOUBT,
            choices=("decisions", "schema", "auto"),
        ),
    ] = "auto"
    repeat: Annotated[int, Flag("--repeat", "Votes of the schema engine [default: 1].", "N", DOUBT)] = 1
    fail_fast: Annotated[bool, Flag("--fail-fast", "Send nothing where a file cannot be read.", None, FILES)] = False
    escalate_detail: Annotated[
        str | None, Flag("--escalate-detail", "Look again in this detail where it is unsure.", "LEVEL", DOUBT)
    ] = None
    checks: Annotated[
        str | None, Flag("--file", "Ask the statements, choices and scores of a file of checks.", "FILE", DOUBT)
    ] = None


class ConsoleFlags(NamedTuple):
    """What a command says of itself, and how."""

    as_json: AsJson = False
    quiet: Annotated[bool, Flag("-q --quiet", "No price line, warnings or notes.", None, OUTPUT)] = False
    verbose: Annotated[bool, Flag("-v --verbose", "Say more.", None, OUTPUT)] = False
    debug: Annotated[bool, Flag("--debug", "Show the traceback of an error.", None, OUTPUT)] = False
    no_color: Annotated[bool, Flag("--no-color", "No colour (NO_COLOR is honoured too).", None, OUTPUT)] = False


def declared(group: type) -> Iterator[tuple[str, Any, Flag]]:
    """Yield the fields of a group, each with its type and its flag."""
    annotations = group.__annotations__
    if any(isinstance(each, str) for each in annotations.values()):  # of a module with `from __future__`
        annotations = get_type_hints(group, include_extras=True)
    for name, annotation in annotations.items():
        kind, flag = get_args(annotation)
        yield name, kind, flag


def by_name(*groups: tuple[Any, ...]) -> dict[str, Any]:
    """Return the values of these groups by their flags' names, for what reads any of them, as the settings do."""
    return {name: value for group in groups for name, value in zip(type(group)._fields, group, strict=True)}  # type: ignore[attr-defined]


_Group = TypeVar("_Group", bound=tuple[Any, ...])


def picked(kind: type[_Group], values: dict[str, Any]) -> _Group:
    """Return a group with those of the values that are its own; None means that nothing was given."""
    fields: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
    return kind(**{name: values[name] for name in fields if values.get(name) is not None})
