"""The outbox: what was recorded stays recorded until the store has it.

In this room: one SQLite database and one folder of media, shared by all processes of a box.
Contract in one sentence: `append` gives a durable, signed event, or None and a refusal that is
counted, visible and later signed for. Never: a network, a rule, a wall clock of its own.
"""

from events.outbox.box import Outbox
from events.outbox.nouns import Device, OpenIncident, OutboxStatus, Parcel, ParcelMedium

__all__ = ["Device", "OpenIncident", "Outbox", "OutboxStatus", "Parcel", "ParcelMedium"]
