"""Turning arguments into images: files, folders, patterns, links, `data:` URLs and standard input, in order.

Finding pictures in folders and by patterns: in natural order, one folder's names in memory at a time.

Taking `data:` URLs apart.
"""

from __future__ import annotations

import binascii
import os
import re
from typing import TYPE_CHECKING

from visionask.core.errors import InputError, MissingExtra, NotAnImage, NotFound, Unreadable, VisionaskError
from visionask.core.format import count as plural
from visionask.core.format import size
from visionask.core.image import CLIPBOARD, BytesSource, Failed, FileSource, ObjectSource, UrlSource
from visionask.core.namedtuple import NamedTuple, maker
from visionask.images.files import MAX_BYTES, suggest_file, suggest_pattern, too_large

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from visionask.core.image import Source


_PICTURES = frozenset((
    "jpg", "jpeg", "jpe", "jfif", "mpo", "png", "apng", "gif", "webp", "bmp", "dib", "tif", "tiff", "ico",
    "pbm", "pgm", "pnm", "ppm", "jp2", "j2k", "j2c", "jpx", "jpf", "avif", "avifs", "heic", "heif", "hif",
))  # fmt: skip


class Filter(NamedTuple):
    """Which names of a folder are taken. A pattern with a slash is matched against the path below the folder."""

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    takes_documents: bool = False  # PDFs too

    def takes(self, name: str, path: str) -> bool:
        """Return whether a file is wanted: a picture's suffix, or one that an include pattern spells out."""
        if self.exclude and self.drops(name, path):
            return False
        if not self.include:
            return has_picture_suffix(name) or (self.takes_documents and is_pdf_name(name))
        return any(_matches(p, name, path) and (has_picture_suffix(name) or _has_suffix(p)) for p in self.include)

    def drops(self, name: str, path: str) -> bool:
        """Return whether a file or a folder is left out."""
        return any(_matches(pattern, name, path) for pattern in self.exclude)

    def keeps(self, path: str) -> bool:
        """Return whether a file that a pattern has found is wanted, with every folder above it."""
        names = path.split("/")
        if any(self.drops(name, "/".join(names[: place + 1])) for place, name in enumerate(names)):
            return False
        return not self.include or any(_matches(pattern, names[-1], path) for pattern in self.include)


_NO_STEM = frozenset(("", "/", os.sep))
_pad_numbers = re.compile("[0-9]+").sub
_DIGITS_AS_ZERO = str.maketrans("123456789", "000000000")


def has_picture_suffix(name: str) -> bool:
    """Return whether a name ends as a picture's name does, in upper or lower case."""
    stem, _, suffix = name.rpartition(".")
    return suffix.lower() in _PICTURES and stem[-1:] not in _NO_STEM


def is_pdf_name(name: str) -> bool:
    """Return whether a name ends as a PDF's does."""
    return name[-4:].lower() == ".pdf" and len(name) > 4


def natural_key(name: str) -> str:
    """Return what names are sorted by: img2 before img10, and upper case with lower case."""
    return _pad_numbers(_padded, name.lower())


def sort_naturally(names: list[str]) -> None:
    """Sort the names of a folder as `natural_key` does: where all have their digits in the same places, by themselves.

    So have those of a camera or of a script, which are most of the long lists; the key takes five times as long. All
    then begin as the first does up to its last digit, and have as many digits.
    """
    shapes = ("\0" + "\0".join(names)).lower().translate(_DIGITS_AS_ZERO)
    first = shapes.split("\0", 2)[1]
    start = "\0" + first[: first.rfind("0") + 1]
    has_one_shape = shapes.count(start) == len(names) and shapes.count("0") == len(names) * start.count("0")
    names.sort(key=str.lower if has_one_shape else natural_key)


class Walked(NamedTuple):
    """What a walk through a folder found: images that were yielded, and PDFs that were left out."""

    taken: int
    documents: int


_make_source = maker(FileSource)


def walk(top: str, chosen: Filter, *, recursive: bool) -> Generator[FileSource | Failed, None, Walked]:
    """Yield the pictures in a folder, its own files before its subfolders. Hidden names are left out.

    Every folder is visited once, whatever links lead to it. What cannot be read is yielded as `Failed`. Returns
    how many there were.
    """
    stack, taken, left_out = [top], 0, 0
    visited: set[tuple[int, int]] = set()
    while stack:
        folder = stack.pop()
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in visited:
                continue
            visited.add((status.st_dev, status.st_ino))
            files, folders, broken, documents = _list(folder, top, chosen)
        except OSError as error:
            taken += 1
            yield Failed(label=folder, error=_unreadable(folder, error))
            continue
        start = os.path.join(folder, "")
        for name in files:
            path = start + name
            yield Failed(label=path, error=broken[name]) if name in broken else _make_source((path, "", None, None))
        taken += len(files)
        if recursive:
            stack.extend(os.path.join(folder, name) for name in reversed(folders))
        left_out += documents
    return Walked(taken, left_out)


def match(pattern: str, chosen: Filter) -> Iterator[FileSource]:
    """Yield the files that a pattern (`*`, `?`, `[...]`, `**`) matches. Folders and hidden names are left out.

    For `chosen` the folder is what stands in `pattern` before the first part with a mark.

    Raises Unreadable where it, or what `**` goes down into, has too many levels.
    """
    from glob import iglob

    takes_all = _has_suffix(pattern)
    try:
        paths = sorted(iglob(pattern, recursive=True), key=natural_key)
    except RecursionError as error:  # glob calls itself for each level
        raise Unreadable(f"{pattern}: too many folders in one another", "name a folder, with -r") from error
    fixed = len(re.split(r"[*?[]", pattern, maxsplit=1)[0].rpartition("/")[0])
    for path in paths:
        is_wanted = takes_all or has_picture_suffix(path)
        if is_wanted and chosen.keeps(path[fixed:].lstrip("/")) and not os.path.isdir(path):
            yield FileSource(path=path)


def _list(folder: str, top: str, chosen: Filter) -> tuple[list[str], list[str], dict[str, NotFound | Unreadable], int]:
    """Return the wanted files, the subfolders, what is wrong with some of the files, and how many PDFs are left out."""
    files: list[str] = []
    folders: list[str] = []
    broken: dict[str, NotFound | Unreadable] = {}
    documents = 0
    takes_all = not (chosen.include or chosen.exclude)
    below = "" if takes_all else os.path.relpath(folder, top).replace(os.sep, "/") + "/"
    below = below.removeprefix("./")
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name[0] == ".":
                continue
            try:
                is_file = entry.is_file()
            except OSError:  # a link that leads back to itself
                is_file = False
            _, dot, suffix = name.rpartition(".")
            if takes_all and is_file and dot and suffix.lower() in _PICTURES:  # nearly all of a long list
                files.append(name)
                continue
            path = below + name
            if not is_file and _is(entry.is_dir):
                if not chosen.drops(name, path):
                    folders.append(name)
            elif chosen.takes(name, path):
                files.append(name)
                if not is_file:
                    broken[name] = _odd(entry)
            elif is_pdf_name(name) and not chosen.drops(name, path):
                documents += 1
    sort_naturally(files)
    sort_naturally(folders)
    return files, folders, broken, documents


def _is(kind: Callable[[], bool]) -> bool:
    """Ask what an entry is; a link that cannot be followed is nothing, and spoils no other entry of its folder."""
    try:
        return kind()
    except OSError:
        return False


def _odd(entry: os.DirEntry[str]) -> NotFound | Unreadable:
    try:
        os.stat(entry.path)
    except FileNotFoundError:
        fact = f"{entry.path}: a link to a file that does not exist"
        return NotFound(fact, "remove the link or restore its target")
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        return Unreadable(f"{entry.path}: a link that cannot be followed ({reason})", "remove the link")
    return Unreadable(f"{entry.path}: not a regular file: a FIFO, socket or device", "leave it out with --exclude")


def _unreadable(folder: str, error: OSError) -> NotFound | Unreadable:
    if isinstance(error, FileNotFoundError):
        return NotFound(f"{folder}: no such folder", "it was removed while folders were read: run it again")
    reason = (error.strerror or "no reason given").lower()
    return Unreadable(f"{folder}: the folder cannot be read ({reason})", "check its permissions")


_LENGTHS = tuple(f"{length:03}" for length in range(256))  # of numbers in names: writing them takes half of the sorting


def _padded(number: re.Match[str]) -> str:
    digits = number[0].lstrip("0")
    return (_LENGTHS[len(digits)] if len(digits) < len(_LENGTHS) else f"{len(digits):03}") + digits


def _matches(pattern: str, name: str, path: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(path if "/" in pattern else name, pattern)


def _has_suffix(pattern: str) -> bool:
    return os.path.splitext(pattern)[1] not in ("", ".", ".*")


_HINT = "the form is data:image/png;base64,..."


def is_data_url(text: str) -> bool:
    """Return whether an argument is a `data:` URL: without a comma it is a file's name."""
    return text[:5].lower() == "data:" and "," in text


def decode_data_url(url: str, *, max_bytes: int = MAX_BYTES) -> BytesSource:
    """Return the bytes in a `data:` URL, under a short label that says its type and size.

    Raises InputError for a URL that does not decode, NotAnImage for one without data, TooLarge above `max_bytes`.
    """
    start, _, body = url[5:].partition(",")
    mime, *parameters = start.split(";")
    label = f"data:{mime[:40]}"
    if len(body) > 4 * max_bytes:  # no form is longer than three characters a byte
        raise too_large(label, len(body) // 4 * 3, max_bytes)
    data = _unquote(body)
    if any(parameter.strip().lower() == "base64" for parameter in parameters):
        data = _from_base64(data, label)
    if not data:
        raise NotAnImage(f"{label}: the URL holds no data", _HINT)
    if len(data) > max_bytes:
        raise too_large(label, len(data), max_bytes)
    return BytesSource(label=f"{label} ({size(len(data))})", data=data)


def _from_base64(data: bytes, label: str) -> bytes:
    compact = data.translate(bytes.maketrans(b"-_", b"+/"), b" \t\r\n")
    padding = b"=" * (-len(compact) % 4)
    try:
        return binascii.a2b_base64(compact + padding, strict_mode=True)
    except binascii.Error as error:
        raise InputError(f"{label}: the base64 in the URL is cut or damaged", _HINT) from error


def _unquote(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    if b"%" not in raw:
        return raw
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(raw)


def expand(
    args: Sequence[str],
    *,
    recursive: bool = False,
    stdin: Callable[[], bytes] | None = None,
    chosen: Filter | None = None,
    allow_folders: bool = False,
    on_note: Callable[[str], None] | None = None,
) -> Iterator[Source | Failed]:
    """Yield the images that arguments name, in the order given. What cannot be used is yielded as `Failed`.

    `stdin` reads standard input, for `-`; None where nothing is piped in. `chosen` chooses among the files of folders
    and patterns, and `on_note` is told of the PDFs that it leaves out. Nothing is opened but folders, so a file that
    is no picture is still yielded.

    Raises MissingExtra for the URL of an object store where obstore is not installed.
    """
    chosen, is_stdin_read = chosen or Filter(), False
    for arg in args:
        try:
            path = _without_file_scheme(arg)
            if path != arg and not os.path.isdir(path):
                yield FileSource(path=path, note="named by a file: URL")
                continue
            arg = path  # noqa: PLW2901
            if arg == "-":
                if is_stdin_read:
                    raise InputError("-: standard input can be read only once", "name it once")
                is_stdin_read = True
                yield _from_stdin(stdin)
            elif arg == CLIPBOARD:
                from visionask.images.clipboard import read_clipboard

                yield read_clipboard()
            elif os.path.isdir(arg):
                if not allow_folders:
                    raise Unreadable(f"{arg}: is a folder", "name its files, or use `scan`, which takes folders")
                yield from _in_folder(arg, chosen, recursive=recursive, on_note=on_note)
            elif _is_in_store(arg):
                yield from _in_store(arg, chosen, recursive=recursive, is_allowed=allow_folders)
            else:
                yield from _named(arg, chosen)
        except MissingExtra:
            raise
        except VisionaskError as error:
            yield Failed(label=_label(arg), error=error)


def _from_stdin(stdin: Callable[[], bytes] | None) -> BytesSource:
    if stdin is None:
        raise NotFound("-: nothing is piped in", "pipe an image in, or name a file")
    return BytesSource(label="standard input", data=stdin())


def _in_folder(
    folder: str, chosen: Filter, *, recursive: bool, on_note: Callable[[str], None] | None
) -> Iterator[FileSource | Failed]:
    walked = yield from walk(folder, chosen, recursive=recursive)
    if not walked.taken:
        raise _no_pictures(folder, chosen, recursive=recursive, documents=walked.documents)
    if walked.documents and on_note is not None:
        on_note(f"{folder}: {plural(walked.documents, 'PDF')} left out (--pages all takes them in)")


def _no_pictures(folder: str, chosen: Filter, *, recursive: bool, documents: int = 0) -> NotFound:
    fact = f"{folder}: no pictures in this folder"
    if documents:
        return NotFound(f"{fact}, but {plural(documents, 'PDF')}", "add --pages all to take the pages of documents")
    hint = "check the patterns" if chosen.include or chosen.exclude else "name another folder"
    if recursive:
        return NotFound(fact, hint)
    if not any(os.path.isdir(os.path.join(folder, name)) for name in _names_in(folder)):
        return NotFound(fact, f"{hint}; -r looks into subfolders")
    return NotFound(f"{fact}, only other folders: add -r to look into them", "add -r")


def _names_in(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:  # a store, or what is gone meanwhile
        return []


def _in_store(url: str, chosen: Filter, *, recursive: bool, is_allowed: bool) -> Iterator[ObjectSource | Failed]:
    """Yield one object, or the pictures below its name; where the name may be either, the listing tells."""
    from visionask.images.stores import need_extra
    from visionask.images.stores_list import is_surely_folder, list_objects, may_be_folder

    need_extra()
    is_folder = is_surely_folder(url)
    if is_folder and not is_allowed:
        raise Unreadable(f"{url}: is a folder", "name its objects, or use `scan`, which takes folders")
    if not is_allowed or not may_be_folder(url):
        yield ObjectSource(url=url)
        return
    count = yield from list_objects(url, chosen, recursive=recursive)
    if count.taken:
        return
    if is_folder or count.seen:
        raise _no_pictures(url, chosen, recursive=recursive)
    yield ObjectSource(url=url)  # an object whose name has no suffix


def _named(arg: str, chosen: Filter) -> Iterator[Source]:
    if os.path.lexists(arg):
        yield FileSource(path=arg)
    elif page := _page_of_file(arg):
        yield page
    elif is_data_url(arg):
        yield decode_data_url(arg)
    elif scheme := _scheme(arg):
        if scheme.lower() not in ("http", "https"):
            raise InputError(f"{_label(arg)}: only http and https links are fetched", "download it and name the file")
        from visionask.images.links import parse_link

        yield UrlSource(url=parse_link(arg).url)
    elif not _can_be_name(arg):
        raise NotFound(f"{arg!r}: no file can have this name", "check the spelling")
    elif any(mark in arg for mark in "*?["):
        yield from _matching(arg, chosen)
    elif _is_barred(arg):
        yield FileSource(path=arg)  # opening it says why
    elif found := _look_alike(arg):
        yield FileSource(path=found, note=f"taken for {arg!a}: its name has other characters that look alike")
    else:
        raise NotFound(f"{arg}: no such file", suggest_file(arg))


def _page_of_file(arg: str) -> FileSource | None:
    """Return the page that `report.pdf#page=3` names, as results do; None where there is no such file."""
    path, mark, number = arg.rpartition("#page=")
    if not mark or not re.fullmatch(r"[1-9][0-9]{0,8}", number) or not _can_be_name(path) or not os.path.isfile(path):
        return None
    return FileSource(path=path, page=int(number))


def _can_be_name(arg: str) -> bool:
    try:
        return bool(arg) and b"\0" not in os.fsencode(arg)
    except UnicodeEncodeError:
        return False


def _without_file_scheme(arg: str) -> str:
    """Return the path that a `file:` URL means; any other argument as it is. Raises InputError for another machine."""
    if arg[:5].lower() != "file:" or os.path.lexists(arg):
        return arg
    from urllib.request import url2pathname

    host, path = "", arg[5:]
    if path.startswith("//"):
        host, slash, rest = path[2:].partition("/")
        path = slash + rest
    if host.lower() not in ("", "localhost") or not path.startswith("/"):
        raise InputError(f"{arg}: a file: URL that names no file of this machine", "name the file itself")
    return url2pathname(path)


def _look_alike(path: str) -> str | None:
    """Return the one path that is spelled with characters that look like these; None where there is none, or several.

    macOS writes U+202F before PM into the names of screenshots, and some systems take accented letters apart.
    """
    found = ""
    for part in path.split("/"):
        here = found + part
        if part and not os.path.lexists(here):
            try:
                names = [name for name in os.listdir(found or ".") if _looks(name) == _looks(part)]
            except (OSError, ValueError):
                return None
            if len(names) != 1:
                return None
            here = found + names[0]
        found = here + "/"
    return found[:-1]


def _looks(name: str) -> str:
    from unicodedata import normalize

    return normalize("NFKC", name)


def _is_barred(path: str) -> bool:
    """Distinguish a file whose folder may not be entered from one that is not there."""
    try:
        os.lstat(path)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _matching(pattern: str, chosen: Filter) -> Iterator[FileSource]:
    is_empty = True
    for found in match(pattern, chosen):
        is_empty = False
        yield found
    if is_empty:
        raise NotFound(f"{pattern}: no file matches this pattern", suggest_pattern(pattern))


def _is_in_store(arg: str) -> bool:
    if "://" not in arg[:8]:
        return False
    from visionask.images.stores import is_object_url

    return is_object_url(arg)


def _scheme(arg: str) -> str | None:
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", arg)
    return found[1] if found else None


def _label(arg: str) -> str:
    if is_data_url(arg):
        return arg.partition(",")[0][:60]
    if _scheme(arg):
        from visionask.core.url import shown_url

        return shown_url(arg)
    return arg
