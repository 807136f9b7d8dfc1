// One key, one thing. Off while a field has focus, with a modifier, or when switched off.

import { h, byId, put } from "./dom.js";
import { t, words } from "./i18n.js";

const STORED = "linewarden.keys.off";
export const KEYS = [
  ["next", "J", ["j"]], ["previous", "K", ["k"]], ["open", "Enter", ["enter"]], ["back", "Esc", ["escape"]],
  ["confirm", "C", ["c"]], ["dismiss", "D", ["d"]], ["reason", "1–6", ["1", "2", "3", "4", "5", "6"]], ["play", "Space", [" "]],
  ["frame", "← →", ["arrowleft", "arrowright"]], ["boxes", "B", ["b"]], ["zones", "V", ["v"]], ["map", "M", ["m"]],
  ["evidence", "E", ["e"]], ["sound", "S", ["s"]], ["help", "?", ["?"]],
];
const off = new Set(JSON.parse(localStorage.getItem(STORED) ?? "[]"));

function inField(node) {
  if (!(node instanceof Element)) return false;
  if (node.closest("textarea, select, [contenteditable]")) return true;
  return node.matches("input") && !["range", "checkbox", "button"].includes(node.type);
}

/** Space and Enter belong to a focused button or link; arrows to the map. */
function ownUse(node, key) {
  if (!(node instanceof Element)) return false;
  if (key === " " || key === "enter") return node.closest("button, a, input, summary") !== null;
  return key.startsWith("arrow") && node.closest(".map, .seg") !== null;
}

/** Calls `actions[name](key, event)`; an action answers false when it had nothing to do. */
export function listenKeys(actions) {
  const byKey = new Map(KEYS.flatMap(([name, , keys]) => keys.map((key) => [key, name])));
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const name = byKey.get(key);
    if (!name || off.has(name) || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.repeat && !["next", "previous", "frame"].includes(name)) return;
    if (byId("help").open || (inField(event.target) && name !== "back") || ownUse(event.target, key)) return;
    if (actions[name](key, event) !== false) event.preventDefault();
  });
}

/** A click with the mouse leaves no focus behind, so that Space goes on meaning "play". */
export function releaseAfterClick() {
  document.addEventListener("click", (event) => {
    if (event.detail > 0 && !byId("help").open) event.target.closest?.("button, a")?.blur();
  });
}

function toggle(name, on) {
  if (on) off.delete(name);
  else off.add(name);
  localStorage.setItem(STORED, JSON.stringify([...off]));
}

/** The help: every key, each with its switch. */
export function showHelp() {
  const dialog = byId("help");
  const row = ([name, caps]) => h("li", {}, h("label", {},
    h("span", {}, ...caps.split(" ").map((c) => h("kbd", {}, c))), h("span", {}, ...words(`key_${name}`)),
    h("input", { type: "checkbox", checked: !off.has(name), onchange: (e) => toggle(name, e.target.checked) })));
  put(dialog, h("i"));
  put(dialog,
    h("header", {}, h("h2", {}, ...words("help")), h("button", { class: "btn", type: "button", autofocus: true }, t("close"), h("kbd", {}, "Esc"))),
    h("ul", {}, ...KEYS.map(row)), h("p", {}, ...words("help_what")));
  dialog.querySelector("header button").addEventListener("click", () => dialog.close());
  dialog.setAttribute("aria-label", t("help"));
  dialog.showModal();
}
