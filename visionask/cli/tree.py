"""The commands and groups as Typer runs them: their help, and what is known of a command line that is wrong."""

from __future__ import annotations

from typing import Any, ClassVar

import typer
import typer.core

from visionask.cli.options import with_options

_WRITTEN_AS_JSON = ("json", "jsonl")


class Line:
    """What a command line says of how an error is to be told; filled in as soon as that much of it is understood."""

    def __init__(self) -> None:
        self.command = ""
        self.is_json = self.is_debug = self.is_plain = False

    def read(self, ctx: Any, values: dict[str, Any]) -> None:
        """Take in the flags of a command."""
        self.command = " ".join(ctx.command_path.split()[1:2])
        chosen = values.get("output_format") or values.get("format_name")
        self.is_json = bool(values.get("as_json")) or chosen in _WRITTEN_AS_JSON
        self.is_debug, self.is_plain = bool(values.get("debug")), bool(values.get("no_color"))


class _Helped:
    """A command or group whose help `cli/help.py` writes."""

    _help_all: Any = None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from visionask.cli.help import write_help

        write_help(self, ctx, formatter)

    def get_help_option(self, ctx: Any) -> Any:
        """Return --help, which shows a page."""
        found: Any = super().get_help_option(ctx)  # type: ignore[misc]
        if found is not None:
            found.callback = _show_help
        return found

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options, with that of --help-all."""
        if self._help_all is None:
            self._help_all = typer.core.TyperOption(
                param_decls=["--help-all"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_explain_all,
                help="Explain every flag.",
            )
        found: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        return [*found, self._help_all]


EXPLAINS_ALL = "visionask.explains_all"


def _explain_all(ctx: Any, _param: Any, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        ctx.meta[EXPLAINS_ALL] = True
        _show_help(ctx, _param, value)


def _show_help(ctx: Any, _param: Any, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from visionask.cli.help import show_page

        show_page(ctx.get_help())
        ctx.exit()


class Command(_Helped, typer.core.TyperCommand):
    """A command that notes how its errors are to be told, also where its flags cannot be read."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.params = with_options(self)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        line, words = ctx.ensure_object(Line), list(args)
        try:
            rest = super().parse_args(ctx, args)
        except Exception as error:
            line.read(ctx, self._understood(ctx, words))
            if getattr(error, "ctx", self) is None:
                error.ctx = ctx  # type: ignore[attr-defined]
            raise
        line.read(ctx, ctx.params)
        return rest

    def _understood(self, ctx: Any, words: list[str]) -> dict[str, Any]:
        """Return the values of those flags of a wrong command line that can be read."""
        before, ctx.resilient_parsing = ctx.resilient_parsing, True
        parser = self.make_parser(ctx)
        parser.ignore_unknown_options = True
        values, _, _ = parser.parse_args(words)
        ctx.resilient_parsing = before
        return values


class Group(_Helped, typer.core.TyperGroup):
    """A group of commands. Where it has a `bare` one, that is run where none is named."""

    bare: ClassVar[str] = ""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if self.bare and (not args or (args[0].startswith("-") and args[0] not in ("-h", "--help", "--help-all"))):
            args = [self.bare, *args]
        return super().parse_args(ctx, args)

    def meant(self, _args: list[str]) -> str:
        """Return the command line that one without a known command may have meant; "" where nothing tells."""
        return ""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except Exception as error:
            from visionask.core.suggest import did_you_mean

            otherwise = self.meant(args) or f"{ctx.command_path} --help"
            hint = did_you_mean(args[0], list(self.commands), otherwise=otherwise)
            error.hint = hint  # type: ignore[attr-defined]
            line = ctx.ensure_object(Line)
            line.command = line.command or args[0]
            line.is_json = "--json" in args[: args.index("--") if "--" in args else None]  # no command says otherwise
            raise


class Listing(Group):
    """`logs` alone is `logs list`."""

    bare = "list"


class Showing(Group):
    """`config` alone is `config show`."""

    bare = "show"


def tree(text: str | None = None, *, cls: type[Group] = Group, **more: Any) -> typer.Typer:
    """Return a Typer app with this help."""
    return typer.Typer(
        cls=cls,
        help=text,
        no_args_is_help=not cls.bare,
        suggest_commands=False,  # cli/app.py does, in the words of all hints
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        **more,
    )
