"""The editing of a config file: what is set is there, and nothing else has changed."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from visionask.config.editing import set_in_text, without

MODEL, BOX = ("model",), ("profiles", "box", "model")


@pytest.mark.parametrize(
    ("before", "keys", "after"),
    [
        pytest.param("", MODEL, 'model = "new"\n', id="an empty file"),
        pytest.param("", BOX, '[profiles.box]\nmodel = "new"\n', id="a table in an empty file"),
        pytest.param('model="old"', MODEL, 'model="new"\n', id="spacing"),
        pytest.param("model = 'o#d' # why\njobs = 2\n", MODEL, 'model = "new" # why\njobs = 2\n', id="its comment"),
        pytest.param("# head\n\njobs = 2\n", MODEL, '# head\n\njobs = 2\nmodel = "new"\n', id="behind the last"),
        pytest.param(
            "# head\n\n# of a\n[profiles.a]\njobs = 2\n",
            MODEL,
            'model = "new"\n\n# head\n\n# of a\n[profiles.a]\njobs = 2\n',
            id="before the first table and its comment",
        ),
        pytest.param(
            'model = "top"\n[profiles.box]\njobs = 2\n\n[models.x]\nlike = "gpt-4o"\n',
            BOX,
            'model = "top"\n[profiles.box]\njobs = 2\nmodel = "new"\n\n[models.x]\nlike = "gpt-4o"\n',
            id="into a table",
        ),
        pytest.param("[profiles.box]", BOX, '[profiles.box]\nmodel = "new"\n', id="into an empty table"),
        pytest.param("jobs = 2\n", BOX, 'jobs = 2\n\n[profiles.box]\nmodel = "new"\n', id="a new table"),
        pytest.param("jobs = 2\r\n", MODEL, 'jobs = 2\r\nmodel = "new"\r\n', id="line ends of Windows"),
        pytest.param(
            '[ profiles . "box" ] # x\n', BOX, '[ profiles . "box" ] # x\nmodel = "new"\n', id="spelled oddly"
        ),
        pytest.param('profiles.box.model = "a"\n', BOX, 'profiles.box.model = "new"\n', id="dotted keys"),
        pytest.param('profiles = {box = {model = "a"}}\n', BOX, 'profiles = {box = {model = "new"}}\n', id="inline"),
        pytest.param('model = """\nold"""\n', MODEL, 'model = "new"\n', id="a text of several lines"),
        pytest.param('"model" = "old"\n', MODEL, '"model" = "new"\n', id="a key in quotes"),
        pytest.param(
            'system = """\nmodel = "x"\n"""\n',
            MODEL,
            'system = """\nmodel = "x"\n"""\nmodel = "new"\n',
            id="a text that looks like the line",
        ),
    ],
)
def test_one_line_changes(before: str, keys: tuple[str, ...], after: str) -> None:
    assert set_in_text(before, keys, "new") == after


@pytest.mark.parametrize(
    ("before", "keys", "after"),
    [
        pytest.param('model = "a"', MODEL, "", id="the only line"),
        pytest.param('# m\nmodel = "a" # why\njobs = 2', MODEL, "# m\njobs = 2", id="with its comment"),
        pytest.param('[profiles.box]\nmodel = "a"\n', BOX, "[profiles.box]\n", id="the table stays"),
        pytest.param('model = "a"\r\njobs = 2\r\n', MODEL, "jobs = 2\r\n", id="line ends of Windows"),
        pytest.param('model = """\nold"""\n', MODEL, "", id="a text of several lines"),
        pytest.param('profiles.box.model = "a"\n', BOX, "", id="dotted keys"),
        pytest.param(
            'system = """\nmodel = "x"\n"""\nmodel = "y"\n',
            MODEL,
            'system = """\nmodel = "x"\n"""\n',
            id="a text that looks like it",
        ),
    ],
)
def test_one_line_goes(before: str, keys: tuple[str, ...], after: str) -> None:
    assert without(before, keys) == after


comments = st.text(st.characters(blacklist_categories=["Cc", "Cs"]), max_size=12).map(lambda text: f"# {text}")
values = st.one_of(
    st.integers(-9, 10**9),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=12),
)
names = st.sampled_from(["model", "detail", "base_url", "jobs", "timeout"])


def spelled(value: object) -> str:
    """Write a value by hand: every character of a text by its number."""
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(each):08x}" for each in value) + '"'
    return repr(value)


@st.composite
def files(draw: st.DrawFn) -> str:
    def table(header: list[str]) -> list[str]:
        lines = list(header)
        for name in draw(st.lists(names, unique=True, max_size=4)):
            lines += draw(st.lists(st.one_of(comments, st.just("")), max_size=2))
            tail = draw(st.one_of(st.just(""), comments.map(lambda text: f"  {text}")))
            lines.append(f"{draw(st.sampled_from(['', '  ']))}{name} = {spelled(draw(values))}{tail}")
        return lines

    lines = draw(st.lists(comments, max_size=2)) + table([])
    for name in draw(st.lists(st.sampled_from(["a", "box", "c-d"]), unique=True, max_size=3)):
        lines += table([f"[profiles.{name}]"])
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return end.join(lines) + draw(st.sampled_from(["", end]))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # loading Unicode's tables takes a second
@given(files(), st.one_of(names.map(lambda name: (name,)), names.map(lambda name: ("profiles", "box", name))), values)
def test_what_is_set_is_there_and_every_other_line_stays(text: str, keys: tuple[str, ...], value: object) -> None:
    made = set_in_text(text, keys, value)
    expected = tomllib.loads(text)
    table = expected
    for key in keys[:-1]:
        table = table.setdefault(key, {})
    was_there, table[keys[-1]] = keys[-1] in table, value
    assert tomllib.loads(made) == expected
    before, after = ([line.rstrip("\r") for line in each.split("\n")] for each in (text, made))
    gone = [line for line in before if line not in after]
    assert len(gone) <= was_there
    assert all(line.partition("#")[2] in made for line in gone)
