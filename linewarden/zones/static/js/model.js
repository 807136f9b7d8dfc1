// What is drawn, and everything that the page knows. Parts draw themselves when it changes.

import { crossing, outside, settled } from "./geometry.js";

export const state = {
  start: null, zones: [], rules: [], zone: -1, point: -1,
  mode: "select", pending: [], kind: "zone", along: -1, cross: null,
  t: 0, check: { text: "", lists: "", changed: [], problems: [], fits: true },
  result: null, tried: "", progress: { state: "idle" }, saved: "", savedTo: null, tab: "form", restored: false,
};
const listeners = new Set();
const undone = [];
const done = [];
const MOST_UNDO = 200;

export const onChange = (tell) => listeners.add(tell);
/** Tells every part; `what` is "drawn" where zones or rules changed, else "view". */
export const tell = (what = "view") => listeners.forEach((one) => one(what));

export const drawn = () => ({ zones: state.zones, rules: state.rules });
export const drawnText = () => JSON.stringify(drawn());
export const zone = () => state.zones[state.zone] ?? null;
export const zoneId = () => zone()?.id ?? "picture";
export const rulesOf = (id) => state.rules.map((rule, i) => ({ rule, i })).filter(({ rule }) => (rule.zone ?? "picture") === id);
export const useOf = (rule) => state.start.uses.find((row) => row.use === rule.use);
export const isStale = () => state.result !== null && state.tried !== drawnText();
export const isSaved = () => state.saved === drawnText();
/** A rule's name as the settings make it. */
export const ruleName = (rule) => rule.id || `${rule.use}.${rule.zone ?? "picture"}`.slice(0, 64);

const storeKey = () => `linewarden.zones.${state.start.file ?? state.start.recording.name}#${state.start.camera}`;

/** Begins with what the server has, or with what this browser kept unsaved. */
export function begin(start) {
  state.start = start;
  ({ zones: state.zones, rules: state.rules } = structuredClone({ zones: start.zones, rules: start.rules }));
  state.saved = drawnText();
  const kept = read(localStorage.getItem(storeKey()));
  if (kept && JSON.stringify(kept) !== state.saved) {
    Object.assign(state, kept, { restored: true });
  }
  state.zone = state.zones.length ? 0 : -1;
}

function read(text) {
  try {
    const kept = JSON.parse(text);
    return Array.isArray(kept?.zones) && Array.isArray(kept?.rules) ? { zones: kept.zones, rules: kept.rules } : null;
  } catch {
    return null;
  }
}

function keep() {
  if (isSaved()) localStorage.removeItem(storeKey());
  else localStorage.setItem(storeKey(), drawnText());
}

/** Remembers how it was before a change that takes several steps. */
export function remember() {
  done.push(drawnText());
  if (done.length > MOST_UNDO) done.shift();
  undone.length = 0;
}

/** A change: it can be taken back, is kept in the browser, and is checked. */
export function edit(change, { once = true } = {}) {
  if (once) remember();
  change();
  keep();
  tell("drawn");
}

function swap(from, to) {
  if (!from.length) return false;
  to.push(drawnText());
  Object.assign(state, JSON.parse(from.pop()));
  state.zone = Math.min(state.zone, state.zones.length - 1);
  state.point = -1;
  keep();
  tell("drawn");
  tell("structure");
  return true;
}
export const undo = () => swap(done, undone);
export const redo = () => swap(undone, done);
export const canUndo = () => done.length > 0;

export function markSaved(file, whole) {
  if (whole) state.saved = drawnText();
  state.savedTo = { file, whole };
  state.restored = false;
  keep();
  tell("view");
}

export function discard() {
  edit(() => Object.assign(state, JSON.parse(state.saved), { zone: -1, point: -1, restored: false }));
  state.zone = state.zones.length ? 0 : -1;
  tell("structure");
}

function freeName(stem) {
  for (let n = 1; ; n += 1) if (!state.zones.some((one) => one.id === `${stem}-${n}`)) return `${stem}-${n}`;
}

/** A new zone from points in pixels of the recording; an exit gets its rule at once. */
export function addZone(points, kind) {
  const frame = state.start.recording.frame_px;
  edit(() => {
    const id = freeName(kind === "exit" ? "exit" : "zone");
    state.zones.push({ id, polygon: points.map((p) => settled(p, frame)), frame, more: "" });
    if (kind === "exit") state.rules.push({ use: "FIF-01", zone: id, after: "10s", more: "" });
    state.zone = state.zones.length - 1;
    state.point = -1;
  });
  tell("structure");
}

export function deleteZone(at) {
  const gone = state.zones[at];
  edit(() => {
    state.zones.splice(at, 1);
    state.rules = state.rules.filter((rule) => rule.zone !== gone.id);
    state.zone = Math.min(at, state.zones.length - 1);
    state.point = -1;
  });
  tell("structure");
}

/** Its rules go with it. */
export function renameZone(at, id) {
  const old = state.zones[at].id;
  const alone = state.zones.filter((one) => one.id === old).length === 1;
  state.zones[at].id = id;
  for (const rule of alone ? state.rules : []) {
    if (rule.zone === old) rule.zone = id;
    if (rule.towards === old) rule.towards = id;
  }
}

/** A rule for the zone that is chosen; for all of the picture where none is. */
export function addRule() {
  edit(() => {
    const use = state.start.uses.find((row) => row.use === (zone() ? "FIF-01" : "PIPE-15")) ?? state.start.uses[0];
    state.rules.push({ use: use.use, zone: zoneId(), ...structuredClone(use.needed) });
  });
  tell("structure");
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const TIME = /^\s*\d+(\.\d+)?\s*(ms|s|m|min|h)\s*$/;

/** What is wrong with the drawing, in the page's own words: [field, key, values]. */
export function faults() {
  const found = [];
  const ids = state.zones.map((one) => one.id);
  const size = state.start.recording.frame_px;
  state.zones.forEach((one, i) => {
    const at = `zones[${i}]`;
    if (!one.id) found.push([`${at}.id`, "name_missing"]);
    else if (one.id === "picture") found.push([`${at}.id`, "name_taken"]);
    else if (!NAME.test(one.id)) found.push([`${at}.id`, "name_bad"]);
    else if (ids.indexOf(one.id) < i) found.push([`${at}.id`, "name_double", { id: one.id }]);
    const off = outside(one.polygon, one.frame);
    const cross = crossing(one.polygon);
    if (one.polygon.length < 3) found.push([`${at}.polygon`, "too_few"]);
    else if (off) found.push([`${at}.polygon`, "outside", { n: off }]);
    else if (cross) found.push([`${at}.polygon`, "crossing", { a: cross[0], b: cross[1] }]);
    const shapes = (one.frame[0] / one.frame[1]) / (size[0] / size[1]);
    if (Math.abs(shapes - 1) > 0.02) found.push([`${at}.frame`, "shape_differs", { a: one.frame.join("x"), b: size.join("x") }]);
  });
  state.rules.forEach((rule, i) => {
    const id = rule.zone ?? "picture";
    if (id !== "picture" && !ids.includes(id)) found.push([`rules[${i}].zone`, "zone_gone", { id }]);
    for (const key of ["after", "clear", "within"]) {
      if (rule[key] !== undefined && !TIME.test(rule[key])) found.push([`rules[${i}].${key}`, "no_unit", { what: rule[key] || "—" }]);
    }
  });
  return found;
}
