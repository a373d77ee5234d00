"""Many pictures: folders, files that cannot be read, baselines by relative path, and a run that is gone on with."""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.cli.command import KEY
from tests.cli.pictures import encoded, photo
from tests.faults.decisions import DecisionServer
from visionask.config.catalog import load_catalog
from visionask.core.checks import Group
from visionask.core.image import FileSource
from visionask.core.plan import PictureOptions, Planner
from visionask.run.pictures import Spool
from visionask.run.subjects import find_subjects
from visionask.run.survey import Choosing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.command import Command, Result
    from tests.cli.servers import PictureServer

_tags = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[DecisionServer]:
    with DecisionServer() as server:
        yield server
        assert server.invalid == []


class Checker:
    """`check` in a folder of shots, and the requests that it made."""

    def __init__(self, command: Command, server: DecisionServer) -> None:
        self.command, self.server, self.tag = command, server, ""

    def __call__(self, *args: object, same_server: bool = False, script: str = "tell", **more: str) -> Result:
        if not same_server:
            self.tag = f"m{next(_tags)}~{script}"
        ours = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": self.server.base_url(self.tag)}
        return self.command("check", *args, "--engine", "decisions", env=ours | more)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [entry["body"] for entry in self.server.journal(self.tag)]


@pytest.fixture
def check(command: Command, server: DecisionServer) -> Checker:
    for number, name in enumerate(("home.png", "de/home.png", "de/cart.png")):
        path = command.folder / "shots" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(photo((64, 48 + number)), "PNG"))
    return Checker(command, server)


def verdicts(result: Result) -> dict[str, str]:
    return {each["image"]: each["verdict"] for each in result.record["data"]["checks"]}


def test_a_folder_is_checked_and_those_below_it(check: Checker) -> None:
    assert [*verdicts(check("red 0.9", "shots/", "--json"))] == ["shots/home.png"]
    found = verdicts(check("red 0.9", "shots", "-r", "--json"))
    assert {*found} == {"shots/home.png", "shots/de/home.png", "shots/de/cart.png"}
    assert [*verdicts(check("red 0.9", "shots", "-r", "--include", "cart*", "--json"))] == ["shots/de/cart.png"]


def test_one_bad_file_is_an_error_of_its_own(check: Checker, command: Command) -> None:
    whole = (command.folder / "shots/home.png").read_bytes()
    (command.folder / "shots/cut.png").write_bytes(whole[:60])
    (command.folder / "shots/text.png").write_text("no picture")
    result = check("red 0.9", "shots", "gone.png", "-r", "--json", "--junit", "out.xml")
    assert result.code == 3, result.err
    found = verdicts(result)
    assert sorted(name for name, verdict in found.items() if verdict == "error") == [
        "gone.png",
        "shots/cut.png",
        "shots/text.png",
    ]
    assert [*found.values()].count("true") == len(check.bodies) == 3
    assert (command.folder / "out.xml").exists()
    assert result.error_lines[0].startswith("error: ")
    fast = check("red 0.9", "shots", "-r", "--fail-fast")
    assert (fast.code, check.bodies) == (3, [])


def test_statements_of_several_tables_about_one_picture_are_one_request(check: Checker, command: Command) -> None:
    table = '[[check]]\nimages = ["shots/**/*.png"]\nstatements = ["a 0.9", "b 0.8"]\n'
    (command.folder / "c.toml").write_text(table + table.replace("a 0.9", "c 0.1"))
    result = check("--file", "c.toml", "--json")
    assert (result.code, len(check.bodies)) == (1, 3), result.err
    for body in check.bodies:
        asked = [question["instructions"] for question in body["questions"]]
        assert asked == ["a 0.9", "b 0.8", "c 0.1", "b 0.8"]
        assert len({question["name"] for question in body["questions"]}) == 4
    assert [each["verdict"] for each in result.record["data"]["checks"]].count("false") == 3


def test_a_file_of_checks_goes_on_where_it_was(check: Checker, command: Command) -> None:
    (command.folder / "c.toml").write_text('[[check]]\nimages = ["shots"]\nstatements = ["a 0.9"]\n')
    assert check("--file", "c.toml").code == 0
    (command.folder / "c.toml").write_text('[[check]]\nimages = ["shots/**/*.png"]\nstatements = ["a 0.9"]\n')
    assert check("--file", "c.toml", same_server=True).code == 0
    assert len(check.bodies) == 3, "one of them was answered before"
    assert check("--file", "c.toml", "--no-cache", same_server=True).code == 0
    assert len(check.bodies) == 6
    again = check("a 0.9", "shots", "-r", same_server=True)
    assert (again.code, "asked again" in again.err) == (0, False), again.err
    assert len(check.bodies) == 6


def test_with_a_budget_requests_still_go_side_by_side(check: Checker, command: Command) -> None:
    (command.folder / "shots/more.png").write_bytes(encoded(photo((64, 60)), "PNG"))
    result = check("a 0.9", "shots", "-r", "-j", "3", "--max-cost", "1", script="tell,tell;together=3")
    assert (result.code, len(check.bodies)) == (0, 4), result.err


def test_a_budget_that_is_used_up_leaves_the_others_unasked(check: Checker, command: Command) -> None:
    for number in range(9):
        (command.folder / f"shots/more{number}.png").write_bytes(encoded(photo((64, 60 + number)), "PNG"))
    one = check("a 0.9", "shots/home.png", "--json").record["billed"]["usd"]
    result = check("b 0.9", "shots", "-j", "4", "--max-cost", str(3 * float(one)), "--json")
    assert (result.code, len(check.bodies)) == (5, 3), result.err
    assert [*verdicts(result).values()].count("true") == 3
    assert float(result.record["billed"]["usd"]) == 3 * float(one)


def test_a_server_that_is_gone_ends_it_after_eight_in_a_row(check: Checker, command: Command) -> None:
    for number in range(12):
        (command.folder / f"shots/more{number}.png").write_bytes(encoded(photo((64, 60 + number)), "PNG"))
    result = check("a 0.9", "shots", "-j", "1", "--retries", "0", script="500")
    assert (result.code, len(check.bodies)) == (6, 8), result.err
    assert "stopped after 8 images in a row without an answer" in result.err


@pytest.fixture
def baseline(check: Checker, command: Command) -> Checker:
    shutil.copytree(command.folder / "shots", command.folder / "baseline")
    return check


def test_baselines_are_paired_by_relative_path(baseline: Checker, command: Command) -> None:
    (command.folder / "shots/de/cart.png").write_bytes(encoded(photo((64, 60)), "PNG"))
    (command.folder / "shots/new.png").write_bytes(encoded(photo((64, 61)), "PNG"))
    (command.folder / "baseline/old.png").write_bytes(encoded(photo((64, 62)), "PNG"))
    for shots in (("shots/", "-r"), ("shots/**/*.png",)):
        result = baseline("the layout is the same 0.9", *shots, "--against-dir", "baseline", "--json")
        found = {each["image"]: each for each in result.record["data"]["checks"]}
        assert result.code == 3, result.err
        assert {name: each["identical"] for name, each in found.items()} == {
            "shots/home.png": True,
            "shots/new.png": False,
            "shots/de/home.png": True,
            "shots/de/cart.png": False,
        }
        assert found["shots/new.png"]["verdict"] == "error"
        assert "new, there is no baseline" in found["shots/new.png"]["error"]["message"]
        assert found["shots/de/home.png"]["against"] == "baseline/de/home.png"
        assert len(baseline.bodies) == 1
        assert result.record["data"]["missing"] == ["baseline/old.png"]
        assert "baseline/old.png" in result.err


def test_baselines_below_are_not_missed_where_no_folder_below_is_checked(baseline: Checker) -> None:
    result = baseline("the same", "shots", "--against-dir", "baseline", "--json")
    assert (result.code, "missing" in result.record["data"]) == (0, False), result.err


def test_a_file_that_is_named_has_the_baseline_of_its_longest_end(baseline: Checker) -> None:
    args = ("the same 0.9", "shots/home.png", "shots/de/home.png", "--against-dir", "baseline", "--json")
    found = baseline(*args).record["data"]["checks"]
    assert [each["against"] for each in found] == ["baseline/home.png", "baseline/de/home.png"]
    assert baseline.bodies == []


def test_pixels_decide_within_a_tolerance_and_outside_a_box(baseline: Checker, command: Command) -> None:
    with Image.open(command.folder / "baseline/home.png") as picture:
        changed = picture.convert("RGB")
    changed.paste((255, 0, 255), (0, 0, 4, 3))  # 12 of 64 * 48 pixels: 0.39%
    changed.save(command.folder / "shots/home.png")
    args = ("the same 0.1", "shots/home.png", "--against-dir", "baseline", "--json")
    result = baseline(*args)
    assert (result.code, len(baseline.bodies)) == (1, 1), result.err
    assert 0.0035 < result.record["data"]["checks"][0]["difference"] <= 12 / (64 * 48)
    for more, code in ((("--tolerance", "0.4%"), 0), (("--tolerance", "0.3%"), 1), (("--ignore", "0,0,4,3"), 0)):
        assert baseline(*args, *more).code == code, more
        assert len(baseline.bodies) == code
    for odd in (("--tolerance", "x"), ("--ignore", "1,2"), ("--tolerance", "nan")):
        assert baseline(*args, *odd).code == 2


def test_a_file_of_checks_has_baselines_of_its_own(baseline: Checker, command: Command) -> None:
    with Image.open(command.folder / "baseline/home.png") as picture:
        changed = picture.convert("RGB")
    changed.paste((255, 0, 255), (0, 0, 4, 3))
    changed.save(command.folder / "shots/home.png")
    table = '[[check]]\nimages = ["shots/home.png"]\nstatements = ["the same 0.1"]\n'
    told = ('ignore = ["0,0,4,3"]', 'tolerance = "0.4%"', "")
    text = 'against_dir = "baseline"\n' + "".join(f"{table}{each}\n" for each in told)
    (command.folder / "c.toml").write_text(text)
    result = baseline("--file", "c.toml", "--json")
    found = [(each["identical"], each["verdict"]) for each in result.record["data"]["checks"]]
    assert found == [(True, "true"), (True, "true"), (False, "false")], result.err
    assert len(baseline.bodies) == 1
    (command.folder / "c.toml").write_text(text.replace("baseline", "nowhere"))
    missing = baseline("--file", "c.toml")
    assert (missing.code, "nowhere: no such folder" in missing.err) == (2, True)
    (command.folder / "c.toml").write_text(table + 'against-dir = "fresh"\n')
    assert baseline("--file", "c.toml", "--accept").code == 0
    assert (command.folder / "fresh/home.png").exists()


def test_new_baselines_are_copied_without_a_request(baseline: Checker, command: Command) -> None:
    (command.folder / "shots/home.png").write_bytes(encoded(photo((64, 60)), "PNG"))
    (command.folder / "shots/fr").mkdir()
    (command.folder / "shots/fr/new.png").write_bytes(encoded(photo((64, 61)), "PNG"))
    args = ("the same 0.9", "shots", "-r", "--against-dir", "baseline")
    dry = baseline(*args, "--accept", "-n")
    assert (dry.code, (command.folder / "baseline/fr").exists()) == (0, False), dry.err
    result = baseline(*args, "--accept")
    assert (result.code, baseline.bodies) == (0, []), result.err
    told = {line.split()[1]: line.split()[0] for line in result.out.splitlines()}
    assert told == {
        "shots/home.png": "changed",
        "shots/fr/new.png": "new",
        "shots/de/home.png": "unchanged",
        "shots/de/cart.png": "unchanged",
    }
    for name in ("home.png", "fr/new.png"):
        assert (command.folder / "baseline" / name).read_bytes() == (command.folder / "shots" / name).read_bytes()
    assert not [*command.folder.rglob("*.part")]
    assert baseline(*args).code == 0
    assert baseline.bodies == []
    assert baseline("the same", "shots/home.png", "--accept").code == 2


@pytest.mark.parametrize("name", ["report", "report.xlsx", "report.pdf"])
def test_an_unknown_suffix_is_refused(check: Checker, name: str) -> None:
    result = check("red 0.9", "shots", "-o", name)
    assert (result.code, check.bodies) == (2, []), result.err


def test_csv_and_a_summary_are_written(check: Checker, command: Command) -> None:
    import csv

    args = ("Which theme?", "shots", "--choice", "light,=dark", "--expect", "light")
    assert check(*args, "-o", "out.csv", "--summary-md", "out.md").code == 1
    (row,) = csv.DictReader((command.folder / "out.csv").read_text().splitlines())
    assert (row["verdict"], row["seen"], row["expect"], row["probability"]) == ("false", "'=dark", "light", "0.2")
    assert "=dark (expected light)" in (command.folder / "out.md").read_text()


def test_a_result_says_what_was_seen(check: Checker) -> None:
    result = check("Which theme is it?", "shots", "--choice", "dark,light", "--expect", "dark", "--github")
    row = "false      Which theme is it?  light (expected dark)  p=0.8  shots/home.png"
    assert (result.code, result.out.splitlines()[1]) == (1, row), result.out
    told = (
        "::error file=shots/home.png,title=visionask check::Which theme is it?: false, saw light (expected dark) (0.8)"
    )
    assert told in result.err.splitlines()
    low = check("How sharp?", "shots", "--score", "1-5", "--expect", "<=3")
    assert "5 (expected <=3)" in low.out


@pytest.mark.parametrize("name", ["junit-10.xsd", "JUnit.xsd"])
def test_junit_is_what_ci_servers_read(check: Checker, command: Command, name: str) -> None:
    xmlschema: Any = pytest.importorskip("xmlschema")
    from pathlib import Path
    from xml.etree.ElementTree import parse

    (command.folder / "shots/bad\x07.png").write_text("no picture")
    more = ("--also", "refuse this", "--also", "b 0.1", "--also", "c 0.9")
    assert check("Which?", "shots", "-r", "--choice", "a,b", "--expect", "a", *more, "--junit", "o.xml").code == 3
    schema = xmlschema.XMLSchema(Path(__file__).parents[1] / "data" / "junit" / name)
    read = parse(command.folder / "o.xml")
    if name == "JUnit.xsd":
        read.getroot().attrib.clear()  # counts that Jenkins knows, and that schema does not
    schema.validate(read.getroot())
    suite = next(each for each in read.iter("testsuite") if each.get("name") == "shots/home.png")
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert properties["model"] == "gpt-6-luna"
    assert float(str(properties["price_usd"])) > 0
    assert properties["picture"] == "shots/home.png"
    assert next(suite.iter("failure")).get("message") == "false, saw b (expected a) (0.8)"
    assert 0 < float(str(suite.get("time"))) < 60
    assert float(str(next(suite.iter("testcase")).get("time"))) > 0


def test_what_was_fetched_is_held_in_no_memory_and_left_nowhere(
    check: Checker, command: Command, links: PictureServer, tmp_path: Path
) -> None:
    whole = (command.folder / "shots/home.png").read_bytes()
    named = [links.put(f"fetched{number}.png", whole) for number in range(2)]
    (tmp_path / "t").mkdir()
    result = check("red 0.9", *named, "--allow-private-urls", "-o", "o.html", TMPDIR=str(tmp_path / "t"))
    page = (command.folder / "o.html").read_text()
    assert (result.code, page.count("data:image/jpeg"), f'href="{named[1]}"' in page) == (0, 2, True), result.err
    assert (len(check.bodies), "answered on" in result.err) == (1, False), "the same picture is asked about once"
    assert (str(tmp_path / "t") in page, [*(tmp_path / "t").iterdir()]) == (False, [])
    assert str(tmp_path / "t") not in command("logs", "show").out
    choosing = Choosing(args=(), fetches_whole=True, allows_private_urls=True)
    planner = Planner(load_catalog().find("gpt-6-luna"), PictureOptions())
    group, spool = Group(images=(named[0],), points=()), Spool()
    (subject,) = find_subjects([group], choosing, planner, spool=spool)
    assert subject.plans[0].source.label == named[0]
    assert isinstance(subject.plans[0].source, FileSource)
