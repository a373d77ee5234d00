"""What ends a command before anything is sent: exit codes 2, 3, 4, 5 and 9, a line and a hint, or a record."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY, SCRIPT, TIMEOUT_S, Result, checked

if TYPE_CHECKING:
    from tests.cli.command import Command

USAGE = [
    pytest.param(("frobnicate",), id="unknown-command"),
    pytest.param(("cost", "--no-such-flag", "dot.png"), id="unknown-flag"),
    pytest.param(("ask", "--max-tokens", "many", "why?", "dot.png"), id="not-a-number"),
    pytest.param(("ask", "--max-tokens", "0", "why?", "dot.png"), id="out-of-range"),
    pytest.param(("ask", "why?"), id="no-image"),
    pytest.param(("ask", " ", "dot.png"), id="blank-question"),
    pytest.param(("ask", "-p", "gone.txt", "dot.png"), id="no-prompt-file"),
    pytest.param(("cost",), id="nothing-to-price"),
    pytest.param(("cost", "--crop", "1,2,3", "dot.png"), id="crop-of-three"),
    pytest.param(("cost", "--detail", "ultra", "dot.png"), id="detail"),
    pytest.param(("cost", "--max-cost", "1", "dot.png"), id="flag-of-another-command"),
    pytest.param(("cost", "--question", "a", "-p", "gone.txt", "dot.png"), id="two-questions"),
    pytest.param(("prep", "dot.png"), id="prep-without-folder"),
    pytest.param(("ask", "--no-resize", "--max-side", "9", "why?", "dot.png", "-n"), id="contradiction"),
    pytest.param(("completion", "tcsh"), id="unknown-shell"),
    pytest.param(("models", "a", "b"), id="too-many-arguments"),
    pytest.param(("ask", "--timeout", "-1", "why?", "dot.png"), id="timeout-of-nothing"),
    pytest.param(("ask", "--service-tier", "gold", "why?", "dot.png"), id="tier"),
    pytest.param(("ask", "--max-cost", "1e-999999", "why?", "dot.png"), id="amount-of-a-million-digits"),
    pytest.param(("scan", "why?", "dot.png", "-f", "xlsx"), id="format-that-is-none"),
    pytest.param(("ask", "--temperature", "nan", "why?", "dot.png"), id="temperature-that-json-has-not"),
    pytest.param(("ask", "--temperature", "inf", "-n", "why?", "dot.png"), id="temperature-without-end"),
]


@pytest.mark.parametrize("args", USAGE)
def test_a_wrong_command_line_is_2(command: Command, dot: Path, args: tuple[str, ...]) -> None:
    result = command(*args)
    assert result.code == 2
    assert result.out == ""
    assert [line.partition(":")[0] for line in result.error_lines] == ["error", "hint"]
    assert len(result.err.splitlines()) == 2


@pytest.mark.parametrize("args", [("cost", "--no-such-flag", "--json"), ("ask", "why?", "--json", "--detail", "x")])
def test_a_wrong_command_line_is_a_record_too(command: Command, args: tuple[str, ...]) -> None:
    result = command(*args)
    assert result.code == 2
    assert result.record["command"] == args[0]
    assert result.record["error"]["code"] == "usage"


@pytest.mark.parametrize(
    ("args", "command_name"),
    [
        pytest.param(("scan", "-f", "jsonl", "", "photos"), "scan", id="jsonl"),
        pytest.param(("scan", "-fjson", "", "photos"), "scan", id="the short flag and its value in one"),
        pytest.param(("check", "-f", "json"), "check", id="the report of a check"),
        pytest.param(("batch", "fetch", "--format", "json", "--wrong"), "batch", id="a flag that does not exist"),
        pytest.param(("ask", "-qv", "--json", "--limt", "3", "why?"), "ask", id="before a flag that does not exist"),
        pytest.param(("frobnicate", "--json"), "frobnicate", id="no such command"),
    ],
)
def test_a_format_of_records_makes_a_record_of_the_failure(
    command: Command, args: tuple[str, ...], command_name: str
) -> None:
    result = command(*args)
    assert (result.code, result.record["command"], result.record["error"]["code"]) == (2, command_name, "usage")


@pytest.mark.parametrize(
    "args",
    [
        pytest.param(("ask", "-s", "--json", "", "dot.png"), id="the value of another flag"),
        pytest.param(("ask", "-s", "--json", "--no-such-flag", "dot.png"), id="and a flag that does not exist"),
        pytest.param(("cost", "--question", "--debug", "--detail", "x", "dot.png"), id="--debug"),
    ],
)
def test_a_value_that_is_spelled_like_a_flag_is_none(command: Command, dot: Path, args: tuple[str, ...]) -> None:
    result = command(*args)
    assert (result.code, result.out) == (2, "")
    assert "Traceback" not in result.err


def test_an_image_called_json_is_no_flag(command: Command) -> None:
    result = command("cost", "--", "--json")
    assert result.code == 3
    assert "schema" not in result.out
    assert "--json" in result.err


def test_no_arguments_show_the_help_on_standard_error(command: Command) -> None:
    result = command()
    assert (result.code, result.out) == (2, "")
    assert "ask" in result.err
    assert command("--help").code == 0


def inputs(folder: Path) -> list[str]:
    """Make one of each that cannot be sent; an unreadable file is left out, as the tests may run as root."""
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.jpg").write_text("I am a letter")
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe.png")
    (folder / "loop.png").symlink_to("loop.png")
    with (folder / "sparse.png").open("wb") as file:
        file.truncate(200_000_000)
    data = (folder / "dot.png").read_bytes()
    (folder / "cut.png").write_bytes(data[:20])
    return ["gone.png", "empty.png", "text.jpg", "folder", "pipe.png", "loop.png", "sparse.png", "cut.png"]


def test_images_that_cannot_be_sent_are_all_named_and_nothing_is_sent(command: Command, dot: Path) -> None:
    names = inputs(command.folder)
    result = command("ask", "why?", "dot.png", *names, "--json", env={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})
    assert result.code == 3
    record = result.record
    wrong = {image["source"]: image["error"]["code"] for image in record["images"] if image["error"]}
    assert wrong == {
        "gone.png": "not_found",
        "empty.png": "not_an_image",
        "text.jpg": "not_an_image",
        "folder": "unreadable",
        "pipe.png": "unreadable",
        "loop.png": "unreadable",
        "sparse.png": "too_large",
        "cut.png": "corrupt_image",
    }
    assert [image["source"] for image in record["images"] if not image["error"]] == ["dot.png"]
    assert (record["attempts"], record["billed"], record["error"]["code"]) == (None, None, "not_found")
    for name in names:
        assert f"error: {name}: " in result.err


def test_a_picture_that_only_its_pixels_betray_is_3_and_never_sent(command: Command, dot: Path) -> None:
    data = dot.read_bytes()
    (command.folder / "broken.png").write_bytes(data[: len(data) // 2])
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}  # a connection would be exit 6
    result = command("ask", "why?", "broken.png", env=env)
    assert result.code == 3
    assert "broken.png" in result.error_lines[0]


CONFIGS = [
    pytest.param("modle = 'x'\n", (), "modle", id="unknown-key"),
    pytest.param("timeout = 'soon'\n", (), "timeout", id="bad-value"),
    pytest.param("model = [\n", (), "not TOML", id="not-toml"),
    pytest.param("[profiles.a]\nmodel='x'\n", ("--profile", "b"), "'b'", id="unknown-profile"),
    pytest.param("profile = 'gone'\n", (), "'gone'", id="unknown-default-profile"),
    pytest.param("[profiles.a]\nkey='x'\n", ("--profile", "a"), "profiles.a.key", id="unknown-key-of-a-profile"),
    pytest.param("[models.x]\nbogus = 1\n", (), "bogus", id="unknown-key-of-a-model"),
]


@pytest.mark.parametrize(("text", "args", "word"), CONFIGS)
def test_a_wrong_config_file_is_4(command: Command, dot: Path, text: str, args: tuple[str, ...], word: str) -> None:
    (command.folder / "mine.toml").write_text(text)
    result = command("cost", "dot.png", *args, env={"VISIONASK_CONFIG": "mine.toml"})
    assert result.code == 4
    assert "mine.toml" in result.error_lines[0]
    assert word in result.error_lines[0]
    assert len(result.error_lines) == 2


@pytest.mark.parametrize(
    ("env", "word"),
    [
        pytest.param({}, "OPENAI_API_KEY", id="none"),
        pytest.param({"OPENAI_API_KEY": " \n"}, "OPENAI_API_KEY", id="blank"),
        pytest.param({"OPENAI_API_KEY": KEY[:9] + "\n" + KEY[9:]}, "OPENAI_API_KEY", id="broken-line"),
        pytest.param({"OPENAI_API_KEY": "sk-ключ"}, "OPENAI_API_KEY", id="not-ascii"),
        pytest.param({"VISIONASK_API_KEY_ENV": "MY_KEY", "OPENAI_API_KEY": KEY}, "MY_KEY", id="another-variable"),
    ],
)
def test_a_missing_or_broken_key_is_4(command: Command, dot: Path, env: dict[str, str], word: str) -> None:
    result = command("ask", "why?", "dot.png", env=env)
    assert result.code == 4
    assert word in result.error_lines[0]
    assert "ключ" not in result.err


@pytest.mark.parametrize(
    "args",
    [
        ("models", "gpt-9-nothing"),
        ("ask", "--local", "gone", "why?", "dot.png"),
        ("local", "serve", "gone"),
        ("cost", "-m", "gpt-image-1", "dot.png"),
    ],
)
def test_a_model_that_cannot_be_used_is_4(command: Command, dot: Path, args: tuple[str, ...]) -> None:
    result = command(*args)
    assert result.code == 4
    assert len(result.error_lines) == 2


BUDGETS = [
    pytest.param(("--max-cost", "0.000001"), {}, id="flag"),
    pytest.param(("--max-cost", "1e-9"), {}, id="exponent"),
    pytest.param((), {"VISIONASK_MAX_COST": "0"}, id="variable"),
    pytest.param(("--max-cost", "0.0001", "--max-tokens", "100000"), {}, id="longest-answer"),
    pytest.param(("--max-cost", "9", "-m", "mystery-model"), {}, id="price-not-known"),
    pytest.param(("--confirm-above", "0.000001"), {}, id="nobody-to-ask"),
    pytest.param(("--confirm-above", "9", "-m", "mystery-model"), {}, id="nobody-to-ask-and-no-price"),
    pytest.param(("--max-cost", "0.000001", "-n"), {}, id="dry-run"),
]


@pytest.mark.parametrize(("args", "env"), BUDGETS)
def test_more_than_allowed_is_5(command: Command, dot: Path, args: tuple[str, ...], env: dict[str, str]) -> None:
    result = command("ask", "why?", "dot.png", *args, env={"OPENAI_API_KEY": KEY} | env)
    assert result.code == 5
    assert result.out == ""
    assert len(result.error_lines) == 2
    assert "E-" not in result.error_lines[0]  # an amount is told as people write it


def test_no_at_the_prompt_sends_nothing(command: Command, dot: Path) -> None:
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    result = command.on_terminal(
        "ask", "why?", "dot.png", "--confirm-above", "0", env=env, replies={b"Send it? [y/N]: ": b"\n"}
    )
    assert result.code == 5


@pytest.mark.parametrize("place", ["a-file", "a-file/below", "/proc/nowhere"])
def test_a_place_that_cannot_be_written_is_9(command: Command, dot: Path, place: str) -> None:
    (command.folder / "a-file").write_text("mine")
    result = command("prep", "dot.png", "-o", place)
    assert result.code == 9
    assert place in result.error_lines[0]
    assert (command.folder / "a-file").read_text() == "mine"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("args", [("cost", "dot.png"), ("cost", *["dot.png"] * 900), ("cost", "--json", "dot.png")])
def test_a_full_disk_behind_standard_output_is_9(command: Command, dot: Path, args: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full, command.start(*args, stdout=full) as process:
        _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 9, err
    result = checked((), Result(code=9, out_bytes=b"", err_bytes=err))
    assert "standard output" in result.error_lines[0]
    assert "Exception ignored" not in result.err


@pytest.mark.parametrize(
    ("redirection", "code"), [(">&-", 9), ("2>&-", 0), ("2>/dev/full", 0), ("<&-", 0), (">&- 2>&- <&-", 9)]
)
def test_closed_streams_are_no_bug(command: Command, dot: Path, redirection: str, code: int) -> None:
    done = subprocess.run(
        ["bash", "-c", f'"$0" cost dot.png {redirection}', SCRIPT],
        env=command.env, cwd=command.folder, capture_output=True, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("args", [("--help",), ("ask", "--help"), ("models",), ("completion", "bash"), ("-V",)])
def test_what_asks_nothing_is_0(command: Command, args: tuple[str, ...]) -> None:
    result = command(*args)
    assert result.code == 0
    assert result.out
    assert result.err == "" or args == ("models",)


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (["scan", "what?", "--files-from", "in.csv", "-o", "in.csv"], "the list of images"),
        (["scan", "what?", "--files-from", "in.csv", "-o", "out.csv", "-o", "link.csv"], "the list of images"),
        (["scan", "-p", "in.csv", "dot.png", "-o", "./in.csv"], "the file of the question"),
        (["scan", "--file", "in.csv", "dot.png", "-o", "in.csv"], "the file of checks"),
        (["check", "--file", "in.csv", "dot.png", "-o", "in.csv", "-f", "json"], "the file of checks"),
        (["batch", "import", "in.csv", "-o", "in.csv"], "the file of results"),
        (["diff", "in.csv", "in.csv", "-o", "in.csv", "-f", "md"], "one of the files that are compared"),
    ],
)
def test_no_output_takes_the_place_of_a_file_that_is_read(
    command: Command, dot: Path, args: list[str], what: str
) -> None:
    text = f"[[check]]\nstatements = ['a']\nimages = ['{dot.name}']\n" if "--file" in args else "dot.png\n"
    (command.folder / "in.csv").write_text(text)
    (command.folder / "link.csv").symlink_to("in.csv")
    refused = command(*args, "--base-url", "http://127.0.0.1:9") if args[0] == "scan" else command(*args)
    assert (refused.code, (command.folder / "in.csv").read_text()) == (2, text), refused.err
    assert f"is {what}, and results would take its place" in refused.err
    assert not (command.folder / "out.csv").exists()
