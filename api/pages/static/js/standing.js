// How an open incident stands: not heard of, put away for a while, held back by its box. Why, and until when.

import { h, byId, mark, putAround, state } from "./dom.js";
import { beside, t } from "./i18n.js";
import { clockTime, day, duration, utc } from "./format.js";
import { shelve, unshelve, StoreError } from "./store.js";

const CHOICES_S = [900, 3600, 4 * 3600, 8 * 3600];
let longest_s = 8 * 3600;
let asking = null;
let wrong = null;

/** For how long the store lets a person shelve. */
export function setLongest(seconds) { longest_s = seconds ?? longest_s; }

const minutes = (instant) => clockTime(instant).slice(0, 5);
const isStale = (incident) => incident.activity?.stale ?? Boolean(incident.stale);
const heardAt = (stale) => (stale?.last_heard ? minutes(stale.last_heard) : "—");

/** In a row of the list; null where there is nothing to say. */
export function standingState(incident) {
  if (incident.shelved) return state("unknown", "pause", t("shelved_until", { at: minutes(incident.shelved.until) }));
  return isStale(incident) ? state("unknown", "dots", t("stale_since", { at: heardAt(incident.stale) })) : null;
}

const notice = (name, ...content) => h("p", { class: name, dataset: { standing: name } }, ...content);

function staleLine({ what, last_heard, after_s }) {
  const values = { at: last_heard ? `${day(last_heard)} ${clockTime(last_heard)}` : t("unknown"), s: after_s };
  return notice("stale", mark("dots"), h("span", { title: last_heard ? utc(last_heard) : null }, h("b", {}, t(`stale_${what}`)), " ", t("stale_what", values)), beside(`stale_${what}`));
}

const heldLine = ({ held_back_ms, until }) => notice("held", mark("pause"), h("span", {}, t("held_back", { for: duration(held_back_ms / 1000), at: clockTime(until) })), beside("held_back_short"));

/** Tells the store, then draws what it says; what it refuses stands beside the button. */
async function ask(incident, done, work) {
  try {
    const made = await work();
    asking = wrong = null;
    done(made);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    wrong = { id: incident.incident_id, said: t("not_done", { why: error.message }) };
    drawStanding(incident, done);
  }
}

function shelfLine(incident, done) {
  const { by, at, reason, until } = incident.shelved;
  const values = { who: by, at: clockTime(at), until: `${day(until)} ${minutes(until)}` };
  return notice("shelf", mark("pause"), h("span", {}, h("b", {}, t("shelved_by", values)), " ", reason),
    h("button", { class: "btn", type: "button", dataset: { act: "unshelve" }, onclick: () => ask(incident, done, () => unshelve(incident.incident_id)) }, t("unshelve"), " ", beside("unshelve")));
}

function submit(event, incident, done) {
  event.preventDefault();
  const reason = byId("shelve-reason").value.trim();
  if (reason) {
    ask(incident, done, () => shelve(incident.incident_id, { reason, for_s: Number(event.submitter.value) }));
    return;
  }
  wrong = { id: incident.incident_id, said: t("note_needed") };
  drawStanding(incident, done);
  byId("shelve-reason").focus();
}

const span = (seconds) => (seconds < 3600 ? t("for_min", { n: Math.round(seconds / 60) }) : t("for_h", { n: +(seconds / 3600).toFixed(1) }));

function form(incident, done) {
  const open = (is) => () => { asking = is ? incident.incident_id : null; wrong = null; drawStanding(incident, done); if (is) byId("shelve-reason").focus(); };
  if (asking !== incident.incident_id) return h("button", { class: "btn", type: "button", dataset: { act: "shelve" }, title: t("shelve_what"), onclick: open(true) }, t("shelve"), " ", beside("shelve"));
  const choices = [...CHOICES_S.filter((s) => s < longest_s), longest_s].slice(0, 4);
  return h("form", { class: "ask", onsubmit: (e) => submit(e, incident, done) }, h("p", {}, t("shelve_what")),
    h("input", { id: "shelve-reason", oninput: () => { wrong = null; byId("standing").querySelector(".wrong")?.remove(); }, maxlength: 200, autocomplete: "off", "aria-label": t("shelve_why"), placeholder: t("shelve_why") }),
    ...choices.map((s) => h("button", { class: "btn", type: "submit", value: s }, span(s))), h("button", { class: "btn", type: "button", onclick: open(false) }, t("cancel")));
}

/** Below the sentence: what there is to know before one decides, and the way to put it away. */
export function drawStanding(incident, done) {
  const box = byId("standing");
  const canShelve = incident.state === "open" && incident.verdict === null && !incident.shelved;
  const parts = [incident.stale ? staleLine(incident.stale) : null, incident.suppressed ? heldLine(incident.suppressed) : null,
    incident.shelved ? shelfLine(incident, done) : null, canShelve ? form(incident, done) : null, wrong?.id === incident.incident_id ? h("p", { class: "wrong", role: "alert" }, wrong.said) : null];
  box.hidden = parts.every((part) => part === null);
  box.setAttribute("aria-label", t("standing"));
  putAround("shelve-reason", box, ...parts.filter(Boolean));
}
