"""The command line: one table of commands, errors as one line each."""

import importlib
import io
import os
import sys
from contextlib import suppress
from typing import Any

import typer

from core import log
from core.errors import BadInput, HotlineError
from core.settings import strangers

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("app.commands.centre", "up"),
    "prepare": ("app.commands.centre", "prepare"),
    "asterisk": ("app.commands.asterisk", "asterisk"),
    "worker": ("app.commands.centre", "worker"),
    "migrate": ("app.commands.centre", "migrate"),
    "backup": ("app.commands.backup", "backup"),
    "restore": ("app.commands.backup", "restore"),
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

TELL_THEMSELVES = ("up", "worker")
"""Commands that tell of settings nobody knows in the log, or are started by one that has."""


def build(names: list[str]) -> typer.Typer:
    """The command line with these commands; loading them all is only needed to list them."""
    line = typer.Typer(
        help="An open-source telephone contact centre on Asterisk.",
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
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of files may be no UTF-8, a terminal may know fewer letters than ours; JSON knows what is written then.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = _run()
        print(end="", flush=True)
    except BrokenPipeError:
        code = _unheard(0)
    except OSError as fault:
        log.say(_line(": ".join(filter(None, (fault.filename, fault.strerror or str(fault))))), "error")
        code = _unheard(BadInput.exit_code if fault.filename else HotlineError.exit_code)
    sys.exit(code)


def _run() -> int:
    """The exit code; raises OSError for what no command has foreseen."""
    asked = [word for word in sys.argv[1:2] if word in COMMANDS]
    log.configure(as_json=False, level="WARNING")  # until a command knows better: on no account to standard output
    if asked and asked[0] not in TELL_THEMSELVES:
        for line in strangers(os.environ):
            log.say(_line(line), "warning")
    try:
        result = build(asked or list(COMMANDS))(standalone_mode=False, prog_name="hotline")
    except HotlineError as fault:
        for each in (fault, *fault.also):
            log.say(_line(each), "error")
        return fault.exit_code
    except typer.Exit as ended:
        return ended.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except typer.TyperException as fault:
        print(_line(f"{fault.format_message().rstrip('.')} (`--help` says how)"), file=sys.stderr)
        return BadInput.exit_code
    return result if isinstance(result, int) else 0


def _line(fault: object) -> str:
    return " ".join(f"hotline: {fault}".splitlines())


def _unheard(code: int) -> int:
    """Nobody takes what is still to be printed: without this Python tries again at its end, and complains."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
