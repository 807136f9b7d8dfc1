"""Rules: what happens over time becomes an incident.

In this room: one pure state machine per rule family, and the sentences that explain it.
Never: a clock, a file, a frame, a database, a thread, chance.
"""

from events.rules.dwell import Dwell, step
from events.rules.family import (
    LEVELS,
    Kind,
    Level,
    Rule,
    RuleError,
    RuleState,
    Transition,
    whole,
)
from events.rules.plume import Plume, PlumeState, Suspicion
from events.rules.plume import step as step_plume
from events.rules.state import Clock, Incident, State

__all__ = [
    "LEVELS",
    "Clock",
    "Dwell",
    "Incident",
    "Kind",
    "Level",
    "Plume",
    "PlumeState",
    "Rule",
    "RuleError",
    "RuleState",
    "State",
    "Suspicion",
    "Transition",
    "step",
    "step_plume",
    "whole",
]
