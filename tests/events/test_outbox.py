"""The outbox in daily use: chain, media, incidents, queue, room, and files that are not its own."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from events.outbox import Decision, Device, Outbox, Settled
from events.record import Draft, LostMedium
from events.seal import OutboxError, Signer, uuid7
from tests.events.boxes import (
    DEVICE,
    ENROLMENT,
    MEGABYTE,
    Clock,
    open_box,
    open_parcel,
    picture,
    whole_chain,
)
from tests.events.sample import INSTANT, NOW_S, draft


def media_files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "media").iterdir()}


def test_events_form_a_chain_from_the_enrolment_record(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        first = box.append(draft())
        box.append(draft("ended", media=[]))
    assert first is not None
    assert (first.seq, first.prev, first.device_id) == (1, f"sha256:{ENROLMENT}", "box-1")
    assert [event.kind for event in whole_chain(tmp_path)] == ["opened", "ended"]


def test_the_chain_goes_on_after_all_was_delivered_and_the_box_restarted(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        first = box.append(draft())
        box.succeeded(box.lease()[0])
    with open_box(tmp_path) as box:
        second = box.append(draft())
        digest = box.lease()[0]
    assert first is not None
    assert second is not None
    assert second.seq == 2
    assert second.prev != first.prev
    assert digest.seq == 2


def test_a_new_key_starts_a_new_chain(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        box.append(draft())
    other = Device("box-1", "cd" * 32, Signer.generate())
    with open_box(tmp_path, device=other) as box:
        event = box.append(draft())
    assert event is not None
    assert (event.seq, event.prev) == (1, "sha256:" + "cd" * 32)


def test_a_delivered_medium_stays_while_another_event_needs_it(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        for _ in range(2):
            box.append(draft(media=[picture(box)]))
        assert len(media_files(tmp_path)) == 1
        first, second = box.lease(2)
        box.succeeded(first)
        assert len(media_files(tmp_path)) == 1
        box.succeeded(second)
        assert media_files(tmp_path) == set()
        assert box.status().used_bytes == 0


def test_a_medium_put_but_not_yet_named_outlives_the_delivery_of_its_twin(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        box.append(draft(media=[picture(box)]))
        kept = picture(box)
        box.succeeded(box.lease()[0])
        event = box.append(draft(media=[kept]))
    assert event is not None
    assert event.media == [kept]
    assert media_files(tmp_path) == {kept.sha256}


def test_an_event_whose_picture_vanished_says_so_in_both_languages(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        kept = picture(box)
        (tmp_path / "media" / kept.sha256).unlink()
        event = box.append(draft(media=[kept]))
    assert event is not None
    assert event.media == []
    assert [(m.role, m.reason) for m in event.media_lost] == [("snapshot", "not_kept")]
    assert "图片未能保存" in event.explain[0].text
    assert "could not be kept" in event.explain[1].text


def test_the_sweep_takes_old_orphans_and_nothing_that_a_row_needs(tmp_path: Path) -> None:
    clock = Clock()
    with open_box(tmp_path, clock=clock) as box:
        needed = picture(box, b"needed")
        box.append(draft(media=[needed]))
        claimed = picture(box, b"claimed")
        for name, age_s in (("0" * 64, 9000), (".new-old", 9000), ("1" * 64, 10), (".new-1", 10)):
            (tmp_path / "media" / name).write_bytes(b"orphan")
            os.utime(tmp_path / "media" / name, (clock.now_s - age_s,) * 2)
        os.utime(tmp_path / "media" / needed.sha256, (0, 0))
        os.utime(tmp_path / "media" / claimed.sha256, (0, 0))
        box.sweep()
        assert media_files(tmp_path) == {needed.sha256, claimed.sha256, "1" * 64, ".new-1"}
        clock.now_s += 4000
        box.sweep()
        assert media_files(tmp_path) == {needed.sha256}
        clock.now_s -= 10**6
        again = picture(box, b"made before the clock was set")
        clock.now_s += 2 * 10**9
        box.sweep()
        assert again.sha256 not in media_files(tmp_path)
        assert needed.sha256 in media_files(tmp_path)


def test_open_incidents_and_owed_clips_survive_a_restart(tmp_path: Path) -> None:
    first, second = uuid7(NOW_S), uuid7(NOW_S)
    with open_box(tmp_path) as box:
        box.append(draft(incident_id=first), state={"since_ms": 1, "note": "区域"})
        box.append(draft(incident_id=second, zone="other"))
        box.append(draft("raised", incident_id=second, zone="other"), state={"since_ms": 7})
    with open_box(tmp_path) as box:
        incidents = {i.incident_id: i for i in box.open_incidents("k12-north")}
        assert incidents[first].state == {"since_ms": 1, "note": "区域"}
        assert incidents[second].state == {"since_ms": 7}
        assert (incidents[first].zone_id, incidents[first].rule_id) == ("band5", "machine-in-zone")
        assert incidents[first].opened_s == NOW_S
        assert box.open_incidents("another") == ()
        owed = box.pending_clips()
        assert {event.incident_id for event in owed} == {first, second}
        told = LostMedium(role="clip", reason="edge_restarted")
        for event in owed:
            box.append(
                event.follow("clip", time=event.time, explain=event.explain, media_lost=[told])
            )
        assert box.pending_clips() == ()
        assert len(box.open_incidents()) == 2
        for incident in box.open_incidents():
            opened = incident.opened
            box.append(opened.follow("ended", time=opened.time, explain=opened.explain))
        assert box.open_incidents() == ()
    kinds = [event.kind for event in whole_chain(tmp_path)]
    assert kinds == ["opened", "opened", "raised", "clip", "clip", "ended", "ended"]


def test_a_raised_incident_keeps_the_state_that_came_with_it(tmp_path: Path) -> None:
    name = uuid7(NOW_S)
    with open_box(tmp_path) as box:
        box.append(draft(incident_id=name), state={"n": 1})
        box.append(draft("raised", incident_id=name), state={"n": 2})
        box.append(draft("lowered", incident_id=name))
        assert [i.state for i in box.open_incidents()] == [{"n": 2}]


def test_a_second_opening_of_the_same_rule_replaces_the_first(tmp_path: Path) -> None:
    first, second = uuid7(NOW_S), uuid7(NOW_S)
    with open_box(tmp_path) as box:
        box.append(draft(incident_id=first))
        box.append(draft(incident_id=second))
        assert [i.incident_id for i in box.open_incidents()] == [second]
        assert {e.incident_id for e in box.pending_clips()} == {first, second}


def test_a_leased_event_is_given_again_only_when_its_lease_is_over(tmp_path: Path) -> None:
    clock = Clock()
    with open_box(tmp_path, clock=clock) as box:
        for _ in range(3):
            box.append(draft())
        assert [p.seq for p in box.lease(2, lease_s=30)] == [1, 2]
        assert [p.seq for p in box.lease(5, lease_s=30)] == [3]
        assert box.lease() == []
        clock.now_s += 31
        assert [p.seq for p in box.lease(5)] == [1, 2, 3]
        box.release_leases()
        assert len(box.lease(5)) == 3


def test_put_off_and_parked_events_do_not_stop_the_others(tmp_path: Path) -> None:
    clock = Clock()
    with open_box(tmp_path, clock=clock) as box:
        for _ in range(3):
            box.append(draft())
        box.park(box.lease()[0], "http_422", "zone unknown")
        box.retry(box.lease()[0], 20.0, "http_503")
        assert [p.seq for p in box.lease()] == [3]
        clock.now_s += 21
        (again,) = box.lease()
        assert (again.seq, again.attempts) == (2, 1)
        assert dict(box.status().parked) == {"http_422": 1}
        assert box.requeue("auth") == 0
        assert box.requeue("http_422") == 1
        assert [p.seq for p in box.lease()] == [1]


@pytest.mark.parametrize("jump_s", [-(10**8), 10**8])
def test_no_jump_of_the_clock_holds_the_queue_for_ever(tmp_path: Path, jump_s: float) -> None:
    clock = Clock()
    with open_box(tmp_path, clock=clock) as box:
        box.append(draft())
        box.append(draft())
        box.retry(box.lease()[0], 600.0, "http_503")
        box.lease()
        clock.now_s += jump_s
        assert [p.seq for p in box.lease(5)] == [1, 2]


def test_events_put_off_by_a_lost_link_can_be_woken(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        box.append(draft())
        box.append(draft())
        box.retry(box.lease()[0], 60.0, "link")
        box.retry(box.lease()[0], 60.0, "http_503")
        box.wake("link")
        assert [p.seq for p in box.lease(5)] == [1]


def test_a_refused_event_is_owned_up_to_in_the_chain(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        box.append(draft())
        box.append(draft())
        (parcel,) = box.lease()
        box.park(parcel, "http_422", tampered=False)
        box.park(box.lease()[0], "auth")
        box.append(draft())
        box.append(draft())
        status = box.status()
    events = whole_chain(tmp_path)
    assert [e.kind for e in events] == ["opened", "opened", "gap", "opened", "opened"]
    gap = events[2].gap
    assert gap is not None
    assert (gap.count, gap.reason, gap.seq) == (1, "parked", 1)
    assert gap.payload_sha256 == parcel.payload_sha256
    assert (status.queued, status.tampered) == (3, False)


def test_tampering_once_noticed_stays_visible(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        box.append(draft())
        box.park(box.lease()[0], "prev_mismatch", tampered=True)
    with open_box(tmp_path) as box:
        assert box.status().tampered


def test_at_the_cap_pictures_go_first_then_events_and_both_are_told(tmp_path: Path) -> None:
    with open_box(tmp_path, cap_bytes=MEGABYTE // 10) as box:
        box.append(draft(media=[picture(box, b"x" * 80_000)]))
        lost = box.put_medium(
            b"y" * 20_000, role="snapshot", media_type="image/jpeg", captured=INSTANT, frame=1
        )
        assert isinstance(lost, LostMedium)
        assert lost.reason == "outbox_full"
        without_picture = box.append(draft(lost=[lost]))
        assert without_picture is not None
        assert "outbox_full" in without_picture.explain[1].text
        name = uuid7(NOW_S)
        while box.append(draft()) is not None:
            pass
        for _ in range(3):
            assert box.append(draft(incident_id=name)) is None
        status = box.status()
        assert (status.full, status.reason) == (True, "outbox_full")
        assert (status.refused_total, status.media_refused_total) == (2, 1)
        assert status.used_bytes <= status.cap_bytes
    with open_box(tmp_path, cap_bytes=MEGABYTE // 10) as box:
        assert box.status().refused_total == 2
        known = len(whole_chain(tmp_path))
        box.succeeded(box.lease()[0])
        event = box.append(draft())
        assert event is not None
        parcels = box.lease(100)
        gap = next(e.gap for e in map(open_parcel, parcels) if e.kind == "gap")
        assert gap is not None
        assert (gap.count, gap.reason) == (2, "outbox_full")
        assert event.seq == known + 2
        assert not box.status().full
        box.append(draft())
        assert [open_parcel(p).kind for p in box.lease(100)] == ["opened"]


def test_an_empty_medium_is_lost_rather_than_stored(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        lost = box.put_medium(
            b"", role="clip", media_type="video/mp4", captured=INSTANT, frame=0, duration_ms=0
        )
        assert lost == LostMedium(role="clip", reason="empty")


def test_the_status_tells_depth_and_age(tmp_path: Path) -> None:
    clock = Clock()
    with open_box(tmp_path, clock=clock) as box:
        assert box.status().oldest_age_s is None
        box.append(draft())
        clock.now_s += 12
        status = box.status()
    assert (status.queued, status.oldest_age_s, status.full) == (1, 12, False)


def test_what_the_outbox_writes_only_its_owner_can_read(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    with open_box(folder) as box:
        box.append(draft(media=[picture(box)]))
    for path in [folder, folder / "media", *folder.rglob("*")]:
        if not path.name.endswith(("-wal", "-shm")):
            assert path.stat().st_mode & 0o077 == 0, path


def alien(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE photos(id)")
    db.commit()
    db.close()


def old(path: Path) -> None:
    open_box(path.parent).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version=99")
    db.close()


def no_database(path: Path) -> None:
    path.write_bytes(b"this is no database, but it is longer than a header of SQLite" * 20)


@pytest.mark.parametrize("make", [alien, old, no_database])
def test_a_file_that_is_not_this_outbox_is_refused_and_left_as_it_is(
    tmp_path: Path, make: object
) -> None:
    path = tmp_path / "outbox.sqlite3"
    assert callable(make)
    make(path)
    before = path.read_bytes()
    with pytest.raises(OutboxError, match="outbox") as refused:
        open_box(tmp_path)
    assert refused.value.remedy
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutboxError, match="cannot open"):
        open_box(tmp_path / "file" / "spool")


def test_an_enrolment_digest_of_another_shape_is_refused() -> None:
    with pytest.raises(OutboxError, match="64 hex digits"):
        Device("box-1", "sha256:" + "0" * 64, DEVICE.signer)


def test_an_outbox_is_not_carried_over_a_fork(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        child = os.fork()
        if child == 0:
            os._exit(0 if _refuses(box) else 1)
        assert os.waitpid(child, 0)[1] == 0


def _refuses(box: Outbox) -> bool:
    try:
        box.append(draft())
    except OutboxError:
        return True
    return False


def sensor_draft(kind: str = "opened", **changes: Any) -> Draft:
    """A draft of a sensor: no camera, no zone, no picture."""
    fields = draft(kind).model_dump(by_alias=True, exclude={"camera_id", "zone", "frame_px"})
    fields |= {"seen": [], "model": None, "media_lost": [], "place": None, "class": "gas"}
    sensor = {"id": "gas-1", "kind": "gas", "unit": "%LEL"}
    return Draft.model_validate(fields | {"sensor": sensor, **changes})


def test_a_decision_rests_on_what_is_kept_and_is_written_with_its_event(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        done = box.settle("site", lambda was: Decision({"was": was, "n": 1}, sensor_draft()))
        assert done is not None
        assert done.event is not None
        assert done.event.source_id == "gas-1"
        assert box.settle("site", lambda was: Decision({"was": was, "n": 2})) == Settled(None)
    with open_box(tmp_path) as box:
        assert box.kept("site") == {"was": {"was": None, "n": 1}, "n": 2}
        assert [i.source_id for i in box.open_incidents("gas-1")] == ["gas-1"]
        assert box.pending_clips() == ()
    assert [event.kind for event in whole_chain(tmp_path)] == ["opened"]


def test_a_decision_without_room_changes_nothing_and_is_counted(tmp_path: Path) -> None:
    with open_box(tmp_path, cap_bytes=100) as box:
        assert box.settle("site", lambda _: Decision(1, sensor_draft())) is None
        assert box.kept("site") is None
        assert box.status().refused_total == 1


def test_two_sources_hold_one_incident_open_and_each_lets_go_of_it(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        camera = box.append(draft())
        assert camera is not None
        joined = sensor_draft("raised", incident_id=camera.incident_id)
        sensor = box.append(joined, state={"level": "red"})
        assert sensor is not None
        assert {i.source_id for i in box.open_incidents()} == {"k12-north", "gas-1"}
        box.settle("site", lambda _: Decision(None, closes=camera))
        assert [i.source_id for i in box.open_incidents()] == ["gas-1"]
        assert [event.incident_id for event in box.pending_clips()] == [camera.incident_id]
        box.append(sensor_draft("ended", incident_id=camera.incident_id))
        assert box.open_incidents() == ()


def test_an_outbox_of_the_version_before_goes_on(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        event = box.append(draft(), state={"level": "red"})
    assert event is not None
    with sqlite3.connect(tmp_path / "outbox.sqlite3") as db:
        db.executescript(
            "DROP TABLE kept; DROP INDEX incidents_open; ALTER TABLE incidents RENAME TO new;"
            "CREATE TABLE incidents(incident_id TEXT PRIMARY KEY, camera_id TEXT NOT NULL,"
            " zone_id TEXT NOT NULL, rule_id TEXT NOT NULL, opened_s REAL NOT NULL,"
            " state TEXT NOT NULL, opened BLOB NOT NULL, is_open INTEGER NOT NULL,"
            " awaits_clip INTEGER NOT NULL);"
            "CREATE UNIQUE INDEX incidents_open ON incidents(camera_id, zone_id, rule_id)"
            " WHERE is_open; INSERT INTO incidents SELECT * FROM new; DROP TABLE new;"
            "PRAGMA user_version=1"
        )
    db.close()
    with open_box(tmp_path) as box:
        assert [i.opened for i in box.open_incidents("k12-north")] == [event]
        assert box.kept("site") is None
