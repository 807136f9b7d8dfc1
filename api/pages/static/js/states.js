// Unknown, blind, disconnected: states with a reason and a next step, never an empty space.

import { h, put, byId, mark, state } from "./dom.js";
import { beside, lang, t, words } from "./i18n.js";
import { WORDS } from "./words.js";
import { age, clockTime, duration, secondsSince } from "./format.js";

function english(key, values) {
  return lang() === "zh" ? h("span", { class: "en", lang: "en" }, WORDS[key][1].replace(/\{(\w+)\}/g, (_, k) => String(values[k] ?? "—"))) : null;
}

/** Lost store, full or parked outboxes: inverse bars under the top bar. */
export function drawBanners({ lostSince, asOf, devices, retry }) {
  const bars = [];
  if (lostSince) {
    const values = { at: clockTime(asOf) };
    bars.push(h("div", { class: "banner", dataset: { banner: "lost" } }, mark("cross"), h("span", { class: "nw" }, `${t("lost")} `, h("span", { dataset: { lost: lostSince } }, duration(secondsSince(lostSince)))),
      h("span", { class: "what" }, t("lost_what", values)), english("lost", values), h("button", { class: "btn", type: "button", onclick: retry }, ...words("retry").filter((w) => !(w instanceof Node)))));
  }
  for (const d of devices) {
    const values = { device: d.name ?? d.device_id, n: d.outbox_full ? d.queued : d.parked };
    const key = d.outbox_full ? "outbox_full" : d.parked > 0 ? "parked" : null;
    if (key) bars.push(h("div", { class: "banner", dataset: { banner: key } }, mark("cross"), h("span", {}, t(key, values)), h("span", { class: "what" }, t(`${key}_what`, values)), english(key, values)));
  }
  put(byId("banners"), ...bars);
}

export function tickBanners() {
  const node = document.querySelector("[data-lost]");
  if (node) node.textContent = duration(secondsSince(node.dataset.lost));
}

const lastFrame = (camera) => (camera.last_frame_age_s === null || camera.last_frame_age_s === undefined ? "—"
  : age(camera.last_frame_age_s));

/** Cameras that do not see: what, why, since when; null when all see. */
export function faults(cameras) {
  const blind = cameras.filter((c) => c.state !== "ok");
  if (!blind.length) return null;
  const row = (c) => h("li", {}, h("b", {}, c.camera_id), c.state === "dead" ? state("bad", "cross", t("camera_dead")) : state("unknown", "dots", t("camera_unknown")),
    h("span", { class: "why" }, c.reason ?? t("no_reason"), " · ", t("last_frame", { age: lastFrame(c) })));
  return h("section", { class: "grp faults" }, h("h3", {}, t("faults"), " ", beside("faults"), h("span", { class: "n" }, String(blind.length)), h("span", { class: "due" }, t("faults_what"))), h("ul", {}, ...blind.map(row)));
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
