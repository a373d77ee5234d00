"""The zsh script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree import MADE, quoted

if TYPE_CHECKING:
    from tree import Command, Option, Value


OWN = """\
# _visionask_values TABLE WORD...: the words, and the names in the user's config file or templates folder.
_visionask_values() {
    local own=$1 config=${VISIONASK_CONFIG:-} folder=${XDG_CONFIG_HOME:-$HOME/.config}/visionask line expl
    local name="([A-Za-z0-9_-]+)" quoted='"([A-Za-z0-9][A-Za-z0-9_./:-]*)"' start
    start="^[[:space:]]*\\[[[:space:]]*${own}[[:space:]]*\\.[[:space:]]*"
    shift
    local -a match mbegin mend found
    found=("$@")
    [[ -d $folder ]] || folder="$HOME/Library/Application Support/visionask"
    [[ -n $config ]] || config=$folder/config.toml
    if [[ $own == templates ]]; then
        found+=(${config:h}/templates/*.toml(N-.:t:r))
    elif [[ -f $config && -r $config ]]; then
        while IFS= read -r line || [[ -n $line ]]; do
            if [[ $line =~ $start$name || $line =~ $start$quoted ]]; then found+=($match[1]); fi
        done <$config
    fi
    _wanted values expl value compadd -a found
}
_visionask_values_or_files() { _visionask_values "$@"; _files }"""


def zsh(root: Command) -> str:
    """Write the script; it works from fpath and through eval."""
    functions = [line for command in root.walk() for line in _function(command)]
    return "\n".join(
        [
            "#compdef visionask",
            f"# zsh completion for visionask. {MADE}",
            OWN,
            *functions,
            # the same file is autoloaded from fpath and sourced or evaluated
            'if [[ $funcstack[1] == _visionask ]]; then _visionask "$@"; else compdef _visionask visionask; fi',
            "",
        ]
    )


def _function(command: Command) -> list[str]:
    specs = [f"        {quoted(spec)} \\" for option in command.options for spec in _specs(option)]
    head = [f"{_name(command)}() {{"]
    if not command.children:
        tail = f"        {quoted('*:argument:' + _action(command.argument))}"
        return [*head, "    _arguments -s -S \\", *specs, tail, "}"]
    described = [f"            {quoted(_colons(c.path[-1]) + ':' + c.help)}" for c in command.children]
    return [
        *head,
        '    local curcontext="$curcontext" state line',
        "    local -A opt_args",
        "    _arguments -C -S \\",
        *specs,
        "        '1: :->command' '*:: :->rest'",
        "    if [[ $state == command ]]; then",
        "        local -a commands",
        "        commands=(",
        *described,
        "        )",
        "        _describe command commands",
        "    elif [[ $state == rest ]]; then",
        "        case $words[1] in",
        *[f"            {c.path[-1]}) {_name(c)} ;;" for c in command.children],
        "        esac",
        "    fi",
        "}",
    ]


def _name(command: Command) -> str:
    return "_".join(("_visionask", *command.path)).replace("-", "_")


def _specs(option: Option) -> list[str]:
    excluded = "*" if option.is_repeatable else f"({' '.join(option.names)})"
    text = option.help.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    if option.value is None:
        return [f"{excluded}{name}[{text}]" for name in option.names]
    after = f":{_colons(option.metavar)}:{_action(option.value)}"
    return [f"{excluded}{name}{'=' if name.startswith('--') else '+'}[{text}]{after}" for name in option.names]


def _action(value: Value) -> str:
    if value.own:  # the leading space: the function is called as it is written
        name = "_visionask_values_or_files" if value.is_file else "_visionask_values"
        return f" {' '.join((name, value.own, *value.words))}"
    if value.words:
        return f"({' '.join(value.words)})"
    if value.is_folder:
        return "_files -/"
    return "_files" if value.is_file else " "


def _colons(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")
