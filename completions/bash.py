"""Owns the bash script. For bash 3.2 (macOS) and newer; needs nothing of the bash-completion package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree import MADE, quoted

if TYPE_CHECKING:
    from tree import Command, Option


def bash(root: Command) -> str:
    """Write the script. Where it has no words of its own, readline completes files."""
    commands = root.walk()
    return "\n".join(
        [
            f"# bash completion for visionask. {MADE}",
            "_visionask() {",
            '    local cur="${COMP_WORDS[COMP_CWORD]}" prev="" at="" index word line skip="" words="" plain=""',
            "    COMPREPLY=()",
            "    for ((index = 1; index < COMP_CWORD; index++)); do",
            '        word="${COMP_WORDS[index]}"',
            # COMP_WORDBREAKS makes --model=x three words
            '        if [[ $word == "=" ]]; then skip=$prev; continue; fi',
            "        if [[ -n $skip ]]; then skip=; prev=$word; continue; fi",
            "        prev=$word",
            '        if [[ $word == "--" ]]; then plain=1; break; fi',
            '        case "$at $word" in',
            *[f"            {_child(child)}) at={quoted(child.at)} ;;" for c in commands for child in c.children],
            *[f"            {_patterns(c)}) skip=$word ;;" for c in commands if c.valued_options],
            "        esac",
            "    done",
            '    if [[ $cur == "=" ]]; then skip=$prev; cur=""; fi',
            "    if [[ -n $plain ]]; then return; fi",
            "    if [[ -n $skip ]]; then",
            '        case "$at $skip" in',
            *[line for c in commands for option in c.valued_options for line in _value(c, option)],
            "            *) return ;;",
            "        esac",
            "    elif [[ $cur == -* ]]; then",
            '        case "$at" in',
            *[f'            {quoted(c.at)}) words="{" ".join(c.option_names)}" ;;' for c in commands],
            "        esac",
            "    else",
            '        case "$at" in',
            *[f'            {quoted(c.at)}) words="{" ".join(c.plain_words)}" ;;' for c in commands if c.plain_words],
            "        esac",
            "    fi",
            '    if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); fi',
            "}",
            "complete -o bashdefault -o default -F _visionask visionask",
            "",
        ]
    )  # fmt: skip


def _child(command: Command) -> str:
    return quoted(f"{' '.join(command.path[:-1])} {command.path[-1]}")


def _patterns(command: Command) -> str:
    return "|".join(quoted(f"{command.at} {name}") for option in command.valued_options for name in option.names)


def _value(command: Command, option: Option) -> list[str]:
    value = option.value
    pattern = "|".join(quoted(f"{command.at} {name}") for name in option.names)
    if value.words:
        return [f'            {pattern}) words="{" ".join(value.words)}" ;;']
    if value.is_folder:
        return [
            f"            {pattern})",
            '                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")',
            "                compopt -o filenames 2>/dev/null",
            "                return ;;",
        ]
    return []
