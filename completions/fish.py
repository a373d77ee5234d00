"""The fish script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree import MADE

if TYPE_CHECKING:
    from tree import Command, Value


OWN = """\
# Names in the user's config file or templates folder, read without starting anything.
function __visionask_own
    set -l folder $HOME/.config/visionask
    set -q XDG_CONFIG_HOME; and test -n "$XDG_CONFIG_HOME"; and set folder $XDG_CONFIG_HOME/visionask
    test -d $folder; or set folder "$HOME/Library/Application Support/visionask"
    set -l config $folder/config.toml
    set -q VISIONASK_CONFIG; and test -n "$VISIONASK_CONFIG"; and set config $VISIONASK_CONFIG
    if test $argv[1] = templates
        string match -q '*/*' -- $config; or set config ./$config
        for file in (string replace -r '/[^/]*$' '' -- $config)/templates/*.toml
            string replace -rf '.*/([^/]*)\\.toml$' '$1' -- $file
        end
    else if test -f $config -a -r $config
        set -l start '^\\s*\\[\\s*'$argv[1]'\\s*\\.\\s*'
        string replace -rf $start'(?|"([A-Za-z0-9][A-Za-z0-9_./:-]*)"|([A-Za-z0-9_-]+)).*' '$1' <$config
    end
end"""


def fish(root: Command) -> str:
    """Write the script. A function of its own finds the command, as a question may contain any word."""
    commands = root.walk()
    return "\n".join(
        [
            f"# fish completion for visionask. {MADE}",
            "# Every line below asks where the cursor is: it is found out once for a command line.",
            "function __visionask_at",
            "    set -l words (commandline -opc)",
            "    set -l line (string join \\x1f -- $words)",
            '    if not set -q __visionask_line; or test "$__visionask_line" != "$line"',
            "        set -g __visionask_line $line",
            "        set -g __visionask_found (__visionask_find $words[2..-1])",
            "    end",
            '    test "$__visionask_found" = "$argv[1]"',
            "end",
            "function __visionask_find",
            "    set -l at ''",
            "    set -l skip 0",
            "    for word in $argv",
            "        if test $skip = 1",
            "            set skip 0",
            "            continue",
            "        end",
            '        switch "$at $word"',
            *[_case(f"{c.at} {sub.path[-1]}", f"set at {_quoted(sub.at)}") for c in commands for sub in c.children],
            *[_case(f"{c.at} {name}", "set skip 1") for c in commands for o in c.valued_options for name in o.names],
            "        end",
            "    end",
            "    echo $at",
            "end",
            OWN,
            *[line for command in commands for line in _command(command)],
            "",
        ]
    )  # fmt: skip


def _case(pattern: str, action: str) -> str:
    return f"            case {_quoted(pattern)}\n                {action}"


def _command(command: Command) -> list[str]:
    start = f"complete -c visionask -n {_quoted('__visionask_at ' + _quoted(command.at))}"
    lines = [f"{start} -f -a {child.path[-1]} -d {_quoted(child.help)}" for child in command.children]
    if command.argument.words:
        lines.append(f"{start} -f -a {_words(command.argument)}")
    elif not command.argument.is_file:
        lines.append(f"{start} -f")
    for option in command.options:
        names = " ".join(f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in option.names)
        lines.append(f"{start} {names}{_value(option.value)} -d {_quoted(option.help)}")
    return lines


def _value(value: Value | None) -> str:
    if value is None:
        return ""
    if value.words:
        return f" -{'r -F' if value.is_file else 'x'} -a {_words(value)}"
    if value.is_folder:
        return " -x -a '(__fish_complete_directories)'"
    return " -r -F" if value.is_file else " -x"


def _words(value: Value) -> str:
    own = (f"(__visionask_own {value.own})",) if value.own else ()
    return _quoted(" ".join((*value.words, *own)))


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
