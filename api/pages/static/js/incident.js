// Centre column: head, picture, scrubber, sentence, proof, decision of one incident.

import { h, put, byId, state } from "./dom.js";
import { both, lang, t, words } from "./i18n.js";
import { badge } from "./level.js";
import { distance, duration, numbersBold, secondsSince, short } from "./format.js";
import { sourceOf, title, titleEn } from "./list.js";
import { drawPicture } from "./picture.js";
import { drawClip } from "./clip.js";
import { drawCase } from "./case.js";
import { drawDecision } from "./decision.js";
import { drawStanding } from "./standing.js";
import { evidenceUrl } from "./store.js";

function build(box) {
  box.replaceChildren(h("header", { class: "head", id: "head" }), h("div", { class: "pic", id: "picture" }), h("div", { class: "scrub", id: "scrub", role: "group" }),
    h("div", { class: "why-box", id: "why" }), h("section", { class: "standing", id: "standing", hidden: true }), h("section", { class: "case", id: "case", hidden: true }), h("dl", { class: "proof", id: "proof" }), h("div", { class: "act", id: "decision", tabindex: "-1" }));
}

function drawHead(incident) {
  const metres = distance(incident.place);
  const segment = incident.place?.segment;
  const open = incident.verdict === null;
  const taken = open ? secondsSince(incident.opened_at) : (new Date(incident.verdict.at) - new Date(incident.opened_at)) / 1000;
  put(byId("head"),
    h("div", {}, h("h1", {}, badge(incident.level), h("span", { class: "title" }, title(incident)), lang() === "zh" ? h("span", { class: "en", lang: "en" }, titleEn(incident)) : null),
      h("p", { class: "meta" }, segment ? h("b", {}, segment.segment_id) : h("span", { class: "st unknown" }, t("not_resolved")),
        metres ? h("span", {}, h("b", {}, metres), h("span", { class: "u" }, "m")) : null, h("span", {}, sourceOf(incident)), h("span", {}, `${incident.zone?.id ?? ""}`),
        segment?.hca ? h("span", {}, `${t("hca")} ${segment.hca}`) : null, h("span", {}, t(incident.state === "ended" ? "ended" : "ongoing")))),
    h("div", { class: "clock" }, h("b", open ? { dataset: { since: incident.opened_at } } : {}, duration(taken)), h("span", {}, ...words(open ? "waits" : "waited"))));
}

export function tickIncident() {
  const node = document.querySelector("#head [data-since]");
  if (node) node.textContent = duration(secondsSince(node.dataset.since));
}

function drawWhy(incident) {
  const { zh, en } = incident.explain ?? {};
  const first = lang() === "en" ? en ?? zh : zh ?? en;
  const second = lang() === "en" ? null : en;
  put(byId("why"), h("p", { lang: first === zh ? "zh-CN" : "en" }, ...numbersBold(first ?? "—")),
    second && second !== first ? h("p", { lang: "en" }, second) : null);
}

function clockWords(clock) {
  if (!clock || clock.synced !== true) return state("unknown", "dots", t("not_synced"));
  if (clock.error_ms === null || clock.error_ms === undefined) return state("unknown", "dots", `${clock.source.toUpperCase()} · ${t("error_unknown")}`);
  return h("span", {}, `±${clock.error_ms}`, h("span", { class: "u" }, `ms ${clock.source.toUpperCase()}`));
}

function drawProof(incident) {
  const proof = incident.proof ?? {};
  const check = (value, good) => (value === "pass" ? state("ok", "check", good) : value === "fail" || value === "gap"
    ? state("bad", "cross", t(value)) : state("unknown", "dots", t("not_checked")));
  const cell = (key, value, hint) => h("div", { title: hint ?? null }, h("dt", {}, ...words(key)), h("dd", {}, value));
  put(byId("proof"), cell("signature", check(proof.signature, incident.device_id), incident.device_id), cell("chain", check(proof.chain, `seq ${proof.seq ?? "—"}`)),
    cell("box_clock", clockWords(proof.clock)), cell("digest", h("span", { class: "mono" }, short(proof.payload_sha256)), proof.payload_sha256),
    cell("evidence", h("a", { id: "evidence", href: evidenceUrl(incident.incident_id), download: true }, t("download"), " ", h("kbd", {}, "E"))));
  byId("proof").setAttribute("aria-label", both("proof"));
}

/** Draws one incident; every part stays as it is where nothing in it changed. */
export function drawIncident(incident) {
  const box = byId("incident");
  if (!byId("picture")) build(box);
  drawHead(incident);
  drawPicture(incident);
  drawClip(incident, lang());
  drawWhy(incident);
  const done = (made) => document.dispatchEvent(new CustomEvent("desk:made", { detail: made }));
  drawStanding(incident, done);
  drawCase(incident, done);
  drawProof(incident);
  drawDecision(incident);
}

/** Nothing is selected: say what to do next. */
export function drawNothing(content) {
  byId("incident").replaceChildren(h("div", { class: "nothing" }, content));
}
