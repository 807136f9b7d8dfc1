"""Prometheus metrics, read from the database at each scrape: every server tells the same."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.db.tables import Blob, EventRow, Incident, Quarantined
from api.status import list_cameras, list_devices
from api.store import Store

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_DEVICE_GAUGES = (
    ("queued", "linewarden_outbox_queued_events", "Events that wait in the box's outbox"),
    ("parked", "linewarden_outbox_parked_events", "Events that the store refused for good"),
    ("outbox_bytes", "linewarden_outbox_size_bytes", "Size of the box's outbox"),
    ("outbox_full", "linewarden_outbox_full", "1 while the outbox takes nothing more"),
    ("refused_total", "linewarden_outbox_refused_events", "Events that found no room on the box"),
    ("tampered", "linewarden_outbox_tampered", "1 once box and store held different events"),
    ("conflicts", "linewarden_device_conflicts", "Contradicting events kept aside at the store"),
    ("chain_gap", "linewarden_chain_gap_events", "Sequence numbers beyond the whole chain"),
)


def render(store: Store) -> bytes:
    """The text of /metrics."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(store))
    return generate_latest(registry)


class _Snapshot(Collector):
    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        """One consistent reading."""
        with self._store.db.read() as session:
            yield from _totals(session)
            yield from _devices(session)
            now, stale_s = self._store.clock(), self._store.settings.status_stale_s
            rows = list_cameras(session, now, stale_s)
            yield from _sources("camera", "last_frame", rows)
            yield from _sources("sensor", "last_reading", rows)


def _totals(session: Session) -> Iterator[Metric]:
    for name, text, table in (
        ("linewarden_events", "Events accepted", EventRow),
        ("linewarden_media", "Media kept", Blob),
        ("linewarden_conflicts", "Events refused for contradicting another", Quarantined),
    ):
        family = CounterMetricFamily(name, text)
        family.add_metric([], session.scalar(select(func.count()).select_from(table)) or 0)
        yield family
    incidents = GaugeMetricFamily("linewarden_incidents", "Incidents", labels=["state", "verdict"])
    counted = select(Incident.state, Incident.verdict, func.count())
    for state, verdict, count in session.execute(
        counted.group_by(Incident.state, Incident.verdict)
    ):
        incidents.add_metric([state, verdict or "none"], count)
    yield incidents


def _devices(session: Session) -> Iterator[Metric]:
    rows = list_devices(session)
    for key, name, text in _DEVICE_GAUGES:
        family = GaugeMetricFamily(name, text, labels=["device"])
        for row in rows:
            if row[key] is not None:
                family.add_metric([row["device_id"]], float(row[key]))
        yield family
    clock = GaugeMetricFamily(
        "linewarden_clock_offset_seconds",
        "Store's clock minus the box's, network delay included",
        labels=["device"],
    )
    for row in rows:
        if row["clock_offset_ms"] is not None:
            clock.add_metric([row["device_id"]], row["clock_offset_ms"] / 1000)
    yield clock


def _sources(kind: str, newest: str, rows: list[dict[str, object]]) -> Iterator[Metric]:
    """Cameras or sensors, and the age of their newest frame or reading."""
    labels, named = ["device", kind], newest.replace("_", " ")
    age = GaugeMetricFamily(
        f"linewarden_{kind}_{newest}_age_seconds", f"Age of the {named}", labels=labels
    )
    up = GaugeMetricFamily(f"linewarden_{kind}_up", f"1 while the {kind} delivers", labels=labels)
    for row in (row for row in rows if row["kind"] == kind):
        of = [str(row["device_id"]), str(row["camera_id"])]
        if isinstance(row["last_frame_age_s"], int | float):
            age.add_metric(of, float(row["last_frame_age_s"]))
        up.add_metric(of, float(row["state"] == "ok"))
    yield from (age, up)
