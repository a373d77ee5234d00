"""`--template` and `--param`: what a saved question puts on the wire, and what of the command line goes before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Argument, Command, Result
    from tests.cli.servers import AnswerServer


def save(command: Command, name: str, text: str) -> Path:
    folder = command.folder.parent / "home" / "config" / "visionask" / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


class Asking:
    """A command at a server that says one thing."""

    def __init__(self, command: Command, answers: AnswerServer, text: str = "seen") -> None:
        self.command, self.answers, self.base_url = command, answers, answers.says(text)

    def __call__(self, *args: Argument) -> Result:
        env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": self.base_url}
        return self.command(*args, "--no-log", env=env)

    @property
    def body(self) -> dict[str, Any]:
        (body,) = self.answers.arrived(self.base_url)
        return body

    @property
    def question(self) -> str:
        text: str = self.body["messages"][-1]["content"][0]["text"]
        return text


@pytest.fixture
def asking(command: Command, answers: AnswerServer) -> Asking:
    return Asking(command, answers)


@pytest.mark.parametrize("name", ["ask", "scan"])
def test_a_template_asks_its_question(asking: Asking, dot: Path, name: str) -> None:
    text = 'prompt = "Is the ${thing} $colour?"\nsystem = "Say it in $tongue"\nmodel = "gpt-4o"\nmax_tokens = 7\n'
    save(asking.command, "mine", text + 'detail = "low"\n[defaults]\ntongue = "Latin"\ncolour = "red"\n')
    result = asking(name, "-t", "mine", dot, "--param", "thing=sky", "--param", "colour=$thing ${x}")
    assert result.code == 0, result.err
    assert asking.question == "Is the sky $thing ${x}?"
    body = asking.body
    assert (body["model"], body["max_tokens"], body["messages"][0]["content"]) == ("gpt-4o", 7, "Say it in Latin")
    assert body["messages"][1]["content"][1]["image_url"]["detail"] == "low"


def test_a_flag_goes_before_the_template(asking: Asking, dot: Path) -> None:
    save(asking.command, "mine", 'prompt = "no"\nsystem = "no"\nmodel = "gpt-4o"\nmax_tokens = 7\nschema = "no"\n')
    (asking.command.folder / "q.txt").write_text("from a file?")
    flags = ("-p", "q.txt", "-s", "yes", "-m", "gpt-4.1", "--max-tokens", "9")
    assert asking("ask", "-t", "mine", dot, *flags, "--schema", "yes").code == 8  # `seen` is no JSON
    body = asking.answers.arrived(asking.base_url)[0]
    assert (body["model"], body["max_tokens"], body["messages"][0]["content"]) == ("gpt-4.1", 9, "yes")
    assert body["messages"][1]["content"][0]["text"] == "from a file?"
    assert list(body["response_format"]["json_schema"]["schema"]["properties"]) == ["yes"]


def test_the_template_goes_before_the_environment(asking: Asking, dot: Path) -> None:
    save(asking.command, "mine", 'prompt = "a"\nmodel = "gpt-4o"\n')
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": asking.base_url, "VISIONASK_MODEL": "gpt-4.1"}
    assert asking.command("ask", "-t", "mine", dot, "--no-log", env=env).code == 0
    assert asking.body["model"] == "gpt-4o"


def test_a_template_without_a_prompt_leaves_the_question_to_the_command_line(asking: Asking, dot: Path) -> None:
    save(asking.command, "latin", 'system = "In Latin"\n')
    assert asking("ask", "-t", "latin", "quid est?", dot).code == 0
    assert asking.question == "quid est?"
    assert asking.body["messages"][0]["content"] == "In Latin"


def test_a_template_may_be_a_file_with_its_schema_beside_it(command: Command, answers: AnswerServer, dot: Path) -> None:
    asking = Asking(command, answers, '{"hue": "red"}')
    folder = command.folder / "shared"
    folder.mkdir()
    (folder / "hue.toml").write_text('prompt = "a\\nb: $$5, $5, 10 $"\nschema = "hue.json"\n')
    schema = {"type": "object", "properties": {"hue": {"type": "string"}}, "required": ["hue"]}
    (folder / "hue.json").write_text(json.dumps(schema))
    result = asking("ask", "-t", "shared/hue.toml", dot, "--json")
    assert (result.code, result.record["data"]) == (0, {"hue": "red"})
    assert asking.question == "a\nb: $5, $5, 10 $"


def test_check_takes_its_statement_from_a_template(command: Command, answers: AnswerServer, dot: Path) -> None:
    save(command, "login", 'prompt = "a $what button is visible"\n')
    result = command("check", "-t", "login", "--param", "what=login", dot, "-n", "--json")
    assert result.code == 0, result.err
    assert "a login button is visible" in result.out


WRONG = [
    pytest.param(("-t", "mine"), "thing", id="no value"),
    pytest.param(("-t", "mine", "--param", "thing=a", "--param", "thign=b"), "thign", id="no such parameter"),
    pytest.param(("-t", "mine", "--param", "thing"), "NAME=VALUE", id="no pair"),
    pytest.param(("--param", "thing=a"), "--param", id="no template"),
    pytest.param(("-t", "mien"), "mien", id="no such template"),
    pytest.param(("-t", "gone/mine.toml"), "gone/mine.toml", id="no such file"),
    pytest.param(("-t", "../config"), "../config", id="a way out of the folder"),
]


@pytest.mark.parametrize(("args", "said"), WRONG)
def test_a_template_that_cannot_be_filled_is_2(command: Command, dot: Path, args: tuple[str, ...], said: str) -> None:
    save(command, "mine", 'prompt = "a $thing"\n')
    result = command("ask", *args, dot, "-n")
    assert result.code == 2
    assert said in result.error_lines[0]
    assert len(result.err.splitlines()) == 2


FAULTS = [
    pytest.param("promt = 'a'\n", "promt", id="unknown key"),
    pytest.param("prompt = 1\n", "prompt", id="no text"),
    pytest.param("model = 'a'\n", "prompt, system or schema", id="nothing to ask"),
    pytest.param("prompt = 'a'\ndetail = 'ultra'\n", "detail", id="detail"),
    pytest.param("prompt = 'a'\nmax_tokens = 0\n", "max_tokens", id="max_tokens"),
    pytest.param("prompt = 'a'\ndefaults = 'b'\n", "defaults", id="defaults"),
    pytest.param("prompt = [\n", "not TOML", id="no TOML"),
    pytest.param("prompt = 'a'\nbase_url = 'http://x/v1'\n", "base_url", id="a template says nothing of where to send"),
]


@pytest.mark.parametrize(("text", "said"), FAULTS)
def test_a_template_with_a_fault_is_4(command: Command, dot: Path, text: str, said: str) -> None:
    path = save(command, "mine", text)
    result = command("ask", "-t", "mine", dot, "-n")
    assert result.code == 4
    assert str(path) in result.error_lines[0]
    assert said in result.error_lines[0]


@pytest.mark.parametrize("name", ["alt", "receipt", "ui-review", "chart", "safety"])
def test_a_shipped_template_asks_without_further_ado(command: Command, dot: Path, name: str) -> None:
    result = command("ask", "-t", name, dot, "-n", "--json")
    assert result.code == 0, result.err
    question = result.record["question"]
    assert len(question) > 100
    assert "$" not in question


def test_a_shipped_schema_takes_a_good_answer(command: Command, answers: AnswerServer, dot: Path) -> None:
    receipt = {"merchant": "Kiosk", "date": None, "currency": "EUR", "tax": None, "total": 3.5}
    receipt["items"] = [{"name": "tea", "quantity": 1, "price": 3.5}]
    chart = {"title": None, "kind": "bar", "x_label": None, "y_label": "kg", "is_estimated": False}
    chart |= {"columns": ["year", "sold"], "rows": [["2025", "7"]]}
    safety = {"verdict": "review", "categories": ["private data"], "reason": "a letter with an address"}
    for name, data in (("receipt", receipt), ("chart", chart), ("safety", safety)):
        result = Asking(command, answers, json.dumps(data))("ask", "-t", name, dot, "--json")
        assert (result.code, result.record["data"]) == (0, data), result.err
    wrong = safety | {"verdict": "perhaps"}
    assert Asking(command, answers, json.dumps(wrong))("ask", "-t", "safety", dot).code == 8


def test_ones_own_template_stands_before_a_shipped_one(asking: Asking, dot: Path) -> None:
    save(asking.command, "alt", 'prompt = "my own"\n')
    assert asking("ask", "-t", "alt", dot).code == 0
    assert asking.question == "my own"


def test_a_batch_takes_its_question_from_a_template(command: Command, dot: Path) -> None:
    save(command, "mine", 'prompt = "a $thing?"\nmodel = "gpt-4o"\n')
    folder = command.folder / "shards"
    result = command("batch", "export", "-t", "mine", "--param", "thing=dog", dot, "--to", folder)
    assert result.code == 0, result.err
    (path,) = folder.glob("visionask-*.jsonl")
    (line,) = path.read_text().splitlines()
    body = json.loads(line)["body"]
    assert (body["model"], body["messages"][-1]["content"][0]["text"]) == ("gpt-4o", "a dog?")


def test_a_conversation_begins_with_the_template_s_question(command: Command, answers: AnswerServer, dot: Path) -> None:
    save(command, "mine", 'prompt = "/what?"\nsystem = "Be brief"\n')
    base_url = answers.says("seen")
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": base_url}
    result = command("chat", "-t", "mine", dot, "--no-stream", "--no-log", env=env, stdin=b"and then?\n")
    assert result.code == 0, result.err
    assert result.out == "seen\nseen\n"
    said = [json.dumps(body["messages"]) for body in answers.arrived(base_url)]
    assert ['"/what?"' in said[0], "and then?" in said[0], "and then?" in said[1], "Be brief" in said[0]] == [
        True, False, True, True,
    ]  # fmt: skip


def test_a_schema_is_not_for_a_conversation_or_a_check(command: Command, dot: Path) -> None:
    for name in ("chat", "check"):
        result = command(name, "-t", "receipt", dot)
        assert result.code == 2
        assert "schema" in result.error_lines[0]


def editor(command: Command, script: str) -> dict[str, str]:
    """Give an editor that runs a shell script, with the name of the file that it is called with as $1."""
    path = command.folder / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return {"EDITOR": str(path)}


FAILING = [
    pytest.param('echo \'prompt = "half"\' > "$1"; exit 1', id="exit code"),
    pytest.param("kill -9 $$", id="killed"),
    pytest.param('rm "$1"', id="file gone"),
]


@pytest.mark.parametrize("script", FAILING)
def test_an_editor_that_fails_leaves_nothing_behind(command: Command, script: str) -> None:
    folder = command.folder.parent / "home" / "config" / "visionask"
    result = command("config", "templates", "edit", "mine", env=editor(command, script))
    assert result.code == 4
    assert len(result.error_lines) == 2
    assert not (folder / "templates").exists()
    path = save(command, "mine", 'prompt = "old"\n')
    assert command("config", "templates", "edit", "mine", env=editor(command, script)).code == 4
    assert [(each.name, each.read_text()) for each in path.parent.iterdir()] == [("mine.toml", 'prompt = "old"\n')]


def test_an_editor_that_is_not_there_leaves_nothing_behind(command: Command) -> None:
    result = command("config", "templates", "edit", "mine", env={"EDITOR": "no-such-editor"})
    assert (result.code, "no-such-editor" in result.err) == (4, True)
    assert not (command.folder.parent / "home" / "config" / "visionask" / "templates").exists()


def test_a_wrong_edit_takes_no_template_s_place_and_is_kept_beside_it(command: Command, dot: Path) -> None:
    path = save(command, "mine", 'prompt = "old"\n')
    result = command("config", "templates", "edit", "mine", env=editor(command, "echo 'promt = 1' > \"$1\""))
    assert result.code == 4
    assert f"{path}: promt is not a key" in result.error_lines[0]
    assert f"{path}.rejected" in result.error_lines[1]
    assert path.read_text() == 'prompt = "old"\n'
    assert (path.parent / "mine.toml.rejected").read_text() == "promt = 1\n"
    assert "rejected" not in command("config", "templates").out
    good = editor(command, 'echo \'prompt = "new"\' > "$1"')
    assert command("config", "templates", "edit", "mine", env=good).code == 0
    assert [(each.name, each.read_text()) for each in path.parent.iterdir()] == [("mine.toml", 'prompt = "new"\n')]


@pytest.mark.parametrize(("answer", "code", "text"), [(b"\n", 0, "new"), (b"n\n", 4, "old")])
def test_on_a_terminal_one_is_asked_to_edit_again(command: Command, answer: bytes, code: int, text: str) -> None:
    path = save(command, "mine", 'prompt = "old"\n')
    script = 'grep -q promt "$1" && echo \'prompt = "new"\' > "$1" || echo "promt = 1" > "$1"'
    replies = {b"again? [Y/n]: ": answer}
    args = ("config", "templates", "edit", "mine")
    result = command.on_terminal(*args, env=editor(command, script), replies=replies)
    assert result.code == code
    assert "promt is not a key" in result.out
    assert path.read_text() == f'prompt = "{text}"\n'


def test_a_template_whose_schema_is_not_there_is_not_saved(command: Command) -> None:
    text = 'echo \'schema = "gone.json"\' > "$1"'
    result = command("config", "templates", "edit", "mine", env=editor(command, text))
    assert result.code == 2
    assert "gone.json" in result.error_lines[0]
