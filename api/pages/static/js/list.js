// Live incidents, red to blue; inside a level the undecided by age, then the decided, newest first.

import { h, s, put, byId, state, unit } from "./dom.js";
import { beside, lang, name, nameEn, t, words } from "./i18n.js";
import { LEVELS, badge, levelClass, shapeOnly } from "./level.js";
import { age, distance, duration, secondsSince } from "./format.js";
import { beneath, isUndecided, isWaiting, levelOf, pendingOf } from "./case.js";
import * as pending from "./pending.js";
import { standingState } from "./standing.js";

const FILTERS = { all: () => true, todo: isWaiting, shelved: (i) => Boolean(i.shelved) };
const rows = new Map();
const seenBefore = new Set();
let pointerInside = false;
let order = [];

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
/** The camera or the sensor that it is of. */
export const sourceOf = (incident) => incident.camera_id ?? incident.sensor?.id ?? "—";
export const title = (incident) => capital(t(incident.sensor ? "title_sensor" : "title", { what: name("class", incident.class ?? "—") }));
export const titleEn = (incident) => capital(`${nameEn("class", incident.class ?? "—")} ${incident.sensor ? "alarm" : "in zone"}`);

function compare(a, b) {
  const done = Number(!isWaiting(a)) - Number(!isWaiting(b));
  if (done) return done;
  const older = a.opened_at < b.opened_at || (a.opened_at === b.opened_at && a.incident_id < b.incident_id) ? -1 : 1;
  return isWaiting(a) ? older : -older;
}

/** Incident ids in the order shown; while the pointer is in the list what is there keeps its place. */
export function arrange(incidents, filter) {
  const shown = incidents.filter(FILTERS[filter]);
  const sorted = LEVELS.flatMap((level) => shown.filter((i) => levelOf(i) === level).sort(compare));
  if (pointerInside) {
    const place = new Map(order.map((id, n) => [id, n]));
    const last = order.length;
    const level = (i) => LEVELS.indexOf(levelOf(i));
    sorted.sort((a, b) => level(a) - level(b)
      || (place.get(a.incident_id) ?? last) - (place.get(b.incident_id) ?? last));
  }
  order = sorted.map((i) => i.incident_id);
  return sorted;
}

function thumbnail(incident) {
  const [w, tall] = incident.frame_px ?? [16, 9];
  const boxes = (incident.seen ?? []).filter((o) => o.class === incident.class).slice(0, 3)
    .map(({ box_px: [x1, y1, x2, y2] }) => s("rect", { x: x1, y: y1, width: Math.max(0, x2 - x1), height: Math.max(0, y2 - y1) }));
  const image = incident.snapshot?.url
    ? h("img", { src: incident.snapshot.url, alt: "", loading: "lazy", decoding: "async" }) : null;
  return h("span", { class: "th" }, image,
    s("svg", { viewBox: `0 0 ${w} ${tall}`, preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true" }, ...boxes));
}

function verdictState(incident) {
  const mine = pendingOf(incident);
  if (mine && !pending.isUnsent(mine)) return state("bad", "cross", t("not_counted"));
  if (isUndecided(incident) && mine) {
    const word = t(mine.verdict === "confirmed" ? "confirm" : "dismiss");
    return mine.state === "undo" ? state("unknown", "dots", `${word} `, h("span", { dataset: { due: String(mine.due) } }, "5 s")) : state("unknown", "dots", `${word} · ${t("queued")}`);
  }
  if (incident.shelved) return standingState(incident);
  if (incident.verdict !== null && isUndecided(incident)) return state("unknown", "dots", t("more_to_decide", { n: incident.activity.undecided }));
  if (incident.verdict === null) {
    return standingState(incident) ?? state("ok", incident.state === "ended" ? "ring" : "dots", t(incident.state === "ended" ? "ended" : "undecided"));
  }
  const confirmed = incident.verdict.verdict === "confirmed";
  return state("ok", confirmed ? "check" : "cross", t(confirmed ? "confirmed" : "dismissed"));
}

function fill(link, incident) {
  const metres = distance(incident.place);
  const where = incident.place?.segment?.segment_id;
  const wait = isWaiting(incident)
    ? h("span", { class: "cd", dataset: { since: incident.opened_at } }, duration(secondsSince(incident.opened_at)))
    : h("span", { class: "who" }, incident.shelved?.by ?? incident.verdict.by);
  put(link, thumbnail(incident),
    h("span", { class: "nm" }, title(incident)), wait,
    h("span", { class: "sub en", lang: "en" }, lang() === "zh" ? titleEn(incident) : incident.rule?.id ?? ""), verdictState(incident),
    h("span", { class: "pl" }, h("b", {}, where ?? t("not_resolved")), metres ? h("span", {}, ...unit(metres, "m")) : h("span", { class: "dim" }, "—")),
    h("span", { class: "age", dataset: { age: incident.opened_at } }, age(secondsSince(incident.opened_at))),
    h("span", { class: "ow" }, h("span", { class: "cam" }, sourceOf(incident)), incident.place?.segment?.owner ?? ""));
}

function rowFor(incident, current, choose) {
  let row = rows.get(incident.incident_id);
  if (!row) {
    const link = h("a", { href: `/incidents/${incident.incident_id}`, onclick: (e) => { e.preventDefault(); choose(incident.incident_id); } });
    row = h("li", { dataset: { id: incident.incident_id } }, link, h("div"));
    rows.set(incident.incident_id, row);
  }
  const as = JSON.stringify([incident, pendingOf(incident), lang()]);
  if (row.dataset.as !== as) {
    fill(row.firstChild, incident);
    row.lastChild.replaceChildren(...(incident.activity ? [beneath(incident, choose)] : []));
  }
  row.dataset.as = as;
  const fresh = !seenBefore.has(incident.incident_id) && seenBefore.size > 0;
  row.className = `row ${levelClass(levelOf(incident))}${current ? " is-current" : ""}${isWaiting(incident) ? "" : " is-done"}${fresh ? " is-new" : ""}`;
  row.firstChild.tabIndex = current ? 0 : -1;
  if (current) row.firstChild.setAttribute("aria-current", "true");
  else row.firstChild.removeAttribute("aria-current");
  return row;
}

function group(level, members, current, choose) {
  const waiting = members.filter(isWaiting);
  const oldest = waiting.length ? h("span", { class: "due", dataset: { oldest: waiting[0].opened_at } }) : null;
  const items = members.map((i) => rowFor(i, i.incident_id === current, choose));
  return h("section", { class: `grp ${levelClass(level)}` },
    h("h3", {}, badge(level), h("span", { class: "n" }, String(members.length)), oldest), h("ul", {}, ...items));
}

/** Draws the list. `view` has incidents, filter, current, next (cursor), faults (several), end and empty (nodes). */
export function drawList(view, act) {
  const box = byId("list");
  if (!box.firstChild) build(box, act);
  box.setAttribute("aria-label", t("incidents"));
  const waiting = view.incidents.filter(isWaiting).length;
  put(box.querySelector(".count"), t("open"), ` ${waiting} `, beside("open") ?? "");
  for (const chip of box.querySelectorAll("[data-filter]")) {
    chip.setAttribute("aria-pressed", String(chip.dataset.filter === view.filter));
    const n = chip.dataset.filter === "shelved" ? view.incidents.filter((i) => i.shelved).length : null;
    chip.hidden = n === 0 && view.filter !== "shelved";
    put(chip, ...words(chip.dataset.filter), n ? h("b", {}, ` ${n}`) : null);
  }
  const shown = arrange(view.incidents, view.filter);
  const groups = box.querySelector(".groups");
  const focused = groups.contains(document.activeElement) ? document.activeElement : null;
  const scroll = groups.scrollTop;
  const parts = LEVELS.map((level) => [level, shown.filter((i) => levelOf(i) === level)])
    .filter(([, members]) => members.length)
    .map(([level, members]) => group(level, members, view.current, act.choose));
  if (shown.length && !shown.some((i) => i.incident_id === view.current)) parts[0].querySelector(".row a").tabIndex = 0;
  const more = view.next ? h("button", { class: "btn more", type: "button", onclick: act.more }, ...words("more")) : null;
  groups.replaceChildren(...[shown.length ? null : view.empty, ...parts, more, ...view.faults, shown.length ? view.end : null].filter(Boolean));
  groups.scrollTop = scroll;
  focused?.focus({ preventScroll: true });
  for (const incident of view.incidents) seenBefore.add(incident.incident_id);
  drawLevels(view, act);
  put(box.querySelector(".foot"), h("span", {}, h("kbd", {}, "J"), " ", h("kbd", {}, "K"), " ", t("next_prev")),
    h("span", {}, h("kbd", {}, "Enter"), " ", t("open_it")), h("span", {}, h("kbd", {}, "?"), " ", t("keys")));
  tickList();
  return shown;
}

function build(box, act) {
  const chip = (filter) => h("button", { class: "chip", type: "button", dataset: { filter }, onclick: () => act.filter(filter) });
  box.append(h("h2", {}, h("span", { class: "count" }), h("span", { class: "filters" }, chip("all"), chip("todo"), chip("shelved"))),
    h("div", { class: "groups" }), h("div", { class: "foot" }));
  const groups = box.querySelector(".groups");
  groups.addEventListener("pointerenter", () => { pointerInside = true; });
  groups.addEventListener("pointerleave", () => { pointerInside = false; act.redraw(); });
}

/** The strip of levels that stands above the page on a narrow screen. */
function drawLevels(view, act) {
  const strip = byId("levels");
  const count = (level) => view.incidents.filter((i) => levelOf(i) === level && isWaiting(i)).length;
  if (!strip.firstChild) {
    strip.append(h("button", { type: "button", onclick: () => act.view("list") }),
      ...LEVELS.map((level) => h("button", { type: "button", dataset: { level }, onclick: () => act.level(level) })));
  }
  strip.setAttribute("aria-label", t("incidents"));
  put(strip.firstChild, `${t("list")} ${view.incidents.length}`);
  for (const button of strip.querySelectorAll("[data-level]")) {
    put(button, shapeOnly(button.dataset.level), String(count(button.dataset.level)));
  }
}

/** Once a second: how long each has waited. Silent for screen readers. */
export function tickList() {
  for (const node of document.querySelectorAll("#list [data-since]")) node.textContent = duration(secondsSince(node.dataset.since));
  for (const node of document.querySelectorAll("#list [data-age]")) node.textContent = age(secondsSince(node.dataset.age));
  for (const node of document.querySelectorAll("#list [data-oldest]")) node.textContent = t("oldest", { age: age(secondsSince(node.dataset.oldest)) });
}

/** Brings a row into sight without moving focus unless focus was in the list. */
export function reveal(id) {
  const link = rows.get(id)?.firstChild;
  link?.scrollIntoView({ block: "nearest" });
  if (byId("list").contains(document.activeElement)) link?.focus({ preventScroll: true });
}
