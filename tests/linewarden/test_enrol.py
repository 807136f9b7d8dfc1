"""Enrolling a box, and enrolling it again: against a real store, with a real outbox and uplink."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from api.app import create_app
from api.auth.devices import create_enrolment_code, revoke_device, revoke_token
from api.db.tables import EventRow
from api.settings import StoreSettings
from api.store import Store
from events.outbox import Outbox
from events.seal import Signer
from events.uplink import Uplink
from linewarden.doctor_outbox import check_outbox
from linewarden.enrol import Enrolment, TokenFile, enrol, load_device
from linewarden.errors import CommandError
from linewarden.settings import DevicePart, EdgeSettings
from tests.api.device import jpeg
from tests.api.serving import serve
from tests.events.boxes import Clock, picture
from tests.events.sample import draft


class World:
    """A store that is served, and one box's settings."""

    def __init__(self, folder: Path, name: str, url: str, store: Store) -> None:
        self.store = store
        self.device = DevicePart(name="qixia-07", store=url, key=folder / name / "device.key")

    def code(self) -> str:
        with self.store.db.write() as session:
            return create_enrolment_code(session, self.store.clock())

    def revoke(self, device_id: str) -> None:
        with self.store.db.write() as session:
            revoke_token(session, device_id, "in repair", self.store.clock())


@contextmanager
def world(folder: Path, name: str = "box") -> Iterator[World]:
    app = create_app(StoreSettings.check(folder=folder / f"store-{name}"))
    with serve(app) as url:
        yield World(folder, name, url, app.state.store)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


@contextmanager
def uplink(here: World, folder: Path) -> Iterator[tuple[Outbox, Uplink, Clock]]:
    """The box's outbox and the uplink that empties it, as its process composes them."""
    clock = Clock()
    _, device = load_device(here.device)
    with Outbox(folder / "spool", device, 10**7, clock=clock) as box:
        made = Uplink(box, here.device.store, TokenFile(here.device.key), clock=clock, mono=clock)
        with closing(made):
            yield box, made, clock


def drained(box: Outbox, up: Uplink, clock: Clock) -> None:
    """Go on until nothing is queued, jumping over the waits."""
    for _ in range(50):
        if box.status().queued == 0:
            return
        if not up.drain_once():
            clock.now_s += 61
    raise AssertionError(f"still queued: {box.status()}")


def test_what_was_parked_for_a_revoked_token_is_delivered_after_enrolling_again(
    here: World, tmp_path: Path
) -> None:
    first = enrol(here.device, here.code())
    with uplink(here, tmp_path) as (box, up, clock):
        assert up.report_once()
        here.revoke(first.device_id)
        events = [box.append(draft(media=[picture(box, jpeg(i))])) for i in range(2)]
        drained(box, up, clock)
        assert dict(box.status().parked) == {"auth": 2}
        assert not up.report_once()
        again = enrol(here.device, here.code())
        assert (again.device_id, again.enrolment_sha256) == (
            first.device_id,
            first.enrolment_sha256,
        )
        assert up.report_once(), "the running uplink takes the new token by itself"
        drained(box, up, clock)
        assert (box.status().queued, box.status().parked) == (0, {})
    with here.store.db.read() as session:
        kept = session.scalars(select(EventRow.event_id).order_by(EventRow.seq)).all()
    assert kept == [event.event_id for event in events if event is not None]


def test_the_doctor_tells_what_is_parked_and_how_it_gets_away(here: World, tmp_path: Path) -> None:
    first = enrol(here.device, here.code())
    with uplink(here, tmp_path) as (box, up, clock):
        here.revoke(first.device_id)
        box.append(draft(media=[picture(box, jpeg())]))
        drained(box, up, clock)
    settings = EdgeSettings.model_construct(
        device=here.device, spool=tmp_path / "spool", outbox_cap_bytes=10**7
    )
    found = {finding.check: finding for finding in check_outbox(settings)}
    assert found["outbox parked"].found == "1 events: auth"
    assert "linewarden enrol" in found["outbox parked"].remedy


def test_a_lost_token_file_is_replaced_by_enrolling_again(here: World) -> None:
    first = enrol(here.device, here.code())
    file = Enrolment.file_of(here.device.key)
    file.unlink()
    again = enrol(here.device, here.code())
    assert (again.device_id, again.enrolment_sha256) == (first.device_id, first.enrolment_sha256)
    assert again.token != first.token
    assert json.loads(file.read_text())["token"] == again.token
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_damaged_token_file_is_replaced_by_enrolling_again(here: World) -> None:
    first = enrol(here.device, here.code())
    Enrolment.file_of(here.device.key).write_text("{")
    assert enrol(here.device, here.code()).device_id == first.device_id


def test_another_store_does_not_take_over_an_enrolled_box(here: World, tmp_path: Path) -> None:
    first = enrol(here.device, here.code())
    with world(tmp_path, "other") as other:
        moved = here.device.model_copy(update={"store": other.device.store})
        with pytest.raises(CommandError, match="knows this box as") as refused:
            enrol(moved, other.code())
    assert "move" in refused.value.remedy
    assert Enrolment.load(here.device.key) == first


def test_a_revoked_key_is_told_to_make_a_new_one(here: World) -> None:
    first = enrol(here.device, here.code())
    with here.store.db.write() as session:
        revoke_device(session, first.device_id, "stolen", here.store.clock())
    with pytest.raises(CommandError, match="stolen"):
        enrol(here.device, here.code())
    assert Enrolment.load(here.device.key) == first


def test_a_used_code_is_refused_and_the_old_token_stays(here: World) -> None:
    code = here.code()
    first = enrol(here.device, code)
    with pytest.raises(CommandError, match="used"):
        enrol(here.device, code)
    assert Enrolment.load(here.device.key) == first


def test_the_token_in_force_survives_a_file_that_is_gone_or_of_another_box(here: World) -> None:
    first = enrol(here.device, here.code())
    token = TokenFile(here.device.key)
    file = Enrolment.file_of(here.device.key)
    whole = json.loads(file.read_text())
    file.unlink()
    assert token() == first.token
    write(file, {**whole, "device_id": "another", "token": "x"})
    assert token() == first.token
    write(file, {**whole, "token": "renewed"})
    assert token() == "renewed"


def write(file: Path, content: dict[str, str]) -> None:
    file.write_text(json.dumps(content))
    os.chmod(file, 0o600)  # noqa: PTH101 - as `enrol` leaves it


def test_a_key_that_was_moved_away_starts_a_new_device(here: World) -> None:
    first = enrol(here.device, here.code())
    here.device.key.unlink()
    assert enrol(here.device, here.code()).device_id != first.device_id
    assert Signer.load(here.device.key).public_key.key_id != first.key_id
