"""The picture on the clipboard, with the real tool on a real X server, and tools that fail in every way."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.pictures import encoded, photo
from visionask.core.errors import NotFound, TooLarge, Unreadable
from visionask.images.clipboard import read_clipboard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.command import Command

needs_x11 = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xclip")), reason="Xvfb or xclip is not installed"
)
NOTHING = "hint: copy a picture, or name a file"


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """An X server of our own; a tool that holds a selection ends with it."""
    reader, writer = os.pipe()
    words = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "320x240x8", "-nolisten", "tcp"]
    with subprocess.Popen(words, pass_fds=(writer,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        os.close(writer)
        with os.fdopen(reader) as number:
            yield f":{number.readline().strip()}"
        server.terminate()


@pytest.fixture
def on_x11(command: Command, display: str) -> dict[str, str]:
    """The variables of a session on X11 with only xclip."""
    tools = command.folder.parent / "tools"
    tools.mkdir()
    found = shutil.which("xclip")
    assert found
    (tools / "xclip").symlink_to(found)
    return {"DISPLAY": display, "PATH": str(tools)}


def copy(data: bytes, kind: str, display: str) -> None:
    words = ["xclip", "-selection", "clipboard", "-t", kind, "-i"]
    env = {"PATH": os.environ["PATH"], "DISPLAY": display}
    subprocess.run(words, input=data, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@needs_x11
def test_every_command_takes_the_picture_that_was_copied(command: Command, on_x11: dict[str, str], display: str):
    data = encoded(photo((64, 48)), "PNG")
    copy(data, "image/png", display)
    (image,) = command("cost", "--json", "--clipboard", env=on_x11).record["images"]
    assert (image["source"], image["width_px"], image["height_px"]) == ("clipboard", 64, 48)
    assert command("prep", "--clipboard", "-o", "out", env=on_x11).code == 0
    assert (command.folder / "out" / "clipboard.png").is_file()
    for words in (("ask", "-n", "What is it?"), ("check", "-n", "it is red")):
        done = command(*words, "--clipboard", env=on_x11)
        assert (done.code, "64x48" in done.out or "1 image" in done.err) == (0, True), done.err


@needs_x11
def test_its_pixels_are_what_is_sent(command: Command, wire: Any, on_x11: dict[str, str], display: str):
    copy(encoded(photo((64, 48)), "JPEG"), "image/jpeg", display)
    session = wire("ok")
    assert session.ask("--no-stream", "--clipboard", env=on_x11).code == 0
    (body,) = session.bodies
    (part,) = [part for part in body["messages"][-1]["content"] if part["type"] == "image_url"]
    assert part["image_url"]["url"].startswith("data:image/jpeg;base64,/9j/")


@needs_x11
def test_it_is_an_image_among_the_arguments_too(command: Command, on_x11: dict[str, str], dot: Path, display: str):
    copy(encoded(photo((64, 48)), "PNG"), "image/png", display)
    images = command("cost", "--json", "clipboard:", "dot.png", env=on_x11).record["images"]
    assert [image["source"] for image in images] == ["clipboard", "dot.png"]


@needs_x11
def test_text_is_no_picture(command: Command, on_x11: dict[str, str], display: str):
    copy(b"hello", "UTF8_STRING", display)
    done = command("ask", "What is it?", "--clipboard", env=on_x11)
    assert done.code == 3
    assert done.error_lines == ["error: clipboard: no picture on it (xclip: it holds text)", NOTHING]


def test_without_a_tool_the_hint_names_them(command: Command):
    done = command("ask", "What is it?", "--clipboard", env={"PATH": str(command.folder)})
    assert done.code == 3
    assert done.error_lines == [
        "error: clipboard: neither wl-paste nor xclip is installed",
        "hint: install wl-clipboard (Wayland) or xclip (X11), or name a file",
    ]


@needs_x11
def test_without_a_desktop_it_is_told(command: Command, on_x11: dict[str, str]):
    done = command("cost", "--clipboard", env={"PATH": on_x11["PATH"]})
    assert done.code == 3
    assert "xclip: Error: Can't open display" in done.error_lines[0]


def test_a_file_of_its_name_is_named_by_its_folder(command: Command, dot: Path):
    dot.rename(command.folder / "clipboard:")
    (image,) = command("cost", "--json", "./clipboard:").record["images"]
    assert (image["source"], image["error"]) == ("./clipboard:", None)


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Put a tool into the only folder that is searched: `tool(name, script)`."""
    shell, folder = shutil.which("sh"), tmp_path / "tools"
    folder.mkdir()
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", str(folder))

    def make(name: str, script: str) -> None:
        (folder / name).write_text(f"#!{shell}\nPATH={path}\n{script}\n")
        (folder / name).chmod(0o755)

    return make


LISTS = 'case "$*" in *list*|*TARGETS*) echo image/png; exit;; esac; '


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        pytest.param("exec sleep 60", NotFound, r"no picture on it \(wl-paste: no answer within 0.5 s\)", id="hangs"),
        pytest.param(LISTS + "exec sleep 60", Unreadable, "no answer within 0.5 s", id="hangs at the picture"),
        pytest.param(LISTS + "exit 1", Unreadable, r"\(wl-paste: it ended with status 1\)", id="silent"),
        pytest.param(LISTS + "echo gone >&2; exit 1", Unreadable, r"\(wl-paste: gone\)", id="says why"),
        pytest.param(LISTS + "exec cat /dev/zero", TooLarge, "more than the 100 MB", id="endless"),
        pytest.param("echo text/plain; echo text/uri-list", NotFound, "it holds files", id="copied files"),
        pytest.param('printf "\\033[2J" >&2; exit 1', NotFound, "no picture on it", id="escapes"),
    ],
)
def test_a_tool_that_fails_is_one_clear_error(
    tool: Callable[[str, str], None], script: str, kind: type[Exception], words: str
):
    tool("wl-paste", script)
    with pytest.raises(kind, match=f"^clipboard: .*{words}"):
        read_clipboard(platform="linux", wait_s=0.5 if "sleep" in script else 20)


def test_a_second_tool_is_asked_where_the_first_has_no_desktop(tool: Callable[[str, str], None]):
    tool("wl-paste", "echo 'Failed to connect to a Wayland server' >&2; exit 1")
    tool("xclip", LISTS + "printf 'the picture'")
    assert read_clipboard(platform="linux").data == b"the picture"
