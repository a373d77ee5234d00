"""What `doctor` tells of the configuration, the ledger and the machine, and what it never shows."""

from __future__ import annotations

import os
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY
from tests.cli.doctoring import Doctor
from tests.store.cases import USD, answer, intent
from visionask import __version__
from visionask.core.ledger import BatchInfo
from visionask.store.ledger import open_ledger
from visionask.store.schema import UNRELEASED_ID

if TYPE_CHECKING:
    from tests.cli.command import Command

HOSTILE = "\x1b]0;x\x07"


@pytest.fixture
def doctor(command: Command) -> Doctor:
    return Doctor(command)


@pytest.fixture
def ledger(command: Command) -> Path:
    return Path(command.env["XDG_STATE_HOME"]) / "visionask" / "ledger.db"


@pytest.fixture
def kept(ledger: Path) -> Path:
    """Keep one answer of now."""
    with open_ledger(str(ledger)) as opened:
        opened.settle(opened.begin(intent()), answer(), usd=USD)
    return ledger


def config(command: Command, text: str) -> Path:
    path = Path(command.env["XDG_CONFIG_HOME"]) / "visionask" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_nobody_who_never_configured_anything_is_failed_but_for_the_key(doctor: Doctor, ledger: Path) -> None:
    found = doctor(env={"OPENAI_API_KEY": "", "VISIONASK_MODEL": ""})
    assert (found.code, found.bad) == (4, {"config key": "fail"})
    assert "none, so the defaults hold" in found["config file"]["fact"]
    assert "none yet" in found["ledger file"]["fact"]
    assert found["config model"]["fact"] == "gpt-6-luna (the default)"
    assert not ledger.parent.exists()


def test_versions_and_extras_are_told(doctor: Doctor) -> None:
    found = doctor()
    assert found["program visionask"]["fact"] == __version__
    assert {"python", "platform", "openai", "pillow", "extra heif", "extra local"} <= set(found.names("program"))
    assert found.status("program openai") == "ok"


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        pytest.param("model = [", "not TOML", id="no TOML"),
        pytest.param('modle = "m"', "modle is no setting", id="unknown key"),
        pytest.param("jobs = 0", "jobs must be", id="out of range"),
        pytest.param('profile = "none-such"', "no profile 'none-such'", id="no such profile"),
        pytest.param('[models."m"]\nlike = "none-such"', "none-such", id="bad model"),
    ],
)
def test_a_bad_config_file_is_told_and_the_rest_goes_on(
    doctor: Doctor, command: Command, kept: Path, text: str, fact: str
) -> None:
    config(command, text)
    found = doctor(base_url="http://127.0.0.1:9/v1")
    assert (found.code, found.bad) == (4, {"config settings": "fail"})
    assert fact in found["config settings"]["fact"]
    assert found["server network"]["fact"] == "not tried: the configuration fails"
    assert found.status("ledger quick_check") == "ok"


def test_a_config_that_cannot_be_read_is_told(doctor: Doctor, command: Command) -> None:
    config(command, "").unlink()
    (Path(command.env["XDG_CONFIG_HOME"]) / "visionask" / "config.toml").mkdir()
    found = doctor()
    assert (found.code, found.bad) == (4, {"config settings": "fail"})
    assert "cannot be read (Is a directory)" in found["config settings"]["fact"]


def test_a_profile_and_a_server_that_needs_no_key_are_told(doctor: Doctor, command: Command) -> None:
    config(command, 'profile = "mine"\n[profiles.mine]\nbase_url = "http://127.0.0.1:11434/v1"\nmodel = "qwen"\n')
    found = doctor(env={"OPENAI_API_KEY": ""})
    assert found["config profile"]["fact"].startswith("mine (from ~/config/visionask/config.toml)")
    assert found["config key"]["fact"] == "none is needed"
    assert found["server base URL"]["fact"] == "http://127.0.0.1:11434/v1"
    assert found.code == 0


def test_a_sound_ledger_is_ok_in_every_line(doctor: Doctor, kept: Path) -> None:
    before = {each.name: each.read_bytes() for each in kept.parent.iterdir()}
    found = doctor(env={"VISIONASK_DAILY_BUDGET": "0.50"})
    assert (found.code, found.bad) == (0, {})
    assert found["ledger file"]["fact"].startswith("~/state/visionask/ledger.db, ")
    assert found["ledger permissions"]["fact"] == "mode 0600"
    assert found["ledger runs"]["fact"] == "none under way"
    assert found["ledger spend"]["fact"] == "$0.0003191 spent today (UTC) of a daily budget of $0.50"
    assert found["ledger batches"]["fact"] == "0 batches at the provider, 0 files to upload"
    assert {each.name: each.read_bytes() for each in kept.parent.iterdir()} == before


def test_what_is_under_way_and_a_budget_that_is_gone_are_told(doctor: Doctor, kept: Path) -> None:
    with open_ledger(str(kept)) as opened:
        opened.begin(intent("b", reserved_usd=Decimal("0.40")))
        found = doctor(env={"VISIONASK_DAILY_BUDGET": "0.40"})
    assert found["ledger runs"]["fact"] == "1 under way with 1 open request"
    assert "$0.40 reserved of a daily budget of $0.40" in found["ledger spend"]["fact"]
    assert found.bad == {"ledger spend": "warn"}


def test_a_run_that_died_is_told(doctor: Doctor, kept: Path) -> None:
    with sqlite3.connect(kept) as db:
        db.execute("UPDATE requests SET state = 'open'")
    db.close()
    found = doctor()
    assert found.bad == {"ledger runs": "warn"}
    assert "1 request of runs that died" in found["ledger runs"]["fact"]


def test_files_of_batches_that_wait_or_are_gone_are_told(doctor: Doctor, kept: Path) -> None:
    batch = BatchInfo(id="0123456789ab", scan=1, at=0.0, model="m", base_url="", question="q")
    with open_ledger(str(kept)) as opened:
        opened.batches.start(batch)
        for number, state in enumerate(("written", "written", "created", "fetched")):
            shard = opened.batches.open_shard(batch.id, str(kept.parent / f"{number}-{{id}}.jsonl"))
            opened.batches.move(shard.id, state)
            if number == 0:
                Path(shard.path).write_bytes(b"x" * 1_500_000)
    found = doctor()
    assert found.bad == {"ledger batches": "warn"}
    fact = "1 batch at the provider, 2 files to upload (1.5 MB); 1 file of them gone"
    assert found["ledger batches"]["fact"] == fact


def test_a_short_value_of_a_variable_with_key_in_its_name_hides_no_facts(doctor: Doctor) -> None:
    found = doctor("--base-url", "http://127.0.0.1:8080/v1", env={"HOTKEY": "8080", "APP_TOKEN": "gpt-6-luna"})
    assert found["server base URL"]["fact"] == "http://127.0.0.1:8080/v1"
    assert "***" in found["config model"]["fact"]


def test_a_ledger_that_others_can_read_is_told(doctor: Doctor, kept: Path) -> None:
    kept.chmod(0o644)
    found = doctor()
    assert (found.code, found.bad) == (0, {"ledger permissions": "warn"})
    assert found["ledger permissions"]["hint"] == "chmod 600 ~/state/visionask/ledger.db"


def test_a_ledger_from_before_the_first_release_is_told_and_left_alone(doctor: Doctor, kept: Path) -> None:
    db = sqlite3.connect(kept)
    db.execute(f"PRAGMA application_id = {UNRELEASED_ID}")
    db.close()
    before = kept.read_bytes()
    found = doctor()
    assert (found.code, found.bad) == (9, {"ledger contents": "fail"})
    assert "move it aside" in found["ledger contents"]["hint"]
    assert kept.read_bytes() == before


def test_a_corrupt_ledger_ends_in_9_and_is_left_as_it_is(doctor: Doctor, kept: Path) -> None:
    with open_ledger(str(kept)) as opened:
        for number in range(60):
            opened.settle(opened.begin(intent(number)), answer("long " * 200), usd=USD)
    damaged = bytearray(kept.read_bytes())
    damaged[4096 * 3 :] = b"\xa5" * (len(damaged) - 4096 * 3)
    kept.write_bytes(damaged)
    found = doctor()
    assert (found.code, found.bad) == (9, {"ledger contents": "fail"})
    assert "~/state/visionask/ledger.db is damaged" in found["ledger contents"]["fact"]
    assert "move it aside" in found["ledger contents"]["hint"]
    assert kept.read_bytes() == bytes(damaged)


@pytest.mark.parametrize(
    ("sql", "fact"),
    [
        pytest.param("PRAGMA user_version = 999", "newer visionask", id="newer"),
        pytest.param("PRAGMA application_id = 7", "another program's", id="another program's"),
    ],
)
def test_a_ledger_that_is_not_ours_to_use_ends_in_9(doctor: Doctor, kept: Path, sql: str, fact: str) -> None:
    with sqlite3.connect(kept) as db:
        db.execute(sql)
    db.close()
    found = doctor()
    assert (found.code, found.bad) == (9, {"ledger contents": "fail"})
    assert fact in found["ledger contents"]["fact"]


def test_a_folder_where_the_ledger_should_be_ends_in_9(doctor: Doctor, command: Command) -> None:
    found = doctor("--ledger", command.folder)
    assert (found.code, found.bad) == (9, {"ledger contents": "fail"})


def test_the_worst_failure_decides_in_the_order_of_the_help(doctor: Doctor, command: Command) -> None:
    found = doctor("--ledger", command.folder, base_url="http://127.0.0.1:9/v1")
    assert found.code == 9
    assert set(found.bad.values()) == {"fail"}
    found = doctor("--ledger", command.folder, base_url="http://127.0.0.1:9/v1", env={"OPENAI_API_KEY": ""})
    assert found.code == 4
    assert found.result.record["error"]["code"] == "missing_key"


def test_completions_are_found_where_they_are_put(doctor: Doctor, command: Command) -> None:
    home = Path(command.env["HOME"])
    assert doctor(env={"SHELL": ""})["machine completion"]["fact"] == "not looked for: SHELL is not set"
    assert doctor(env={"SHELL": "/bin/bash"})["machine completion"]["fact"] == "not installed for bash"
    (home / ".bashrc").write_text('eval "$(visionask completion bash)"\n')
    assert doctor(env={"SHELL": "/bin/bash"})["machine completion"]["fact"] == "bash: ~/.bashrc"
    (home / ".zfunc").mkdir()
    (home / ".zfunc" / "_visionask").touch()
    assert doctor(env={"SHELL": "/usr/bin/zsh"})["machine completion"]["fact"] == "zsh: ~/.zfunc/_visionask"


def test_a_narrow_encoding_is_a_warning(doctor: Doctor) -> None:
    assert doctor(env={"PYTHONIOENCODING": "latin-1"}).status("machine output") == "warn"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("OPENAI_BASE_URL", f"http://quentin:{KEY}@127.0.0.1:9/v1?token={KEY}", id="in the base URL"),
        pytest.param("OPENAI_BASE_URL", f"{KEY}", id="as the base URL"),
        pytest.param("VISIONASK_API_KEY_ENV", KEY, id="as the name of the variable"),
        pytest.param("VISIONASK_TIMEOUT", KEY, id="as another setting"),
        pytest.param("VISIONASK_PROFILE", KEY, id="as a profile"),
        pytest.param("HTTPS_PROXY", f"http://quentin:{KEY}@127.0.0.1:9", id="in a proxy"),
        pytest.param("TERM", KEY, id="as a terminal"),
        pytest.param("OPENAI_API_KEY", f"{KEY} ", id="with a space"),
        pytest.param("OPENAI_API_KEY", f"{KEY} {KEY}", id="twice"),
    ],
)
def test_a_key_is_shown_wherever_it_was_put_by_mistake_nowhere(command: Command, name: str, value: str) -> None:
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1", name: value}
    for args, codes in (((), (4, 6)), (("--offline", "--json"), (0, 4))):
        result = command("doctor", *args, env=env)  # which looks for the key itself
        assert result.code in codes
        assert "quentin" not in result.out


def test_no_home_and_no_user_is_in_the_output(command: Command, kept: Path) -> None:
    home = command.env["HOME"]
    elsewhere = command.folder / "quentin" / "state.db"
    for args in (("doctor",), ("doctor", "--json"), ("doctor", "--json", "--ledger", str(elsewhere))):
        result = command(*args, "--offline", env={"OPENAI_API_KEY": KEY, "USER": "quentin", "SHELL": "/bin/bash"})
        assert result.code == 0
        assert home not in result.out + result.err
        assert "quentin" not in result.out + result.err
    assert "/***/state.db" in result.out


def test_control_characters_are_shown_and_not_sent(command: Command) -> None:
    name = f"a{HOSTILE}.db"
    env = {"OPENAI_API_KEY": KEY, "TERM": f"x{HOSTILE}"}
    lines, record = (command("doctor", "--offline", *more, "--ledger", name, env=env) for more in ((), ("--json",)))
    assert b"\x1b" not in lines.out_bytes + record.out_bytes
    assert b"\x07" not in lines.out_bytes + record.out_bytes
    assert r"a\x1b]0;x\x07.db" in lines.out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_ledger_that_cannot_be_written_ends_in_9(doctor: Doctor, kept: Path) -> None:
    kept.parent.chmod(0o500)
    try:
        found = doctor()
    finally:
        kept.parent.chmod(0o700)
    assert found.code == 9
    assert found.status("ledger access") == "fail"
