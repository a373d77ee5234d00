"""What of a finding may be shown: homes, users, logins and secrets are hidden, and nothing else is."""

from __future__ import annotations

import pytest

from visionask.core.errors import StateError
from visionask.core.finding import Finding, Privacy, failure

PRIVACY = Privacy(homes=("/home/ann", "/home/ann/"), users=("ann",), secrets=("sk-canary", "abc", "sk-canary-long"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("the ledger /home/ann/a.db is damaged", "the ledger ~/a.db is damaged", id="below a home"),
        pytest.param("/home/ann", "~", id="a home itself"),
        pytest.param("/home/anna/a.db", "/home/anna/a.db", id="a longer name"),
        pytest.param("'/home/ann/a b.db'", "'~/a b.db'", id="quoted"),
        pytest.param("/mnt/home/ann/x", "/mnt/home/***/x", id="a home elsewhere"),
        pytest.param("/media/ann/disk/a.db", "/media/***/disk/a.db", id="a user in a path"),
        pytest.param(r"D:\Users\ann\a.db", r"D:\Users\***\a.db", id="with backslashes"),
        pytest.param("ann is a word", "ann is a word", id="a user's name as a word"),
        pytest.param("https://host/ann/v1", "https://host/ann/v1", id="a path of a URL"),
        pytest.param("https://ann:p@ss/w@host/v1", "https://***@host/v1", id="a login"),
        pytest.param("'https://host/v1?key=x&y=1' is odd", "'https://host/v1?***' is odd", id="a query"),
        pytest.param("no=sk-canary.", "no=***.", id="a secret"),
        pytest.param("sk-canary-long", "***", id="the longer secret first"),
        pytest.param("abc", "abc", id="too short for a secret"),
    ],
)
def test_what_is_private_is_hidden(text: str, shown: str) -> None:
    assert PRIVACY.hide(text) == shown


def test_nothing_is_hidden_from_who_has_no_home() -> None:
    assert Privacy(homes=("", "/"), users=("",), secrets=("",)).hide("/a/b /") == "/a/b /"


def test_an_error_is_hidden_with_its_finding() -> None:
    (shown,) = PRIVACY.hide_all([failure("s", "n", StateError("/home/ann/x", "rm /home/ann/x"))])
    assert (shown.fact, shown.hint, shown.status) == ("~/x", "rm ~/x", "fail")
    assert shown.error is not None
    assert (str(shown.error), shown.error.message, shown.error.hint) == ("~/x", "~/x", "rm ~/x")


def test_a_finding_is_ok_unless_it_warns() -> None:
    assert Finding("s", "n", "f").status == "ok"
    assert Finding("s", "n", "f", is_warning=True).status == "warn"
