"""Folders that cannot be written to: refused in one line, whichever command needs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from linewarden.edge import run_edge
from linewarden.enrol import enrol
from linewarden.errors import CommandError
from linewarden.folders import made
from linewarden.server import create_code, serve
from linewarden.settings import load_edge, load_server

EDGE = """\
device: {{name: box, store: "http://127.0.0.1:9", key: {folder}/device.key}}
cameras: [{{id: north, analyse: {{url: "rtsp://127.0.0.1:9/a"}}}}]
"""


def written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


def test_a_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    assert made(tmp_path / "a" / "b", "no remedy").is_dir()


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        (lambda edge, server: run_edge(edge), "`spool`"),
        (lambda edge, server: enrol(load_edge(edge).device, "CODE"), "`device.key`"),
        (lambda edge, server: serve(load_server(server)), "`folder`"),
        (lambda edge, server: create_code(load_server(server)), "`folder`"),
    ],
    ids=["edge", "enrol", "server", "device code"],
)
def test_a_command_names_the_folder_and_the_setting(
    command: Callable[[Path, Path], object], remedy: str, tmp_path: Path
) -> None:
    below = written(tmp_path / "file", "") / "folder"
    edge = written(tmp_path / "edge.yaml", EDGE.format(folder=below))
    server = written(tmp_path / "server.yaml", f"listen: 127.0.0.1:0\nfolder: {below}\n")
    with pytest.raises(CommandError, match="cannot be made") as caught:
        command(edge, server)
    assert str(below) in str(caught.value)
    assert remedy in caught.value.remedy
