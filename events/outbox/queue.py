"""The way out of the outbox: lease, then succeeded, retry or park. Parked rows block nobody.

Times are wall-clock seconds that may jump, so a wait that reaches further ahead than any wait we
ever set counts as over.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress

from events.outbox.ballast import Ballast
from events.outbox.database import Database, NoRoom
from events.outbox.media import MediaFolder
from events.outbox.nouns import Parcel, ParcelMedium

MAX_DELAY_S = 600.0
MAX_LEASE_S = 600.0
_ORPHAN_MEDIA = (
    "SELECT sha256 FROM media WHERE NOT EXISTS"
    " (SELECT 1 FROM needs WHERE needs.sha256 = media.sha256) AND NOT EXISTS"
    " (SELECT 1 FROM claims WHERE claims.sha256 = media.sha256)"
)
_ONLY_MINE = (
    "SELECT sha256 FROM needs mine WHERE event = ? AND NOT EXISTS"
    " (SELECT 1 FROM needs other WHERE other.sha256 = mine.sha256 AND other.event != mine.event)"
    " AND NOT EXISTS (SELECT 1 FROM claims WHERE claims.sha256 = mine.sha256)"
)
_DUE = (
    "SELECT * FROM events WHERE state = 'queued'"
    " AND NOT (not_before_s > :now AND not_before_s <= :now + :delay)"
    " AND NOT (lease_until_s > :now AND lease_until_s <= :now + :lease) ORDER BY id LIMIT :limit"
)
_PUT_OFF = "SELECT 1 FROM events WHERE state = 'queued' AND reason = ? AND not_before_s > 0 LIMIT 1"
_WAKE = "UPDATE events SET not_before_s = 0 WHERE state = 'queued' AND reason = ?"


class Queue:
    """The delivering side of the outbox."""

    def __init__(
        self, db: Database, media: MediaFolder, ballast: Ballast, clock: Callable[[], float]
    ) -> None:
        self._db, self._media, self._ballast = db, media, ballast
        self._clock = clock
        ballast.take()

    def lease(self, limit: int, lease_s: float) -> list[Parcel]:
        """The first due events in order of recording, held for `lease_s` seconds.

        A full disk cannot note the lease; then the events are given all the same, because
        delivering them is what makes room.
        """
        if not self._due(1):
            return []
        try:
            with self._db.write() as tx:
                rows = self._due(limit)
                until_s = self._clock() + min(lease_s, MAX_LEASE_S)
                tx.executemany(
                    "UPDATE events SET lease_until_s = ? WHERE id = ?",
                    [(until_s, row["id"]) for row in rows],
                )
        except NoRoom:
            rows = self._due(limit)
        return [self._parcel(row) for row in rows]

    def succeeded(self, parcel: Parcel) -> None:
        """The store has it: forget the event, and its media unless another event needs them."""
        try:
            self._delete(parcel)
        except NoRoom:
            self._delete_making_room(parcel)
        with suppress(NoRoom):
            self.collect()
        self._ballast.take()

    def retry(self, parcel: Parcel, delay_s: float, reason: str) -> None:
        """Not now: again after `delay_s` seconds."""
        with self._db.write() as tx:
            tx.execute(
                "UPDATE events SET attempts = attempts + 1, not_before_s = ?, reason = ?,"
                " lease_until_s = 0 WHERE id = ?",
                (self._clock() + min(delay_s, MAX_DELAY_S), reason[:200], parcel.id),
            )

    def park(self, parcel: Parcel, reason: str, detail: str, *, tampered: bool) -> None:
        """Refused for good: keep it, visible, and go on with the next."""
        with self._db.write() as tx:
            tx.execute(
                "UPDATE events SET state = 'parked', reason = ?, detail = ?, lease_until_s = 0"
                " WHERE id = ?",
                (reason[:200], detail[:1000], parcel.id),
            )
            if tampered:
                tx.execute("UPDATE facts SET value = 1 WHERE name = 'tampered'")

    def requeue(self, reason: str) -> int:
        """Parked events of this reason are tried again; how many they were."""
        with self._db.write() as tx:
            return tx.execute(
                "UPDATE events SET state = 'queued', reason = NULL, detail = NULL, attempts = 0,"
                " not_before_s = 0 WHERE state = 'parked' AND reason = ?",
                (reason,),
            ).rowcount

    def release(self) -> None:
        """Drop all leases: only for the one uplink, when it starts."""
        with self._db.write() as tx:
            tx.execute("UPDATE events SET lease_until_s = 0 WHERE lease_until_s != 0")

    def wake(self, reason: str) -> None:
        """What was put off for this reason is due now."""
        if self._db.read(_PUT_OFF, (reason,)):
            with self._db.write() as tx:
                tx.execute(_WAKE, (reason,))

    def unclaim(self, digests: Iterable[str]) -> None:
        """These media will not be named after all."""
        with self._db.write() as tx:
            for sha256 in digests:
                tx.execute(
                    "DELETE FROM claims WHERE id = (SELECT min(id) FROM claims WHERE sha256 = ?)",
                    (sha256,),
                )
        self.collect()

    def collect(self) -> None:
        """Remove media that no event needs and nobody is about to name."""
        with self._db.write() as tx:
            for (sha256,) in tx.execute(_ORPHAN_MEDIA).fetchall():
                self._media.path(sha256).unlink(missing_ok=True)
                tx.execute("DELETE FROM media WHERE sha256 = ?", (sha256,))

    def sweep(self, older_than_s: float) -> None:
        """Remove what crashes left behind: old files without a row, claims that nobody used."""
        with self._db.write() as tx:
            limit_s = self._clock() - older_than_s
            tx.execute(
                "DELETE FROM claims WHERE made_s < ? OR made_s > ?", (limit_s, self._clock() + 60)
            )
            known = {sha256 for (sha256,) in tx.execute("SELECT sha256 FROM media")}
            for path in self._media.older_than(limit_s):
                if path.name not in known:
                    path.unlink(missing_ok=True)
        self.collect()

    def _due(self, limit: int) -> list[sqlite3.Row]:
        values = {
            "now": self._clock(),
            "delay": MAX_DELAY_S,
            "lease": MAX_LEASE_S,
            "limit": limit,
        }
        return self._db.read(_DUE, values)

    def _parcel(self, row: sqlite3.Row) -> Parcel:
        media = self._db.read(
            "SELECT media.* FROM needs JOIN media USING (sha256) WHERE event = ? ORDER BY sha256",
            (row["id"],),
        )
        return Parcel(
            row["id"],
            row["event_id"],
            row["seq"],
            row["payload_sha256"],
            row["envelope"],
            tuple(
                ParcelMedium(m["sha256"], m["size"], m["type"], self._media.path(m["sha256"]))
                for m in media
            ),
            row["attempts"],
        )

    def _delete(self, parcel: Parcel) -> None:
        with self._db.write() as tx:
            tx.execute("DELETE FROM events WHERE id = ?", (parcel.id,))

    def _delete_making_room(self, parcel: Parcel) -> None:
        """As `_delete`, where the full disk cannot note it: free the event's own media first.

        All in one transaction, so that no writer takes the room away. If we die before it is
        noted, the event is sent again: the store has its media already.
        """
        with self._db.write() as tx:
            for (sha256,) in tx.execute(_ONLY_MINE, (parcel.id,)).fetchall():
                self._media.path(sha256).unlink(missing_ok=True)
            self._ballast.drop()
            tx.execute("DELETE FROM events WHERE id = ?", (parcel.id,))
