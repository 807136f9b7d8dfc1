"""The documentation says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from events.rules.presets import PRESETS
from linewarden.cli import app
from linewarden.families import SETTINGS
from linewarden.settings import CameraSettings, EdgeSettings, ServerSettings

ROOT = Path(__file__).resolve().parent.parent
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """Every command as it is typed after `linewarden`."""
    group = typer.main.get_command(app)
    names: list[str] = []
    for name, command in group.commands.items():  # type: ignore[attr-defined] # a click group
        inner = getattr(command, "commands", None)
        names += [f"{name} {sub}" for sub in inner] if inner else [name]
    return sorted(names)


@pytest.mark.parametrize("use", [use for kind in SETTINGS for use in kind.USES])
def test_every_use_of_a_rule_stands_in_the_operating_page(use: str) -> None:
    assert f"`{use}`" in OPERATING


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_stands_in_the_operating_page(preset: str) -> None:
    assert re.search(rf"`[^`]*{preset}\b[^`]*`", OPERATING)


@pytest.mark.parametrize("command", commands())
def test_every_command_stands_in_the_documents(command: str) -> None:
    assert f"linewarden {command}" in README + OPERATING


@pytest.mark.parametrize(
    ("model", "prefix"),
    [
        (ServerSettings, ""),
        (EdgeSettings, ""),
        (CameraSettings, "cameras[]."),
        *((kind, "") for kind in SETTINGS),
    ],
)
def test_every_setting_stands_in_the_operating_page(model: type[BaseModel], prefix: str) -> None:
    keys = [field.alias or name for name, field in model.model_fields.items()]
    missing = [
        key for key in keys if not re.search(rf"`[^`]*\b{re.escape(key)}\b[^`]*`", OPERATING)
    ]
    assert missing == [], prefix


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z][a-z-]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_every_link_of_the_documents_leads_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.relative_to(ROOT)}: {link}"
