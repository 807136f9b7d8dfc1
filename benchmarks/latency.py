"""How long from the picture that fulfils a rule to the event readable at the store's API.

Two cameras over RTSP, edge and store as processes of their own, a reader that asks every 100 ms:

    python -m benchmarks.latency [--data ../shared/data] [--rounds 2]
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from pathlib import Path

from tests.system.test_end_to_end import CARS, duration_s, road
from tests.system.world import CLOCK, Reader, World, p95, seconds


def measure(data: Path, rounds: int) -> list[tuple[float, float, float]]:
    """For each event: seconds to signed, then to received, then to readable."""
    clip = data / "videos" / CARS
    with tempfile.TemporaryDirectory() as folder, World(Path(folder)) as world:
        world.start_server()
        port = world.start_cameras({"a": clip, "b": clip})
        with Reader(world) as reader:
            url = f"rtsp://127.0.0.1:{port}"
            world.start_edge([road(name, f"{url}/{name}", data) for name in "ab"])
            world.until(lambda: world.text("box").count("first frame") == 2, "both are watched")
            over_s = CLOCK.monotonic() + rounds * duration_s(clip)
            world.until(lambda: CLOCK.monotonic() > over_s, "the rounds are over", 1000)
        return [parts(world, row, reader) for row in world.events() if row["kind"] == "opened"]


def parts(world: World, row: dict[str, str], reader: Reader) -> tuple[float, float, float]:
    """The three spans of one event."""
    event = world.get(f"/v1/events/{row['event_id']}").json()
    payload = event["payload"]
    captured_s = seconds(payload["time"]["captured"])
    signed_s = seconds(payload["time"]["signed"])
    received_s = seconds(event["received_at"])
    readable_s = reader.readable_s[payload["incident_id"]]
    return signed_s - captured_s, received_s - signed_s, readable_s - received_s


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("LINEWARDEN_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    rows = measure(given.data.resolve(), given.rounds)
    columns = [*zip(*rows, strict=True), tuple(sum(row) for row in rows)]
    print(f"{len(rows)} events, 2 cameras, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{'seconds':32}{'median':>8}{'p95':>8}{'most':>8}")
    names = ("picture → signed", "→ received by the store", "→ readable at its API", "in all")
    for name, values in zip(names, columns, strict=True):
        print(f"{name:32}{statistics.median(values):8.2f}{p95(values):8.2f}{max(values):8.2f}")


if __name__ == "__main__":
    main()
