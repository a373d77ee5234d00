"""The PowerShell script. For PowerShell 5 and newer; where it offers nothing, PowerShell completes files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree import MADE

if TYPE_CHECKING:
    from tree import Command, Value

HEAD = """\
Register-ArgumentCompleter -Native -CommandName visionask -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    # each text is a word, a space, and its help; a Hashtable from New-Object tells -i from -I
    $below = New-Object System.Collections.Hashtable
    $options = New-Object System.Collections.Hashtable
    $values = New-Object System.Collections.Hashtable
    $own = New-Object System.Collections.Hashtable
"""

TAIL = """\
    $at = ''
    $skip = ''
    foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        $word = $element.Extent.Text
        if ($skip -ne '') { $skip = ''; continue }
        if ($word.StartsWith('-')) {
            if ($values.ContainsKey("$at $word")) { $skip = "$at $word" }
            continue
        }
        foreach ($text in $below[$at]) {
            if (($text -split ' ', 2)[0] -ceq $word) { $at = "$at $word".Trim(); break }
        }
    }
    $found = @()
    $table = $null
    if ($skip -ne '') { $found = @($values[$skip]); $table = $own[$skip] }
    elseif ($wordToComplete.StartsWith('-')) { $found = @($options[$at]) }
    else { $found = @($below[$at]); $table = $own[$at] }
    if ($table) {
        # the names in the config file, or of the templates beside it
        $config = $env:VISIONASK_CONFIG
        if (-not $config) {
            $folders = @()
            if ($env:LOCALAPPDATA) { $folders += Join-Path $env:LOCALAPPDATA 'visionask' }
            if ($env:XDG_CONFIG_HOME) { $folders += Join-Path $env:XDG_CONFIG_HOME 'visionask' }
            $folders += Join-Path $HOME '.config/visionask'
            $folders += Join-Path $HOME 'Library/Application Support/visionask'
            $folder = $folders | Where-Object { Test-Path -LiteralPath $_ } | Select-Object -First 1
            if ($folder) { $config = Join-Path $folder 'config.toml' }
        }
        if ($config -and $table -eq 'templates') {
            $folder = Join-Path (Split-Path -Parent ([IO.Path]::GetFullPath($config))) 'templates'
            $files = Get-ChildItem -LiteralPath $folder -Filter '*.toml' -ErrorAction SilentlyContinue
            foreach ($file in $files) { $found += $file.BaseName }
        } elseif ($config -and (Test-Path -LiteralPath $config -PathType Leaf)) {
            $pattern = '^\\s*\\[\\s*' + $table + '\\s*\\.\\s*(?:"([A-Za-z0-9][A-Za-z0-9_./:-]*)"|([A-Za-z0-9_-]+))'
            foreach ($line in (Get-Content -LiteralPath $config -ErrorAction SilentlyContinue)) {
                if ($line -match $pattern) { $found += "$($Matches[1])$($Matches[2])" }
            }
        }
    }
    foreach ($text in $found) {
        if (-not $text) { continue }
        $word, $help = $text -split ' ', 2
        if (-not $word.StartsWith($wordToComplete)) { continue }
        if (-not $help) { $help = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $help)
    }
}
"""


def powershell(root: Command) -> str:
    """Write the script."""
    lines = [line for command in root.walk() for line in _tables(command)]
    return f"# PowerShell completion for visionask. {MADE}\n{HEAD}{''.join(lines)}{TAIL}"


def _tables(command: Command) -> list[str]:
    children = [f"{child.path[-1]} {child.help}" for child in command.children]
    options = [f"{name} {option.help}" for option in command.options for name in option.names]
    values = [
        _row("values", f"{command.at} {name}", option.value.words)
        for option in command.valued_options
        for name in option.names
        if option.value
    ]
    return [
        _row("below", command.at, children or command.argument.words),
        _row("options", command.at, options),
        *values,
        *_own(command.at, command.argument),
        *[row for o in command.valued_options for name in o.names for row in _own(f"{command.at} {name}", o.value)],
    ]


def _own(key: str, value: Value | None) -> list[str]:
    return [f"    $own[{_quoted(key)}] = {_quoted(value.own)}\n"] if value and value.own else []


def _row(table: str, key: str, texts: list[str] | tuple[str, ...]) -> str:
    return f"    ${table}[{_quoted(key)}] = @({', '.join(_quoted(text) for text in texts)})\n"


def _quoted(text: str) -> str:
    plain = text.translate({0x2018: "'", 0x2019: "'", 0x201A: "'", 0x201B: "'"})  # all of them quote there
    ascii_only = plain.encode("ascii", "replace").decode()  # PowerShell 5 reads other bytes as ANSI
    return "'" + ascii_only.replace("'", "''") + "'"
