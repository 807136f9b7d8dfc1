// Unknown, blind, disconnected: states with a reason and a next step, never an empty space.

import { h, put, byId, mark, state } from "./dom.js";
import { beside, lang, t, words } from "./i18n.js";
import { WORDS } from "./words.js";
import { age, clockTime, duration, secondsSince } from "./format.js";

function english(key, values) {
  return lang() === "zh" ? h("span", { class: "en", lang: "en" }, WORDS[key][1].replace(/\{(\w+)\}/g, (_, k) => String(values[k] ?? "—"))) : null;
}

const SEEN = "linewarden.seen";
const seen = () => JSON.parse(localStorage.getItem(SEEN) ?? "{}");

/** What is wrong with a box: [kind, figure]. A figure that was seen here is only a line in the list until it changes. */
function troubles(d) {
  return [
    d.outbox_full ? ["outbox_full", null] : null,
    d.tampered || d.conflicts > 0 ? ["tampered", Math.max(d.conflicts ?? 0, 1)] : null,
    d.refused_total > 0 ? ["refused_total", d.refused_total] : null,
    d.parked > 0 ? ["parked", d.parked] : null,
    d.token_revoked_at && !d.revoked_at ? ["token_revoked", d.token_revoked_at] : null,
  ].filter(Boolean);
}

const told = (d, figure) => ({ device: d.name ?? d.device_id, n: figure ?? d.queued ?? "—" });

function deviceBanner(d, kind, figure, redraw) {
  const values = told(d, figure);
  const close = figure === null ? null : h("button", { class: "btn", type: "button", onclick: () => {
    localStorage.setItem(SEEN, JSON.stringify({ ...seen(), [`${d.device_id} ${kind}`]: figure }));
    redraw();
  } }, t("understood"));
  return h("div", { class: "banner", dataset: { banner: kind } }, mark("cross"), h("span", {}, t(kind, values)), h("span", { class: "what" }, t(`${kind}_what`, values)), english(kind, values), close);
}

function lostBanner(lostSince, asOf, queued, retry) {
  const values = { at: clockTime(asOf), n: queued };
  return h("div", { class: "banner", dataset: { banner: "lost" } }, mark("cross"), h("span", { class: "nw" }, `${t("lost")} `, h("span", { dataset: { lost: lostSince } }, duration(secondsSince(lostSince)))),
    queued ? h("span", { class: "queue" }, t("queue_waits", values)) : null, h("span", { class: "what" }, t("lost_what", values)), english("lost", values), h("button", { class: "btn", type: "button", onclick: retry }, t("retry")));
}

/** Decisions that did not count, of incidents other than the one on the page: it says so itself. */
function mishaps(pending, current, choose) {
  return pending.filter(({ state, id }) => (state === "conflict" || state === "refused") && id !== current).map((item) => {
    const values = { what: item.what, mine: t(item.verdict === "confirmed" ? "confirm" : "dismiss") };
    return h("div", { class: "banner", dataset: { banner: "not_counted" } }, mark("cross"), h("span", {}, t("not_counted_what", values)), english("not_counted_what", values), h("button", { class: "btn", type: "button", onclick: () => choose(item.id) }, t("look_at_it")));
  });
}

/** Lost store, boxes in trouble, decisions that wait or did not count: inverse bars under the top bar. */
export function drawBanners({ lostSince, asOf, devices, pending, current, choose, redraw, retry }) {
  const known = seen();
  const boxes = devices.flatMap((d) => troubles(d).filter(([kind, figure]) => figure === null || known[`${d.device_id} ${kind}`] !== figure).map(([kind, figure]) => deviceBanner(d, kind, figure, redraw)));
  const queued = pending.filter((item) => item.state === "queued").length;
  put(byId("banners"), ...(lostSince ? [lostBanner(lostSince, asOf, queued, retry)] : []), ...mishaps(pending, current, choose), ...boxes);
}

export function tickBanners() {
  const node = document.querySelector("[data-lost]");
  if (node) node.textContent = duration(secondsSince(node.dataset.lost));
}

const lastFrame = (camera) => (camera.last_frame_age_s === null || camera.last_frame_age_s === undefined ? "—"
  : age(camera.last_frame_age_s));

/** Cameras that do not see and boxes in trouble: what, why, what to do; null when there are none. */
export function faults(cameras, devices) {
  const blind = cameras.filter((c) => c.state !== "ok").map((c) => h("li", {}, h("b", {}, c.camera_id), c.state === "dead" ? state("bad", "cross", t("camera_dead")) : state("unknown", "dots", t("camera_unknown")),
    h("span", { class: "why" }, c.reason ?? t("no_reason"), " · ", t("last_frame", { age: lastFrame(c) }))));
  const boxes = devices.flatMap((d) => troubles(d).map(([kind, figure]) => h("li", { dataset: { trouble: kind } }, h("b", {}, d.name ?? d.device_id), state("bad", "cross", t(`${kind}_short`, told(d, figure))),
    h("span", { class: "why" }, t(`${kind}_what`, told(d, figure))))));
  const all = [...blind, ...boxes];
  if (!all.length) return null;
  return h("section", { class: "grp faults" }, h("h3", {}, t("faults"), " ", beside("faults"), h("span", { class: "n" }, String(all.length)), blind.length ? h("span", { class: "due" }, t("faults_what")) : null), h("ul", {}, ...all));
}

/** Cameras that see, though something about them waits for a person: a floor nobody has confirmed. */
export function toCheck(cameras) {
  const asked = cameras.filter((c) => c.state === "ok" && c.reason);
  if (!asked.length) return null;
  const said = (c) => h("li", {}, h("b", {}, c.camera_id), h("span", {}), h("span", { class: "why" }, c.reason));
  return h("section", { class: "grp faults check" }, h("h3", {}, t("to_check"), " ", beside("to_check"), h("span", { class: "n" }, String(asked.length))), h("ul", {}, ...asked.map(said)));
}

/** Below the last row: how many watch, and that nothing more needs to be done to see what comes. */
export function endOfList({ cameras, devices }) {
  if (!cameras.length || cameras.some((c) => c.state !== "ok")) return null;
  const heard = Math.min(...devices.map((d) => secondsSince(d.reported_at)).filter(Number.isFinite));
  const values = { n: cameras.length, m: cameras.length, age: age(heard) };
  return h("div", { class: "end" }, h("p", {}, t("watching", values)), h("p", {}, t("wait")));
}

/** Nothing to decide: how many watch, and (unless `brief`) what to do next. */
export function emptyState({ cameras, devices, any, filter, showAll, brief = false }) {
  const step = (key, command) => h("li", {}, h("span", {}, ...words(key)), command ? h("code", {}, command) : null);
  const blind = cameras.filter((c) => c.state !== "ok").length;
  const heard = Math.min(...devices.map((d) => secondsSince(d.reported_at)).filter(Number.isFinite));
  const title = any ? "empty" : "empty_all";
  const values = { n: cameras.length - blind, m: cameras.length, age: age(heard) };
  const steps = cameras.length
    ? [blind ? step("see_faults") : null, step("wait"), any && filter === "todo" ? h("li", {}, h("button", { class: "btn", type: "button", onclick: showAll }, ...words("show_all"))) : null]
    : [step("step_code", "linewarden device code"), step("step_enrol", "linewarden enrol --config edge.yaml"), step("step_edge", "linewarden edge --config edge.yaml"), step("step_demo", "linewarden demo")];
  if (blind) steps[0].firstChild.replaceChildren(t("see_faults", { n: blind }));
  return h("div", { class: "empty" }, h("h3", {}, t(title)), h("p", { class: "en" }, beside(title)),
    h("p", { class: "dim" }, cameras.length ? t("watching", values) : t("no_cameras")), brief ? null : h("ol", {}, ...steps.filter(Boolean)));
}
