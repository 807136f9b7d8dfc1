"""The outbox: what was recorded stays recorded until the store has it.

In this room: one SQLite database and one folder of media, shared by all processes of a box.
Contract in one sentence: `append` gives a durable, signed event, or None and a refusal that is
counted, visible and later signed for; `settle` does the same with a decision that rests on what the
processes of the box keep together. Never: a network, a rule, a wall clock of its own.
"""

from events.outbox.box import Outbox
from events.outbox.nouns import (
    Decision,
    Device,
    OpenIncident,
    OutboxStatus,
    Parcel,
    ParcelMedium,
    Settled,
)

__all__ = [
    "Decision",
    "Device",
    "OpenIncident",
    "Outbox",
    "OutboxStatus",
    "Parcel",
    "ParcelMedium",
    "Settled",
]
