"""The bash script. For bash 3.2 (macOS) and newer; needs nothing of the bash-completion package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree import MADE, Value, quoted

if TYPE_CHECKING:
    from tree import Command, Option

OWN = """\
# Names in the user's config file or templates folder, read without starting anything.
_visionask_own() {
    local folder="${XDG_CONFIG_HOME:-${HOME:-}/.config}/visionask" config line found pattern
    [[ -d $folder ]] || folder="${HOME:-}/Library/Application Support/visionask"
    config="${VISIONASK_CONFIG:-$folder/config.toml}"
    if [[ $1 == templates ]]; then
        [[ $config == */* ]] || config="./$config"
        for line in "${config%/*}"/templates/*.toml; do
            found="${line##*/}"
            found="${found%.toml}"
            if [[ -f $line && $found =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]]; then words+=" $found"; fi
        done
        return
    fi
    [[ -f $config && -r $config ]] || return 0
    pattern="^[[:space:]]*\\[[[:space:]]*$1[[:space:]]*\\.[[:space:]]*(([A-Za-z0-9_-]+)|\\"([A-Za-z0-9][A-Za-z0-9_./:-]*)\\")"
    while IFS= read -r line || [[ -n $line ]]; do
        if [[ $line =~ $pattern ]]; then words+=" ${BASH_REMATCH[2]}${BASH_REMATCH[3]}"; fi
    done <"$config"
}"""


def bash(root: Command) -> str:
    """Write the script. Where it has no words of its own, readline completes files."""
    commands = root.walk()
    return "\n".join(
        [
            f"# bash completion for visionask. {MADE}",
            OWN,
            "_visionask() {",
            '    local cur prev="" at="" index word line="${COMP_LINE:-}" before=" "',
            '    local skip="" words="" plain="" files=""',
            "    local -a typed=()",
            "    COMPREPLY=()",
            # COMP_WORDBREAKS makes gemma3:4b three words, and readline replaces the last of them alone
            "    for ((index = 0; index <= COMP_CWORD; index++)); do",
            '        word="${COMP_WORDS[index]}"',
            "        if [[ -n $line && $line != [[:space:]]* && ( $word == :* || $before == *: ) ]]; then",
            '            typed[${#typed[@]}-1]+="$word"',
            "        else",
            '            typed+=("$word")',
            "        fi",
            '        before=$word line="${line#"${line%%[![:space:]]*}"}"',
            '        line="${line#"$word"}"',
            "    done",
            '    cur="${typed[${#typed[@]}-1]}"',
            "    for ((index = 1; index < ${#typed[@]} - 1; index++)); do",
            '        word="${typed[index]}"',
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
            "        esac",
            "    elif [[ $cur == -* ]]; then",
            '        case "$at" in',
            *[f'            {quoted(c.at)}) words="{" ".join(c.option_names)}" ;;' for c in commands],
            "        esac",
            "    else",
            '        case "$at" in',
            *[_plain(c) for c in commands],
            "        esac",
            "    fi",
            '    if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); fi',
            "    if [[ $cur == *:* && ${COMP_WORDBREAKS:-} == *:* && -n ${COMP_LINE:-} ]]; then",
            '        COMPREPLY=(${COMPREPLY[@]+"${COMPREPLY[@]#"${cur%"${cur##*:}"}"}"})',
            "    fi",
            # without words readline completes files: bash 3.2 always, newer ones only where files are wanted
            "    if [[ -z $files ]]; then compopt +o default +o bashdefault 2>/dev/null || :; return; fi",
            "    if [[ -z $words ]]; then return; fi",
            '    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")',
            "    compopt -o filenames 2>/dev/null || :",
            "}",
            "complete -o bashdefault -o default -F _visionask visionask",
            "",
        ]
    )  # fmt: skip


def _child(command: Command) -> str:
    return quoted(f"{' '.join(command.path[:-1])} {command.path[-1]}")


def _patterns(command: Command) -> str:
    return "|".join(quoted(f"{command.at} {name}") for option in command.valued_options for name in option.names)


def _plain(command: Command) -> str:
    found = f'words="{" ".join(command.plain_words)}"' if command.children else _found(command.argument)
    return f"            {quoted(command.at)}) {found} ;;"


def _value(command: Command, option: Option) -> list[str]:
    value = option.value or Value()
    pattern = "|".join(quoted(f"{command.at} {name}") for name in option.names)
    if value.is_folder:
        return [
            f"            {pattern})",
            '                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")',
            "                compopt -o filenames 2>/dev/null || :",
            "                return ;;",
        ]
    return [f"            {pattern}) {found} ;;"] if (found := _found(value)) else []


def _found(value: Value) -> str:
    said = [f'words="{" ".join(value.words)}"'] if value.words else []
    said += [f"_visionask_own {value.own}"] if value.own else []
    return "; ".join([*said, "files=1"] if value.is_file else said)
