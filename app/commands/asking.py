"""A new password, asked of the person at the terminal or read from standard input."""

import getpass
import sys

from core.errors import BadInput


def asked_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("new password: ")
    if first != getpass.getpass("once more: "):
        raise BadInput("the two passwords differ", "try again")
    return first
