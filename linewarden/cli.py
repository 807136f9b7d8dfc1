"""The command line: options in, exit codes out. What a command does stands in its own module.

Exit codes: 0 done, 1 found something wrong, 2 used wrongly. An error that a room knows is one
line, `message; what to do`; a traceback is a bug.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from linewarden.cli_dataset import dataset_app
from linewarden.cli_reference import reference_app
from linewarden.cli_store import ServerFile, admin_app, device_app, network_app, store_app
from linewarden.errors import exit_code, line_of

app = typer.Typer(
    help="Linewarden: watches pipelines and plants through the cameras that are there.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(admin_app, name="admin")
app.add_typer(device_app, name="device")
app.add_typer(network_app, name="network")
app.add_typer(store_app, name="store")
app.add_typer(dataset_app, name="dataset")
app.add_typer(reference_app, name="reference")

EdgeFile = Annotated[Path, typer.Option("--config", "-c", help="The edge's settings (YAML).")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def main() -> None:
    """Run the command line; the only place that turns errors into exit codes."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        line = line_of(error)
        if line is None:
            raise
        print(line, file=sys.stderr)
        sys.exit(exit_code(error))


@app.command()
def server(config: ServerFile = None) -> None:
    """Migrate the database, serve the API and the pages."""
    from linewarden.server import serve
    from linewarden.settings import load_server

    serve(load_server(config))


@app.command()
def edge(config: EdgeFile) -> None:
    """Watch the cameras of a settings file and deliver what is found."""
    from linewarden.edge import run_edge

    run_edge(config)


@app.command()
def enrol(
    config: EdgeFile,
    code_env: Annotated[
        str | None, typer.Option(help="Environment variable with the one-time code.")
    ] = None,
) -> None:
    """Register the box at the store with a one-time code, or renew its token with another."""
    from linewarden.ask import secret_from
    from linewarden.enrol import enrol as register
    from linewarden.settings import load_edge

    device = load_edge(config).device
    known = register(device, secret_from("one-time code", code_env))
    print(f"{device.name} is enrolled at {known.store} as {known.device_id}, key {known.key_id}")


@app.command()
def detect(
    files: Annotated[list[Path], typer.Argument(help="Pictures, recordings, or folders of them.")],
    model: Annotated[str, typer.Option(help="A shipped model, or a manifest's path.")] = "nano",
    as_json: AsJson = False,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=1.0, help="Instead of the thresholds; shows every class of a place."
        ),
    ] = None,
    every: Annotated[str, typer.Option(help="Of a recording, a frame so often: 500ms, 2s.")] = "",
    size: Annotated[
        int | None,
        typer.Option(
            "--size", "--input-px", help="Side of the model's input in pixels, such as 416 or 640."
        ),
    ] = None,
    tiles: Annotated[bool, typer.Option("--tiles", help="Look at its tiles too.")] = False,
    object_px: Annotated[
        float, typer.Option(min=4, help="Height of the smallest object that tiles are for.")
    ] = 40.0,
    second_look: Annotated[
        bool, typer.Option("--second-look", help="Look again at machines, enlarged.")
    ] = False,
) -> None:
    """Print what the model sees in pictures and recordings, with timings."""
    from linewarden.detect import detect as look
    from linewarden.units import duration_s
    from models import load_manifest

    try:
        every_s = duration_s(every) if every else 0.0
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--every") from None
    raise typer.Exit(
        look(
            files,
            load_manifest(model),
            json_lines=as_json,
            min_confidence=min_confidence,
            every_s=every_s,
            input_px=size,
            object_px=object_px if tiles else None,
            twice=second_look,
        )
    )


@app.command()
def replay(
    video: Path,
    config: EdgeFile,
    camera: Annotated[str | None, typer.Option(help="Whose rules, where there are more.")] = None,
    truth: Annotated[Path | None, typer.Option(help="CSV of what should fire; scores it.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for timeline, annotated video and events.")
    ] = None,
    floors: Annotated[
        Path | None, typer.Option(help="Folder with a box's references of floors, to begin with.")
    ] = None,
    start_at: Annotated[
        str, typer.Option(help="When it began, for schedules: 2026-03-29T23:50+08:00.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Run a camera's rules on a recording."""
    from linewarden.replay import replay as run
    from linewarden.settings import load_edge
    from linewarden.units import moment_s
    from models import load_manifest

    try:
        start_s = moment_s(start_at) if start_at else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--start-at") from None
    settings = load_edge(config, classes_of=lambda name: load_manifest(name).classes)
    raise typer.Exit(
        run(
            video,
            settings,
            camera_id=camera,
            json_lines=as_json,
            truth=truth,
            out=out,
            floors=floors,
            start_s=start_s,
        )
    )


@app.command()
def verify(
    package: Annotated[Path, typer.Argument(help="The zip, or the folder it was unpacked to.")],
    trust: Annotated[
        list[str] | None, typer.Option(help="sha256:… of a box's key that you trust.")
    ] = None,
    trust_store: Annotated[
        list[str] | None, typer.Option(help="sha256:… of a store's key that you trust.")
    ] = None,
    package_id: Annotated[
        str | None, typer.Option(help="The package that it should be, so that no old one passes.")
    ] = None,
) -> None:
    """Check an evidence package: signatures, chain and every digest."""
    from linewarden.verify import main as check

    options = [part for key in trust or [] for part in ("--trust", key)]
    options += [part for key in trust_store or [] for part in ("--trust-store", key)]
    options += ["--package-id", package_id] if package_id else []
    raise typer.Exit(check([str(package), *options]))


@app.command()
def doctor(
    config: EdgeFile,
    as_json: AsJson = False,
    cameras: Annotated[bool, typer.Option(help="Open every camera's stream.")] = True,
) -> None:
    """Check everything checkable and say what to do about each finding."""
    from linewarden.doctor import examine, show

    findings = examine(config, cameras=cameras)
    show(findings, as_json=as_json)
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(1)


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Exit 0 once the first event is readable.")
    ] = False,
    source: Annotated[
        str | None, typer.Option(help="rtsp://… or a recording, instead of simulated cameras.")
    ] = None,
    username: Annotated[str | None, typer.Option(help="User name of that camera.")] = None,
    password_env: Annotated[
        str | None, typer.Option(help="Environment variable with its password (else asked).")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port of the page; 0: any free one.")
    ] = 8080,
    folder: Annotated[
        Path | None, typer.Option(help="Keep the demo's state here (default: a temporary one).")
    ] = None,
) -> None:
    """Run the whole system on this machine with simulated or real cameras."""
    from linewarden.ask import secret_from
    from linewarden.demo import Wish, run_demo

    password = secret_from("password of the camera", password_env) if username else None
    run_demo(Wish(once, source, username, password, port, folder))


@app.command("accept-view")
def accept_view(
    config: EdgeFile,
    camera: Annotated[str | None, typer.Option(help="Which, where there are more.")] = None,
) -> None:
    """Let what a camera shows now be its right view; a running edge takes it within seconds."""
    from linewarden.replay import camera_named
    from linewarden.settings import load_edge
    from linewarden.view import accept

    settings = load_edge(config)
    named = camera_named(settings, camera).id
    accept(settings.spool_folder, named)
    print(f"{named}: its present view is learned as the right one")


@app.command()
def zones(
    source: Annotated[str, typer.Argument(metavar="VIDEO|URL", help="A recording, or rtsp://…")],
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Settings to begin with and save to.")
    ] = None,
    camera: Annotated[str | None, typer.Option(help="Whose zones, where there are more.")] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port of the page; 0: any free one.")
    ] = 8090,
    username: Annotated[str | None, typer.Option(help="User name of a camera.")] = None,
    password_env: Annotated[
        str | None, typer.Option(help="Environment variable with its password (else asked).")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=2, max=600, help="How much of a stream is recorded.")
    ] = 30.0,
    opens: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Draw zones on a page of this machine, and try rules on a recording."""
    from linewarden.ask import secret_from
    from linewarden.log import configure_log
    from linewarden.zones.command import Wish, run_zones

    configure_log(logging.ERROR)  # what is wrong with a camera is said once, as the error

    password = secret_from("password of the camera", password_env) if username else None
    run_zones(Wish(source, config, camera, port, username, password, seconds, opens))


if __name__ == "__main__":
    main()
