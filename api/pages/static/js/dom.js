// Elements are built, never parsed: whatever comes from the store stays text.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

/** An HTML element; children are nodes or strings, `null` leaves one out, `onclick` listens. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Replaces what is inside `node`, only if it would read differently: hover and focus survive. */
export function put(node, ...children) {
  const next = h("div", {}, ...children);
  if (node.innerHTML === next.innerHTML) return false;
  node.replaceChildren(...next.childNodes);
  return true;
}

/** As `put`, around a text field: what was typed in it, and its focus, stay. */
export function putAround(fieldId, node, ...children) {
  const field = byId(fieldId);
  const had = field !== null && document.activeElement === field;
  const typed = field?.value ?? "";
  if (!put(node, ...children) || !byId(fieldId)) return;
  byId(fieldId).value = typed;
  if (had) byId(fieldId).focus();
}

export const byId = (id) => document.getElementById(id);

/** A number with its unit in small. */
export const unit = (value, text) => [value, h("span", { class: "u" }, text)];

const MARKS = {
  ring: () => [s("circle", { cx: 8, cy: 8, r: 6, fill: "none", stroke: "currentColor", "stroke-width": 1.6 })],
  check: () => [s("path", { d: "M2.5 8.5 6.5 12.5 13.5 4", fill: "none", stroke: "currentColor", "stroke-width": 2 })],
  cross: () => [s("path", { d: "M3.5 3.5l9 9M12.5 3.5l-9 9", fill: "none", stroke: "currentColor", "stroke-width": 2.2 })],
  dots: () => [s("circle", { cx: 8, cy: 8, r: 6, fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-dasharray": "2.4 2.3" })],
  play: () => [s("path", { d: "M4 2.5v11l9-5.5z", fill: "currentColor" })],
  pause: () => [s("path", { d: "M3.5 2.5h3v11h-3zM9.500 2.500h3v11h-3z", fill: "currentColor" })],
  back: () => [s("path", { d: "M12.500 3v10L5.500 8zM3 3h1.800v10H3z", fill: "currentColor" })],
  next: () => [s("path", { d: "M3.500 3v10l7-5zM11.200 3H13v10h-1.800z", fill: "currentColor" })],
  sound: () => [
    s("path", { d: "M2 6h3l4-3v10L5 10H2z", fill: "currentColor" }),
    s("path", { d: "M11 5.5q2 2.5 0 5M12.800 3.800q3.400 4.200 0 8.400", fill: "none", stroke: "currentColor", "stroke-width": 1.4 }),
  ],
  mute: () => [
    s("path", { d: "M2 6h3l4-3v10L5 10H2z", fill: "currentColor" }),
    s("path", { d: "M11 6l4 4M15 6l-4 4", fill: "none", stroke: "currentColor", "stroke-width": 1.6 }),
  ],
};

/** A small sign, hidden from screen readers: the word beside it says the same. */
export function mark(name) {
  return s("svg", { viewBox: "0 0 16 16", class: "mark", "aria-hidden": "true" }, ...MARKS[name]());
}

/** A state: word with mark; `kind` is ok, bad (inverse) or unknown (dashed). */
export function state(kind, sign, ...words) {
  return h("span", { class: kind === "ok" ? "st" : `st ${kind}` }, mark(sign), ...words);
}
