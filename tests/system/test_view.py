"""A view that an installer accepts reaches the camera's process while it runs."""

from __future__ import annotations

from pathlib import Path

from datasets import scenes
from tests.system.world import World, camera


def test_a_running_camera_learns_the_view_that_is_accepted(tmp_path: Path) -> None:
    clip = tmp_path / "yard.mp4"
    scenes.write_clip(scenes.get("yard", size_px=(320, 180), fps=4.0), clip, seconds=8)
    with World(tmp_path) as world:
        world.start_server()
        port = world.start_cameras({"yard": clip})
        world.start_edge([camera("yard", f"rtsp://127.0.0.1:{port}/yard")])
        world.until(lambda: "first frame" in world.text("box"), "the camera is watched")
        assert "view accepted" not in world.text("box")
        config = str(tmp_path / "box" / "edge.yaml")
        world.start("installer", "linewarden.cli", "accept-view", "--config", config)
        world.until(lambda: "view accepted" in world.text("box"), "its view is learned anew")
        assert "yard: its present view" in world.text("installer")
