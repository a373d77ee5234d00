"""`visionask config`: what is shown, what is written, and that no key is ever seen."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command, Result


@pytest.fixture
def file(command: Command) -> Path:
    """The config file of nobody: not there yet."""
    return command.folder.parent / "home" / "config" / "visionask" / "config.toml"


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def shown(result: Result) -> dict[str, tuple[Any, str]]:
    assert result.code == 0, result.err
    return {each["name"]: (each["value"], each["source"]) for each in result.record["data"]["settings"]}


def test_every_setting_tells_where_it_comes_from(command: Command, file: Path) -> None:
    put(file, 'timeout = 30\nquality = 70\nmax_cost = "0.50"\n[profiles.box]\nquality = 60\nretries = 1\n')
    env = {"VISIONASK_RETRIES": "2", "OPENAI_BASE_URL": "http://me:secret@x/v1", "OPENAI_API_KEY": KEY}
    result = command("config", "--profile", "box", "-m", "gpt-4o", "--json", env=env)
    found = shown(result)
    assert found["model"] == ("gpt-4o", "--model")
    assert found["retries"] == (2, "VISIONASK_RETRIES")
    assert found["quality"] == (60, "profile box")
    assert found["timeout"] == (30.0, str(file))
    assert found["max_cost"] == ("0.50", str(file))
    assert found["base_url"] == ("http://***@x/v1", "OPENAI_BASE_URL")
    assert found["jobs"] == (8, "default")
    assert result.record["data"]["key"] == {"variable": "OPENAI_API_KEY", "is_set": True, "is_needed": True}
    text = command("config", "show", "--profile", "box", env=env)
    assert "key: set (OPENAI_API_KEY)" in text.out
    assert "secret" not in text.out


def test_a_built_in_profile_is_shown_with_what_its_server_takes(command: Command, file: Path) -> None:
    result = command("config", "--profile", "lmstudio")
    assert result.code == 0
    assert "http://localhost:1234/v1" in result.out
    assert "built-in profile lmstudio" in result.out
    assert "links are fetched here" in result.out
    assert "not needed" in result.out
    assert command("config", "--profile", "nobody").error_lines[1].startswith("hint: known profiles: ollama")


def test_set_writes_one_line_and_keeps_the_rest(command: Command, file: Path) -> None:
    assert command("config", "set", "model", "gpt-4o").code == 0
    assert file.read_text() == 'model = "gpt-4o"\n'
    put(file, "# mine\nmodel = 'old' # why\n\n[profiles.box]\njobs = 2\n")
    file.chmod(0o600)
    for name, value in (("model", "gpt-6-luna"), ("max_cost", "$0.50"), ("profiles.box.jobs", "3")):
        assert command("config", "set", name, value).code == 0
    text = '# mine\nmodel = "gpt-6-luna" # why\nmax_cost = "0.50"\n\n[profiles.box]\njobs = 3\n'
    assert file.read_text() == text
    assert file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(file.parent) == ["config.toml"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_set_reads_a_file_by_its_byte_order_mark(command: Command, file: Path, encoding: str) -> None:
    put(file, "")
    file.write_bytes('# héy\r\nmodel = "old"\r\n'.encode(encoding))
    done = command("config", "set", "model", "gpt-4o")
    assert (done.code, file.read_bytes().decode()) == (0, '# héy\r\nmodel = "gpt-4o"\r\n'), done.err


def test_unset_takes_one_line_out_and_keeps_the_rest(command: Command, file: Path) -> None:
    put(file, '# mine\nmodel = "gpt-4o" # why\njobs = 2\n\n[profiles.box]\nmodel = "x"\nretries = 1\n')
    done = command("config", "unset", "model")
    assert (done.code, done.out) == (0, ""), done.err
    assert file.read_text() == '# mine\njobs = 2\n\n[profiles.box]\nmodel = "x"\nretries = 1\n'
    assert command("config", "unset", "profiles.box.model").code == 0
    left = "# mine\njobs = 2\n\n[profiles.box]\nretries = 1\n"
    assert file.read_text() == left
    again = command("config", "unset", "model")
    assert (again.code, "is not set" in again.err) == (0, True)
    wrong = command("config", "unset", "modell")
    assert (wrong.code, "model" in wrong.error_lines[1]) == (2, True)
    assert file.read_text() == left


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (["model=gpt-4o"], "config set model gpt-4o"),
        (["model", "=", "a b"], "config set model 'a b'"),
        (["model"], "config set model VALUE"),
        ([f"api_key_env={KEY}"], "config set api_key_env VALUE"),
    ],
)
def test_a_set_without_its_value_says_what_to_type(command: Command, file: Path, words: list[str], typed: str) -> None:
    result = command("config", "set", *words)
    assert (result.code, file.exists()) == (2, False)
    assert f"hint: visionask {typed}\n" in result.err


def test_set_follows_a_link(command: Command, file: Path) -> None:
    real = command.folder / "dotfiles.toml"
    real.write_text("jobs = 2\n")
    file.parent.mkdir(parents=True)
    file.symlink_to(real)
    assert command("config", "set", "jobs", "4").code == 0
    assert file.is_symlink()
    assert real.read_text() == "jobs = 4\n"


REFUSED = [
    pytest.param(("modle", "x"), 2, "did you mean model?", id="no setting"),
    pytest.param(("api_key", "sk-x"), 2, "environment variable", id="a key"),
    pytest.param(("profiles.box.profile", "x"), 2, "", id="a profile in a profile"),
    pytest.param(("profiles.b x.model", "x"), 2, "", id="a name with a space"),
    pytest.param(("jobs", "many"), 4, "", id="no number"),
    pytest.param(("api_key_env", KEY), 4, "", id="a key in place of its variable"),  # and `checked` looks for it
]


@pytest.mark.parametrize(("args", "code", "hint"), REFUSED)
def test_what_cannot_be_set_leaves_the_file_alone(
    command: Command, file: Path, args: tuple[str, str], code: int, hint: str
) -> None:
    put(file, "jobs = 2\n")
    result = command("config", "set", *args)
    assert result.code == code
    assert hint in result.error_lines[1]
    assert file.read_text() == "jobs = 2\n"


def test_a_file_that_is_not_right_is_left_alone(command: Command, file: Path) -> None:
    for text, said in (
        ("nonsense = 1\n", "nonsense"),
        ("a = [", "not TOML"),
    ):
        put(file, text)
        result = command("config", "set", "model", "gpt-4o")
        assert result.code == 4
        assert said in result.error_lines[0]
        assert file.read_text() == text


def test_a_file_that_cannot_be_written_is_9(command: Command, file: Path) -> None:
    file.parent.parent.mkdir(parents=True, exist_ok=True)
    file.parent.write_text("a file where a folder is needed")
    assert command("config", "set", "model", "gpt-4o").code == 9


def editor(command: Command, text: str) -> dict[str, str]:
    """Give an editor that writes this text into the file that it is called with."""
    path = command.folder / "my editor"
    path.write_text(f"#!/bin/sh\ncat > \"$2\" <<'END'\n{text}\nEND\n")
    path.chmod(0o755)
    return {"VISUAL": f"'{path}' --wait", "EDITOR": "false"}


def test_edit_opens_the_editor_and_checks_what_it_left(command: Command, file: Path) -> None:
    assert command("config", "path").out == f"{file}\n"
    assert command("config", "edit", env=editor(command, 'model = "gpt-4o"')).code == 0
    assert file.read_text() == 'model = "gpt-4o"\n'
    result = command("config", "edit", env=editor(command, "[profiles.a]\nmodle = 1"))
    assert result.code == 4
    assert "profiles.a.modle" in result.error_lines[0]
    assert f"{file}.rejected" in result.error_lines[1]
    assert file.read_text() == 'model = "gpt-4o"\n'
    assert (file.parent / "config.toml.rejected").read_text() == "[profiles.a]\nmodle = 1\n"
    assert command("config", "edit", env={"EDITOR": "false"}).code == 4
    assert command("config", "edit", env={"EDITOR": "no-such-editor"}).code == 4
    assert command("config", "edit", env={"EDITOR": "vi '"}).code == 4


def test_an_editor_that_fails_makes_no_file(command: Command, file: Path) -> None:
    for name in ("false", "no-such-editor"):
        assert command("config", "edit", env={"EDITOR": name}).code == 4
        assert not file.parent.exists()


def test_a_new_file_that_is_not_changed_is_a_good_one(command: Command, file: Path) -> None:
    assert command("config", "edit", env={"EDITOR": "true"}).code == 0
    assert file.read_text().startswith("# ")
    assert command("config").code == 0


def test_templates_are_listed_shown_and_edited(command: Command, file: Path) -> None:
    listed = json.loads(command("config", "templates", "--json").out)["data"]["templates"]
    assert [(each["name"], each["is_own"]) for each in listed] == [
        ("alt", False), ("chart", False), ("receipt", False), ("safety", False), ("ui-review", False),
    ]  # fmt: skip
    folder = command("config", "templates", "path").out.strip()
    assert folder == str(file.parent / "templates")
    shipped = command("config", "templates", "show", "alt").out
    assert shipped.startswith("# Alt text")
    assert command("config", "templates", "edit", "alt", env={"EDITOR": "true"}).code == 0
    assert (file.parent / "templates" / "alt.toml").read_text() == shipped
    assert "alt               yours" in command("config", "templates").out
    assert command("config", "templates", "edit", "mine", env={"EDITOR": "true"}).code == 0
    assert "$thing" in command("config", "templates", "show", "mine").out
    assert command("config", "templates", "edit", "bad", env=editor(command, "prompt = 1")).code == 4
    assert command("config", "templates", "edit", "../bad").code == 2
    assert command("config", "templates", "show", "nothing").code == 2
