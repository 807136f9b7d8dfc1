"""Processes that are kept running: started, watched, restarted, stopped, never orphaned."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import SpawnProcess
from typing import Any, NoReturn

import structlog

FIRST_WAIT_S, LONGEST_WAIT_S, HEALTHY_S = 0.5, 30.0, 60.0
STOP_S = 10.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """One process: a name for the log, an importable function, and what it gets (picklable)."""

    name: str
    target: Callable[..., None]
    args: tuple[Any, ...]


class _Child:
    """One job's present process and when it may be started again."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.process: SpawnProcess | None = None
        self.started_s = 0.0
        self.wait_s = FIRST_WAIT_S
        self.due_s = 0.0

    def start(self, now_s: float) -> None:
        context = multiprocessing.get_context("spawn")
        self.process = context.Process(
            target=self.job.target, args=self.job.args, name=self.job.name
        )
        self.process.start()
        self.started_s = now_s

    def reap(self, now_s: float) -> int | None:
        """The exit code once it is gone; the next start is then due."""
        if self.process is None or self.process.exitcode is None:
            return None
        code = self.process.exitcode
        self.process.close()
        self.process = None
        if now_s - self.started_s >= HEALTHY_S:
            self.wait_s = FIRST_WAIT_S
        self.due_s = now_s + self.wait_s
        self.wait_s = min(LONGEST_WAIT_S, self.wait_s * 2)
        return code


class Supervisor:
    """Runs jobs until SIGTERM or SIGINT. Call from the main thread of the program."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._children = [_Child(job) for job in jobs]
        self._stopping = False
        self._read, self._write = os.pipe()

    def run(self) -> None:
        """Keep all jobs running; returns when they are stopped."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._asked_to_stop)
        try:
            while not self._stopping:
                self._tend(time.monotonic())
        finally:
            self._stop_all()

    def _asked_to_stop(self, _number: int, _frame: object) -> None:
        self._stopping = True
        os.write(self._write, b".")

    def _tend(self, now_s: float) -> None:
        for child in self._children:
            code = child.reap(now_s)
            if code is not None:
                again_s = round(child.due_s - now_s, 1)
                _log.warning("process ended", process=child.job.name, code=code, again_s=again_s)
            if child.process is None and child.due_s <= now_s:
                child.start(now_s)
        running = [child.process.sentinel for child in self._children if child.process]
        waits = [child.due_s - now_s for child in self._children if child.process is None]
        connection.wait([self._read, *running], timeout=max(0.0, min(waits, default=5.0)))

    def _stop_all(self) -> None:
        living = [child.process for child in self._children if child.process is not None]
        for process in living:
            process.terminate()
        until_s = time.monotonic() + STOP_S
        for process in living:
            process.join(max(0.0, until_s - time.monotonic()))
            if process.exitcode is None:
                _log.warning("process does not stop; killed", process=process.name)
                process.kill()
                process.join()


class Stop:
    """In a child: set once it should end, by its parent's word or by its parent's end."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.orphaned = False
        signal.signal(signal.SIGTERM, lambda *_: self.event.set())
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C reaches the whole group
        threading.Thread(target=self._watch_parent, name="parent", daemon=True).start()

    def _watch_parent(self) -> None:
        parent = multiprocessing.parent_process()
        if parent is None:
            return
        connection.wait([parent.sentinel])
        self.orphaned = True
        self.event.set()
        time.sleep(3.0)
        os._exit(0)  # whatever hangs: nobody is left to restart or to stop us


def leave(code: int = 0) -> NoReturn:
    """End this process without waiting for threads that hang in a camera's time-outs."""
    os._exit(code)
