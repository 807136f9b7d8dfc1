// Decisions on their way: five seconds in which each can be taken back, then it is sent. What the
// store cannot take now is kept in this browser, for this person, until it can.

import { decide, StoreError } from "./store.js";

const UNDO_MS = 5000;
const AGAIN_MS = 10000;
const ADOPT_MS = 3000; // another tab's decision, should that tab be gone
const NOT_NOW = [0, 408, 425, 429];
const tab = sessionStorage.getItem("linewarden.tab") ?? crypto.getRandomValues(new Uint32Array(2)).join("");
sessionStorage.setItem("linewarden.tab", tab);

let key = null;
let items = [];
let hooks = { changed() {}, sent() {}, look: async () => null };
let timer = null;
const busy = new Set();

function read() {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "[]");
  } catch {
    return [];
  }
}

/** Other tabs write too, so every change begins with what is stored. */
function change(edit) {
  if (key === null) return;
  items = edit(read());
  if (items.length) localStorage.setItem(key, JSON.stringify(items));
  else localStorage.removeItem(key);
  hooks.changed();
  plan();
}

const replace = (id, more) => change((all) => all.map((item) => (item.id === id ? { ...item, ...more } : item)));
const drop = (id) => change((all) => all.filter((item) => item.id !== id));

/** What is on its way for an incident: `undo`, `queued`, or ended badly: `conflict`, `refused`; else null. */
export const of = (id) => items.find((item) => item.id === id) ?? null;
export const all = () => items;
export const isUnsent = (item) => item !== null && (item.state === "undo" || item.state === "queued");
export const isSending = (item) => busy.has(item.id);

/** Begins for one person. `hooks`: changed(), sent(incident), look(id) → the incident as it stands. */
export function begin(person, given) {
  key = `linewarden.pending.${person}`;
  hooks = given;
  items = read();
  addEventListener("storage", (event) => {
    if (event.key !== key) return;
    items = read();
    hooks.changed();
    plan();
  });
  plan();
}

/** A decision that counts after five seconds. */
export function add(id, what, { verdict, reason, note }) {
  const now = Date.now();
  const item = { id, what, verdict, reason, note, made_at: new Date(now).toISOString(), due: now + UNDO_MS, tab, state: "undo" };
  change((all) => [...all.filter((other) => other.id !== id), item]);
}

/** Takes a decision back, or puts a bad end out of sight; false if it is too late. */
export function undo(id) {
  const item = of(id);
  if (!item || busy.has(id)) return false;
  drop(id);
  return true;
}

/** The newest that can be taken back. */
export const newest = () => items.filter((item) => item.state === "undo").sort((a, b) => b.due - a.due)[0] ?? null;

/** Somebody's verdict stands: ours has nothing left to do, or was too late. */
export function settle(incident, person) {
  const item = of(incident.incident_id);
  if (!incident.verdict || !isUnsent(item) || busy.has(item.id)) return;
  if (incident.verdict.by === person && incident.verdict.verdict === item.verdict) drop(item.id);
  else replace(item.id, { state: "conflict", theirs: incident.verdict });
}

/** The store is back: send what waits. */
export function flush() {
  for (const item of items) if (item.state === "queued") deliver(item);
}

function readyAt(item) {
  if (item.state === "undo") return item.due + (item.tab === tab ? 0 : ADOPT_MS);
  return item.state === "queued" ? (item.tried ?? 0) + AGAIN_MS : Infinity;
}

function plan() {
  clearTimeout(timer);
  const next = Math.min(Infinity, ...items.filter((item) => !busy.has(item.id)).map(readyAt));
  if (next < Infinity) timer = setTimeout(sendDue, Math.max(50, next - Date.now()));
}

function sendDue() {
  for (const item of items) if (readyAt(item) <= Date.now()) deliver(item);
  plan();
}

async function deliver({ id, verdict, reason, note, made_at }) {
  if (busy.has(id)) return;
  busy.add(id);
  replace(id, { state: "queued", tried: Date.now() });
  try {
    const incident = await decide(id, { verdict, reason, note, made_at });
    busy.delete(id);
    drop(id);
    hooks.sent(incident);
  } catch (error) {
    busy.delete(id);
    if (!(error instanceof StoreError)) throw error;
    await failed(id, error);
  }
}

async function failed(id, error) {
  if (error.status === 409) {
    const incident = await hooks.look(id);
    replace(id, { state: "conflict", theirs: incident?.verdict ?? null });
  } else if (NOT_NOW.includes(error.status) || error.status >= 500 || error.status === 401) {
    replace(id, { state: "queued", tried: Date.now() });
  } else {
    replace(id, { state: "refused", why: error.message });
  }
}
