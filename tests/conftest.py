"""What every test may ask for: the shared data, and that a needed thing is not skipped in CI."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# How long an example takes says what else this machine does, not whether the code is right.
settings.register_profile("linewarden", deadline=None)
settings.load_profile("linewarden")

ROOT = Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """The folder of pictures, clips and weights: `LINEWARDEN_DATA`, else beside the project."""
    return Path(os.environ.get("LINEWARDEN_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def data() -> Path:
    """The shared data; skips with a reason where it is absent."""
    folder = data_folder()
    if not (folder / "videos" / "truth.csv").is_file():
        pytest.skip(f"no shared data at {folder}; set LINEWARDEN_DATA")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With LINEWARDEN_NO_SKIP=1 a test that needs data or a service fails instead of skipping."""
    report = yield
    needs: Any = "data" in getattr(item, "fixturenames", ()) or item.get_closest_marker("services")
    if report.skipped and needs and os.environ.get("LINEWARDEN_NO_SKIP") == "1":
        report.outcome = "failed"
        report.longrepr = f"must not be skipped here: {report.longrepr}"
    return report
