"""New lists in an old YAML file, every other byte of it as it was.

An entry that says the same as before keeps its text, with comments and layout; one that changed
keeps the comment lines above it. Where that cannot be done the caller finds out by parsing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from linewarden.yamlfile import Loader

Entry = Mapping[str, Any]
NameOf = Callable[[Entry], object]
WIDTH = 96


@dataclass(frozen=True, slots=True)
class _Edit:
    """What stands from character `start` to `end` gives way to `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Old:
    """An entry of the file: its data, its lines, and the comment lines among them above it."""

    data: Any
    lines: tuple[str, ...]
    lead: tuple[str, ...]


def with_lists(
    text: str, at: int, lists: Mapping[str, Sequence[Entry]], name_of: NameOf
) -> str | None:
    """The text with these lists in `cameras[at]`; None where its layout is too unusual.

    `name_of` tells which old entry a changed one was, for the comments above it.
    """
    camera = _camera(text, at)
    if camera is None:
        return None
    edits = [
        edit
        for key, entries in lists.items()
        for edit in _edits(text, camera, key, entries, name_of)
    ]
    behind = sorted(enumerate(edits), key=lambda one: (one[1].start, one[0]), reverse=True)
    for _, edit in behind:
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def entry_text(entry: Entry, indent: int) -> str:
    """One entry of a block list, in braces, over as many lines as it needs."""
    flow = yaml.safe_dump(
        dict(entry), default_flow_style=True, sort_keys=False, allow_unicode=True, width=WIDTH
    )
    first, *more = flow.rstrip("\n").split("\n")
    pad = " " * indent
    return "\n".join([f"{pad}- {first}", *(f"{pad}    {line.strip()}" for line in more)])


def list_text(key: str, data: Sequence[Entry], indent: int) -> str:
    """`key:` and its entries, without the indent of the first line and the last line's end."""
    if not data:
        return f"{key}: []"
    return "\n".join([f"{key}:", *(entry_text(entry, indent + 2) for entry in data)])


def _camera(text: str, at: int) -> yaml.MappingNode | None:
    root = yaml.compose(text, Loader=Loader)
    cameras = _pair(root, "cameras")
    if cameras is None or not isinstance(cameras[1], yaml.SequenceNode):
        return None
    node = cameras[1].value[at]
    return node if isinstance(node, yaml.MappingNode) and node.value else None


def _pair(node: yaml.Node | None, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next(((k, v) for k, v in pairs if k.value == key), None)


def _edits(
    text: str, camera: yaml.MappingNode, key: str, entries: Sequence[Entry], name_of: NameOf
) -> list[_Edit]:
    """The edits for one list; none where the file says the same already."""
    pair = _pair(camera, key)
    data = [dict(entry) for entry in entries]
    if (pair is None and not data) or (pair is not None and _data(pair[1]) == data):
        return []
    if camera.flow_style:
        return [_in_braces(camera, pair, key, data)]
    indent = camera.value[0][0].start_mark.column
    if pair is None:
        end = _line_end(text, _last_line(camera))
        return [_Edit(end, end, f"\n{' ' * indent}{list_text(key, data, indent)}")]
    name, value = pair
    if data and isinstance(value, yaml.SequenceNode) and not value.flow_style:
        olds = _olds(text, name, value)
        if olds is not None:
            return [_merged(text, name, value, olds, data, name_of)]
    return [_Edit(name.start_mark.index, _value_end(text, value), list_text(key, data, indent))]


def _in_braces(
    camera: yaml.MappingNode,
    pair: tuple[yaml.Node, yaml.Node] | None,
    key: str,
    data: list[dict[str, Any]],
) -> _Edit:
    flow = yaml.safe_dump(
        data, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6
    ).strip()
    if pair is not None:
        return _Edit(pair[1].start_mark.index, pair[1].end_mark.index, flow)
    end = camera.value[-1][1].end_mark.index
    return _Edit(end, end, f", {key}: {flow}")


def _merged(
    text: str,
    name: yaml.Node,
    value: yaml.Node,
    olds: list[_Old],
    data: list[dict[str, Any]],
    name_of: NameOf,
) -> _Edit:
    dash = value.start_mark.column
    by_name = {name_of(old.data): old for old in olds if isinstance(old.data, dict)}
    lines: list[str] = []
    for entry in data:
        old = by_name.get(name_of(entry))
        if old is not None and old.data == entry:
            lines += old.lines
        else:
            lines += [*(old.lead if old is not None else ()), entry_text(entry, dash)]
    start = _line_end(text, name.start_mark.line) + 1
    return _Edit(start, _line_end(text, _last_line(value)), "\n".join(lines))


def _olds(text: str, name: yaml.Node, value: yaml.SequenceNode) -> list[_Old] | None:
    """The entries as they stand there; None where one does not begin with its dash."""
    lines = text.split("\n")
    olds: list[_Old] = []
    begin = name.start_mark.line + 1
    for node in value.value:
        first, last = node.start_mark.line, _last_line(node)
        if lines[first][: node.start_mark.column].strip() != "-" or first < begin:
            return None
        olds.append(_Old(_data(node), tuple(lines[begin : last + 1]), tuple(lines[begin:first])))
        begin = last + 1
    return olds


def _data(node: yaml.Node) -> Any:  # whatever YAML holds
    return yaml.constructor.SafeConstructor().construct_document(node)


def _last_line(node: yaml.Node) -> int:
    """The line with a node's last character; what a block's end mark says is further down."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    end = node.end_mark
    return end.line - 1 if end.column == 0 and end.line > node.start_mark.line else int(end.line)


def _value_end(text: str, value: yaml.Node) -> int:
    if isinstance(value, yaml.CollectionNode) and not value.flow_style:
        return _line_end(text, _last_line(value))
    return int(value.end_mark.index)


def _line_end(text: str, line: int) -> int:
    """Index of the character that ends a line (from 0)."""
    at = 0
    for _ in range(line):
        at = text.index("\n", at) + 1
    end = text.find("\n", at)
    return len(text) if end < 0 else end
