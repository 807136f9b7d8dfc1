"""The loop that empties the outbox, and the state that it reports to the store."""

from __future__ import annotations

import fcntl
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import structlog

from events.outbox import Outbox, Parcel
from events.seal import OutboxError
from events.uplink.answers import (
    AUTH,
    LINK,
    Delivered,
    Missing,
    Park,
    Retry,
    Verdict,
    judge_event,
    judge_head,
    judge_put,
)
from events.uplink.client import MediumGone, StoreClient

POLL_S = 0.05
STATUS_EVERY_S = 5.0
SWEEP_EVERY_S = 600.0
FIRST_DELAY_S, MAX_DELAY_S = 1.0, 60.0
TURN_S = 1.0
"""An event that failed waits this much longer than the rest, so that another has its turn."""
_MAX_DOUBLINGS = 6

_log = structlog.get_logger("linewarden.uplink")


class Stop(Protocol):
    """What tells the loop to end; a `threading.Event` will do, or one of another process."""

    def is_set(self) -> bool:
        """True once the loop is to end."""

    def wait(self, timeout: float) -> object:
        """Return after `timeout` seconds, or as soon as it is set."""


def backoff_s(failures: int, chance: float) -> float:
    """Delay in seconds after so many failures in a row: 1 to 60, jittered by `chance` in 0..1."""
    doubled: int = 1 << min(failures, _MAX_DOUBLINGS)
    whole_s = min(MAX_DELAY_S, FIRST_DELAY_S * doubled)
    return max(FIRST_DELAY_S, whole_s * (0.5 + chance / 2))


class Uplink:
    """Delivers the events of one outbox to one store.

    `token` gives the token in force now: enrolling again changes it under a running uplink.
    `clock` gives UTC Unix seconds, `mono` monotone seconds, `chance` jitter in 0..1.
    `camera_states` gives one `{id, state, last_frame_age_s, reason}` for each camera.
    """

    def __init__(
        self,
        outbox: Outbox,
        store_url: str,
        token: Callable[[], str],
        *,
        clock: Callable[[], float],
        mono: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        camera_states: Callable[[], Sequence[Mapping[str, object]]] = lambda: (),
        ca_file: Path | None = None,
    ) -> None:
        self._outbox = outbox
        self._token = token
        self._clock, self._mono, self._chance = clock, mono, chance
        self._camera_states = camera_states
        self._connect: Callable[[], StoreClient] = lambda: StoreClient(
            store_url, token, ca_file=ca_file, mono=mono
        )
        self._client = self._connect()
        self._failures = 0
        self._wait_until_s = float("-inf")
        self._told_to_wait = False
        self._refused_token: str | None = None
        self._auth_works = False

    def run(self, stop: Stop) -> None:
        """Deliver and report until `stop`, then close.

        Raises OutboxError if another uplink is at work.
        """
        with self._alone(), closing(self):
            self._outbox.release_leases()
            reporter = threading.Thread(target=self._report, args=(stop,), daemon=True)
            reporter.start()
            sweep_at_s = float("-inf")
            while not stop.is_set():
                if self._mono() >= sweep_at_s:
                    sweep_at_s = self._mono() + SWEEP_EVERY_S
                    self._guarded(self._outbox.sweep)
                if not self._guarded(self.drain_once):
                    stop.wait(POLL_S)
            reporter.join(timeout=STATUS_EVERY_S)

    def drain_once(self) -> bool:
        """Try the next due event. False if there is none, or while waiting after a failure."""
        if self._mono() < self._wait_until_s:
            return False
        parcels = self._outbox.lease(1)
        if not parcels:
            return False
        parcel, token = parcels[0], self._token()
        match self._deliver(parcel):
            case Delivered():
                self._link_works()
                self._outbox.succeeded(parcel)
            case Park() as park:
                self._link_works()
                self._park(parcel, park, token)
            case Retry() as retry:
                self._put_off(parcel, retry)
            case Missing():
                self._put_off(parcel, Retry("media_missing"))
        return True

    def report_once(self, client: StoreClient | None = None) -> bool:
        """Tell the store how the box is; True if the store took it."""
        token = self._token()
        answer = (client or self._client).post_status(self._status())
        if answer is None or not answer.ours:
            return False
        if answer.status in (401, 403):
            self._auth_works = False
            self._alarm_auth(token)
        if not 200 <= answer.status < 300:
            return False
        if not self._auth_works or self._refused_token not in (None, token):
            was_refused, self._refused_token = self._refused_token is not None, None
            self._auth_works, again = True, self._outbox.requeue(AUTH)
            if again or was_refused:
                _log.info("auth_accepted_again", events=again)
        if self._failures and not self._told_to_wait:
            self._wait_until_s = float("-inf")
            self._outbox.wake(LINK)
        return True

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _deliver(self, parcel: Parcel) -> Verdict:
        verdict = self._media(parcel, ask_first=True)
        if verdict is None:
            verdict = self._event(parcel)
        if isinstance(verdict, Missing):
            verdict = self._media(parcel, ask_first=False) or self._event(parcel)
        return verdict

    def _event(self, parcel: Parcel) -> Verdict:
        answer = self._client.post_event(parcel)
        return judge_event(answer, parcel.event_id, parcel.payload_sha256, self._clock())

    def _media(self, parcel: Parcel, *, ask_first: bool) -> Verdict | None:
        """None once all media are at the store, else what stands in the way."""
        for medium in parcel.media:
            verdict: Verdict = Missing()
            if ask_first:
                verdict = judge_head(self._client.has_medium(medium), self._clock())
            if isinstance(verdict, Missing):
                try:
                    answer = self._client.put_medium(medium)
                except MediumGone as error:
                    return Park("medium_gone", str(error))
                except OSError as error:
                    return Retry(f"medium_unreadable: {error.strerror}")
                verdict = judge_put(answer, medium.sha256, medium.size, self._clock())
            if not isinstance(verdict, Delivered):
                return verdict
        return None

    def _park(self, parcel: Parcel, park: Park, token: str) -> None:
        """`token` was asked before the call: one that is newer by now counts as not yet refused."""
        self._outbox.park(parcel, park.reason, park.detail, tampered=park.tampered)
        if park.reason == AUTH:
            self._alarm_auth(token)
        else:
            _log.error(
                "event_parked",
                event_id=parcel.event_id,
                seq=parcel.seq,
                reason=park.reason,
                detail=park.detail,
                tampered=park.tampered,
            )

    def _put_off(self, parcel: Parcel, retry: Retry) -> None:
        if not self._failures:
            _log.warning("store_lost", reason=retry.reason)
        self._failures += 1
        chance = self._chance()
        wait_s = max(backoff_s(self._failures, chance), retry.after_s or 0.0)
        self._told_to_wait = retry.after_s is not None
        self._wait_until_s = self._mono() + wait_s
        own_s = max(backoff_s(parcel.attempts + 1, chance), wait_s + TURN_S)
        self._outbox.retry(parcel, own_s, retry.reason)

    def _link_works(self) -> None:
        if self._failures:
            _log.info("store_back", failures=self._failures)
        self._failures, self._told_to_wait = 0, False
        self._wait_until_s = float("-inf")

    def _alarm_auth(self, token: str) -> None:
        """Once for each token: what is parked waits until another one is accepted."""
        if self._refused_token != token:
            self._refused_token = token
            _log.error(
                "auth_refused",
                remedy="get a code by `linewarden device code` at the store, "
                "then run `linewarden enrol` here; what is parked is then sent",
            )

    def _status(self) -> dict[str, object]:
        status = self._outbox.status()
        sent_at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        return {
            "sent_at": sent_at.replace("+00:00", "Z"),
            "queued": status.queued,
            "parked": sum(status.parked.values()),
            "outbox_bytes": status.used_bytes,
            "outbox_full": status.full,
            "refused_total": status.refused_total,
            "tampered": status.tampered,
            "cameras": [dict(camera) for camera in self._camera_states()],
        }

    def _report(self, stop: Stop) -> None:
        with self._connect() as client:
            while not stop.is_set():
                self._guarded(lambda: self.report_once(client))
                stop.wait(STATUS_EVERY_S)

    def _guarded(self, step: Callable[[], object]) -> bool:
        """Whether `step` did something. A box without room goes on; it is told once each time."""
        try:
            return bool(step())
        except OutboxError as error:
            _log.error("outbox_trouble", error=str(error), remedy=error.remedy)
            self._wait_until_s = self._mono() + STATUS_EVERY_S
            return False

    @contextmanager
    def _alone(self) -> Iterator[None]:
        path = self._outbox.folder / "uplink.lock"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise OutboxError(
                f"{path}: another uplink empties this outbox", "stop the other one first"
            ) from None
        finally:
            os.close(handle)
