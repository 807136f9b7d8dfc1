"""The camera's own state in the pipeline: can it see, and does it look where it did?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from events.record import Level
from events.rules import CameraFault, CameraFaultState, step_camera_fault
from linewarden.families.base import Family, Look, Scene, Sight
from linewarden.families.settings import WHOLE_PICTURE, RuleSettings
from linewarden.settings_parts import Duration
from vision import CameraWatch


class CameraWatchSettings(RuleSettings):
    """The camera is moved, covered, blinded, black, frozen or out of focus."""

    USES: ClassVar = {"camera-watch": ()}
    use: Literal["camera-watch"]
    zone: str = WHOLE_PICTURE
    after_s: Duration = Field(default=5.0, alias="after")
    clear_s: Duration = Field(default=20.0, alias="clear")
    level: Level = "blue"

    def rule(self, known: Sequence[str]) -> CameraFault:
        """The rule; it looks for no class."""
        return CameraFault(**self.common(known))


class CameraWatcher:
    """One reference a mode, learned from the first pictures."""

    def __init__(self, rule: CameraFault, scene: Scene) -> None:
        del rule
        self._watch = scene.shared(CameraWatch)

    def look(self, look: Look, *, is_open: bool) -> Sight:
        """The camera's condition now."""
        del is_open
        return Sight(self._watch.step(look.picture, look.now_s))


FAMILY = Family(step_camera_fault, CameraFaultState, CameraFaultState.resumed, CameraWatcher)
