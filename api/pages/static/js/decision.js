// The decision: one key each; a dismissal counts only with a reason; nothing is chosen beforehand.

import { h, put, byId, mark } from "./dom.js";
import { beside, name, nameEn, lang, t, words } from "./i18n.js";
import { day, clockTime, utc } from "./format.js";
import { decide, StoreError } from "./store.js";

const REASONS = ["false_alarm", "outside_zone", "not_working", "permitted", "drill", "other"];
let incident = null;
let armed = false;
let noting = false;
let sending = false;
let wrong = null;
let told = () => {};

/** Called with the incident as the store has it after a verdict. */
export function onDecided(listener) { told = listener; }

async function send(verdict, reason, note) {
  if (sending) return;
  sending = true;
  wrong = null;
  const { incident_id: id } = incident;
  draw();
  try {
    const now = await decide(id, { verdict, reason, note });
    sending = armed = noting = false;
    told(now);
  } catch (error) {
    sending = false;
    if (!(error instanceof StoreError)) throw error;
    await refused(error, id);
  }
  draw();
}

async function refused(error, id) {
  if (error.status === 409) {
    const now = await told(null, id);
    wrong = t("taken", { who: now?.verdict?.by ?? t("someone") });
    armed = noting = false;
    return;
  }
  wrong = t("not_sent", { why: error.status === 0 ? t("no_store") : error.message });
}

const decided = () => incident === null || incident.verdict !== null;

/** C: counts at once. */
export function confirm() {
  if (decided()) return false;
  send("confirmed", "violation", null);
  return true;
}

/** D: asks for the reason; a second D takes it back. */
export function dismiss() {
  if (decided() || sending) return false;
  armed = !armed;
  noting = false;
  wrong = null;
  draw();
  if (armed) byId("decision").querySelector(".reasons .chip").focus();
  return true;
}

/** 1 to 6: only after D. */
export function choose(key) {
  if (!armed || decided() || noting) return false;
  const reason = REASONS[Number(key) - 1];
  if (!reason) return false;
  if (reason === "other") {
    noting = true;
    draw();
    byId("note").focus();
  } else send("dismissed", reason, null);
  return true;
}

/** Esc: nothing was decided. */
export function cancel() {
  if (!armed) return false;
  armed = noting = false;
  draw();
  byId("decision").querySelector("[data-act=dismiss]")?.focus();
  return true;
}

function sendNote(event) {
  event.preventDefault();
  const note = byId("note").value.trim();
  if (!note) {
    wrong = t("note_needed");
    const said = byId("decision").querySelector(".wrong") ?? byId("decision").appendChild(h("p", { class: "wrong", role: "alert" }));
    said.textContent = wrong;
    byId("note").focus();
    return;
  }
  send("dismissed", "other", note);
}

function buttons() {
  const big = (act, key, cls, run) => h("button", { class: `btn ${cls}`, type: "button", dataset: { act }, disabled: sending, "aria-pressed": act === "dismiss" ? String(armed) : null, "aria-keyshortcuts": key, onclick: run },
    h("span", {}, sending && act === "confirm" ? t("sending") : t(act)), beside(act), h("kbd", {}, key));
  return h("div", { class: "big" }, big("confirm", "C", "pri", confirm), big("dismiss", "D", "", dismiss));
}

function reasons() {
  const chip = (reason, n) => h("button", { class: "chip", type: "button", disabled: !armed || sending, "aria-pressed": String(noting && reason === "other"), title: nameEn("reason", reason), onclick: () => { noting = false; choose(String(n + 1)); } },
    name("reason", reason), " ", h("kbd", {}, String(n + 1)));
  const note = h("form", { class: "note", onsubmit: sendNote }, h("input", { id: "note", maxlength: 500, autocomplete: "off", "aria-label": t("note"), placeholder: t("note") }),
    h("button", { class: "btn pri", type: "submit" }, t("send"), h("kbd", {}, "Enter")));
  return h("div", { class: armed ? "reasons armed" : "reasons", role: "group", "aria-label": t("reason") },
    h("span", { class: armed ? "label ask" : "label" }, ...(armed ? words("reason_ask") : words("reason"))), ...(noting ? [chip("other", 5), note] : REASONS.map(chip)));
}

function result({ verdict, reason, note, by, at }) {
  const done = verdict === "confirmed" ? "confirmed" : "dismissed";
  const why = reason ? [" · ", h("b", {}, name("reason", reason).replace("…", "")), lang() === "zh" && nameEn("reason", reason) !== reason ? ` ${nameEn("reason", reason).replace("…", "")}` : null] : null;
  return h("div", { class: "done" }, h("div", { class: "verdict" }, mark(done === "confirmed" ? "check" : "cross"), t(done), beside(done)),
    h("p", {}, h("b", {}, by), " ", h("time", { title: utc(at), datetime: at }, `${day(at)} ${clockTime(at)}`), why, note ? h("span", { class: "dim" }, ` ${note}`) : null),
    h("button", { class: "btn", type: "button", dataset: { act: "next" }, onclick: () => document.dispatchEvent(new CustomEvent("desk:next")) }, t("next"), h("kbd", {}, "J")));
}

function draw() {
  const box = byId("decision");
  if (!box || !incident) return;
  const trouble = wrong ? h("p", { class: "wrong", role: "alert" }, wrong) : null;
  if (box.contains(byId("note")) && noting && !sending && !decided()) return;
  const had = box.contains(document.activeElement) ? document.activeElement.dataset.act ?? "" : null;
  const changed = incident.verdict ? put(box, result(incident.verdict), trouble) : put(box, buttons(), reasons(), trouble);
  if (had !== null && changed) refocus(box, had);
}

/** Focus stays where it was, else on the part itself: never on a button that one did not choose. */
function refocus(box, act) {
  if (box.contains(document.activeElement)) return;
  const same = act ? box.querySelector(`[data-act=${act}]:not([disabled])`) : null;
  (same ?? box).focus({ preventScroll: true });
}

/** Draws the decision of `next`; an armed dismissal belongs to its incident and is dropped with it. */
export function drawDecision(next) {
  if (incident?.incident_id !== next.incident_id) {
    armed = noting = false;
    wrong = null;
  }
  incident = next;
  draw();
}
