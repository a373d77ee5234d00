"""What goes to which stream: the answer alone to standard output, talk to standard error, Markdown on a tty."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import KEY, SCRIPT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command
    from tests.cli.servers import AnswerServer

SGR = re.compile(rb"\x1b\[[0-9;]*m")
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

HOSTILE = {
    "colour": "\x1b[5;95m",
    "clear": "\x1b[2J\x1b[3;1H",
    "link": "\x1b]8;;http://evil.example\x07click\x1b]8;;\x07",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "device": "\x1bP+q544e\x1b\\",
    "c1": "\x9b31m\x9d0;title\x9c",
    "bidi": "\u202eabc\u2066d\u2069",
    "surrogate": "\udc80\ud83d",
    "overwrite": "good\rbad\x08\x08\x7f",
    "shift": "\x0e\x0f\x00\x07",
    "unended": "\x1b]0;all that follows",
}
VISIBLE = "red [/] [link=file:///etc] [bold]x[/etc] :warning: <b>kept</b> ![a](http://b) &#x202e;&rlm;&#13; end"


def env(base_url: str) -> dict[str, str]:
    return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": base_url}


def pieces_of(text: str) -> list[str]:
    """Cut a text after every second character, so that each sequence is split."""
    return [text[at : at + 2] for at in range(0, len(text), 2)]


def lines_of(shown: bytes) -> list[str]:
    """Return the lines on a terminal, where nothing but colour may be in them."""
    text = SGR.sub(b"", shown).decode().replace("\r\n", "\n")
    assert not CONTROLS.search(text)
    return [line.rstrip() for line in text.split("\n")]


@pytest.fixture(scope="module")
def hostile_url(answers: AnswerServer) -> str:
    text = VISIBLE.removesuffix(" end") + " " + " ".join(HOSTILE.values()) + " end"
    return answers.says(*pieces_of(text))


def test_nothing_of_a_hostile_answer_steers_a_pipe(command: Command, dot: Path, hostile_url: str) -> None:
    for flags in ((), ("--cache",), ("--no-stream",)):  # streamed, from the ledger, at once
        result = command("ask", "why?", dot, *flags, env=env(hostile_url))
        assert result.code == 0, result.err
        text = result.out_bytes.decode()
        assert not CONTROLS.search(text)
        assert text.startswith(VISIBLE.removesuffix(" end"))
        assert text.endswith(" end\n")
        assert r"\x1b[5;95m" in text


def test_nothing_of_a_hostile_answer_steers_a_terminal(command: Command, dot: Path, hostile_url: str) -> None:
    result = command.on_terminal("ask", "-q", "why?", dot, env=env(hostile_url), size=(2000, 50))
    assert result.code == 0
    assert b"\x1b[5;95m" not in result.out_bytes
    (last,) = [line for line in lines_of(result.out_bytes) if line]
    for part in (
        "[/] [link=file:///etc] [bold]x[/etc] :warning:",
        "<b>kept</b>",
        "http://b",
        "&#x202e;&rlm;&#13;",
        " end",
    ):
        assert part in last


def test_raw_is_raw(command: Command, dot: Path, answers: AnswerServer) -> None:
    url = answers.says("a\x1b[1", "mb\r\n")
    assert command("ask", "--raw", "-q", "why?", dot, env=env(url)).out_bytes == b"a\x1b[1mb\r\n"


MARKDOWN = "# Title\n\nSome **bold** word.\n\n- one\n- two\n\n```\n**code**\n```\n"


def test_markdown_is_left_alone_in_a_pipe(command: Command, dot: Path, answers: AnswerServer) -> None:
    result = command("ask", "why?", dot, env=env(answers.says(*pieces_of(MARKDOWN))))
    assert result.out == MARKDOWN
    assert "gpt-6-luna" in result.err


def test_markdown_is_rendered_on_a_narrow_terminal(command: Command, dot: Path, answers: AnswerServer) -> None:
    url = answers.says(*pieces_of(MARKDOWN + "\n" + "word " * 30))
    result = command.on_terminal("ask", "-q", "why?", dot, env=env(url), size=(40, 24))
    assert result.code == 0
    assert b"\x1b[1mbold\x1b[0m" in result.out_bytes
    lines = lines_of(result.out_bytes)
    assert max(map(len, lines)) <= 40
    assert " • one" in lines
    assert any("**code**" in line for line in lines)
    assert "**bold**" not in lines[-1]


def test_no_colour_means_none(command: Command, dot: Path, answers: AnswerServer) -> None:
    url = answers.says("Some **bold** word and a `code`.")
    asked = command.on_terminal("ask", "why?", dot, env=env(url) | {"NO_COLOR": "1"})
    codes = {part for found in SGR.findall(asked.out_bytes) for part in found[2:-1].split(b";")}
    assert not {code for code in codes if code[:1] in (b"3", b"4", b"9") and len(code) > 1}  # bold may stay
    assert b"bold" in asked.out_bytes
    assert SGR.search(command.on_terminal("cost", "gone.png").out_bytes)
    assert b"\x1b[31merror:\x1b[0m gone.png: no such file" in command.on_terminal("cost", "gone.png").out_bytes
    assert not SGR.search(command.on_terminal("cost", "gone.png", "--no-color").out_bytes)


def test_a_dumb_terminal_gets_text_alone(command: Command, dot: Path, answers: AnswerServer) -> None:
    url = answers.says("Some **bold** word.")
    asked = command.on_terminal("ask", "why?", dot, env=env(url) | {"TERM": "dumb"})
    missed = command.on_terminal("cost", "gone.png", env={"TERM": "dumb"})
    scanned = command.on_terminal("scan", "why?", ".", "--progress", env=env(url) | {"TERM": "dumb"})
    assert b"Some bold word." in asked.out_bytes
    assert b"bold" in scanned.out_bytes
    assert not [result for result in (asked, missed, scanned) if b"\x1b" in result.out_bytes]


def test_quiet_leaves_the_answer_alone(command: Command, dot: Path, answers: AnswerServer) -> None:
    url = answers.says("Blue.", usage={"prompt_tokens": 12, "completion_tokens": 2, "total_tokens": 14})
    quiet = command("ask", "Which colour?", dot, "-q", env=env(url))
    assert (quiet.out, quiet.err) == ("Blue.\n", "")


USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 35,
    "total_tokens": 1035,
    "prompt_tokens_details": {"image_tokens": 990, "cached_tokens": 64},
    "completion_tokens_details": {"reasoning_tokens": 8},
}


def test_a_bill_that_drifts_is_told_and_one_that_agrees_only_on_demand(
    command: Command, dot: Path, answers: AnswerServer
) -> None:
    projected = command("ask", "why?", dot, "-n", "--json").record["projected"]["input_tokens"]
    agreeing = {"prompt_tokens": projected, "completion_tokens": 35, "total_tokens": projected + 35}
    drifted = command("ask", "why?", dot, env=env(answers.says("x", usage=USAGE)))
    assert drifted.out == "x\n"
    assert drifted.err.startswith("1 image · gpt-6-luna low · ")
    line = drifted.err.splitlines()[-1]
    # 936 tokens at $0.10, 64 cached at $0.01 and 35 out at $0.60 for a million: checked in tests/core, shape here
    assert line.startswith(
        f"billed 1,000 tokens in (990 image) against {projected} projected · 64 cached · 35 out (8 reasoning) · $0.0"
    )
    url = answers.says("x", usage=agreeing)
    assert "billed" not in command("ask", "why?", dot, env=env(url)).err
    asked = command("ask", "why?", dot, "-u", env=env(url)).err
    assert f"billed {projected} tokens in against {projected} projected" in asked


NAMES: list[Any] = [
    pytest.param(b"a\x1b[31mred\n\r\x07.png", r"a\x1b[31mred\n\r\x07.png", id="controls"),
    pytest.param(b"not-utf8-\xff\xfe.png", r"not-utf8-\xff\xfe.png", id="not-utf-8"),
    pytest.param(b"[red]x[-] :warning: [link=a].png", "[red]x[-] :warning: [link=a].png", id="markup"),
    pytest.param("\u202egnp.exe\u2066\x9b1m.png".encode(), r"\u202egnp.exe\u2066\x9b1m.png", id="bidi-and-c1"),
    pytest.param(b"$(touch x) %s {0.__class__} `id`.png", "$(touch x) %s {0.__class__} `id`.png", id="shell"),
]


@pytest.mark.parametrize(("name", "shown"), NAMES)
def test_a_hostile_name_is_shown_and_steers_nothing(
    command: Command, dot_bytes: bytes, name: bytes, shown: str
) -> None:
    (command.folder / "d").mkdir()
    with open(bytes(command.folder) + b"/d/" + name, "wb") as file:
        file.write(dot_bytes)
    args = ("cost", "d", b"gone-" + name)  # in a folder, and as an argument that is missing
    table = command.on_terminal(*args, size=(200, 24))
    assert table.code == 3
    text = SGR.sub(b"", table.out_bytes).decode().replace("\r\n", "\n")
    assert not CONTROLS.search(text)
    assert f"\nd/{shown}  " in text
    assert f"error: gone-{shown}: " in text
    assert sorted(path.name for path in command.folder.iterdir()) == ["d"]
    made = command("prep", "d", "-o", "made", "--json")
    assert made.record["images"][0]["source"].encode("utf-8", "surrogateescape") == b"d/" + name
    (path,) = (command.folder / "made").iterdir()
    assert path.suffix == ".png"


def test_an_error_body_steers_nothing(command: Command, dot: Path, faults: Any) -> None:
    result = command.on_terminal("ask", "-q", "why?", dot, env=env(faults.base_url("control~400;kind=control")))
    assert result.code == 8
    assert not CONTROLS.search(SGR.sub(b"", result.out_bytes).decode().replace("\r\n", "\n"))
    assert b"[31mb" in result.out_bytes
    assert b"\x1b[31mb" not in result.out_bytes


def test_ctrl_c_leaves_what_came_and_a_line_of_its_own_for_the_shell(wire: Any, dot: Path) -> None:
    sender = wire("stream-stall")
    child = sender.command.typed("ask", "-q", "why?", dot, env=sender.env)
    child.expect("The sky")
    child.send("\x03")
    assert child.leave() == 130
    assert child.before.endswith("\r\n")


@pytest.mark.parametrize(
    ("out", "flag"),
    [("closed", "--stream"), *itertools.product(["full", "unread"], ["--stream", "--json", "--no-log"])],
)
def test_an_answer_that_cannot_be_written_is_not_lost(
    command: Command, dot: Path, answers: AnswerServer, out: str, flag: str
) -> None:
    base_url = answers.says("Blue", " sky.")
    code, err = asked_into(out, command, "ask", "why?", "dot.png", flag, given=env(base_url))
    assert code == (141 if out == "unread" else 9), err
    last = err.splitlines()[-1]
    if flag == "--no-log":
        assert "\nBlue sky.\n" in err
        assert last == "hint: the answer is not kept: it is above"
    else:
        assert last.startswith("hint: the answer is kept: `visionask logs list` names it")
        assert "Blue sky." in command("logs", "list").out
    assert len(answers.arrived(base_url)) == 1


def asked_into(out: str, command: Command, *words: str, given: dict[str, str]) -> tuple[int, str]:
    """Run it where its output goes nowhere: the descriptor is closed, the disk is full, or nobody reads."""
    if out == "closed":
        shell = ["bash", "-c", '"$0" "$@" >&-', SCRIPT, *words]
        done = subprocess.run(shell, env=command.env | given, cwd=command.folder, stderr=subprocess.PIPE, check=False)
        return done.returncode, done.stderr.decode()
    if out == "full":
        with open("/dev/full", "wb") as full:
            process = command.start(*words, env=given, stdout=full)
    else:
        read, write = os.pipe()
        os.close(read)
        process = command.start(*words, env=given, stdout=write)
        os.close(write)
    _, err = process.communicate(timeout=60)
    return process.wait(), err.decode()


def test_a_conversation_ends_where_its_answers_cannot_be_written(
    command: Command, dot: Path, answers: AnswerServer
) -> None:
    base_url = answers.says("Blue.")
    with open("/dev/full", "wb") as full:
        process = command.start("chat", dot, env=env(base_url), stdin=subprocess.PIPE, stdout=full)
        _, err = process.communicate(b"First?\nSecond?\n", 60)
    assert process.returncode == 9
    assert b"hint: the answer is kept: `visionask logs list` names it" in err
    assert len(answers.arrived(base_url)) == 1
