"""Media that no event names are swept after a day; what any event names never is."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from api.db.tables import Audit, Blob
from api.sweep import sweep_media
from tests.api.conftest import Scene
from tests.api.device import FakeDevice, jpeg, mp4

DAY_S = 86_400
LOST = [{"role": "snapshot", "reason": "disk_full"}]


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def is_kept(scene: Scene, data: bytes) -> bool:
    """Whether row and bytes are both here; one without the other is a fault."""
    with scene.store.db.read() as session:
        row = session.get(Blob, digest_of(data))
    size = scene.store.blobs.size(digest_of(data))
    assert (row is None) == (size is None)
    return row is not None


def test_a_medium_that_no_event_named_for_a_day_is_swept_and_its_line_is_kept(
    scene: Scene,
) -> None:
    box = scene.box()
    box.put(jpeg())
    scene.clock.pass_s(DAY_S + 1)
    assert sweep_media(scene.store) == 1
    assert not is_kept(scene, jpeg())
    with scene.store.db.read() as session:
        [line] = session.scalars(select(Audit).where(Audit.action == "media_swept")).all()
    assert (line.object, line.actor) == (digest_of(jpeg()), "store")
    assert line.detail == {
        "rule": "named by no event for a day",
        "size_bytes": len(jpeg()),
        "device": box.device_id,
    }
    assert sweep_media(scene.store) == 0


def test_a_medium_may_wait_a_day_for_its_event(scene: Scene) -> None:
    scene.box().put(jpeg())
    scene.clock.pass_s(DAY_S - 1)
    assert sweep_media(scene.store) == 0
    assert is_kept(scene, jpeg())


def test_media_of_events_are_never_swept(scene: Scene) -> None:
    scene.box().incident(clip=True, ended=True)
    scene.clock.pass_s(400 * DAY_S)
    assert sweep_media(scene.store) == 0
    assert is_kept(scene, jpeg(0))
    assert is_kept(scene, mp4())


def test_media_of_an_event_beyond_a_hole_are_kept(scene: Scene) -> None:
    box = scene.box()
    box.sign(box.draft(media_lost=LOST))
    box.send(box.draft(media=[box.medium("snapshot", jpeg())]), jpeg())
    scene.clock.pass_s(2 * DAY_S)
    assert sweep_media(scene.store) == 0
    assert is_kept(scene, jpeg())


def contradicting(box: FakeDevice) -> bytes:
    """An event of a number that is taken, with a picture that no other names."""
    head = box.head
    assert box.post(box.sign(box.draft(media_lost=LOST))[1]).status_code == 201
    box.head = head
    box.put(jpeg(3))
    return box.sign(box.draft(media=[box.medium("snapshot", jpeg(3))]))[1]


def test_media_of_an_event_that_was_kept_aside_are_kept(scene: Scene) -> None:
    box = scene.box()
    assert box.post(contradicting(box)).status_code == 409
    scene.clock.pass_s(2 * DAY_S)
    assert sweep_media(scene.store) == 0
    assert is_kept(scene, jpeg(3))


def test_a_contradiction_of_the_first_event_does_not_stop_the_sweeping(scene: Scene) -> None:
    box = scene.box()
    event = box.sign(box.draft(media_lost=LOST), prev="sha256:" + "0" * 64)[1]
    assert box.post(event).status_code == 409
    box.put(jpeg())
    scene.clock.pass_s(2 * DAY_S)
    assert sweep_media(scene.store) == 1


def test_sending_again_makes_a_medium_young_again(scene: Scene) -> None:
    box = scene.box()
    box.put(jpeg())
    scene.clock.pass_s(2 * DAY_S)
    assert box.put(jpeg()).status_code == 200
    assert sweep_media(scene.store) == 0


def test_an_event_whose_medium_was_swept_asks_for_it_and_is_taken(scene: Scene) -> None:
    box = scene.box()
    box.put(jpeg())
    scene.clock.pass_s(2 * DAY_S)
    sweep_media(scene.store)
    event = box.sign(box.draft(media=[box.medium("snapshot", jpeg())]))[1]
    answer = box.post(event)
    assert (answer.status_code, answer.json()["missing"]) == (409, [digest_of(jpeg())])
    box.put(jpeg())
    assert box.post(event).status_code == 201


def test_a_medium_that_cannot_be_removed_keeps_its_row(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.box().put(jpeg())
    scene.clock.pass_s(2 * DAY_S)

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("api.blobs.Path.unlink", refuse)
        assert sweep_media(scene.store) == 0
    assert is_kept(scene, jpeg())


def test_while_media_come_and_events_name_them_sweeping_loses_none(scene: Scene) -> None:
    box = scene.box()
    shots = [jpeg(i) for i in range(12)]
    for shot in shots:
        box.put(shot)
    scene.clock.pass_s(2 * DAY_S)
    over = threading.Event()

    def go_on_sweeping() -> None:
        while not over.is_set():
            sweep_media(scene.store)

    sweeper = threading.Thread(target=go_on_sweeping)
    sweeper.start()
    try:
        for shot in shots:
            event = box.sign(box.draft(media=[box.medium("snapshot", shot)]))[1]
            while box.post(event).status_code != 201:
                assert box.put(shot).status_code in (200, 201)
    finally:
        over.set()
        sweeper.join()
    assert all(is_kept(scene, shot) for shot in shots)
