"""Media for persons: original bytes, ranges, copies that play, damage that is noticed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import av
import pytest

from tests.api.conftest import Scene
from tests.api.device import jpeg, mp4


def path_of(scene: Scene, digest: str) -> Path:
    return Path(scene.settings.blobs_url) / digest[:2] / digest


def test_a_range_of_a_clip_is_answered(scene: Scene) -> None:
    scene.box().incident(clip=True)
    film = mp4()
    url = f"/v1/media/sha256/{hashlib.sha256(film).hexdigest()}"
    http = scene.person()
    whole = http.get(url)
    part = http.get(url, headers={"Range": "bytes=100-199"})
    assert (whole.status_code, whole.content) == (200, film)
    assert (part.status_code, part.content) == (206, film[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(film)}"
    assert http.get(url, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_media_come_with_a_fixed_type_and_can_run_nothing(scene: Scene) -> None:
    shot = jpeg()
    box = scene.box()
    box.put(shot)
    answer = scene.person().get(f"/v1/media/sha256/{hashlib.sha256(shot).hexdigest()}")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_a_medium_is_written_once(scene: Scene) -> None:
    box = scene.box()
    first, again = box.put(jpeg()), box.put(jpeg())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    digest = first.json()["sha256"]
    head = scene.http.head(f"/v1/media/sha256/{digest}", headers=box.headers)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(jpeg())))
    missing = scene.http.head(f"/v1/media/sha256/{'0' * 64}", headers=box.headers)
    assert missing.status_code == 404


def test_an_h264_clip_plays_as_it_is(scene: Scene) -> None:
    scene.box().incident(clip=True)
    film = mp4()
    url = f"/v1/media/sha256/{hashlib.sha256(film).hexdigest()}/playable"
    answer = scene.person().get(url)
    assert answer.content == film
    assert "linewarden-derived-from" not in answer.headers


def test_an_hevc_clip_gets_a_copy_that_says_what_it_is(scene: Scene, tmp_path: Path) -> None:
    incident_id = scene.box().incident(clip=True, codec="libx265")
    http = scene.person()
    clip = http.get(f"/v1/incidents/{incident_id}").json()["clip"]
    assert clip["codec"] == "hevc"
    answer = http.get(clip["playable_url"])
    assert answer.headers["linewarden-derived-from"] == clip["sha256"]
    assert http.get(clip["url"]).content == mp4("libx265")
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(answer.content)
    with av.open(str(copy)) as film:
        assert film.streams.video[0].codec_context.name == "h264"
        assert len(list(film.decode(video=0))) == 20
    assert http.get(clip["playable_url"]).content == answer.content


@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
def test_a_medium_that_no_longer_fits_its_digest_is_not_served(scene: Scene, damage: str) -> None:
    shot = jpeg()
    box = scene.box()
    digest = box.put(shot).json()["sha256"]
    file = path_of(scene, digest)
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(shot[:-5] if damage == "cut" else shot[:-5] + b"12345")
    answer = scene.person().get(f"/v1/media/sha256/{digest}")
    wanted = (404, "not_found") if damage == "gone" else (500, "media_damaged")
    assert (answer.status_code, answer.json()["error"]) == wanted


def test_sending_a_damaged_medium_again_heals_it(scene: Scene) -> None:
    shot = jpeg()
    box = scene.box()
    digest = box.put(shot).json()["sha256"]
    path_of(scene, digest).write_bytes(b"rotten")
    head = scene.http.head(f"/v1/media/sha256/{digest}", headers=box.headers)
    assert head.status_code == 404
    assert box.put(shot).status_code == 200
    assert scene.person().get(f"/v1/media/sha256/{digest}").content == shot


def test_a_full_disk_is_an_answer_that_the_box_tries_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = scene.box()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("api.media.os.fsync", full)
        answer = box.put(jpeg())
    assert (answer.status_code, answer.json()["error"]) == (507, "media_unavailable")
    assert list(scene.store.blobs.uploads.iterdir()) == []
    assert box.put(jpeg()).status_code == 201
