"""The doctor's look at what waits on the box: parked, lost for lack of room, contradicting."""

from __future__ import annotations

from collections.abc import Iterator

from cameras.clock import SystemClock
from events.outbox import Outbox
from events.seal import SealError
from linewarden.enrol import load_device
from linewarden.errors import CommandError
from linewarden.findings import Finding
from linewarden.settings import EdgeSettings

_ENROL = "get a code by `linewarden device code` at the store, then run `linewarden enrol`"
_REFUSED = "they stay on the box; the uplink's log tells the store's answer to each"
_ROOM = "make room on the disk or raise `outbox_cap`; see why it is not sent"
_TAMPERED = (
    "leave the box as it is and find out whether its disk or key was copied, or an old backup"
    " restored; if copied: `linewarden device revoke --key` at the store"
)


def check_outbox(settings: EdgeSettings) -> Iterator[Finding]:
    """What the outbox says of itself; nothing where the box is not enrolled or never ran."""
    if not (settings.spool_folder / "outbox.sqlite3").exists():
        return
    try:
        _, device = load_device(settings.device)
        cap = settings.outbox_cap_bytes
        with Outbox(settings.spool_folder, device, cap, clock=SystemClock().utc) as outbox:
            status = outbox.status()
    except (SealError, CommandError) as error:
        yield Finding("outbox", "wrong", str(error), error.remedy)
        return
    found = f"{status.queued} events wait, {status.used_bytes / 1e6:.1f} MB"
    yield Finding("outbox", "warn", found, _ROOM) if status.full else Finding("outbox", "ok", found)
    for reason, count in sorted(status.parked.items()):
        remedy = _ENROL if reason == "auth" else _REFUSED
        yield Finding("outbox parked", "warn", f"{count} events: {reason}", remedy)
    if status.refused_total:
        found = f"{status.refused_total} events found no room since this box was set up"
        yield Finding("outbox lost", "warn", found, _ROOM)
    if status.tampered:
        found = "the store holds other events under this box's numbers"
        yield Finding("outbox contradiction", "warn", found, _TAMPERED)
