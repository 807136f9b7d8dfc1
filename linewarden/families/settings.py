"""What every rule of `edge.yaml` may say, whatever its family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from events.record import Level, Name
from events.rules import Rule
from linewarden.families.when import PermitPart, SuppressionPart, WindowPart
from linewarden.settings_parts import Duration, Part

WHOLE_PICTURE = "picture"
"""The zone that is always there: all that the camera sees."""


class RuleSettings(Part):
    """A rule over a zone. A family narrows `use`, gives its own parameters and `rule`.

    `USES`: the values of `use` that the family serves, and the classes that each looks for.
    `classes` narrows them.
    """

    USES: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    use: str
    zone: str
    classes: tuple[str, ...] | None = None
    after_s: Duration = Field(alias="after")
    clear_s: Duration = Field(alias="clear")
    level: Level
    id: Name | None = None
    version: Annotated[int, Field(ge=1)] = 1
    preset: str | None = None
    hca: Literal["I", "II", "III", "none"] | None = None
    permits: tuple[PermitPart, ...] = ()
    when: tuple[WindowPart, ...] = ()
    suppress: tuple[SuppressionPart, ...] = ()

    @property
    def name(self) -> str:
        """The stated id, else what it uses and the zone."""
        return self.id or f"{self.preset or self.use}.{self.zone}"[:64]

    def labels(self, known: Sequence[str]) -> tuple[str, ...]:
        """The classes that this rule looks for, as far as the model knows them."""
        wanted = self.USES[self.use] if self.classes is None else self.classes
        return tuple(label for label in wanted if label in known)

    def rule(self, known: Sequence[str]) -> Rule:
        """The rule; `known` are the model's classes. Raises `RuleError`."""
        raise NotImplementedError

    def common(self, known: Sequence[str]) -> dict[str, Any]:
        """The keyword arguments that every rule has."""
        return {
            "id": self.name,
            "version": self.version,
            "zone_id": self.zone,
            "classes": self.labels(known),
            "after_s": self.after_s,
            "clear_s": self.clear_s,
            "level": self.level,
        }
