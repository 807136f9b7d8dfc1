"""The store's version, as every answer names it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def store_version() -> str:
    """Version of the installed package; `0+source` when run from a plain checkout."""
    try:
        return version("linewarden")
    except PackageNotFoundError:
        return "0+source"
