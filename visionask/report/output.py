"""The choice of output files: which format a name asks for, and handing each record to all of them.

A file of records is appended to, so that it can be followed while the scan runs and a crash leaves every line of what
is done. CSV, HTML and Markdown have totals and columns that only the end knows: they grow as `FILE.part` and replace
FILE at the end. A scan that is run again hands over every item again, from the ledger where it is already answered, so
that those are complete, and the file of records gets only the lines that it does not hold yet.

The file behind an output: appended to line by line, replaced whole at the end, or a stream that is passed on.

Every write is one system call on an unbuffered file, so that a kill leaves whatever was added before it. A replaced
file is `FILE.part` until it is complete; a regular FILE is only ever the last complete one. A lock held by the system
keeps two runs from writing one file, and dies with its run.

The answers written next to their images: `photo.jpg` gets `photo.jpg.txt`, whole or not at all.

The image's full name is kept, so that `photo.jpg` and `photo.png` do not share a file. A file of that name that holds
anything but an answer of ours is left alone: what it holds tells, for a mark of ours in it would be read as the answer.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypedDict

from visionask.core.errors import StateError, UsageError
from visionask.core.image import FileSource
from visionask.core.suggest import did_you_mean
from visionask.report.clean import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from visionask.core.image import Source
    from visionask.core.schema import Schema


Record = dict[str, Any]


_SUFFIXES = {  # of each format the first stands in messages
    ".html": "html",
    ".json": "json",
    ".jsonl": "jsonl",
    ".csv": "csv",
    ".db": "sqlite",
    ".md": "md",
    ".txt": "text",
    ".xml": "junit",
    ".ndjson": "jsonl",
    ".htm": "html",
    ".markdown": "md",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
}


FORMATS = ("jsonl", "csv", "html", "md", "sqlite")
WHOLE = ("csv", "html", "md", "sqlite")  # written whole, in the order of the images


class Summary(TypedDict, total=False):
    """What only the scan knows when it ends; the totals are counted from the records."""

    stopped: str | None  # why it ended before all was asked, in one line
    left: int  # items that were not reached
    seconds: float  # from start to end


class Output(Protocol):
    """One file of results."""

    wants_thumbnails: bool
    is_in_order: bool  # it takes the items in the order of the images

    def add(self, record: Record, thumbnail: bytes | None = None) -> None:
        """Write one item; it is in the file, or in FILE.part, when this returns, or at the next one that is not from
        the ledger, `flush` or `close`. Raises StateError."""

    def flush(self) -> None:
        """Write what waits for more. Raises StateError."""

    def close(self, summary: Summary) -> None:
        """Complete the file. Raises StateError."""

    def abandon(self) -> None:
        """Stop without completing: FILE.part stays where anything was added, else nothing does."""


class WholeReport:
    """What the files that are written whole, in the order of the images, have in common."""

    wants_thumbnails = False
    is_in_order = True
    _target: Target

    def flush(self) -> None:
        """Do nothing: every item is written at once."""

    def abandon(self) -> None:
        self._target.abandon()


def report_format(path: str, chosen: str | None = None) -> str:
    """Decide a file's format: the one that is chosen, else its suffix. Raises UsageError."""
    if chosen in FORMATS:
        return chosen
    if chosen is not None:
        raise UsageError(f"a scan writes no {chosen} to a file", f"choose one of {', '.join(FORMATS)}")
    return format_of(path, FORMATS)


def format_of(path: str, formats: Sequence[str], who: str = "") -> str:
    """Return the format that a file's suffix names, of those that a command writes; .jsonl is JSON where no lines are.

    Raises UsageError.
    """
    suffix = _suffix(path)
    named = _SUFFIXES.get(suffix)
    found = "json" if named == "jsonl" and "jsonl" not in formats else named
    if found is None or found not in formats:
        first = {name: each for each, name in reversed(_SUFFIXES.items())}
        *known, last = [each for each in _SUFFIXES if first[_SUFFIXES[each]] == each and _SUFFIXES[each] in formats]
        listed = f"{', '.join(known)} or {last}"
        fact, hint = f"{path}: its suffix names no format", f"end it in {listed}, or add -f"
        if who:
            fact, hint = f"{who} writes {listed}, not {path}", "name another, or add -f"
        raise UsageError(fact, did_you_mean(suffix, (*known, last), otherwise=hint) if suffix else hint)
    return found


def report_formats(paths: Sequence[str], chosen: str | None = None) -> list[str]:
    """Decide the formats of all files. Raises UsageError.

    `chosen` decides that of one file, and of several for those whose suffix names none. `jsonl`, which chooses what
    standard output is too, never takes a page or a table from a file that is named as one.
    """
    is_for_rest = len(paths) > 1 or chosen == "jsonl"
    named = [is_for_rest and _SUFFIXES.get(_suffix(path)) in FORMATS for path in paths]
    return [report_format(path, None if is_named else chosen) for path, is_named in zip(paths, named, strict=True)]


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def open_output(path: str, chosen: str | None = None, *, question: str = "", schema: Schema | None = None) -> Output:
    """Open one output, before anything is sent.

    `chosen` is the format where the suffix is not to decide. `question` heads a page; CSV has a column for each
    field of a `schema`, even if no item is answered. `-` is standard output. Raises UsageError for an unknown
    format, StateError where the file cannot be written.
    """
    name = report_format(path, chosen)
    if name == "jsonl":
        from visionask.report.jsonl_report import JsonlReport

        return JsonlReport(path)
    if name == "csv":
        from visionask.report.csv_report import CsvReport

        return CsvReport(path, schema=schema)
    if name == "html":
        from visionask.report.html_report import HtmlReport

        return HtmlReport(path, question=question)
    if name == "sqlite":
        from visionask.report.sqlite_report import SqliteReport

        return SqliteReport(path, schema=schema)
    from visionask.report.markdown_report import MarkdownReport

    return MarkdownReport(path, question=question)


class Outputs:
    """All outputs of one scan, as one. Where items end in another order than that of the images, the files that are in
    that order get them in their turn."""

    def __init__(self, outputs: Sequence[Output]) -> None:
        self._outputs = tuple(outputs)
        self._held: dict[int, tuple[Record, bytes | None]] = {}  # by place, until it is their turn
        self._turn = 0
        self._is_over = False
        self.wants_thumbnails = any(output.wants_thumbnails for output in outputs)

    def __bool__(self) -> bool:
        return bool(self._outputs)

    def flush(self) -> None:
        """Write what waits for more, in every output. Raises StateError."""
        for output in self._outputs:
            output.flush()

    def add(self, record: Record, thumbnail: bytes | None = None, *, place: int | None = None) -> None:
        """Hand one item to every output; `place` is that of its image, None where it comes in its turn.

        Raises StateError.
        """
        for output in self._outputs:
            if place is None or not output.is_in_order:
                output.add(record, thumbnail)
        if place is not None:
            self._held[place] = record, thumbnail
            while self._turn in self._held:
                self._release(self._turn)
                self._turn += 1

    def _release(self, place: int) -> None:
        record, thumbnail = self._held.pop(place)
        for output in self._outputs:
            if output.is_in_order:
                output.add(record, thumbnail)

    def _release_all(self) -> None:
        """Hand on what waits for items that never came to their end."""
        for place in sorted(self._held):
            self._release(place)

    def close(self, summary: Summary) -> None:
        """Complete every output, also behind one that cannot be; the first failure is raised."""
        self._is_over = True
        self._release_all()
        failures = []
        for output in self._outputs:
            try:
                output.close(summary)
            except StateError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    def abandon(self) -> None:
        """Abandon every output; nothing where they are completed already."""
        if not self._is_over:
            self._is_over = True
            with suppress(StateError, BrokenPipeError):
                self._release_all()
            for output in self._outputs:
                output.abandon()


def open_outputs(
    paths: Sequence[str],
    chosen: str | None = None,
    *,
    question: str = "",
    schema: Schema | None = None,
) -> Outputs:
    """Open all or none, as `open_output` does; `chosen` holds as in `report_formats`."""
    opened: list[Output] = []
    formats = report_formats(paths, chosen)
    try:
        for path, name in zip(paths, formats, strict=True):
            opened.append(open_output(path, name, question=question, schema=schema))
    except (StateError, UsageError):
        Outputs(opened).abandon()
        raise
    return Outputs(opened)


_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)


_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class Target(Protocol):
    """Where the bytes of one output go."""

    is_stream: bool  # what was written cannot be read again

    def write(self, data: bytes) -> None:
        """Add bytes: all of them, or StateError."""

    def rewrite(self, make: Callable[[BinaryIO], Iterable[bytes]]) -> None:
        """Put what `make` gives, reading what was written so far, in its place. Nothing happens to a stream."""

    def finish(self) -> None:
        """Complete the file under its own name."""

    def abandon(self) -> None:
        """Leave what was written where it is, and no empty file behind."""


def open_target(path: str, *, appends: bool = False, takes_pictures: bool = False) -> Target:
    """Open a file for output; `-` is standard output. Only `takes_pictures` may replace a picture.

    Raises StateError where it cannot be written.
    """
    with writing(path):
        if path == "-":
            return _Stream(path, os.dup(1))
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError:
            mode = None
        if mode is not None and stat.S_ISDIR(mode):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if mode is not None and not stat.S_ISREG(mode):
            return _Stream(path, os.open(path, os.O_WRONLY))
        if mode is not None and not os.access(path, os.W_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        if mode is not None:
            _refuse_others(path, takes_pictures=takes_pictures)
        return Appended(path) if appends else _Replaced(path, mode)


RESULTS_ID = 0x56415253  # the application id of our files of results, "VARS"; the ledger has another
_DATABASE, _ID_AT = b"SQLite format 3\0", 68  # https://sqlite.org/fileformat2.html#the_database_header, 2026-11-28


def is_results(path: str) -> bool | None:
    """Return whether a file is a database of results; None for one that is no database."""
    with open(path, "rb") as file:
        head = file.read(_ID_AT + 4)
    return int.from_bytes(head[_ID_AT:], "big") == RESULTS_ID if head.startswith(_DATABASE) else None


_PICTURE = rb"(?s)\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|BM....\0\0|II\*\0|MM\0\*|%PDF-|....ftyp"  # how files begin


def _refuse_others(path: str, *, takes_pictures: bool) -> None:
    """Raise StateError for a file that no results may replace: a picture, the ledger, or another program's database."""
    if is_results(path) is False:
        raise StateError(f"{path}: is a database, and holds no results of a scan", "name another file")
    with open(path, "rb") as file:
        head = file.read(12)
    if not takes_pictures and re.match(_PICTURE, head):
        raise StateError(f"{path}: is a picture, which results would replace", "name another file")


def refuse_inputs(paths: Iterable[str], inputs: Mapping[str, Iterable[str | None]]) -> None:
    """Raise UsageError for an output that is a file which the command reads; `inputs` are by what they are."""
    read = [(each, what) for what, files in inputs.items() for each in files if each and os.path.isfile(each)]
    for path in paths:
        for each, what in read:
            if os.path.isfile(path) and os.path.samefile(path, each):
                raise UsageError(f"{path}: is {what}, and results would take its place", "name another file")


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Turn what the system says into StateError; a reader that went away stays BrokenPipeError."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        fact = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
        hint = (
            "free some space" if isinstance(error, OSError) and error.errno in _FULL else "name another file or folder"
        )
        raise StateError(f"{path}: cannot be written ({fact})", f"{hint}, then run it again") from error


_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def _lock(fd: int, path: str) -> None:
    """Hold the file for this run alone. Windows has no such lock that leaves the file readable."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StateError(f"{path}: another run is writing it", "wait for that run, or name another file") from error
    except OSError:  # a file system without locks
        return


class _Stream:
    """A pipe, a terminal, a device."""

    is_stream = True

    def __init__(self, path: str, fd: int) -> None:
        self._path, self._fd = path, fd

    def write(self, data: bytes) -> None:
        with writing(self._path):
            _write_all(self._fd, data)

    def rewrite(self, make: Callable[[BinaryIO], Iterable[bytes]]) -> None:
        pass

    def finish(self) -> None:
        with writing(self._path):
            os.close(self._fd)

    abandon = finish


class Appended:
    """A file that keeps what it holds. A write that fails midway is taken back, so that no line is torn."""

    is_stream = False

    def __init__(self, path: str) -> None:
        self._path, self._is_new = path, not os.path.exists(path)
        self._fd = os.open(path, _FLAGS | os.O_APPEND, 0o666)
        _lock(self._fd, path)

    def reader(self) -> BinaryIO:
        """Read the file from its start; closing the reader leaves the file open."""
        os.lseek(self._fd, 0, os.SEEK_SET)
        return os.fdopen(os.dup(self._fd), "rb")

    def cut(self, size_bytes: int) -> None:
        """Cut the file to this size."""
        with writing(self._path):
            os.ftruncate(self._fd, size_bytes)

    def write(self, data: bytes) -> None:
        with writing(self._path):
            end = os.fstat(self._fd).st_size
            try:
                _write_all(self._fd, data)
            except OSError:
                os.ftruncate(self._fd, end)
                raise

    def rewrite(self, make: Callable[[BinaryIO], Iterable[bytes]]) -> None:
        raise NotImplementedError("an appended file is never rewritten")

    def finish(self) -> None:
        with writing(self._path):
            os.close(self._fd)

    def abandon(self) -> None:
        is_empty = not os.fstat(self._fd).st_size
        self.finish()
        if self._is_new and is_empty:
            os.unlink(self._path)


def part_of(path: str) -> str:
    """Name the file beside it, or beside what it links to, in which it is written."""
    return f"{os.path.realpath(path)}.part"


class _Replaced:
    """A file that appears whole: written beside FILE, or beside what FILE links to, and renamed over it."""

    is_stream = False

    def __init__(self, path: str, mode: int | None) -> None:
        self._path, self._real, self._mode = path, os.path.realpath(path), mode
        self._part = part_of(path)
        self._fd = self._create(self._part)

    def _create(self, name: str) -> int:
        """Create it anew, never through what somebody has laid there."""
        self._remove_left(name)
        fd = os.open(name, _FLAGS | os.O_EXCL | _NO_LINK, 0o666)
        _lock(fd, self._path)
        if not os.path.samestat(os.fstat(fd), os.lstat(name)):  # another run has just taken its place
            os.close(fd)
            raise StateError(f"{self._path}: another run is writing it", "wait for that run, or name another file")
        if self._mode is not None:
            os.chmod(name, stat.S_IMODE(self._mode))
        return fd

    def _remove_left(self, name: str) -> None:
        """Remove what has the name, unless it is a file that a living run holds."""
        try:
            is_file = stat.S_ISREG(os.lstat(name).st_mode)
        except FileNotFoundError:
            return
        held = None
        with suppress(PermissionError):
            held = os.open(name, os.O_RDONLY | _NO_LINK) if is_file else None
        try:
            if held is not None:
                _lock(held, self._path)
            with suppress(FileNotFoundError):
                os.unlink(name)
        finally:
            if held is not None:
                os.close(held)

    def write(self, data: bytes) -> None:
        with writing(self._path):
            _write_all(self._fd, data)

    def rewrite(self, make: Callable[[BinaryIO], Iterable[bytes]]) -> None:
        again = f"{self._part}.new"
        with writing(self._path):
            fd = self._create(again)
            try:
                os.lseek(self._fd, 0, os.SEEK_SET)
                with os.fdopen(os.dup(self._fd), "rb") as written:
                    for chunk in make(written):
                        _write_all(fd, chunk)
                os.replace(again, self._part)
            except OSError:
                os.close(fd)
                os.unlink(again)
                raise
            os.close(self._fd)
            self._fd = fd

    def finish(self) -> None:
        with writing(self._path):
            os.fsync(self._fd)
            os.replace(self._part, self._real)
            os.close(self._fd)

    def abandon(self) -> None:
        is_empty = not os.fstat(self._fd).st_size
        os.close(self._fd)
        if is_empty:
            os.unlink(self._part)


_NAME_BYTES = 250  # of a name that file systems take, and the .part of a file that is being written


_LONGEST_BYTES = 4 << 20  # a file that is longer is no answer of ours


def sidecar_path(source: Source) -> str | None:
    """Name the file next to an image; None for a link and for standard input, which are next to nothing."""
    return f"{source.path}.txt" if isinstance(source, FileSource) else None


def is_name_too_long(path: str) -> bool:
    """Return whether no file can have the name."""
    return len(os.fsencode(os.path.basename(path))) > _NAME_BYTES


def sidecar_text(answer: str) -> str:
    """Return what the file holds: the answer with control characters made visible, and one line end."""
    return clean(answer).rstrip("\n") + "\n"


def write_sidecar(path: str, answer: str, *, is_ours: Callable[[str], bool] | None = None) -> bool:
    """Write an answer; return False where another's file has the name, and leave that file alone.

    `is_ours` is asked whether what the file holds was written here before: whether it is `sidecar_text` of an answer
    in the ledger. A file that already holds this answer is not written again. Raises StateError.
    """
    text = sidecar_text(answer)
    with writing(path):
        held = _read(path)
    if held == text:
        return True
    if held is not None and not (is_ours is not None and is_ours(held)):
        return False
    target = open_target(path)
    try:
        target.write(text.encode())
        target.finish()
    except BaseException:
        os.unlink(f"{os.path.realpath(path)}.part")
        raise
    return True


def _read(path: str) -> str | None:
    """Read what has the name: None where nothing has, and nothing that was ever an answer for what is no text file."""
    if not os.path.lexists(path):
        return None
    if os.path.islink(path) or not os.path.isfile(path) or os.path.getsize(path) > _LONGEST_BYTES:
        return ""
    with open(path, encoding="utf-8", errors="replace", newline="") as file:
        return file.read()
