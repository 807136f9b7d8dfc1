"""The outbox as its users see it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from events.outbox.append import (
    chain_and_insert,
    close_incident,
    gap_drafts,
    is_held,
    note_incident,
    with_media_on_disk,
)
from events.outbox.ballast import Ballast
from events.outbox.database import Database, NoRoom
from events.outbox.media import MediaFolder
from events.outbox.nouns import (
    Decision,
    Device,
    OpenIncident,
    OutboxStatus,
    Parcel,
    Settled,
)
from events.outbox.pressure import Pressure
from events.outbox.queue import Queue
from events.record import Draft, Event, LostMedium, Medium
from events.seal import Json, OutboxError

LEASE_S = 120.0
ORPHAN_AFTER_S = 3600.0
RESERVED_SHARE = 10
"""One part in so many of the cap is kept free of media, so that events still fit."""


class Outbox:
    """Signed events and their media on the box, until the store has them.

    Safe from several processes (each opens its own, after forking) and threads. `clock` gives UTC
    Unix seconds; it names events and times leases, and may jump. Raises OutboxError where the
    folder is not usable at all; a lack of room is never an exception but a counted refusal.
    """

    def __init__(
        self, folder: Path, device: Device, cap_bytes: int, *, clock: Callable[[], float]
    ) -> None:
        self.folder = folder
        self._device = device
        self._cap_bytes = cap_bytes
        self._clock = clock
        self._refused: set[tuple[str, str | None]] = set()
        self._db = Database(folder / "outbox.sqlite3")
        try:
            self._media = MediaFolder(folder / "media")
            self._pressure = Pressure(folder / "pressure.json")
        except OSError as error:
            self._db.close()
            raise OutboxError(f"{folder}: cannot open the outbox: {error.strerror}") from error
        self._queue = Queue(self._db, self._media, Ballast(folder / "ballast"), clock)

    def put_medium(
        self,
        data: bytes,
        *,
        role: Literal["snapshot", "clip"],
        media_type: Literal["image/jpeg", "video/mp4"],
        captured: str,
        frame: int,
        duration_ms: int | None = None,
    ) -> Medium | LostMedium:
        """Store a medium durably, to be named by an event appended within the hour.

        A LostMedium when there is no room: put it into the draft's `media_lost`.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        try:
            self._store(data, sha256, media_type)
        except NoRoom as error:
            self._pressure.refused(error.reason, media=1)
            return LostMedium(role=role, reason=error.reason)
        return Medium(
            role=role,
            type=media_type,
            sha256=sha256,
            size=len(data),
            captured=captured,
            frame=frame,
            duration_ms=duration_ms,
        )

    def append(self, draft: Draft, *, state: Json | None = None) -> Event | None:
        """Give the draft its place in the chain, sign it and make it durable, in one transaction.

        `state` is saved with the open incident. The draft may be given again after a refusal, which
        is then not counted twice. None means refused for lack of room: that is
        counted, shown by `status`, and owned up to by a signed `gap` event once there is room.
        """
        try:
            with self._db.write() as tx:
                event = self._record(tx, draft, state)
        except NoRoom as error:
            self._no_room(error, draft)
            return None
        self._taken(event)
        return event

    def settle(self, name: str, decide: Callable[[Json | None], Decision]) -> Settled | None:
        """Decide by what is kept under `name`, and write both down in one transaction.

        `decide` gets what is kept (None: nothing yet), alone among all processes of the box, and
        is asked once; it must be quick. None means refused for lack of room, as of `append`:
        nothing has changed.
        """
        draft: Draft | None = None
        try:
            with self._db.write() as tx:
                decision = decide(self._kept(name))
                draft = decision.draft
                self._keep(tx, name, decision.kept)
                event = None if draft is None else self._record(tx, draft, decision.state)
                if decision.closes is not None:
                    close_incident(tx, decision.closes)
        except NoRoom as error:
            self._no_room(error, draft)
            return None
        if event is not None:
            self._taken(event)
        return Settled(event)

    def end(self, draft: Draft, opened: Event) -> Settled | None:
        """End a source's part of an incident: `draft` is recorded where no other holds it open.

        `opened`: the source's first event of the incident. None: refused, as of `append`.
        """
        try:
            with self._db.write() as tx:
                event = None if is_held(tx, opened) else self._record(tx, draft, None)
                close_incident(tx, opened)
        except NoRoom as error:
            self._no_room(error, draft)
            return None
        if event is not None:
            self._taken(event)
        return Settled(event)

    def kept(self, name: str) -> Json | None:
        """What is kept under a name; None for nothing."""
        return self._kept(name)

    def keep(self, name: str, value: Json) -> None:
        """Keep plain data under a name; a lack of room leaves what is there."""
        with suppress(NoRoom), self._db.write() as tx:
            self._keep(tx, name, value)

    def open_incidents(self, source_id: str | None = None) -> tuple[OpenIncident, ...]:
        """Incidents opened and not ended, oldest first; of one camera or sensor if given."""
        rows = self._incidents("is_open", source_id)
        return tuple(
            OpenIncident(
                row["incident_id"],
                row["source_id"],
                row["zone_id"],
                row["rule_id"],
                row["opened_s"],
                json.loads(row["state"]),
                Event.decode(row["opened"]),
            )
            for row in rows
        )

    def pending_clips(self, camera_id: str | None = None) -> tuple[Event, ...]:
        """`opened` events whose `clip` event is still owed, oldest first."""
        rows = self._incidents("awaits_clip", camera_id)
        return tuple(Event.decode(row["opened"]) for row in rows)

    def lease(self, limit: int = 1, lease_s: float = LEASE_S) -> list[Parcel]:
        """The next due events, in order of recording, kept from others for `lease_s` seconds."""
        return self._queue.lease(limit, lease_s)

    def succeeded(self, parcel: Parcel) -> None:
        """The store has confirmed this event by id and digest: it may be forgotten."""
        self._queue.succeeded(parcel)

    def retry(self, parcel: Parcel, delay_s: float, reason: str) -> None:
        """Try this event again after `delay_s` seconds (at most ten minutes)."""
        self._queue.retry(parcel, delay_s, reason)

    def park(
        self, parcel: Parcel, reason: str, detail: str = "", *, tampered: bool = False
    ) -> None:
        """The store refused this event for good: keep it, show it, go on."""
        self._queue.park(parcel, reason, detail, tampered=tampered)

    def requeue(self, reason: str) -> int:
        """Try parked events of this reason again; returns how many."""
        return self._queue.requeue(reason)

    def wake(self, reason: str) -> None:
        """Events put off for this reason are due now."""
        self._queue.wake(reason)

    def release_leases(self) -> None:
        """Forget the leases of an uplink that died. Only the one uplink may do this."""
        self._queue.release()

    def sweep(self, older_than_s: float = ORPHAN_AFTER_S) -> None:
        """Remove what crashes left: old files and media that no event names."""
        self._queue.sweep(older_than_s)

    def status(self) -> OutboxStatus:
        """What an operator must see."""
        counts = self._pressure.read()
        (queued,) = self._db.read(
            "SELECT count(*), min(appended_s) FROM events WHERE state='queued'"
        )
        parked = self._db.read(
            "SELECT reason, count(*) FROM events WHERE state = 'parked' GROUP BY reason"
        )
        used_bytes = self._fact("used_bytes")
        near = used_bytes >= self._cap_bytes - self._cap_bytes // RESERVED_SHARE
        return OutboxStatus(
            queued=queued[0],
            parked={row[0]: row[1] for row in parked},
            used_bytes=used_bytes,
            cap_bytes=self._cap_bytes,
            full=near or counts.reason is not None,
            reason=counts.reason or ("outbox_full" if near else None),
            refused_total=counts.refused,
            media_refused_total=counts.media_refused,
            tampered=bool(self._fact("tampered")),
            oldest_age_s=None if queued[1] is None else max(self._clock() - queued[1], 0.0),
        )

    def close(self) -> None:
        """Let go of the files."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _store(self, data: bytes, sha256: str, media_type: str) -> None:
        if not data:
            raise NoRoom("empty", "a medium without bytes")
        self._check_room(len(data), self._cap_bytes - self._cap_bytes // RESERVED_SHARE)
        written = self._media.write(data)
        try:
            with self._db.write() as tx:
                self._media.place(written, sha256)
                tx.execute(
                    "INSERT OR IGNORE INTO media VALUES (?, ?, ?)", (sha256, len(data), media_type)
                )
                tx.execute(
                    "INSERT INTO claims(sha256, made_s) VALUES (?, ?)", (sha256, self._clock())
                )
        finally:
            written.unlink(missing_ok=True)

    def _record(self, tx: sqlite3.Connection, draft: Draft, state: Json | None) -> Event:
        now_s = self._clock()
        counts = self._pressure.read()
        for gap in gap_drafts(
            tx, self._device, draft, refused_total=counts.refused, reason=counts.reason
        ):
            chain_and_insert(tx, self._device, gap, now_s=now_s)
        whole = with_media_on_disk(tx, self._media, draft)
        event = chain_and_insert(tx, self._device, whole, now_s=now_s)
        note_incident(tx, event, state)
        self._check_room(0, self._cap_bytes)
        return event

    def _no_room(self, error: NoRoom, draft: Draft | None) -> None:
        if draft is None:
            return
        self._pressure.refused(error.reason, events=self._first_refusal(draft))
        with suppress(NoRoom):
            self._queue.unclaim(m.sha256 for m in draft.media)

    def _taken(self, event: Event) -> None:
        self._refused.discard((event.kind, event.incident_id))
        self._relieved(event)

    def _kept(self, name: str) -> Json | None:
        rows = self._db.read("SELECT value FROM kept WHERE name = ?", (name,))
        return json.loads(rows[0]["value"]) if rows else None

    def _keep(self, tx: sqlite3.Connection, name: str, value: Json) -> None:
        tx.execute(
            "INSERT INTO kept VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
            (name, json.dumps(value)),
        )

    def _check_room(self, size_bytes: int, limit_bytes: int) -> None:
        if self._fact("used_bytes") + size_bytes > limit_bytes:
            raise NoRoom("outbox_full", f"the outbox holds {limit_bytes} bytes, its cap")

    def _relieved(self, event: Event) -> None:
        reason = self._pressure.read().reason
        if reason is not None and reason not in {lost.reason for lost in event.media_lost}:
            self._pressure.relieved()

    def _first_refusal(self, draft: Draft) -> int:
        """1, or 0 for a draft that was refused before and is only tried again."""
        key = (draft.kind, draft.incident_id)
        if draft.incident_id is not None and key in self._refused:
            return 0
        self._refused.add(key)
        return 1

    def _fact(self, name: str) -> int:
        (row,) = self._db.read("SELECT value FROM facts WHERE name = ?", (name,))
        return int(row[0])

    def _incidents(
        self, flag: Literal["is_open", "awaits_clip"], source_id: str | None
    ) -> list[sqlite3.Row]:
        return self._db.read(
            f"SELECT * FROM incidents WHERE {flag} AND (? IS NULL OR source_id = ?)"  # noqa: S608 - a literal
            " ORDER BY opened_s, incident_id",
            (source_id, source_id),
        )
