"""Rules: what happens over time becomes an incident.

In this room: one pure state machine per rule family, and the sentences that explain it.
Never: a clock, a file, a frame, a database, a thread, chance.
"""

from events.rules.approach import Approaching
from events.rules.camera_fault import CameraFault, CameraFaultState
from events.rules.camera_fault import step as step_camera_fault
from events.rules.dwell import Dwell, step
from events.rules.exit import Obstruction, ObstructionState, Subject
from events.rules.exit import step as step_obstruction
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
from events.rules.gathering import Crowd, CrowdStep, Gathering, GatheringState
from events.rules.gathering import step as step_gathering
from events.rules.passes import Limit, Passes, PassesState
from events.rules.plume import Plume, PlumeState, Suspicion
from events.rules.plume import step as step_plume
from events.rules.state import Clock, Incident, State
from events.rules.works import Doing

__all__ = [
    "LEVELS",
    "Approaching",
    "CameraFault",
    "CameraFaultState",
    "Clock",
    "Crowd",
    "CrowdStep",
    "Doing",
    "Dwell",
    "Gathering",
    "GatheringState",
    "Incident",
    "Kind",
    "Level",
    "Limit",
    "Obstruction",
    "ObstructionState",
    "Passes",
    "PassesState",
    "Plume",
    "PlumeState",
    "Rule",
    "RuleError",
    "RuleState",
    "State",
    "Subject",
    "Suspicion",
    "Transition",
    "step",
    "step_camera_fault",
    "step_gathering",
    "step_obstruction",
    "step_plume",
    "whole",
]
