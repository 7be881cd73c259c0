"""The command line: one table of commands, errors as one line each."""

import importlib
import sys
from typing import Any

import typer

from core.errors import BadInput, HotlineError

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("app.commands.centre", "up"),
    "prepare": ("app.commands.centre", "prepare"),
    "asterisk": ("app.commands.asterisk", "asterisk"),
    "worker": ("app.commands.centre", "worker"),
    "migrate": ("app.commands.centre", "migrate"),
    "demo": ("app.commands.demo", "demo"),
    "check": ("app.commands.house", "check"),
    "test": ("app.commands.house", "run_tests"),
    "lock": ("app.commands.house", "lock"),
    "token": ("app.commands.accounts", "token"),
    "passwd": ("app.commands.accounts", "passwd"),
    "people": ("app.commands.accounts", "people"),
    "qa": ("app.commands.qa", "app"),
    "acd": ("app.commands.acd", "app"),
    "ivr": ("app.commands.ivr", "app"),
    "recordings": ("app.commands.recordings", "app"),
    "models": ("app.commands.models", "app"),
    "bench": ("app.commands.bench", "app"),
}
"""Command → where it is: a function, or a group of commands (`typer.Typer`)."""


def build(names: list[str]) -> typer.Typer:
    """The command line with these commands; loading them all is only needed to list them."""
    line = typer.Typer(
        help="An open-source telephone contact centre on Asterisk.", no_args_is_help=True,
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    )  # fmt: skip
    line.callback()(lambda: None)
    for name in names:
        module, attribute = COMMANDS[name]
        what: Any = getattr(importlib.import_module(module), attribute)
        if isinstance(what, typer.Typer):
            line.add_typer(what, name=name)
        else:
            line.command(name)(what)
    return line


def main() -> None:
    asked = [word for word in sys.argv[1:2] if word in COMMANDS]
    try:
        result = build(asked or list(COMMANDS))(standalone_mode=False)
    except HotlineError as fault:
        print(f"hotline: {fault}", file=sys.stderr)
        sys.exit(fault.exit_code)
    except typer.Exit as ended:
        sys.exit(ended.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except typer.TyperException as fault:
        print(f"hotline: {fault} (`--help` says how)", file=sys.stderr)
        sys.exit(BadInput.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    sys.exit(result if isinstance(result, int) else 0)
