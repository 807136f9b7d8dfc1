"""The parts of the edge that are pure: when to look, when a camera is dead, what is written."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from pathlib import Path

import pytest

from events.record import Clock
from linewarden.drafts import Instants, instant
from linewarden.gaze import Gaze
from linewarden.health import Absence, due, lost
from linewarden.settings import CameraSettings
from linewarden.status import CameraStatus, report, write_status

CAMERA = CameraSettings.model_validate(
    {"id": "north", "analyse": {"url": "rtsp://10.0.0.7/a"}, "site": {"lon": 118.9, "lat": 32.1}}
)


def test_everything_is_looked_at_while_something_moves() -> None:
    gaze = Gaze()
    assert all(gaze.wants(t / 4, moving=True, busy=False) for t in range(40))


def test_an_idle_camera_is_looked_at_every_ten_seconds() -> None:
    gaze = Gaze()
    looked = [t for t in range(0, 61, 2) if gaze.wants(float(t), moving=False, busy=False)]
    assert looked == [0, 10, 20, 30, 40, 50, 60]


def test_an_idle_camera_is_looked_at_at_every_key_frame_while_a_rule_is_busy() -> None:
    gaze = Gaze()
    assert all(gaze.wants(float(t), moving=False, busy=True) for t in range(0, 60, 2))


def test_a_camera_that_is_away_for_29_seconds_is_no_event() -> None:
    away = lost(Absence(), 100.0, "connection refused")
    assert not due(away, 129.0)
    assert due(away, 130.0)


def test_a_frozen_camera_is_dead_at_once() -> None:
    assert due(lost(Absence(), 100.0, "frozen"), 100.0, frozen=True)


def test_a_camera_is_told_dead_once() -> None:
    assert not due(Absence(100.0, "gone", told=True), 500.0)


def test_a_changed_reason_does_not_start_the_absence_anew() -> None:
    away = lost(lost(Absence(), 100.0, "closed"), 120.0, "connection refused")
    assert (away.since_s, away.reason) == (100.0, "connection refused")


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        (UTC, "2026-11-24T00:00:00.125Z"),
        (timezone(timedelta(hours=8)), "2026-11-24T08:00:00.125+08:00"),
    ],
)
def test_instants_carry_milliseconds_and_their_offset(zone: timezone, text: str) -> None:
    assert instant(1795478400.1251, zone) == text


def test_the_time_of_an_event_is_that_of_its_picture_not_of_its_signing() -> None:
    now = Instants(1795478400.0, 50.0, "boot", Clock(source="none", synced=False), UTC)
    when = now.when(1795478398.5, 12)
    assert (when.captured, when.signed) == ("2026-11-23T23:59:58.500Z", "2026-11-24T00:00:00.000Z")
    assert (when.monotonic_ms, when.camera_clock_offset_ms) == (50_000, 12)


def test_a_camera_that_has_not_reported_is_unknown_and_not_fine(tmp_path: Path) -> None:
    [row] = report(tmp_path, [CAMERA], 10.0)
    assert (row["state"], row["last_frame_age_s"]) == ("unknown", None)


def test_a_camera_reports_its_state_and_the_age_of_its_last_frame(tmp_path: Path) -> None:
    write_status(tmp_path, "north", CameraStatus("ok", 97.5, "", 99.0))
    [row] = report(tmp_path, [CAMERA], 100.0)
    assert (row["state"], row["last_frame_age_s"], row["reason"]) == ("ok", 2.5, None)
    assert row["site"] == {"lon": 118.9, "lat": 32.1, "facing_deg": None, "range_m": 100.0}


def test_a_report_that_is_not_renewed_is_not_believed(tmp_path: Path) -> None:
    write_status(tmp_path, "north", CameraStatus("ok", 97.5, "", 99.0))
    [row] = report(tmp_path, [CAMERA], 130.0)
    assert row["state"] == "unknown"


def test_a_half_written_report_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "north.json").write_text('{"state": "o')
    [row] = report(tmp_path, [CAMERA], 130.0)
    assert row["state"] == "unknown"


def test_a_reason_is_never_longer_than_the_store_takes(tmp_path: Path) -> None:
    write_status(tmp_path, "north", CameraStatus("ok", 1.0, "地面 " * 100, 2.0))
    [row] = report(tmp_path, [CAMERA], 3.0)
    assert len(row["reason"]) == 200
