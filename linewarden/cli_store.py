"""Commands for whoever runs the store: people, boxes, the network, its key, its registers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

admin_app = typer.Typer(help="People who may log in.", no_args_is_help=True)
device_app = typer.Typer(help="Boxes that may send.", no_args_is_help=True)
network_app = typer.Typer(help="The pipelines that events are laid against.", no_args_is_help=True)
store_app = typer.Typer(help="The store's key, and its register of looks.", no_args_is_help=True)

ServerFile = Annotated[
    Path | None, typer.Option("--config", "-c", help="The server's settings (YAML).")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@admin_app.command("create")
def admin_create(
    name: str,
    config: ServerFile = None,
    password_env: Annotated[
        str | None, typer.Option(help="Environment variable with the password (else asked).")
    ] = None,
) -> None:
    """Make an administrator. The password is asked for, never given as an argument."""
    from linewarden.ask import new_secret_from
    from linewarden.server import create_admin
    from linewarden.settings import load_server

    create_admin(load_server(config), name, new_secret_from("password", password_env))
    print(f"administrator {name} made")


@device_app.command("code")
def device_code(config: ServerFile = None) -> None:
    """Print a one-time code with which one box may enrol, within the hour."""
    from linewarden.server import create_code
    from linewarden.settings import load_server

    print(create_code(load_server(config)))


@device_app.command("list")
def device_list(config: ServerFile = None, as_json: AsJson = False) -> None:
    """Print the enrolled boxes and whether they may send."""
    from linewarden.settings import load_server
    from linewarden.store_commands import device_lines

    for line in device_lines(load_server(config), as_json=as_json):
        print(line)


@device_app.command("revoke")
def device_revoke(
    device: Annotated[str, typer.Argument(help="Its id, as `device list` prints it.")],
    why: Annotated[str, typer.Option(help="The reason; it is kept in the audit trail.")],
    config: ServerFile = None,
    key: Annotated[
        bool, typer.Option("--key", help="Trust the key no more, for good (box stolen or copied).")
    ] = False,
) -> None:
    """Take nothing more from a box until it is enrolled again; with --key, never again."""
    from linewarden.settings import load_server
    from linewarden.store_commands import revoke

    print(revoke(load_server(config), device, why, key_too=key))


@network_app.command("import")
def network_import(file: Path, config: ServerFile = None) -> None:
    """Read pipelines from GeoJSON (EPSG:4326) into the store."""
    from linewarden.server import import_network
    from linewarden.settings import load_server

    print(import_network(load_server(config), file))


@store_app.command("key")
def store_key(config: ServerFile = None) -> None:
    """Print the fingerprint of the store's key, for `linewarden verify --trust-store`."""
    from linewarden.settings import load_server
    from linewarden.store_commands import fingerprint

    print(fingerprint(load_server(config)))


@store_app.command("looks")
def store_looks(
    config: ServerFile = None,
    who: Annotated[str | None, typer.Option(help="Only this person's.")] = None,
    sha256: Annotated[str | None, typer.Option(help="Only at this medium.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="The newest so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Print who looked at which original, when and what for, newest first."""
    from linewarden.settings import load_server
    from linewarden.store_commands import look_lines

    lines = look_lines(load_server(config), who=who, sha256=sha256, limit=limit, as_json=as_json)
    for line in lines:
        print(line)
