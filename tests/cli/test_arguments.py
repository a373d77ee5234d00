"""What may be written on the command line, in which order, and what is said of what cannot be meant."""

from __future__ import annotations

import os
import socket
import subprocess
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY, SCRIPT, TIMEOUT_S, clean_environment
from tests.cli.scanning import fill, tiny

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command


@pytest.fixture
def pictures(command: Command) -> Path:
    """Lay two pictures, and a third below a folder of folders."""
    (command.folder / "tree").mkdir()
    fill(command.folder / "tree" / "below", 1)
    return fill(command.folder / "p", 2)


@pytest.mark.parametrize(
    ("args", "question", "images"),
    [
        pytest.param(("p/i0.png", "What is it?"), "What is it?", ["p/i0.png"], id="image first"),
        pytest.param(("p/i0.png", "Describe"), "Describe", ["p/i0.png"], id="one word"),
        pytest.param(("p/i0.png", "p/i1.png", "Which?"), "Which?", ["p/i0.png", "p/i1.png"], id="two images first"),
        pytest.param(("p/i0.png", "Which?", "p/i1.png"), "Which?", ["p/i0.png", "p/i1.png"], id="between"),
        pytest.param(("What?", "p/i0.png"), "What?", ["p/i0.png"], id="question first"),
        pytest.param(("p/i0.png",), "What is in this image?", ["p/i0.png"], id="no question"),
    ],
)
def test_a_question_may_follow_its_images(
    command: Command, pictures: Path, args: tuple[str, ...], question: str, images: list[str]
) -> None:
    record = command("ask", "-n", "--json", *args).record
    assert (record["question"], [image["source"] for image in record["images"]]) == (question, images)


@pytest.mark.parametrize("name", ["p/i7.png", "i7.png", "a name.jpg", "photos/"])
def test_a_misspelled_image_is_no_question(command: Command, pictures: Path, name: str) -> None:
    result = command("ask", "-n", "p/i0.png", name)
    assert (result.code, name in result.err) == (3, True)


@pytest.mark.parametrize("words", [("scan",), ("batch", "submit")])
def test_a_scan_takes_its_question_behind_a_folder(command: Command, pictures: Path, words: tuple[str, ...]) -> None:
    for where in ("p", "p/*.png", "p/i0.png"):
        assert command(*words, "-n", "--json", where, "What is it?").record["question"] == "What is it?"
    result = command(*words, "-n", "p")
    assert (result.code, "no question" in result.err) == (2, True)


@pytest.mark.parametrize(
    "words", [("scan", "-n", "What?"), ("cost",), ("prep", "-o", "out"), ("batch", "submit", "-n", "What?")]
)
def test_a_folder_of_folders_names_the_flag(command: Command, pictures: Path, words: tuple[str, ...]) -> None:
    result = command(*words, "tree")
    assert (result.code, "-r" in result.err) == (3, True), result.err
    (command.folder / "empty").mkdir()
    assert "only other folders" not in command(*words, "empty").err


def test_one_setting_is_printed(command: Command) -> None:
    config = command.folder.parent / "home" / "config" / "visionask"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('max_cost = "0.50"\n[profiles.mine]\nmodel = "m1"\n')
    assert command("config", "get", "max_cost").out == "0.50\n"
    assert command("config", "get", "model").out == "gpt-6-luna\n"
    assert command("config", "get", "model", env={"VISIONASK_MODEL": "gpt-4o"}).out == "gpt-4o\n"
    assert command("config", "get", "profiles.mine.model").out == "m1\n"
    unset = {"VISIONASK_MODEL": ""}
    assert command("config", "get", "model", "--profile", "mine", env=unset).out == "m1\n"
    assert command("config", "get", "ledger").out.endswith("ledger.db\n")
    nothing = command("config", "get", "rpm")
    assert (nothing.code, nothing.out) == (0, "")
    wrong = command("config", "get", "modle")
    assert (wrong.code, "did you mean model?" in wrong.err) == (2, True)


def test_cost_counts_a_schema_and_a_template(command: Command, pictures: Path) -> None:
    def tokens(*flags: str) -> int:
        found: int = command("cost", "p/i0.png", "--json", *flags).record["projected"]["text_tokens"]
        return found

    bare = tokens("--question", "Who?")
    assert tokens("--question", "Who?", "--schema", "name, age int") > bare + 10
    assert tokens("-t", "alt") > bare
    both = command("cost", "p/i0.png", "-t", "alt", "--question", "Who?")
    assert (both.code, "--question and --template" in both.err) == (2, True)


def test_cost_of_a_model_on_this_machine_is_nothing(command: Command, pictures: Path) -> None:
    record = command("cost", "p/i0.png", "--local", "practice", "--json").record
    assert (record["model"], record["projected"]["input_usd"]) == ("practice", "0")
    assert command("cost", "p/i0.png", "--local", "practice", "--exact").code == 2
    assert command("cost", "p/i0.png", "--local", "practice", "--compare", "gpt-4o").code == 2


@pytest.mark.skipif(find_spec("xllamacpp") is None, reason="the extra `local` is not installed")
def test_a_served_model_has_the_port_and_the_key_that_are_given(command: Command, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = clean_environment(tmp_path) | {"STAYS": KEY}
    words = [SCRIPT, "local", "serve", "--port", str(port), "--api-key-env", "STAYS"]
    with subprocess.Popen(words, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().decode() for _ in range(2)]
            assert lines == [
                f"export OPENAI_BASE_URL=http://127.0.0.1:{port}/v1\n",
                'export OPENAI_API_KEY="$STAYS"\n',
            ]
            (tmp_path / "a.png").write_bytes(tiny(1, side=64))
            asked = ("ask", "What is it?", tmp_path / "a.png", "-m", "practice", "--base-url", lines[0][23:].strip())
            assert command(*asked, env={"OPENAI_API_KEY": KEY}).code == 0
            assert command(*asked, env={"OPENAI_API_KEY": "another"}).code == 4
            taken = subprocess.run(words, env=env, capture_output=True, timeout=TIMEOUT_S, check=False)
            assert (taken.returncode, f"--port {port}".encode() in taken.stderr) == (4, True), os.fsdecode(taken.stderr)
        finally:
            process.kill()
