// Words. Chinese first with English small beside it, or English alone; kept per browser.

import { WORDS } from "./words.js";
import { h } from "./dom.js";

const KEY = "linewarden.lang";
let current = localStorage.getItem(KEY) === "en" ? "en" : "zh";
const listeners = new Set();

export const lang = () => current;

export function setLang(next) {
  current = next === "en" ? "en" : "zh";
  localStorage.setItem(KEY, current);
  document.documentElement.lang = current === "en" ? "en" : "zh-CN";
  for (const tell of listeners) tell();
}

export const onLang = (tell) => listeners.add(tell);

function fillIn(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? "—"));
}

/** One word or sentence in the language of the page. */
export function t(key, values = {}) {
  const pair = WORDS[key];
  return pair ? fillIn(pair[current === "en" ? 1 : 0], values) : key;
}

/** Both languages for titles and accessible names: "中文 English". */
export function both(key, values = {}) {
  const [zh, en] = WORDS[key] ?? [key, key];
  return current === "en" ? fillIn(en, values) : `${fillIn(zh, values)} ${fillIn(en, values)}`;
}

/** The English beside the Chinese, as an element; nothing when the page is English. */
export function beside(key, values = {}) {
  const pair = WORDS[key];
  if (current === "en" || !pair) return null;
  return h("span", { class: "en", lang: "en" }, fillIn(pair[1], values));
}

/** Primary words followed by the English beside them. */
export const words = (key, values = {}) => [t(key, values), " ", beside(key, values)];

/** A name that came from outside (class, reason): translated when known, else as it came. */
export function name(prefix, value) {
  const pair = WORDS[`${prefix}_${value}`];
  return pair ? pair[current === "en" ? 1 : 0] : String(value);
}

export function nameEn(prefix, value) {
  return WORDS[`${prefix}_${value}`]?.[1] ?? String(value);
}
