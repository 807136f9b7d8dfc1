"""What differs from take to take whatever is staged: place, rate, losses, light, weather."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.staging import weather
from benchmarks.staging.parts import Part
from benchmarks.staging.places import OPEN_VARIANTS, Place, open_ground
from benchmarks.staging.standin import Faults
from benchmarks.staging.take import Due, Take
from benchmarks.staging.weather import Effect
from vision import Zone

RATES = (2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 8.0, 12.0)
WEATHERS = ("plain", "plain", "clouds", "rain", "night", "drift", "wind")


@dataclass(frozen=True, slots=True)
class Setting:
    """Chance and the circumstances of one take."""

    rng: np.random.Generator
    family: str
    number: int
    place: Place
    fps: float
    lost: float
    weather: str

    @classmethod
    def of(cls, family: str, number: int, place: Place | None = None) -> Setting:
        """The circumstances of take `number` of a family, the same each time."""
        rng = np.random.default_rng([number, sum(map(ord, family)), 61])
        where = place or open_ground(int(rng.integers(OPEN_VARIANTS)))
        lost = float(rng.choice([0.0, rng.uniform(0.05, 0.4)]))
        fps = float(rng.choice(RATES))
        return cls(rng, family, number, where, fps, lost, str(rng.choice(WEATHERS)))

    @property
    def seed(self) -> int:
        """For what needs a seed of its own."""
        return self.number

    @property
    def slowest_s(self) -> float:
        """The mean time between two pictures that arrive."""
        return 1 / (self.fps * (1 - self.lost))

    def effects(self) -> tuple[Effect, ...]:
        """The weather."""
        rng = self.rng
        if self.weather == "clouds":
            width = float(rng.uniform(300, 900))
            return (
                weather.cloud(float(rng.uniform(20, 60)), 0.6, width, float(rng.uniform(0, 800))),
            )
        if self.weather == "rain":
            return (weather.rain(float(rng.uniform(0.0003, 0.0012))),)
        if self.weather == "night":
            return (weather.infrared(), weather.insects(int(rng.integers(0, 3)), self.number))
        if self.weather == "drift":
            slow = float(rng.uniform(40, 120))
            return (weather.light(lambda t: 0.8 + 0.25 * float(np.sin(t / slow * 6))),)
        if self.weather == "wind":
            return (weather.shake(float(rng.uniform(0.5, 2.0)), self.number),)
        return ()

    def faults(self) -> Faults:
        """A detector is less sure by night and in rain, and blind for longer: nobody measured."""
        if self.weather in ("night", "rain"):
            return Faults(miss=0.08, score=0.68, spell_s=1.0)
        return Faults()

    def shade(self) -> float:
        """How dark shadows are."""
        return (
            0.0 if self.weather in ("night", "rain") else float(0.12 + 0.3 * self.place.light.sun)
        )

    def take(
        self,
        story: str,
        rule: Mapping[str, Any],
        zone: Zone,
        until_s: float,
        due: tuple[Due, ...] = (),
        *,
        parts: Iterable[Part] = (),
        effects: tuple[Effect, ...] | None = None,
        most_fps: float = 5.0,
        **more: Any,
    ) -> Take:
        """A take under these circumstances; `effects` instead of the weather, `more` of `Take`."""
        return Take(
            f"{self.family}-{self.number:04d}",
            story,
            self.place,
            (rule,),
            (zone,),
            until_s,
            tuple(parts),
            effects=self.effects() if effects is None else effects,
            due=due,
            fps=min(self.fps, most_fps),
            lost=self.lost,
            shade=self.shade(),
            faults=self.faults(),
            seed=self.seed,
            **more,
        )
