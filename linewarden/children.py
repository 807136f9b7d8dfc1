"""Programs that the demo starts, and that never outlive it."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from linewarden.errors import CommandError

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)  # before any fork: a child of a threaded process must not import
STOP_S = 8.0


class Children:
    """A context: everything started in it is stopped when it is left, however that happens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(
        self,
        name: str,
        module: str,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        stdin: bytes | None = None,
    ) -> None:
        """Run a module of ours; its output goes to `NAME.log`. `stdin` may hold a secret."""
        with self.log_of(name).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(env),
                preexec_fn=_end_with_parent,
            )
        self._running[name] = process
        if stdin is not None and process.stdin is not None:
            process.stdin.write(stdin)
            process.stdin.close()

    def log_of(self, name: str) -> Path:
        """The file with a child's output."""
        return self._folder / f"{name}.log"

    def check(self) -> None:
        """`CommandError` with a child's last words if one has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                said = self.log_of(name).read_text(encoding="utf-8", errors="replace").strip()
                last = said.splitlines()[-1] if said else "it said nothing"
                raise CommandError(
                    f"the {name} ended with code {process.returncode}: {last}",
                    f"read {self.log_of(name)}",
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._running.values():
            process.terminate()
        until_s = time.monotonic() + STOP_S
        for process in self._running.values():
            try:
                process.wait(max(0.1, until_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _end_with_parent() -> None:
    """In the child: ctrl-C is the parent's business, and its end is ours (Linux)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
