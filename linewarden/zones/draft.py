"""The settings file of a box, with the zones and rules of one camera as somebody draws them.

What would be saved is made, parsed and checked whole before anything is written; the file is
replaced in one go, or left as it is.
"""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from linewarden.errors import CommandError
from linewarden.settings import CameraSettings, ClassesOf, EdgeSettings, checked_edge
from linewarden.yamlfile import ConfigError, Document, Problem, parse_document, read_text
from linewarden.zones.entries import Entry, MoreError, from_form, name_of, to_form
from linewarden.zones.splice import entry_text, list_text, with_lists

LISTS = ("zones", "rules")
Forms = Mapping[str, Sequence[Mapping[str, Any]]]
"""By the name of the list, the page's forms."""


class SaveError(Exception):
    """A draft that was not saved: why in Chinese and English, and `code` for the page."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code, self.zh, self.en = code, zh, en


@dataclass(frozen=True, slots=True)
class Checked:
    """What a draft would be as a file: its text, what is wrong, and the camera if nothing is.

    `lists`: zones and rules alone. `changed`: the numbers (from 1) of the lines that saving would
    change. `fits`: whether the text is the file with the new lists, not the lists alone.
    """

    text: str
    problems: tuple[Problem, ...]
    lists: str = ""
    changed: tuple[int, ...] = ()
    settings: EdgeSettings | None = None
    camera: CameraSettings | None = None
    fits: bool = True


@dataclass(slots=True)
class Draft:
    """One camera of one file. `is_new`: the file is not there yet; None: there is no name for it.

    `forms` are the zones and rules with which the page begins.
    """

    file: Path | None
    text: str
    at: int
    camera_id: str
    classes_of: ClassesOf
    is_new: bool = False
    forms: dict[str, list[Entry]] = field(default_factory=lambda: {key: [] for key in LISTS})

    @property
    def name(self) -> str:
        """What the page calls the file."""
        return "edge.yaml" if self.file is None else self.file.name

    def check(self, forms: Forms) -> Checked:
        """What these zones and rules would make of the file."""
        lists, problems = self._lists(forms)
        if problems:
            return Checked(self.text, tuple(problems))
        text, document = self._text(lists)
        if document is None:
            return self._beside(lists)
        settings, found = checked_edge(document, classes_of=self.classes_of)
        camera = None if settings is None or found else settings.cameras[self.at]
        changed = _changed(self.text, text)
        return Checked(text, tuple(found), _alone(lists), changed, settings, camera)

    def save(self, forms: Forms) -> tuple[Path, bool]:
        """Write it: (the file that was written, whether it is the settings file itself).

        A file with a layout that new lists do not fit into stays as it is; they are written beside
        it. Raises `SaveError`.
        """
        if self.file is None:
            raise SaveError(
                "no_file",
                "启动时没有给出 --config,请复制或下载",
                "no --config was given; copy or download it",
            )
        checked = self.check(forms)
        if checked.problems:
            raise SaveError("wrong", "配置有误,未保存", "not saved: something is wrong with it")
        self._is_unchanged(self.file)
        if not checked.fits:
            return _beside(self.file, checked.text), False
        _replace(self.file, checked.text)
        self.text, self.is_new = checked.text, False
        return self.file, True

    def _lists(self, forms: Forms) -> tuple[dict[str, list[Entry]], list[Problem]]:
        lists: dict[str, list[Entry]] = {key: [] for key in LISTS}
        problems: list[Problem] = []
        for key in LISTS:
            for i, form in enumerate(forms.get(key, ())):
                try:
                    lists[key].append(from_form(key, form))
                except MoreError as error:
                    found, _, remedy = str(error).partition("; ")
                    where = f"cameras[{self.at}].{key}[{i}].more"
                    problems.append(Problem(Path(self.name), 1, where, found, remedy))
        return lists, problems

    def _text(self, lists: Mapping[str, list[Entry]]) -> tuple[str, Document | None]:
        """The file with the lists; no document where they do not fit into its layout."""
        named = Path(self.name)
        old = parse_document(self.text, named)
        text = with_lists(self.text, self.at, lists, name_of)
        if text is None:
            return self.text, None
        try:
            document = parse_document(text, named)
        except ConfigError:
            return self.text, None
        for key in LISTS:
            if lists[key] or key in old.data["cameras"][self.at]:
                old.data["cameras"][self.at][key] = lists[key]
        return (text, document) if document.data == old.data else (self.text, None)

    def _beside(self, lists: Mapping[str, list[Entry]]) -> Checked:
        """The lists by themselves, checked in a file of which nothing else counts."""
        text = _alone(lists)
        document = parse_document(self.text, Path(self.name))
        document.data["cameras"][self.at].update(lists)
        settings, found = checked_edge(document, classes_of=self.classes_of)
        camera = None if settings is None or found else settings.cameras[self.at]
        return Checked(text, tuple(found), text, (), settings, camera, fits=False)

    def _is_unchanged(self, file: Path) -> None:
        """Refuse to write over what somebody else has written meanwhile."""
        there = file.exists()
        try:
            same = not there if self.is_new else there and read_text(file) == self.text
        except ConfigError:
            same = False
        if not same:
            raise SaveError(
                "changed",
                f"{file.name} 已被别处改动,未覆盖;请重新运行 linewarden zones,所画内容留在浏览器中",
                f"{file.name} was changed elsewhere and is left as it is; run linewarden "
                "zones again, what is drawn stays in the browser",
            )


def open_draft(
    file: Path | None, camera_id: str | None, classes_of: ClassesOf, stream: Mapping[str, Any]
) -> Draft:
    """The draft of a camera; without a file, or where it is not there yet, of a new one.

    Faults of this camera's zones and rules are for the page to show; with any other, `ConfigError`.
    `stream`: what `analyse` of a new file says.
    """
    if file is None or not file.exists():
        name = camera_id or "camera"
        return Draft(file, _skeleton(name, stream), 0, name, classes_of, is_new=True)
    text = read_text(file)
    document = parse_document(text, file)
    _, problems = checked_edge(document, classes_of=classes_of)
    data = document.data if isinstance(document.data, dict) else {}
    cameras = data.get("cameras")
    ids = [c.get("id") if isinstance(c, dict) else None for c in cameras or ()]
    if camera_id is None and len(ids) == 1:
        camera_id = ids[0]
    at = ids.index(camera_id) if camera_id in ids and camera_id is not None else -1
    mine = tuple(f"cameras[{at}].{key}[" for key in LISTS)
    if any(not problem.field.startswith(mine) for problem in problems):
        raise ConfigError(problems)
    if at < 0:
        raise CommandError(
            f"which camera's zones? {camera_id or 'none'} was named",
            f"give --camera with one of: {', '.join(map(str, ids))}",
        )
    entries = {key: data["cameras"][at].get(key) or [] for key in LISTS}
    if not all(isinstance(entry, dict) for found in entries.values() for entry in found):
        raise ConfigError(problems)
    forms = {key: [to_form(key, entry) for entry in found] for key, found in entries.items()}
    return Draft(file, text, at, str(camera_id), classes_of, forms=forms)


def _skeleton(camera_id: str, stream: Mapping[str, Any]) -> str:
    camera = entry_text({"id": camera_id, "analyse": dict(stream)}, 0)
    keys = camera.removeprefix("- {").removesuffix("}")
    name, _, analyse = keys.partition(", analyse: ")
    return (
        "# device: what `linewarden enrol` registers; correct name, store and key\n"
        "device: {name: my-box, store: https://store.example, "
        "key: /var/lib/linewarden/device.key}\n"
        f"model: nano\ncameras:\n  - {name}\n    analyse: {analyse}\n"
    )


def _alone(lists: Mapping[str, list[Entry]]) -> str:
    """The lists as text, to stand below a camera."""
    return "\n".join(list_text(key, lists[key], 0) for key in LISTS) + "\n"


def _changed(old: str, new: str) -> tuple[int, ...]:
    matcher = difflib.SequenceMatcher(None, old.split("\n"), new.split("\n"), autojunk=False)
    return tuple(
        line + 1 for tag, _, _, j1, j2 in matcher.get_opcodes() if tag != "equal"
        for line in range(j1, j2)
    )  # fmt: skip


def _beside(file: Path, text: str) -> Path:
    """Write a file of a name that is not taken."""
    for number in ("", *(f"-{n}" for n in range(2, 100))):
        other = file.with_name(f"{file.stem}.zones{number}.yaml")
        if not other.exists():
            _replace(other, text)
            return other
    raise SaveError("full", "旁边已有太多 zones 文件", "there are too many zones files beside it")


def _replace(file: Path, text: str) -> None:
    """Write the file whole or not at all; its mode and its line ends stay as they were."""
    file = file.resolve()
    crlf = file.exists() and b"\r\n" in file.read_bytes()
    data = text.replace("\n", "\r\n").encode() if crlf else text.encode()
    try:
        mode = file.stat().st_mode & 0o7777 if file.exists() else 0o644
        with tempfile.NamedTemporaryFile(
            dir=file.parent, prefix=f".{file.name}.", delete=False
        ) as part:
            try:
                part.write(data)
                part.flush()
                os.fsync(part.fileno())
                Path(part.name).chmod(mode)
                Path(part.name).replace(file)
            except OSError:
                Path(part.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        why = error.strerror or "OSError"
        raise SaveError(
            "disk", f"{file} 无法写入({why}),未保存", f"{file} cannot be written ({why})"
        ) from None
