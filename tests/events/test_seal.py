"""Sealing against known answers, and against what must be refused."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pickle
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from events.seal import (
    CanonicalError,
    Envelope,
    EnvelopeError,
    KeyFileError,
    KeyRefused,
    PublicKey,
    SealError,
    SignatureError,
    Signer,
    canonical,
    enrolment_digest,
    enrolment_record,
    open_envelope,
    pae,
    parse,
    read_json,
    seal,
    uuid7,
)
from events.seal.keys import has_small_order

VECTORS = Path(__file__).parent / "vectors"
TYPE = "application/vnd.linewarden.event.v1+json"
SPKI_HEAD = bytes.fromhex("302a300506032b6570032100")


def vectors(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text("utf-8"))


DSSE, ED25519 = vectors("dsse_event"), vectors("ed25519")


def test_key(secret_hex: str) -> Signer:
    return Signer(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret_hex)))


test_key.__test__ = False  # type: ignore[attr-defined]  # a helper, though its name begins so

allowed_json = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("case", vectors("jcs")["documents"], ids=lambda c: c["why"][:30])
def test_canonical_bytes_are_those_of_the_rfc_or_the_document_is_refused(case: Any) -> None:
    value = json.loads(case["input_text"])
    if any(sign in case["why"] for sign in ("numbers", "nested")):
        with pytest.raises(CanonicalError):
            canonical(value)
    else:
        assert canonical(value).hex() == case["canonical_utf8_hex"]


@given(st.dictionaries(st.text(), allowed_json, max_size=4))
@settings(max_examples=100, deadline=None)
def test_what_is_written_canonically_is_read_back_the_same(value: dict[str, Any]) -> None:
    assert parse(canonical(value)) == value


@pytest.mark.parametrize(
    "payload",
    [
        b'{"a":1,"a":1}',
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":-0}',
        b'{"a":null}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":9007199254740992}',
        b'{"a":-9007199254740992}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":"\\ud800"}',
        b'{"a":"\\u0041"}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}',
        b'{"a":1}\n',
        b"[1]",
        b"1",
        b"",
        b"[" * 100_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"a":"' + b"x" * 300_000 + b'"}',
    ],
    ids=lambda p: repr(p[:24]),
)
def test_bytes_that_could_be_read_in_two_ways_are_refused(payload: bytes) -> None:
    with pytest.raises(CanonicalError):
        parse(payload)


@pytest.mark.parametrize("value", [None, 1.5, {1: 2}, {"a": b"x"}, 2**53, {"a": [None]}])
def test_values_that_no_record_may_contain_cannot_be_written(value: object) -> None:
    with pytest.raises(CanonicalError):
        canonical(value)


def test_the_largest_integers_are_allowed() -> None:
    assert parse(b'{"a":-9007199254740991,"b":9007199254740991}')["b"] == 2**53 - 1


@pytest.mark.parametrize("case", DSSE["pae"], ids=lambda c: c["payload_type"] or "empty")
def test_the_signed_bytes_are_those_of_dsse(case: Any) -> None:
    body = bytes.fromhex(case["body_hex"])
    assert pae(case["payload_type"], body).hex() == case["pae_hex"]


def test_the_known_event_is_sealed_and_opened_as_known() -> None:
    signer = test_key(ED25519["vectors"][0]["secret"])
    payload = canonical(DSSE["event"])
    assert hashlib.sha256(payload).hexdigest() == DSSE["event_canonical_sha256"]
    assert signer.public_key.spki.hex() == DSSE["spki_der_hex"]
    assert signer.public_key.key_id == DSSE["keyid"]
    assert json.loads(seal(payload, signer, TYPE).to_bytes()) == DSSE["envelope"]
    envelope = Envelope.read(json.dumps(DSSE["envelope"]).encode())
    assert open_envelope(envelope, signer.public_key, TYPE) == payload
    assert parse(payload) == DSSE["event"]


@pytest.mark.parametrize("case", ED25519["vectors"], ids=lambda c: c["name"])
def test_signatures_are_those_of_the_rfc(case: Any) -> None:
    signer, message = test_key(case["secret"]), bytes.fromhex(case["message"])
    assert signer.sign(message).hex() == case["signature"]
    signer.public_key.verify(bytes.fromhex(case["signature"]), message)


@pytest.mark.parametrize("case", ED25519["must_fail"], ids=lambda c: c["why"])
def test_bad_signatures_and_bad_keys_are_refused(case: Any) -> None:
    with pytest.raises((SignatureError, KeyRefused)):
        PublicKey.read(SPKI_HEAD + bytes.fromhex(case["public"])).verify(
            bytes.fromhex(case["signature"]), bytes.fromhex(case["message"])
        )


@pytest.mark.parametrize(
    "case", ED25519["small_order_keys_refuse_at_enrolment"], ids=lambda c: c["key"][:8]
)
def test_each_of_the_fourteen_keys_of_small_order_is_refused(case: Any) -> None:
    assert has_small_order(bytes.fromhex(case["key"]))
    with pytest.raises(KeyRefused, match="small order"):
        PublicKey.read(SPKI_HEAD + bytes.fromhex(case["key"]))


def test_keys_that_are_no_ed25519_key_are_refused() -> None:
    p256 = ec.generate_private_key(ec.SECP256R1()).public_key()
    der = p256.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    good = Signer.generate().public_key.spki
    for spki in (der, b"", b"x", good[:-1], good + b"x", b"\x30" * 5000):
        with pytest.raises(KeyRefused):
            PublicKey.read(spki)
    for text in ("", "é", "====", base64.b64encode(der).decode()):
        with pytest.raises(KeyRefused):
            PublicKey.read_base64(text)
    assert PublicKey.read_base64(base64.b64encode(good).decode()).spki == good


def sealed(payload: bytes = b'{"a":"\xe7\xae\xa1\xe9\x81\x93?>"}') -> tuple[Signer, Envelope]:
    signer = Signer.generate()
    return signer, seal(payload, signer, TYPE)


def test_both_base64_alphabets_are_read() -> None:
    envelope = sealed(bytes(range(256)))[1]
    text = envelope.to_bytes().decode()
    payload = json.loads(text)["payload"]
    assert "+" in payload
    swapped = text.replace(payload, payload.replace("+", "-").replace("/", "_"))
    assert Envelope.read(swapped.encode()) == envelope


@pytest.mark.parametrize("position", ["payload", "signature", "type", "key_id", "key"])
def test_an_envelope_changed_in_one_place_does_not_open(position: str) -> None:
    signer, good = sealed()
    key = signer.public_key
    kind, payload, key_id, signature = good.payload_type, good.payload, good.key_id, good.signature
    wrong: type[SealError] = SignatureError
    if position == "payload":
        payload = payload.replace(b"a", b"b")
    elif position == "signature":
        signature = bytes([signature[0] ^ 1]) + signature[1:]
    elif position == "type":
        kind, wrong = "application/vnd.linewarden.review.v1+json", EnvelopeError
    elif position == "key_id":
        key_id, wrong = "sha256:" + "0" * 64, KeyRefused
    else:
        key, wrong = Signer.generate().public_key, KeyRefused
    with pytest.raises(wrong):
        open_envelope(Envelope(kind, payload, key_id, signature), key, TYPE)


def test_a_signature_for_one_payload_type_serves_for_no_other() -> None:
    signer, good = sealed()
    other = Envelope("other/type", good.payload, good.key_id, good.signature)
    with pytest.raises(SignatureError):
        open_envelope(other, signer.public_key, "other/type")


@pytest.mark.parametrize(
    "change",
    [
        lambda e: e.pop("payload"),
        lambda e: e.update(extra=1),
        lambda e: e.update(payload=1),
        lambda e: e.update(payload="a"),
        lambda e: e.update(payload="YQ"),
        lambda e: e.update(payload="YR=="),
        lambda e: e.update(payload="管道"),
        lambda e: e.update(signatures=[]),
        lambda e: e.update(signatures=e["signatures"] * 2),
        lambda e: e["signatures"][0].update(extra="x"),
        lambda e: e["signatures"][0].pop("keyid"),
        lambda e: e["signatures"][0].update(sig=None),
    ],
)
def test_an_envelope_of_another_shape_is_refused(change: Any) -> None:
    found = json.loads(sealed()[1].to_bytes())
    change(found)
    with pytest.raises(EnvelopeError):
        Envelope.read(json.dumps(found).encode())


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_an_envelope_or_a_clear_refusal(data: bytes) -> None:
    with pytest.raises(SealError):
        Envelope.read(data)
    with pytest.raises(SealError):
        Envelope.read(b'{"payload":' + data)


def test_huge_envelopes_are_refused_before_they_are_read() -> None:
    with pytest.raises(EnvelopeError, match="at most"):
        Envelope.read(b" " * 600_000)


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "device.key"
    signer = Signer.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Signer.load(path).public_key == signer.public_key
    with pytest.raises(KeyFileError, match="already"):
        Signer.create(path)
    assert Signer.load(path).public_key == signer.public_key
    assert [p.name for p in path.parent.iterdir()] == ["device.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "device.key"
    Signer.create(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=f"{mode:04o}") as refused:
        Signer.load(path)
    assert "chmod 600" in refused.value.remedy


def test_files_that_are_no_key_give_one_clear_error(tmp_path: Path) -> None:
    p256 = ec.generate_private_key(ec.SECP256R1())
    other = p256.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for i, content in enumerate((b"", b"garbage", other)):
        path = tmp_path / f"{i}.key"
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(KeyFileError, match=str(path)):
            Signer.load(path)
    Signer.create(tmp_path / "real.key")
    (tmp_path / "link.key").symlink_to(tmp_path / "real.key")
    os.mkfifo(tmp_path / "pipe.key", 0o600)
    for name in ("link.key", "pipe.key", "absent.key", "."):
        with pytest.raises(KeyFileError):
            Signer.load(tmp_path / name)


def test_a_key_cannot_be_made_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(KeyFileError, match="cannot write"):
        Signer.create(tmp_path / "file" / "device.key")


def test_neither_repr_nor_pickle_gives_the_key_away() -> None:
    signer = Signer.generate()
    assert repr(signer) == f"Signer({signer.public_key.key_id})"
    with pytest.raises(TypeError):
        pickle.dumps(signer)


def test_names_are_uuids_of_version_7_with_their_time() -> None:
    case = vectors("uuid7")["uuid7"]
    now_s = case["unix_ts_ms"] / 1000
    made = uuid7(now_s)
    assert made[:13] == case["uuid"][:13]
    assert (made[14], made[19] in "89ab", made) == ("7", True, made.lower())
    random = ((0xCC3 << 62) | (0x18C4DC0C0C07398F & (2**62 - 1))).to_bytes(10, "big")
    assert uuid7(now_s, random) == case["uuid"]
    assert len({uuid7(now_s) for _ in range(1000)}) == 1000
    assert uuid7(-5.0).startswith("00000000-0000-7")


def test_the_enrolment_digest_is_of_the_canonical_record() -> None:
    record = enrolment_record(
        device_id="d1", name="盒子", key_id="sha256:" + "0" * 64, enrolled_at="2026-11-21T01:00:00Z"
    )
    assert enrolment_digest(record) == hashlib.sha256(canonical(record)).hexdigest()
    assert read_json(canonical(record)) == record
