"""One settings file: read whole, checked whole, every fault with its line and field.

In this module: YAML with line numbers, and pydantic's findings turned into sentences.
Never: which settings there are; that is `settings.py`.
"""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Loc = tuple[str | int, ...]
TAG = "kind of "
"""Begins the part of a place that pydantic adds for the chosen one of several kinds."""
M = TypeVar("M", bound=BaseModel)


class Loader(yaml.SafeLoader):
    """YAML in which `19:00` is text, as in YAML 1.2; PyYAML reads 1140, in base sixty."""


_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
Loader.yaml_implicit_resolvers = {
    first: [
        (tag, re.compile(f"(?!.*:)(?:{of.pattern})", of.flags) if tag in _NUMBERS else of)
        for tag, of in resolvers
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a settings file; `found` is already words (or empty)."""

    file: Path
    line: int
    field: str
    found: str
    remedy: str

    def __str__(self) -> str:
        what = f"{self.field} {self.found}".strip()
        return f"{self.file}:{self.line}: {what}; {self.remedy}"


class ConfigError(Exception):
    """Settings that cannot be used: all that is wrong with the file, a line each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
        self.remedy = problems[0].remedy


@dataclass(frozen=True, slots=True)
class Document:
    """The parsed file: plain data, and the line of every value."""

    file: Path
    data: Any  # whatever YAML holds; the models give it types
    lines: dict[Loc, int]

    def line(self, loc: Loc) -> int:
        """Line (from 1) of the value at `loc`, or of the nearest thing that holds it."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 1)

    def problem(self, loc: Loc, found: str, remedy: str) -> Problem:
        """A fault of the value at `loc`."""
        return Problem(self.file, self.line(loc), field_of(loc), found, remedy)


def read_document(file: Path) -> Document:
    """Parse a file. `ConfigError` where it cannot be read, is no YAML or repeats a key."""
    return parse_document(read_text(file), file)


def read_text(file: Path) -> str:
    """The file's text. `ConfigError` where it cannot be read or is no UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            [Problem(file, 1, "the file", "cannot be read", str(error.strerror))]
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(
            [Problem(file, 1, "the file", "is not UTF-8", "save it as UTF-8")]
        ) from None


def parse_document(text: str, file: Path) -> Document:
    """Parse what stands in `file`, or would. `ConfigError` for no YAML and a repeated key."""
    try:
        node = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise ConfigError(
            [Problem(file, line, "the file", "is not YAML", error.problem or "check this line")]
        ) from None
    except yaml.YAMLError:
        raise ConfigError(
            [Problem(file, 1, "the file", "is not YAML", "save it as text")]
        ) from None
    lines: dict[Loc, int] = {}
    doubles: list[Problem] = []
    for loc, line, twice in _walk(node, ()):
        if twice:
            doubles.append(Problem(file, line, field_of(loc), "stands here twice", "keep one"))
        lines[loc] = line
    if doubles:
        raise ConfigError(doubles)
    data = yaml.constructor.SafeConstructor()
    return Document(file, {} if node is None else data.construct_document(node), lines)


def _walk(node: yaml.Node | None, loc: Loc) -> Iterator[tuple[Loc, int, bool]]:
    """(place, line, whether its key was there before) of everything below a node."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            yield (*loc, name), key.start_mark.line + 1, name in seen
            seen.add(name)
            yield from _walk(value, (*loc, name))
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            yield (*loc, i), value.start_mark.line + 1, False
            yield from _walk(value, (*loc, i))


def field_of(loc: Loc) -> str:
    """`cameras[0].zones[1].polygon`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.lstrip(".") or "the file"


def validate(document: Document, model: type[M]) -> tuple[M | None, list[Problem]]:
    """The settings, or everything wrong with them."""
    try:
        return model.model_validate(document.data), []
    except ValidationError as error:
        return None, [_problem(document, model, one) for one in error.errors()]


def shown(value: object) -> str:
    """`is [[80, 300]]`, short, and never a whole mapping."""
    text = repr(value)
    if "{" in text:
        return "is a mapping" if isinstance(value, dict) else "is a list"
    return f"is {text if len(text) <= 80 else text[:77] + '…'}"


def _problem(document: Document, model: type[BaseModel], error: ErrorDetails) -> Problem:
    tagged = tuple(error["loc"])
    loc = tuple(part for part in tagged if not str(part).startswith(TAG))
    kind = error["type"]
    if kind.startswith("union_tag"):
        return _no_such_kind(document, model, loc, error["input"])
    if kind == "extra_forbidden":
        known = list(_known(model, tagged[:-1]))
        close = difflib.get_close_matches(str(loc[-1]), known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
        return document.problem(loc, "is not known", hint)
    if kind == "missing":
        return document.problem(loc, "is missing", f"{field_of(loc[:-1])} needs {loc[-1]}")
    if kind == "value_error":
        cause = error.get("ctx", {}).get("error")
        if isinstance(cause, Finding):
            return document.problem(loc, cause.found, cause.remedy)
        return document.problem(loc, shown(error["input"]), str(cause))
    wanted = error["msg"].removeprefix("Input should be ")
    return document.problem(loc, shown(error["input"]), f"it should be {wanted}")


def _no_such_kind(document: Document, model: type[BaseModel], loc: Loc, found: object) -> Problem:
    """A mapping whose `use` chooses none of the kinds that may stand there."""
    if not isinstance(found, dict):
        return document.problem(loc, shown(found), "it should be a mapping with use")
    if "use" not in found:
        return document.problem((*loc, "use"), "is missing", f"{field_of(loc)} needs use")
    uses = [use for kind in _kinds(_at(model, loc)) for use in kind.USES]
    close = difflib.get_close_matches(str(found["use"]), uses, n=1)
    hint = f"did you mean {close[0]}?" if close else f"it should be one of {', '.join(uses)}"
    return document.problem((*loc, "use"), shown(found["use"]), hint)


def _known(model: type[BaseModel], loc: Loc) -> Iterator[str]:
    """The keys that the mapping at `loc` may have."""
    for name, field in _innermost(_at(model, loc)).model_fields.items():
        yield field.alias or name


def _at(model: type[BaseModel], loc: Loc) -> Any:  # annotations have no common type
    """What stands at `loc`: a model, or several where none is chosen."""
    kind: Any = model
    for part in loc:
        if str(part).startswith(TAG):
            kind = next(k for k in _kinds(kind) if k.__name__ == str(part).removeprefix(TAG))
        elif isinstance(part, str):
            fields = _innermost(kind).model_fields.items()
            kind = next(f.annotation for name, f in fields if part in (name, f.alias))
        elif typing.get_origin(kind) in (list, tuple):
            kind = typing.get_args(kind)[0]
    return kind


def _kinds(kind: Any) -> Iterator[Any]:
    """The models inside `X | Y`, `Annotated[X, …]`."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        for one in typing.get_args(kind):
            yield from _kinds(one)
    elif typing.get_origin(kind) is typing.Annotated:
        yield from _kinds(typing.get_args(kind)[0])
    else:
        yield kind


def _innermost(kind: Any) -> Any:
    """The model inside `list[X]`, `X | None`, `Annotated[X, …]`."""
    while typing.get_origin(kind) in (list, tuple, typing.Union, types.UnionType, typing.Annotated):
        kind = typing.get_args(kind)[0]
    return kind


class Finding(ValueError):
    """A finding that says itself what was found, for instance because the value is a secret."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(f"{found}; {remedy}")
        self.found, self.remedy = found, remedy
