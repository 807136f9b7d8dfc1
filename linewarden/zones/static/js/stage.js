// The picture with what is drawn on it: click, drag, keyboard. Coordinates of events are turned into
// pixels of the recording; each zone keeps the pixels of its own frame.

import { byId, s } from "/static/js/dom.js";
import { t } from "/static/js/i18n.js";
import { addZone, edit, remember, state, tell, zone } from "./model.js";
import { bottomOf, distance, edgeAt, middle, scale, settled, topOf } from "./geometry.js";
import { drawSeen } from "./seen.js";

const svg = byId("drawing");
const CLOSE_CSS = 12;
let held = null;

export const frame = () => state.start.recording.frame_px;
const perCss = () => frame()[0] / (svg.clientWidth || 700);
const shown = (one) => one.polygon.map((p) => scale(p, one.frame, frame()));
const path = (points, closed = true) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}${closed ? "Z" : ""}`;

/** Where the pointer is, in pixels of the recording, inside it. */
function at(event) {
  const box = svg.getBoundingClientRect();
  return settled([((event.clientX - box.left) / box.width) * frame()[0], ((event.clientY - box.top) / box.height) * frame()[1]], frame());
}

export function render() {
  const [w, h] = frame();
  svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
  svg.setAttribute("role", "application");
  svg.setAttribute("aria-label", t("frame_size"));
  svg.dataset.mode = state.mode;
  svg.replaceChildren();
  const px = perCss();
  drawSeen(svg, px);
  state.zones.forEach((one, i) => { if (i !== state.zone) drawOther(one, i, px); });
  if (zone()) drawMine(zone(), px);
  if (state.mode !== "select") drawPending(px);
  byId("hint").textContent = hint();
}

function hint() {
  if (state.mode === "draw") return t("draw_hint");
  if (state.mode === "along") return t("along_hint");
  return state.zones.length ? "" : t("first_hint");
}

function label(text, [x, y], px, mine) {
  const size = 13 * px;
  const words = s("text", { class: mine ? "z-t mine" : "z-t", "font-size": size.toFixed(2) }, text);
  svg.append(words);
  const width = words.getBBox().width + size * 0.8;
  const left = Math.min(Math.max(0, x - width / 2), frame()[0] - width);
  const top = Math.min(Math.max(0, y - size * 2), frame()[1] - size * 1.6);
  words.setAttribute("x", left + size * 0.4);
  words.setAttribute("y", top + size * 1.15);
  svg.insertBefore(s("rect", { class: mine ? "z-tag mine" : "z-tag", x: left, y: top, width, height: size * 1.55 }), words);
}

function drawOther(one, i, px) {
  const points = shown(one);
  if (points.length < 2) return;
  svg.append(
    s("path", { class: "z-case", d: path(points), "stroke-width": 4 * px }),
    s("path", { class: "z-other", d: path(points), "stroke-width": 1.8 * px, "stroke-dasharray": `${6 * px} ${4 * px}`, dataset: { zone: i } }));
  label(one.id, topOf(points), px, false);
}

function drawMine(one, px) {
  const points = shown(one);
  svg.append(
    s("path", { class: "z-case", d: path(points), "stroke-width": 5 * px }),
    s("path", { class: "z-mine", d: path(points), "stroke-width": 2.2 * px, dataset: { zone: state.zone } }));
  drawHeights(one, points, px);
  drawAlong(one, px);
  label(one.id, topOf(points), px, true);
  points.forEach((p, i) => {
    const [x, y] = middle(p, points[(i + 1) % points.length]);
    svg.append(s("circle", { class: "z-mid", cx: x, cy: y, r: 3.6 * px, "stroke-width": 1.5 * px, dataset: { mid: i + 1 } }));
  });
  points.forEach(([x, y], i) => {
    const half = (i === state.point ? 6.5 : 5) * px;
    svg.append(s("rect", { class: i === state.point ? "z-h on" : "z-h", x: x - half, y: y - half, width: 2 * half, height: 2 * half, "stroke-width": 2 * px, dataset: { point: i } }));
  });
}

/** How high the smallest object is at the uppermost and the lowest point, where the zone says it. */
function drawHeights(one, points, px) {
  const given = one.object_px;
  if (given === null || given === undefined) return;
  const heights = Array.isArray(given) ? given : [given, given];
  [topOf(points), bottomOf(points)].forEach(([x, y], i) => {
    const high = (heights[i] * frame()[1]) / one.frame[1];
    if (!Number.isFinite(high)) return;
    svg.append(
      s("path", { class: "z-case", d: `M${x} ${y}v${-high}`, "stroke-width": 7 * px }),
      s("path", { class: "z-high", d: `M${x - 5 * px} ${y}h${10 * px}M${x} ${y}v${-high}M${x - 5 * px} ${y - high}h${10 * px}`, "stroke-width": 2 * px }));
  });
}

function drawAlong(one, px) {
  state.rules.forEach((rule, i) => {
    if (rule.zone !== one.id || !Array.isArray(rule.along) || rule.along.length !== 2) return;
    const [a, b] = rule.along.map((p) => scale(p, one.frame, frame()));
    const angle = Math.atan2(b[1] - a[1], b[0] - a[0]);
    const wing = (turn) => [b[0] - 12 * px * Math.cos(angle + turn), b[1] - 12 * px * Math.sin(angle + turn)];
    const d = `${path([a, b], false)}${path([wing(0.45), b, wing(-0.45)], false)}`;
    svg.append(s("path", { class: "z-case", d, "stroke-width": 6 * px }), s("path", { class: "z-along", d, "stroke-width": 2.5 * px }));
    [a, b].forEach(([x, y], end) => svg.append(s("circle", { class: "z-end", cx: x, cy: y, r: 5 * px, "stroke-width": 2 * px, dataset: { along: i, end } })));
  });
}

function drawPending(px) {
  const points = state.cross ? [...state.pending, state.cross] : state.pending;
  if (points.length > 1) svg.append(s("path", { class: "z-case", d: path(points, false), "stroke-width": 5 * px }), s("path", { class: "z-new", d: path(points, false), "stroke-width": 2.2 * px }));
  state.pending.forEach(([x, y], i) => svg.append(s("circle", { class: i ? "z-h" : "z-h on", cx: x, cy: y, r: 5 * px, "stroke-width": 2 * px })));
  if (state.cross) {
    const [x, y] = state.cross;
    const d = `M${x - 11 * px} ${y}h${22 * px}M${x} ${y - 11 * px}v${22 * px}`;
    svg.append(s("path", { class: "z-case", d, "stroke-width": 4 * px }), s("path", { class: "z-cross", d, "stroke-width": 1.6 * px }));
  }
}

export const announce = (text) => { byId("say").textContent = text; };

export function startDrawing(kind) {
  Object.assign(state, { mode: "draw", kind, pending: [], point: -1, cross: frame().map((side) => Math.round(side / 2)) });
  svg.focus({ preventScroll: true });
  tell();
}

export function startAlong(rule) {
  Object.assign(state, { mode: "along", along: rule, pending: [], point: -1, cross: frame().map((side) => Math.round(side / 2)) });
  svg.focus({ preventScroll: true });
  tell();
}

export function stop() {
  Object.assign(state, { mode: "select", pending: [], cross: null, along: -1 });
  tell();
}

/** Adds the place of the cross; the second one of a direction, or one on the first, ends it. */
export function place(point = state.cross) {
  if (state.mode === "draw") {
    const first = state.pending[0];
    if (state.pending.length >= 3 && distance(first, point) < CLOSE_CSS * perCss()) return close();
    const last = state.pending.at(-1);
    if (!last || distance(last, point) > 0) state.pending.push([...point]);
  } else if (state.mode === "along") {
    if (!state.pending.length || distance(state.pending[0], point) > 0) state.pending.push([...point]);
    if (state.pending.length === 2) return closeAlong();
  }
  return tell();
}

export function close() {
  if (state.mode !== "draw") return;
  if (state.pending.length < 3) {
    announce(t("too_few"));
    byId("hint").textContent = t("too_few");
    return;
  }
  const { pending, kind } = state;
  stop();
  addZone(pending, kind);
  announce(t("closed"));
}

function closeAlong() {
  const { pending, along } = state;
  const one = zone();
  stop();
  edit(() => { state.rules[along].along = pending.map((p) => settled(scale(p, frame(), one.frame), one.frame)); });
  tell("structure");
}

/** Moves the chosen point, or the cross, by pixels of the recording. */
export function nudge(dx, dy) {
  if (state.cross) state.cross = settled([state.cross[0] + dx, state.cross[1] + dy], frame());
  else if (zone() && state.point >= 0) {
    const one = zone();
    const [x, y] = scale(one.polygon[state.point], one.frame, frame());
    edit(() => { one.polygon[state.point] = settled(scale([x + dx, y + dy], frame(), one.frame), one.frame); });
    sayPoint();
  } else return false;
  tell();
  return true;
}

function sayPoint() {
  const [x, y] = zone().polygon[state.point];
  announce(t("said_point", { n: state.point + 1, m: zone().polygon.length, x, y }));
}

export function choosePoint(step) {
  const n = zone()?.polygon.length ?? 0;
  if (!n) return false;
  state.point = state.point < 0 ? (step > 0 ? 0 : n - 1) : (state.point + step + n) % n;
  sayPoint();
  tell();
  return true;
}

export function insertPoint() {
  const one = zone();
  if (!one || one.polygon.length < 2) return;
  const from = Math.max(0, state.point);
  const to = (from + 1) % one.polygon.length;
  edit(() => { one.polygon.splice(from + 1, 0, settled(middle(one.polygon[from], one.polygon[to]), one.frame)); state.point = from + 1; });
  sayPoint();
}

export function deletePoint() {
  const one = zone();
  if (!one || state.point < 0) return;
  if (one.polygon.length <= 3) {
    announce(t("too_few"));
    byId("hint").textContent = t("too_few");
    return;
  }
  edit(() => { one.polygon.splice(state.point, 1); state.point = Math.min(state.point, one.polygon.length - 1); });
}

function grab(event) {
  const { point, mid, along, end, zone: i } = event.target.dataset;
  if (point !== undefined) held = { point: Number(point) };
  else if (mid !== undefined) held = { mid: Number(mid) };
  else if (along !== undefined) held = { along: Number(along), end: Number(end) };
  else held = null;
  if (held) svg.setPointerCapture(event.pointerId);
  if (held?.point !== undefined) state.point = held.point;
  else if (!held) state.point = -1;
  if (!held && i !== undefined && Number(i) !== state.zone) {
    state.zone = Number(i);
    tell("structure");
  }
  tell();
}

function drag(event) {
  const one = zone();
  const to = settled(scale(at(event), frame(), one.frame), one.frame);
  if (!held.moved) remember();
  edit(() => {
    if (held.mid !== undefined) {
      one.polygon.splice(held.mid, 0, to);
      held = { point: held.mid };
      state.point = held.point;
    } else if (held.point !== undefined) one.polygon[held.point] = to;
    else state.rules[held.along].along[held.end] = to;
  }, { once: false });
  held.moved = true;
}

svg.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  if (state.mode === "select") grab(event);
  else if (event.detail < 2) place(at(event));
});
svg.addEventListener("pointermove", (event) => {
  if (held) drag(event);
  else if (state.mode !== "select") {
    state.cross = at(event);
    render();
  }
});
svg.addEventListener("pointerup", () => { held = null; });
svg.addEventListener("dblclick", (event) => {
  if (state.mode === "draw") close();
  else if (zone() && event.target.dataset.zone === String(state.zone)) {
    const one = zone();
    const to = settled(scale(at(event), frame(), one.frame), one.frame);
    edit(() => { state.point = edgeAt(one.polygon, to); one.polygon.splice(state.point, 0, to); });
  }
});
new ResizeObserver(() => { if (state.start) render(); }).observe(svg);
