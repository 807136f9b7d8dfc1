"""The uplink against a store that misbehaves, over real sockets."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from events.outbox import Outbox
from events.seal import OutboxError
from events.uplink import Uplink
from events.uplink.answers import (
    Answer,
    Delivered,
    Missing,
    Park,
    Retry,
    judge_event,
    judge_head,
    judge_put,
)
from events.uplink.loop import backoff_s
from tests.events.boxes import Clock, open_box, picture
from tests.events.sample import NOW_S, draft
from tests.events.store_double import BREAKS, FINAL, SINS, Store, serve

TOKEN = "token-that-must-not-be-seen"


def token() -> str:
    return TOKEN


class Bench:
    """An outbox, a store, an uplink, and one clock for all that jumps over every wait."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.store = store
        self.clock = Clock()
        self.box = open_box(folder, clock=self.clock)
        self.token = TOKEN
        self.uplink = Uplink(
            self.box,
            self.store.url,
            lambda: self.token,
            clock=self.clock,
            mono=self.clock,
            chance=lambda: 1.0,
            camera_states=lambda: [{"id": "k12-north", "state": "ok", "last_frame_age_s": 0.1}],
        )

    def record(self, media: bytes | None = b"\xff\xd8 picture") -> str:
        kept = [] if media is None else [picture(self.box, media)]
        event = self.box.append(draft(media=kept))
        assert event is not None
        return event.event_id

    def deliver(self, turns: int = 200) -> None:
        """Go on until nothing is queued, jumping over the waits."""
        for _ in range(turns):
            if self.box.status().queued == 0:
                return
            if not self.uplink.drain_once():
                self.clock.now_s += 61
        raise AssertionError(f"still queued: {self.box.status()}")

    def close(self) -> None:
        self.uplink.close()
        self.box.close()


@pytest.fixture
def store() -> Iterator[Store]:
    with serve() as running:
        yield running


@pytest.fixture
def bench(tmp_path: Path, store: Store) -> Iterator[Bench]:
    made = Bench(tmp_path, store)
    yield made
    made.close()


def test_media_go_first_then_the_event_and_then_both_are_forgotten(
    bench: Bench, store: Store, tmp_path: Path
) -> None:
    name = bench.record()
    assert bench.uplink.drain_once()
    assert list(store.events) == [name]
    assert store.seen == {"HEAD": 1, "PUT": 1, "POST": 1}
    assert list((tmp_path / "media").iterdir()) == []
    assert store.tokens == {f"Bearer {TOKEN}"}
    assert not bench.uplink.drain_once()


def test_a_medium_that_the_store_has_is_not_sent_again(bench: Bench, store: Store) -> None:
    bench.record()
    bench.record()
    bench.deliver()
    assert store.seen == {"HEAD": 2, "PUT": 1, "POST": 2}


@pytest.mark.parametrize(
    ("at", "sin"),
    [
        (at, sin)
        for at in ("HEAD", "PUT", "POST")
        for sin in (*SINS, *BREAKS)
        if (sin, at) not in {("media_missing", "HEAD"), ("media_missing", "PUT")}
    ],
)
def test_after_an_unclear_answer_the_event_is_sent_until_it_is_there_once(
    bench: Bench, store: Store, sin: str, at: str
) -> None:
    names = [bench.record(), bench.record(b"\xff\xd8 other")]
    store.script[:] = ["good"] * ["HEAD", "PUT", "POST"].index(at) + [sin]
    bench.deliver()
    assert sorted(store.arrivals) == sorted(names)
    assert bench.box.status().parked == {}
    assert not bench.box.status().tampered


@pytest.mark.parametrize("sin", FINAL)
def test_a_final_refusal_parks_the_event_and_lets_the_next_pass(
    bench: Bench, store: Store, sin: str
) -> None:
    bench.record(media=None)
    second = bench.record(media=None)
    store.script[:] = [sin]
    bench.deliver()
    assert list(store.events) == [second]
    status = bench.box.status()
    assert sum(status.parked.values()) == 1
    assert ("auth" in status.parked) == sin.startswith("auth")
    assert status.tampered == (FINAL[sin][0] == 409)


def test_a_refused_medium_parks_its_event(bench: Bench, store: Store) -> None:
    bench.record()
    store.script[:] = ["good", "type_415"]
    bench.deliver()
    assert dict(bench.box.status().parked) == {"http_415": 1}
    assert not bench.box.status().tampered


@pytest.mark.parametrize("at", ["HEAD", "PUT", "POST"])
def test_a_store_that_says_nothing_is_given_up_and_asked_again(
    tmp_path: Path, store: Store, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.uplink.client.READ_S", 0.2)
    bench = Bench(tmp_path, store)
    name = bench.record()
    store.script[:] = ["good"] * ["HEAD", "PUT", "POST"].index(at) + ["silent"]
    bench.deliver()
    assert store.arrivals == [name]
    bench.close()


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate for 127.0.0.1 that `folder/ca.pem` vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    day = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(day)
        .not_valid_after(day.replace(year=2120))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    (folder / "ca.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "server.key")
    return context


def test_only_a_store_with_a_trusted_certificate_gets_anything(tmp_path: Path) -> None:
    clock = Clock()
    with serve(certificate(tmp_path)) as store, open_box(tmp_path / "s", clock=clock) as box:
        box.append(draft())
        with closing(Uplink(box, store.url, token, clock=clock, mono=clock)) as uplink:
            assert uplink.drain_once()
        assert (store.seen, store.tokens) == ({}, set())
        clock.now_s += 61
        trusting = Uplink(
            box, store.url, token, clock=clock, mono=clock, ca_file=tmp_path / "ca.pem"
        )
        with closing(trusting) as uplink:
            assert uplink.drain_once()
        assert len(store.events) == 1


def test_media_that_the_store_lost_are_sent_again_whatever_it_said(
    bench: Bench, store: Store
) -> None:
    bench.record()
    store.script[:] = ["empty_200"]
    assert bench.uplink.drain_once()
    assert len(store.events) == 1
    assert store.seen == {"HEAD": 1, "POST": 2, "PUT": 1}


def test_a_store_that_never_finds_the_media_is_asked_again_later(
    bench: Bench, store: Store
) -> None:
    bench.record()
    store.script[:] = ["good", "good", "media_missing", "good", "media_missing"]
    assert bench.uplink.drain_once()
    assert bench.box.status().queued == 1
    bench.deliver()
    assert len(store.events) == 1


def test_a_picture_that_left_the_box_parks_its_event_unless_the_store_has_it(
    bench: Bench, store: Store, tmp_path: Path
) -> None:
    first = bench.record(b"a")
    second = bench.record(b"b")
    for path in (tmp_path / "media").iterdir():
        path.unlink()
    (needed,) = bench.box.lease()[0].media
    bench.box.release_leases()
    store.media[needed.sha256] = 1
    bench.deliver()
    assert list(store.events) == [first]
    assert dict(bench.box.status().parked) == {"medium_gone": 1}
    assert second not in store.events


def test_a_picture_cut_short_on_the_box_parks_its_event(bench: Bench, tmp_path: Path) -> None:
    bench.record()
    next((tmp_path / "media").iterdir()).write_bytes(b"")
    bench.deliver()
    assert dict(bench.box.status().parked) == {"medium_gone": 1}


def test_waits_grow_from_one_second_to_a_minute_and_honour_the_store() -> None:
    assert [backoff_s(n, 1.0) for n in (1, 2, 3, 6, 7, 99)] == [2, 4, 8, 60, 60, 60]
    assert [backoff_s(n, 0.0) for n in (1, 2, 3, 99)] == [1, 2, 4, 30]


def test_the_uplink_waits_as_long_as_the_store_asks(bench: Bench, store: Store) -> None:
    bench.record(media=None)
    store.script[:] = ["busy_429"]
    bench.uplink.drain_once()
    bench.clock.now_s += 6.9
    bench.uplink.report_once()
    assert not bench.uplink.drain_once()
    bench.clock.now_s += 1.2
    assert bench.uplink.drain_once()
    assert len(store.events) == 1


def test_a_store_that_answers_its_status_again_gets_the_events_at_once(
    bench: Bench, store: Store
) -> None:
    bench.record(media=None)
    store.script[:] = ["portal"]
    bench.uplink.drain_once()
    assert not bench.uplink.drain_once()
    assert bench.uplink.report_once()
    assert bench.uplink.drain_once()
    assert len(store.events) == 1


def test_one_event_that_always_fails_does_not_hold_up_the_others(
    bench: Bench, store: Store
) -> None:
    store.poison = {bench.record(media=None)}
    names = [bench.record(media=None) for _ in range(3)]
    for _ in range(30):
        bench.uplink.drain_once()
        bench.clock.now_s += 1
    assert sorted(store.events) == sorted(names)
    store.poison = set()
    bench.deliver()
    assert len(store.events) == 4


def test_what_was_refused_for_its_token_is_sent_after_enrolling_again(
    bench: Bench, store: Store
) -> None:
    name = bench.record(media=None)
    store.script[:] = ["auth_401"]
    store.status_answer = 401
    bench.deliver()
    assert not bench.uplink.report_once()
    assert dict(bench.box.status().parked) == {"auth": 1}
    bench.token = "a new token"
    store.status_answer = 200
    assert bench.uplink.report_once()
    bench.deliver()
    assert list(store.events) == [name]
    assert store.tokens == {f"Bearer {TOKEN}", "Bearer a new token"}


def test_a_token_renewed_before_the_next_status_still_sends_what_the_old_one_parked(
    bench: Bench, store: Store
) -> None:
    assert bench.uplink.report_once()
    name = bench.record(media=None)
    store.script[:] = ["auth_403"]
    bench.deliver()
    assert dict(bench.box.status().parked) == {"auth": 1}
    bench.token = "a new token"
    assert bench.uplink.report_once()
    bench.deliver()
    assert list(store.events) == [name]


def test_an_accepted_status_does_not_send_refused_events_round_and_round(
    bench: Bench, store: Store
) -> None:
    assert bench.uplink.report_once()
    bench.record(media=None)
    store.script[:] = ["auth_403"]
    bench.deliver()
    for _ in range(5):
        assert bench.uplink.report_once()
    assert dict(bench.box.status().parked) == {"auth": 1}
    assert store.seen["POST"] == 1


def test_the_status_says_what_the_contract_says(bench: Bench, store: Store) -> None:
    bench.record()
    assert bench.uplink.report_once()
    (told,) = store.told
    assert told.pop("outbox_bytes") > 0
    assert told == {
        "sent_at": "2026-11-21T01:14:13.480Z",
        "queued": 1,
        "parked": 0,
        "outbox_full": False,
        "refused_total": 0,
        "tampered": False,
        "cameras": [{"id": "k12-north", "state": "ok", "last_frame_age_s": 0.1}],
    }


def test_the_running_uplink_delivers_what_is_appended_and_reports(
    tmp_path: Path, store: Store
) -> None:
    stop = threading.Event()
    with open_box(tmp_path) as box, open_box(tmp_path) as other:
        uplink = Uplink(box, store.url, token, clock=Clock())
        thread = threading.Thread(target=uplink.run, args=(stop,))
        thread.start()
        try:
            with store.changed:
                assert store.changed.wait_for(lambda: store.told, 30)
            with pytest.raises(OutboxError, match="another uplink"):
                Uplink(other, store.url, token, clock=Clock()).run(stop)
            event = other.append(draft(media=[picture(other)]))
            assert event is not None
            with store.changed:
                assert store.changed.wait_for(lambda: event.event_id in store.events, 30)
        finally:
            stop.set()
            thread.join()
        assert other.status().queued == 0


def test_nobody_listening_is_a_reason_to_wait(tmp_path: Path) -> None:
    with serve() as gone:
        url = gone.url
    clock = Clock()
    with open_box(tmp_path, clock=clock) as box:
        box.append(draft())
        uplink = Uplink(box, url, token, clock=clock, mono=clock)
        assert uplink.drain_once()
        assert not uplink.drain_once()
        assert not uplink.report_once()
        uplink.close()
        assert box.status().queued == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "store.example",
        "ftp://store",
        "http://",
        "https://me:pw@store",
        "http://[::1",
        "http://h:99999",
    ],
)
def test_an_address_that_cannot_be_used_is_one_clear_error(tmp_path: Path, url: str) -> None:
    with open_box(tmp_path) as box, pytest.raises(OutboxError, match="address") as refused:
        Uplink(box, url, token, clock=Clock())
    assert "https://host" in refused.value.remedy


def test_a_token_that_cannot_be_sent_is_not_shown(tmp_path: Path) -> None:
    with open_box(tmp_path) as box, pytest.raises(OutboxError) as refused:
        Uplink(box, "http://127.0.0.1:1", lambda: "令牌-secret", clock=Clock())
    assert "secret" not in str(refused.value)
    assert "secret" not in repr(refused.value.__context__)


def test_certificates_that_are_not_there_are_one_clear_error(tmp_path: Path) -> None:
    with open_box(tmp_path) as box, pytest.raises(OutboxError, match="no certificates"):
        Uplink(box, "https://store", token, clock=Clock(), ca_file=tmp_path / "absent.pem")


@given(
    script=st.lists(st.sampled_from(["good", *SINS, *BREAKS, *FINAL]), max_size=14),
    with_media=st.lists(st.booleans(), min_size=1, max_size=3),
)
@settings(max_examples=25, deadline=None)
def test_no_sequence_of_answers_loses_or_doubles_an_event(
    script: list[str], with_media: list[bool]
) -> None:
    with TemporaryDirectory() as folder, serve() as store:
        bench = Bench(Path(folder), store)
        names = {bench.record(bytes([i]) if m else None) for i, m in enumerate(with_media)}
        store.script[:] = script
        bench.deliver()
        parked = {row[0] for row in _rows(bench.box, "SELECT event_id FROM events")}
        assert len(store.arrivals) == len(set(store.arrivals))
        assert names <= set(store.events) | parked
        needed = {row[0] for row in _rows(bench.box, "SELECT sha256 FROM needs")}
        assert {path.name for path in (Path(folder) / "media").iterdir()} == needed
        bench.close()


def _rows(box: Outbox, sql: str) -> list[Any]:
    return list(box._db.read(sql))


GOOD = b'{"event_id": "e", "payload_sha256": "p", "seq": 3}'


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (None, Retry("link")),
        (Answer(201, ours=True, body=GOOD), Delivered()),
        (Answer(200, ours=True, body=GOOD), Delivered()),
        (Answer(201, ours=False, body=GOOD), Retry("link")),
        (Answer(204, ours=True, body=GOOD), Retry("http_204")),
        (Answer(200, ours=True, body=GOOD.replace(b'"p"', b'"q"')), Retry("unconfirmed")),
        (Answer(200, ours=True, body=b"\xff"), Retry("unconfirmed")),
        (Answer(200, ours=True, body=b"[" * 100_000), Retry("unconfirmed")),
        (Answer(409, ours=True, body=b'{"error": "media_missing"}'), Missing()),
        (
            Answer(409, ours=True, body=b'{"error": "\\u001b[31m"}'),
            Park("http_409", "", tampered=True),
        ),
        (Answer(404, ours=True, body=b"{}"), Park("http_404")),
        (Answer(404, ours=False, body=b"{}"), Retry("link")),
        (Answer(503, ours=True, body=b"", retry_after="120"), Retry("http_503", 120.0)),
        (Answer(503, ours=True, body=b"", retry_after="99999999999"), Retry("http_503", 600.0)),
        (Answer(503, ours=True, body=b"", retry_after="-5"), Retry("http_503")),
        (Answer(503, ours=True, body=b"", retry_after="soon"), Retry("http_503")),
        (
            Answer(503, ours=True, body=b"", retry_after="Sat, 21 Nov 2026 01:14:43 GMT"),
            Retry("http_503", 30.0),
        ),
        (
            Answer(503, ours=True, body=b"", retry_after="Sat, 21 Nov 2020 01:14:43 GMT"),
            Retry("http_503", 0.0),
        ),
    ],
)
def test_each_answer_means_what_the_table_says(answer: Answer | None, verdict: object) -> None:
    assert judge_event(answer, "e", "p", NOW_S - 0.48) == verdict


def test_answers_about_media_are_judged_alike() -> None:
    assert (
        judge_put(Answer(201, ours=True, body=b'{"sha256": "d", "size": 3}'), "d", 3, 0)
        == Delivered()
    )
    assert judge_put(
        Answer(201, ours=True, body=b'{"sha256": "d", "size": 4}'), "d", 3, 0
    ) == Retry("unconfirmed")
    assert judge_put(
        Answer(201, ours=False, body=b'{"sha256": "d", "size": 3}'), "d", 3, 0
    ) == Retry("link")
    assert judge_head(Answer(404, ours=True), 0) == Missing()
    assert judge_head(Answer(404, ours=False), 0) == Retry("link")
    assert judge_head(Answer(401, ours=True), 0) == Park("auth")
