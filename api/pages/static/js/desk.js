// The desk: holds what is known, hears what changes, and lets each part draw itself.

import { h, byId } from "./dom.js";
import { lang, name, onLang, setLang, t } from "./i18n.js";
import * as store from "./store.js";
import { listen } from "./live.js";
import { listenKeys, releaseAfterClick, showHelp } from "./keys.js";
import { drawList, reveal, tickList, title } from "./list.js";
import { isLead, isWaiting, leadOf, levelOf, membersOf, pendingOf, urgency } from "./case.js";
import { drawIncident, drawNothing, tickIncident } from "./incident.js";
import { drawSide } from "./side.js";
import { drawBanners, emptyState, endOfList, faults, tickBanners, toCheck } from "./states.js";
import { drawSound, drawTop, tickTop } from "./topbar.js";
import { cancel, choose as chooseReason, confirm, dismiss, tickDecision } from "./decision.js";
import * as pending from "./pending.js";
import { step, stopClip, togglePlay } from "./clip.js";
import { toggleLayer } from "./picture.js";
import { setLongest } from "./standing.js";
import { setNetwork } from "./map.js";
import { callForRed, onSound, toggleSound, unlock } from "./sound.js";

const PAGE = 50;
const app = document.querySelector(".app");
const known = new Map();
const AGAIN_MS = 3000;
const desk = { current: null, filter: "all", next: null, cameras: [], devices: [], person: null, lostSince: null, asOf: Date.now(), loaded: false };
let shown = [];
let retry = () => {};

const current = () => known.get(desk.current) ?? null;
const say = (urgent, words) => { byId(urgent ? "say-now" : "say-polite").textContent = words; };

function keep(incident) {
  const before = known.get(incident.incident_id);
  known.set(incident.incident_id, before?.events && !incident.events ? { ...incident, events: before.events } : incident);
  return before;
}

function drawFrame() {
  const all = [...known.values()].filter(isLead);
  const reds = all.filter((i) => levelOf(i) === "red" && isWaiting(i));
  const red = reds.length;
  document.title = `${red ? `(${red} ${t("red")}) ` : ""}${t("desk")} · Linewarden`;
  drawTop({ ...desk, simulated: all.some((i) => i.simulated) });
  drawBanners({ ...desk, pending: pending.all(), choose: act.choose, redraw: drawFrame, retry: () => retry() });
  const empty = () => emptyState({ ...desk, any: all.length > 0, showAll: () => act.filter("all"), brief: !current() });
  shown = drawList({ ...desk, current: current() ? leadOf(current()) : desk.current, incidents: all, faults: [faults(desk.cameras, desk.devices), toCheck(desk.cameras)], end: endOfList(desk), empty: desk.loaded ? empty() : h("div", { class: "empty dim" }, t("loading")) }, act);
  callForRed(reds.some((i) => !pending.isUnsent(pendingOf(i))));
}

function draw() {
  drawFrame();
  const incident = current();
  if (incident) drawIncident(incident);
  else if (desk.loaded) drawNothing(desk.current ? h("div", { class: "empty" }, h("h3", {}, t("not_found")), h("p", {}, t("select_one")))
    : emptyState({ ...desk, any: known.size > 0, showAll: () => act.filter("all") }));
  drawSide(incident, desk.cameras);
}

async function choose(id, { push = true } = {}) {
  desk.current = id;
  app.dataset.view = "incident";
  if (push) history.replaceState(null, "", `/incidents/${encodeURIComponent(id)}`);
  if (known.has(id)) draw();
  reveal(known.has(id) ? leadOf(known.get(id)) : id);
  await refresh(id);
}

/** Fetches one incident anew, and who leads its case; a later answer for another selection changes only the list. */
async function refresh(id) {
  try {
    const incident = await store.incident(id);
    const lead = isLead(incident) ? incident : await store.incident(leadOf(incident));
    announce(lead);
    keep(lead);
    const before = keep(incident);
    pending.settle(incident, desk.person?.name);
    if (incident.verdict && !before.verdict) say(false, t("verdict_said", { what: title(incident), verdict: t(incident.verdict.verdict), who: incident.verdict.by }));
    if (desk.current === null && shown.length === 0) desk.current = id;
    if (id === desk.current) draw();
    else drawFrame();
    return incident;
  } catch (error) {
    if (!(error instanceof store.StoreError)) throw error;
    if (error.status === 404 && id === desk.current) draw();
    return null;
  }
}

/** A case is announced once, and again only if it calls louder than all that is known of it. */
function announce(incident) {
  const heard = membersOf(incident).map((m) => known.get(m.incident_id)).filter(Boolean);
  const loudest = Math.max(0, ...heard.map(urgency));
  if (!desk.loaded || urgency(incident) <= loudest) return;
  const level = levelOf(incident);
  say(level === "red", t(loudest ? "raised_incident" : heard.length ? "back_incident" : "new_incident", { level: t(level), what: name("class", incident.class), camera: incident.camera_id ?? incident.sensor?.id }));
}

async function load() {
  try {
    const page = await store.incidents({ limit: PAGE, cases: true });
    page.items.forEach(keep);
    desk.next ??= page.next;
    desk.asOf = Date.now();
    [desk.cameras, desk.devices] = (await Promise.all([store.cameras(), store.devices()])).map((a) => a.items);
  } catch (error) {
    if (!(error instanceof store.StoreError)) throw error;
  }
  desk.loaded = true;
  if (!desk.current) drawFrame();
  if (!desk.current && shown.length) await choose(shown[0].incident_id, { push: false });
  else if (desk.current) await refresh(desk.current);
  draw();
}

async function loadStates() {
  try {
    [desk.cameras, desk.devices] = (await Promise.all([store.cameras(), store.devices()])).map((a) => a.items);
    drawFrame();
  } catch (error) {
    if (!(error instanceof store.StoreError)) throw error;
  }
}

async function more() {
  const page = await store.incidents({ limit: PAGE, cases: true, cursor: desk.next });
  page.items.forEach(keep);
  desk.next = page.next;
  drawFrame();
}

function move(by) {
  const at = shown.findIndex((i) => i.incident_id === (current() ? leadOf(current()) : desk.current));
  const to = shown[at < 0 ? 0 : Math.max(0, Math.min(shown.length - 1, at + by))];
  if (to && to.incident_id !== desk.current) choose(to.incident_id);
}

const act = {
  choose,
  redraw: drawFrame,
  more: () => more().catch(() => {}),
  filter(filter) { desk.filter = filter; drawFrame(); },
  view(view) { app.dataset.view = view; scrollTo(0, 0); },
  level(level) {
    const first = shown.find((i) => levelOf(i) === level && isWaiting(i));
    if (first) choose(first.incident_id);
    else act.view("list");
  },
};

listenKeys({
  next: () => move(1), previous: () => move(-1), open: () => (desk.current ? choose(desk.current) : false),
  confirm, dismiss, reason: chooseReason, play: togglePlay, frame: (key, e) => step(key === "arrowright" ? 1 : -1, e.shiftKey),
  boxes: () => toggleLayer("boxes"), zones: () => toggleLayer("zones"), map: () => byId("map").focus(),
  evidence: () => byId("evidence")?.click(), sound: toggleSound, help: showHelp, back: () => cancel() || stopClip(),
});
releaseAfterClick();
document.addEventListener("desk:next", () => move(1));
document.addEventListener("desk:choose", ({ detail }) => choose(detail));
document.addEventListener("desk:made", ({ detail }) => { keep(detail); draw(); });
document.addEventListener("pointerdown", unlock, { once: true });
document.addEventListener("keydown", unlock, { once: true });
onSound(drawSound);
onLang(draw);
document.addEventListener("desk:undone", ({ detail }) => {
  say(false, t("undone", { what: detail.what }));
  if (detail.id !== desk.current && known.has(detail.id)) choose(detail.id);
});

setInterval(() => { tickTop(); tickList(); tickIncident(); tickBanners(); }, 1000);
setInterval(tickDecision, 250);

/** Decisions of this person go on from where they were, also after a reload. */
function takeUpDecisions() {
  pending.begin(desk.person.name, {
    changed: draw,
    look: refresh,
    sent(incident) {
      keep(incident);
      draw();
    },
  });
}

/** Who is here; asks again for as long as the store does not answer. */
async function whoAmI() {
  for (;;) {
    try {
      return await store.me();
    } catch (error) {
      if (!(error instanceof store.StoreError) || error.status === 401) throw error;
      desk.lostSince ??= new Date().toISOString();
      drawFrame();
      await new Promise((done) => { retry = done; setTimeout(done, AGAIN_MS); });
    }
  }
}

async function start() {
  document.documentElement.lang = lang() === "en" ? "en" : "zh-CN";
  const linked = location.pathname.match(/^\/incidents\/([^/]+)$/);
  desk.current = linked ? decodeURIComponent(linked[1]) : null;
  drawFrame();
  desk.person = await whoAmI();
  desk.lostSince = null;
  setLongest(desk.person.shelve_max_s);
  takeUpDecisions();
  store.network().then((geojson) => { setNetwork(geojson); drawSide(current(), desk.cameras); }).catch(() => {});
  await load();
  retry = listen({
    incident: refresh,
    status: loadStates,
    broken(first) {
      store.me().catch(() => {}); // a session that ended leads to the door
      if (!first) return;
      desk.lostSince = new Date().toISOString();
      desk.asOf = Date.now();
      say(true, t("store_lost"));
      drawFrame();
    },
    back(again) {
      desk.lostSince = null;
      if (again) say(false, t("store_back"));
      load().then(pending.flush);
    },
  });
  document.documentElement.dataset.ready = "yes";
}

setLang(lang());
start().catch((error) => { if (!(error instanceof store.StoreError)) throw error; });
