"""Giving a draft its place in the chain: everything that happens inside the one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from events.outbox.media import MediaFolder
from events.outbox.nouns import Device
from events.record import PAYLOAD_TYPE, SCHEMA, Draft, Event, Gap, LostMedium, Medium, Sentence
from events.seal import Head, Json, payload_digest, seal, uuid7

_TELL_PARKED_AT_ONCE = 8
_LOST_ROLE = {"snapshot": ("图片", "picture"), "clip": ("录像", "clip")}
_MAX_TEXT = 1000


def chain_and_insert(
    tx: sqlite3.Connection, device: Device, draft: Draft, *, now_s: float
) -> Event:
    """Take `seq` and `prev`, build, sign, insert the row and what it needs, move the head."""
    key_id = device.signer.public_key.key_id
    seq, prev = _head(tx, device, key_id).next_link()
    event = Event.model_validate(
        {
            **draft.model_dump(),
            "schema": SCHEMA,
            "event_id": uuid7(now_s),
            "device_id": device.device_id,
            "seq": seq,
            "prev": prev,
        }
    )
    payload = event.encode()
    digest = payload_digest(payload)
    envelope = seal(payload, device.signer, PAYLOAD_TYPE).to_bytes()
    row = tx.execute(
        "INSERT INTO events(event_id, device_id, seq, kind, payload_sha256, envelope, appended_s)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (event.event_id, device.device_id, seq, event.kind, digest, envelope, now_s),
    ).lastrowid
    for medium in event.media:
        tx.execute("INSERT OR IGNORE INTO needs VALUES (?, ?)", (row, medium.sha256))
        tx.execute(
            "DELETE FROM claims WHERE id = (SELECT min(id) FROM claims WHERE sha256 = ?)",
            (medium.sha256,),
        )
    tx.execute(
        "INSERT INTO heads VALUES (?, ?, ?, ?) ON CONFLICT(device_id, key_id)"
        " DO UPDATE SET seq = excluded.seq, digest = excluded.digest",
        (device.device_id, key_id, seq, digest),
    )
    return event


def _head(tx: sqlite3.Connection, device: Device, key_id: str) -> Head:
    row = tx.execute(
        "SELECT seq, digest FROM heads WHERE device_id = ? AND key_id = ?",
        (device.device_id, key_id),
    ).fetchone()
    return Head(row["seq"], row["digest"]) if row else Head(0, device.enrolment_sha256)


def with_media_on_disk(tx: sqlite3.Connection, folder: MediaFolder, draft: Draft) -> Draft:
    """The draft, naming as lost each medium that is not there, and saying so in its sentences."""
    kept = [m for m in draft.media if _is_kept(tx, folder, m)]
    lost = [*draft.media_lost]
    lost += [LostMedium(role=m.role, reason="not_kept") for m in draft.media if m not in kept]
    if not lost:
        return draft
    return draft.model_copy(
        update={"media": kept, "media_lost": lost, "explain": _explained(draft.explain, lost)}
    )


def _is_kept(tx: sqlite3.Connection, folder: MediaFolder, medium: Medium) -> bool:
    known = tx.execute("SELECT 1 FROM media WHERE sha256 = ?", (medium.sha256,)).fetchone()
    return known is not None and folder.has(medium.sha256, medium.size)


def _explained(explain: Iterable[Sentence], lost: Iterable[LostMedium]) -> list[Sentence]:
    added = {"zh": "", "en": ""}
    for medium in lost:
        zh, en = _LOST_ROLE[medium.role]
        added["zh"] += f"（{zh}未能保存：{medium.reason}）"
        added["en"] += f" (its {en} could not be kept: {medium.reason})"
    return [
        Sentence(lang=s.lang, text=s.text[: _MAX_TEXT - len(added[s.lang])] + added[s.lang])
        for s in explain
    ]


def gap_drafts(
    tx: sqlite3.Connection, device: Device, like: Draft, *, refused_total: int, reason: str | None
) -> list[Draft]:
    """What must be owned up to before `like` is recorded; marks it as told."""
    drafts = []
    (told,) = tx.execute("SELECT value FROM facts WHERE name = 'gap_told'").fetchone()
    if refused_total > told:
        gap = Gap(count=refused_total - told, reason=reason or "outbox_full")
        drafts.append(_gap_draft(like, gap))
    if refused_total > told or refused_total == 0:
        tx.execute("UPDATE facts SET value = ? WHERE name = 'gap_told'", (refused_total,))
    for row in tx.execute(
        "SELECT id, seq, payload_sha256 FROM events WHERE state = 'parked' AND gap_told = 0"
        " AND kind != 'gap' AND reason != 'auth' AND device_id = ? ORDER BY id LIMIT ?",
        (device.device_id, _TELL_PARKED_AT_ONCE),
    ).fetchall():
        gap = Gap(count=1, reason="parked", seq=row["seq"], payload_sha256=row["payload_sha256"])
        drafts.append(_gap_draft(like, gap))
        tx.execute("UPDATE events SET gap_told = 1 WHERE id = ?", (row["id"],))
    return drafts


def _gap_draft(like: Draft, gap: Gap) -> Draft:
    if gap.seq is None:
        zh = f"有 {gap.count} 个事件发生时未能记录：{gap.reason}。"
        en = f"{gap.count} events could not be recorded when they happened: {gap.reason}"
    else:
        zh = f"中心拒收序号 {gap.seq} 的事件，原件留存在本机。"
        en = f"the store refused event {gap.seq}; its envelope is kept on the box"
    return Draft(
        kind="gap",
        gap=gap,
        time=like.time,
        explain=[Sentence(lang="zh", text=zh), Sentence(lang="en", text=en)],
        config_sha256=like.config_sha256,
        software=like.software,
        simulated=like.simulated,
    )


def note_incident(tx: sqlite3.Connection, event: Event, state: Json | None) -> None:
    """Change the table of incidents as the event says.

    The first event of a source in an incident makes its row; where it joins one that is open, that
    is a `raised` with a state.
    """
    if event.incident_id is None or event.source_id is None or event.rule is None:
        return
    key = key_of(event)
    known = tx.execute(f"SELECT 1 FROM incidents WHERE {_KEY}", (event.incident_id, *key))  # noqa: S608 - a literal
    begins = event.kind == "opened" or (event.kind == "raised" and state is not None)
    if begins and known.fetchone() is None:
        tx.execute(
            "UPDATE incidents SET is_open = 0 WHERE source_id = ? AND zone_id = ? AND rule_id = ?",
            key,
        )
        opened_s = datetime.fromisoformat(event.time.captured).timestamp()
        told = (json.dumps(state or {}), event.encode(), event.camera_id is not None)
        tx.execute(
            "INSERT INTO incidents VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)",
            (event.incident_id, *key, opened_s, *told),
        )
    else:
        _change(tx, (event.incident_id, *key), event.kind, state)
    _forget(tx)


def is_held(tx: sqlite3.Connection, event: Event) -> bool:
    """Whether another source than this event's holds its incident open."""
    key = (event.incident_id or "", *key_of(event))
    found = tx.execute(
        f"SELECT 1 FROM incidents WHERE is_open AND incident_id = ? AND NOT ({_KEY})",  # noqa: S608 - a literal
        (key[0], *key),
    )
    return found.fetchone() is not None


def close_incident(tx: sqlite3.Connection, event: Event) -> None:
    """The source of this event no longer holds its incident open."""
    _change(tx, (event.incident_id or "", *key_of(event)), "ended", None)
    _forget(tx)


def _forget(tx: sqlite3.Connection) -> None:
    """Remove the rows of which nothing is owed any more."""
    tx.execute("DELETE FROM incidents WHERE NOT is_open AND NOT awaits_clip")


def key_of(event: Event) -> tuple[str, str, str]:
    """The source that an event is of: camera or sensor, zone (none for a sensor), rule."""
    zone_id = event.zone.id if event.zone else ""
    return event.source_id or "", zone_id, event.rule.id if event.rule else ""


_KEY = "incident_id = ? AND source_id = ? AND zone_id = ? AND rule_id = ?"


def _change(
    tx: sqlite3.Connection, key: tuple[str, str, str, str], kind: str, state: Json | None
) -> None:
    if kind == "clip":
        tx.execute(f"UPDATE incidents SET awaits_clip = 0 WHERE {_KEY}", key)  # noqa: S608 - a literal
    elif kind == "ended":
        tx.execute(f"UPDATE incidents SET is_open = 0 WHERE {_KEY}", key)  # noqa: S608 - a literal
    elif state is not None:
        tx.execute(f"UPDATE incidents SET state = ? WHERE {_KEY}", (json.dumps(state), *key))  # noqa: S608 - a literal
