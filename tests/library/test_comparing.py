"""`eval` and `diff` of the Python API, and the tables that a notebook shows."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

import visionask
from tests.cli.command import KEY
from tests.cli.scanning import fill, tiny
from tests.faults.plain import PlainServer, answer
from visionask import ask, check, diff, errors, eval, plan, scan  # noqa: A004  the command's name

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command

QUESTION = "Is it red?"
MODELS = ["gpt-6-luna", "gpt-6-terra"]


def options(server: PlainServer, ledger: Path) -> dict[str, Any]:
    return {"base_url": server.base_url, "api_key": KEY, "ledger": ledger, "jobs": 1, "retries": 0}


@pytest.fixture
def labels(tmp_path: Path) -> dict[Path, Any]:
    folder = fill(tmp_path / "p", 3)
    return dict(zip(sorted(folder.iterdir()), (True, "no", False), strict=True))


def test_each_setting_is_judged_and_paid_once_and_its_keywords_ask_so(labels: Any, tmp_path: Path) -> None:
    right, wrong = ("Yes.", "no", "No, it is blue."), ("yes", "yes", "I cannot tell.")
    with PlainServer(*map(answer, (*right, *wrong, "Yes."))) as server:
        how = options(server, tmp_path / "ledger.db")
        found = eval(labels, QUESTION, model=MODELS, **how)
        again = eval(labels, QUESTION, model=MODELS, **how)
        del how["jobs"]
        ask(QUESTION, next(iter(labels)), **again.best, **how)
        assert len(server.heard) == 7
    assert {each.name: (len(each.rights), each.right) for each in found.settings} == {
        "gpt-6-luna": (3, 3),
        "gpt-6-terra": (3, 1),
    }
    assert found.record() | {"settings": []} == again.record() | {"settings": []}
    assert (found.best, found.recommended) == ({"model": "gpt-6-luna"}, None)  # three labels cannot tell
    assert "cannot tell" in str(found)
    assert "model='gpt-6-luna'" in str(found)
    assert "<td>gpt-6-terra</td><td>3</td><td>1</td>" in found._repr_html_()
    assert repr(found) == "Evaluated(settings=2, recommended=None, best={'model': 'gpt-6-luna'})"


def test_its_record_is_that_of_the_command_but_for_the_flags(labels: Any, tmp_path: Path, command: Command) -> None:
    (tmp_path / "labels.csv").write_text(
        "image,label\n" + "".join(f"p/{path.name},{label}\n" for path, label in labels.items())
    )
    with PlainServer(*map(answer, ("yes", "no", "no"))) as server:
        how = options(server, tmp_path / "ledger.db")
        found = eval(tmp_path / "labels.csv", QUESTION, model="gpt-6-luna", detail="low", **how)
        args = ("-m", "gpt-6-luna", "-d", "low", "--base-url", server.base_url, "--ledger", tmp_path / "ledger.db")
        env = {"OPENAI_API_KEY": KEY}
        record = command("eval", tmp_path / "labels.csv", QUESTION, *args, "--json", env=env).record
        assert len(server.heard) == 3
    ours = json.loads(json.dumps(found.record()))
    flags = {"recommended", "best", "settings"}
    assert {key: value for key, value in ours.items() if key not in flags} == {
        key: value for key, value in record.items() if key not in flags
    }
    (mine,), (theirs,) = ours["settings"], record["settings"]
    assert {key for key in mine if mine[key] != theirs[key]} <= {"flags", "median_seconds"}
    assert found.recommended == {"model": "gpt-6-luna", "detail": "low"}


def test_what_is_wrong_is_told_before_anything_is_paid(labels: Any, tmp_path: Path) -> None:
    with PlainServer(answer("yes")) as server:
        how = options(server, tmp_path / "ledger.db")
        with pytest.raises(errors.NotFound, match=r"gone\.png"):
            eval({tmp_path / "gone.png": "yes"}, QUESTION, **how)
        with pytest.raises(errors.UsageError, match="no labels"):
            eval({}, QUESTION, **how)
        with pytest.raises(errors.UsageError, match="is a field"):
            eval({path: {"colour": "red"} for path in labels}, QUESTION, **how)
        with pytest.raises(errors.BudgetError, match="max_cost=") as caught:
            eval(labels, QUESTION, model=["gpt-4o", "gpt-6-luna"], max_cost="0.000001", **how)
        assert "sample=N" in caught.value.hint
        with pytest.raises(errors.UsageError, match=r"^tolerance= must"):
            eval(labels, QUESTION, tolerance=-1, **how)
        with pytest.raises(TypeError, match="Did you mean 'margin'"):
            eval(labels, QUESTION, marign=1, **how)  # type: ignore[call-arg]
        assert server.heard == []


def test_two_runs_are_compared_from_files_and_from_results(tmp_path: Path, command: Command) -> None:
    folder = fill(tmp_path / "p", 4)
    with PlainServer(*map(answer, ("yes", "yes", "no", "no", "Yes.", "<b>no</b>", "no", "no"))) as server:
        how = options(server, tmp_path / "ledger.db")
        monday = list(scan(QUESTION, folder, **how))
        tuesday = list(scan(QUESTION, folder, cache=False, **how))
    found = diff(monday, tuesday)
    assert (found.difference.same, len(found.changed), found.share_changed) == (3, 1, 0.25)
    assert found.changed[0].second.answer == "<b>no</b>"
    assert "<b>no" not in found._repr_html_()
    assert "&lt;b&gt;no" in found._repr_html_()
    paths = [tmp_path / "monday.jsonl", tmp_path / "tuesday.jsonl"]
    for path, results in zip(paths, (monday, tuesday), strict=True):
        path.write_text("".join(json.dumps(result.record(), default=str) + "\n" for result in results))
    by_file = diff(*paths)
    assert by_file.record() == json.loads(json.dumps(by_file.record()))
    assert by_file.record() == command("diff", *paths, "--json").record
    assert {**by_file.record(), "runs": 0} == {**found.record(), "runs": 0}
    assert str(found).splitlines()[1].startswith("3 same · 1 changed (25.0%)")
    with pytest.raises(errors.NotFound) as caught:
        diff(tmp_path / "gone.jsonl", paths[0])
    assert caught.value.__notes__


def test_tables_hold_no_markup_of_others(tmp_path: Path) -> None:
    evil = tmp_path / "<img src=x onerror=alert(1)>.png"
    evil.write_bytes(tiny(3))
    with PlainServer(answer("<script>alert(1)</script>")) as server:
        how = options(server, tmp_path / "ledger.db")
        results = visionask.Results(scan(QUESTION, [evil, tmp_path / "gone.png"], **how))
        del how["jobs"]
        checked = check("<b>it is red</b>", evil, engine="schema", **how)
    pages = [results._repr_html_(), plan(evil)._repr_html_(), checked._repr_html_()]
    for page in pages:
        assert "<table><thead><tr><th>image</th>" in page
        assert "&lt;img src=x" in page
        assert "<img" not in page
    assert "&lt;script&gt;" in pages[0]
    assert "2 results, 1 failed" in pages[0]
    assert "no such file" in pages[0]


def test_questions_templates_and_statements_are_settings(labels: Any, tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text('prompt = "Is it blue?"\n')
    vote = json.dumps({"q1": {"reason": "so", "value": "true"}})
    with PlainServer(*[answer("yes")] * 9, answer(vote)) as server:
        how = options(server, tmp_path / "ledger.db")
        found = eval(labels, [QUESTION, "Red?"], model="gpt-6-luna", **how)
        template = eval(labels, template=[tmp_path / "t.toml"], model="gpt-6-luna", **how)
        closed = eval(labels, statement="it is red", engine="schema", model="gpt-6-luna", **how)
        with pytest.raises(errors.UsageError, match="takes the place of the question"):
            eval(labels, QUESTION, statement="it is red", **how)
    assert [each.name for each in found.settings] == ["gpt-6-luna Is it red?", "gpt-6-luna Red?"]
    assert found.best == {"model": "gpt-6-luna", "question": QUESTION}
    assert template.best == {"model": "gpt-6-luna", "template": tmp_path / "t.toml"}
    assert [(each.right, each.calibrations) for each in closed.settings] == [(1, {})]


def test_labels_are_found_in_the_folder_that_is_named(tmp_path: Path) -> None:
    fill(tmp_path / "elsewhere", 2)
    (tmp_path / "labels.csv").write_text("image,label\ni0.png,yes\ni1.png,no\n")
    with PlainServer(answer("yes")) as server:
        how = options(server, tmp_path / "ledger.db")
        with pytest.raises(errors.InputError, match="is not there"):
            eval(tmp_path / "labels.csv", QUESTION, **how)
        found = eval(tmp_path / "labels.csv", QUESTION, folder=tmp_path / "elsewhere", **how)
    assert [len(each.rights) for each in found.settings] == [2]


def test_runs_of_the_ledger_are_compared_and_words_judged(tmp_path: Path) -> None:
    folder, alike = fill(tmp_path / "p", 1), answer(json.dumps({"reason": "so", "same": True}))
    with PlainServer(answer("A cat."), answer("It is a cat."), alike) as server:
        how = options(server, tmp_path / "ledger.db")
        first, second = ([*scan(QUESTION, folder, cache=False, **how)] for _ in range(2))
        plain = diff(first, second, **how)
        with pytest.raises(errors.BudgetError, match="max_cost"):
            diff(first, second, judge="gpt-6-luna", max_cost="0.0000001", **how)
        judged = diff(first, second, judge="gpt-6-luna", max_cost=1, **how)
        assert len(server.heard) == 3
        day = time.strftime("%Y-%m-%d", time.gmtime())
        assert diff(day, f"{day}..{day}", question=QUESTION, **how).share_changed == 0
    assert (plain.share_changed, judged.share_changed) == (1, 0)
    assert [change.means_same for change in judged.changed] == [True]
