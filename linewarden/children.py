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
        self._may_end: set[str] = set()

    def start(
        self,
        name: str,
        module: str,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        may_end: bool = False,
    ) -> None:
        """Run a module of ours; its output goes to `NAME.log`. With `may_end` it is no service."""
        if may_end:
            self._may_end.add(name)
        with self.log_of(name).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(env),
                preexec_fn=_end_with_parent,
            )
        self._running[name] = process

    def have_ended(self, names: Sequence[str]) -> bool:
        """Whether all of these have ended well; `CommandError` if one has ended badly."""
        self.check()
        return all(self._running[name].poll() is not None for name in names)

    def log_of(self, name: str) -> Path:
        """The file with a child's output."""
        return self._folder / f"{name}.log"

    def check(self) -> None:
        """`CommandError` with its last words if a child that should run has ended."""
        for name, process in self._running.items():
            code = process.poll()
            if code is not None and not (code == 0 and name in self._may_end):
                raise self._fault(name, code)

    def _fault(self, name: str, code: int) -> CommandError:
        said = self.log_of(name).read_text(encoding="utf-8", errors="replace").strip()
        last = said.splitlines()[-1] if said else "it said nothing"
        return CommandError(f"{name} ended with code {code}: {last}", f"read {self.log_of(name)}")

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
