"""A simulated fixed camera: a still backdrop, a story that loops, and the truth about both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from pyproj import Transformer

from datasets.scenes import raster
from datasets.scenes.backdrop import Backdrop
from datasets.scenes.camera import Pinhole
from datasets.scenes.compose import Drawn, Stage, draw, lay
from datasets.scenes.lens import Grain, Lens
from datasets.scenes.light import Light
from datasets.scenes.mesh import Floats
from datasets.scenes.story import Role, Stay, contains, stays
from datasets.scenes.truth import Actor, Truth, visible_share
from vision.types import Picture, Point, Size

SHORTEST_EVENT_S = 8.0


@dataclass(frozen=True, slots=True)
class Site:
    """Where the camera's foot stands (WGS 84 degrees) and looks (clockwise from true north)."""

    lon: float
    lat: float
    facing_deg: float


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """A point of the ground known in the picture (pixels of the scene's size) and on the map."""

    pixel: Point
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class _Still:
    """The backdrop behind the lens, ready for frames."""

    base: Picture
    stage: Stage
    grain: Grain


@dataclass(frozen=True)
class Scene:
    """A fixed camera. Local frame: metres right of and forward of the camera's foot.

    `zones_m` and `known_m` are in that frame; `watched` says which classes count in a zone.
    """

    name: str
    site: Site
    camera: Pinhole
    light: Light
    lens: Lens
    build: Callable[[Pinhole, Light], Backdrop]
    roles: tuple[Role, ...]
    zones_m: dict[str, tuple[Point, ...]]
    watched: dict[str, frozenset[str]]
    known_m: tuple[Point, ...]
    fps: float = 12.5
    duration_s: float = 60.0
    mark: str = "SIMULATED"

    @property
    def size_px(self) -> Size:
        """Width and height of the pictures."""
        return self.camera.size_px

    @cached_property
    def zones(self) -> dict[str, tuple[Point, ...]]:
        """Zone id to polygon, in pixels of `size_px`."""
        return {
            name: tuple(self.camera.ground_px(x, y) for x, y in corners)
            for name, corners in self.zones_m.items()
        }

    @cached_property
    def control_points(self) -> tuple[ControlPoint, ...]:
        """Ground points known in the picture and on the map, at least 6."""
        return tuple(
            ControlPoint(self.camera.ground_px(x, y), *self.lon_lat(x, y)) for x, y in self.known_m
        )

    @cached_property
    def events(self) -> tuple[Stay, ...]:
        """What should fire: each stay of at least 8 s of a watched class in its zone, by time."""
        found = [
            stay
            for zone, corners in self.zones_m.items()
            for role in self.roles
            if role.label in self.watched[zone]
            for stay in stays(role, zone, lambda x, y, c=corners: contains(c, x, y))  # type: ignore[misc] # a default binds the loop's value
            if stay.leave_s - stay.enter_s >= SHORTEST_EVENT_S
        ]
        return tuple(sorted(found, key=lambda s: s.enter_s))

    def east_north(self, right_m: float, forward_m: float) -> tuple[float, float]:
        """Local metres as metres east and north of the camera's foot."""
        a = np.radians(self.site.facing_deg)
        c, s = float(np.cos(a)), float(np.sin(a))
        return right_m * c + forward_m * s, -right_m * s + forward_m * c

    def lon_lat(self, right_m: float, forward_m: float) -> tuple[float, float]:
        """Local metres as WGS 84 degrees."""
        lon, lat = self._to_map.transform(*self.east_north(right_m, forward_m))
        return float(lon), float(lat)

    @cached_property
    def _to_map(self) -> Transformer:
        here = f"+proj=aeqd +lat_0={self.site.lat} +lon_0={self.site.lon} +datum=WGS84 +units=m"
        return Transformer.from_crs(here, "EPSG:4326", always_xy=True)

    def actors(self, t_s: float) -> list[Actor]:
        """Everybody present at a time of the story, which repeats every `duration_s`."""
        now = t_s % self.duration_s
        return [actor for role in self.roles if (actor := role.at(now)) is not None]

    def truth(self, t_s: float) -> tuple[Truth, ...]:
        """What is in the picture at a time; things wholly outside the picture are left out."""
        actors, depth_m = self.actors(t_s), self._still.stage.depth_m
        found = [self._truth(a, actors, depth_m) for a in actors]
        return tuple(t for t in found if t.visible > 0)

    def _truth(self, actor: Actor, actors: list[Actor], depth_m: Floats) -> Truth:
        return Truth(
            actor.label,
            raster.box_of(actor.mesh, self.camera),
            visible_share(actor, actors, self.camera, depth_m),
            *self.east_north(actor.x_m, actor.y_m),
            actor.id,
            self.camera.ground_px(actor.x_m, actor.y_m),
        )

    def render(self, t_s: float) -> Picture:
        """The picture at a time. The same time gives the same pixels."""
        still = self._still
        picture = still.base.copy()
        lay(picture, [self._drawn(actor) for actor in self.actors(t_s)])
        noisy = still.grain.over(picture, round(t_s * self.fps))
        return self._marked(noisy) if self.mark else noisy

    @cached_property
    def _still(self) -> _Still:
        backdrop = self.build(self.camera, self.light)
        base = np.clip(self.lens.through(backdrop.picture), 0, 255).astype(np.uint8)
        grain = Grain(self.size_px, self.lens.grain, len(self.name))
        stage = Stage(
            self.camera,
            self.light,
            backdrop.depth_m,
            backdrop.is_ground,
            self.lens.falloff(self.size_px),
            self.lens.blur_px,
        )
        return _Still(base, stage, grain)

    def _drawn(self, actor: Actor) -> Drawn:
        """The actor as drawn, from the frame before where nothing about it has changed."""
        before = self._newest.get(actor.id)
        if before is not None and before[0].likeness == actor.likeness is not None:
            return before[1]
        drawn = draw(actor, self._still.stage)
        self._newest[actor.id] = (actor, drawn)
        return drawn

    @cached_property
    def _newest(self) -> dict[int, tuple[Actor, Drawn]]:
        return {}

    def _marked(self, picture: Picture) -> Picture:
        scale = self.size_px[1] / 720
        at = (round(14 * scale), self.size_px[1] - round(14 * scale))
        style = (cv2.FONT_HERSHEY_SIMPLEX, 0.55 * scale)
        cv2.putText(
            picture, self.mark, at, *style, (20, 20, 20), max(round(3 * scale), 1), cv2.LINE_AA
        )
        cv2.putText(picture, self.mark, at, *style, (235, 235, 235), 1, cv2.LINE_AA)
        return picture
