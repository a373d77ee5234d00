"""The recipes of the guide on CI: their steps are run as a runner would, and the hook by pre-commit itself.

What is not run: the actions of GitHub, and the installation, whose address is that of the project's metadata.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from junitparser import JUnitXml
from PIL import Image

from tests.cli.command import KEY, SCRIPT, TIMEOUT_S
from tests.faults.decisions import DecisionServer
from visionask.images import links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.command import Command

yaml = pytest.importorskip("yaml")
ROOT = Path(links.__file__).resolve().parents[2]
GUIDE = ROOT / "visionask" / "data" / "help" / "ci.md"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
CHECKS = """
[[check]]
images = ["shots/*.png"]
statements = ["no text is cut off 0.9", "a dialog is open 0.1"]
"""


def recipe(title: str) -> Any:
    """Return the YAML below a heading of the guide."""
    found = re.search(rf"^## {title}\n.*?^```yaml\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    assert found is not None
    return yaml.safe_load(found[1])


@pytest.fixture
def place(command: Command) -> Path:
    (command.folder / "shots").mkdir()
    Image.new("RGB", (60, 40), "white").save(command.folder / "shots" / "home.png")
    (command.folder / "checks.toml").write_text(CHECKS)
    return command.folder


@pytest.fixture
def online(command: Command) -> Iterator[dict[str, str]]:
    with DecisionServer() as server:
        yield command.env | {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url("tell")}


@pytest.fixture
def recorded(command: Command, place: Path, online: dict[str, str]) -> Path:
    result = command("check", "--file", "checks.toml", "--record", "recordings", "--engine", "decisions", env=online)
    assert result.code == 1, result.err
    return place


def run(words: list[str], place: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    path = f"{Path(SCRIPT).parent}:{env['PATH']}"
    return subprocess.run(
        words,
        check=False,
        cwd=place,
        env=env | {"PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )


def ours(steps: list[str]) -> str:
    """Return the one step that is ours; the others install from where the project's metadata say that it is."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        home = tomllib.load(file)["project"]["urls"]["Repository"]
    installing, checking = steps
    assert installing == f'pip install "git+{home}"'
    assert f"(+{home})" in links._USER_AGENT
    return checking


def test_the_steps_for_github_annotate_summarize_and_leave_the_files(command: Command, recorded: Path) -> None:
    job = recipe("GitHub Actions")["jobs"]["check"]
    step = ours([each["run"] for each in job["steps"] if "run" in each])
    summary = recorded / "summary.md"
    env = command.env | {"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    done = run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step], recorded, env)
    assert done.returncode == 1, done.stderr
    assert "::error file=shots/home.png,title=visionask check::a dialog is open 0.1: false" in done.stderr
    assert "a dialog is open" in summary.read_text()
    kept = job["steps"][-1]
    assert kept["if"] == "always()"
    assert sorted(kept["with"]["path"].split()) == sorted(path.name for path in recorded.glob("report.*"))


def test_the_script_for_gitlab_leaves_its_reports(command: Command, recorded: Path) -> None:
    job = recipe("GitLab CI")["pictures"]
    done = run(["bash", "-eo", "pipefail", "-c", ours(job["script"])], recorded, command.env | {"CI": "true"})
    assert done.returncode == 1, done.stderr
    assert JUnitXml.fromfile(str(recorded / job["artifacts"]["reports"]["junit"])).failures == 1
    assert all((recorded / path).stat().st_size for path in job["artifacts"]["paths"])
    assert job["artifacts"]["when"] == "always"


@pytest.mark.slow
def test_the_hook_is_run_by_pre_commit(
    command: Command, recorded: Path, tmp_path: Path, online: dict[str, str]
) -> None:
    """From a clone with `language: system`: an environment of its own would be installed from the network."""
    pytest.importorskip("pre_commit")
    env = online | {"PRE_COMMIT_HOME": str(tmp_path / "cache"), "GIT_CONFIG_GLOBAL": "/dev/null"}
    env |= {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    def git(where: Path, *words: str) -> str:
        done = run(["git", *words], where, env)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    clone = tmp_path / "clone"
    clone.mkdir()
    (clone / HOOKS.name).write_bytes(HOOKS.read_bytes())
    for where in (clone, recorded):
        git(where, "init", "-q")
        git(where, "add", ".")
    git(clone, "commit", "-qm", "hooks")
    config = recipe("pre-commit")
    (repo,) = config["repos"]
    repo["repo"], repo["rev"] = str(clone), git(clone, "rev-parse", "HEAD")
    for hook in repo["hooks"]:
        hook["language"] = "system"
    repo["hooks"][0]["args"][0] += " 0.9"  # as the server of the tests wants it
    (recorded / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    git(recorded, "add", ".")
    done = run([sys.executable, "-m", "pre_commit", "run", "--verbose"], recorded, env)
    assert done.returncode == 1, done.stdout + done.stderr
    first, second = re.split(r"^checks\.toml\.+", done.stdout, flags=re.MULTILINE)
    assert re.search(r"visionask check\.+Passed", first), done.stdout
    assert re.search(r"true +no text is cut off 0\.9 .*shots/home\.png", first), done.stdout
    assert second.startswith("Failed")
    assert "exit code: 1" in second
    assert re.search(r"false +a dialog is open 0\.1", second)
