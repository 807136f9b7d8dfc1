"""The still part of a scene: sky, ground and everything that never moves, rendered once."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.scenes import raster, trees
from datasets.scenes.camera import Pinhole
from datasets.scenes.ground import Ground
from datasets.scenes.light import Light
from datasets.scenes.mesh import Floats, Mesh
from datasets.scenes.sky import hills, sky


@dataclass
class Backdrop:
    """A picture in the making: values (H, W, 3), depth of still things, where ground shows."""

    camera: Pinhole
    light: Light
    picture: Floats
    depth_m: Floats
    is_ground: NDArray[np.bool_]
    taken: list[tuple[float, float]] = field(default_factory=list)
    """Where still things stand, metres right and forward."""
    _things: list[tuple[float, Mesh | tuple[str, int, float, float, float], float]] = field(
        default_factory=list
    )

    @classmethod
    def begin(
        cls,
        camera: Pinhole,
        light: Light,
        ground: Ground,
        *,
        cloud: float = 0.4,
        hill_m: float = 70.0,
        seed: int = 0,
    ) -> Backdrop:
        """Sky, hills and the ground as painted."""
        picture = sky(camera, light, cloud, seed)
        if hill_m > 0:
            hills(picture, camera, light, seed, hill_m)
        arrive = light.air(ground.distance_m)[..., None]
        picture[ground.top :] = ground.lit(light) * arrive + light.haze_bgr * (1 - arrive)
        flat = np.zeros(picture.shape[:2], bool)
        flat[ground.top :] = True
        return cls(camera, light, picture, np.full(flat.shape, np.inf, np.float32), flat)

    def put(
        self, mesh: Mesh, x_m: float, y_m: float, yaw_deg: float = 0.0, dirt: float = 0.35
    ) -> None:
        """Stand a still thing on the ground."""
        self.taken.append((x_m, y_m))
        self._things.append((y_m, mesh.turned(yaw_deg=yaw_deg).moved(x_m, y_m), dirt))

    def plant(self, kind: str, x_m: float, y_m: float, height_m: float, seed: int) -> None:
        """Plant a tree or a bush."""
        self._things.append((y_m, (kind, seed, x_m, y_m, height_m), 0.0))

    def finish(self) -> None:
        """Draw all shadows, then all things from far to near."""
        lift = np.ones_like(self.picture)
        for _, thing, _ in self._things:
            if isinstance(thing, Mesh):
                found = raster.shadow(thing, self.camera, self.light)
                if found:
                    darken(lift, found, self.light.shadow_bgr)
            else:
                self._tree_shadow(lift, *thing[2:])
        self.picture[self.is_ground] *= lift[self.is_ground]
        for y_m, thing, dirt in sorted(self._things, key=lambda t: -t[0]):
            if isinstance(thing, Mesh):
                self._stand(thing, dirt, y_m)
            else:
                self._tree(*thing)
        self._things.clear()

    def _stand(self, mesh: Mesh, dirt: float, y_m: float) -> None:
        layer = raster.draw(
            mesh,
            self.camera,
            self.light,
            behind_m=self.depth_m,
            dirt=dirt,
            origin=(0.0, y_m),
        )
        if layer is None:
            return
        x0, y0, x1, y1 = layer.window
        here = self.picture[y0:y1, x0:x1]
        here[:] = here * (1 - layer.alpha[..., None]) + layer.bgr
        solid = layer.alpha > 0.5
        deep = self.depth_m[y0:y1, x0:x1]
        deep[solid] = np.minimum(deep, layer.depth_m)[solid]
        self.is_ground[y0:y1, x0:x1] &= ~solid

    def _tree(self, kind: str, seed: int, x_m: float, y_m: float, height_m: float) -> None:
        s = self.light.to_sun
        side, front = int(np.sign(np.round(s[0] * 1.4))), (1 if s[1] < 0 else -1)
        image = trees.sprite(kind, seed, side, front, round(min(self.light.sun, 1.0) * 10))
        foot = self.camera.project(np.array([[x_m, y_m, 0.0], [x_m, y_m, height_m]]))
        tall = float(foot[0, 1] - foot[1, 1])
        if tall < 3 or tall > 3000:
            return
        ratio = tall / image.shape[0]
        wide = max(round(image.shape[1] * ratio), 2)
        small = cv2.resize(image, (wide, max(round(tall), 2)), interpolation=cv2.INTER_AREA)
        x0, y0 = round(float(foot[0, 0]) - wide / 2), round(float(foot[1, 1]))
        width, height = self.camera.size_px
        left, top = max(x0, 0), max(y0, 0)
        right, bottom = min(x0 + small.shape[1], width), min(y0 + small.shape[0], height)
        if right <= left or bottom <= top:
            return
        part = np.asarray(small[top - y0 : bottom - y0, left - x0 : right - x0])
        alpha = part[..., 3:]
        colour = part[..., :3] / np.maximum(alpha, 1e-3) * (self.light.sky * 0.9 + 0.62)
        arrive = float(self.light.air(float(np.hypot(x_m, y_m))))
        shown = self.light.display(colour) * arrive + self.light.haze_bgr * (1 - arrive)
        here = self.picture[top:bottom, left:right]
        here[:] = here * (1 - alpha) + shown * alpha
        solid = alpha[..., 0] > 0.5
        deep = self.depth_m[top:bottom, left:right]
        deep[solid] = np.minimum(deep[solid], y_m)
        self.is_ground[top:bottom, left:right] &= ~solid

    def _tree_shadow(self, lift: Floats, x_m: float, y_m: float, height_m: float) -> None:
        s = self.light.to_sun
        turn = np.linspace(0, 2 * np.pi, 22, endpoint=False)
        rng = np.random.default_rng(int(abs(x_m * 100 + y_m)))
        r = 0.30 * height_m * rng.uniform(0.72, 1.12, 22)
        reach = 0.5 * height_m / max(float(s[2]), 0.15)
        cx, cy = x_m - s[0] * reach, y_m - s[1] * reach
        spots = np.stack([cx + r * np.cos(turn), cy + r * np.sin(turn), turn * 0], axis=1)
        if spots[:, 1].min() < 2 or y_m > 160:
            return
        px = self.camera.project(spots)
        (x1, y1), (x2, y2) = px.min(axis=0), px.max(axis=0)
        box = (float(x1), float(y1), float(x2), float(y2))
        window = raster.window_of(box, self.camera.size_px, margin=8)
        if window is None:
            return
        mask = np.zeros((window[3] - window[1], window[2] - window[0]), np.uint8)
        cv2.fillPoly(mask, [np.round(px - np.array(window[:2])).astype(np.int32)], 220)
        soft = cv2.GaussianBlur(mask, (0, 0), 2.5)
        darken(lift, (window, np.asarray(soft, np.float32) / 255), self.light.shadow_bgr)


def darken(picture: Floats, mask: tuple[raster.Window, Floats], floor_bgr: Floats) -> None:
    """Multiply a picture by a shadow; two shadows on one place are not darker than one."""
    (x0, y0, x1, y1), share = mask
    here = picture[y0:y1, x0:x1]
    factor = 1 - share[..., None] * (1 - floor_bgr)
    if here.max() <= 1.0:
        np.minimum(here, factor, out=here)
    else:
        here *= factor
