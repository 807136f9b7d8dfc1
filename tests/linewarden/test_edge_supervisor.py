"""Processes that are kept running, and that never outlive the one that keeps them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PROGRAM = """
import sys
from tests.linewarden.test_edge_supervisor import note_and_wait
from linewarden.supervisor import Job, Supervisor

if __name__ == "__main__":
    folder = sys.argv[1]
    Supervisor([Job(name, note_and_wait, (folder, name)) for name in ("a", "b")]).run()
"""
ROOT = Path(__file__).resolve().parents[2]


def note_and_wait(folder: str, name: str) -> None:
    """A child: writes down its process id, and ends when it is told to."""
    from linewarden.supervisor import Stop

    stop = Stop()
    part = Path(folder) / f".{name}.{os.getpid()}"
    part.write_text(str(os.getpid()))
    part.replace(Path(folder) / name)
    stop.event.wait()


def start(folder: Path) -> subprocess.Popen[bytes]:
    program = folder / "program.py"
    program.write_text(PROGRAM)
    return subprocess.Popen(
        [sys.executable, str(program), str(folder)], env={**os.environ, "PYTHONPATH": str(ROOT)}
    )


def until(condition: Callable[[], bool], limit_s: float = 30.0) -> None:
    end_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.02)


def child(folder: Path, name: str) -> int:
    until((folder / name).exists)
    return int((folder / name).read_text())


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_killed_child_is_started_again_and_the_other_left_alone(tmp_path: Path) -> None:
    parent = start(tmp_path)
    try:
        first, other = child(tmp_path, "a"), child(tmp_path, "b")
        os.kill(first, signal.SIGKILL)
        until(lambda: child(tmp_path, "a") != first)
        assert is_running(other)
    finally:
        parent.terminate()
        parent.wait(30)


def test_sigterm_ends_parent_and_children(tmp_path: Path) -> None:
    parent = start(tmp_path)
    pids = [child(tmp_path, "a"), child(tmp_path, "b")]
    parent.terminate()
    assert parent.wait(30) == 0
    assert not any(map(is_running, pids))


def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    parent = start(tmp_path)
    pids = [child(tmp_path, "a"), child(tmp_path, "b")]
    parent.kill()
    parent.wait(30)
    until(lambda: not any(map(is_running, pids)))
