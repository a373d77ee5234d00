"""What `eval` asks, judges and recommends, against a server whose every answer is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import KEY
from tests.cli.scanning import fill
from tests.faults.batch_server import BatchServer
from tests.faults.plain import PlainServer, answer, refusal

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
        again = evaluate(command, server, *args, "-o", "e.jsonl", "-o", "e.csv", "-o", "e.md")
        asked = len(server.heard)
    assert (result.code, again.code, asked) == (0, 0, 6), result.err
    found = settings(again)
    assert {name: (each["n"], each["right"]) for name, each in found.items()} == {
        "gpt-6-luna": (3, 3),
        "gpt-6-terra": (3, 1),
    }
    assert found["gpt-6-terra"]["best_only"] == 2
    assert json.loads(again.out)["recommended"] is None  # three labels cannot tell
    assert json.loads(again.out)["best"] == ["-m", "gpt-6-luna"]
    lines = [json.loads(line) for line in (command.folder / "e.jsonl").read_text().splitlines()]
    assert [(line["label"], line["right"]) for line in lines[:3]] == [("yes", True), ("no", True), ("no", True)]
    assert len((command.folder / "e.csv").read_text().splitlines()) == 3
    assert "| gpt-6-luna | 3 | 3 |" in (command.folder / "e.md").read_text()


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
    args = ("eval", "labels.csv", "Is it red?", "-m", "gpt-6-luna,gpt-6.1-terra", "--batch", "--max-cost", "1")
    with BatchServer() as server:
        server.plan.answering = answering
        env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
        live, dry = command(*args[:-3], "-n", env=env), command(*args, "-n", env=env)
        first = command(*args, env=env)
        again = command(*args, env=env)
        ids = first.out.split()
        fetched = command("batch", "fetch", *ids, "-q", env=env)
        last = command(*args, "--json", env=env)
        uploads, posts = len(server.uploads), server.count("POST /chat/completions")
    assert [each.code for each in (live, dry, first, again, fetched, last)] == [0] * 6, first.err + last.err
    assert total_usd(live) == 2 * total_usd(dry) > 0
    assert (len(ids), again.out.split(), uploads, posts) == (2, ids, 2, 0)
    assert "3 under way already" in again.err
    assert f"visionask batch fetch {' '.join(ids)}" in first.err
    assert {name: (each["n"], each["right"]) for name, each in settings(last).items()} == {
        "gpt-6-luna": (3, 1),
        "gpt-6.1-terra": (3, 2),
    }


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


@pytest.mark.parametrize(
    ("text", "args", "code", "told"),
    [
        ("image,label\np/i0.png,yes\np/gone.png,no\n", [], 3, "labels.csv, line 3: p/gone.png is not there"),
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
        (LABELS, ["-o", "e.xml"], 2, "eval writes .html, .json, .jsonl, .csv or .md"),
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
