// Below: a lane for each rule of the last try, and what it said; a click shows that moment.

import { byId, h, put, s } from "/static/js/dom.js";
import { lang, t, words } from "/static/js/i18n.js";
import { levelClass, shapeOnly } from "/static/js/level.js";
import { numbersBold } from "/static/js/format.js";
import { isStale, state } from "./model.js";

export const clock = (time, digits = 1) => `${Math.floor(time / 60)}:${(time % 60).toFixed(digits).padStart(digits ? 3 + digits : 2, "0")}`;

const length = () => Math.max(state.start.recording.duration_s, 0.001);
const share = (time) => Math.min(1, Math.max(0, time / length()));
const x = (time) => (1000 * share(time)).toFixed(1);
const MOST_NOTES = 4;

function bars(spans, y, height, kind) {
  return (spans ?? []).map(([a, b]) => s("rect", { class: kind, x: x(a), y, width: Math.max(1.5, 1000 * (share(b) - share(a))).toFixed(1), height }));
}

/** Open while nothing is inside: the time that `clear` counts. */
function clearing(fired, inside) {
  const parts = [];
  for (const [a, b] of fired ?? []) {
    let from = a;
    for (const [c, d] of inside ?? []) {
      if (d <= from || c >= b) continue;
      if (c > from) parts.push([from, c]);
      from = Math.max(from, d);
    }
    if (from < b) parts.push([from, b]);
  }
  return parts;
}

/** Floors are looked at every other picture or so: what is there before and after was there. */
function bridged(spans) {
  const whole = [];
  for (const [a, b] of spans ?? []) {
    if (whole.length && a - whole.at(-1)[1] < 0.8) whole.at(-1)[1] = b;
    else whole.push([a, b]);
  }
  return whole;
}

function curve(points) {
  const most = Math.max(...points.map((p) => p[1]), 1e-9);
  return s("path", { class: "t-curve", d: `M${points.map(([time, value]) => `${x(time)} ${(60 - 56 * (value / most)).toFixed(1)}`).join("L")}`, "vector-effect": "non-scaling-stroke" });
}

/** Stretches in which the clock ran and the rule did not open: how long, and how long it takes. */
function shortOnes(rule) {
  const opened = state.result.said.filter((one) => one.rule === rule.id && one.kind === "opened").map((one) => one.t);
  return (rule.spans.thinking ?? [])
    .filter(([a, b]) => b - a > 0.5 && b - a < rule.after_s && !opened.some((time) => time >= a - 0.01 && time <= b + 0.3))
    .sort((a, b) => (b[1] - b[0]) - (a[1] - a[0])).slice(0, MOST_NOTES);
}

const placed = (node, time) => { node.style.left = `${(100 * share(time)).toFixed(2)}%`; return node; };

function lane(rule, go) {
  const said = state.result.said.filter((one) => one.rule === rule.id);
  const [name, points] = Object.entries(rule.curves)[0] ?? [null, []];
  const track = h("div", { class: "lt", role: "img", "aria-label": `${rule.id}: ${said.length}`, onclick: (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    go(((event.clientX - box.left) / box.width) * length());
  } },
    s("svg", { viewBox: "0 0 1000 64", preserveAspectRatio: "none" },
      ticks().map((time) => s("path", { class: "t-grid", d: `M${x(time)} 0V64` })),
      points.length > 1 ? curve(points) : null,
      bars(bridged(rule.spans.inside), 30, 8, "t-inside"), bars(rule.spans.thinking, 44, 9, "t-think"), bars(rule.spans.fired, 43, 11, "t-fired"),
      bars(clearing(rule.spans.fired, bridged(rule.spans.inside)), 43, 11, "t-clear")),
    shortOnes(rule).map(([a, b]) => placed(h("span", { class: "not" }, t("not_fired", { s: (b - a).toFixed(1), after: rule.after_s })), a)),
    said.filter((one) => one.level && one.kind !== "ended").map((one) => placed(h("span", { class: `flag ${levelClass(one.level)}` }, shapeOnly(one.level)), one.t)));
  const most = points.length ? Math.max(...points.map((p) => p[1])) : 0;
  return [
    h("div", { class: "ln" }, h("b", {}, rule.zone), h("span", {}, `${rule.id.split(".")[0]} ≥ ${rule.after_s} s`), name ? h("span", { class: "cv" }, `${t(`curve_${name}`)} ≤ ${most.toFixed(2)}`) : null),
    track, h("div", { class: "cnt" }, String(said.filter((one) => one.kind === "opened").length))];
}

function ticks() {
  const every = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600].find((step) => length() / step <= 10) ?? 1800;
  return Array.from({ length: Math.floor(length() / every) + 1 }, (_, i) => i * every);
}

const legend = () => h("span", { class: "leg" }, [["t-inside", "inside"], ["t-think", "counting"], ["t-fired", "active"], ["t-clear", "clearing"]].map(([kind, key]) =>
  h("span", {}, s("svg", { width: 22, height: 10 }, s("rect", { class: kind, x: 1, y: 1, width: 20, height: 8 })), ...words(key))));

function said(one, i, go) {
  const text = lang() === "en" ? one.en : one.zh;
  return h("li", {}, h("button", { type: "button", dataset: { said: i }, onclick: () => go(one.t + state.result.first_s) },
    h("span", { class: "num" }, clock(one.t)), one.level && one.kind !== "ended" ? shapeOnly(one.level) : h("span", { class: "dim" }, "○"),
    h("b", {}, one.rule), h("span", { class: "dim" }, t(`kind_${one.kind}`)), h("span", { class: "why" }, ...numbersBold(text))));
}

function status() {
  const now = state.progress;
  if (now.state === "running") return h("span", { class: "run" }, h("progress", { max: length(), value: now.at_s }), t("trying", { at: now.at_s.toFixed(0), of: length().toFixed(0) }));
  if (now.state === "failed") return h("span", { class: "st bad" }, t("try_failed", { why: now.why }));
  if (isStale()) return h("span", { class: "st unknown" }, t("stale"));
  return null;
}

function empty() {
  return h("div", { class: "none" }, h("b", {}, ...words("not_tried")), h("p", {}, t("not_tried_what")));
}

export function render(go) {
  const rules = state.result?.rules ?? [];
  const list = state.result?.said ?? [];
  put(byId("timeline"),
    h("div", { class: "rh" }, h("h2", {}, ...words("recording"), h("span", { class: "en" }, state.start.recording.name)), status(), state.result ? legend() : null),
    !state.result ? empty() : h("div", { class: isStale() ? "tried stale" : "tried" },
      h("div", { class: "lanes" },
        h("span", {}), h("div", { class: "ax" }, ticks().map((time) => placed(h("span", {}, clock(time, 0)), time)), h("i", { class: "now", id: "now" })), h("span", { class: "hd" }, t("times")),
        rules.map((rule) => lane(rule, go))),
      h("div", { class: "saids" }, h("h2", { class: "panel-h" }, ...words("would_fire"), h("span", { class: "end" }, String(list.filter((one) => one.kind === "opened").length))),
        list.length ? h("ol", {}, list.map((one, i) => said(one, i, go))) : h("p", { class: "note" }, h("b", {}, t("nothing_fired")), " ", t("nothing_fired_what")))));
  markNow();
}

/** The line of the present moment, and the sentence that belongs to it. */
export function markNow() {
  const line = byId("now");
  if (!line) return;
  placed(line, state.t);
  const first = state.result.first_s;
  for (const button of document.querySelectorAll("[data-said]")) {
    const one = state.result.said[Number(button.dataset.said)];
    button.parentElement.toggleAttribute("aria-current", Math.abs(one.t + first - state.t) < 0.13);
  }
}
