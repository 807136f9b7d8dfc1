"""Runs a browser scenario (tests/system/browser/*.mjs) and answers its stages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent / "browser"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
Stage = Callable[[], dict[str, Any]]


def missing() -> str | None:
    """What a browser scenario still needs here, and how to get it; None if nothing."""
    if shutil.which("node") is None:
        return "node is not on this machine (Debian: apt install nodejs npm)"
    if not (HERE / "node_modules" / "playwright-core").is_dir():
        return "no playwright-core: run `npm ci` in tests/system/browser"
    named = os.environ.get("LINEWARDEN_CHROMIUM")
    if not named and not any(map(shutil.which, CHROMIUMS)):
        return "no Chromium on this machine (apt install chromium, or set LINEWARDEN_CHROMIUM)"
    return None


def run_scenario(
    script: str, *arguments: str, stages: Mapping[str, Stage] | None = None, limit_s: float = 100
) -> dict[str, Any]:
    """The last JSON line of a scenario. Skips the test with a reason where a browser is missing."""
    lacking = missing()
    if lacking:
        pytest.skip(lacking)
    process = subprocess.Popen(
        ["node", script, *arguments],
        cwd=HERE,
        text=True,
        encoding="utf-8",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    stop = Timer(limit_s, process.kill)
    stop.start()
    with process:
        try:
            result = _talk(process, dict(stages or {}))
            _, said = process.communicate()
        finally:
            stop.cancel()
            process.kill()
    assert result is not None, f"{script} ended without a result:\n{said}"
    return result


def _talk(process: subprocess.Popen[str], stages: dict[str, Stage]) -> dict[str, Any] | None:
    assert process.stdin
    assert process.stdout
    for line in process.stdout:
        told: dict[str, Any] = json.loads(line)
        if "stage" not in told:
            return told
        process.stdin.write(json.dumps(stages[told["stage"]]()) + "\n")
        process.stdin.flush()
    return None
