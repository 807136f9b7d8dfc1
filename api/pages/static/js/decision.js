// The decision: one key each; a dismissal counts only with a reason; nothing is chosen beforehand.
// What was decided counts after five seconds (pending.js); until then it can be taken back.

import { h, put, byId, mark } from "./dom.js";
import { beside, name, nameEn, lang, t, words } from "./i18n.js";
import { day, clockTime, secondsSince, utc } from "./format.js";
import * as pending from "./pending.js";
import { title } from "./list.js";

const REASONS = ["false_alarm", "outside_zone", "not_working", "permitted", "drill", "other"];
const LATE_S = 15;
const ACTS = { confirmed: "confirm", dismissed: "dismiss" };
let incident = null;
let armed = false;
let noting = false;

const mine = () => (incident ? pending.of(incident.incident_id) : null);
const decided = () => incident === null || incident.verdict !== null || pending.isUnsent(mine());

function decide(verdict, reason, note) {
  armed = noting = false;
  pending.add(incident.incident_id, title(incident), { verdict, reason, note });
  draw();
}

/** C: counts after five seconds. */
export function confirm() {
  if (decided()) return false;
  decide("confirmed", "violation", null);
  return true;
}

/** D: asks for the reason; a second D takes it back. */
export function dismiss() {
  if (decided()) return false;
  armed = !armed;
  noting = false;
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
  } else decide("dismissed", reason, null);
  return true;
}

/** Esc: nothing was decided; or what was decided a moment ago is taken back. */
export function cancel() {
  if (armed) {
    armed = noting = false;
    draw();
    byId("decision").querySelector("[data-act=dismiss]")?.focus();
    return true;
  }
  const item = mine()?.state === "undo" ? mine() : pending.newest();
  if (!item || !pending.undo(item.id)) return false;
  document.dispatchEvent(new CustomEvent("desk:undone", { detail: item }));
  return true;
}

function sendNote(event) {
  event.preventDefault();
  const note = byId("note").value.trim();
  if (!note) {
    const said = byId("decision").querySelector(".wrong") ?? byId("decision").appendChild(h("p", { class: "wrong", role: "alert" }));
    said.textContent = t("note_needed");
    byId("note").focus();
    return;
  }
  decide("dismissed", "other", note);
}

function buttons() {
  const big = (act, key, cls, run) => h("button", { class: `btn ${cls}`, type: "button", dataset: { act }, "aria-pressed": act === "dismiss" ? String(armed) : null, "aria-keyshortcuts": key, onclick: run },
    h("span", {}, t(act)), beside(act), h("kbd", {}, key));
  return h("div", { class: "big" }, big("confirm", "C", "pri", confirm), big("dismiss", "D", "", dismiss));
}

function reasons() {
  const chip = (reason, n) => h("button", { class: "chip", type: "button", disabled: !armed, "aria-pressed": String(noting && reason === "other"), title: nameEn("reason", reason), onclick: () => { noting = false; choose(String(n + 1)); } },
    name("reason", reason), " ", h("kbd", {}, String(n + 1)));
  const note = h("form", { class: "note", onsubmit: sendNote }, h("input", { id: "note", maxlength: 500, autocomplete: "off", "aria-label": t("note"), placeholder: t("note") }),
    h("button", { class: "btn pri", type: "submit" }, t("send"), h("kbd", {}, "Enter")));
  return h("div", { class: armed ? "reasons armed" : "reasons", role: "group", "aria-label": t("reason") },
    h("span", { class: armed ? "label ask" : "label" }, ...(armed ? words("reason_ask") : words("reason"))), ...(noting ? [chip("other", 5), note] : REASONS.map(chip)));
}

const signOf = (verdict) => mark(verdict === "confirmed" ? "check" : "cross");

function because(reason) {
  if (!reason) return null;
  const plain = (text) => text.replace("…", "");
  const english = lang() === "zh" && nameEn("reason", reason) !== reason ? ` ${plain(nameEn("reason", reason))}` : null;
  return [h("b", {}, plain(name("reason", reason))), english];
}

const nextButton = () => h("button", { class: "btn", type: "button", dataset: { act: "next" }, onclick: () => document.dispatchEvent(new CustomEvent("desk:next")) }, t("next"), h("kbd", {}, "J"));

/** On which other camera's incident it was decided. */
function through(via) {
  const other = via ? incident.activity?.members.find((m) => m.incident_id === via) : null;
  return via ? h("span", { class: "dim" }, ` ${t("decided_on", { source: other?.source_id ?? "—" })}`) : null;
}

/** Before one decides: that it counts for the other cameras too. */
function alsoFor() {
  const n = incident.activity?.members.filter((m) => m.verdict === null && m.incident_id !== incident.incident_id).length ?? 0;
  return n ? h("p", { class: "also-for" }, ...words("also_for", { n })) : null;
}

function result({ verdict, reason, note, by, at, made_at, via }) {
  const when = made_at ?? at;
  const late = made_at && (new Date(at) - new Date(made_at)) / 1000 > LATE_S ? h("span", { class: "dim" }, ` ${t("sent_later", { at: clockTime(at) })}`) : null;
  return h("div", { class: "done" }, h("div", { class: "verdict" }, signOf(verdict), t(verdict), beside(verdict)),
    h("p", {}, h("b", {}, by), " ", h("time", { title: utc(when), datetime: when }, `${day(when)} ${clockTime(when)}`), reason ? " · " : null, because(reason), through(via), late, note ? h("span", { class: "dim" }, ` ${note}`) : null),
    h("div", { class: "then" }, nextButton()));
}

const left = (item) => Math.max(0, Math.ceil((item.due - Date.now()) / 1000));

/** Decided, not yet counted: the seconds left, or that it waits for the store. */
function waiting(item) {
  const sending = pending.isSending(item);
  const undone = () => { if (pending.undo(item.id)) document.dispatchEvent(new CustomEvent("desk:undone", { detail: item })); };
  const said = item.state === "undo"
    ? h("p", { class: "says" }, h("b", { dataset: { due: String(item.due) } }, `${left(item)} s`), " ", t("counts_in"), " ", beside("counts_in"))
    : h("p", { class: "says" }, h("b", {}, t(sending ? "sending" : "queued")), " ", sending ? null : [t("queued_what"), " ", beside("queued")]);
  return h("div", { class: `done waits ${item.state}` }, h("div", { class: "verdict" }, signOf(item.verdict), t(ACTS[item.verdict]), beside(ACTS[item.verdict])),
    h("div", {}, said, h("p", {}, because(item.reason), item.note ? h("span", { class: "dim" }, ` ${item.note}`) : null)),
    h("div", { class: "then" }, h("button", { class: "btn", type: "button", disabled: sending, dataset: { act: "undo" }, onclick: undone }, t("undo"), beside("undo"), item.state === "undo" ? h("kbd", {}, "Esc") : null), nextButton()));
}

/** Ours did not count: whose does, or why not; until it was read. */
function mishap(item) {
  const theirs = item.theirs;
  const values = { mine: t(ACTS[item.verdict]), who: theirs?.by ?? t("someone"), theirs: t(theirs?.verdict ?? "decided"), at: clockTime(theirs?.at ?? NaN), why: item.why ?? "" };
  return h("div", { class: "wrong", role: "alert" }, h("span", {}, t(item.state === "conflict" ? "conflict" : "refused", values)),
    h("button", { class: "btn", type: "button", dataset: { act: "read" }, onclick: () => pending.undo(item.id) }, t("understood")));
}

function draw() {
  const box = byId("decision");
  if (!box || !incident) return;
  if (box.contains(byId("note")) && noting && !decided()) return;
  const item = mine();
  const trouble = item && !pending.isUnsent(item) ? mishap(item) : null;
  const had = box.contains(document.activeElement) ? document.activeElement.dataset.act ?? "" : null;
  const parts = incident.verdict ? [result(incident.verdict)] : pending.isUnsent(item) ? [waiting(item)] : [buttons(), reasons(), alsoFor()];
  const changed = put(box, trouble, ...parts);
  if (had !== null && changed) refocus(box, had);
}

/** Focus stays where it was, else on the part itself: never on a button that one did not choose. */
function refocus(box, act) {
  if (box.contains(document.activeElement)) return;
  const same = act ? box.querySelector(`[data-act=${act}]:not([disabled])`) : null;
  (same ?? box).focus({ preventScroll: true });
}

/** Once a second: how long it can still be taken back. */
export function tickDecision() {
  for (const node of document.querySelectorAll("[data-due]")) node.textContent = `${Math.max(0, Math.ceil(-secondsSince(Number(node.dataset.due))))} s`;
}

/** Draws the decision of `next`; an armed dismissal belongs to its incident and is dropped with it. */
export function drawDecision(next) {
  if (incident?.incident_id !== next.incident_id) armed = noting = false;
  incident = next;
  draw();
}
