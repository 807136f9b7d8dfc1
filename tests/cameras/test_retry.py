"""A source is tried for ever, politely."""

from __future__ import annotations

from structlog.testing import capture_logs

from cameras.errors import Frozen, StreamEnded, Unauthorized, Unreachable
from cameras.feed import Feed
from cameras.retry import Backoff
from cameras.settings import StreamSettings
from cameras.types import Back, Lost, Packet
from tests.cameras.fakes import JumpingClock, ScriptedSource, chance, live, opener_of

SETTINGS = StreamSettings("rtsp://viewer:s3cret@camera/main")


def test_waits_double_from_one_to_sixty_seconds_and_never_leave_that_range() -> None:
    backoff = Backoff(chance())
    waits = [backoff.wait_s(Unreachable("x"), lasted_s=0.0) for _ in range(100)]
    assert all(1 <= wait <= 60 for wait in waits)
    assert waits[0] == 1
    assert min(waits[8:]) >= 30
    assert len(set(waits[8:])) > 50, "without jitter all cameras knock at once"


def test_a_connection_that_lasted_starts_again_at_the_shortest_wait() -> None:
    backoff = Backoff(chance())
    for _ in range(10):
        backoff.wait_s(Unreachable("x"), lasted_s=0.0)
    assert backoff.wait_s(StreamEnded("x"), lasted_s=3600.0) == 1


def test_a_connection_that_ends_at_once_each_time_is_tried_less_and_less_often() -> None:
    backoff = Backoff(chance())
    waits = [backoff.wait_s(StreamEnded("x"), lasted_s=0.5) for _ in range(10)]
    assert waits[-1] >= 30


def test_a_frozen_camera_is_tried_less_and_less_often_however_long_it_lasts() -> None:
    backoff = Backoff(chance())
    waits = [backoff.wait_s(Frozen("x"), lasted_s=15.0) for _ in range(10)]
    assert waits[-1] >= 30


def test_after_a_refused_password_the_first_wait_is_already_long() -> None:
    assert Backoff(chance()).wait_s(Unauthorized("x"), lasted_s=0.0) >= 30


def test_an_outage_of_half_an_hour_is_one_loss_one_return_and_one_log_line_each() -> None:
    clock = JumpingClock()
    start_s = clock.now_s

    def opener(settings: StreamSettings) -> ScriptedSource:
        away_s = clock.now_s - start_s
        if 0 < away_s < 1800:
            raise Unreachable("rtsp://camera/main: connection refused")
        return ScriptedSource(
            clock, live(20), StreamEnded("over"), (lambda: None) if away_s == 0 else feed.close
        )

    feed = Feed("k12", SETTINGS, clock, keep_s=40, cap_bytes=10**6, opener=opener, chance=chance())
    with capture_logs() as lines:
        feed.run()
    seen, cursor = [], 0
    while (item := feed.next(cursor, 0)) is not None:
        if isinstance(item, Packet):
            cursor = item.index + 1
        else:
            seen.append(item)
    lost, back = seen
    assert isinstance(lost, Lost)
    assert isinstance(back, Back)
    assert 1750 < back.away_s < 1900
    assert [line["event"] for line in lines] == ["camera lost", "camera back"]
    tries = [w for w in clock.waits if w >= 1]
    assert 25 <= len(tries) <= 80, "neither hammering nor sleeping"
    assert "s3cret" not in str(lines) + str(seen)


def test_the_reason_is_the_newest_one_while_the_loss_is_said_once() -> None:
    clock = JumpingClock()
    opener = opener_of(Unreachable("cable"), Unauthorized("password"))
    feed = Feed("c", SETTINGS, clock, keep_s=40, cap_bytes=10**6, opener=opener, chance=chance())
    rounds = iter(range(3))
    wait = clock.wait

    def wait_and_stop(stop, seconds):  # type: ignore[no-untyped-def]
        if next(rounds) == 2:
            stop.set()
        return wait(stop, seconds)

    clock.wait = wait_and_stop  # type: ignore[method-assign]
    feed.run()
    first = feed.next(0, 0)
    assert isinstance(first, Lost)
    assert first.reason == "cable"
    assert feed.lost is not None
    assert feed.lost.reason == "password"
    assert feed.next(0, 0) is None
