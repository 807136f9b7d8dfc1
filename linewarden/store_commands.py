"""What whoever runs the store does beside serving: its boxes, its key, its register of looks."""

from __future__ import annotations

import json
from collections.abc import Iterator

from api.audit import note
from api.auth.devices import revoke_device, revoke_token
from api.looks import list_looks
from api.status import list_devices
from linewarden.server import opened
from linewarden.settings_server import ServerSettings


def device_lines(settings: ServerSettings, *, as_json: bool) -> Iterator[str]:
    """One line a box: id, name, whether it may send, when it was last heard."""
    with opened(settings) as store, store.db.read() as session:
        rows = list_devices(session)
    for row in rows:
        if as_json:
            yield json.dumps(row)
            continue
        heard = row["reported_at"] or "never heard"
        yield f"{row['device_id']:<32}  {row['name']:<20}  {_standing(row):<14}  {heard}"


def revoke(settings: ServerSettings, device_id: str, why: str, *, key_too: bool) -> str:
    """Revoke a box's token, or its key for good; a line that says what follows."""
    with opened(settings) as store, store.db.write() as session:
        if key_too:
            revoke_device(session, device_id, why, store.clock())
            return f"{device_id}: its key is trusted no more; to come back it needs a new key"
        revoke_token(session, device_id, why, store.clock())
    return f"{device_id} may send again after `linewarden enrol` with a new `device code`"


def fingerprint(settings: ServerSettings) -> str:
    """`sha256:…` of the store's key, which is made if there is none."""
    with opened(settings) as store:
        return store.signer.public_key.key_id


def look_lines(
    settings: ServerSettings, *, who: str | None, sha256: str | None, limit: int, as_json: bool
) -> Iterator[str]:
    """One line a look, newest first; that they were read is in the audit trail."""
    with opened(settings) as store, store.db.write() as session:
        rows = list_looks(session, actor=who, sha256=sha256, limit=limit)
        about = who or sha256 or "all"
        note(session, store.clock(), actor="command line", action="looks_read", about=about)
    for row in rows:
        if as_json:
            yield json.dumps(row, ensure_ascii=False)
            continue
        what = f"{row['what']:<8}  {row['sha256'][:16]}…  {' '.join(row['incidents'])}"
        yield f"{row['at']}  {row['who']:<16}  {row['purpose_zh']}  {what}  from {row['address']}"


def _standing(row: dict[str, object]) -> str:
    if row["revoked_at"]:
        return "key revoked"
    return "token revoked" if row["token_revoked_at"] else "may send"
