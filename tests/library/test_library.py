"""The Python API against a real server on loopback: what may be an image, what comes back, and what is raised."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import visionask
from tests.cli.command import KEY
from tests.cli.scanning import QUESTION, fill, tiny
from tests.faults.replies import facts
from visionask import ask, check, errors, plan, scan

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command
    from tests.faults.server import FaultServer


def upright_as_stored(side: tuple[int, int]) -> Image.Image:
    """Open a JPEG that is to be turned by its orientation, as a camera writes it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    Image.new("RGB", side, "red").save(file, "JPEG", exif=exif)
    return Image.open(io.BytesIO(file.getvalue()))


@pytest.mark.parametrize("form", ["text", "path", "bytes", "view", "file", "data URL"])
def test_every_form_of_an_image_sends_the_same_picture(says: Any, dot: Path, form: str) -> None:
    import base64

    data = dot.read_bytes()
    images: dict[str, Any] = {
        "text": str(dot),
        "path": dot,
        "bytes": data,
        "view": memoryview(data),
        "file": io.BytesIO(data),
        "data URL": "data:image/png;base64," + base64.b64encode(data).decode(),
    }
    sent = says("ok")
    ask(QUESTION, images[form], **sent.options)
    (image,) = facts(sent.bodies[0])["images"]
    by_path = says("ok")
    ask(QUESTION, str(dot), **by_path.options)
    assert image == facts(by_path.bodies[0])["images"][0]


@pytest.mark.parametrize(
    ("image", "size"),
    [
        pytest.param(Image.new("RGBA", (60, 40)), (60, 40), id="transparent"),
        pytest.param(Image.new("CMYK", (60, 40)), (60, 40), id="of four inks"),
        pytest.param(Image.new("F", (60, 40)), (60, 40), id="of floats"),
        pytest.param(upright_as_stored((60, 40)), (40, 60), id="to be turned"),
    ],
)
def test_a_pillow_image_is_planned_as_a_viewer_shows_it(image: Image.Image, size: tuple[int, int]) -> None:
    (found,) = plan(image).images
    assert found.probe is not None
    assert found.probe.upright == size


def test_images_keep_their_order_whatever_they_are(says: Any, dot: Path) -> None:
    sent = says("ok")
    result = ask(QUESTION, [tiny(5), dot, Image.new("RGB", (9, 9), "red"), str(dot)], **sent.options)
    names = [name.partition(":")[0] for name in result.images]
    assert names == ["bytes", str(dot), "bytes", str(dot)]
    assert len(facts(sent.bodies[0])["images"]) == 4


def test_what_is_no_image_is_refused_by_its_type() -> None:
    with pytest.raises(errors.UsageError, match="as int"):
        plan([7])  # type: ignore[list-item]


def test_what_is_no_text_or_a_closed_file_is_refused(dot: Path) -> None:
    with pytest.raises(errors.UsageError, match="must be a text, not list"):
        check(["a button is visible", "it is red"], dot)  # type: ignore[arg-type]
    with pytest.raises(errors.UsageError, match="not UTF-8 text"):
        ask("half \ud83d", dot)
    with dot.open("rb") as file:
        pass
    with pytest.raises(errors.UsageError, match="closed"):
        plan(file)


def test_an_answer_has_its_bill_and_the_record_of_the_command(says: Any, dot: Path, command: Command) -> None:
    sent = says("ok")
    result = ask(QUESTION, dot, system="Be brief.", max_cost="0.50", model="gpt-6-luna", **sent.options)
    assert json.loads(result.answer)["question"] == QUESTION
    assert result.usage is not None
    assert (result.usage.input_tokens, result.usage.output_tokens) == (1014, 35)
    other = says("ok")
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": other.options["base_url"]}
    record = command("ask", "--json", "-q", "-s", "Be brief.", "-m", "gpt-6-luna", QUESTION, dot, env=env).record
    ours = json.loads(json.dumps(result.record()))
    differing = {key for key in record if record[key] != ours[key]}
    assert differing <= {"request_id", "seconds"}
    assert record.keys() == ours.keys()


def test_a_plan_is_the_record_of_cost(dot: Path, command: Command) -> None:
    planned = plan(dot, question=QUESTION, max_tokens=100)
    record = command("cost", "--json", "-q", "--question", QUESTION, "--max-tokens", "100", dot).record
    assert json.loads(json.dumps(planned.record())) == record
    assert planned.input_usd is not None
    assert f"{planned.input_usd:f}" == record["projected"]["input_usd"]


def test_a_missing_image_of_several_raises_and_one_of_a_folder_is_a_value(tmp_path: Path, dot: Path) -> None:
    with pytest.raises(errors.NotFound, match=r"nope\.png"):
        plan([dot, tmp_path / "nope.png"])
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "notes.png").write_text("no picture")
    (tmp_path / "pictures" / "dot.png").write_bytes(tiny(1))
    planned = plan(tmp_path / "pictures")
    assert len(planned.images) == 1
    assert isinstance(planned.failed[0].error, errors.NotAnImage)


def test_failures_are_classes_and_no_key_is_in_them(says: Any, dot: Path) -> None:
    with pytest.raises(errors.KeyRefused) as refused:
        ask(QUESTION, dot, **says("401").options)
    assert KEY not in repr(refused.value) + str(refused.value) + repr(refused.value.outcome)
    with pytest.raises(errors.MissingKey):
        ask(QUESTION, dot, base_url="http://127.0.0.1:9/v1", log=False)
    sent = says("ok")
    with pytest.raises(errors.BudgetError):
        ask(QUESTION, dot, model="gpt-6-luna", max_cost="0.00000001", **sent.options)
    with pytest.raises(errors.BudgetError, match="confirm_above"):
        ask(QUESTION, dot, model="gpt-6-luna", confirm_above="0.00000001", **sent.options)
    assert sent.bodies == []
    ask(QUESTION, dot, model="gpt-6-luna", confirm_above="0.00000001", yes=True, **sent.options)


def test_an_unknown_keyword_is_an_error_of_the_caller(dot: Path) -> None:
    with pytest.raises(TypeError, match="'maxcost'"):
        ask(QUESTION, dot, maxcost=1)  # type: ignore[call-arg]


def test_text_comes_as_it_arrives_and_what_its_receiver_raises_loses_no_answer(says: Any, dot: Path) -> None:
    pieces: list[str] = []
    sent = says("ok")
    result = ask(QUESTION, dot, on_text=pieces.append, **sent.options)
    assert len(pieces) > 1
    assert "".join(pieces) == result.answer

    def fail(_: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask("Another?", dot, on_text=fail, **sent.options)
    assert ask("Another?", dot, cache=True, **sent.options).is_cached
    assert len(sent.bodies) == 2


def test_a_schema_gives_data(server: FaultServer, dot: Path, says: Any) -> None:
    fields = {"question": {"type": "string"}}
    schema = {"type": "object", "properties": fields, "required": ["question"]}
    assert ask(QUESTION, dot, schema=schema, **says("ok").options).data["question"] == QUESTION  # type: ignore[index]


def test_a_scan_is_resumed_and_pays_once(says: Any, tmp_path: Path) -> None:
    folder, sent = fill(tmp_path / "many", 6), says("ok")
    results = list(scan(QUESTION, [folder, tiny(900)], jobs=2, **sent.options))
    assert len(results) == 7
    assert all(json.loads(result.answer)["images"] for result in results)
    again = list(scan(QUESTION, [folder, tiny(900)], jobs=2, **sent.options))
    assert [result.is_cached for result in again] == [True] * 7
    assert len(sent.bodies) == 7
    assert {name for result in again for name in result.images} == {name for r in results for name in r.images}


@pytest.mark.parametrize("way", ["closed", "interrupted"])
def test_a_scan_that_is_left_early_keeps_what_was_under_way(says: Any, tmp_path: Path, way: str) -> None:
    folder, sent = fill(tmp_path / "many", 40), says("ok")
    running = scan(QUESTION, folder, jobs=3, **sent.options)
    next(running)
    if way == "closed":
        running.close()
    else:
        with pytest.raises(KeyboardInterrupt):
            running.throw(KeyboardInterrupt)
    paid = len(sent.bodies)
    assert paid < 40
    assert not [each.name for each in threading.enumerate() if each.name.startswith("visionask-scan")]
    results = list(scan(QUESTION, folder, jobs=3, **sent.options))
    assert len(results) == 40
    assert sum(result.is_cached for result in results) == paid
    assert len(sent.bodies) == 40


def test_one_bad_image_of_a_scan_is_a_value_and_a_refused_key_ends_it(says: Any, tmp_path: Path) -> None:
    folder = fill(tmp_path / "many", 2)
    (folder / "notes.png").write_text("no picture")
    results = list(scan(QUESTION, folder, **says("ok").options))
    (bad,) = (result for result in results if result.error is not None)
    assert bad.images == (str(folder / "notes.png"),)
    with pytest.raises(errors.NotAnImage):
        _ = bad.answer
    with pytest.raises(errors.KeyRefused):
        list(scan("Again?", folder, **says("401").options))


def test_it_works_inside_an_event_loop_and_in_other_threads(says: Any, dot: Path) -> None:
    sent = says("ok")

    async def cell() -> tuple[str, str]:
        here = ask("Here?", dot, **sent.options).answer
        return here, await asyncio.to_thread(lambda: ask("There?", dot, **sent.options).answer)

    here, there = asyncio.run(cell())
    assert (json.loads(here)["question"], json.loads(there)["question"]) == ("Here?", "There?")


def test_nothing_is_printed(says: Any, dot: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ask(QUESTION, dot, model="nobody-knows-it", **says("ok").options)
    list(scan(QUESTION, dot, model="nobody-knows-it", **says("ok").options))
    assert capfd.readouterr() == ("", "")


def test_what_a_command_warns_of_is_told(dot: Path) -> None:
    told: list[str] = []
    plan(dot, model="nobody-knows-it", on_notice=told.append)
    assert told[0].startswith("nobody-knows-it is not a known model")


def test_importing_it_loads_nothing_else() -> None:
    code = (
        "import sys, visionask; print(*sorted(name for name in sys.modules if 'visionask' in name or name == 'typing'))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"], capture_output=True, check=True
    )
    assert done.stdout.split() == [b"visionask"]


def test_what_is_offered_is_what_is_there() -> None:
    assert {name for name in dir(visionask) if getattr(visionask, name) is None} == set()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = visionask.nothing  # type: ignore[attr-defined]
