"""The record: one encoding, no unknown fields, and each kind complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from events.record import Draft, Event, Gap, LostMedium
from events.seal import CanonicalError, RecordError, SealError, canonical, uuid7
from tests.events.sample import NOW_S, draft


def event(**changes: Any) -> Event:
    made = draft(**changes)
    return Event.model_validate(
        {
            **made.model_dump(),
            "schema": "linewarden.event.v1",
            "event_id": uuid7(NOW_S),
            "device_id": "box-1",
            "seq": 1,
            "prev": "sha256:" + "0" * 64,
        }
    )


def with_field(path: str, value: Any) -> bytes:
    """A canonical payload in which one field, by its dotted name, is another; None removes it."""
    found = json.loads(event().encode())
    *way, last = path.split(".")
    part = found
    for step in way:
        part = part[int(step)] if step.isdigit() else part[step]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return canonical(found)


def test_an_event_is_read_back_from_its_bytes() -> None:
    made = event()
    assert Event.decode(made.encode()) == made
    assert b"null" not in made.encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", "linewarden.event.v2"),
        ("unknown", 1),
        ("time.unknown", 1),
        ("label", "excavator"),
        ("event_id", "01A1FBAB-0E84-7C41-9A55-3D2F60B1E8A4"),
        ("event_id", "01a1fbab-0e84-4c41-9a55-3d2f60b1e8a4"),
        ("event_id", "01a1fbab-0e84-7c41-ca55-3d2f60b1e8a4"),
        ("seq", 0),
        ("seq", "1"),
        ("seq", True),
        ("prev", "0" * 64),
        ("kind", "tamper"),
        ("simulated", 1),
        ("simulated", "true"),
        ("simulated", None),
        ("seen", None),
        ("media_lost", []),
        ("explain", []),
        ("level", "green"),
        ("rule", None),
        ("class", "../../etc"),
        ("class", "a\n"),
        ("time.captured", "2026-11-21T09:14:13+08:00"),
        ("time.captured", "2026-02-30T09:14:13.480+08:00"),
        ("time.captured", "2026-11-21T25:14:13.480Z"),
        ("time.captured", "２026-11-21T09:14:13.480Z"),
        ("time.captured", "2026-11-21T09:14:13.480Z\n"),
        ("time.clock.synced", 1),
        ("seen.0.score_permille", "910"),
        ("seen.0.score_permille", -1),
        ("zone.polygon_px", [[1, 2], [3, 4]]),
        ("zone.polygon_px", [[1, 2], [3, 4], [5]]),
        ("gap", {"count": 1, "reason": "full"}),
    ],
)
def test_a_record_that_differs_from_the_schema_is_refused(path: str, value: Any) -> None:
    with pytest.raises(RecordError):
        Event.decode(with_field(path, value))


def test_what_is_not_canonical_is_refused_as_such() -> None:
    with pytest.raises(CanonicalError):
        Event.decode(event().encode().replace(b'":', b'": ', 1))
    for data in (b"", b"[]", b"{}", b"\xff"):
        with pytest.raises(SealError):
            Event.decode(data)


def test_an_opening_without_picture_says_why() -> None:
    bare = draft().model_dump() | {"media_lost": []}
    with pytest.raises(ValidationError, match="snapshot, or why it was lost"):
        Draft.model_validate(bare)
    with pytest.raises(ValidationError, match="clip, or why it was lost"):
        Draft.model_validate(bare | {"kind": "clip"})


def test_a_gap_says_what_is_missing_and_nothing_else_does() -> None:
    base = draft("ended").model_dump() | {"kind": "gap"}
    with pytest.raises(ValidationError, match="'gap' event"):
        Draft.model_validate(base)
    told = Draft.model_validate(base | {"gap": Gap(count=3, reason="disk_full")})
    assert told.gap is not None
    with pytest.raises(ValidationError, match="'gap' event"):
        Draft.model_validate(base | {"kind": "ended", "gap": told.gap})


@pytest.mark.parametrize("kind", ["raised", "lowered", "ended", "clip"])
def test_an_incident_event_without_its_incident_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match="incident_id, camera_id"):
        Draft.model_validate(draft(kind).model_dump() | {"incident_id": None, "camera_id": None})


def test_a_later_event_keeps_what_the_incident_is_about() -> None:
    opened = event()
    lost = LostMedium(role="clip", reason="edge_restarted")
    clip = opened.follow("clip", time=opened.time, explain=opened.explain, media_lost=[lost])
    assert clip.kind == "clip"
    assert (clip.incident_id, clip.rule, clip.zone) == (
        opened.incident_id,
        opened.rule,
        opened.zone,
    )
    assert (clip.media_lost, clip.seen, clip.label) == ([lost], [], "excavator")


def test_an_event_carries_the_numbers_of_its_rule_as_integers_with_units() -> None:
    made = event(numbers={"width_mm": 810, "limit_mm": 1100})
    assert Event.decode(made.encode()).numbers == {"width_mm": 810, "limit_mm": 1100}


def test_an_event_of_before_there_were_numbers_is_read_as_it_was_signed() -> None:
    assert b'"numbers"' not in event().encode()


@pytest.mark.parametrize("numbers", [{"width": 810}, {"width_m": 1}, {"width_mm": 0.81}])
def test_a_number_without_whole_unit_is_refused(numbers: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        draft(numbers=numbers)


def test_an_event_from_before_sensors_is_the_same_bytes_still() -> None:
    payload = (Path(__file__).parent / "vectors" / "event_v1_camera.json").read_bytes()
    assert Event.decode(payload).encode() == payload


def test_an_event_is_of_a_camera_or_of_a_sensor() -> None:
    with pytest.raises(ValueError, match="not of both"):
        draft(sensor={"id": "gas-1", "kind": "gas", "unit": "%LEL"})
