"""The commands about pictures to learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

dataset_app = typer.Typer(help="Pictures to learn from.", no_args_is_help=True)


@dataset_app.callback()
def dataset() -> None:
    """Pictures to learn from."""


@dataset_app.command("export-feedback")
def dataset_export_feedback(
    store: Annotated[str, typer.Option(help="Address of the store, as in a browser.")],
    name: Annotated[str, typer.Option(help="Who logs in.")],
    out: Annotated[Path, typer.Option(help="Folder for the sets; empty, or written by this.")],
    password_env: Annotated[
        str | None, typer.Option(help="Environment variable with the password (else asked).")
    ] = None,
    ca_file: Annotated[Path | None, typer.Option(help="Authority of the store's TLS.")] = None,
) -> None:
    """Turn confirmed and dismissed incidents into pictures to learn from."""
    from linewarden.ask import secret_from
    from linewarden.export_feedback import export_feedback
    from linewarden.store_reader import StoreReader

    with StoreReader(store, ca_file) as reader:
        reader.log_in(name, secret_from("password", password_env))
        code = export_feedback(reader, out)
        reader.log_out()
    raise typer.Exit(code)
