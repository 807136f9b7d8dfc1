// The map, drawn from our own vectors: pipeline with bands, camera, event with its error. No tiles.

/* global L */
import { h, s, byId, put } from "./dom.js";
import { t } from "./i18n.js";
import { ellipse, ellipsePoints, lines, nearest, offset, plane } from "./geo.js";
import { distance } from "./format.js";
import { outline } from "./level.js";

const BANDS_M = [50, 5];
const CLOSE_ENOUGH_M = 3000;
let map = null;
let network = null;
let net = null;
let scene = null;
let framed = "";
let avoid = [];
let cover = null;

function build(node) {
  map = L.map(node, { attributionControl: false, zoomControl: false, zoomSnap: 0.25, keyboard: true, maxZoom: 22,
    scrollWheelZoom: true, fadeAnimation: false, zoomAnimation: false, markerZoomAnimation: false });
  L.control.scale({ imperial: false, maxWidth: 90, position: "bottomleft" }).addTo(map);
  const north = L.control({ position: "topright" });
  north.onAdd = () => h("div", { class: "north" }, "N", s("svg", { viewBox: "0 0 10 15", "aria-hidden": "true" }, s("path", { d: "M5 0l5 15-5-4-5 4z", fill: "#b4bcc5" })));
  north.addTo(map);
  map.zoomer = L.control.zoom({ position: "bottomright", zoomInTitle: t("zoom_in"), zoomOutTitle: t("zoom_out") }).addTo(map);
  for (const [name, z] of [["band50", 340], ["band5", 350], ["pipe", 380], ["above", 450]]) {
    map.createPane(name).style.zIndex = String(z);
  }
  net = L.layerGroup().addTo(map);
  scene = L.layerGroup().addTo(map);
  map.setView([32.1, 118.9], 14);
  cover = h("div", { class: "cover", hidden: true });
  node.append(cover);
  map.on("zoomend moveend", () => drawNetwork());
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(node);
}

const label = (at, words, cls = "") => L.marker(at, { interactive: false, keyboard: false, pane: "above",
  icon: L.divIcon({ className: `lbl ${cls}`, html: h("span", {}, words), iconSize: null }) });
const stroke = (points, options) => L.polyline(points, { interactive: false, lineCap: "butt", ...options });

function metresPerPixel() {
  const y = map.getSize().y / 2;
  const a = map.containerPointToLatLng([0, y]);
  return a.distanceTo(map.containerPointToLatLng([100, y])) / 100;
}

function drawLine(line, properties, mpp) {
  const flat = plane(line[0]);
  const metres = line.map(flat.toMetres);
  const latLng = metres.map(flat.toLatLng);
  for (const [band, colour, edge] of [[BANDS_M[0], "#1b2025", "#6a747f"], [BANDS_M[1], "#394149", "#929ca7"]]) {
    const wide = (2 * band) / mpp;
    if (wide < 5) continue;
    net.addLayer(stroke(latLng, { color: colour, weight: wide, pane: `band${band}` }));
    for (const side of [band, -band]) {
      net.addLayer(stroke(offset(metres, side).map(flat.toLatLng), { color: edge, weight: 1, dashArray: band === 50 ? "2 4" : "5 4", pane: `band${band}` }));
    }
  }
  if (properties.hca) net.addLayer(stroke(latLng, { color: "#929ca7", weight: 8, opacity: 0.35, pane: "pipe" }));
  net.addLayer(stroke(latLng, { color: "#eceef0", weight: 2.6, pane: "pipe", lineCap: "round" }));
}

/** The route's name, once, on its line where neither camera nor event stands. */
function labelRoute(line, route, told) {
  const size = map.getSize();
  const busy = avoid.map((at) => map.latLngToContainerPoint(at));
  for (const share of [0.08, 0.92, 0.5]) {
    const from = map.containerPointToLatLng([size.x * share, size.y * 0.5]);
    const flat = plane([from.lng, from.lat]);
    const spot = nearest(line.map(flat.toMetres));
    if (!spot.at || told.has(route)) return;
    const at = flat.toLatLng(spot.at);
    const point = map.latLngToContainerPoint(at);
    const inside = point.x > 16 && point.x < size.x - 16 && point.y > 40 && point.y < size.y - 40;
    if (!inside || busy.some((other) => other.distanceTo(point) < 72)) continue;
    told.add(route);
    net.addLayer(label(at, route, "route"));
    return;
  }
}

function drawNetwork() {
  net.clearLayers();
  const told = new Set();
  const mpp = metresPerPixel();
  const middle = map.getCenter();
  const reach = Math.max(CLOSE_ENOUGH_M, mpp * 1000);
  for (const feature of network?.features ?? []) {
    for (const line of lines(feature)) {
      const near = nearest(line.map(plane([middle.lng, middle.lat]).toMetres));
      if (line.length < 2 || near.far > reach) continue;
      drawLine(line, feature.properties ?? {}, mpp);
      if (feature.properties?.route_id && mpp < 2) labelRoute(line, feature.properties.route_id, told);
    }
  }
}

function drawCamera(camera) {
  const { lon, lat, facing_deg: facing, range_m: range } = camera.site;
  const at = [lat, lon];
  if (facing !== null && facing !== undefined) {
    const turn = (facing * Math.PI) / 180;
    const far = plane([lon, lat]).toLatLng([Math.sin(turn) * (range ?? 60), Math.cos(turn) * (range ?? 60)]);
    scene.addLayer(stroke([at, far], { color: "#b4bcc5", weight: 1.4, dashArray: "2 3" }));
    const size = 13;
    const head = h("span");
    const arrow = s("svg", { viewBox: "-8 -8 16 16", width: size, height: size, "aria-hidden": "true" },
      s("path", { d: "M0-7 6 5 0 2-6 5z", fill: "#eceef0", transform: `rotate(${facing})` }));
    head.append(arrow);
    const near = plane([lon, lat]).toLatLng([Math.sin(turn) * 16 * metresPerPixel(), Math.cos(turn) * 16 * metresPerPixel()]);
    scene.addLayer(L.marker(near, { interactive: false, keyboard: false, icon: L.divIcon({ className: "", html: head, iconSize: [size, size] }) }));
  }
  scene.addLayer(L.circleMarker(at, { radius: 7, color: "#eceef0", weight: 1.8, fillColor: "#0f1214", fillOpacity: 1, interactive: false }));
  scene.addLayer(L.circleMarker(at, { radius: 2.5, stroke: false, fillColor: "#eceef0", fillOpacity: 1, interactive: false }));
  scene.addLayer(label(at, camera.camera_id, "below"));
}

function drawEvent(incident) {
  const { place } = incident;
  const flat = plane([place.lon, place.lat]);
  const here = flat.toLatLng([0, 0]);
  const close = nearestLine(flat, place.segment?.segment_id);
  if (close) {
    scene.addLayer(stroke([here, flat.toLatLng(close.at)], { color: "#eceef0", weight: 1.2, dashArray: "3 3" }));
    bandLabels(flat, close);
  }
  if (place.cov_m2) {
    const shape = ellipsePoints(ellipse(place.cov_m2)).map(flat.toLatLng);
    scene.addLayer(L.polygon(shape, { color: "#eceef0", weight: 1, fillColor: "#eceef0", fillOpacity: 0.85, interactive: false }));
  }
  const icon = L.divIcon({ className: "mark-ev", html: outline(incident.level), iconSize: [28, 28] });
  scene.addLayer(L.marker(here, { icon, interactive: false, keyboard: false }));
  const metres = distance(place);
  const words = h("span", {}, h("b", {}, place.segment?.segment_id ?? t("not_resolved")), metres ? `${metres} m` : place.reason ?? "");
  scene.addLayer(label(here, words, "call"));
}

function nearestLine(flat, segmentId) {
  const all = (network?.features ?? []).filter((f) => !segmentId || f.properties?.segment_id === segmentId);
  const found = all.flatMap(lines).map((line) => nearest(line.map(flat.toMetres)));
  found.sort((a, b) => a.far - b.far);
  return found[0]?.at && found[0].far < CLOSE_ENOUGH_M ? found[0] : null;
}

function bandLabels(flat, close) {
  const mpp = metresPerPixel();
  for (const band of BANDS_M) {
    if (band / mpp < 14) continue;
    const along = (byId("map").clientWidth * 0.36) * mpp;
    const [cos, sin] = [Math.cos(close.turn), Math.sin(close.turn)];
    const side = cos >= 0 ? band : -band;
    const way = cos >= 0 ? along : -along;
    scene.addLayer(label(flat.toLatLng([close.at[0] + cos * way - sin * side, close.at[1] + sin * way + cos * side]), `${band} m`));
  }
}

function bounds(incident, cameras) {
  const points = [];
  if (incident) points.push(...cameras.map(({ site }) => L.latLng(site.lat, site.lon).toBounds(24)));
  const { lon, lat, cov_m2: cov } = incident?.place ?? {};
  if (Number.isFinite(lon) && Number.isFinite(lat)) {
    points.push(L.latLng(lat, lon).toBounds(Math.max(44, cov ? 2.4 * ellipse(cov).a_m : 0, 2.4 * (incident.place.distance_m ?? 0))));
  }
  if (points.length) return points.reduce((all, one) => all.extend(one), L.latLngBounds(points[0]));
  const all = (network?.features ?? []).flatMap(lines).flat().map(([x, y]) => [y, x]);
  return all.length ? L.latLngBounds(all) : null;
}

export function setNetwork(geojson) {
  network = geojson;
  framed = "";
}

/** Draws place of `incident` and its cameras; the view moves only when another incident is shown. */
export function drawMap(incident, cameras) {
  const node = byId("map");
  if (!map || map.getContainer() !== node) build(node);
  avoid = cameras.map(({ site }) => [site.lat, site.lon]);
  const placed = Number.isFinite(incident?.place?.lon);
  if (placed) avoid.push([incident.place.lat, incident.place.lon]);
  const key = `${incident?.incident_id}|${cameras.length}|${network ? 1 : 0}`;
  if (key !== framed) {
    const frame = bounds(incident, cameras);
    map.invalidateSize({ animate: false });
    if (frame) map.fitBounds(frame, { animate: false, padding: [26, 26], maxZoom: 20 });
    framed = key;
  }
  cover.hidden = network === null || network.features.length > 0 || placed || cameras.length > 0;
  put(cover, h("b", {}, t("map_empty")), h("span", { class: "en" }, t("map_empty_next")));
  drawNetwork();
  scene.clearLayers();
  cameras.forEach(drawCamera);
  if (placed) drawEvent(incident);
}
