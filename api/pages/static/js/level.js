// The level badge: shape, digit and word, so that grey print and colour-blind eyes read it too.

import { s, h } from "./dom.js";
import { t, lang } from "./i18n.js";
import { WORDS } from "./words.js";

export const LEVELS = ["red", "orange", "yellow", "blue"];
const SHAPES = {
  red: ["path", { d: "M6.6 1h6.8L19 6.6v6.8L13.4 19H6.6L1 13.4V6.6z" }, 14],
  orange: ["path", { d: "M10 .8 20 18.6H0z" }, 16.6],
  yellow: ["path", { d: "M10 0 20 10 10 20 0 10z" }, 14],
  blue: ["circle", { cx: 10, cy: 10, r: 9.4 }, 14],
};

export const rank = (level) => LEVELS.indexOf(level) + 1;
export const levelClass = (level) => `L${rank(level)}`;

function sign(level, label) {
  const [tag, attributes, y] = SHAPES[level];
  const named = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return s("svg", { viewBox: "0 0 20 20", ...named },
    s(tag, { class: "shape", ...attributes }), s("text", { x: 10, y }, String(rank(level))));
}

/** Badge with the word, and its English beside it. */
export function badge(level) {
  if (!SHAPES[level]) return h("span", { class: "st unknown" }, level ?? t("unknown"));
  const english = lang() === "zh" ? h("span", { class: "en", lang: "en" }, WORDS[level][1].toUpperCase()) : null;
  return h("span", { class: `lv ${levelClass(level)}` }, sign(level), t(level), english);
}

/** The shape alone; its name is told to screen readers. */
export const shapeOnly = (level) => h("span", { class: `lv ${levelClass(level)}` }, sign(level, t(level)));

/** The shape as an outline around a point on the map. */
export function outline(level) {
  const [tag, attributes] = SHAPES[level] ?? SHAPES.blue;
  const box = h("span", { class: levelClass(level) });
  box.append(s("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" },
    s(tag, { class: "shape", "vector-effect": "non-scaling-stroke", ...attributes })));
  return box;
}
