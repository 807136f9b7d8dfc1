// The file as saving would leave it: every line with its number, what changes is bright.

import { h } from "/static/js/dom.js";
import { t, words } from "/static/js/i18n.js";
import { state } from "./model.js";

async function copy(event) {
  const button = event.currentTarget;
  await navigator.clipboard.writeText(state.check.lists);
  button.textContent = t("copied");
}

function download() {
  const link = h("a", { href: URL.createObjectURL(new Blob([state.check.text], { type: "text/yaml" })), download: state.check.fits ? state.start.name : "zones.yaml" });
  link.click();
  URL.revokeObjectURL(link.href);
}

export function renderYaml() {
  const wrong = new Set(state.check.problems.map((one) => one.line));
  const changed = new Set(state.check.changed);
  const lines = state.check.text.replace(/\n$/, "").split("\n");
  return h("div", { class: "scroll yaml" },
    h("div", { class: "add" },
      h("button", { type: "button", class: "btn", disabled: !state.check.lists, onclick: copy }, ...words("copy_lists")),
      h("button", { type: "button", class: "btn", onclick: download }, ...words("download_file"))),
    h("p", { class: "dim note" }, state.check.fits ? t("marked_lines") : t("beside_only")),
    h("ol", { class: "mono", id: "yaml" }, lines.map((line, i) => h("li", { class: [changed.has(i + 1) ? "new" : "", wrong.has(i + 1) && state.check.problems.length ? "bad" : ""].join(" ").trim() || null }, line || " "))));
}
