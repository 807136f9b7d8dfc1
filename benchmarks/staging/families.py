"""The table of families: what is staged for each, and what must stay silent beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.staging import cameras, floors, fumes, machines, people
from benchmarks.staging.places import FLOOR_VARIANTS, Place, floor
from benchmarks.staging.setting import Setting
from benchmarks.staging.take import Take

Case = Callable[[Setting], Take]
OF_THREE = 3
"""Of three takes, two have an event and one has none."""


@dataclass(frozen=True, slots=True)
class Staged:
    """One family: `events` are drawn for takes that should fire, `silent` for those that should
    not. `place` gives the ground, by the number of the take; None: any open ground.
    """

    events: tuple[Case, ...]
    silent: tuple[Case, ...]
    place: Callable[[int], Place] | None = None

    def take(self, family: str, number: int) -> Take:
        """Take `number` of the family, the same each time."""
        place = None if self.place is None else self.place(number)
        setting = Setting.of(family, number, place)
        cases = self.silent if number % OF_THREE == OF_THREE - 1 else self.events
        return cases[int(setting.rng.integers(len(cases)))](setting)


def _floor(number: int) -> Place:
    return floor(number // OF_THREE % FLOOR_VARIANTS)


FAMILIES: Mapping[str, Staged] = {
    "works": Staged(
        (machines.works,),
        (machines.parked_machine, machines.machine_passes, machines.works_beside),
    ),
    "vehicle-stopped": Staged(
        (machines.stops("vehicle-stopped"),),
        (machines.stops_shortly("vehicle-stopped"), machines.queue("vehicle-stopped")),
    ),
    "heavy-vehicle-stopped": Staged(
        (machines.stops("heavy-vehicle-stopped"),),
        (machines.stops_shortly("heavy-vehicle-stopped"), machines.queue("heavy-vehicle-stopped")),
    ),
    "approach": Staged((machines.approaches,), (machines.leaves, machines.passes_by)),
    "repeated-passes": Staged((machines.passes,), (machines.passes_seldom,)),
    "gathering": Staged((people.gathers,), (people.few, people.stream, people.meets_shortly)),
    "dwell": Staged((machines.dwells,), (machines.dwells_shortly,)),
    **{
        use: Staged((floors.blocks(one),), (floors.free(one),), _floor)
        for use, one in floors.USES.items()
        if use != "piling"
    },
    "shutter-down": Staged((floors.shutter_down,), (floors.free(None),), _floor),
    "piling": Staged((floors.blocks(floors.STRIP),), (floors.free(floors.STRIP),)),
    "smoke": Staged((fumes.burns("smoke"),), (fumes.seems("smoke"),)),
    "fire": Staged((fumes.burns("fire"),), (fumes.seems("fire"),)),
    "camera-watch": Staged((cameras.fault,), (cameras.well,)),
}
