"""What the processes of a box share: settings, where things lie, clocks, provenance."""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

from cameras.clock import SystemClock, clock_quality
from events.outbox import Outbox
from events.record import Clock, ModelRef, Software
from linewarden.drafts import Instants, Provenance
from linewarden.engine import Engine
from linewarden.enrol import load_device
from linewarden.errors import CommandError
from linewarden.provenance import boot_id
from linewarden.settings import EdgeSettings

CLOCK_QUALITY_S = 60.0


@dataclass(frozen=True, slots=True)
class Box:
    """Picklable; each process opens what it needs from it. Holds no secret."""

    settings: EdgeSettings
    model: ModelRef
    engine: Engine
    config_sha256: str
    software: Software

    @property
    def status_folder(self) -> Path:
        """Where cameras write how they are."""
        return self.settings.spool_folder / "status"

    def open_outbox(self) -> Outbox:
        """An outbox of the calling process."""
        _, device = load_device(self.settings.device)
        folder, cap = self.settings.spool_folder, self.settings.outbox_cap_bytes
        return Outbox(folder, device, cap, clock=SystemClock().utc)

    def provenance(self) -> Provenance:
        """What each event says about the box."""
        return Provenance(self.model, self.config_sha256, self.software, self.settings.simulated)


class BoxClock:
    """The instants of a box; asks the kernel for the clock's quality once a minute."""

    def __init__(self, settings: EdgeSettings) -> None:
        self._tz, self._boot_id = settings.tz, boot_id()
        self._clock = SystemClock()
        self._quality = Clock(source="none", synced=False)
        self._asked_s = float("-inf")

    def __call__(self) -> Instants:
        """Now."""
        mono_s = self._clock.monotonic()
        if mono_s - self._asked_s >= CLOCK_QUALITY_S:
            found = clock_quality()
            self._quality = Clock(source=found.source, synced=found.synced, error_ms=found.error_ms)
            self._asked_s = mono_s
        return Instants(self._clock.utc(), mono_s, self._boot_id, self._quality, self._tz)


def hold(file: Path, wait_s: float, busy: CommandError) -> int:
    """Lock a file for as long as this process lives; `busy` if another holds it for `wait_s`."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until_s = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until_s:
                os.close(handle)
                raise busy from None
            time.sleep(0.05)
        else:
            return handle
