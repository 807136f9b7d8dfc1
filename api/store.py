"""What one running store consists of: settings, database, media, clock, live updates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.blobs import BlobStore
from api.clock import Clock
from api.db import Database
from api.db.tables import Network as NetworkRow
from api.errors import BlobError
from api.live import Live
from api.settings import StoreSettings
from api.stale import Moment
from events.place import Network
from events.seal import Signer

_MEDIA_CHECK_EVERY = timedelta(seconds=5)


@dataclass(slots=True)
class Store:
    """Handed to every service. `signer` has the store's own key, `verifier` is the stand-alone
    script of evidence packages.
    """

    settings: StoreSettings
    db: Database
    blobs: BlobStore
    live: Live
    clock: Clock
    signer: Signer
    verifier: bytes | None = None
    _network: Network | None = None
    _lock: Lock = field(default_factory=Lock)
    _media_checked: tuple[datetime, bool] | None = None

    @property
    def radius_m(self) -> float:
        """How far from a pipeline counts, in metres."""
        return self.settings.radius_m

    def moment(self) -> Moment:
        """Now, for whoever looks."""
        return Moment(self.clock(), self.settings.status_stale_s)

    @property
    def derived(self) -> Path:
        """Where copies lie that can be made again."""
        return self.settings.folder / "derived"

    def media_are_well(self) -> bool:
        """Whether media can be written; tried at most every few seconds, whoever asks."""
        now, last = self.clock(), self._media_checked
        if last is None or not timedelta() <= now - last[0] < _MEDIA_CHECK_EVERY:
            last = self._media_checked = now, _can_write(self.blobs)
        return last[1]

    def network(self, session: Session) -> Network | None:
        """The current network; parsed once per version. Another process may have imported it."""
        newest = select(NetworkRow.version).order_by(NetworkRow.id.desc()).limit(1)
        version = session.scalar(newest)
        with self._lock:
            if self._network is None or self._network.version != version:
                self._network = _load(session, version)
            return self._network


def _can_write(blobs: BlobStore) -> bool:
    try:
        blobs.check()
    except BlobError:
        return False
    return True


def _load(session: Session, version: str | None) -> Network | None:
    row = session.scalar(select(NetworkRow).where(NetworkRow.version == version).limit(1))
    return Network.parse(row.data, row.name) if row is not None else None
