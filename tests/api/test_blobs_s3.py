"""Media in S3: the same promises as in a folder, and no trust in the server."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from obstore.store import S3Store
from werkzeug.serving import make_server

from api.blobs_s3 import S3Blobs
from api.errors import BlobDamaged, BlobError, BlobMissing
from api.settings import StoreSettings
from tests.api.conftest import Scene
from tests.api.device import jpeg

KEYS = {"s3_access_key": "tester", "s3_secret_key": "Zk3-9fQw81_vLrTn42"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server that speaks S3."""
    from moto.server import DomainDispatcherApplication, create_backend_app

    server = make_server(
        "127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def bucket(endpoint: str, tmp_path: Path) -> tuple[str, str]:
    """An empty bucket: its name and the endpoint."""
    name = "media-" + hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]
    httpx.put(f"{endpoint}/{name}", trust_env=False).raise_for_status()
    return name, endpoint


@pytest.fixture
def settings(bucket: tuple[str, str], tmp_path: Path) -> StoreSettings:
    name, endpoint = bucket
    return StoreSettings.check(
        folder=tmp_path / "store", blobs=f"s3://{name}/lw", s3_endpoint=endpoint, **KEYS
    )


def upload(blobs: S3Blobs, data: bytes) -> str:
    file = blobs.uploads / "one.part"
    file.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    blobs.put(digest, file)
    assert not file.exists()
    return digest


def overwrite(settings: StoreSettings, digest: str, data: bytes) -> None:
    """As somebody with the bucket's keys would."""
    bucket, _, prefix = str(settings.blobs).removeprefix("s3://").partition("/")
    client = S3Store(
        bucket,
        prefix=prefix,
        config={
            "endpoint": str(settings.s3_endpoint),
            "access_key_id": KEYS["s3_access_key"],
            "secret_access_key": KEYS["s3_secret_key"],
            "virtual_hosted_style_request": False,
        },
        client_options={"allow_http": True},
    )
    obstore.put(client, f"sha256/{digest[:2]}/{digest}", data)


def test_what_is_put_is_read_back_without_the_cache(settings: StoreSettings) -> None:
    blobs = S3Blobs(settings)
    digest = upload(blobs, jpeg())
    (settings.folder / "cache" / digest).unlink()
    assert blobs.open(digest).read_bytes() == jpeg()
    assert blobs.size(digest) == len(jpeg())
    blobs.check()


def test_what_is_removed_is_gone_from_bucket_and_cache_and_may_come_back(
    settings: StoreSettings,
) -> None:
    blobs = S3Blobs(settings)
    digest = upload(blobs, jpeg())
    blobs.remove(digest)
    assert blobs.size(digest) is None
    with pytest.raises(BlobMissing):
        blobs.open(digest)
    blobs.remove(digest)
    upload(blobs, jpeg())
    assert blobs.open(digest).read_bytes() == jpeg()


def test_what_is_not_there_is_missing(settings: StoreSettings) -> None:
    blobs = S3Blobs(settings)
    assert blobs.size("0" * 64) is None
    with pytest.raises(BlobMissing):
        blobs.open("0" * 64)


def test_bytes_that_somebody_changed_are_not_served(settings: StoreSettings) -> None:
    blobs = S3Blobs(settings)
    digest = upload(blobs, jpeg())
    (settings.folder / "cache" / digest).unlink()
    overwrite(settings, digest, jpeg(3))
    with pytest.raises(BlobDamaged):
        blobs.open(digest)
    assert list((settings.folder / "cache").iterdir()) == []


def test_a_damaged_object_is_healed_by_sending_it_again(settings: StoreSettings) -> None:
    blobs = S3Blobs(settings)
    digest = upload(blobs, jpeg())
    (settings.folder / "cache" / digest).unlink()
    overwrite(settings, digest, b"x" * len(jpeg()))
    upload(S3Blobs(settings), jpeg())
    (settings.folder / "cache" / digest).unlink()
    assert S3Blobs(settings).open(digest).read_bytes() == jpeg()


def test_the_cache_stays_within_its_size(settings: StoreSettings) -> None:
    blobs = S3Blobs(settings.model_copy(update={"cache_bytes": 2 * len(jpeg())}))
    digests = [upload(blobs, jpeg(i)) for i in range(5)]
    assert len(list((settings.folder / "cache").iterdir())) <= 3
    assert blobs.open(digests[0]).read_bytes() == jpeg(0)


def test_a_bucket_that_cannot_be_reached_is_one_clear_error(tmp_path: Path) -> None:
    settings = StoreSettings.check(
        folder=tmp_path, blobs="s3://media", s3_endpoint="http://127.0.0.1:1", **KEYS
    )
    with pytest.raises(BlobError) as caught:
        S3Blobs(settings).check()
    assert "bucket media cannot be written" in str(caught.value)
    assert KEYS["s3_secret_key"] not in str(caught.value)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_store_on_s3_takes_incidents_in_and_shows_their_media(
    make_scene: Callable[..., Scene], bucket: tuple[str, str]
) -> None:
    name, endpoint = bucket
    more: dict[str, Any] = {"blobs": f"s3://{name}", "s3_endpoint": endpoint, **KEYS}
    scene = make_scene(**more)
    box = scene.box()
    incident_id = box.incident(clip=True)
    http = scene.person()
    found = http.get(f"/v1/incidents/{incident_id}").json()
    assert http.get(found["snapshot"]["url"]).content == jpeg(0)
    part = http.get(found["clip"]["url"], headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    assert http.get("/health").json()["checks"]["media"] == "ok"
