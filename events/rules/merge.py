"""One activity, one incident: rules that see the same object alarm once.

Rules of one group (such as `works`) whose openings lie at the same place, within three sigma, or
are of the same track, share the incident of the first. It is raised when one of them thinks it
graver, and it ends when the last of them has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot

from events.rules.family import LEVELS, Level, Transition

SIGMAS = 3.0


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the object of an incident is: metres on the ground or pixels, the same for all rules
    of a camera, with its sigma.
    """

    x: float
    y: float
    sigma: float

    def meets(self, other: Spot) -> bool:
        """Whether both may be one place."""
        apart = hypot(self.x - other.x, self.y - other.y)
        return apart <= SIGMAS * hypot(self.sigma, other.sigma)


@dataclass(frozen=True, slots=True)
class Shared:
    """An incident that may be of several rules; told under the name of `leader`.

    `spot` is None for one that another process left open: any of its group may be the same.
    """

    group: str
    leader: str
    members: frozenset[str]
    level: Level
    track_id: int
    spot: Spot | None


Told = tuple[str, Transition]
"""A transition, and the id of the rule under whose name it is told."""


def merge(
    shared: tuple[Shared, ...], rule_id: str, group: str, said: Transition, spot: Spot | None
) -> tuple[tuple[Shared, ...], tuple[Told, ...]]:
    """Take a transition of a rule; what is to be told of it, under which rule's name.

    `spot`: where the object is that the transition is about, None where nobody knows.
    """
    own = next((one for one in shared if rule_id in one.members), None)
    if own is None and said.kind == "opened":
        own = next((one for one in shared if _same(one, rule_id, group, said, spot)), None)
        if own is None:
            begun = Shared(group, rule_id, frozenset({rule_id}), said.level, said.track_id, spot)
            return (*shared, begun), ((rule_id, said),)
        joined = replace(own, members=own.members | {rule_id})
        return _put(shared, own, *_raised(joined, said))
    if own is None:
        return shared, ((rule_id, said),)
    if said.kind == "ended":
        left = own.members - {rule_id}
        if left:
            return _put(shared, own, replace(own, members=left), ())
        rest = tuple(one for one in shared if one is not own)
        return rest, ((own.leader, replace(said, level=own.level)),)
    if said.kind == "lowered" and own.members == {rule_id}:
        return _put(shared, own, replace(own, level=said.level), ((own.leader, said),))
    return _put(shared, own, *_raised(own, said))


def _same(one: Shared, rule_id: str, group: str, said: Transition, spot: Spot | None) -> bool:
    if one.group != group:
        return False
    if one.leader == rule_id:  # a rule has one incident at most under its name
        return True
    if said.track_id and said.track_id == one.track_id:
        return True
    if one.spot is None:
        return True
    return spot is not None and spot.meets(one.spot)


def _raised(one: Shared, said: Transition) -> tuple[Shared, tuple[Told, ...]]:
    """Told again only where the level rises."""
    if LEVELS.index(said.level) <= LEVELS.index(one.level):
        return one, ()
    return replace(one, level=said.level), ((one.leader, replace(said, kind="raised")),)


def _put(
    shared: Sequence[Shared], old: Shared, new: Shared, told: tuple[Told, ...]
) -> tuple[tuple[Shared, ...], tuple[Told, ...]]:
    return tuple(new if one is old else one for one in shared), told
