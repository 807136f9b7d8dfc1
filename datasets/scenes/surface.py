"""What a patch of surface looks like: light on it, dust on it, air before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datasets.scenes import noise
from datasets.scenes.light import Light
from datasets.scenes.mesh import Floats

_DUST = np.array([0.13, 0.155, 0.18], np.float32)


@dataclass(frozen=True, slots=True)
class Surface:
    """N patches: place (N, 3) and depth (N,) in metres; linear BGR in the shade (N, 3) and what the
    sun adds (N, 3); gloss (N,) 0..1.
    """

    place: Floats
    depth_m: Floats
    sun: Floats
    shade: Floats
    gloss: Floats

    def seen(
        self, light: Light, lit: Floats | None, dirt: float, origin: tuple[float, float]
    ) -> Floats:
        """Picture values (N, 3). `lit` (N,) is the sun's share, None everywhere 1."""
        sun = self.sun if lit is None else self.sun * lit[:, None]
        height = self.place[:, 2]
        low = 0.62 + 0.38 * np.clip(height / 0.9, 0.0, 1.0)
        colour = np.asarray((self.shade + sun) * low[:, None], np.float32)
        if dirt > 0:
            colour = self._dusty(colour, light, dirt, origin)
        arrive = light.air(self.depth_m)[:, None]
        return np.asarray(light.display(colour) * arrive + light.haze_bgr * (1 - arrive))

    def _dusty(
        self, colour: Floats, light: Light, dirt: float, origin: tuple[float, float]
    ) -> Floats:
        """Stains that hang on the thing, thicker near the ground, thin on glass and paint."""
        x, y = self.place[:, 0] - origin[0], self.place[:, 1] - origin[1]
        z = self.place[:, 2]
        stain = noise.at(x + z, y - 0.7 * z, 0.5)
        fine = noise.at(x - z, y + z, 0.12)
        amount = np.clip(0.25 + 0.35 * stain + 0.9 * (1 - z / 1.6), 0, 0.8)
        amount = (dirt * amount * (0.75 - 0.5 * self.gloss))[:, None]
        dust = _DUST * (light.sky + 0.5 * light.sun)
        mixed = colour * (1 - amount) + dust * amount
        return np.asarray(mixed * (1 + 0.10 * dirt * (stain + fine))[:, None])
