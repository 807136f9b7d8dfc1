// Keys of the page. Letters and arrows are off while a field has focus; Ctrl+Z works everywhere else.

import { byId, h, put } from "/static/js/dom.js";
import { t, words } from "/static/js/i18n.js";

const HELP = [["p", "P"], ["x", "X"], ["space", "Space"], ["enter", "Enter"], ["esc", "Esc"], ["brackets", "[ ]"], ["arrows", "← ↑ → ↓"], ["i", "I"], ["del", "Del"], ["jk", "J K"], ["a", "A"], ["r", "R"], ["comma", ", ."], ["t", "T"], ["s", "S"], ["y", "Y"], ["z", "Ctrl Z"]];
const NAMES = { "[": "bracket", "]": "bracket", " ": "space", backspace: "delete", j: "jk", k: "jk", ",": "comma", ".": "comma", "<": "comma", ">": "comma", "?": "help" };

const inField = (target) => target instanceof HTMLInputElement && target.type !== "range" || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
const ownUse = (target, key) => (target instanceof HTMLButtonElement && [" ", "enter"].includes(key)) || (target instanceof HTMLInputElement && key.startsWith("arrow"));

function nameOf(event, key) {
  if (event.ctrlKey || event.metaKey) return key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : null;
  if (event.altKey) return null;
  return NAMES[key] ?? (key.startsWith("arrow") ? "arrow" : key);
}

/** Calls `actions[name](key, shift)`; an action that answers false had nothing to do. */
export function listenKeys(actions) {
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const name = nameOf(event, key);
    if (!Object.hasOwn(actions, name) || byId("help").open) return;
    if (inField(event.target)) {
      if (name === "escape" || name === "enter") event.target.blur();
      return;
    }
    if (ownUse(event.target, key)) return;
    if (actions[name](key, event.shiftKey) !== false) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.detail > 0 && !byId("help").open) event.target.closest?.("button")?.blur();
  });
}

export function showHelp() {
  const dialog = byId("help");
  put(dialog, h("i"));
  put(dialog,
    h("header", {}, h("h2", {}, ...words("keys_title")), h("button", { class: "btn", type: "button", autofocus: true }, t("close"), h("kbd", {}, "Esc"))),
    h("ul", { class: "keys" }, HELP.map(([key, caps]) => h("li", {}, h("span", {}, ...caps.split(" ").map((one) => h("kbd", {}, one))), h("span", {}, t(`k_${key}`))))));
  dialog.querySelector("header button").addEventListener("click", () => dialog.close());
  dialog.setAttribute("aria-label", t("keys_title"));
  dialog.showModal();
}
