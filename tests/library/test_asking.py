"""What a call of the Python API asks and how: templates, data, conversations, saved exchanges, and what is refused."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import KEY
from tests.cli.scanning import QUESTION, fill, tiny
from visionask import ask, check, errors, plan, scan
from visionask.run.library.keywords import refuse_unknown, spell
from visionask.run.library.options import AskOptions, CheckOptions, PlanOptions, ScanOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command
    from tests.cli.servers import AnswerServer, PictureServer

NOWHERE = {"base_url": "http://127.0.0.1:1/v1"}


class Asking:
    """Keywords that lead to a server which says one thing, and the bodies that arrived there."""

    def __init__(self, answers: AnswerServer, ledger: Path, text: str = "Yes.") -> None:
        self._answers, self.base_url = answers, answers.says(text)
        self.options: dict[str, Any] = {"base_url": self.base_url, "api_key": KEY, "ledger": ledger}

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return self._answers.arrived(self.base_url)


@pytest.fixture
def asking(answers: AnswerServer, tmp_path: Path) -> Asking:
    return Asking(answers, tmp_path / "ledger.db")


def said(body: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Each message: its role, its text, and how many images it has."""
    told = []
    for message in body["messages"]:
        content = message["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        text = "".join(part["text"] for part in parts if part["type"] == "text")
        told.append((message["role"], text, sum(part["type"] == "image_url" for part in parts)))
    return told


def test_a_template_asks_its_question_and_what_is_handed_over_goes_before_it(
    asking: Asking, dot: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('prompt = "Is the $thing ${count}?"\nsystem = "Be brief."\nmodel = "gpt-4o"\n')
    params = {"thing": "sky", "count": 2}
    ask(images=dot, template=path, params=params, **asking.options)
    ask("My own?", dot, template=str(path), params=params, system="Be long.", model="gpt-4.1", **asking.options)
    (result,) = scan(images=dot, template=path, params=params, cache=False, **asking.options)
    assert result.answer == "Yes."
    first, second, third = asking.bodies
    assert said(first) == said(third) == [("system", "Be brief.", 0), ("user", "Is the sky 2?", 1)]
    assert said(second) == [("system", "Be long.", 0), ("user", "My own?", 1)]
    assert [body["model"] for body in asking.bodies] == ["gpt-4o", "gpt-4.1", "gpt-4o"]


def test_a_check_takes_its_statement_from_a_template(answers: AnswerServer, dot: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('prompt = "a $what button is visible"\n')
    asking = Asking(answers, tmp_path / "ledger.db", '{"q1": {"reason": "there", "value": "true"}}')
    checked = check(images=dot, template=path, params={"what": "login"}, engine="schema", **asking.options)
    assert checked
    assert [finding.point.question.text for finding in checked.findings] == ["a login button is visible"]


def test_without_a_question_or_an_image_nothing_is_asked(asking: Asking, dot: Path) -> None:
    with pytest.raises(errors.UsageError, match="no question"):
        ask(images=dot, **asking.options)
    for function in (ask, scan, check):
        with pytest.raises(errors.UsageError, match="no image"):
            function("What?", [], **asking.options)  # type: ignore[operator]
    with pytest.raises(errors.UsageError, match="no image"):
        check("it is red", [], against=dot, **asking.options)
    assert asking.bodies == []


def test_a_recording_of_python_is_replayed_without_key_network_and_ledger(
    asking: Asking, dot: Path, tmp_path: Path, command: Command
) -> None:
    asked = ask("Why?", dot, record=tmp_path / "saved", **asking.options)
    folder = fill(tmp_path / "many", 3)
    scanned = list(scan("Why?", folder, record=str(tmp_path / "saved"), **asking.options))
    ledger = tmp_path / "other.db"
    replayed = ask("Why?", dot, replay=tmp_path / "saved", ledger=ledger, max_cost=0, **NOWHERE)
    assert (replayed.answer, replayed.billed_usd, replayed.conversation) == (asked.answer, 0, None)
    again = list(scan("Why?", folder, replay=tmp_path / "saved", ledger=ledger, **NOWHERE))
    assert sorted(each.images for each in again) == sorted(each.images for each in scanned)
    assert {each.answer for each in again} == {"Yes."}
    assert not ledger.exists()
    assert len(asking.bodies) == 4
    by_command = command("ask", "Why?", dot, "--replay", tmp_path / "saved", "--json").record
    assert by_command["answer"] == asked.answer
    with pytest.raises(errors.NoRecording):
        ask("What?", dot, replay=tmp_path / "saved", **NOWHERE)
    with pytest.raises(errors.UsageError, match="exclude each other"):
        ask("What?", dot, record="a", replay="b", **NOWHERE)


def test_a_check_is_recorded_and_replayed(answers: AnswerServer, dot: Path, tmp_path: Path) -> None:
    asking = Asking(answers, tmp_path / "ledger.db", '{"q1": {"reason": "there", "value": "true"}}')
    how: dict[str, Any] = {"engine": "schema"}
    recorded = check("it is red", dot, record=tmp_path / "saved", **how, **asking.options)
    replayed = check("it is red", dot, replay=tmp_path / "saved", **how, **NOWHERE)
    assert bool(recorded) is bool(replayed) is True
    assert len(asking.bodies) == 1


def test_a_conversation_goes_on_in_python_and_on_the_command_line(
    asking: Asking, dot: Path, tmp_path: Path, command: Command
) -> None:
    one = ask("One?", dot, system="Be brief.", model="gpt-4o", **asking.options)
    other = ask("Other?", dot, model="gpt-4o", **asking.options)
    assert one.conversation is not None
    assert one.conversation != other.conversation
    two = ask("Two?", conversation=one.conversation, **asking.options)
    three = ask("Three?", tiny(5), conversation=one.conversation[:8], **asking.options)
    assert two.conversation == three.conversation == one.conversation
    flags = ("--cid", one.conversation, "--ledger", tmp_path / "ledger.db", "--json")
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": asking.base_url}
    assert command("ask", "Four?", dot, *flags, env=env).code == 3  # bytes in hand are kept nowhere
    assert said(asking.bodies[3]) == [
        ("system", "Be brief.", 0),
        ("user", "One?", 1),
        ("assistant", "Yes.", 0),
        ("user", "Two?", 0),
        ("assistant", "Yes.", 0),
        ("user", "Three?", 1),
    ]
    flags = ("--cid", str(other.conversation), *flags[2:])
    done = command("ask", "Four?", *flags, env=env)
    assert done.code == 0, done.err
    assert said(asking.bodies[-1]) == [("user", "Other?", 1), ("assistant", "Yes.", 0), ("user", "Four?", 0)]
    five = ask("Five?", conversation=other.conversation, **asking.options)
    assert [text for role, text, _ in said(asking.bodies[-1]) if role == "user"] == ["Other?", "Four?", "Five?"]
    assert {body["model"] for body in asking.bodies} == {"gpt-4o"}
    assert five.record()["command"] == "ask"


def test_a_picture_that_was_only_in_hand_stays_in_its_conversation(asking: Asking, dot: Path) -> None:
    from PIL import Image

    picture = Image.new("RGB", (60, 40), "red")
    one = ask("One?", [picture, dot], crop=(0, 0, 30, 30), **asking.options)
    two = ask("Two?", conversation=one, **asking.options)
    ask("Three?", tiny(7), conversation=two, **asking.options)
    with pytest.raises(errors.InputError, match="not kept with the conversation"):
        ask("Four?", conversation=one.conversation, **asking.options)
    ask("Four?", [tiny(7), picture], conversation=one.conversation, **asking.options)
    bodies = asking.bodies
    assert [body["messages"][0] for body in bodies] == [bodies[0]["messages"][0]] * 4
    assert [images for role, _, images in said(bodies[3]) if role == "user"] == [2, 0, 1, 0]
    with pytest.raises(errors.UsageError, match="not kept"):
        ask("Two?", conversation=ask("One?", dot, log=False, **asking.options), **asking.options)


def test_a_conversation_that_is_not_kept_or_held_elsewhere_does_not_go_on(
    asking: Asking, dot: Path, answers: AnswerServer
) -> None:
    assert ask("One?", dot, log=False, **asking.options).conversation is None
    begun = ask("One?", dot, **asking.options).conversation
    with pytest.raises(errors.UsageError, match="no conversation has the id 'feed'"):
        ask("Two?", conversation="feed", **asking.options)
    with pytest.raises(errors.UsageError, match="no conversation can go on"):
        ask("Two?", conversation=begun, log=False, **asking.options)
    assert len(asking.bodies) == 2


def test_a_schema_may_be_words_a_dict_a_file_or_a_class(answers: AnswerServer, dot: Path, tmp_path: Path) -> None:
    from pydantic import BaseModel

    class Bill(BaseModel):
        shop: str
        total: float

    table = {
        "type": "object",
        "title": "Bill",
        "properties": {"shop": {"type": "string"}, "total": {"type": "number"}},
        "required": ["shop", "total"],
    }
    (tmp_path / "bill.json").write_text(json.dumps(table))
    (tmp_path / "bill.toml").write_text('prompt = "What?"\nschema = "bill.json"\n')
    asking = Asking(answers, tmp_path / "ledger.db", '{"shop": "Kiosk", "total": 3.5}')
    ways: list[dict[str, Any]] = [
        {"schema": Bill},
        {"schema": table},
        {"schema": json.dumps(table)},
        {"schema": tmp_path / "bill.json"},
        {"template": tmp_path / "bill.toml"},
        {"schema": "shop, total float"},
    ]
    for way in ways:
        data = ask("What?", dot, **way, **asking.options).data
        assert data is not None
        assert Bill.model_validate(data) == Bill(shop="Kiosk", total=3.5)
    sent = [body["response_format"]["json_schema"]["schema"]["properties"] for body in asking.bodies]
    assert [{name: each["type"] for name, each in fields.items()} for fields in sent] == [
        {"shop": "string", "total": "number"}
    ] * len(ways)
    assert [body["response_format"]["json_schema"]["name"] for body in asking.bodies[:5]] == ["Bill"] * 5


def test_a_schema_for_many_gives_a_list_and_a_wrong_one_is_refused(
    answers: AnswerServer, dot: Path, tmp_path: Path
) -> None:
    asking = Asking(answers, tmp_path / "ledger.db", '{"items": [{"name": "tea"}]}')
    reply = ask("What?", dot, schema_multi="name", **asking.options)
    assert reply.data == {"items": [{"name": "tea"}]}
    with pytest.raises(errors.UsageError, match="exclude each other"):
        ask("What?", dot, schema="name", schema_multi="name", **asking.options)
    with pytest.raises(errors.UsageError, match="as int"):
        ask("What?", dot, schema=7, **asking.options)  # type: ignore[arg-type]
    with pytest.raises(errors.UsageError, match=r"gone\.json"):
        ask("What?", dot, schema=tmp_path / "gone.json", **asking.options)


def test_a_plan_takes_the_first_images_or_a_sample(tmp_path: Path) -> None:
    folder = fill(tmp_path / "many", 9)
    assert len(plan(folder, limit=4).images) == 4
    sample = [image.source.label for image in plan(folder, sample=3).images]
    assert len(sample) == 3
    assert sample == [image.source.label for image in plan(folder, sample=3).images]
    with pytest.raises(errors.UsageError, match=r"^sample= must"):
        plan(folder, sample=0)


def test_a_link_is_an_image(asking: Asking, dot: Path, links: PictureServer) -> None:
    link = links.put("library.png", dot.read_bytes())
    ask(QUESTION, dot, **asking.options)
    ask(QUESTION, link, allow_private_urls=True, **asking.options)
    by_path, by_link = asking.bodies
    assert by_path["messages"] == by_link["messages"]
    with pytest.raises(errors.ForbiddenAddress):
        ask(QUESTION, link, **asking.options)


@pytest.mark.parametrize(
    ("function", "name", "hint"),
    [
        pytest.param(ask, "dry_run", "plan", id="ask"),
        pytest.param(ask, "cid", "conversation=", id="a conversation"),
        pytest.param(scan, "output", "record", id="scan"),
        pytest.param(scan, "files_from", "list", id="a list"),
        pytest.param(check, "junit", "record", id="check"),
        pytest.param(plan, "compare", "each model", id="plan"),
    ],
)
def test_a_flag_of_commands_alone_is_refused_by_its_name(dot: Path, function: Any, name: str, hint: str) -> None:
    with pytest.raises(errors.UsageError, match=f"'{name}'") as refused:
        function(images=dot, **{name: "x"})
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("module", "options", "own"),
    [
        ("ask", AskOptions, {"words"}),
        ("scan", ScanOptions, {"words"}),
        ("check", CheckOptions, {"words", "against"}),
        ("cost", PlanOptions, {"paths", "question"}),
    ],
)
def test_each_flag_is_a_keyword_or_refused_and_each_keyword_is_told(
    dot: Path, module: str, options: Any, own: set[str]
) -> None:
    import importlib

    import visionask

    command = getattr(importlib.import_module(f"visionask.cli.{module}"), module)
    function = visionask.plan if module == "cost" else getattr(visionask, module)
    known = options.__optional_keys__
    # where nothing is sent, it does not matter where to; and a ledger is not looked into
    nowhere = {"base_url", "api_key_env", "timeout", "retries", "record", "replay", "ledger"}
    spelled = {"output_format": "format", "format_name": "format"}
    left = {spelled.get(name, name) for name in inspect.signature(command).parameters} - known - own
    for name in left - (nowhere if module == "cost" else set()):
        with pytest.raises(errors.UsageError, match=name):
            refuse_unknown(module, {name: None}, known)
    text = inspect.getdoc(function) or ""
    assert [name for name in known if f"\n{name}: " not in text.replace("    ", "")] == []
    assert known <= inspect.signature(function).parameters.keys()


def test_each_value_shows_itself_in_a_line_without_its_picture(asking: Asking, dot: Path, tmp_path: Path) -> None:
    (tmp_path / "no.png").write_text("no picture")
    good, bad = sorted(
        scan("Some?", [dot, tmp_path / "no.png"], **asking.options), key=lambda each: each.error is not None
    )
    assert repr(good) == f"Result('Yes.', images=['{dot}'], billed_usd={good.billed_usd}, is_cached=False)"
    name = str(tmp_path / "no.png")
    assert repr(bad) == (
        f"Result(error='not_an_image', message={bad.message!r}, images=['{name}'], billed_usd=None, is_cached=False)"
    )
    assert (str(good), str(bad)) == ("Yes.", f"{bad.message}; {bad.hint}")
    assert bad.error is not None
    assert (bad.message, bad.hint, good.message, good.hint) == (bad.error.message, bad.error.hint, None, None)
    planned = plan(dot, model="nobody-knows-it")
    assert repr(planned) == "Plan(images=1, failed=0, model='nobody-knows-it', input_tokens=None, input_usd=None)"
    assert repr(check("they look the same", dot, against=dot, **asking.options)) == "Checked('true', findings=1)"
    reply = ask("One?", dot, **asking.options)
    assert repr(reply) == (
        f"Reply('Yes.', images=['{dot}'], billed_usd={reply.billed_usd}, is_cached=False, "
        f"conversation={reply.conversation!r})"
    )
    many = ask("One?", [dot, tiny(1), tiny(2), tiny(3)], **asking.options)
    assert repr(many).count("bytes:") == 2
    assert ", ...]" in repr(many)


@pytest.mark.parametrize(
    ("told", "spoken"),
    [
        ("raise --max-cost, or use --detail low", 'raise max_cost=, or use detail="low"'),
        ("more than --max-cost $0.50 allows; stop", "more than max_cost=0.50 allows; stop"),
        (
            "--no-resize sends full size, so --max-side cannot hold",
            "no_resize=True sends full size, so max_side= cannot hold",
        ),
        ("x; --no-log asks without it", "x; log=False asks without it"),
        ("such as --crop 1,2,30,40", 'such as crop="1,2,30,40"'),
        ("or try `--local practice`; a server", 'or try `local="practice"`; a server'),
        ("-m gpt-6-luna", 'model="gpt-6-luna"'),
        ("see: visionask cost --exact, or leave --detail out", "see: visionask cost --exact, or leave detail= out"),
        ("a well-known --nothing", "a well-known --nothing"),
        ("--schema: the field has no name", "schema: the field has no name"),
    ],
)
def test_flags_are_spelled_as_keywords_and_commands_stay(told: str, spoken: str) -> None:
    assert spell(told) == spoken
    assert spell(spoken) == spoken


def test_an_error_names_keywords_and_its_hint_is_in_the_traceback(asking: Asking, dot: Path, tmp_path: Path) -> None:
    import traceback

    def told(function: Any, *args: Any, **options: Any) -> str:
        with pytest.raises(errors.VisionaskError) as caught:
            function(*args, **options)
        text = "".join(traceback.format_exception(caught.value))
        assert f"hint: {caught.value.hint}" in text
        return text.partition("visionask.core.errors.")[2]

    for text in (
        told(ask, "Why?", dot, max_cost="0", model="gpt-4o", **asking.options),
        told(lambda: list(scan("Why?", dot, max_cost="0.0000001", model="gpt-4o", **asking.options))),
        told(plan, dot, crop="1,2"),
        told(check, "it is red", dot, choice="a,b", score="1-5", **asking.options),
        told(ask, "Why?", dot, conversation="feed", log=False, **asking.options),
    ):
        assert "--" not in text, text
    (tmp_path / "no.png").write_text("no picture")
    (bad,) = scan("Some?", tmp_path / "no.png", **asking.options)
    assert bad.error is not None
    assert bad.error.__notes__ == [f"hint: {bad.hint}"]
    assert str(bad.record()["error"]["hint"]) == bad.hint


def test_a_wrong_keyword_names_the_near_one(dot: Path) -> None:
    with pytest.raises(TypeError, match=r"'maxcost'\. Did you mean 'max_cost'"):
        ask(QUESTION, dot, maxcost=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"'jbos'\. Did you mean 'jobs'"):
        scan(QUESTION, dot, jbos=1)  # type: ignore[call-arg]


def test_a_signature_has_each_keyword_with_its_type_and_default() -> None:
    keywords = inspect.signature(ask).parameters
    assert str(keywords["detail"]).startswith("detail: Optional[Literal['low', 'high', 'auto', 'original']] = None")
    assert str(keywords["log"]) == "log: bool = True"
    assert str(keywords["question"]) == "question: str | None = None"
    assert [inspect.signature(each).parameters["cache"].default for each in (ask, scan, check)] == [False, True, False]
    assert not [each for each in keywords.values() if each.kind is each.VAR_KEYWORD]


def test_a_pydantic_class_gives_its_instance(answers: AnswerServer, dot: Path, tmp_path: Path) -> None:
    from pydantic import BaseModel, Field, field_validator

    class Bill(BaseModel):
        shop: str = Field(alias="the shop")
        total: float

        @field_validator("total")
        @classmethod
        def is_positive(cls, value: float) -> float:
            if value <= 0:
                raise ValueError("a total is above 0")
            return value

    asking = Asking(answers, tmp_path / "ledger.db", '{"the shop": "Kiosk", "total": 3.5}')
    reply = ask("What?", dot, schema=Bill, **asking.options)
    assert isinstance(reply.data, Bill)
    assert (reply.data.shop, reply.data.total) == ("Kiosk", 3.5)
    assert reply.record()["data"] == {"the shop": "Kiosk", "total": 3.5}
    (result,) = scan("What?", dot, schema=Bill, **asking.options)
    assert result.data == reply.data
    many = Asking(
        answers, tmp_path / "many.db", '{"items": [{"the shop": "A", "total": 1}, {"the shop": "B", "total": 2}]}'
    )
    assert [bill.shop for bill in ask("What?", dot, schema_multi=Bill, **many.options).data] == ["A", "B"]
    wrong = Asking(answers, tmp_path / "wrong.db", '{"the shop": "A", "total": 0}')
    with pytest.raises(errors.SchemaMismatch, match="a total is above 0") as refused:
        ask("What?", dot, schema=Bill, **wrong.options)
    assert refused.value.outcome is not None
    assert refused.value.outcome.answer is not None
    (failed,) = scan("What?", dot, schema=Bill, **wrong.options)
    assert isinstance(failed.error, errors.SchemaMismatch)
    (known,) = scan("What?", dot, schema=Bill.model_json_schema(), **wrong.options)
    assert known.data == {"the shop": "A", "total": 0}
    assert known.is_cached


def test_what_is_told_names_keywords(asking: Asking, dot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISIONASK_DAILY_BUDGET", "5")
    told: list[str] = []
    ask("Why?", dot, log=False, on_notice=told.append, model="gpt-4o", **asking.options)
    assert "with log=False the daily budget sees this request alone" in told


@pytest.mark.parametrize(
    ("keywords", "fact"),
    [
        ({"max_tokens": "many"}, r"max_tokens= must be a whole number, not 'many'"),
        ({"temperature": "hot"}, r"temperature= must be a finite number, not hot"),
        ({"image_tokens": 2.5}, r"image_tokens= must be a whole number, not 2\.5"),
        ({"crop": (1, 2)}, r"crop="),
        ({"timeout": "long"}, r"timeout= must be"),
        ({"detail": "hihg"}, r"detail= must be"),
    ],
)
def test_a_value_of_the_wrong_type_is_told_by_its_keyword(
    asking: Asking, dot: Path, keywords: dict[str, Any], fact: str
) -> None:
    with pytest.raises(errors.UsageError, match=fact):
        ask("Why?", dot, **keywords, **asking.options)
    assert asking.bodies == []


def test_what_is_printed_is_what_a_command_shows(asking: Asking, dot: Path) -> None:
    assert str(plan(dot, model="gpt-4o")).startswith("1 image · gpt-4o low · ")
    same = check("they look the same", dot, against=dot, **asking.options)
    assert str(dot) in str(same)
    assert "true" in str(same)


def test_each_page_of_a_document_is_an_image(asking: Asking, tmp_path: Path) -> None:
    from PIL import Image

    pages = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    pages[0].save(tmp_path / "three.tiff", save_all=True, append_images=pages[1:])
    assert len(plan(tmp_path / "three.tiff", pages="all").images) == 3
    results = list(scan("Which colour?", tmp_path / "three.tiff", pages="2-3", **asking.options))
    assert sorted(result.images[0].rpartition("#")[2] for result in results) == ["page=2", "page=3"]
    reply = ask("Which colours?", tmp_path / "three.tiff", pages="1,3", **asking.options)
    assert len(reply.images) == 2


def test_a_plan_counts_a_schema_and_a_template(dot: Path) -> None:
    bare = plan(dot, question="Who?").projection.text_tokens
    assert plan(dot, question="Who?", schema="name, age int").projection.text_tokens > bare + 10
    templated = plan(dot, template="alt")
    assert templated.question is not None
    assert templated.projection.text_tokens > bare
    assert plan(dot, local="practice").projection.input_usd == 0
