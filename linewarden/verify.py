"""Check an evidence package: python verify.py PACKAGE.zip --trust sha256:… --trust-store sha256:…

Stands alone: Python 3.11 and `cryptography`, nothing of Linewarden, so that whoever doubts us can
read and run it. It believes only what is signed: the records by the box's key, the list of files
(`package.json`) by the store's. Exit codes: 0 all passed, 1 something did not (an untrusted key
too), 2 used wrongly.

Parts: what is in the package · keys · the store's list · the box's records · chain and media ·
bytes · command line.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import stat
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, Literal

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_der_public_key,
    )
except ImportError:
    sys.exit("verify: needs the Python package `cryptography` (python -m pip install cryptography)")

PACKAGE_SCHEMA = "linewarden.package.v1"
EVENT_SCHEMA = "linewarden.event.v1"
ENROLMENT_SCHEMA = "linewarden.enrolment.v1"
PAYLOAD_TYPE = "application/vnd.linewarden.event.v1+json"
PACKAGE_TYPE = "application/vnd.linewarden.package.v1+json"
MAX_FILES = 2000
MAX_JSON_BYTES = 2 * 1024**2
MAX_FILE_BYTES = 2 * 1024**3
MAX_TOTAL_BYTES = 4 * 1024**3
_CHUNK_BYTES = 1024**2
_SUFFIX = {"image/jpeg": "jpg", "video/mp4": "mp4"}
_PATHS = re.compile(
    r"package\.json|package\.dsse\.json|README\.txt|verify\.py|keys/(device|store)\.json"
    r"|envelopes/[1-9][0-9]{0,15}\.json"
    r"|media/[0-9a-f]{64}\.(jpg|mp4)|derived/[A-Za-z0-9][A-Za-z0-9._-]{0,100}"
)
_UNLISTED = ("package.json", "package.dsse.json")
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_HEX = re.compile(r"[0-9a-f]{64}")
_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError),
    *(RuntimeError, ArithmeticError, LookupError, TypeError, AttributeError, MemoryError),
)

Result = Literal["PASS", "FAIL", "UNTRUSTED", "NOTE"]
Measured = Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, what came out, and why."""

    name: str
    result: Result
    detail: str


class Refused(Exception):
    """Not a package that can be looked into any further, or a record that is not one."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What whoever asks knows from outside the package: fingerprints (`sha256:<hex>`) of boxes and
    stores, and which package it should be (its id, as the store noted it when it was made).
    """

    devices: Sequence[str] = ()
    stores: Sequence[str] = ()
    package_id: str | None = None


def verify(path: Path, trust: Trust = Trust()) -> list[Check]:
    """Look at everything in a package (zip or folder).

    Never raises for anything that the package contains.
    """
    try:
        with _open(path) as files:
            return _look(files, trust)
    except Refused as refused:
        return [Check("PACKAGE", "FAIL", _tame(str(refused)))]
    except _BROKEN as error:
        return [Check("PACKAGE", "FAIL", _tame(f"cannot be read: {type(error).__name__}: {error}"))]


def passed(checks: Sequence[Check]) -> bool:
    """True if there is something that passed, and nothing that failed or is untrusted."""
    results = {check.result for check in checks}
    return "PASS" in results and not results & {"FAIL", "UNTRUSTED"}


def _look(files: _Files, trust: Trust) -> list[Check]:
    manifest = _object(files.read("package.json"), "package.json")
    measured: dict[str, tuple[str, int]] = {}
    checks = [_package(files, manifest, measured), *_store(files, manifest, trust)]
    key, key_check = _device_key(files, trust.devices)
    checks.append(key_check)
    payloads: list[dict[str, Any]] = []
    digests: list[str] = []
    for name in sorted((n for n in files.sizes if n.startswith("envelopes/")), key=_number):
        payload, digest, found = _event(files, name, key, manifest)
        checks += found
        if payload is not None:
            payloads.append(payload)
            digests.append(digest)
    checks.append(_listing(files, manifest))
    checks += _chain(files, payloads, digests)
    checks += _media(files, payloads, measured)
    return checks


# --- what is in the package -------------------------------------------------------------------


class _Files:
    """The files of a package: their claimed sizes, and their bytes on demand."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}

    def open(self, name: str) -> IO[bytes]:
        raise NotImplementedError

    def read(self, name: str, limit_bytes: int = MAX_JSON_BYTES) -> bytes:
        if name not in self.sizes:
            raise Refused(f"{name} is missing")
        with self.open(name) as file:
            data = file.read(limit_bytes + 1)
        if len(data) > limit_bytes:
            raise Refused(f"{name} is larger than {limit_bytes} bytes")
        return data

    def admit(self, name: str, size_bytes: int) -> None:
        """Take in one file, by its name and claimed size."""
        if not _PATHS.fullmatch(name):
            raise Refused(f"{name!r} does not belong into a package")
        if len(self.sizes) >= MAX_FILES:
            raise Refused(f"more than {MAX_FILES} files")
        if name.lower() in {known.lower() for known in self.sizes}:
            raise Refused(f"{name!r} is there twice")
        limit_bytes = MAX_FILE_BYTES if name.startswith(("media/", "derived/")) else MAX_JSON_BYTES
        if size_bytes > limit_bytes or sum(self.sizes.values()) + size_bytes > MAX_TOTAL_BYTES:
            raise Refused(f"{name!r} is too large ({size_bytes} bytes)")
        self.sizes[name] = size_bytes


class _Zip(_Files):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._zip = zipfile.ZipFile(path)
        try:
            for entry in self._zip.infolist():
                self._take(entry)
        except BaseException:
            self._zip.close()
            raise

    def _take(self, entry: zipfile.ZipInfo) -> None:
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            raise Refused(f"{entry.filename!r} is a link or another special file")
        if entry.flag_bits & 1 or entry.compress_type not in _PACKED:
            raise Refused(f"{entry.filename!r} is encrypted, or packed in an unknown way")
        if entry.filename != entry.orig_filename:
            raise Refused("a file name has a zero in it")
        self.admit(entry.filename, entry.file_size)

    def open(self, name: str) -> IO[bytes]:
        return self._zip.open(name)

    def close(self) -> None:
        self._zip.close()


class _Folder(_Files):
    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root
        for path in root.rglob("*"):
            state = path.lstat()
            if stat.S_ISDIR(state.st_mode):
                continue
            if not stat.S_ISREG(state.st_mode):
                raise Refused(f"{path.name!r} is a link or another special file")
            self.admit(path.relative_to(root).as_posix(), state.st_size)

    def open(self, name: str) -> IO[bytes]:
        return os.fdopen(os.open(self._root / name, os.O_RDONLY | os.O_NOFOLLOW), "rb")

    def close(self) -> None:
        return None


def _open(path: Path) -> closing[_Zip] | closing[_Folder]:
    if path.is_dir():
        return closing(_Folder(path))
    if not path.is_file():
        raise Refused(f"{path}: there is no such file")
    return closing(_Zip(path))


def _package(
    files: _Files, manifest: Mapping[str, Any], measured: dict[str, tuple[str, int]]
) -> Check:
    """The files are exactly those listed, each with its digest. Fills `measured`."""
    if manifest.get("schema") != PACKAGE_SCHEMA:
        raise Refused(f"package.json is no {PACKAGE_SCHEMA}")
    listed = manifest.get("files")
    if not isinstance(listed, dict):
        raise Refused("package.json lists no files")
    there = [name for name in files.sizes if name not in _UNLISTED]
    wrong = [f"{name} is not listed" for name in there if name not in listed]
    for name, claim in listed.items():
        if name not in there:
            wrong.append(f"{name} is listed, but missing")
            continue
        try:
            measured[name] = _measure(files, name)
        except _BROKEN as error:
            wrong.append(f"{name} is damaged ({type(error).__name__})")
            continue
        if claim != dict(zip(("sha256", "size"), measured[name], strict=True)):
            wrong.append(f"{name} is not as listed")
    if wrong:
        return Check("PACKAGE", "FAIL", _tame("; ".join(wrong[:5])))
    return Check("PACKAGE", "PASS", f"{len(listed)} files, exactly those listed")


def _measure(files: _Files, name: str) -> tuple[str, int]:
    sha256, size_bytes = hashlib.sha256(), 0
    with files.open(name) as file:
        while chunk := file.read(_CHUNK_BYTES):
            size_bytes += len(chunk)
            if size_bytes > files.sizes[name]:
                raise Refused(f"{name} is larger than it claims")
            sha256.update(chunk)
    return sha256.hexdigest(), size_bytes


def _listing(files: _Files, manifest: Mapping[str, Any]) -> Check:
    """Events and derived copies are listed as they are."""
    events, derived = manifest.get("events"), manifest.get("derived")
    if not isinstance(events, list) or not isinstance(derived, list):
        return Check("LISTING", "FAIL", "package.json lists no events")
    named = [entry.get("envelope") if isinstance(entry, dict) else None for entry in events]
    found = [name for name in files.sizes if name.startswith("envelopes/")]
    copies = [entry.get("path") if isinstance(entry, dict) else None for entry in derived]
    extra = [n for n in files.sizes if n.startswith("derived/") and n not in copies]
    if sorted(map(str, named)) != sorted(found) or extra:
        return Check("LISTING", "FAIL", "the list of events or copies is not what is there")
    for copy in copies:
        if copy is not None and str(copy).startswith("media/"):
            return Check("LISTING", "FAIL", "a derived copy poses as an original")
    return Check("LISTING", "PASS", f"{len(found)} signed records, {len(copies)} derived copies")


# --- keys -------------------------------------------------------------------------------------


def _read_key(files: _Files, name: str) -> tuple[dict[str, Any], Ed25519PublicKey, str]:
    """A key file: its content, the key, and its fingerprint, which the file must name."""
    found = _object(files.read(name), name)
    spki = _base64(found.get("public_key"), "the public key")
    key, fingerprint = _public_key(spki), "sha256:" + hashlib.sha256(spki).hexdigest()
    if found.get("key_id") != fingerprint:
        raise Refused(f"{name} names another key than the one in it")
    return found, key, fingerprint


def _trusted(name: str, fingerprint: str, trust: Sequence[str], option: str) -> Check:
    """Whether whoever asks trusts the key; a package cannot vouch for its own."""
    if not trust:
        said = f"{fingerprint}: nothing outside the package vouches for it; use {option}"
        return Check(name, "UNTRUSTED", said)
    if fingerprint.removeprefix("sha256:") in [t.removeprefix("sha256:").lower() for t in trust]:
        return Check(name, "PASS", f"{fingerprint} is a key that you trust")
    return Check(name, "FAIL", f"{fingerprint} is not the key that you trust")


def _device_key(files: _Files, trust: Sequence[str]) -> tuple[Ed25519PublicKey | None, Check]:
    """The box's key, and whether whoever asks trusts it."""
    try:
        found, key, fingerprint = _read_key(files, "keys/device.json")
    except (Refused, *_BROKEN) as error:
        return None, Check("KEY", "FAIL", _tame(str(error)))
    record = found.get("enrolment")
    named = record if isinstance(record, dict) else {}
    if [named.get("key_id"), named.get("device_id")] != [fingerprint, found.get("device_id")]:
        return None, Check("KEY", "FAIL", "the key is not the one that its enrolment names")
    check = _trusted("KEY", fingerprint, trust, "--trust")
    if check.result == "PASS" and found.get("revoked_at") is not None:
        said = f"{fingerprint} was revoked on {found['revoked_at']}"
        return key, Check("KEY", "UNTRUSTED", _tame(said))
    return key, check


def _public_key(spki: bytes) -> Ed25519PublicKey:
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Refused("the public key is not one") from None
    if not isinstance(key, Ed25519PublicKey):
        raise Refused("the public key is not Ed25519")
    if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != spki:
        raise Refused("the public key is not in its one DER form")
    prime, order_8_y = (
        2**255 - 19,
        int.from_bytes(
            bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
            "little",
        ),
    )
    y = int.from_bytes(key.public_bytes_raw(), "little") % 2**255 % prime
    if y in (0, 1, prime - 1, order_8_y, prime - order_8_y):
        raise Refused("the public key has small order: anybody could sign for it")
    return key


# --- the store's list -------------------------------------------------------------------------


def _store(files: _Files, manifest: Mapping[str, Any], trust: Trust) -> Iterator[Check]:
    """`package.json` is what the store signed, and the package that was asked for."""
    try:
        if "package.dsse.json" not in files.sizes:
            raise Refused("package.json is not signed: package.dsse.json is missing")
        _, key, fingerprint = _read_key(files, "keys/store.json")
        signed = _open_envelope(files.read("package.dsse.json"), key, PACKAGE_TYPE)
        if signed != files.read("package.json"):
            raise Refused("package.json is not the list that the store signed")
        if _canonical(manifest) != signed:
            raise Refused("package.json is not in canonical form (RFC 8785)")
    except (Refused, *_BROKEN) as error:
        yield Check("STORE", "FAIL", _tame(str(error)))
        return
    about = f"package {manifest.get('package_id')} made {manifest.get('made_at')}"
    check = _trusted("STORE", fingerprint, trust.stores, "--trust-store")
    yield Check("STORE", check.result, _tame(f"{about}, signed by {check.detail}"))
    if trust.package_id is not None and trust.package_id != manifest.get("package_id"):
        yield Check("PACKAGE", "FAIL", _tame(f"{about} is not package {trust.package_id}"))


# --- the box's records ------------------------------------------------------------------------


def _event(
    files: _Files, name: str, key: Ed25519PublicKey | None, manifest: Mapping[str, Any]
) -> tuple[dict[str, Any] | None, str, list[Check]]:
    """One envelope: signature, canonical form, and that it belongs here. None if unsigned."""
    about = f"seq {_number(name)}"
    try:
        if key is None:
            raise Refused("there is no usable key to check it with")
        payload = _open_envelope(files.read(name), key, PAYLOAD_TYPE)
    except (Refused, *_BROKEN) as error:
        return None, "", [Check(f"SIGNATURE {about}", "FAIL", _tame(str(error)))]
    checks = [Check(f"SIGNATURE {about}", "PASS", "signed by the key above")]
    digest = hashlib.sha256(payload).hexdigest()
    try:
        event = _signed_object(payload)
        _belongs(event, files, name, digest, manifest)
    except (Refused, *_BROKEN) as error:
        return None, digest, [*checks, Check(f"RECORD {about}", "FAIL", _tame(str(error)))]
    said = f"{event['kind']}, captured {event['time']['captured']}, canonical form"
    if event.get("simulated"):
        said += ", SIMULATED"
    return event, digest, [*checks, Check(f"RECORD {about}", "PASS", _tame(said))]


def _signed_object(payload: bytes) -> dict[str, Any]:
    event = _object(payload, "the record")
    if _canonical(event) != payload:
        raise Refused("not in canonical form (RFC 8785)")
    return event


def _belongs(
    event: Mapping[str, Any], files: _Files, name: str, digest: str, manifest: Mapping[str, Any]
) -> None:
    """The signed record is of this device, incident and place in the list."""
    device = _object(files.read("keys/device.json"), "keys/device.json")
    wanted = {"event_id": event.get("event_id"), "seq": _number(name), "envelope": name}
    entries = manifest.get("events")
    if {**wanted, "payload_sha256": digest} not in (entries if isinstance(entries, list) else []):
        raise Refused("package.json does not list it as it is")
    if event.get("schema") != EVENT_SCHEMA or event.get("seq") != _number(name):
        raise Refused("another schema, or another sequence number than its file name")
    if event.get("device_id") != device.get("device_id"):
        raise Refused("signed for another device")
    if event.get("incident_id") != manifest.get("incident_id"):
        raise Refused("a record of another incident")
    if not isinstance(event.get("kind"), str) or not isinstance(event.get("media"), list):
        raise Refused("kind or media are missing")
    if not isinstance(event["time"]["captured"], str):
        raise Refused("the time is missing")


# --- chain and media --------------------------------------------------------------------------


def _chain(
    files: _Files, events: Sequence[Mapping[str, Any]], digests: Sequence[str]
) -> Iterator[Check]:
    """Neighbours name each other's digest; what lies between them is not in this package."""
    if not events:
        yield Check("CHAIN", "FAIL", "no signed record")
        return
    broken, apart = [], []
    for (before, digest), (event, _) in pairwise(zip(events, digests, strict=True)):
        if event["seq"] != before["seq"] + 1:
            apart.append(f"{before['seq']} to {event['seq']}")
        elif event.get("prev") != f"sha256:{digest}":
            broken.append(f"seq {event['seq']} does not follow seq {before['seq']}")
    if events[0]["seq"] == 1:
        device = _object(files.read("keys/device.json"), "keys/device.json")
        record = device.get("enrolment")
        start = hashlib.sha256(_canonical(record)).hexdigest()
        if events[0].get("prev") != f"sha256:{start}":
            broken.append("seq 1 does not follow the enrolment record")
    if [event["kind"] for event in events].count("opened") != 1:
        broken.append("not exactly one record opens the incident")
    if broken:
        yield Check("CHAIN", "FAIL", "; ".join(broken[:5]))
    else:
        yield Check("CHAIN", "PASS", f"{len(events)} records in order")
    if apart:
        said = f"the device's records between seq {', '.join(apart[:5])} are not in this package"
        yield Check("CHAIN", "NOTE", said)


def _media(
    files: _Files, events: Sequence[Mapping[str, Any]], measured: Measured
) -> Iterator[Check]:
    """Every medium that a signed record names is here, unaltered; and no other."""
    named = set()
    for event in events:
        for medium in event["media"]:
            name, check = _medium(files, medium, measured)
            named.add(name)
            yield check
        for lost in event.get("media_lost") or []:
            said = f"seq {event['seq']} says that its {lost} was not kept"
            yield Check("MEDIUM", "NOTE", _tame(said))
    for name in files.sizes:
        if name.startswith("media/") and name not in named:
            yield Check(f"MEDIUM {name}", "FAIL", "no signed record names it")


def _medium(files: _Files, medium: object, measured: Measured) -> tuple[str, Check]:
    match medium:
        case {"role": str(role), "type": str(kind), "sha256": str(sha256), "size": int(size)}:
            name = f"media/{sha256}.{_SUFFIX.get(kind, '')}"
        case _:
            return "", Check("MEDIUM", "FAIL", "a signed record names a medium in no known way")
    label = f"MEDIUM {_tame(role)} {_tame(sha256)[:16]}"
    if name not in files.sizes:
        return name, Check(label, "FAIL", "missing")
    if measured.get(name) != (sha256, size):
        return name, Check(label, "FAIL", "not the bytes that were signed")
    return name, Check(label, "PASS", f"the {size} bytes that were signed")


# --- bytes ------------------------------------------------------------------------------------


def _open_envelope(data: bytes, key: Ed25519PublicKey, kind: str) -> bytes:
    """The payload of a DSSE envelope that `key` signed as `kind`; one signature, nothing else."""
    match _json(data, "the envelope"):
        case {
            "payloadType": found,
            "payload": text,
            "signatures": [{"keyid": str(key_id), "sig": sig, **more}],
            **rest,
        } if not rest and not more:
            payload, signature = _base64(text, "the payload"), _base64(sig, "the signature")
        case _:
            raise Refused("not a DSSE envelope with one signature")
    if found != kind:
        raise Refused(f"payload type is {found!r}, not {kind}")
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key_id != "sha256:" + hashlib.sha256(spki).hexdigest():
        raise Refused("signed in the name of another key")
    name = kind.encode()
    try:
        key.verify(signature, b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload))
    except InvalidSignature:
        raise Refused("the signature does not fit") from None
    return payload


def _canonical(value: object) -> bytes:
    """RFC 8785 for what we sign: objects, lists, strings, booleans and integers."""
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: str(key).encode("utf-16-be"))
        return {key: _sorted(value[key]) for key in keys}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    if isinstance(value, bool | str) or (isinstance(value, int) and abs(value) < 2**53):
        return value
    raise Refused("a signed record holds what none may hold (null, fraction, huge number)")


def _object(data: bytes, name: str) -> dict[str, Any]:
    found = _json(data, name)
    if not isinstance(found, dict):
        raise Refused(f"{name} is no object")
    return found


def _json(data: bytes, name: str) -> object:
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{name} is not JSON ({type(error).__name__})") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("a key is there twice")
    return found


def _base64(text: object, name: str) -> bytes:
    if isinstance(text, str):
        standard = text.replace("-", "+").replace("_", "/")
        try:
            data = base64.b64decode(standard, validate=True)
        except ValueError:
            data = b""
        if data and base64.b64encode(data).decode() == standard:
            return data
    raise Refused(f"{name} is not base64")


def _number(name: str) -> int:
    return int(name.removeprefix("envelopes/").removesuffix(".json"))


def _tame(text: str) -> str:
    """Text of unknown origin, safe for a terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)[:300]


# --- command line -----------------------------------------------------------------------------


def render(checks: Sequence[Check]) -> str:
    """One line a check, and what it comes to."""
    lines = [f"{check.result:<9}  {check.name}: {check.detail}" for check in checks]
    results = {check.result for check in checks}
    if passed(checks):
        end = "PASS: these bytes were signed by the box and put together by the store that you"
        end += " trust. That does not prove that the scene was real or the box's clock right."
    elif "FAIL" in results:
        end = "FAIL: do not rely on this package."
    else:
        end = "UNTRUSTED KEY: the package agrees with itself, and anybody can make one that does."
        end += " Get the fingerprints from elsewhere, then use --trust and --trust-store."
    return "\n".join([*lines, end])


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="verify", description="check an evidence package")
    parser.add_argument("package", type=Path, help="the zip, or the folder it was unpacked to")
    for option, whose in (("--trust", "box"), ("--trust-store", "store")):
        parser.add_argument(
            option,
            action="append",
            default=[],
            metavar="sha256:HEX",
            help=f"fingerprint of a {whose}'s key that you trust; may be given more than once",
        )
    parser.add_argument("--package-id", metavar="ID", help="the package that it should be")
    arguments = parser.parse_args(argv)
    for key in [*arguments.trust, *arguments.trust_store]:
        if not _HEX.fullmatch(key.removeprefix("sha256:").lower()):
            parser.error(f"{key}: sha256: and 64 hex digits are wanted")
    trust = Trust(arguments.trust, arguments.trust_store, arguments.package_id)
    checks = verify(arguments.package, trust)
    print(render(checks))
    return 0 if passed(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
