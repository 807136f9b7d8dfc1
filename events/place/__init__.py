"""Place: from a point with an error to a pipeline segment and the people who answer for it.

Chainage, legal zones and responsibility come here. Never: a picture, a signature, an outbox.
"""

from events.place.errors import PlaceError
from events.place.network import Network
from events.place.segment import Near, Resolved, Segment, Unresolved

__all__ = ["Near", "Network", "PlaceError", "Resolved", "Segment", "Unresolved"]
