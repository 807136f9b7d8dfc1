"""`verify` passes whole packages of trusted keys, names what is wrong, and never falls over."""

from __future__ import annotations

import base64
import json
import random
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings

import linewarden.verify as verifier
from events.seal import Signer, seal, uuid7
from linewarden.verify import Check, Trust, main, passed
from tests.events.sample import NOW_S
from tests.events.test_seal import ED25519, SPKI_HEAD, allowed_json
from tests.linewarden.evidence import (
    CLIP,
    PACKAGE_ID,
    PICTURE,
    SIGNER,
    STORE,
    TRUST,
    TRUST_STORE,
    Parts,
    altered,
    chain,
    parts,
    relist,
    signed,
    write_folder,
    write_zip,
)


def verify(path: Path, trust: Sequence[str] = (), store: str | None = TRUST_STORE) -> list[Check]:
    """As somebody who got the store's fingerprint from elsewhere."""
    return verifier.verify(path, Trust(trust, [store] if store else []))


def failures(path: Path, trust: str | None = TRUST) -> set[str]:
    """First words of the checks that failed."""
    checks = verify(path, [trust] if trust else [])
    assert passed(checks) == all(check.result in {"PASS", "NOTE"} for check in checks)
    return {check.name.split()[0] for check in checks if check.result == "FAIL"}


def results(path: Path, trust: list[str], store: str | None = TRUST_STORE) -> dict[str, str]:
    return {check.name.split()[0]: check.result for check in verify(path, trust, store)}


def test_a_whole_package_of_a_trusted_key_passes(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "p.zip", parts())
    checks = verify(path, [TRUST])
    assert {check.result for check in checks} == {"PASS"}
    names = [check.name.split()[0] for check in checks]
    assert names.count("SIGNATURE") == names.count("RECORD") == 3
    assert names.count("MEDIUM") == 2
    assert {"PACKAGE", "STORE", "KEY", "LISTING", "CHAIN"} <= set(names)
    assert main([str(path), "--trust", TRUST, "--trust-store", TRUST_STORE]) == 0


def test_an_unpacked_package_passes_too(tmp_path: Path) -> None:
    assert failures(write_folder(tmp_path / "p", parts())) == set()


def test_a_packed_zip_passes_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts().items():
            archive.writestr(name, data)
    assert failures(tmp_path / "p.zip") == set()


def test_a_key_that_only_the_package_vouches_for_is_untrusted_never_passed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_zip(tmp_path / "p.zip", parts())
    assert results(path, [])["KEY"] == "UNTRUSTED"
    assert main([str(path)]) == 1
    said = capsys.readouterr().out
    assert TRUST in said
    assert "UNTRUSTED KEY" in said.splitlines()[-1]


def test_a_package_remade_with_another_key_fails_for_whoever_knows_the_right_one(
    tmp_path: Path,
) -> None:
    other = Signer.generate()
    path = write_zip(tmp_path / "p.zip", parts(chain(other), other))
    assert failures(path) == {"KEY"}
    assert results(path, [])["KEY"] == "UNTRUSTED"


def test_a_revoked_key_is_untrusted_even_if_named(tmp_path: Path) -> None:
    found = parts()
    device = json.loads(found["keys/device.json"]) | {"revoked_at": "2026-11-21T00:00:00.000Z"}
    found["keys/device.json"] = json.dumps(device).encode()
    assert results(write_zip(tmp_path / "p.zip", relist(found)), [TRUST])["KEY"] == "UNTRUSTED"


def test_a_store_that_only_the_package_vouches_for_is_untrusted_and_another_one_fails(
    tmp_path: Path,
) -> None:
    path = write_zip(tmp_path / "p.zip", parts())
    assert results(path, [TRUST], None)["STORE"] == "UNTRUSTED"
    assert main([str(path), "--trust", TRUST]) == 1
    assert results(path, [TRUST], "sha256:" + "0" * 64)["STORE"] == "FAIL"


def store_failure(path: Path) -> str:
    """What the check of the store's signature says; nothing else may fail."""
    assert failures(path) == {"STORE"}
    return next(check.detail for check in verify(path, [TRUST]) if check.name == "STORE")


def test_an_unsigned_list_is_named(tmp_path: Path) -> None:
    found = parts()
    del found["package.dsse.json"]
    assert "not signed" in store_failure(write_zip(tmp_path / "p.zip", found))


def test_a_list_whose_words_were_changed_after_signing_is_named(tmp_path: Path) -> None:
    found = parts()
    found["package.json"] = altered(found["package.json"], made_at="2027-01-01T00:00:00.000Z")
    said = store_failure(write_zip(tmp_path / "p.zip", found))
    assert said == "package.json is not the list that the store signed"


def test_a_list_that_was_respaced_and_signed_again_is_named(tmp_path: Path) -> None:
    found = parts()
    found["package.json"] = json.dumps(json.loads(found["package.json"]), indent=1).encode()
    assert "canonical" in store_failure(write_zip(tmp_path / "p.zip", signed(found)))


def test_a_list_signed_by_anybody_in_the_name_of_the_store_is_named(tmp_path: Path) -> None:
    forged = signed(parts(), Signer.generate())
    envelope = json.loads(forged["package.dsse.json"])
    envelope["signatures"][0]["keyid"] = TRUST_STORE
    forged["package.dsse.json"] = json.dumps(envelope).encode()
    assert "signature" in store_failure(write_zip(tmp_path / "p.zip", forged))


def test_a_signature_made_for_another_kind_of_record_does_not_serve(tmp_path: Path) -> None:
    found = signed(parts(), STORE, verifier.PAYLOAD_TYPE)
    assert "payload type" in store_failure(write_zip(tmp_path / "p.zip", found))


def test_the_signed_list_of_another_case_does_not_fit_these_files(tmp_path: Path) -> None:
    here, other = parts(), parts()
    for name in ("package.json", "package.dsse.json"):
        here[name] = other[name]
    assert {"PACKAGE", "RECORD"} <= failures(write_zip(tmp_path / "p.zip", here))


def test_the_signed_list_of_an_older_package_does_not_fit_a_newer_one(tmp_path: Path) -> None:
    payloads = chain()
    older, newer = parts(payloads[:2]), parts(payloads)
    for name in ("package.json", "package.dsse.json"):
        newer[name] = older[name]
    checks = verify(write_zip(tmp_path / "p.zip", newer), [TRUST])
    assert "envelopes/3.json is not listed" in checks[0].detail


def test_an_old_package_does_not_pass_as_the_one_that_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_zip(tmp_path / "p.zip", parts())
    trusting = [str(path), "--trust", TRUST, "--trust-store", TRUST_STORE]
    assert main([*trusting, "--package-id", PACKAGE_ID]) == 0
    newer = uuid7(NOW_S + 60)
    assert main([*trusting, "--package-id", newer]) == 1
    assert f"is not package {newer}" in capsys.readouterr().out


def test_records_of_other_incidents_in_between_are_a_note(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "p.zip", parts(chain(skip=4)))
    checks = verify(path, [TRUST])
    assert [check.detail for check in checks if check.result == "NOTE"] == [
        "the device's records between seq 2 to 7 are not in this package"
    ]
    assert passed(checks)


def name_of(found: Parts, start: str, end: str = "") -> str:
    return next(name for name in found if name.startswith(start) and name.endswith(end))


def edit_json(found: Parts, name: str, change: Callable[[Any], object]) -> None:
    value = json.loads(found[name])
    change(value)
    found[name] = json.dumps(value).encode()


def edit_payload(found: Parts, change: Callable[[bytes], bytes], *, resign: bool = False) -> None:
    """Change the payload of seq 1 in its envelope; `resign` with the right key."""
    envelope = json.loads(found["envelopes/1.json"])
    payload = change(base64.b64decode(envelope["payload"]))
    if resign:
        found["envelopes/1.json"] = seal(payload, SIGNER, verifier.PAYLOAD_TYPE).to_bytes()
    else:
        envelope["payload"] = base64.b64encode(payload).decode()
        found["envelopes/1.json"] = json.dumps(envelope).encode()


def set_public_key(found: Parts, spki: bytes) -> None:
    text = base64.b64encode(spki).decode()
    edit_json(found, "keys/device.json", lambda d: d.update(public_key=text))


def swap(found: Parts, a: str, b: str) -> None:
    found[a], found[b] = found[b], found[a]


TAMPERINGS: dict[str, tuple[Callable[[Parts], object], str]] = {
    "picture_replaced": (lambda f: f.update({name_of(f, "media/", "jpg"): b"other"}), "MEDIUM"),
    "clip_cut_short": (lambda f: f.update({name_of(f, "media/", "mp4"): CLIP[:-1]}), "MEDIUM"),
    "picture_and_clip_swapped": (
        lambda f: swap(f, name_of(f, "media/", "jpg"), name_of(f, "media/", "mp4")),
        "MEDIUM",
    ),
    "picture_removed": (lambda f: f.pop(name_of(f, "media/", "jpg")), "MEDIUM"),
    "picture_added": (lambda f: f.update({f"media/{'0' * 64}.jpg": PICTURE}), "MEDIUM"),
    "payload_altered": (
        lambda f: edit_payload(f, lambda p: p.replace(b"excavator", b"lorry")),
        "SIGNATURE",
    ),
    "payload_respaced_and_signed": (
        lambda f: edit_payload(f, lambda p: p.replace(b'":', b'": ', 1), resign=True),
        "RECORD",
    ),
    "payload_with_a_key_twice_and_signed": (
        lambda f: edit_payload(f, lambda p: p[:-1] + b',"seq":1}', resign=True),
        "RECORD",
    ),
    "payload_with_null_and_signed": (
        lambda f: edit_payload(
            f, lambda p: rfc8785.dumps({**json.loads(p), "place": None}), resign=True
        ),
        "RECORD",
    ),
    "payload_of_another_shape_and_signed": (
        lambda f: edit_payload(f, lambda p: altered(p, media=7, media_lost=3), resign=True),
        "RECORD",
    ),
    "payload_that_is_a_list_and_signed": (
        lambda f: edit_payload(f, lambda p: b"[1]", resign=True),
        "RECORD",
    ),
    "signature_of_another_record": (
        lambda f: edit_json(
            f,
            "envelopes/1.json",
            lambda e: e.update(signatures=json.loads(f["envelopes/2.json"])["signatures"]),
        ),
        "SIGNATURE",
    ),
    "payload_type_changed": (
        lambda f: edit_json(f, "envelopes/1.json", lambda e: e.update(payloadType="x/y")),
        "SIGNATURE",
    ),
    "keyid_swapped": (
        lambda f: edit_json(
            f, "envelopes/1.json", lambda e: e["signatures"][0].update(keyid="sha256:" + "0" * 64)
        ),
        "SIGNATURE",
    ),
    "key_of_small_order": (
        lambda f: set_public_key(f, SPKI_HEAD + (1).to_bytes(32, "little")),
        "KEY",
    ),
    "key_file_of_another_box": (
        lambda f: set_public_key(f, Signer.generate().public_key.spki),
        "KEY",
    ),
    "key_is_garbage": (lambda f: set_public_key(f, b"garbage"), "KEY"),
    "enrolment_altered": (
        lambda f: edit_json(f, "keys/device.json", lambda d: d["enrolment"].update(name="other")),
        "CHAIN",
    ),
    "record_removed": (lambda f: f.pop("envelopes/2.json"), "LISTING"),
    "records_reordered": (lambda f: swap(f, "envelopes/1.json", "envelopes/2.json"), "RECORD"),
    "record_renumbered": (
        lambda f: f.update({"envelopes/9.json": f.pop("envelopes/3.json")}),
        "RECORD",
    ),
    "record_doubled": (
        lambda f: f.update({"envelopes/4.json": f["envelopes/3.json"]}),
        "RECORD",
    ),
    "prev_altered_and_signed": (
        lambda f: edit_payload(f, lambda p: altered(p, prev="sha256:" + "0" * 64), resign=True),
        "RECORD",
    ),
    "record_of_another_device_and_signed": (
        lambda f: edit_payload(f, lambda p: altered(p, device_id="box-2"), resign=True),
        "RECORD",
    ),
    "package_of_another_case": (
        lambda f: edit_json(f, "package.json", lambda m: m.update(incident_id=uuid7(NOW_S))),
        "RECORD",
    ),
    "copy_that_poses_as_original": (
        lambda f: edit_json(
            f,
            "package.json",
            lambda m: m.update(derived=[{"path": name_of(f, "media/", "jpg")}]),
        ),
        "LISTING",
    ),
    "no_records_at_all": (
        lambda f: [f.pop(n) for n in list(f) if n.startswith("envelopes/")],
        "CHAIN",
    ),
}


@pytest.mark.parametrize("sin", TAMPERINGS)
def test_tampering_is_named_by_the_check_that_is_for_it(tmp_path: Path, sin: str) -> None:
    tamper, named = TAMPERINGS[sin]
    found = parts()
    tamper(found)
    if sin not in {"package_of_another_case", "copy_that_poses_as_original"}:
        found = relist(found)
    assert named in failures(write_zip(tmp_path / "p.zip", found))


@pytest.mark.parametrize("name", ["README.txt", "verify.py", "keys/device.json"])
def test_a_listed_file_that_was_changed_is_named(tmp_path: Path, name: str) -> None:
    found = parts()
    found[name] += b" "
    assert "PACKAGE" in failures(write_zip(tmp_path / "p.zip", found))


@pytest.mark.parametrize("name", ["README.txt", "envelopes/2.json", "keys/device.json"])
def test_a_listed_file_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    found = parts()
    del found[name]
    assert "PACKAGE" in failures(write_zip(tmp_path / "p.zip", found))


def test_a_broken_chain_signed_by_the_right_key_is_named(tmp_path: Path) -> None:
    first, second, third = chain()
    broken = [first, second, altered(third, prev="sha256:" + "0" * 64)]
    assert failures(write_zip(tmp_path / "p.zip", parts(broken))) == {"CHAIN"}
    without_opening = write_zip(tmp_path / "q.zip", parts([second, third]))
    assert failures(without_opening) == {"CHAIN", "MEDIUM"}


def test_an_envelope_of_another_payload_type_does_not_count(tmp_path: Path) -> None:
    found = parts(payload_type="application/vnd.linewarden.review.v1+json")
    assert "SIGNATURE" in failures(write_zip(tmp_path / "p.zip", found))


BAD_NAMES = (
    *("../evil", "/etc/passwd", "media/../../x", "..\\evil", "C:/x", "media/", "README.TXT"),
    *("keys/Device.json", "envelopes/01.json", "fetch.txt", "说明.txt", "media/a.jpg", "x\x1b[31m"),
)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_file_name_that_does_not_belong_refuses_the_package(tmp_path: Path, name: str) -> None:
    path = write_zip(tmp_path / "p.zip", {**parts(), name: b"x"})
    (check,) = verify(path, [TRUST])
    assert (check.name, check.result) == ("PACKAGE", "FAIL")
    assert check.detail.isprintable()
    assert not (tmp_path / "evil").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_refuses_the_package(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "p.zip", parts())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("README.txt", "another")
    assert "twice" in verify(path)[0].detail


def add_entry(path: Path, change: Callable[[zipfile.ZipInfo], object], data: bytes = b"x") -> Path:
    with zipfile.ZipFile(write_zip(path, parts()), "a", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(f"media/{'a' * 64}.jpg")
        change(entry)
        archive.writestr(entry, data)
    return path


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR, stat.S_IFCHR])
def test_links_and_special_files_in_a_zip_are_refused(tmp_path: Path, kind: int) -> None:
    path = add_entry(
        tmp_path / "p.zip", lambda e: setattr(e, "external_attr", (kind | 0o777) << 16), b"/etc"
    )
    assert "special" in verify(path, [TRUST])[0].detail


def test_links_in_a_folder_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "p", parts())
    (folder / "media" / "link.jpg").symlink_to("/etc/passwd")
    assert failures(folder) == {"PACKAGE"}
    (folder / "media" / "link.jpg").unlink()
    (folder / "derived").symlink_to(tmp_path)
    assert failures(folder) == {"PACKAGE"}


def test_unknown_packing_is_refused(tmp_path: Path) -> None:
    path = add_entry(
        tmp_path / "p.zip", lambda e: setattr(e, "compress_type", zipfile.ZIP_LZMA), b"x" * 99
    )
    assert "packed" in verify(path, [TRUST])[0].detail


def test_bombs_are_refused_by_their_size_before_they_are_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = add_entry(
        tmp_path / "p.zip",
        lambda e: setattr(e, "compress_type", zipfile.ZIP_DEFLATED),
        bytes(20_000_000),
    )
    monkeypatch.setattr(verifier, "MAX_FILE_BYTES", 10_000_000)
    assert "too large" in verify(path, [TRUST])[0].detail
    monkeypatch.setattr(verifier, "MAX_FILE_BYTES", 30_000_000)
    monkeypatch.setattr(verifier, "MAX_TOTAL_BYTES", 20_000_000)
    assert "too large" in verify(path, [TRUST])[0].detail
    huge_text = write_zip(tmp_path / "q.zip", {**parts(), "README.txt": bytes(3_000_000)})
    monkeypatch.undo()
    assert "too large" in verify(huge_text, [TRUST])[0].detail


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "MAX_FILES", 5)
    assert "more than 5" in verify(write_zip(tmp_path / "p.zip", parts()))[0].detail


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"not a zip at all" * 100, b"PK\x05\x06" + bytes(18)]
)
def test_what_is_no_package_fails_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.zip").write_bytes(content)
    (check,) = verify(tmp_path / "p.zip", [TRUST])
    assert (check.name, check.result) == ("PACKAGE", "FAIL")
    assert [c.result for c in verify(tmp_path / "absent.zip")] == ["FAIL"]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\xff", b'{"a":1,"a":2}', b"[" * 100_000, b'{"schema": 1}']
)
@pytest.mark.parametrize(
    "name",
    [
        "package.json",
        "package.dsse.json",
        "keys/device.json",
        "keys/store.json",
        "envelopes/1.json",
    ],
)
def test_a_part_that_is_not_what_it_should_be_fails(
    tmp_path: Path, name: str, content: bytes
) -> None:
    found = {**parts(), name: content}
    if name not in ("package.json", "package.dsse.json"):
        found = relist(found)
    assert failures(write_zip(tmp_path / "p.zip", found))


def same_content(a: Path, b: Path) -> bool:
    with zipfile.ZipFile(a) as x, zipfile.ZipFile(b) as y:
        return {n: x.read(n) for n in x.namelist()} == {n: y.read(n) for n in y.namelist()}


def test_no_flipped_bit_passes_unless_the_content_is_still_the_same(tmp_path: Path) -> None:
    good = write_zip(tmp_path / "good.zip", parts())
    data, chance = good.read_bytes(), random.Random(5)
    bad = tmp_path / "bad.zip"
    for _ in range(400):
        at = chance.randrange(len(data))
        flipped = bytes([data[at] ^ 1 << chance.randrange(8)])
        bad.write_bytes(data[:at] + flipped + data[at + 1 :])
        assert not passed(verify(bad, [TRUST])) or same_content(good, bad)


def test_no_flipped_bit_in_any_file_passes(tmp_path: Path) -> None:
    found, chance = parts(), random.Random(6)
    for name in found:
        for _ in range(12):
            at = chance.randrange(len(found[name]))
            data = bytearray(found[name])
            data[at] ^= 1 << chance.randrange(8)
            path = write_zip(tmp_path / "p.zip", {**found, name: bytes(data)})
            if name != "package.dsse.json":
                assert not passed(verify(path, [TRUST])), (name, at)
            if name.startswith(("media/", "envelopes/")):
                forged = write_zip(tmp_path / "q.zip", relist({**found, name: bytes(data)}))
                assert not passed(verify(forged, [TRUST])), (name, at)


def test_no_cut_of_a_package_passes(tmp_path: Path) -> None:
    data = write_zip(tmp_path / "p.zip", parts()).read_bytes()
    for at in range(0, len(data), len(data) // 60):
        (tmp_path / "cut.zip").write_bytes(data[:at])
        assert not passed(verify(tmp_path / "cut.zip", [TRUST]))


@pytest.mark.parametrize("case", ED25519["small_order_keys_refuse_at_enrolment"])
def test_keys_under_which_anybody_can_sign_are_refused(tmp_path: Path, case: Any) -> None:
    found = parts()
    set_public_key(found, SPKI_HEAD + bytes.fromhex(case["key"]))
    path = write_zip(tmp_path / "p.zip", relist(found))
    said = {check.name: check.detail for check in verify(path, [TRUST])}
    assert "small order" in said["KEY"]


@given(allowed_json)
@settings(max_examples=150, deadline=None)
def test_its_canonical_form_is_that_of_rfc_8785(value: Any) -> None:
    assert verifier._canonical(value) == rfc8785.dumps(value)


def test_the_script_runs_alone_beside_nothing_of_ours(tmp_path: Path) -> None:
    script = shutil.copy(verifier.__file__, tmp_path / "verify.py")
    package = write_zip(tmp_path / "p.zip", parts())
    run = [sys.executable, "-I", str(script), str(package)]
    trusting = [*run, "--trust", TRUST, "--trust-store", TRUST_STORE]
    done = subprocess.run(trusting, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("PASS")
    done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    wrong = subprocess.run([*run, "--trust", "me"], capture_output=True, text=True, cwd=tmp_path)
    assert wrong.returncode == 2
    text = Path(verifier.__file__).read_text("utf-8")
    assert not any(f"import {room}" in text or f"from {room}" in text for room in ("events", "api"))
