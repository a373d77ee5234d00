"""Files of ours: the user's alone under any umask, and written through no link."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY
from tests.cli.scanning import QUESTION, fill

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command
    from tests.cli.servers import AnswerServer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions of files")


@pytest.fixture(params=[0o000, 0o022, 0o277], ids=oct)
def umask(request: pytest.FixtureRequest) -> object:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> set[tuple[str, str]]:
    found = [folder, *folder.rglob("*")]
    return {("folder" if each.is_dir() else "file", oct(stat.S_IMODE(each.stat().st_mode))) for each in found}


PRIVATE = {("folder", "0o700"), ("file", "0o600")}


@pytest.mark.usefixtures("umask")
def test_config_recordings_and_exports_are_the_users_alone(command: Command, answers: AnswerServer) -> None:
    fill(command.folder / "pics", 2)
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": answers.says("seen"), "XDG_CONFIG_HOME": str(command.folder / "c")}
    assert command("config", "set", "jobs", "3", env=env).code == 0
    assert command("scan", QUESTION, "pics", "--record", "rec/deep", env=env).code == 0
    assert command("batch", "export", QUESTION, "pics", "-o", "out", env=env).code == 0
    for name in ("c", "rec", "out"):
        assert modes(command.folder / name) == PRIVATE, name


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_part_that_somebody_has_laid_is_not_written_through(command: Command, link: object) -> None:
    fill(command.folder / "pics", 1)
    victim = command.folder / "victim"
    victim.write_text("mine")
    (command.folder / "out").mkdir()
    for name in ("visionask-batch.manifest.part", "visionask-1.jsonl.part", "visionask-0.jsonl.part"):
        link(victim, command.folder / "out" / name)  # type: ignore[operator]
    env = {"OPENAI_API_KEY": KEY}
    assert command("batch", "export", QUESTION, "pics", "-o", "out", "-m", "gpt-6-luna", env=env).code == 0
    (command.folder / "prepared").mkdir()
    picture = next((command.folder / "pics").iterdir()).stem
    for suffix in (".jpg", ".png"):
        link(victim, command.folder / "prepared" / f"{picture}{suffix}.part")  # type: ignore[operator]
    assert command("prep", "pics", "-o", "prepared").code == 0
    assert victim.read_text() == "mine"


def test_the_config_is_not_made_through_a_link_to_nothing(command: Command) -> None:
    folder = command.folder / "c" / "visionask"
    folder.mkdir(parents=True)
    (folder / "config.toml").symlink_to(command.folder / "victim")
    result = command("config", "set", "jobs", "3", env={"XDG_CONFIG_HOME": str(command.folder / "c")})
    assert (result.code, "a link to nothing" in result.err) == (9, True)
    assert not (command.folder / "victim").exists()
