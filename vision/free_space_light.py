"""Light or thing? What a change of texture and colour says about its cause.

A shadow or a lamp adds one coherent step of brightness and leaves the floor's texture as it is:
along its border (light edge) and inside. Where the floor has no texture, only colour is left: one
ratio of brightness and the same hue is *shadow-like*, and one picture cannot say more (Sanin 2010;
Leone and Distante 2007). A thing that was in the reference and is gone leaves floor that looks like
the floor around it, while the reference does not.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.free_space_grid import (
    CELL_PX,
    SQUARE,
    Cells,
    Mask,
    cell_mean,
    dilated,
    eroded,
    spread,
)
from vision.free_space_memory import TEXTURED, Memory
from vision.free_space_reference import NEW, Comparison, Light, Shot
from vision.free_space_texture import Pixels
from vision.free_space_types import Kind
from vision.types import Picture

COHERENT = 0.5
"""Share of the change that points one way, from which it is one step of brightness."""
ALONG = 0.5
"""Agreement of the texture along that step from which the floor is intact."""
LEAST_TEXTURED = 0.3
"""Share of a region with floor texture from which texture decides."""
ITS_OWN = 0.2
"""Share of a region with a texture of its own, beside no step of brightness, that no light has: of
a lorry, through whose wheels the floor shows, a quarter and more; of staged lights none."""
SAME_HUE = 0.10
ONE_RATIO = 0.16
"""Natural logarithms: spread of hue, and of brightness, that a shadow may have."""
STEP_OVER = 4.0
"""So many times the texture is needed beside a step of brightness, which drowns what is weaker."""
EVEN, CORE_PX, LEAST_CORE_PX = 0.025, 9, 64
"""Half of what most of a shadow's core may vary, in natural logarithms; its distance from the
border, across, and the pixels that it must have."""
MIXED = 0.05
"""Share of what has changed, on top of it, that no light of one ratio can show."""
STRAY, HALO, STRAY_HUE = 0.08, 0.3, 0.12
"""Natural logarithms: how far a pixel must lie beyond the floor's own change, or so much of the
step (a camera sharpens: along a hard edge it draws a halo); and its hue."""
DEEPEST, BRIGHTEST, LEAST_STEP = -1.5, 1.2, 0.05
"""Natural logarithms of the brightness ratio that a light can make."""
GLARE, MOST_GLARE = 250.0, 0.8
"""Grey level from which a camera shows nothing but white, and the share of a region's inner cells
that do: a white thing, or floor in the sun."""
THIN = 0.35
"""Share of a region's hull that is not its border, up to which it may be a border itself."""
ONE_SIDED = 0.4
"""Share of the change in a thin region that points one way, from which it is one side of a step."""
BOTH_FREE = 0.6
SLACK = 0.1
LEAST_BORDER = 0.2
"""Natural logarithm of the brightness ratio between the two sides of a border of light."""
GONE = 0.5
"""A thing is gone if the step to its surroundings is so much smaller than it was."""
LEAST_CONTRAST = 0.12


class Gradient(NamedTuple):
    """A part of a texture, per pixel."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]


def light_edges(memory: Memory, light: Light, wanted: Mask, asked: Mask) -> tuple[Mask, Cells]:
    """The `wanted` cells that are the border of a light; the coherence of change where `asked`."""
    lit, coherence = np.zeros_like(wanted), np.zeros(wanted.shape, np.float32)
    rows, columns = (_around(np.flatnonzero(asked.any(axis))) for axis in (1, 0))
    part, pixels = np.s_[rows, columns], np.s_[_pixels(rows), _pixels(columns)]
    now, floor = (Gradient(t.x[pixels], t.y[pixels]) for t in (memory.texture, light.texture))
    lit[part], coherence[part] = _edges(now, floor, memory.noise[part], wanted[part])
    return lit, coherence


def _around(indices: NDArray[np.intp]) -> slice:
    """From the first to the last, and one to each side, which their cells are blended with."""
    return slice(max(0, int(indices[0]) - 1), int(indices[-1]) + 2)


def _pixels(cells: slice) -> slice:
    return slice(cells.start * CELL_PX, cells.stop * CELL_PX)


def _edges(now: Gradient, floor: Gradient, noise: Cells, wanted: Mask) -> tuple[Mask, Cells]:
    dx, dy = now.x - floor.x, now.y - floor.y
    mean_x, mean_y = cell_mean(dx), cell_mean(dy)
    length = np.sqrt(mean_x**2 + mean_y**2)
    size = np.asarray(cv2.magnitude(dx, dy), np.float32)
    coherence = np.asarray(length / (cell_mean(size) + 1e-6), np.float32)
    if not (wanted & (coherence > COHERENT)).any():
        return np.zeros_like(wanted), coherence
    ux, uy = mean_x / (length + 1e-9), mean_y / (length + 1e-9)

    def along(ax: Cells, ay: Cells, bx: Cells, by: Cells) -> Cells:
        """The product of two gradients' parts along the border (-uy, ux), from second moments."""
        mixed = cell_mean(ax * by + ay * bx)
        own = uy * uy * cell_mean(ax * bx) + ux * ux * cell_mean(ay * by)
        return np.asarray(own - ux * uy * mixed, np.float32)

    both = along(now.x, now.y, floor.x, floor.y)
    own = along(now.x, now.y, now.x, now.y) * along(floor.x, floor.y, floor.x, floor.y)
    agreement = both / (np.sqrt(np.maximum(own, 0)) + 0.5 * noise)
    return wanted & (coherence > COHERENT) & (agreement > ALONG), coherence


def kind_of(
    region: Mask,
    floor: Mask,
    memory: Memory,
    light: Light,
    shot: Shot,
    comparison: Comparison,
    coherence: Cells,
) -> Kind:
    """What a region of new cells most probably is. `shot`: what the floor shows now."""
    colour = shot.colour
    hull = filled_hull(region) & floor
    inner = eroded(hull)
    if float((colour[inner if inner.any() else hull].min(-1) > GLARE).mean()) > MOST_GLARE:
        return "shadow-like"
    plain = comparison.textured & (coherence <= COHERENT)
    if inner.sum() <= THIN * hull.sum() and _is_border(
        region, plain, memory, light, colour, comparison.free
    ):
        return "light"
    if inner.sum() < 3:
        thin_light = float(np.median(coherence[region])) > COHERENT
        return "light" if thin_light or _shadow_like(hull, hull, floor, shot, light) else "object"
    needed = np.where(coherence > COHERENT, STEP_OVER * TEXTURED, TEXTURED)
    on_texture = inner & light.known & (light.texture.energy > needed * memory.noise)
    if on_texture.sum() >= LEAST_TEXTURED * inner.sum():
        own = inner & comparison.new & (coherence <= COHERENT)
        is_floor = float(np.median(comparison.agreement[on_texture])) > NEW
        if is_floor and own.sum() <= ITS_OWN * inner.sum():
            return "light"
    elif _shadow_like(inner, hull, floor, shot, light):
        return "shadow-like"
    return "removed" if _is_gone(hull, light, colour) else "object"


def _is_border(
    region: Mask,
    plain: Mask,
    memory: Memory,
    light: Light,
    colour: NDArray[np.float32],
    free: Mask,
) -> bool:
    """Whether a thin region is one side of a light: floor on both its sides, in two lights.

    Where the floor's grain runs along such a border, nothing is left within it to agree with. A
    thing has two sides, so that its edges cancel out, or none of the floor beyond the one.
    """
    here = spread(region) > 0
    dx, dy = (now[here] - was[here] for now, was in _sides(memory, light))
    length = float(np.hypot(dx.sum(), dy.sum()))
    if length < ONE_SIDED * float(np.hypot(dx, dy).sum()):
        return False
    around = dilated(dilated(region)) & ~dilated(region) & plain
    rows, columns = np.nonzero(region)
    ys, xs = np.nonzero(around)
    beside = ((xs - columns.mean()) * dx.sum() + (ys - rows.mean()) * dy.sum()) / length
    change = np.log((colour + 2) / (light.colour + 2))
    ratio = change.mean(2)
    sides = [side & (np.abs(beside) > 1) for side in (beside > 0, beside < 0)]
    if min(int(side.sum()) for side in sides) < 3:
        return False
    if min(float(free[around][side].mean()) for side in sides) < BOTH_FREE:
        return False
    brighter, darker = (float(np.median(ratio[around][side])) for side in sides)
    hue = np.abs(np.median(change[region] - ratio[region][:, None], 0)).max()
    # From one light to the other, over the floor's own colour: a bar would be brighter than both.
    between = (ratio[region] > darker - SLACK) & (ratio[region] < brighter + SLACK)
    is_floor = hue < 2 * SAME_HUE and float(between.mean()) > BOTH_FREE
    return bool(is_floor and brighter - darker > LEAST_BORDER)


def _sides(memory: Memory, light: Light) -> tuple[tuple[Pixels, Pixels], tuple[Pixels, Pixels]]:
    now, was = memory.texture, light.texture
    return (now.x, was.x), (now.y, was.y)


def _shadow_like(inner: Mask, hull: Mask, floor: Mask, shot: Shot, light: Light) -> bool:
    """Whether a region is darker or brighter than beside it by one ratio, with the floor's hue.

    Away from its border a shadow changes all by one ratio, whatever the floor shows. Of a thing of
    the floor's hue there are sides, folds, seams: several. The `inner` cells are asked, and of the
    whole `hull` that nothing in it is mixed.
    """
    beside = _beside(hull, floor, shot, light)
    ratio = np.log((shot.colour[inner] + 2) / (light.colour[inner] + 2)) - beside
    brightness = ratio.mean(1)
    step = float(np.median(brightness))
    hue = float(np.abs(np.median(ratio - brightness[:, None], 0)).max())
    core = _core(inner, beside, shot, light)
    if len(core) >= LEAST_CORE_PX:
        low, step, high = (float(v) for v in np.percentile(core, (15, 50, 85)))
        is_one = (high - low) / 2 < EVEN
    else:
        is_one = float(1.48 * np.median(np.abs(brightness - step))) < ONE_RATIO
    possible = DEEPEST < step < BRIGHTEST and abs(step) > LEAST_STEP
    return possible and hue < SAME_HUE and is_one and not _is_mixed(hull, floor, step, shot, light)


def _is_mixed(hull: Mask, floor: Mask, step: float, shot: Shot, light: Light) -> bool:
    """Whether parts of a region are what no light makes that changes its core by `step` more than
    the floor beside it.

    Between a shadow and the floor around it there is only what lies between the two. A thing has a
    bright side and a dark one, or a shadow of its own, and parts of other colours.
    """
    near = dilated(dilated(hull))
    rows, columns = (_around(np.flatnonzero(near.any(axis))) for axis in (1, 0))
    part = _pixels(rows), _pixels(columns)
    now, was = (_log_colour(picture[part]) for picture in (shot.crop, light.view))
    ring = near & ~dilated(hull) & light.known & floor
    here, around = (spread(cells[rows, columns]) > 0 for cells in (hull, ring))
    if not around.any():
        return False
    change = now - was
    change -= np.median(change[around], 0)
    brightness = change.mean(2)
    changed = here & (brightness * np.sign(step) > 0.5 * abs(step))
    if abs(step) < LEAST_STEP or not changed.any():
        return False
    hue = change - brightness[..., None]
    seen, slack = (brightness, hue), (max(STRAY, HALO * abs(step)), STRAY_HUE)
    stray = np.zeros_like(here)
    for values, own, most in zip(seen, (step, np.median(hue[changed], 0)), slack, strict=True):
        low, high = np.percentile(values[around], (5, 95), axis=0)
        apart = (values < np.minimum(low, own) - most) | (values > np.maximum(high, own) + most)
        stray |= here & (apart if apart.ndim == 2 else apart.any(2))
    thick = cv2.morphologyEx(stray.view(np.uint8), cv2.MORPH_OPEN, SQUARE)
    return int(thick.sum()) > MIXED * int(changed.sum())


def _beside(hull: Mask, floor: Mask, shot: Shot, light: Light) -> float:
    """The brightness ratio (natural logarithm) of the floor around a region; 0 if there is none."""
    ring = dilated(dilated(hull)) & ~dilated(hull) & light.known & floor
    if not ring.any():
        return 0.0
    return float(np.median(np.log((shot.colour[ring] + 2) / (light.colour[ring] + 2)).mean(1)))


def _core(inner: Mask, beside: float, shot: Shot, light: Light) -> NDArray[np.float32]:
    """The brightness ratios (natural logarithms) of the pixels well inside what has changed most.

    All over that of the floor `beside`. Some, not all of it, lies about the `inner` cells of a
    region. Empty where little has changed.
    """
    near = dilated(inner)
    rows, columns = (_around(np.flatnonzero(near.any(axis))) for axis in (1, 0))
    part = _pixels(rows), _pixels(columns)
    now, was = (_log(picture[part]) for picture in (shot.crop, light.view))
    change = now - was - beside
    low, high = np.percentile(change, (10, 90))
    step = high if high > -low else low
    if abs(step) < LEAST_STEP:
        return np.empty(0, np.float32)
    there = (spread(near[rows, columns]) > 0) & (change / step > 0.5)
    square = np.ones((CORE_PX, CORE_PX), np.uint8)
    return change[cv2.erode(there.view(np.uint8), square, borderValue=(0,)) > 0]


def _log_colour(picture: Picture) -> NDArray[np.float32]:
    return np.asarray(np.log(cv2.blur(picture, (3, 3)).astype(np.float32) + 8.0), np.float32)


def _log(picture: Picture) -> NDArray[np.float32]:
    grey = cv2.blur(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_BGR2GRAY), (3, 3))
    return np.asarray(np.log(grey.astype(np.float32) + 8.0), np.float32)


def _is_gone(hull: Mask, light: Light, now: NDArray[np.float32]) -> bool:
    """Whether the region looks like what surrounds it now, and did not in the reference."""
    around = dilated(dilated(hull)) & ~dilated(hull) & light.known
    inside = eroded(hull)
    if around.sum() < 4 or inside.sum() < 3:
        return False
    is_step, was_step = (_step(colour, inside, around) for colour in (now, light.colour))
    return was_step > LEAST_CONTRAST and is_step < GONE * was_step


def _step(colour: NDArray[np.float32], inside: Mask, around: Mask) -> float:
    """How far the colours inside are from the nearest of those around, in natural logarithms."""
    log = np.log(colour + 8.0)
    a, b = log[inside], log[around]
    return float(np.median(np.abs(a[:, None] - b[None]).mean(2).min(1)))


def filled_hull(region: Mask) -> Mask:
    """All cells of the convex hull of a region."""
    ys, xs = np.nonzero(region)
    filled = np.zeros(region.shape, np.uint8)
    corners = cv2.convexHull(np.stack([xs, ys], 1).astype(np.int32))
    cv2.fillConvexPoly(filled, corners, (1.0,))
    return filled.view(np.bool_)


def filled_hulls(cells: Mask, least_cells: int) -> Mask:
    """All that lies within the hull of each connected region of at least so many cells."""
    hulls = [filled_hull(region) for region in regions_of(cells, least_cells)]
    return np.asarray(np.any([cells & False, *hulls], axis=0))


def regions_of(cells: Mask, least_cells: int) -> list[Mask]:
    """Connected regions of at least so many cells, small gaps closed."""
    if not cells.any():
        return []
    closed = cv2.morphologyEx(cells.view(np.uint8), cv2.MORPH_CLOSE, SQUARE)
    count, labels = cv2.connectedComponents(closed, connectivity=8)
    found = [labels == i for i in range(1, count)]
    return [region for region in found if int((region & cells).sum()) >= least_cells]
