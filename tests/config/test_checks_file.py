"""Files of checks: what they say, and which table and key a bad one is told to mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from visionask.config.checks import read_checks
from visionask.core.checks import Baselines, Choice, Predicate, Rule, Score
from visionask.core.errors import UsageError
from visionask.core.geometry import Box

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
threshold = 0.8
[[check]]
name = "login"
images = ["shots/*.png", "https://example.org/a.png"]
statements = ["a button is visible"]
against = "base.png"
unsure = [0.7, 0.9]
[[check.choices]]
question = "Which theme?"
values = ["light", "dark"]
expect = "dark"
[[check.scores]]
question = "How sharp?"
range = "1-5"
expect = ">=4"
[[check]]
images = ["b.png"]
statements = ["it is red"]
threshold = 0.9
"""


def test_a_file_says_what_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "a[1]" / "checks.toml"
    path.parent.mkdir()
    path.write_text(GOOD)
    first, second = read_checks(str(path))
    folder = f"{tmp_path}/a[1]"
    assert first.images == (f"{tmp_path}/a[[]1]/shots/*.png", "https://example.org/a.png")
    assert (first.name, first.against) == ("login", f"{folder}/base.png")
    assert [point.question for point in first.points] == [
        Predicate(id="q1", text="a button is visible"),
        Choice(id="q2", text="Which theme?", values=("light", "dark")),
        Score(id="q3", text="How sharp?", low=1, high=5),
    ]
    assert first.points[0].rule == Rule(threshold=0.8, unsure=(0.7, 0.9))
    assert first.points[1].rule.expected == {"dark"}
    assert first.points[2].rule.expected == {"4", "5"}
    assert second.points[0].rule == Rule(threshold=0.9)


def test_a_file_says_what_images_are_held_against(tmp_path: Path) -> None:
    top = 'tolerance = 0.01\nagainst-dir = "all"\n'
    tables = ("", 'against_dir = "own"\ntolerance = "0.1%"\nignore = ["0,0,4,3"]', 'against = "one.png"')
    checks = "".join(f'[[check]]\nimages = ["a.png"]\nstatements = ["a"]\n{table}\n' for table in tables)
    (tmp_path / "checks.toml").write_text(top + checks)
    whole, own, one = read_checks(str(tmp_path / "checks.toml"))
    assert whole.baselines == Baselines(f"{tmp_path}/all", 0.01)
    assert own.baselines == Baselines(f"{tmp_path}/own", 0.001, (Box(0, 0, 4, 3),))
    assert (one.against, one.baselines) == (f"{tmp_path}/one.png", Baselines(None, 0.01))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no [[check]]"),
        ("check = 1", "holds no [[check]]"),
        ("[[check]]\nimages = ['a']", "[[check]] 1 has no statements"),
        ("[[check]]\nstatements = ['a']", "[[check]] 1.images must be a list of texts"),
        ("[[check]]\nimages = 'a'\nstatements = ['a']", "[[check]] 1.images must be a list of texts"),
        ("[[check]]\nimages = ['a']\nstatements = [1]", "[[check]] 1.statements must be a list of texts"),
        ("[[check]]\nimage = ['a']", "[[check]] 1: image is no key of it"),
        ("[[check]]\nimages = ['a']\nstatements = ['a']\nthreshold = 2", "[[check]] 1.threshold must be a probability"),
        ("[[check]]\nimages = ['a']\nstatements = ['a']\nunsure = 0.4", "[[check]] 1.unsure must be"),
        ("[[check]]\nimages = ['a']\nchoices = ['a']", "[[check]] 1.choices must be a list of tables"),
        (
            "[[check]]\nimages=['a']\n[[check.choices]]\nquestion='q'\nvalues=['a']",
            "[[check]] 1 choices 1.values must be",
        ),
        ("[[check]]\nimages=['a']\n[[check.scores]]\nquestion='q'\nrange='5'", "[[check]] 1 scores 1.range must be"),
        ("[[check]]\nimages=['a']\n[[check.scores]]\nquestion='q'\nrange='1-5'\nexpect=9", "scores 1.expect must be"),
        ("[[check]]\nimages=['a']\nstatements=['a']\ntolerance='x'", "[[check]] 1.tolerance must be a share such as"),
        ("[[check]]\nimages=['a']\nstatements=['a']\nignore=['1,2']", "[[check]] 1.ignore must be a list of boxes"),
        ("[[check]]\nimages=['a']\nagainst='b'\nagainst-dir='c'", "against and against_dir exclude each other"),
        ("[[check]", "not TOML"),
        ("x = " + "[" * 5000, "not TOML"),
    ],
)
def test_a_bad_file_names_the_table_and_the_key(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "checks.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_checks(str(path))
    assert told in caught.value.message
    assert caught.value.hint


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_checks(str(tmp_path / "none.toml"))
