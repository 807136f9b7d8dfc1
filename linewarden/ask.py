"""Secrets that a person or a script gives to a command: never as an argument."""

from __future__ import annotations

import getpass
import sys

from linewarden.errors import CommandError
from linewarden.secret import read_secret


def secret_from(what: str, variable: str | None) -> str:
    """From the environment if a variable is named, else asked for, else the first line of stdin."""
    if variable is not None:
        try:
            return read_secret(variable, None) or ""
        except ValueError as error:
            message, _, remedy = str(error).partition("; ")
            raise CommandError(message, remedy) from None
    given = getpass.getpass(f"{what}: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not given.strip():
        raise CommandError(f"no {what} given", "type it, pipe it in, or name a variable")
    return given.strip()


def new_secret_from(what: str, variable: str | None) -> str:
    """The same, asked for twice when a person types it."""
    first = secret_from(what, variable)
    if (
        variable is None
        and sys.stdin.isatty()
        and getpass.getpass(f"{what} once more: ").strip() != first
    ):
        raise CommandError(f"the two {what}s differ", "try again")
    return first
