"""A zone or a rule between the settings file and the page's form.

The form has fields for what most people set; every other key travels as the YAML text `more`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from linewarden.yamlfile import Loader

Entry = dict[str, Any]

ZONE_KEYS = ("id", "polygon", "frame", "object_px")
RULE_KEYS = (
    "use",
    "zone",
    "id",
    "towards",
    "classes",
    "after",
    "clear",
    "level",
    "width",
    "area",
    "along",
    "within",
    "least_speed",
    "odds",
    "at_least",
)
KEYS = {"zones": ZONE_KEYS, "rules": RULE_KEYS}


class MoreError(ValueError):
    """The text of `more` that is no further setting: a sentence."""


def to_form(kind: str, entry: Mapping[str, Any]) -> Entry:
    """What the page gets of an entry of the list `kind`."""
    known = {key: entry[key] for key in KEYS[kind] if key in entry}
    rest = {key: value for key, value in entry.items() if key not in KEYS[kind]}
    return {**known, "more": _text(rest) if rest else ""}


def from_form(kind: str, form: Mapping[str, Any]) -> Entry:
    """What the file gets of a form. Raises `MoreError`; fields that are None are left out."""
    known = {key: form[key] for key in KEYS[kind] if form.get(key) is not None}
    return {**known, **_rest(kind, str(form.get("more") or ""))}


def name_of(entry: Mapping[str, Any]) -> object:
    """By which name an entry is known again after it was changed."""
    return entry.get("id") or (str(entry.get("use")), str(entry.get("zone")))


def _text(rest: Entry) -> str:
    flow: str = yaml.safe_dump(
        rest, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6
    )
    return flow.strip().removeprefix("{").removesuffix("}")


def _rest(kind: str, more: str) -> Entry:
    if not more.strip():
        return {}
    try:
        rest = yaml.load("{" + more + "\n}", Loader=Loader)  # noqa: S506 - a safe one
    except yaml.YAMLError:
        raise MoreError("is no YAML; write it as `when: [{from: 07:00, until: 19:00}]`") from None
    if not isinstance(rest, dict) or None in rest.values():
        raise MoreError("is no list of settings; write it as `key: value, key: value`")
    doubled = [str(key) for key in rest if key in KEYS[kind]]
    if doubled:
        raise MoreError(f"holds {', '.join(doubled)}, which the form has; set it there")
    return rest
