"""What a rule of the page may use: the presets of the trade and the plain rules, as data.

Taken from the settings' own models, so that a new family stands in the page by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from events.rules.presets import PRESETS
from linewarden.families import SETTINGS, USES, AnyRule, RuleSettings, classes_of
from linewarden.zones.entries import to_form

PROPOSED: dict[str, Any] = {
    "after": "10s",
    "clear": "20s",
    "level": "orange",
    "classes": ["person"],
    "towards": "picture",
    "limits": [{"count": 3, "within": "30m"}],
}
"""What a new rule says of what its family leaves open."""
_COMMON = {field.alias or name for name, field in RuleSettings.model_fields.items()}
_RULE: TypeAdapter[RuleSettings] = TypeAdapter(AnyRule)


def catalogue(known: Sequence[str]) -> list[dict[str, Any]]:
    """A row for every value of `use` that the model's classes serve.

    `defaults` hold where the file says nothing, `needed` is what it must say, with a proposal;
    `extras` are the keys that only this family has.
    """
    return [row for use in (*PRESETS, *USES) if (row := _row(use, known)) is not None]


def _row(use: str, known: Sequence[str]) -> dict[str, Any] | None:
    wanted = classes_of(use)
    classes = [name for name in wanted if name in known]
    if wanted and not classes:
        return None
    preset = PRESETS.get(use)
    plain = preset.settings["use"] if preset else use
    kind = next(kind for kind in SETTINGS if plain in kind.USES)
    needed = _needed(use)
    filled = _RULE.validate_python({"use": use, "zone": "picture", **needed})
    extras = [
        field.alias or name
        for name, field in kind.model_fields.items()
        if (field.alias or name) not in _COMMON
    ]
    return {
        "use": use,
        "family": plain,
        "group": use.split("-")[0] if preset else "plain",
        "zh": preset.zh if preset else None,
        "en": preset.en if preset else None,
        "basis": list(preset.basis) if preset else [],
        "classes": list(known) if plain == "class-in-zone" else classes,
        "needed": to_form("rules", needed),
        "defaults": {
            "after": _seconds(filled.after_s),
            "clear": _seconds(filled.clear_s),
            "level": filled.level,
            **{key: value for key in extras if _is_plain(value := _default(filled, kind, key))},
        },
        "extras": extras,
    }


def _needed(use: str) -> dict[str, Any]:
    """The keys that a rule must have, with what is proposed for them."""
    try:
        _RULE.validate_python({"use": use, "zone": "picture"})
    except ValidationError as error:
        keys = [str(one["loc"][-1]) for one in error.errors() if one["type"] == "missing"]
        return {key: PROPOSED[key] for key in keys}
    return {}


def _default(filled: RuleSettings, kind: type[RuleSettings], key: str) -> Any:  # JSON
    name = next(n for n, field in kind.model_fields.items() if key in (n, field.alias))
    value = getattr(filled, name)
    return _seconds(value) if name.endswith("_s") else value


def _is_plain(value: Any) -> bool:  # whatever a default may be
    return isinstance(value, str | int | float)


def _seconds(value: float) -> str:
    return f"{value:g}s"
