"""The arrows of docs/architecture.md: who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALLOWED: dict[str, set[str]] = {
    "vision": set(),
    "models": {"vision"},
    "models/training": {"vision", "models", "datasets"},
    "datasets": {"vision"},
    "cameras": {"vision"},
    "events": {"vision"},
    "api": {"events"},
    "linewarden": {"vision", "models", "datasets", "cameras", "events", "api"},
    "benchmarks": {"vision", "models", "datasets", "cameras", "events", "api", "linewarden"},
}
ROOMS = {name.split("/")[0] for name in ALLOWED}
INNER: dict[str, set[str]] = {
    "events/rules": {"events.seal", "events.outbox", "events.uplink", "events.place"},
    "events/place": {"events.seal", "events.outbox", "events.uplink", "events.rules"},
    "events/seal": {"events.outbox", "events.uplink", "events.rules", "events.place"},
    "api/db": {"api.routes", "api.pages", "api.app"},
}
TRAINING_ONLY = {"torch", "ultralytics", "torchvision", "onnx"}


def imported(path: Path) -> set[str]:
    """Dotted names of the modules that a file imports, wherever in the file."""
    names: set[str] = set()
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [base])])
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return names


def files_of(room: str) -> list[Path]:
    """Python files of a room; `models` is without `models/training`, which has its own row."""
    files = [f for f in (ROOT / room).rglob("*.py") if "node_modules" not in f.parts]
    if room == "models":
        files = [f for f in files if "training" not in f.relative_to(ROOT).parts]
    return [f for f in files if "torchvision_shim" not in f.parts]


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_a_room_imports_only_the_rooms_that_the_drawing_allows(room: str) -> None:
    allowed = ALLOWED[room] | {room.split("/")[0]}
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files_of(room)
        for name in imported(file)
        if name.split(".")[0] in ROOMS and name.split(".")[0] not in allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("part", sorted(INNER))
def test_the_inner_arrows_of_a_room_point_one_way(part: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in (ROOT / part).rglob("*.py")
        for name in imported(file)
        if any(name == banned or name.startswith(banned + ".") for banned in INNER[part])
    ]
    assert wrong == []


def test_torch_is_imported_nowhere_but_in_training() -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for room in ALLOWED
        if room != "models/training"
        for file in files_of(room)
        for name in imported(file)
        if name.split(".")[0] in TRAINING_ONLY
    ]
    assert wrong == []


@pytest.mark.parametrize("room", sorted(ROOMS | {"tests"}))
def test_each_top_level_name_resolves_to_our_files(room: str) -> None:
    spec = find_spec(room)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT)


def test_the_store_starts_without_the_inference_runtime() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['onnxruntime', 'lap', 'openvino']));"
        "import api.app"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
