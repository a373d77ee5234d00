"""What all tests share: a home of nobody, a guard against the network, and the runner of the installed command."""

from __future__ import annotations

import ipaddress
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests.cli.command import Command, clean_environment, kill_started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# kills, clusters, object stores, browsers, shells, batches, simulations, guides: `-m slow` runs them, as CI does
SLOW = (
    "api/test_local.py",
    "cli/test_batch.py",
    "cli/test_batch_crashes.py",
    "cli/test_batch_merge.py",
    "cli/test_batch_queue.py",
    "cli/test_batch_results.py",
    "cli/test_clock.py",
    "cli/test_completion_install.py",
    "cli/test_continue.py",
    "cli/test_doctor_state.py",
    "cli/test_exact.py",
    "cli/test_executors.py",
    "cli/test_last_defence.py",
    "cli/test_objects.py",
    "cli/test_pilot.py",
    "cli/test_practice.py",
    "cli/test_scan_ends.py",
    "cli/test_scan_ledger_faults.py",
    "cli/test_scan_money.py",
    "cli/test_scan_pace.py",
    "cli/test_scan_together.py",
    "cli/test_shards.py",
    "completions/test_completions.py",
    "completions/test_own_names.py",
    "config/test_odd_environment.py",
    "core/test_stats.py",
    "fuzz/test_fuzz.py",
    "images/test_memory.py",
    "images/test_objects.py",
    "images/test_odd_input.py",
    "library/test_notebook.py",
    "library/test_types.py",
    "readme/test_guides.py",
    "report/test_check_page.py",
    "report/test_comparison_page.py",
    "report/test_page.py",
    "report/test_page_many.py",
    "run/test_known.py",
    "store/test_bad_rows.py",
    "store/test_processes.py",
)
_strangers: list[str] = []  # addresses that are not this machine's, in the order of the connections


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not isinstance(args[1], tuple):
        return
    host = str(args[1][0])
    try:
        is_ours = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        is_ours = host == "localhost"
    if not is_ours:
        _strangers.append(host)
        raise ConnectionRefusedError(f"a test may not connect to {host}")


sys.addaudithook(_watch)
# `pytest &` in a script ignores SIGINT, and would pass that on to the programs under test
signal.signal(signal.SIGINT, signal.default_int_handler)

# a busy machine is no fault of the code under test: how long one example takes says nothing there
settings.register_profile("any machine", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

LIMIT_S, SLOW_LIMIT_S = 300, 900  # of one test, where pytest-timeout is installed


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests run at once with `-n auto`: two for each processor, as most wait for others."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is slow, before -m looks at the marks, and give each test its limit."""
    for item in items:
        is_slow = item.path.as_posix().endswith(SLOW)
        if is_slow:
            item.add_marker(pytest.mark.slow)
        if config.pluginmanager.hasplugin("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_LIMIT_S if is_slow else LIMIT_S))


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    """Fail a test that connects to another machine, also when the code under test hides the refusal."""
    _strangers.clear()
    yield
    assert not _strangers, f"connected to {_strangers}"


@pytest.fixture(autouse=True)
def no_leftovers() -> Iterator[None]:
    """Kill the programs that a test that failed has left running."""
    yield
    kill_started()


@pytest.fixture(scope="session", autouse=True)
def environment_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give in-process code an empty home, and no key of the person who runs the tests."""
    before = dict(os.environ)
    ours = clean_environment(tmp_path_factory.mktemp("nobody"))
    for name in before:
        if name.lower().endswith("_proxy") or name.startswith(("OPENAI_", "VISIONASK_", "XDG_")) or name == "NO_COLOR":
            del os.environ[name]
    os.environ.update(ours)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run the installed command in an empty folder, with an empty home."""
    home, folder = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    folder.mkdir()
    return Command(env=clean_environment(home), folder=folder)
