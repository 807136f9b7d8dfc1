"""The outbox when processes die, power fails and disks fill up."""

from __future__ import annotations

import os
import random
import resource
import select
import shutil
import signal
import subprocess
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from events.outbox import Outbox
from events.record import LostMedium
from events.seal import OutboxError
from tests.events.boxes import open_box, picture, whole_chain
from tests.events.sample import INSTANT, draft

KILLS = 66
WRITERS = 3


def in_child(work: Callable[[int], None]) -> tuple[int, int]:
    """Run `work` in a forked process; gives its id and the reading end of its pipe."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            work(writer)
        except BaseException:  # noqa: BLE001 - nothing may escape into the parent's tests
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writer)
    return child, reader


def record_for_ever(folder: Path, writer: int) -> None:
    """Append with pictures, deliver one now and then; report each durable `seq`."""
    chance = random.Random(os.getpid())
    with open_box(folder) as box:
        while True:
            kept = picture(box, chance.randbytes(chance.choice((10, 5_000, 60_000))))
            event = box.append(draft(media=[kept]))
            assert event is not None
            assert event.media == [kept]
            os.write(writer, event.seq.to_bytes(4, "big"))


def wait_for(reader: int, count: int, chance: random.Random) -> bytes:
    """Read `count` reports, then let some thousandths of a second pass."""
    told = b""
    while len(told) < 4 * count:
        told += os.read(reader, 4 * count - len(told))
    select.select([], [], [], chance.random() * 0.008)
    return told


def test_kills_at_random_moments_lose_nothing_and_leave_no_hole(tmp_path: Path) -> None:
    chance, durable = random.Random(8), set[int]()
    for _ in range(KILLS // WRITERS):
        children = [
            in_child(lambda writer: record_for_ever(tmp_path, writer)) for _ in range(WRITERS)
        ]
        told = wait_for(children[0][1], chance.randrange(3), chance)
        for child, _ in children:
            os.kill(child, signal.SIGKILL)
            assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
        for _, reader in children:
            while more := os.read(reader, 65536):
                told += more
            os.close(reader)
        durable |= {int.from_bytes(told[i : i + 4], "big") for i in range(0, len(told), 4)}
    events = whole_chain(tmp_path)
    assert durable <= {event.seq for event in events}
    assert len(events) >= len(durable) > 0
    with open_box(tmp_path) as box:
        box.sweep(older_than_s=-(10.0**9))
        assert box.append(draft()) is not None
        needed = {m.sha256 for event in events for m in event.media}
        assert {path.name for path in (tmp_path / "media").iterdir()} == needed
        assert len(box.open_incidents()) == 1
        assert len(box.pending_clips()) == len(events) + 1
    assert len(whole_chain(tmp_path)) == len(events) + 1


def test_several_processes_write_one_chain(tmp_path: Path) -> None:
    def write(_: int) -> None:
        with open_box(tmp_path) as box:
            for i in range(20):
                assert box.append(draft(media=[picture(box, bytes([i]))])) is not None

    children = [in_child(write) for _ in range(4)]
    for child, reader in children:
        assert os.waitpid(child, 0)[1] == 0
        os.close(reader)
    assert len(whole_chain(tmp_path)) == 80


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files as a power cut would find them: the write-ahead log not yet folded in."""
    folder = tmp_path_factory.mktemp("running")
    copy = tmp_path_factory.mktemp("cut")
    with open_box(folder) as box:
        for i in range(8):
            box.append(draft(media=[picture(box, bytes([i]))]))
        for name in ("outbox.sqlite3", "outbox.sqlite3-wal"):
            shutil.copy(folder / name, copy / name)
    shutil.copytree(folder / "media", copy / "media")
    return copy


@pytest.mark.parametrize("damage", ["cut", "zeros", "garbage"])
def test_power_lost_at_any_byte_of_the_log_leaves_a_whole_beginning(
    unfinished: Path, tmp_path: Path, damage: str
) -> None:
    log = (unfinished / "outbox.sqlite3-wal").read_bytes()
    chance, lengths = random.Random(damage), set[int]()
    for turn in range(24):
        folder = tmp_path / str(turn)
        shutil.copytree(unfinished, folder)
        at = chance.randrange(len(log))
        tail = {
            "cut": b"",
            "zeros": bytes(len(log) - at),
            "garbage": chance.randbytes(len(log) - at),
        }[damage]
        (folder / "outbox.sqlite3-wal").write_bytes(log[:at] + tail)
        with open_box(folder) as box:
            before = len(whole_chain(folder)) if box.status().queued else 0
            event = box.append(draft())
        assert event is not None
        assert event.seq == before + 1
        assert len(whole_chain(folder)) == before + 1
        lengths.add(before)
    assert len(lengths) > 3
    assert max(lengths) <= 8


def fill(path: Path) -> None:
    """Take every free block of the file system that `path` is on."""
    with path.open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def write_until_refused(box: Outbox) -> int:
    """How many events were taken before the first was refused."""
    taken = 0
    while box.append(draft()) is not None:
        taken += 1
        assert taken < 5000
    return taken


def test_a_full_disk_refuses_visibly_and_forgets_nothing(small_disk: Path) -> None:
    folder = small_disk / "spool"
    with open_box(folder) as box:
        for i in range(4):
            box.append(draft(media=[picture(box, bytes([i]) * 20_000)]))
        fill(small_disk / "filler")
        taken = write_until_refused(box)
        lost = box.put_medium(
            b"x" * 50_000, role="snapshot", media_type="image/jpeg", captured=INSTANT, frame=1
        )
        assert isinstance(lost, LostMedium)
        assert lost.reason in {"disk_full", "disk_error"}
        assert box.append(draft()) is None
        status = box.status()
        assert (status.full, status.refused_total, status.media_refused_total) == (True, 2, 1)
        assert status.reason in {"disk_full", "disk_error"}
        for _ in range(4):
            box.succeeded(box.lease()[0])
        assert box.append(draft()) is not None
        (small_disk / "filler").unlink()
        assert box.append(draft()) is not None
        assert not box.status().full
        kinds = [kind for (kind,) in box._db.read("SELECT kind FROM events ORDER BY id")]
        assert kinds.count("gap") == 1
        assert len(kinds) == taken + 3
    with open_box(folder) as box:
        assert (box.status().refused_total, box.status().full) == (2, False)


def test_a_full_disk_empties_even_where_no_event_has_media(small_disk: Path) -> None:
    with open_box(small_disk / "spool") as box:
        for _ in range(5):
            box.append(draft())
        fill(small_disk / "filler")
        taken = 5 + write_until_refused(box)
        for _ in range(taken):
            box.succeeded(box.lease()[0])
        assert box.status().queued == 0
        assert box.lease() == []


def test_a_disk_that_fails_writes_refuses_and_comes_back(tmp_path: Path) -> None:
    def work(_: int) -> None:
        box = open_box(tmp_path)
        for _ in range(3):
            assert box.append(draft(media=[picture(box)])) is not None
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        for _ in range(60):
            box.append(draft())
        status = box.status()
        assert status.full
        assert status.refused_total > 0
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert box.append(draft()) is not None
        assert not box.status().full
        box.close()

    child, reader = in_child(work)
    assert os.waitpid(child, 0)[1] == 0
    os.close(reader)
    events = whole_chain(tmp_path)
    gaps = [event.gap for event in events if event.gap is not None]
    assert len(gaps) == 1
    assert gaps[0].count == 64 - (len(events) - 1)


def test_a_database_that_breaks_while_in_use_is_one_clear_error(tmp_path: Path) -> None:
    with open_box(tmp_path) as box:
        box.append(draft())
    path = tmp_path / "outbox.sqlite3"
    path.write_bytes(path.read_bytes()[:4096] + os.urandom(path.stat().st_size - 4096))
    with pytest.raises(OutboxError, match="outbox"), open_box(tmp_path) as box:
        box.append(draft())
