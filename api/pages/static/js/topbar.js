// The bar: who watches, what waits, how far the clocks are apart, the time; sound, language, person.

import { h, put, byId, mark } from "./dom.js";
import { both, lang, setLang, t, words } from "./i18n.js";
import { clockTime, day, utc, zoneOffset } from "./format.js";
import { soundState, toggleSound } from "./sound.js";
import * as pending from "./pending.js";
import { leaveFor, logout } from "./store.js";

function stat(key, value, { kind = "", minor = true, small = "" } = {}) {
  return h("div", { class: `stat ${kind}${minor ? " minor" : ""}`, dataset: { stat: key } }, h("b", {}, value, small ? h("span", { class: "u" }, small) : null), h("span", {}, ...words(key).map((w) => (w instanceof Node ? w.textContent : w))));
}

const languages = () => h("span", { class: "seg", role: "group" }, ...[["zh", "中"], ["en", "EN"]]
  .map(([code, word]) => h("button", { type: "button", dataset: { lang: code }, onclick: () => setLang(code) }, word)));
/** Decisions that wait stay in this browser for who made them; whoever leaves is told so once. */
async function leave(event) {
  const waiting = pending.all().filter(pending.isUnsent).length;
  const button = event.currentTarget;
  if (waiting && button.dataset.warned !== String(waiting)) {
    button.dataset.warned = String(waiting);
    put(button, t("leave_anyway", { n: waiting }));
    return;
  }
  await logout().catch(() => {});
  leaveFor("/login");
}
const signOut = () => h("button", { class: "link", type: "button", dataset: { act: "sign-out" }, onclick: leave });

function build(top) {
  byId("account").append(languages(), h("b", { class: "me" }), signOut());
  top.append(h("div", { class: "brand" }, "Linewarden"), h("nav", {}), h("div", { class: "site", hidden: true }), h("div", { class: "stats" },
    h("div", { id: "figures", class: "stats" }), h("div", { class: "stat", id: "wall" })),
    h("button", { class: "tool snd", type: "button", onclick: toggleSound }),
    h("div", { class: "tool lang" }, languages()), h("div", { class: "tool user" }, h("b", { class: "me" }), signOut()));
}

function figures(cameras, devices) {
  cameras = cameras.filter((c) => c.kind !== "sensor");
  const online = cameras.filter((c) => c.state === "ok").length;
  const heard = devices.filter((d) => d.queued !== null && d.queued !== undefined);
  const queued = heard.reduce((sum, d) => sum + d.queued, 0);
  const offsets = devices.map((d) => d.clock_offset_ms).filter((ms) => Number.isFinite(ms));
  const worst = offsets.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  const signed = worst < 0 ? `−${-worst}` : `+${worst}`;
  return [
    cameras.length ? stat("cameras", String(online), { small: `/ ${cameras.length}`, kind: online < cameras.length ? "bad" : "", minor: false }) : stat("cameras", "—", { kind: "unknown", minor: false }),
    heard.length ? stat("queue", String(queued), { small: t("items"), kind: devices.some((d) => d.outbox_full) ? "bad" : "" }) : stat("queue", "—", { kind: "unknown" }),
    offsets.length ? stat("clock", Math.abs(worst) >= 10000 ? `${worst < 0 ? "−" : "+"}${Math.round(Math.abs(worst) / 1000)}` : signed, { small: Math.abs(worst) >= 10000 ? "s" : "ms", kind: Math.abs(worst) > 5000 ? "bad" : "" }) : stat("clock", "—", { kind: "unknown" }),
  ];
}

export function drawSound() {
  const button = document.querySelector(".tool.snd");
  if (!button) return;
  const now = soundState();
  button.className = `tool snd${now === "on" ? "" : " bad"}`;
  button.setAttribute("aria-pressed", String(now === "on"));
  button.setAttribute("aria-label", `${both("sound")} ${t(now === "blocked" ? "sound_blocked" : now)}`);
  put(button, mark(now === "on" ? "sound" : "mute"), h("span", {}, `${t("sound")} `, h("b", {}, t(now === "blocked" ? "sound_blocked" : now))));
}

export function tickTop() {
  const now = Date.now();
  const wall = byId("wall");
  wall.title = utc(now);
  put(wall, h("b", {}, clockTime(now)), h("span", {}, `${day(now).slice(5)} ${zoneOffset(now)}`));
}

/** Draws the bar. */
export function drawTop({ cameras, devices, person, simulated }) {
  const top = byId("top");
  if (!top.firstChild) build(top);
  put(top.querySelector("nav"), h("a", { href: "/", "aria-current": "page" }, ...words("desk").map((w) => (w instanceof Node ? w.textContent : w))));
  const site = top.querySelector(".site");
  site.hidden = !simulated;
  put(site, h("span", { class: "sim" }, t("simulated")));
  put(byId("figures"), ...figures(cameras, devices));
  for (const node of document.querySelectorAll(".me")) node.textContent = person?.name ?? "";
  for (const node of document.querySelectorAll("[data-act=sign-out]:not([data-warned])")) put(node, t("sign_out"));
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang()));
  for (const group of document.querySelectorAll(".seg")) group.setAttribute("aria-label", both("language"));
  drawSound();
  tickTop();
}
