"""The uplink: empties the outbox into the store, media first, each event exactly once.

In this room: what an answer means, the HTTP calls, and the loop. Never: a rule, a key, a decision
to forget an event that the store has not confirmed by id and digest.
"""

from events.uplink.loop import Uplink

__all__ = ["Uplink"]
