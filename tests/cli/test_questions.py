"""The reading of the command line: which word is the question, which are images, where settings come from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.command import Command
    from tests.cli.conftest import Wire

DEFAULT = "What is in this image?"
# arguments, standard input (a name of the folder's files, or text), question, images
READINGS = [
    pytest.param(("why?", "dot.png", "dot.png"), None, "why?", ["dot.png", "dot.png"], id="question-first"),
    pytest.param(("dot.png",), None, DEFAULT, ["dot.png"], id="image-alone"),
    pytest.param(("dot.png", "dot.png"), None, DEFAULT, ["dot.png", "dot.png"], id="images-alone"),
    pytest.param(("-p", "q.txt", "dot.png"), None, "What\nnow?", ["dot.png"], id="prompt-file"),
    pytest.param(("-p", "-", "dot.png"), b"\xef\xbb\xbfFrom a pipe \n", "From a pipe", ["dot.png"], id="prompt-piped"),
    pytest.param(("why?", "-i", "dot.png", "-i", "dot.png"), None, "why?", ["dot.png", "dot.png"], id="i"),
    pytest.param(("-i", "dot.png"), None, DEFAULT, ["dot.png"], id="i-alone"),
    pytest.param(("why?",), "dot.png", "why?", ["standard input"], id="implied-stdin"),
    pytest.param(("why?", "-"), "dot.png", "why?", ["standard input"], id="stdin"),
    pytest.param(("-",), "dot.png", DEFAULT, ["standard input"], id="stdin-alone"),
    pytest.param(("why?", "dot.png"), b"", "why?", ["dot.png"], id="empty-pipe-beside-an-image"),
    pytest.param(("--", "why?", "-rf.png"), None, "why?", ["-rf.png"], id="name-with-dash"),
    pytest.param(("--", "-rf.png", "--help.png"), None, DEFAULT, ["-rf.png", "--help.png"], id="only-dashes"),
    pytest.param(("why?", "@x.png", "http:x.png"), None, "why?", ["@x.png", "http:x.png"], id="odd-names"),
    pytest.param(("$(id) %s {0}", "dot.png"), None, "$(id) %s {0}", ["dot.png"], id="no-format-in-questions"),
]


@pytest.mark.parametrize(("args", "stdin", "question", "images"), READINGS)
def test_the_question_is_told_from_the_images(
    command: Command, dot: Path, args: tuple[str, ...], stdin: bytes | str | None, question: str, images: list[str]
) -> None:
    for name in ("-rf.png", "--help.png", "@x.png", "http:x.png"):
        (command.folder / name).write_bytes(dot.read_bytes())
    (command.folder / "q.txt").write_text("\ufeffWhat\nnow?\n", encoding="utf-8")
    piped = (command.folder / stdin).read_bytes() if isinstance(stdin, str) else stdin
    result = command("ask", "-n", "--json", *args, stdin=piped)
    assert result.code == 0, result.err
    assert result.record["question"] == question
    assert [image["source"] for image in result.record["images"]] == images


@pytest.mark.parametrize(
    ("args", "stdin", "code"),
    [
        pytest.param(("why?", "folder"), None, 3, id="folder"),
        pytest.param(("why?",), b"not a picture", 3, id="text-piped-in"),
        pytest.param(("why?",), b"", 3, id="nothing-piped-in"),
        pytest.param(("why?", "http:gone.png"), None, 3, id="no-link"),
        pytest.param(("why?", *["dot.png"] * 1501), None, 3, id="too-many-images"),
        pytest.param(("-p", "binary", "dot.png"), None, 2, id="binary-prompt"),
        pytest.param(("-p", "latin", "dot.png"), None, 2, id="latin-1-prompt"),
        pytest.param(("-p", "/dev/zero", "dot.png"), None, 2, id="endless-prompt"),
        pytest.param(("-p", "empty", "dot.png"), None, 2, id="empty-prompt"),
    ],
)
def test_what_is_no_question_or_no_image_is_told(
    command: Command, dot: Path, args: tuple[str, ...], stdin: bytes | None, code: int
) -> None:
    (command.folder / "folder").mkdir()
    (command.folder / "binary").write_bytes(b"a\0b")
    (command.folder / "latin").write_bytes(b"caf\xe9")
    (command.folder / "empty").write_bytes(b" \n")
    result = command("ask", "-n", *args, stdin=stdin)
    assert result.code == code, result.err
    assert result.out == ""
    assert len(result.error_lines) == 2


@pytest.mark.parametrize(
    "args",
    [
        ("ask", b"caf\xe9?", "dot.png"),
        ("ask", "-n", b"caf\xe9?", "dot.png"),
        ("ask", "q", "dot.png", "-s", b"\xe9"),
        ("ask", "q", "dot.png", "-m", b"\xe9"),
        ("ask", "-t", "alt", "dot.png", "--param", b"language=\xe9"),
        ("scan", b"caf\xe9?", "dot.png"),
        ("check", b"a caf\xe9", "dot.png"),
        ("batch", "submit", "-y", b"caf\xe9?", "dot.png"),
        ("cost", "dot.png", "--question", b"caf\xe9?"),
        ("logs", "search", b"caf\xe9"),
        ("config", "set", "model", b"\xe9"),
    ],
)
def test_words_in_another_encoding_are_told_before_anything_is_sent(
    wire: Callable[[str], Wire], dot: Path, args: tuple[str | bytes, ...]
) -> None:
    sender = wire("ok")
    result = sender.command(*(os.fsdecode(each) for each in args), env=sender.env)
    assert result.code in (2, 4), result.err
    assert len(result.error_lines) == 2
    assert sender.bodies == []


def test_each_layer_of_the_settings_beats_the_next(command: Command, dot: Path) -> None:
    config = Path(command.env["XDG_CONFIG_HOME"]) / "visionask" / "config.toml"
    config.parent.mkdir(parents=True)
    profile = '[profiles.mine]\nmodel = "gpt-4o"\n'
    config.write_text(profile)

    def model(*args: str, **env: str) -> str:
        result = command("cost", "dot.png", "--json", *args, env={"VISIONASK_MODEL": "", **env})
        assert result.code == 0, result.err
        return str(result.record["model"])

    assert model() == "gpt-6-luna"
    config.write_text('model = "gpt-5"\n' + profile)
    assert model() == "gpt-5"
    assert model("--profile", "mine") == "gpt-4o"
    assert model(VISIONASK_PROFILE="mine") == "gpt-4o"
    assert model("--profile", "mine", VISIONASK_MODEL="gpt-5-mini") == "gpt-5-mini"
    assert model("--profile", "mine", "-m", "gpt-5-nano", VISIONASK_MODEL="gpt-5-mini") == "gpt-5-nano"
    assert model(VISIONASK_MODEL=" ") == "gpt-5"


def test_a_config_file_in_the_working_folder_is_not_read(command: Command, dot: Path) -> None:
    (command.folder / "config.toml").write_text("model = 'gpt-4o'\n")
    assert command("cost", "dot.png", "--json").record["model"] == "gpt-6-luna"


def test_where_it_goes_and_with_which_key(wire: Callable[[str], Wire], dot: Path) -> None:
    sender, other = wire("ok"), wire("ok")
    result = sender.ask("why?", "dot.png", "-q", env={"OPENAI_API_KEY": KEY + "\n"})  # as $(cat key.txt) never gives it
    assert result.code == 0, result.err
    result = sender.ask(
        "why?", "dot.png", "-q", "--base-url", other.env["OPENAI_BASE_URL"], "--api-key-env", "MY_KEY",
        env={"MY_KEY": "sk-mine", "VISIONASK_BASE_URL": "http://127.0.0.1:9/v1"},
    )  # fmt: skip
    assert result.code == 0, result.err
    keys = [
        entry["headers"]["authorization"] for wired in (sender, other) for entry in wired.server.journal(wired.script)
    ]
    assert keys == [f"Bearer {KEY}", "Bearer sk-mine"]


def test_a_blank_base_url_is_none_and_a_bad_one_is_told(command: Command, dot: Path) -> None:
    blank = command("ask", "why?", "dot.png", "-n", env={"OPENAI_BASE_URL": " "})
    assert blank.code == 0
    bad = command("ask", "why?", "dot.png", "--retries", "0", "--base-url", "ftp//nowhere", env={"OPENAI_API_KEY": KEY})
    assert bad.code in (2, 4)
    assert len(bad.error_lines) == 2
