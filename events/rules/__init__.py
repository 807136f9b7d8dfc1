"""Rules: what happens over time becomes an incident.

In this room: one pure state machine per rule family, and the sentences that explain it.
Never: a clock, a file, a frame, a database, a thread, chance.
"""

from events.rules.dwell import Dwell, RuleError, step
from events.rules.state import Clock, Incident, State
from events.rules.words import Transition

__all__ = ["Clock", "Dwell", "Incident", "RuleError", "State", "Transition", "step"]
