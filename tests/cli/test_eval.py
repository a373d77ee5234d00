"""What `eval` asks, judges and recommends, against a server whose every answer is known."""

from __future__ import annotations

import json
import shlex
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import KEY
from tests.cli.scanning import fill
from tests.faults.batch_server import BatchServer
from tests.faults.plain import PlainServer, Said, answer, refusal

if TYPE_CHECKING:
    from tests.cli.command import Command, Result

LABELS = "image,label\np/i0.png,yes\np/i1.png,no\np/i2.png,no\n"


def evaluate(command: Command, server: PlainServer, *args: object) -> Result:
    return command(
        "eval", "labels.csv", "Is it red?", "-j", "1", "--retries", "0", "--base-url", server.base_url, *args,
        env={"OPENAI_API_KEY": KEY},
    )  # fmt: skip


@pytest.fixture(autouse=True)
def labels(command: Command) -> None:
    fill(command.folder / "p", 3)
    (command.folder / "labels.csv").write_text(LABELS)


def settings(result: Result) -> dict[str, dict[str, Any]]:
    return {setting["name"]: setting for setting in json.loads(result.out)["settings"]}


def test_each_setting_is_judged_on_every_image_and_paid_once(command: Command) -> None:
    right, wrong = ("Yes.", "no", "No, it is blue."), ("yes", "yes", "I cannot tell.")
    with PlainServer(*map(answer, (*right, *wrong))) as server:
        args = ("-m", "gpt-6-luna,gpt-6-terra", "--json")
        result = evaluate(command, server, *args)
        again = evaluate(command, server, *args, "-o", "e.jsonl", "-o", "e.csv", "-o", "e.md", "-o", "e.db")
        asked = len(server.heard)
    assert (result.code, again.code, asked) == (0, 0, 6), result.err
    found = settings(again)
    assert {name: (each["n"], each["right"]) for name, each in found.items()} == {
        "gpt-6-luna": (3, 3),
        "gpt-6-terra": (3, 1),
    }
    assert found["gpt-6-terra"]["best_only"] == 2
    assert found["gpt-6-luna"]["median_seconds"] == pytest.approx(
        settings(result)["gpt-6-luna"]["median_seconds"]
    )  # as it was when it was asked
    assert json.loads(again.out)["recommended"] is None  # three labels cannot tell
    assert json.loads(again.out)["best"] == ["-m", "gpt-6-luna"]
    lines = [json.loads(line) for line in (command.folder / "e.jsonl").read_text().splitlines()]
    assert [(line["label"], line["right"]) for line in lines[:3]] == [("yes", True), ("no", True), ("no", True)]
    assert [line["input_tokens"] for line in lines] == [277] * 6
    compared = json.loads(command("diff", "e.jsonl", "e.jsonl", "--json").out)
    assert [(run["answers"], run["input_tokens"]) for run in compared["runs"]] == [(6, 6 * 277)] * 2
    assert compared["runs"][0]["usd"] is not None
    assert len((command.folder / "e.csv").read_text().splitlines()) == 3
    assert "| gpt-6-luna | 3 | 3 |" in (command.folder / "e.md").read_text()
    with closing(sqlite3.connect(command.folder / "e.db")) as db:
        sums = db.execute("SELECT setting, count(*), sum(right), sum(input_tokens) FROM results GROUP BY 1").fetchall()
    assert sums == [("gpt-6-luna", 3, 3, 3 * 277), ("gpt-6-terra", 3, 1, 3 * 277)]


def test_the_labels_are_not_overwritten_with_results(command: Command) -> None:
    result = command("eval", "labels.csv", "Is it red?", "--local", "practice", "-o", "./labels.csv")
    assert (result.code, (command.folder / "labels.csv").read_text()) == (2, LABELS)
    assert "./labels.csv: is the file of labels" in result.err


def test_fields_are_held_against_the_data_of_a_schema(command: Command) -> None:
    (command.folder / "labels.csv").write_text("image,label.shop,label.total\np/i0.png,Spar,3.50\np/i1.png,Spar,4\n")
    with PlainServer(answer('{"shop": "spar", "total": 3.5}'), answer('{"shop": "Spar", "total": 5}')) as server:
        result = evaluate(command, server, "--schema", "shop, total float", "--json")
        loose = evaluate(command, server, "--schema", "shop, total float", "--json", "--tolerance", "1")
    assert [each["right"] for each in settings(result).values()] == [1]
    assert [each["right"] for each in settings(loose).values()] == [2]


def test_the_page_shows_the_picture_of_each_mistake_also_when_it_is_cached(command: Command) -> None:
    with PlainServer(*map(answer, ("yes", "yes", "no"))) as server:
        first = evaluate(command, server, "-o", "first.html")
        again = evaluate(command, server, "-q", "-o", "again.html")
        asked = len(server.heard)
    assert (first.code, again.code, asked) == (0, 0, 3), first.err
    for name in ("first.html", "again.html"):
        page = (command.folder / name).read_text()
        assert page.count('<img src="data:image/jpeg;base64,') == 1
        assert 'href="p/i1.png"' in page
        assert "<dt>label</dt><dd>no</dd>" in page
        assert "<dt>answer</dt><dd>yes</dd>" in page
        assert '<svg class="curve"' in page


def test_what_is_recommended_is_saved_as_a_profile_and_used(command: Command) -> None:
    config = command.folder / "config.toml"
    config.write_text('# mine\nmodel = "gpt-4o"\n[profiles.good]\nmax_side = 100\n')
    env = {"OPENAI_API_KEY": KEY, "VISIONASK_CONFIG": str(config)}
    with PlainServer(answer("yes")) as server:
        where = ("--base-url", server.base_url)
        varied = ("-m", "gpt-6-luna", "-d", "high", "--image-tokens", "250", "--reasoning-effort", "low")
        result = command("eval", "labels.csv", "Is it red?", *varied, *where, "--save-profile", "good", env=env)
        assert result.code == 0, result.err
        asked = len(server.heard)
        command("ask", "Is it red?", "p/i0.png", "--profile", "good", env=env)
        *before, last = (json.loads(heard.body) for heard in server.heard)
    text = config.read_text()
    assert text.startswith('# mine\nmodel = "gpt-4o"')
    assert "max_side" not in text
    assert "image_tokens = 250" in text
    assert asked == 3
    assert last["messages"] in [
        body["messages"] for body in before
    ]  # the very picture, at the size that was recommended
    assert (last["model"], last["reasoning_effort"]) == ("gpt-6-luna", "low")


def test_a_profile_that_cannot_be_is_told_before_anything_is_sent(command: Command) -> None:
    with PlainServer(answer("yes")) as server:
        assert evaluate(command, server, "--save-profile", "no.good").code == 2
        assert len(server.heard) == 0


def test_what_is_refused_is_wrong_and_an_outage_is_neither(command: Command) -> None:
    with PlainServer(answer("yes"), refusal(400, "no"), refusal(503, "busy")) as server:
        result = evaluate(command, server, "--json")
    (found,) = settings(result).values()
    assert (found["n"], found["right"], found["failed"]) == (2, 1, 2)


def test_a_model_that_is_not_there_ends_no_other(command: Command) -> None:
    with PlainServer(refusal(404, "no such model"), *map(answer, ("yes", "no", "no"))) as server:
        result = evaluate(command, server, "-m", "gpt-6-terra,gpt-6-luna", "--json")
        asked = len(server.heard)
    assert (result.code, asked) == (7, 4), result.err
    assert {name: each["right"] for name, each in settings(result).items()} == {"gpt-6-luna": 3}
    assert "gpt-6-terra was not asked further" in result.err


def test_a_replay_compares_by_what_was_billed(command: Command) -> None:
    right, wrong = ("yes", "no", "no"), ("yes", "yes", "yes")
    args = ("-m", "gpt-6-terra,gpt-6-luna", "--json", "--no-log")
    with PlainServer(*map(answer, (*right, *wrong))) as server:
        live = evaluate(command, server, *args, "--record", "tape")
        again = evaluate(command, server, *args, "--replay", "tape")
        asked = len(server.heard)
    assert (live.code, again.code, asked) == (0, 0, 6), again.err
    for name in ("usd_per_1000", "right", "input_tokens"):
        assert {key: each[name] for key, each in settings(live).items()} == {
            key: each[name] for key, each in settings(again).items()
        }
    assert settings(again)["gpt-6-luna"]["usd_per_1000"] is not None
    assert "$0 billed" in again.err


def test_an_eval_that_ends_early_has_asked_the_same_images_of_all(command: Command) -> None:
    fill(command.folder / "p", 12)
    (command.folder / "labels.csv").write_text("image,label\n" + "".join(f"p/i{n}.png,yes\n" for n in range(12)))
    with PlainServer(*[answer("yes")] * 10, refusal(401, "key revoked")) as server:
        result = evaluate(command, server, "-m", "gpt-6-terra,gpt-6-luna", "--json")
    assert {name: each["n"] for name, each in settings(result).items()} == {"gpt-6-luna": 4, "gpt-6-terra": 6}


def test_a_batch_asks_each_setting_at_half_price_and_its_answers_are_judged(command: Command) -> None:
    def answering(body: dict[str, Any]) -> dict[str, Any]:
        return said["yes" if body["model"] == "gpt-6-luna" else "no"]

    said = {text: answer(text).body for text in ("yes", "no")}
    models = ("-m", "gpt-6-luna,gpt-6.1-terra", "--ledger", "my ledger.db")
    args = ("eval", "labels.csv", "Is it red?", *models, "--batch", "--max-cost", "1")
    with BatchServer() as server:
        server.plan.answering = answering
        env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
        live, dry = command(*args[:-3], "-n", env=env), command(*args, "-n", env=env)
        first = command(*args, env=env)
        again = command(*args, env=env)
        ids = first.out.split()
        told = next(line for line in first.err.splitlines() if "&& visionask batch fetch" in line)
        fetched = command(*shlex.split(told.split("&& visionask ")[1]), "-q", env=env)
        last = command(*args, "--json", env=env)
        uploads, posts = len(server.uploads), server.count("POST /chat/completions")
    assert [each.code for each in (live, dry, first, again, fetched, last)] == [0] * 6, first.err + last.err
    assert total_usd(live) == 2 * total_usd(dry) > 0
    assert (len(ids), again.out.split(), uploads, posts) == (2, ids, 2, 0)
    assert "3 under way already" in again.err
    assert f"visionask batch fetch --ledger 'my ledger.db' {' '.join(ids)}" in first.err
    assert {name: (each["n"], each["right"]) for name, each in settings(last).items()} == {
        "gpt-6-luna": (3, 1),
        "gpt-6.1-terra": (3, 2),
    }


def test_verdicts_are_batched_by_a_schema_alone(command: Command) -> None:
    vote = json.dumps({"q1": {"reason": "so", "value": "true"}})
    args = ("eval", "labels.csv", "--statement", "it is red", "--batch", "--json")
    with BatchServer() as server:
        server.plan.answering = lambda _: answer(vote).body
        env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
        refused, uploads = command(*args, "--engine", "decisions", env=env), len(server.uploads)
        command(*args, "--engine", "schema", env=env)
        command("batch", "fetch", "-q", env=env)
        last = command(*args, "--engine", "schema", env=env)
    assert (refused.code, uploads, last.code) == (2, 0, 0), last.err
    assert [(each["n"], each["right"]) for each in settings(last).values()] == [(3, 1)]


def test_what_failed_in_its_batch_is_not_asked_live(command: Command) -> None:
    args = ("eval", "labels.csv", "Is it red?", "--batch", "--json")
    with BatchServer() as server:
        server.plan.lost = 1  # of three
        env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
        command(*args, env=env)
        command("batch", "fetch", "-q", env=env)
        last = command(*args, env=env)
        posts = server.count("POST /chat/completions")
    (found,) = settings(last).values()
    assert (last.code, found["n"], found["failed"], posts) == (7, 2, 1, 0), last.err
    assert "was not answered in its batch" in last.err


def total_usd(result: Result) -> float:
    """Return what a dry run says that all settings cost."""
    line = next(line for line in result.err.splitlines() if line.startswith("2 settings"))
    return float(line.split("$")[1].split()[0])


@pytest.mark.parametrize("args", [("--no-cache",), ("--replay", "tape"), ("--service-tier", "flex"), ("--no-log",)])
def test_what_means_nothing_in_a_batch_is_usage(command: Command, args: tuple[str, ...]) -> None:
    with PlainServer(answer("yes")) as server:
        assert evaluate(command, server, "--batch", *args).code == 2
        assert len(server.heard) == 0


def decision(probability: float) -> Said:
    answers = [{"type": "predicate", "name": "q1", "probability": probability}]
    usage = {"input_tokens": 120, "output_tokens": 1, "total_tokens": 121}
    return Said(200, {"answers": answers, "model": "gpt-6-luna", "usage": usage})


def closed(command: Command, server: PlainServer, *args: object) -> Result:
    return command(
        "eval", "labels.csv", "-j", "1", "--retries", "0", "--base-url", server.base_url, *args,
        env={"OPENAI_API_KEY": KEY},
    )  # fmt: skip


def test_statements_are_judged_by_their_verdicts_and_their_probabilities_calibrated(command: Command) -> None:
    fill(command.folder / "p", 8)
    rows = [f"p/i{n}.png,{'yes' if n < 4 else 'no'}" for n in range(8)]
    (command.folder / "labels.csv").write_text("\n".join(["image,label", *rows]))
    args = ("--statement", "it is red", "--engine", "decisions", "--unsure", "0.5,0.6")
    probabilities = (0.9, 0.8, 0.95, 0.85, 0.7, 0.55, 0.1, 0.2)
    with PlainServer(*map(decision, probabilities)) as server:
        result = closed(command, server, *args, "--json", "-o", "e.jsonl", "-o", "e.html", "-o", "e.md")
        again = closed(command, server, *args, "-n")
        assert len(server.heard) == 8
    assert "0 images to ask" in again.err
    (found,) = settings(result).values()
    assert (found["n"], found["right"], found["unsure"]) == (8, 6, 1), result.err
    calibration = found["calibration"][""]
    assert calibration["n"] == 8
    assert calibration["brier"] == pytest.approx(sum((p - (n < 4)) ** 2 for n, p in enumerate(probabilities)) / 8)
    assert calibration["threshold"]["total"] == 4
    lines = [json.loads(line) for line in (command.folder / "e.jsonl").read_text().splitlines()]
    assert [(line["answer"], line["probability"], line["unsure"]) for line in lines[4:6]] == [
        ("true", 0.7, False),
        ("unsure", 0.55, True),
    ]
    assert "reliability, Brier" in (command.folder / "e.html").read_text()
    assert "| 0.9-1.0 | 2 | 0.93 | 1.00 |" in (command.folder / "e.md").read_text()


def test_choices_scores_and_several_statements_are_asked_of_any_model(command: Command) -> None:
    def told(field: str = "value", **values: str) -> Said:
        return answer(json.dumps({name: {"reason": "so", field: value} for name, value in values.items()}))

    (command.folder / "labels.csv").write_text("image,label\np/i0.png,Dark\np/i1.png,light\n")
    with PlainServer(told("choice", q1="dark"), told("choice", q1="dark")) as server:
        result = closed(command, server, "how light?", "--choice", "light,dark", "--engine", "schema", "--json")
    assert [(each["n"], each["right"], each["calibration"]) for each in settings(result).values()] == [(2, 1, {})]
    heads = "image,label.it is red,label.it is big\n"
    (command.folder / "labels.csv").write_text(f"{heads}p/i0.png,yes,no\np/i1.png,no,no\n")
    args = ("--statement", "it is red", "--statement", "it is big", "--engine", "schema", "--json")
    with PlainServer(told(q1="true", q2="false"), told(q1="false", q2="unsure")) as server:
        result = closed(command, server, *args)
    assert [(each["n"], each["right"], each["unsure"]) for each in settings(result).values()] == [(2, 1, 1)]


def test_labels_that_the_page_of_a_scan_of_verdicts_saves_are_taken(command: Command) -> None:
    heads = "image,label.verdict,label.probability\r\n"
    (command.folder / "labels.csv").write_text(f"{heads}p/i0.png,true,0.9\r\np/i1.png,false,0.9\r\n")
    with PlainServer(decision(0.9), decision(0.8)) as server:
        result = closed(command, server, "--statement", "it is red", "--engine", "decisions", "--json")
    assert [(each["n"], each["right"]) for each in settings(result).values()] == [(2, 1)], result.err


@pytest.mark.parametrize(
    ("label", "args", "told"),
    [
        ("maybe", ["--statement", "red"], "line 3: p/i1.png is labelled 'maybe', and the answer is true or false"),
        ("red", ["which?", "--choice", "light,dark"], "and the answer is one of light, dark"),
        ("2.5", ["how sharp?", "--score", "1-3"], "and the answer is a whole number from 1 to 3"),
        ("many", ["how many?", "--schema", "total int"], "and the answer is a whole number"),
    ],
)
def test_labels_that_no_answer_can_be_are_told_with_their_line(
    command: Command, label: str, args: list[str], told: str
) -> None:
    right = {"--statement": "yes", "--choice": "dark", "--score": "3", "--schema": "4"}[args[-2]]
    (command.folder / "labels.csv").write_text(f"image,label\np/i0.png,{right}\np/i1.png,{label}\n")
    with PlainServer(answer("yes")) as server:
        result = closed(command, server, *args)
        assert (result.code, len(server.heard)) == (2, 0), result.err
    assert told in result.err


def test_none_of_a_thing_is_a_whole_number(command: Command) -> None:
    (command.folder / "labels.csv").write_text("image,label\np/i0.png,0\np/i1.png,2\n")
    with PlainServer(answer('{"total": 0}'), answer('{"total": 0}')) as server:
        result = evaluate(command, server, "--schema", "total int", "--json")
    assert [(each["n"], each["right"]) for each in settings(result).values()] == [(2, 1)], result.err


def test_templates_and_files_are_questions_and_each_is_a_setting(command: Command) -> None:
    (command.folder / "a.txt").write_text("Is it red?")
    (command.folder / "b.txt").write_text("Red: yes or no?")
    (command.folder / "t.toml").write_text('prompt = "Is it $colour?"\nsystem = "One word."\n')
    with PlainServer(answer("yes")) as server:
        files = closed(command, server, "-p", "a.txt", "-p", "b.txt", "--json", "--sample", "2")
        template = closed(command, server, "-t", "t.toml", "--param", "colour=blue", "--json", "--sample", "2")
        messages = json.loads(server.heard[-1].body)["messages"]
    assert [(name, each["n"]) for name, each in settings(files).items()] == [
        ("gpt-6-luna a.txt", 2),
        ("gpt-6-luna b.txt", 2),
    ]
    assert json.loads(template.out)["settings"][0]["flags"] == ["-m", "gpt-6-luna", "-t", "t.toml"]
    assert messages[0] == {"role": "system", "content": "One word."}
    assert messages[1]["content"][0]["text"] == "Is it blue?"


def test_labels_may_lie_elsewhere_than_the_images(command: Command) -> None:
    (command.folder / "down").mkdir()
    (command.folder / "down" / "labels.csv").write_text(LABELS)  # as a browser saves those of the page of a scan here
    (command.folder / "q").mkdir()
    fill(command.folder / "q" / "p", 3)
    args = ("eval", "down/labels.csv", "Is it red?", "--json")
    with PlainServer(answer("yes")) as server:
        env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
        here, named = command(*args, env=env), command(*args, "--folder", "q", env=env)
        gone = command(*args, "--folder", "down", env=env)
    assert [each["n"] for run in (here, named) for each in settings(run).values()] == [3, 3]
    assert (gone.code, "line 2: p/i0.png is not there, and 2 more" in gone.err) == (3, True)


def test_formats_go_to_the_screen_and_to_files(command: Command) -> None:
    with PlainServer(answer("no")) as server:
        table = evaluate(command, server, "-f", "csv", "-q")
        page = evaluate(command, server, "-f", "md", "-o", "page", "-q")
    assert table.out.splitlines()[0].startswith("setting,n,right,accuracy")
    assert (command.folder / "page").read_text().startswith("| setting | n |")
    assert page.out.startswith("setting ")


def test_accuracy_below_what_is_asked_for_is_false(command: Command) -> None:
    with PlainServer(*map(answer, ("yes", "yes", "no"))) as server:
        assert evaluate(command, server, "--at-least", "60%").code == 0
        assert evaluate(command, server, "--at-least", "0.7").code == 1


def test_a_dry_run_and_a_budget_send_nothing(command: Command) -> None:
    with PlainServer(answer("yes")) as server:
        dry = evaluate(command, server, "-n", "-m", "gpt-6-luna,gpt-4o", "-d", "low,high")
        stopped = evaluate(command, server, "--max-cost", "0.0000001")
        asked = len(server.heard)
    assert (dry.code, stopped.code, asked) == (0, 5, 0)
    assert "4 settings" in dry.err
    assert "gpt-4o high: 3 images" in dry.err


def test_labels_as_the_page_of_a_scan_saves_them_are_found(command: Command) -> None:
    for name in ("=i.png", "-i.png"):
        (command.folder / name).write_bytes((command.folder / "p" / "i0.png").read_bytes())
    (command.folder / "labels.csv").write_text("image,label\r\n'=i.png,'=1+1\r\n'-i.png,-5\r\n")
    with PlainServer(answer("=1+1")) as server:
        result = evaluate(command, server, "--json")
    assert [(each["n"], each["right"]) for each in settings(result).values()] == [(2, 1)], result.err


def test_a_price_that_nobody_knows_is_approved_first(command: Command) -> None:
    with PlainServer(*map(answer, ("yes", "no", "no"))) as server:
        refused = evaluate(command, server, "-m", "nobodys-model", "--confirm-above", "1")
        before = len(server.heard)
        agreed = evaluate(command, server, "-m", "nobodys-model", "--confirm-above", "1", "--yes")
    assert (refused.code, before, agreed.code) == (5, 0, 0), agreed.err
    assert "all settings are projected at an unknown price, above --confirm-above $1" in refused.err


def test_labels_that_are_not_there_are_told_with_an_example(command: Command) -> None:
    result = command("eval", "Is it red?", "labels.csv")
    assert (result.code, result.err.splitlines()[0]) == (2, "error: Is it red?: no such file")
    assert 'visionask eval labels.csv "Is it' in result.err
    assert command("eval").err.startswith("error: LABELS is missing")


@pytest.mark.parametrize(
    ("text", "args", "code", "told"),
    [
        ("image,label\np/i0.png,yes\np/gone.png,no\n", [], 3, "labels.csv, line 3: p/gone.png is not there"),
        ("image,label\np,yes\n", [], 3, "labels.csv, line 2: p is a folder"),
        ("image,label\np/i0.png,yes\nlabels.csv,no\n", [], 3, "line 3: labels.csv: not an image"),
        ("file,answer\np/i0.png,yes\n", [], 2, "has no columns image and label"),
        ("image,label.total\np/i0.png,3\n", [], 2, "label.total is a field, and answers are text"),
        (
            "image,label.sum\np/i0.png,3\n",
            ["--schema", "shop, total int"],
            2,
            "label.sum is no field of the schema (shop",
        ),
        (LABELS, ["--schema", "shop, total int"], 2, "the schema has several fields (shop, total)"),
        (LABELS, ["--margin", "two"], 2, "--margin must be a share"),
        (LABELS, ["--image-tokens", "a,b"], 2, "--image-tokens takes numbers with commas"),
        (LABELS, ["--tolerance", "-1"], 2, "--tolerance must be a number from 0"),
        (LABELS, ["--tolerance", "nan"], 2, "--tolerance must be a number from 0"),
        (LABELS, ["--at-least", "inf"], 2, "--at-least must be a share"),
        (LABELS, ["-o", "gone/e.csv"], 9, "gone/e.csv: cannot be written"),
        (LABELS, ["-o", "e.xml"], 2, "eval writes .html, .json, .jsonl, .csv, .db, .md or .txt"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_sent(
    command: Command, text: str, args: list[str], code: int, told: str
) -> None:
    (command.folder / "labels.csv").write_text(text)
    with PlainServer(answer("yes")) as server:
        result = evaluate(command, server, *args)
        assert (result.code, len(server.heard)) == (code, 0), result.err
    assert told in result.err
