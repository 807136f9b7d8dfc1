// Boxes and zone, drawn over the picture from data; the picture itself is never touched.

import { s } from "./dom.js";
import { name, nameEn, lang } from "./i18n.js";

const scaled = (points, from, to) => points.map(([x, y]) => [(x * to[0]) / from[0], (y * to[1]) / from[1]]);
const path = (points) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z`;

function label(object) {
  const own = name("class", object.class);
  const english = lang() === "zh" && own !== object.class ? ` ${nameEn("class", object.class)}` : "";
  return `${own}${english} ${(object.score_permille / 1000).toFixed(2)}`;
}

const hits = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** A tag above `at`, kept inside the frame and off the tags already there. */
function tag(svg, text, at, frame, taken, size) {
  const words = s("text", { class: "ov-t", "font-size": size.toFixed(2) }, text);
  svg.append(words);
  const width = words.getBBox().width + size * 0.8;
  const height = size * 1.55;
  const spot = {
    x: Math.max(0, Math.min(at.x, frame[0] - width)),
    y: Math.max(0, Math.min(at.y - height, frame[1] - height)), width, height,
  };
  for (let tries = 0; tries < 6 && taken.some((other) => hits(spot, other)); tries += 1) {
    spot.y = Math.min(frame[1] - height, spot.y + height);
  }
  taken.push(spot);
  words.setAttribute("x", (spot.x + size * 0.4).toFixed(1));
  words.setAttribute("y", (spot.y + size * 1.15).toFixed(1));
  svg.insertBefore(s("rect", { class: "ov-tag", ...spot }), words);
}

function drawZone(svg, zone, frame, line) {
  const points = scaled(zone.polygon_px, zone.frame_px, frame);
  const d = path(points);
  svg.append(s("path", { class: "ov-case", d, "stroke-width": line * 2 }),
    s("path", { class: "ov-zone", d, "stroke-width": line, "stroke-dasharray": `${line * 5} ${line * 3}` }));
  return leftEdge(points, 0.8);
}

/** Where the left edge of the polygon is, `share` of the way down. */
function leftEdge(points, share) {
  const ys = points.map(([, y]) => y);
  const y = Math.min(...ys) + share * (Math.max(...ys) - Math.min(...ys));
  const xs = points.flatMap(([x1, y1], i) => {
    const [x2, y2] = points[(i + 1) % points.length];
    return (y1 - y) * (y2 - y) < 0 ? [x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)] : [];
  });
  return { x: Math.min(...xs, points[0][0] + (xs.length ? Infinity : 0)), y };
}

function drawBox(svg, object, mine, line) {
  const [x1, y1, x2, y2] = object.box_px;
  const place = { x: x1, y: y1, width: Math.max(0, x2 - x1), height: Math.max(0, y2 - y1) };
  const thick = mine ? line : line * 0.7;
  svg.append(s("rect", { class: "ov-case", ...place, "stroke-width": thick * 2.2 }),
    s("rect", { class: mine ? "ov-box" : "ov-box minor", ...place, "stroke-width": thick }));
  if (mine) svg.append(s("circle", { class: "ov-foot", cx: (x1 + x2) / 2, cy: y2, r: line * 2, "stroke-width": line * 0.8 }));
}

/** Fills `svg` for one incident; `show` says which layers. */
export function drawOverlay(svg, incident, show) {
  const frame = incident.frame_px ?? incident.zone?.frame_px ?? [1280, 720];
  svg.setAttribute("viewBox", `0 0 ${frame[0]} ${frame[1]}`);
  svg.replaceChildren();
  const perCss = frame[0] / (svg.clientWidth || 700);
  const line = Math.max(frame[0] / 560, perCss * 1.5);
  const size = Math.max(frame[0] * 0.0175, perCss * 12);
  const taken = [];
  const objects = show.boxes ? [...(incident.seen ?? [])] : [];
  objects.sort((a, b) => Number(b.class === incident.class) - Number(a.class === incident.class));
  const zoneAt = show.zones && incident.zone ? drawZone(svg, incident.zone, frame, line) : null;
  for (const object of objects) drawBox(svg, object, object.class === incident.class, line);
  for (const object of objects) tag(svg, label(object), { x: object.box_px[0], y: object.box_px[1] - line }, frame, taken, size);
  if (zoneAt) tag(svg, incident.zone.id, { x: zoneAt.x - size * 2, y: zoneAt.y }, frame, taken, size);
}
