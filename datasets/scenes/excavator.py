"""Excavators with joints, facing +y, standing on z = 0 at the origin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from datasets.scenes.machines import DARK, GREY, STEEL, YELLOW, beam, cab, step, track
from datasets.scenes.mesh import MATT, Colour, Mesh, box, join, prism, tube, wheel


@dataclass(frozen=True, slots=True)
class Pose:
    """Angles of an excavator: slew clockwise from the tracks; the others above the horizon."""

    slew_deg: float = 0.0
    boom_deg: float = 62.0
    stick_deg: float = -122.0
    bucket_deg: float = -195.0


FOLDED = Pose()


def _bucket(at: tuple[float, float], angle_deg: float) -> Mesh:
    shape = [(0.0, 0.18), (0.55, 0.42), (1.0, 0.32), (1.25, -0.02), (1.05, -0.34), (0.45, -0.2)]
    a = np.radians(angle_deg)
    c, s = float(np.cos(a)), float(np.sin(a))
    outline = [(at[0] + y * c - z * s, at[1] + y * s + z * c) for y, z in shape]
    parts = [prism(outline, -0.55, 0.55, (92, 88, 82), MATT)]
    tip = (at[0] + 1.22 * c + 0.1 * s, at[1] + 1.22 * s - 0.1 * c)
    end = step(tip, angle_deg - 25, 0.24)
    for x in (-0.45, -0.15, 0.15, 0.45):
        parts.append(tube((x, *tip), (x, *end), 0.06, (120, 116, 108), end_radius_m=0.02, sides=4))
    return join(parts)


def tip_m(pose: Pose) -> float:
    """Height of the bucket's tip above the ground, metres; negative is below."""
    height = 1.75
    for angle, length in (
        (pose.boom_deg, 2.6),
        (pose.boom_deg - 40, 3.2),
        (pose.stick_deg, 2.7),
        (pose.bucket_deg, 1.25),
    ):
        height += length * float(np.sin(np.radians(angle)))
    return height


def _arm(pose: Pose, colour: Colour) -> list[Mesh]:
    root = (0.6, 1.75)
    bend = step(root, pose.boom_deg, 2.6)
    tip = step(bend, pose.boom_deg - 40, 3.2)
    wrist = step(tip, pose.stick_deg, 2.7)
    tail = step(tip, pose.stick_deg, -0.75)
    parts = [
        beam(root, bend, 0.45, 0.78, 0.46, colour),
        beam(step(bend, pose.boom_deg, -0.15), tip, 0.80, 0.40, 0.44, colour),
        beam(tail, tip, 0.30, 0.55, 0.36, colour),
        beam(tip, wrist, 0.55, 0.32, 0.34, colour),
        _bucket(wrist, pose.bucket_deg),
    ]
    boom_eye = step(root, pose.boom_deg, 2.2)
    knee = step(bend, pose.boom_deg + 50, 0.42)
    linkage = step(wrist, pose.stick_deg, -0.35)
    link_out = step(linkage, pose.bucket_deg + 40, 0.5)
    for x in (-0.32, 0.32):
        mid = step(
            (1.0, 1.35), float(np.degrees(np.arctan2(boom_eye[1] - 1.35, boom_eye[0] - 1))), 1.2
        )
        parts.append(tube((x, 1.0, 1.35), (x, *mid), 0.10, colour, sides=6))
        parts.append(tube((x, *mid), (x, *boom_eye), 0.055, STEEL, sides=6))
    half = ((knee[0] + tail[0]) / 2, (knee[1] + tail[1]) / 2)
    parts += [
        tube((0.0, *knee), (0.0, *half), 0.10, colour, sides=6),
        tube((0.0, *half), (0.0, *tail), 0.055, STEEL, sides=6),
        tube(
            (0.0, *step(tip, pose.stick_deg + 90, 0.38)), (0.0, *link_out), 0.085, colour, sides=6
        ),
        beam(linkage, link_out, 0.14, 0.14, 0.2, DARK),
    ]
    return parts


def excavator(
    pose: Pose = FOLDED,
    colour: Colour = YELLOW,
    *,
    trim: Colour = GREY,
    wheeled: bool = False,
) -> Mesh:
    """A 20-tonne excavator; its house turns by `pose.slew_deg` over the undercarriage."""
    under, house = _body(colour, trim, wheeled)
    turning = join([house, *_arm(pose, colour)])
    return join([under, turning.turned(yaw_deg=pose.slew_deg)])


@lru_cache(maxsize=4)
def _body(colour: Colour, trim: Colour, wheeled: bool) -> tuple[Mesh, Mesh]:
    """What no joint changes: the undercarriage, and the house without its arm."""
    under = [box((-0.8, -1.2, 0.45), (0.8, 1.2, 0.95), DARK, MATT)]
    if wheeled:
        under += [wheel(x, y, 0.5, 0.5, trim) for x in (-1.05, 1.05) for y in (-1.35, 1.35)]
        under.append(box((-1.2, 2.0, 0.15), (1.2, 2.2, 0.75), colour))
    else:
        under += [track(-1.15, 4.2, 0.95, 0.6), track(1.15, 4.2, 0.95, 0.6)]
    under.append(tube((0, 0, 0.9), (0, 0, 1.14), 0.75, DARK, sides=12))
    house = [
        box((-1.38, -2.1, 1.12), (1.38, 1.25, 1.32), (60, 59, 57)),
        box((-1.33, -1.75, 1.32), (1.33, -0.15, 2.16), colour, taper=0.95),
        prism(
            [(-2.75, 1.4), (-2.6, 1.14), (-1.75, 1.14), (-1.75, 2.22), (-2.6, 2.22), (-2.78, 1.9)],
            -1.36,
            1.36,
            trim,
        ),
        box((-0.75, -1.6, 2.16), (0.85, -0.4, 2.32), (58, 57, 55)),
        box((0.5, -0.15, 1.32), (1.35, 1.1, 1.95), colour),
        box((0.55, 1.1, 1.32), (1.3, 1.3, 1.7), DARK),
        cab((-1.36, -0.12, 1.32), (-0.42, 1.55, 2.92), colour),
        tube((0.55, -0.9, 2.3), (0.55, -0.9, 2.75), 0.08, DARK, sides=6),
        box((-0.34, 0.15, 1.3), (0.34, 0.95, 1.85), colour),
    ]
    stripe = [(-1.6, 1.5), (-0.3, 1.5), (-0.3, 1.75), (-1.6, 1.75)]
    house.append(prism(stripe, -1.36, 1.36, DARK))
    for y in (-1.5, -0.6, 0.2, 1.05):
        house.append(tube((1.3, y, 1.95), (1.3, y, 2.55), 0.025, DARK, sides=4))
    house.append(tube((1.3, -1.5, 2.55), (1.3, 1.05, 2.55), 0.025, DARK, sides=4))
    return join(under), join(house)
