"""Owns the words of a conversation's slash commands, for `/help` and for TAB."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prompt_toolkit.completion import CompleteEvent, Completer

COMMANDS = {
    "image": ("/image FILE|URL", "one more image, from the next question on"),
    "detail": ("/detail LEVEL", "low, high, auto or original, for all images"),
    "model": ("/model NAME", "another model, from the next question on"),
    "cost": ("/cost", "what was spent, and what the next turn is projected at"),
    "undo": ("/undo", "take back the last question and its answer"),
    "save": ("/save FILE", "write the conversation as .md or .json"),
    "help": ("/help", "this list"),
    "quit": ("/quit", "leave, as Ctrl-D does"),
}
WITH_FILE = ("image", "save")
NOTES = (
    "Alt-Enter, or a backslash at the end, begins a new line; // at the beginning sends a /; "
    "Ctrl-C stops an answer, and Ctrl-D leaves"
)


def completer() -> Completer:
    """Complete slash commands, and the names of files behind those that take one."""
    from prompt_toolkit.completion import Completer, Completion, PathCompleter
    from prompt_toolkit.document import Document

    class Slash(Completer):
        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
            text = document.text
            name, space, rest = text[1:].partition(" ")
            if not text.startswith("/") or document.cursor_position < len(text):
                return
            if not space:
                yield from (Completion(each, start_position=-len(name)) for each in COMMANDS if each.startswith(name))
            elif name in WITH_FILE:
                yield from PathCompleter(expanduser=True).get_completions(Document(rest), complete_event)

    return Slash()
