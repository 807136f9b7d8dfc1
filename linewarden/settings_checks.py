"""What pydantic cannot see: ids, zones, classes and secrets that do not fit together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from linewarden.families import WHOLE_PICTURE, classes_of
from linewarden.yamlfile import Document, Loc, Problem, shown

if TYPE_CHECKING:
    from linewarden.settings import EdgeSettings


class HasPassword(Protocol):
    """A part of the settings that names where its password is."""

    @property
    def password_env(self) -> str | None:
        """The environment variable that holds it."""

    def password(self) -> str | None:
        """The password; ValueError says what is missing."""


Streams = Iterable[tuple[Loc, HasPassword]]


def _entries(data: Any, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The mappings in a list of a mapping, as far as the raw data is of that shape."""
    found = data.get(key) if isinstance(data, dict) else None
    for i, entry in enumerate(found if isinstance(found, list) else []):
        if isinstance(entry, dict):
            yield i, entry


def reference_problems(document: Document) -> Iterator[Problem]:
    """Ids given twice, zones that are not there: in raw data, so no fault hides one."""
    cameras: set[object] = set()
    for c, camera in _entries(document.data, "cameras"):
        at = ("cameras", c)
        if camera.get("id") in cameras:
            yield document.problem((*at, "id"), shown(camera["id"]), "another camera has this id")
        cameras.add(camera.get("id"))
        zones = [zone.get("id") for _, zone in _entries(camera, "zones")]
        for z, name in enumerate(zones):
            if name is not None and name in (WHOLE_PICTURE, *zones[:z]):
                hint = f"ids are given once, and {WHOLE_PICTURE!r} is all that the camera sees"
                yield document.problem((*at, "zones", z, "id"), shown(name), hint)
        rules: set[object] = set()
        for r, rule in _entries(camera, "rules"):
            where = (*at, "rules", r)
            zone = rule.get("zone")
            for key in ("zone", "towards"):
                if rule.get(key) not in (None, WHOLE_PICTURE, *zones):
                    there = ", ".join(map(str, zones)) or "none"
                    yield document.problem(
                        (*where, key), shown(rule[key]), f"this camera's zones: {there}"
                    )
            name = rule.get("id") or f"{rule.get('use')}.{zone}"
            if name in rules:
                yield document.problem(
                    where, f"has the id {name!r}", "another rule has it; give one an id of its own"
                )
            rules.add(name)


def gap_problems(document: Document, settings: EdgeSettings) -> Iterator[Problem]:
    """Rules whose time is over before a second picture could have been looked at."""
    for c, camera in enumerate(settings.cameras):
        gap_s = 1 / camera.frames_per_second
        for r, rule in enumerate(camera.rules):
            if rule.after_s < gap_s:
                yield document.problem(
                    ("cameras", c, "rules", r, "after"),
                    f"is {rule.after_s:g}s",
                    f"pictures are looked at every {gap_s:g} s; make it longer, or raise "
                    "frames_per_second",
                )


def class_problems(document: Document, known: Sequence[str]) -> Iterator[Problem]:
    """Rules for classes that the model does not know."""
    for c, camera in _entries(document.data, "cameras"):
        for r, rule in _entries(camera, "rules"):
            where = ("cameras", c, "rules", r)
            stated = rule.get("classes")
            for i, label in enumerate(stated if isinstance(stated, list) else []):
                if label not in known:
                    yield document.problem(
                        (*where, "classes", i),
                        shown(label),
                        f"the model knows {', '.join(known)}",
                    )
            preset = classes_of(str(rule.get("use")))
            if stated is None and preset and not set(preset) & set(known):
                yield document.problem(
                    (*where, "use"),
                    shown(rule["use"]),
                    f"the model knows none of {', '.join(preset)}, but {', '.join(known)}",
                )


def secret_problems(document: Document, streams: Streams) -> Iterator[Problem]:
    """Passwords that cannot be read where the settings say they are."""
    for loc, stream in streams:
        try:
            stream.password()
        except ValueError as error:
            key = "password_env" if stream.password_env else "password_file"
            found, _, remedy = str(error).partition("; ")
            yield document.problem((*loc, key), f"cannot be used: {found}", remedy)
