"""Doors for persons: cameras, boxes and the network."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from api.routes.who import TheStore, person
from api.status import list_cameras, list_devices

routes = APIRouter()


@routes.get("/v1/cameras", dependencies=[Depends(person)])
def cameras(store: TheStore) -> dict[str, Any]:
    """Cameras as their boxes told."""
    with store.db.read() as session:
        return {"items": list_cameras(session, store.clock(), store.settings.status_stale_s)}


@routes.get("/v1/devices", dependencies=[Depends(person)])
def devices(store: TheStore) -> dict[str, Any]:
    """Boxes as they told."""
    with store.db.read() as session:
        return {"items": list_devices(session)}


@routes.get("/v1/network", dependencies=[Depends(person)])
def network(store: TheStore) -> dict[str, Any]:
    """The pipelines as GeoJSON."""
    with store.db.read() as session:
        found = store.network(session)
    features = [
        {
            "type": "Feature",
            "properties": {
                "segment_id": s.segment_id,
                "route_id": s.route_id,
                "owner": s.owner,
                "subdistrict": s.subdistrict,
                "hca": s.hca,
                "from_m": s.from_m,
                "to_m": s.to_m,
            },
            "geometry": {"type": "LineString", "coordinates": s.line},
        }
        for s in (found.segments if found else ())
    ]
    version = found.version if found else None
    return {"type": "FeatureCollection", "version": version, "features": features}
