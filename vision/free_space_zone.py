"""One zone's floor, look by look: free, blocked, or not to be seen at the moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.free_space_bank import Bank, Kept
from vision.free_space_company import Company
from vision.free_space_doubt import Standing, Trust
from vision.free_space_grid import CELL_PX, Grid, Mask, dilated
from vision.free_space_light import filled_hulls, kind_of, light_edges, regions_of
from vision.free_space_memory import SETTLED_S, Memory, View
from vision.free_space_mode import LightStep, relit, same_scene
from vision.free_space_picture import Dried, Steady
from vision.free_space_reference import Comparison, Reference, Shot
from vision.free_space_stir import Stir
from vision.free_space_texture import DARK, Noise, Texture
from vision.free_space_types import Floor, Kind, Region
from vision.middle import middle
from vision.types import Box, Picture, Point, Size
from vision.zones import Zone

LEAST_CELLS = 5
KINDS: tuple[Kind, ...] = get_args(Kind)
THING = KINDS.index("object")
VOTE_KEPT, MOSTLY = 0.9, 0.6
"""What a look's judgement of a region weighs at the next look; the share of a thing's looks."""
NOTICED_S = 10.0
"""So long at most something is there before it is noticed."""
STIRRED = 0.15
"""Share of a region and what is beside it that moves, from which it cannot be judged."""
STILL_S = 3.0
"""What has been new and the same for so long stands there."""
LATE_S = 10.0
"""Floor that is first seen after so long had something in front of it, perhaps on it."""
ADAPT_EVERY_S = 5.0
CREPT_S = 10.0
"""What differs from the reference, and has been calm for so long, may be followed."""
PASSED_S = 60.0
"""What came to a cell in which nothing has been new for so long was somebody who passed."""
LEAST_FREE = 0.5
"""Share of the floor that must agree with a reference for its light to be the present one."""
LONGEST_LOOK_S = 5.0
"""The longest time between two looks that counts as having looked."""
CONFIRM_S = 60.0
"""What looks like a thing that is gone from the reference is taken as floor after so long."""
RETURN_S = 4.0
"""So long a process that starts with a kept reference looks before it compares."""
JUDGE_S, NEWS_S = 60.0, 2.0
"""So often it is asked again what speaks against the reference, which follows the floor slowly; and
so soon after something new was learned."""


class WatchedZone:
    """Compares one zone's crop with its reference. `work_px`: the size of the working pictures.

    With a kept bank it goes on from there, else it begins anew.
    """

    def __init__(self, zone: Zone, work_px: Size, kept: Kept, *, is_opening: bool) -> None:
        self.zone, self.grid = zone, Grid.over(zone, work_px)
        self._is_opening = is_opening
        rows, columns = self.grid.floor.shape
        bank = kept.bank
        lights, at = ((), 0) if bank is None else (bank.lights, bank.at)
        self.reference = Reference((rows, columns), lights, at)
        self.trust = Trust(self.grid.floor, bank, kept.begun)
        self.trust.confirm(kept.confirmed)
        self._standing, self._unjudged_s = Standing(1.0, ()), JUDGE_S
        self._is_new = bank is None
        self._returning_s: float | None = None if self._is_new else 0.0
        self._aligned = 0
        self.news = 0
        self._noise = Noise()
        self._dried: Dried[Picture] = Dried()
        self._steady = Steady()
        self._memory: Memory | None = None
        self._last: Texture | None = None
        self._blocked = np.zeros((rows, columns), bool)
        self._new = np.zeros((rows, columns), bool)
        self._carried = np.zeros((rows, columns), bool)
        # What came while nobody watched is new as well.
        self._changed = np.full((rows, columns), bank is not None)
        self._attended = np.zeros((rows, columns), bool)
        self._company = Company(self.grid, is_opening=is_opening)
        self._blocked_s = np.zeros((rows, columns), np.float32)
        self._votes = np.zeros((len(KINDS), rows, columns), np.float32)
        self._seen_s = 0.0
        self._unadapted_s = 0.0

    def look(
        self,
        picture: Picture,
        shift_px: Point | None,
        people: Sequence[Box],
        things: Sequence[Box],
        light: LightStep,
        stir: Stir,
        dt_s: float,
    ) -> Floor:
        """Take one working picture (BGR) whose content has moved by `shift_px`.

        None: by nobody knows how much. `things`: what is known to be none of the floor.
        """
        dt_s = min(dt_s, LONGEST_LOOK_S)
        was_ready = self._dried.is_ready
        crop = self._dried.step(self.grid.crop(picture, shift_px or (0.0, 0.0)), rains=stir.rains)
        if stir.rains and self._dried.is_ready and not was_ready:
            self._begin_anew()
        self.reference.rains = stir.rains
        memory = self._remember(crop, people, stir, dt_s, holding=light.holding)
        shot = Shot.of(picture, self._steady.step(crop, memory.calm_s == 0))
        if not self.reference.lights:
            self.reference.begin(memory, shot)
        if light.holding:
            self._changed |= memory.came
        if light.holding or self._is_returning(memory, shot, shift_px, dt_s):
            return Floor(hidden=True, known=self._known, **self._trusted())
        if light.settled:
            self._change_light(memory, shot, same_scene=light.same_scene)
        self._learn(memory, shot, things, dt_s)
        comparison = self.reference.compare(memory)
        coherence = self._judge(memory, comparison, dark=shot.colour.mean(2) < DARK)
        self._blocked_s = np.where(self._blocked, self._blocked_s + dt_s, 0).astype(np.float32)
        regions = self._regions(memory, comparison, shot, coherence)
        self._adapt(memory, comparison, shot, dt_s)
        return self._told(memory, regions, dt_s)

    def _begin_anew(self) -> None:
        """Forget the first looks of a floor that is first seen in rain: drops are in them."""
        self._memory, self._last, self._steady = None, None, Steady()
        if self._is_new:
            self.reference.lights.clear()

    def bank(self, anchor: NDArray[np.float16]) -> Bank | None:
        """All that is known of the floor, copied; None before anything is."""
        if self._returning_s is not None or not any(x.known.any() for x in self.reference.lights):
            return None
        return Bank(
            self.zone.polygon,
            self.zone.frame_px,
            self.grid.work_px,
            anchor,
            tuple(light.kept() for light in self.reference.lights),
            self.reference.at,
            self.trust.late.copy(),
            self.trust.stood.copy(),
            self.trust.begun,
        )

    def confirm(self, confirmed: Bank | None) -> None:
        """A person has looked at that bank and found the floor free in it."""
        self.trust.confirm(confirmed)
        self._unjudged_s = JUDGE_S

    def _note(self) -> None:
        """The reference has changed: to be judged again, and worth being kept."""
        self.news += 1
        self._unjudged_s = max(self._unjudged_s, JUDGE_S - NEWS_S)

    @property
    def _known(self) -> float:
        known = self.reference.light.known & self.grid.floor
        return float(known.sum()) / max(1, int(self.grid.floor.sum()))

    def _learn(self, memory: Memory, shot: Shot, things: Sequence[Box], dt_s: float) -> None:
        self._seen_s += dt_s
        allowed = ~self._blocked & ~self._carried & ~self._company.at_people
        fresh = self.reference.learn(memory, shot, allowed)
        fresh |= self._learned_anew(memory, shot)
        if fresh.any():
            covered = self.grid.covered(things)
            self.trust.learned(fresh, covered, is_late=self._seen_s > LATE_S)
            self._note()

    def _learned_anew(self, memory: Memory, shot: Shot) -> Mask:
        """Learn once more what was learned in rain, but nothing in or beside a thing or people."""
        worse = self.reference.worse(memory)
        if worse.any():
            things = filled_hulls(self._blocked | self._new | self._carried, LEAST_CELLS)
            worse &= ~dilated(dilated(things)) & ~self._company.at_people
            self.reference.replace(memory, shot, worse)
        return worse

    def _is_returning(
        self, memory: Memory, shot: Shot, shift_px: Point | None, dt_s: float
    ) -> bool:
        """Whether a kept reference still waits to be laid on what is there now."""
        if self._returning_s is None:
            return False
        self._returning_s += dt_s
        self._aligned += 1 if shift_px is not None else -1
        seen = self.grid.floor & (memory.calm_s >= SETTLED_S)
        if self._returning_s < RETURN_S or 2 * int(seen.sum()) < int(self.grid.floor.sum()):
            return True
        self._returning_s = None
        self._return(memory, shot, seen)
        return False

    def _return(self, memory: Memory, shot: Shot, seen: Mask) -> None:
        """Find the kept light of this picture. A floor that is blocked agrees with none of them.

        So the whole picture decides: where it shows the known view in a known light, what differs
        stands there. A light that nobody knows begins another reference, a view that nobody knows
        begins all anew, and both are doubts.
        """
        if self.reference.choose(memory, seen) >= LEAST_FREE:
            return
        lights = self.reference.lights
        is_aligned = self._aligned > 0
        at = [i for i, x in enumerate(lights) if not relit(x.around, shot.picture)]
        if is_aligned and at:
            self.reference.at = at[-1]
            return
        if is_aligned or any(same_scene(x.around, shot.picture) for x in lights):
            self.trust.begun = "relit"
        else:
            self.trust = Trust(self.grid.floor, begun="moved")
            self.reference.lights.clear()
        self._changed[:] = False
        self.reference.begin(memory, shot)
        self._note()

    def _remember(
        self,
        crop: Picture,
        people: Sequence[Box],
        stir: Stir,
        dt_s: float,
        *,
        holding: bool,
    ) -> Memory:
        grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), np.uint8)
        texture = Texture.of(grey)
        noise = self._noise.step(grey, texture, self._last, dt_s)
        self._last = texture
        view = View(texture, noise, self._noise.least, self.grid.covered(people))
        if self._memory is None:
            self._memory = Memory(view)
        things = self._new | self._blocked
        self._attended = self._company.step(people, things, self._memory, stir, dt_s)
        relit = self._blocked & holding
        self._memory.step(view, dt_s, paused=self._attended, relit=relit, changed=self._changed)
        return self._memory

    def _change_light(self, memory: Memory, shot: Shot, *, same_scene: bool) -> None:
        """Find the reference of the light that has come, or begin one."""
        judged = self.grid.floor & ~self._blocked & (memory.calm_s > 0)
        share = self.reference.choose(memory, judged)
        self._carried &= ~self.reference.light.known
        if share < LEAST_FREE and same_scene and judged.any():
            self._carried = self._blocked.copy()
            self.reference.begin(memory, shot)
            self._note()

    def _judge(self, memory: Memory, comparison: Comparison, *, dark: Mask) -> NDArray[np.float32]:
        """Which cells are new and which are blocked; returns the coherence of the change."""
        seen = memory.calm_s > 0
        # What comes in the dark shows little by little when it gets light. What looks as it did
        # when it was learned has not come since, however noisy it is. What was there before a
        # thing came (a shadow that had wandered there) has not come with it.
        self._changed = (self._changed & ~memory.returned) | memory.came | dark
        self._changed &= ~(comparison.free & seen)
        maybe = comparison.new & seen & (self._changed | (memory.calm_s < SETTLED_S))
        lit, coherence = (maybe & False, np.zeros_like(memory.calm_s))
        if maybe.any():
            lit, coherence = light_edges(memory, self.reference.light, maybe, maybe | self._blocked)
        self._new = np.where(seen, maybe & ~lit, self._new)
        gone = seen & self.reference.light.known & (~comparison.kept | lit | memory.returned)
        moved_on = self._carried & memory.renewed
        self._carried &= ~moved_on
        self._blocked &= ~gone & ~moved_on
        settled = self._new & (memory.calm_s >= SETTLED_S)
        if settled.any():
            for thing in regions_of(settled | self._blocked, LEAST_CELLS):
                cells = thing & (settled | self._blocked)
                if float(middle(memory.age_s[cells])) >= STILL_S:
                    self._blocked |= cells
        self._company.left(gone)
        return coherence

    def _regions(
        self,
        memory: Memory,
        comparison: Comparison,
        shot: Shot,
        coherence: NDArray[np.float32],
    ) -> tuple[Region, ...]:
        told: list[Region] = []
        self._votes[:, ~self._blocked] = 0
        light, floor = self.reference.light, self.grid.floor
        for cells in regions_of(self._blocked & floor, LEAST_CELLS):
            kind: Kind = "object"
            if (cells & light.known).any():
                kind = self._kind(cells, memory, shot, comparison, coherence)
            if kind == "light":
                continue
            if kind == "removed" and self._is_opening:
                kind = "object"
            age_s = self._age_s(memory, cells & self._blocked)
            if kind == "removed" and age_s >= CONFIRM_S:
                self.reference.replace(memory, shot, dilated(cells))
                self._note()
            told.append(Region(self._outline(cells), kind, _share(cells, floor), age_s))
        return tuple(told)

    def _kind(
        self,
        cells: Mask,
        memory: Memory,
        shot: Shot,
        comparison: Comparison,
        coherence: NDArray[np.float32],
    ) -> Kind:
        """What a region is, by most of the last looks; no look counts while somebody moves there.

        On a wet floor by night a reflection is a thing for a look or two: a thing is what is one
        in `MOSTLY` of the looks.
        """
        near = dilated(dilated(cells))
        stirred = float((memory.calm_s[near] < SETTLED_S).mean())
        light, floor = self.reference.light, self.grid.floor
        if stirred <= STIRRED or not self._votes[:, cells & self._blocked].any():
            kind = kind_of(cells, floor, memory, light, shot, comparison, coherence)
            self._votes[:, cells] *= VOTE_KEPT
            self._votes[KINDS.index(kind), cells] += 1
        votes = self._votes[:, cells & self._blocked].sum(1)
        if votes[THING] > MOSTLY * votes.sum():
            return KINDS[THING]
        votes[THING] = 0
        return KINDS[int(votes.argmax())]

    def _age_s(self, memory: Memory, cells: Mask) -> float:
        """For how long a region has shown the same, since it came or was noticed.

        What creeps in has shown almost the same for long when it is noticed.
        """
        noticed_s = self._blocked_s[cells] + NOTICED_S
        return float(middle(np.minimum(memory.age_s[cells], noticed_s)))

    def _outline(self, cells: Mask) -> tuple[Point, ...]:
        """The border of a region, its corners in shares of the picture."""
        drawn = np.repeat(np.repeat(cells.view(np.uint8), CELL_PX, 0), CELL_PX, 1)
        found, _ = cv2.findContours(drawn, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        border = max(found, key=cv2.contourArea)
        corners = cv2.approxPolyDP(border, CELL_PX / 2, closed=True)[:, 0]
        width, height = self.grid.work_px
        left, top = self.grid.left, self.grid.top
        return tuple(((x + left) / width, (y + top) / height) for x, y in corners.tolist())

    def _adapt(self, memory: Memory, comparison: Comparison, shot: Shot, dt_s: float) -> None:
        self._unadapted_s += dt_s
        if self._unadapted_s >= ADAPT_EVERY_S:
            calm = (memory.calm_s > 0) & ~self._blocked
            # Where nothing has come, what differs has crept in: a floor that dries.
            self._changed &= ~self._left_alone(memory)
            crept = ~self._changed & (memory.calm_s >= CREPT_S)
            followed = calm & (comparison.free | crept)
            self.reference.adapt(memory, shot, followed, comparison.free, self._unadapted_s)
            self._unadapted_s = 0.0

    def _left_alone(self, memory: Memory) -> Mask:
        """Cells to which something had come, while for long there is nothing in or about them."""
        alone = self._changed & ~self._new & ~self._blocked & (memory.calm_s >= PASSED_S)
        if not alone.any():
            return alone
        return alone & ~dilated(filled_hulls(self._blocked | self._new, LEAST_CELLS))

    def _arriving(self, memory: Memory) -> Mask:
        """Cells of the floor that show something new which keeps still, not for long enough yet."""
        return self._new & ~self._blocked & self.grid.floor & (memory.calm_s > 0)

    def _told(self, memory: Memory, regions: tuple[Region, ...], dt_s: float) -> Floor:
        blocked = self._blocked & self.grid.floor
        away = blocked & ((memory.calm_s < SETTLED_S) | self._attended)
        hidden = 2 * int(away.sum()) > int(blocked.sum())
        # What has come and does not stand there yet is no free floor either.
        hidden |= not regions and bool(regions_of(self._arriving(memory), LEAST_CELLS))
        self._unjudged_s += dt_s
        if self._unjudged_s >= JUDGE_S:
            self._standing, self._unjudged_s = self.trust.standing(self.reference), 0.0
        return Floor(regions, hidden, self._known, **self._trusted())

    def _trusted(self) -> dict[str, Any]:
        return {
            "late": _share(self.trust.late, self.grid.floor),
            "unconfirmed": self._standing.unconfirmed,
            "doubts": self._standing.doubts,
        }


def _share(cells: Mask, floor: Mask) -> float:
    return float((cells & floor).sum()) / max(1, int(floor.sum()))
