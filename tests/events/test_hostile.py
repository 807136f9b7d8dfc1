"""Bad files, one for each sin, named after it: each is refused in the words of its own room."""

from __future__ import annotations

from pathlib import Path

import pytest

from events.record import Event
from events.seal import Envelope, KeyRefused, PublicKey, SealError
from linewarden.verify import verify

HOSTILE = Path(__file__).resolve().parent.parent / "hostile" / "events"


def files(start: str) -> list[Path]:
    return sorted(HOSTILE.glob(f"{start}-*"))


def name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", files("payload"), ids=name)
def test_a_bad_payload_is_refused(path: Path) -> None:
    with pytest.raises(SealError) as refused:
        Event.decode(path.read_bytes())
    assert len(str(refused.value)) < 400
    assert refused.value.remedy


@pytest.mark.parametrize("path", files("envelope"), ids=name)
def test_a_bad_envelope_is_refused(path: Path) -> None:
    with pytest.raises(SealError):
        Envelope.read(path.read_bytes())


@pytest.mark.parametrize("path", files("key"), ids=name)
def test_a_bad_key_is_refused(path: Path) -> None:
    with pytest.raises(KeyRefused):
        PublicKey.read_base64(path.read_text("ascii"))


@pytest.mark.parametrize("path", files("package"), ids=name)
def test_a_bad_package_fails(path: Path) -> None:
    failed = [check for check in verify(path) if check.result == "FAIL"]
    assert failed
    assert all(check.detail.isprintable() for check in failed)


def test_there_are_bad_files_of_every_kind() -> None:
    assert all(len(files(kind)) >= 8 for kind in ("payload", "envelope", "key", "package"))
