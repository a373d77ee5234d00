"""Profiles, models and templates of the user's own, completed by TAB in real shells that start nothing for it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.completions.made import FOLDER
from tests.completions.shells import needs_fish, needs_zsh, press_tab

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pexpect

# pexpect forks a terminal, and pytest-xdist has threads: Python 3.12 and newer warn of that
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*forkpty:DeprecationWarning")

CONFIG = """\
model = "gpt-6-luna"
# [profiles.commented]
[profiles.workbench]
base_url = "http://127.0.0.1:8080/v1"
  [ profiles . "spare.bench" ]
[profiles."$(touch owned)"]
[profiles.nested.below]
[models."acme/zeta-2"]
about = "[profiles.inside]"
[models."gemma9:4b-it"]
[models."gemma9:12b"]
[models.zulu.price]"""
SHELLS = [
    pytest.param("bash", id="bash"),
    pytest.param("zsh", id="zsh", marks=needs_zsh),
    pytest.param("fish", id="fish", marks=needs_fish),
]
START = {
    "bash": f"bind 'set bell-style none'; . '{FOLDER}/visionask.bash'",
    "zsh": f"unsetopt zle_bracketed_paste beep; fpath=('{FOLDER}' $fpath); autoload -U compinit; compinit -u -D",
    "fish": f". '{FOLDER}/visionask.fish'",
}
QUIET = {"bash": ["--norc", "--noprofile"], "zsh": ["-f", "-i"], "fish": ["--no-config", "-i"]}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Write a config file and a template where they lie by default."""
    folder = tmp_path / ".config" / "visionask"
    (folder / "templates").mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "templates" / "meter.toml").write_text("", encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", SHELLS)
def test_tab_completes_names_of_the_users_own(
    own: Path, pictures: Path, terminal: Callable[..., pexpect.spawn], name: str
) -> None:
    (pictures / "question.toml").write_bytes(b"")
    shell = terminal(name, QUIET[name], setup=START[name], folder=pictures)
    assert press_tab(shell, "visionask ask --profile wor") == "<ask><--profile><workbench>"
    assert press_tab(shell, "visionask ask --profile spa") == "<ask><--profile><spare.bench>"
    assert press_tab(shell, "visionask ask --profile nes") == "<ask><--profile><nested>"
    assert press_tab(shell, "visionask ask --profile ins") == "<ask><--profile><ins>"
    assert press_tab(shell, "visionask ask --profile comm") == "<ask><--profile><comm>"
    assert press_tab(shell, "visionask cost --profile lms") == "<cost><--profile><lmstudio>"
    assert press_tab(shell, "visionask ask -m acme") == "<ask><-m><acme/zeta-2>"
    assert press_tab(shell, "visionask ask -m gemma9:4") == "<ask><-m><gemma9:4b-it>"
    assert press_tab(shell, "visionask ask -m gemma9:1") == "<ask><-m><gemma9:12b>"
    assert press_tab(shell, "visionask ask --model=gemma9:4") == "<ask><--model=gemma9:4b-it>"
    assert press_tab(shell, "visionask cost --compare a -m gemma9:4b") == "<cost><--compare><a><-m><gemma9:4b-it>"
    assert press_tab(shell, "visionask ask http://a/b.png --base-url http://c:80/v1 -m acme").endswith("<acme/zeta-2>")
    assert press_tab(shell, "visionask models zu") == "<models><zulu>"
    assert press_tab(shell, "visionask scan -t met") == "<scan><-t><meter>"
    assert press_tab(shell, "visionask scan -t rec") == "<scan><-t><receipt>"
    assert press_tab(shell, "visionask scan -t ques") == "<scan><-t><question.toml>"
    assert not (pictures / "owned").exists()


@pytest.mark.parametrize("name", SHELLS)
def test_tab_reads_the_config_file_that_the_variable_names(
    own: Path, pictures: Path, terminal: Callable[..., pexpect.spawn], name: str
) -> None:
    elsewhere = own / "else where"
    (elsewhere / "templates").mkdir(parents=True)
    (elsewhere / "templates" / "gauge.toml").write_bytes(b"")
    (elsewhere / "mine.toml").write_text("[profiles.quay]", encoding="utf-8")
    shell = terminal(
        name, QUIET[name], setup=f"export VISIONASK_CONFIG='{elsewhere}/mine.toml'; {START[name]}", folder=pictures
    )
    assert press_tab(shell, "visionask ask --profile qu") == "<ask><--profile><quay>"
    assert press_tab(shell, "visionask ask --profile workb") == "<ask><--profile><workb>"
    assert press_tab(shell, "visionask ask -t gau") == "<ask><-t><gauge>"


@pytest.mark.parametrize("name", SHELLS)
def test_tab_without_a_config_file_still_completes(
    pictures: Path, terminal: Callable[..., pexpect.spawn], name: str
) -> None:
    shell = terminal(name, QUIET[name], setup=START[name], folder=pictures)
    assert press_tab(shell, "visionask ask --profile oll") == "<ask><--profile><ollama>"
    assert press_tab(shell, "visionask ask -m gpt-6-lu") == "<ask><-m><gpt-6-luna>"
    assert press_tab(shell, "visionask ask What my") == "<ask><What><my photo.jpg>"
    assert press_tab(shell, "visionask check --engine dec") == "<check><--engine><decisions>"
    assert press_tab(shell, "visionask config set daily") == "<config><set><daily_budget>"
    assert press_tab(shell, "visionask config templates sh") == "<config><templates><show>"


def test_bash_starts_no_program(own: Path, tmp_path: Path) -> None:
    run = (
        f". '{FOLDER}/visionask.bash'; PATH=/nowhere; "
        "COMP_WORDS=(visionask ask --profile wor); COMP_CWORD=3; _visionask; printf '%s' \"${COMPREPLY[*]}\""
    )
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", run], capture_output=True, text=True, env={"HOME": str(tmp_path)},
        check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("workbench", "")
