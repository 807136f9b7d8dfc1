"""Commands for whoever commissions a box: what it has learned of floors that must stay free."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

reference_app = typer.Typer(
    help="What a box has learned of floors that must stay free.", no_args_is_help=True
)
EdgeFile = Annotated[Path, typer.Option("--config", "-c", help="The edge's settings (YAML).")]
ZoneName = Annotated[str, typer.Option(help="The floor's zone.")]
CameraName = Annotated[
    str | None, typer.Option(help="Its camera, where several have a zone of that name.")
]


@reference_app.command("list")
def reference_list(
    config: EdgeFile,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Print each floor: since when it is learned, in how many lights, who confirmed it, doubts."""
    from linewarden.reference import lines
    from linewarden.settings import load_edge

    for line in lines(load_edge(config), as_json=as_json):
        print(line)


@reference_app.command("confirm")
def reference_confirm(
    config: EdgeFile,
    zone: ZoneName,
    by: Annotated[str, typer.Option(help="Who has looked; it is kept with the reference.")],
    camera: CameraName = None,
    picture: Annotated[
        Path | None, typer.Option(help="Where the picture to look at goes (default: here).")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="It is free: do not ask.")] = False,
) -> None:
    """Write a picture of the learned floor, ask whether it is free, and record who said so."""
    from linewarden.reference import confirm, looked_up, row, to_confirm
    from linewarden.reference_ask import asked, now_of, written
    from linewarden.settings import load_edge

    settings = load_edge(config)
    folder = looked_up(settings, camera, zone)
    learned, png = to_confirm(folder, zone)
    file = written(picture or Path(f"floor-{folder.folder.name}-{zone}.png"), png)
    print(f"look at {file}")
    print(row(folder.folder.name, zone, folder).as_text())
    if not (yes or asked("Is the outlined floor free in every part of the picture?")):
        print("not confirmed; clear the floor, then `linewarden reference forget`")
        raise typer.Exit(1)
    confirm(folder, zone, learned, png, by=by, at=now_of(settings))
    print(f"confirmed by {by}")


@reference_app.command("forget")
def reference_forget(config: EdgeFile, zone: ZoneName, camera: CameraName = None) -> None:
    """Delete what is known of a floor; a running edge learns it anew within seconds."""
    from linewarden.reference import forget, looked_up
    from linewarden.settings import load_edge

    folder = looked_up(load_edge(config), camera, zone)
    print("forgotten" if forget(folder, zone) else "there was nothing to forget")
