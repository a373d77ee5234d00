"""The PowerShell script, read by a grammar of PowerShell: the shell itself is not at hand everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tree_sitter
import tree_sitter_powershell

from tests.completions.made import FOLDER
from tests.completions.small_app import NASTY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def parse(script: bytes) -> Any:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language())).parse(script).root_node


def every(node: Any, kind: str) -> Iterator[Any]:
    if node.type == kind:
        yield node
    for child in node.children:
        yield from every(child, kind)


def literals(node: Any) -> list[str]:
    """Return the verbatim strings below a node as PowerShell reads them: a doubled quote is one."""
    return [each.text.decode()[1:-1].replace("''", "'") for each in every(node, "verbatim_string_characters")]


def table(root: Any, name: str) -> dict[str, list[str]]:
    """Return what the script puts into one of its tables: $NAME[KEY] = VALUES."""
    found = {}
    for each in every(root, "assignment_expression"):
        if each.text.startswith(f"${name}[".encode()):
            key, *values = literals(each)
            found[key] = values
    return found


def test_script_for_a_nasty_app_is_powershell(scripts: Path) -> None:
    script = (scripts / "visionask.ps1").read_bytes()
    root = parse(script)
    assert not root.has_error
    assert script.isascii()
    assert f"--model {NASTY}" in table(root, "options")["ask"]
    assert table(root, "values")["ask --shape"] == ["round", "square"]
    assert [word.split()[0] for word in table(root, "below")["local"]] == ["list", "pull"]


def test_committed_script_is_powershell() -> None:
    root = parse((FOLDER / "visionask.ps1").read_bytes())
    assert not root.has_error
    assert table(root, "own")["ask --profile"] == ["profiles"]
    assert table(root, "values")["ask -d"] == ["low", "high", "auto", "original"]


def test_the_grammar_sees_a_bracket_that_is_left_open() -> None:
    script = (FOLDER / "visionask.ps1").read_bytes()
    assert parse(script.replace(b"{ break }", b"{ break", 1)).has_error
