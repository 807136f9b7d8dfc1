// The door: name and password to a session cookie, then back to where one wanted to go.

import { h, byId } from "./dom.js";
import { beside, lang, onLang, setLang, t } from "./i18n.js";
import { login } from "./store.js";

const form = byId("login");
const wrong = byId("wrong");
let shown = null;

/** Only a path of our own: "//elsewhere" and "https:…" lead home. */
function target() {
  const wanted = new URLSearchParams(location.search).get("next") ?? "/";
  const url = new URL(wanted, location.origin);
  return /^\/(?![/\\])/.test(wanted) && url.origin === location.origin ? url.pathname : "/";
}

function draw() {
  for (const node of document.querySelectorAll("[data-t]")) {
    const key = node.dataset.t;
    node.replaceChildren(t(key), " ", beside(key) ?? "");
  }
  for (const button of document.querySelectorAll("[data-lang]")) {
    button.setAttribute("aria-pressed", String(button.dataset.lang === lang()));
  }
  wrong.hidden = shown === null;
  if (shown !== null) wrong.replaceChildren(t(shown), beside(shown) ?? h("span"));
}

const REFUSALS = { 0: "no_store", 401: "wrong_login", 422: "wrong_login", 429: "too_many" };

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { name, password } = form.elements;
  shown = name.value && password.value ? null : "missing_login";
  if (shown === null) {
    try {
      await login(name.value, password.value);
      location.assign(target());
      return;
    } catch (error) {
      shown = REFUSALS[error.status] ?? "no_store";
      password.value = "";
    }
  }
  draw();
  (name.value ? password : name).focus();
});

for (const button of document.querySelectorAll("[data-lang]")) {
  button.addEventListener("click", () => setLang(button.dataset.lang));
}
onLang(draw);
setLang(lang());
form.elements.name.focus();
