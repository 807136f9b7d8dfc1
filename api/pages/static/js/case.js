// One activity, one case: which incident stands for it in the list, and the others beneath.

import { h, put, putAround, byId, state } from "./dom.js";
import { beside, lang, name, t, words } from "./i18n.js";
import { LEVELS, shapeOnly } from "./level.js";
import { clockTime, day, when } from "./format.js";
import * as pending from "./pending.js";
import { split, StoreError } from "./store.js";

export const leadOf = (incident) => incident.activity?.activity_id ?? incident.incident_id;
export const isLead = (incident) => leadOf(incident) === incident.incident_id;
export const levelOf = (incident) => incident.activity?.level ?? incident.level;
export const membersOf = (incident) => incident.activity?.members ?? [incident];
export const othersOf = (incident) => membersOf(incident).filter((m) => m.incident_id !== incident.incident_id);
export const isUndecided = (incident) => membersOf(incident).some((m) => m.verdict === null);

/** Undecided, and not put away for a while. */
export const isWaiting = (incident) => isUndecided(incident) && !incident.shelved;

/** The decision on its way for any of the case: it will cover all. */
export const pendingOf = (incident) => membersOf(incident).map((m) => pending.of(m.incident_id)).find((p) => p !== null) ?? null;

/** How loudly a case calls: 4 for red to 1 for blue, 0 for one that is decided or put away. */
export const urgency = (incident) => (isWaiting(incident) ? LEVELS.length - LEVELS.indexOf(levelOf(incident)) : 0);

const said = (member) => {
  if (member.verdict === null) return state("unknown", "dots", t(member.state === "ended" ? "ended" : "undecided"));
  return state("ok", member.verdict.verdict === "confirmed" ? "check" : "cross", t(member.verdict.verdict));
};
const why = (member) => (member.why ? member.why[lang()] ?? member.why.en : t("opened_first"));

/** The other cameras beneath a row of the list. */
export function beneath(incident, choose) {
  const row = (m) => h("li", {}, h("a", { href: `/incidents/${m.incident_id}`, tabindex: "-1", title: why(m), onclick: (e) => { e.preventDefault(); choose(m.incident_id); } },
    shapeOnly(m.level), h("b", {}, m.source_id), h("span", { class: "dim" }, name("class", m.class ?? "—")), said(m)));
  return h("ul", { class: "also", "aria-label": t("also_seen") }, ...othersOf(incident).map(row));
}

let asking = null;
let wrong = null;

async function send(event, incident, done) {
  event.preventDefault();
  const reason = byId("split-reason").value.trim();
  wrong = reason ? null : t("note_needed");
  if (reason) {
    try {
      const made = await split(incident.incident_id, reason);
      asking = null;
      done(made);
      return;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      wrong = t("not_done", { why: error.message });
    }
  }
  drawCase(incident, done);
}

function form(incident, done) {
  const again = (open) => () => { asking = open ? incident.incident_id : null; wrong = null; drawCase(incident, done); if (open) byId("split-reason").focus(); };
  if (asking !== incident.incident_id) return h("button", { class: "btn", type: "button", dataset: { act: "split" }, title: t("split_what"), onclick: again(true) }, t("split"), " ", beside("split"));
  return h("form", { class: "ask", onsubmit: (e) => send(e, incident, done) }, h("p", {}, t("split_what")),
    h("input", { id: "split-reason", oninput: () => { wrong = null; byId("case").querySelector(".wrong")?.remove(); }, maxlength: 200, autocomplete: "off", "aria-label": t("split_why"), placeholder: t("split_why") }),
    h("button", { class: "btn pri", type: "submit" }, t("split")), h("button", { class: "btn", type: "button", onclick: again(false) }, t("cancel")), wrong ? h("p", { class: "wrong", role: "alert" }, wrong) : null);
}

function seat(member, current) {
  const here = member.incident_id === current;
  const link = h("a", { href: `/incidents/${member.incident_id}`, "aria-current": here ? "true" : null, title: why(member), onclick: (e) => { e.preventDefault(); document.dispatchEvent(new CustomEvent("desk:choose", { detail: member.incident_id })); } },
    shapeOnly(member.level), h("b", {}, member.source_id), when(member.opened_at), said(member));
  return h("li", {}, link, h("span", { class: "why" }, why(member)));
}

/** Who else saw it, why the store thinks so, and the way to separate the one that is shown. */
export function drawCase(incident, done) {
  const box = byId("case");
  const { activity, split: apart } = incident;
  box.hidden = !activity && !apart;
  box.setAttribute("aria-label", t("one_activity", { n: activity?.members.length ?? 1 }));
  if (activity) {
    putAround("split-reason", box, h("h2", {}, ...words("one_activity", { n: activity.members.length })), h("ul", {}, ...activity.members.map((m) => seat(m, incident.incident_id))), form(incident, done));
  } else if (apart) {
    put(box, h("p", {}, t("was_split", { who: apart.by, at: `${day(apart.at)} ${clockTime(apart.at)}`, why: apart.reason })));
  }
}
