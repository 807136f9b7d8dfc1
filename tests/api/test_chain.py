"""Order, holes and contradictions in one device's chain; the same on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from api.db.tables import Device, EventRow, LogEntry, Quarantined
from events.record import Event
from events.seal import Head, payload_digest, uuid7
from tests.api.conftest import Scene
from tests.api.device import FakeDevice, altered

LOST = [{"role": "snapshot", "reason": "disk_full"}]


def signed(box: FakeDevice, count: int) -> list[tuple[Event, bytes]]:
    """Events in chain order, not yet sent."""
    return [box.sign(box.draft(media_lost=LOST)) for _ in range(count)]


def digest_of(event: Event) -> str:
    return payload_digest(event.encode())


def head_of(scene: Scene, box: FakeDevice) -> int:
    with scene.store.db.read() as session:
        return session.get_one(Device, box.device_id).head_seq


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_sending_again_is_the_same_event_and_gets_the_same_answer(scene: Scene) -> None:
    box = scene.box()
    [(event, envelope)] = signed(box, 1)
    first, again = box.post(envelope), box.post(envelope)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["event_id"] == event.event_id
    with scene.store.db.read() as session:
        assert session.scalar(select(func.count()).select_from(EventRow)) == 1
        logged = select(func.count()).where(LogEntry.kind == "event")
        assert session.scalar(logged) == 1


def test_a_hole_is_accepted_shown_and_forgotten_once_it_is_filled(scene: Scene) -> None:
    box = scene.box()
    (one, first), (_, second), (three, third) = signed(box, 3)
    http = scene.person()

    def chain(event: Event) -> str:
        return str(http.get(f"/v1/incidents/{event.incident_id}").json()["proof"]["chain"])

    assert box.post(first).status_code == 201
    assert box.post(third).status_code == 201
    assert (chain(one), chain(three), head_of(scene, box)) == ("pass", "gap", 1)
    assert box.post(second).status_code == 201
    assert (chain(three), head_of(scene, box)) == ("pass", 3)


def test_events_that_arrive_backwards_make_one_whole_chain(scene: Scene) -> None:
    box = scene.box()
    for _, envelope in reversed(signed(box, 6)):
        assert box.post(envelope).status_code == 201
    assert head_of(scene, box) == 6


def test_a_second_event_with_a_taken_number_is_refused_and_both_are_kept(scene: Scene) -> None:
    box = scene.box()
    start = box.head
    [(_, first)] = signed(box, 1)
    box.head = start
    [(_, clone)] = signed(box, 1)
    assert box.post(first).status_code == 201
    assert code_of(box.post(clone)) == (409, "seq_reused")
    assert code_of(box.post(clone)) == (409, "seq_reused")
    with scene.store.db.read() as session:
        [kept] = session.scalars(select(Quarantined)).all()
        assert (kept.envelope, kept.other_envelope) == (clone, first)


def test_an_id_that_names_another_event_is_refused(scene: Scene) -> None:
    box = scene.box()
    [(event, first)] = signed(box, 1)
    box.post(first)
    _, other = box.sign(box.draft(media_lost=LOST), event_id=event.event_id)
    assert code_of(box.post(other)) == (409, "same_id_other_digest")


def test_an_event_that_names_another_predecessor_is_refused(scene: Scene) -> None:
    box = scene.box()
    [(_, first)] = signed(box, 1)
    box.post(first)
    _, stray = box.sign(box.draft(media_lost=LOST), prev="sha256:" + "0" * 64)
    assert code_of(box.post(stray)) == (409, "prev_mismatch")


def test_the_first_event_must_follow_the_enrolment(scene: Scene) -> None:
    box = scene.box()
    _, stray = box.sign(box.draft(media_lost=LOST), prev="sha256:" + "0" * 64)
    assert code_of(box.post(stray)) == (409, "prev_mismatch")


def test_what_fills_a_hole_must_fit_the_event_behind_it(scene: Scene) -> None:
    box = scene.box()
    (one, first), _, (_, third) = signed(box, 3)
    box.post(first)
    box.post(third)
    box.head = Head(one.seq, digest_of(one))
    _, other_second = box.sign(box.draft(media_lost=LOST))
    assert code_of(box.post(other_second)) == (409, "prev_mismatch")
    assert head_of(scene, box) == 1


def test_a_signed_gap_closes_the_hole_of_an_event_that_was_refused(scene: Scene) -> None:
    box = scene.box()
    (_, first), (refused, _) = signed(box, 2)
    box.post(first)
    gap = {
        "count": 1,
        "reason": "refused",
        "seq": refused.seq,
        "payload_sha256": digest_of(refused),
    }
    kept = {k: v for k, v in box.draft().items() if k in ("time", "config_sha256", "software")}
    fields = kept | {
        "kind": "gap",
        "gap": gap,
        "simulated": True,
        "explain": box.draft()["explain"],
    }
    _, notice = box.sign(fields)
    assert box.post(notice).status_code == 201
    assert head_of(scene, box) == 3


def test_twelve_senders_at_once_leave_one_chain_without_a_hole(scene: Scene) -> None:
    box = scene.box()
    envelopes = [envelope for _, envelope in signed(box, 12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(box.post, envelopes * 2))
    assert sorted(a.status_code for a in answers) == [200] * 12 + [201] * 12
    assert head_of(scene, box) == 12
    with scene.store.db.read() as session:
        assert session.scalar(select(func.count()).select_from(EventRow)) == 12


def test_of_two_clones_at_once_exactly_one_gets_the_number(scene: Scene) -> None:
    box = scene.box()
    start, clones = box.head, []
    for _ in range(6):
        box.head = start
        clones.append(box.sign(box.draft(media_lost=LOST))[1])
    with ThreadPoolExecutor(6) as pool:
        answers = sorted(a.status_code for a in pool.map(box.post, clones))
    assert answers == [201] + [409] * 5


def test_an_altered_event_is_refused_and_nothing_of_it_is_stored(scene: Scene) -> None:
    box = scene.box()
    [(_, envelope)] = signed(box, 1)
    assert code_of(box.post(altered(envelope))) == (422, "bad_signature")
    assert head_of(scene, box) == 0


def test_an_incident_of_one_camera_takes_no_event_of_another_box(scene: Scene) -> None:
    one, two = scene.box("one"), scene.box("two")
    incident_id = one.incident()
    fields = two.draft(media_lost=LOST, incident_id=incident_id)
    assert code_of(two.post(two.sign(fields)[1])) == (422, "foreign_incident")


def test_raised_and_ended_before_opened_fold_to_the_same_incident(scene: Scene) -> None:
    box = scene.box()
    incident_id = uuid7(box.now.timestamp())
    opened = box.sign(box.draft(media_lost=LOST, incident_id=incident_id, level="yellow"))[1]
    raised = box.sign(box.draft("raised", incident_id=incident_id, level="red"))[1]
    ended = box.sign(box.draft("ended", incident_id=incident_id, level="yellow"))[1]
    for envelope in (ended, raised, opened):
        assert box.post(envelope).status_code == 201
    found = scene.person().get(f"/v1/incidents/{incident_id}").json()
    assert (found["state"], found["level"], found["proof"]["seq"]) == ("ended", "red", 1)
    assert [e["seq"] for e in found["events"]] == [1, 2, 3]


GAS = {"sensor": {"id": "gas-1", "kind": "gas", "unit": "%LEL"}, "camera_id": None, "zone": None}
GAS |= {"frame_px": None, "model": None, "seen": [], "class": "gas"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_camera_that_joins_a_sensors_incident_gives_it_its_picture(
    scene: Scene, order: tuple[int, int]
) -> None:
    box = scene.box()
    name = uuid7(box.now.timestamp())
    said = [{"lang": "zh", "text": "升为红色"}, {"lang": "en", "text": "two sources"}]
    made = [
        box.sign(box.draft(incident_id=name, level="yellow", **GAS))[1],
        box.sign(box.draft("raised", incident_id=name, media_lost=LOST, explain=said))[1],
    ]
    for number in order:
        assert box.post(made[number]).status_code == 201
    found = scene.person().get(f"/v1/incidents/{name}").json()
    assert (found["level"], found["camera_id"], found["snapshot"]["status"]) == (
        "red",
        "k12-north",
        "missing",
    )
    assert found["explain"]["en"] == "two sources"


def test_an_incident_of_a_sensor_alone_expects_no_picture(scene: Scene) -> None:
    box = scene.box()
    name = uuid7(box.now.timestamp())
    assert box.post(box.sign(box.draft(incident_id=name, **GAS))[1]).status_code == 201
    found = scene.person().get(f"/v1/incidents/{name}").json()
    assert (found["camera_id"], found["sensor"]["id"]) == (None, "gas-1")
    assert [found[m]["status"] for m in ("snapshot", "clip")] == ["none", "none"]
    assert found["snapshot"]["reason"] == "no_camera"
