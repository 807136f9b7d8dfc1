// Left: the zones with their rules as sentences; what is chosen; new ones.

import { byId, h, put, s } from "/static/js/dom.js";
import { lang, t, words } from "/static/js/i18n.js";
import { badge } from "/static/js/level.js";
import { faults, rulesOf, state, tell, useOf } from "./model.js";
import { startDrawing } from "./stage.js";

const EXITS = ["blocked-exit", "fire-lane", "hidden-hydrant", "shutter-down"];

/** A rule's use in the page's language, with the preset's number where it is one. */
export function useName(row) {
  const own = row.zh ? row[lang() === "en" ? "en" : "zh"] : t(`use_${row.use}`);
  return row.zh ? `${own} ${row.use}` : own;
}

export const levelOf = (rule, row) => rule.level || row.defaults.level;

function sentence({ rule }) {
  const row = useOf(rule);
  if (!row) return h("span", { class: "say" }, String(rule.use));
  return h("span", { class: "say" }, `${useName(row)} ≥ `, h("b", {}, rule.after || row.defaults.after), " → ", badge(levelOf(rule, row)));
}

function shape(one) {
  const xs = one.polygon.map((p) => p[0]);
  const ys = one.polygon.map((p) => p[1]);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  const span = Math.max(Math.max(...xs) - x, Math.max(...ys) - y, 1);
  const points = one.polygon.map((p) => `${(2 + ((p[0] - x) / span) * 20).toFixed(1)} ${(2 + ((p[1] - y) / span) * 20).toFixed(1)}`);
  return s("svg", { class: "sw", viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: `M${points.join("L")}Z` }));
}

export function choose(index) {
  Object.assign(state, { zone: index, point: -1, mode: "select", pending: [], cross: null });
  tell("structure");
  tell();
}

function row(one, i, wrong) {
  const rules = rulesOf(one.id);
  const isExit = rules.some(({ rule }) => EXITS.includes(useOf(rule)?.family));
  return h("li", { "aria-current": i === state.zone ? "true" : null, class: isExit ? "exit" : null },
    h("button", { type: "button", tabindex: i === state.zone || (state.zone < 0 && i === 0) ? "0" : "-1", onclick: () => choose(i) },
      shape(one), h("span", { class: "nm" }, one.id || "—"),
      h("span", { class: wrong ? "key st bad" : "key" }, wrong ? t("errors_n", { n: wrong }) : t("points_n", { n: one.polygon.length })),
      rules.length ? rules.map(sentence) : h("span", { class: "say dim" }, t("no_rules"))));
}

function pictureRow() {
  const rules = rulesOf("picture");
  return h("li", { "aria-current": state.zone < 0 ? "true" : null, class: "all" },
    h("button", { type: "button", tabindex: state.zone < 0 ? "0" : "-1", onclick: () => choose(-1) },
      s("svg", { class: "sw", viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: "M2 5h20v14H2z" })),
      h("span", { class: "nm" }, ...words("whole_picture")), h("span", { class: "key" }, ""),
      rules.length ? rules.map(sentence) : h("span", { class: "say dim" }, t("no_rules"))));
}

export function render() {
  const found = faults();
  const wrong = (i, one) => found.filter(([field]) => field.startsWith(`zones[${i}]`) || rulesOf(one.id).some((r) => field.startsWith(`rules[${r.i}]`))).length;
  put(byId("list"),
    h("h1", { class: "panel-h" }, state.start.camera, h("span", { class: "en" }, t("counts", { n: state.zones.length, m: state.rules.length }))),
    h("ul", { class: "zl" }, state.zones.map((one, i) => row(one, i, wrong(i, one))), pictureRow()),
    h("div", { class: "add" },
      h("button", { class: "btn", type: "button", id: "new-zone", onclick: () => startDrawing("zone") }, ...words("new_zone"), h("kbd", {}, "P")),
      h("button", { class: "btn", type: "button", id: "new-exit", onclick: () => startDrawing("exit") }, ...words("new_exit"), h("kbd", {}, "X"))));
}
