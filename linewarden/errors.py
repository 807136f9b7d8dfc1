"""What the command line says when it cannot go on: one line, and what to do."""

from __future__ import annotations

from linewarden.yamlfile import ConfigError

DONE, FOUND_WRONG, USED_WRONGLY = 0, 1, 2


class CommandError(Exception):
    """Something outside the rooms stops a command (a port in use, no answer from the store)."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def line_of(error: BaseException) -> str | None:
    """`message; remedy` for the errors that the rooms raise; None for anything else: a bug.

    Every room's errors carry `remedy`; nothing else does.
    """
    if isinstance(error, ConfigError):
        return str(error)
    remedy = getattr(error, "remedy", None)
    if not isinstance(remedy, str):
        return None
    message = str(error).rstrip(".; ")
    return message if not remedy or remedy in message else f"{message}; {remedy}"


def exit_code(error: BaseException) -> int:
    """Settings that cannot be used are wrong use; everything else is something found wrong."""
    return USED_WRONGLY if isinstance(error, ConfigError) else FOUND_WRONG
