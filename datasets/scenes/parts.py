"""Parts that several vehicles share."""

from __future__ import annotations

from datasets.scenes.mesh import GLASS, Colour, Mesh, box

_LAMP: Colour = (245, 242, 225)
_TAIL: Colour = (190, 20, 16)


def lamps(x: float, y_front: float, y_back: float, z: float) -> list[Mesh]:
    """Two head lamps and two tail lamps, `x` metres beside the middle, `z` above the ground."""
    front = [
        box(
            (s * x - 0.16, y_front - 0.04, z),
            (s * x + 0.16, y_front + 0.03, z + 0.16),
            _LAMP,
            GLASS,
        )
        for s in (-1, 1)
    ]
    back = [
        box((s * x - 0.14, y_back - 0.03, z), (s * x + 0.14, y_back + 0.04, z + 0.18), _TAIL)
        for s in (-1, 1)
    ]
    return front + back
