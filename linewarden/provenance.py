"""Which program, which settings: what each event says about how it came to be."""

from __future__ import annotations

import hashlib
import os
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from events.record import Software


def software() -> Software:
    """Name, version and build; the build is the commit where it is known."""
    return Software(name="linewarden", version=_version(), build=_build())


def config_digest(file: Path) -> str:
    """SHA-256 of the settings file's bytes."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def boot_id() -> str:
    """The kernel's name for this boot."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


def _version() -> str:
    try:
        return version("linewarden")
    except PackageNotFoundError:
        return "0"


def _build() -> str:
    stated = os.environ.get("LINEWARDEN_BUILD")
    if stated:
        return stated[:64]
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return "wheel"
    try:
        found = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "checkout"
    return found.stdout.strip() or "checkout"
