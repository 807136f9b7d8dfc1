// Right: the zone that is chosen and its rules, field by field; or the file as it would be saved.

import { byId, h } from "/static/js/dom.js";
import { lang, name, t, words } from "/static/js/i18n.js";
import { LEVELS } from "/static/js/level.js";
import { addRule, deleteZone, edit, faults, remember, renameZone, rulesOf, state, tell, useOf, zone, zoneId } from "./model.js";
import { announce, startAlong } from "./stage.js";
import { useName } from "./list.js";
import { renderYaml } from "./yaml.js";

const NUMBERS = ["width", "area", "least_speed", "odds", "at_least"];
const UNITS = { width: "m", area: "m²", least_speed: "m/s", at_least: "人" };

/** A text field; each stretch of typing is one step of undo. */
function input(value, write, attributes = {}) {
  let typed = false;
  return h("input", {
    type: "text", spellcheck: "false", autocomplete: "off", value: value ?? "", ...attributes,
    onfocus: () => { typed = false; },
    oninput: (event) => {
      if (!typed) remember();
      typed = true;
      edit(() => write(event.target.value), { once: false });
    },
  });
}

const wrongAt = (field) => h("p", { class: "wrong", dataset: { wrong: field }, hidden: true });

function field(key, control, { where, unit = "" } = {}) {
  return h("div", { class: "fr" },
    h("label", {}, ...words(key)), h("span", { class: "fv" }, control, unit ? h("span", { class: "u" }, unit) : null),
    where ? wrongAt(where) : null);
}

function named(key, control) {
  control.setAttribute("aria-label", t(key));
  return control;
}

/** Keeps a key only while it says something. */
function write(rule, key, value) {
  const text = value.trim();
  if (!text) delete rule[key];
  else if (!NUMBERS.includes(key)) rule[key] = value;
  else rule[key] = Number.isFinite(Number(text)) ? Number(text) : text;
}

function zonePart() {
  const one = zone();
  const at = `zones[${state.zone}]`;
  const heights = Array.isArray(one.object_px) ? one.object_px : [one.object_px, one.object_px];
  const setHeight = (i) => (value) => {
    const text = value.trim();
    heights[i] = text === "" ? undefined : Number.isFinite(Number(text)) ? Number(text) : text;
    const [far, near] = heights;
    if (far === undefined && near === undefined) delete one.object_px;
    else one.object_px = [far ?? near, near ?? far];
  };
  return h("section", { class: "part" },
    h("h2", { class: "panel-h" }, ...words("zone_t"), h("span", { class: "end" }, `${t("frame_size")} ${one.frame.join(" × ")} px`)),
    h("div", { class: "form" },
      field("zone_name", named("zone_name", input(one.id, (value) => renameZone(state.zone, value.trim()), { id: "zone-name", maxlength: 64 })), { where: `${at}.id` }),
      h("div", { class: "fr", title: t("object_hint") }, h("label", {}, ...words("object_px")),
        h("span", { class: "fv two" },
          named("far_px", input(heights[0], setHeight(0), { inputmode: "decimal", placeholder: t("far_px") })), h("span", { class: "dim" }, "/"),
          named("near_px", input(heights[1], setHeight(1), { inputmode: "decimal", placeholder: t("near_px") })), h("span", { class: "u" }, "px")),
        wrongAt(`${at}.object_px`)),
      wrongAt(`${at}.polygon`), wrongAt(`${at}.frame`), wrongAt(`${at}.more`)));
}

function useSelect(rule) {
  const groups = ["FIF", "PIPE", "plain"].map((group) => h("optgroup", { label: t(`group_${group}`) },
    state.start.uses.filter((row) => row.group === group).map((row) => h("option", { value: row.use, selected: row.use === rule.use }, useName(row)))));
  const known = useOf(rule) ? null : h("option", { value: rule.use, selected: true }, String(rule.use));
  return h("select", {
    onchange: (event) => {
      const row = state.start.uses.find((one) => one.use === event.target.value);
      edit(() => {
        for (const key of Object.keys(rule)) if (!["zone", "id"].includes(key)) delete rule[key];
        Object.assign(rule, { use: row.use }, structuredClone(row.needed));
      });
      tell("structure");
    },
  }, known, groups);
}

function levelSelect(rule, row) {
  const keep = row && row.needed.level === undefined;
  const set = (value) => { if (value) rule.level = value; else delete rule.level; };
  return h("select", { onchange: (event) => edit(() => set(event.target.value)) },
    keep ? h("option", { value: "", selected: !rule.level }, `${t(row.defaults.level)} · ${row.use}`) : null,
    LEVELS.map((level) => h("option", { value: level, selected: rule.level === level }, `${t(level)}${lang() === "zh" ? ` ${level.toUpperCase()}` : ""}`)));
}

function zoneSelect(rule) {
  const ids = ["picture", ...state.zones.map((one) => one.id)];
  return h("select", { onchange: (event) => edit(() => { rule.towards = event.target.value; }) },
    ids.map((id) => h("option", { value: id, selected: rule.towards === id }, id)));
}

function classChips(rule, row, at) {
  const chosen = () => rule.classes ?? (row.family === "class-in-zone" ? [] : row.classes);
  return h("div", { class: "fr tall" }, h("label", {}, ...words("who_classes")),
    h("span", { class: "fv chips" }, row.classes.map((label) => h("button", {
      type: "button", class: "chip", "aria-pressed": String(chosen().includes(label)),
      onclick: (event) => {
        const now = chosen().includes(label) ? chosen().filter((one) => one !== label) : row.classes.filter((one) => one === label || chosen().includes(one));
        edit(() => {
          if (row.family !== "class-in-zone" && (now.length === row.classes.length || !now.length)) delete rule.classes;
          else rule.classes = now;
        });
        tell("structure");
        event.preventDefault();
      },
    }, name("class", label)))), wrongAt(`${at}.classes`));
}

function alongField(rule, i) {
  const said = Array.isArray(rule.along) ? rule.along.map((p) => p.map((v) => Math.round(v)).join(",")).join(" → ") : "—";
  return h("div", { class: "fr" }, h("label", {}, ...words("along")),
    h("span", { class: "fv" }, h("span", { class: "num" }, said),
      h("button", { type: "button", class: "btn", dataset: { along: i }, onclick: () => startAlong(i) }, t("draw_along"), h("kbd", {}, "A")),
      rule.along ? h("button", { type: "button", class: "btn", onclick: () => { edit(() => { delete rule.along; }); tell("structure"); } }, t("remove")) : null),
    wrongAt(`rules[${i}].along`));
}

function rulePart({ rule, i }, number) {
  const row = useOf(rule);
  const at = `rules[${i}]`;
  const text = (key, more = {}) => named(key, input(rule[key], (value) => write(rule, key, value), { dataset: { key }, placeholder: row?.defaults[key] ?? "", ...more }));
  const extras = (row?.extras ?? []).filter((key) => ["within", ...NUMBERS].includes(key));
  return h("section", { class: "part", dataset: { rule: i } },
    h("h2", { class: "panel-h" }, ...words("rule_n"), String(number),
      h("button", { class: "link end", type: "button", onclick: () => { edit(() => state.rules.splice(i, 1)); tell("structure"); } }, t("delete_rule"))),
    row?.basis.length ? h("p", { class: "note" }, row.basis.join(" · ")) : null,
    h("div", { class: "form" },
      field("use", named("use", useSelect(rule)), { where: `${at}.use` }),
      h("div", { class: "fr" }, h("label", {}, ...words("after")),
        h("span", { class: "fv two" }, text("after"), h("span", { class: "lbl" }, ...words("clear")), text("clear")),
        wrongAt(`${at}.after`), wrongAt(`${at}.clear`)),
      field("level", named("level", levelSelect(rule, row)), { where: `${at}.level` }),
      row?.classes.length > 1 ? classChips(rule, row, at) : null,
      row?.extras.includes("towards") ? field("towards", named("towards", zoneSelect(rule)), { where: `${at}.towards` }) : null,
      extras.map((key) => field(key, text(key, key === "within" ? {} : { inputmode: "decimal" }), { where: `${at}.${key}`, unit: UNITS[key] })),
      row?.extras.includes("along") && zone() ? alongField(rule, i) : null,
      field("more_keys", text("more", { class: "mono", placeholder: "hca: III", title: "when: [{from: 07:00, until: 19:00}]" }), { where: `${at}.more` }),
      wrongAt(at), wrongAt(`${at}.zone`)));
}

/** Builds the fields anew; typing never does. */
export function renderForm() {
  const side = byId("side");
  const tabs = h("div", { class: "tabs" }, h("span", { class: "seg", role: "group", "aria-label": t("form_tab") },
    ["form", "yaml"].map((tab) => h("button", { type: "button", "aria-pressed": String(state.tab === tab), onclick: () => showTab(tab) }, t(`${tab}_tab`)))), h("kbd", {}, "Y"));
  if (state.tab === "yaml") {
    side.replaceChildren(tabs, renderYaml());
    return;
  }
  const rules = rulesOf(zoneId());
  const whole = h("h2", { class: "panel-h" }, ...words("whole_picture"));
  side.replaceChildren(tabs, h("div", { class: "scroll" },
    zone() ? zonePart() : whole,
    rules.map((one, n) => rulePart(one, n + 1)),
    h("div", { class: "add" },
      h("button", { class: "btn", type: "button", id: "add-rule", onclick: addRule }, ...words("add_rule"), h("kbd", {}, "R")),
      zone() ? h("button", { class: "btn", type: "button", onclick: dropZone }, ...words("delete_zone")) : null),
    h("div", { id: "elsewhere" })));
  showWrong();
}

export function dropZone() {
  if (!zone()) return;
  const { id } = zone();
  deleteZone(state.zone);
  announce(t("confirm_delete", { id }));
}

export function showTab(tab) {
  state.tab = tab;
  renderForm();
}

/** Own findings first; the settings' own where the page found nothing there. */
export function problems() {
  const own = faults().map(([at, key, values]) => ({ field: at, text: t(key, values), blocks: key !== "shape_differs" }));
  const places = new Set(own.map((one) => one.field));
  const told = state.check.problems.filter((one) => !places.has(one.field)).map((one) => ({
    field: one.field, blocks: true, line: one.line,
    text: `${one.found ? `${t("got", { what: one.found })}; ` : ""}${t("allowed", { what: one.remedy })}`,
  }));
  return [...own, ...told];
}

export function showWrong() {
  const all = problems();
  const shown = new Set();
  for (const node of document.querySelectorAll("[data-wrong]")) {
    const at = node.dataset.wrong;
    const mine = all.filter((one) => one.field === at || one.field.startsWith(`${at}[`) || one.field.startsWith(`${at}.`) && /^rules\[\d+\]$/.test(at) && !document.querySelector(`[data-wrong="${one.field}"]`));
    mine.forEach((one) => shown.add(one));
    node.hidden = !mine.length;
    node.textContent = mine.map((one) => one.text).join("  ");
  }
  const rest = all.filter((one) => !shown.has(one));
  const box = byId("elsewhere");
  if (box) {
    box.replaceChildren(...(rest.length ? [h("div", { class: "err", role: "alert" }, h("b", {}, t("wrong_title")),
      rest.map((one) => h("p", {}, h("code", {}, one.field), " ", one.text)))] : []));
  }
}
