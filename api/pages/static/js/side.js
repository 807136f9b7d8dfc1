// Right column: place, who answers for it, and what happened when.

import { h, put, byId, unit } from "./dom.js";
import { beside, name, t, words } from "./i18n.js";
import { day, distance, when } from "./format.js";
import { ellipse } from "./geo.js";
import { drawMap } from "./map.js";

const heading = (key, ...end) => h("h2", { class: "panel-h" }, t(key), beside(key), h("span", { class: "end" }, ...end));
const line = (key, value, cls = "") => h("div", {}, h("dt", {}, ...words(key)), h("dd", { class: cls, title: typeof value === "string" ? value : null }, value));

function build(side) {
  side.append(h("section", {}, h("div", { id: "place-head" }), h("div", { id: "map", class: "map", role: "application", tabindex: "0" }), h("div", { id: "place" })),
    h("section", { id: "people" }), h("section", { id: "time" }));
}

function placeFacts(place) {
  const segment = place.segment ?? {};
  const { a_m: a, b_m: b } = place.cov_m2 ? ellipse(place.cov_m2) : {};
  const known = (value) => value ?? h("span", { class: "st unknown" }, t("unknown"));
  const metres = distance(place);
  return h("dl", { class: "kv" },
    line("distance", metres ? h("b", {}, ...unit(metres, "m")) : known(null)),
    line("error95", a ? h("span", {}, ...unit(`${(2 * a).toFixed(1)} × ${(2 * b).toFixed(1)}`, "m")) : known(null)),
    line("segment", known(segment.segment_id && segment.segment_id)),
    Number.isFinite(segment.from_m) ? line("measures", h("span", {}, ...unit(`${segment.from_m}–${segment.to_m}`, "m"))) : null,
    line("hca", segment.hca ? t("of_hca", { hca: segment.hca }) : t("none")),
    line("method", name("method", place.method ?? "") || known(null)));
}

function drawPeople(incident) {
  const segment = incident?.place?.segment;
  if (!segment) { put(byId("people")); return; }
  const known = (value) => value ?? h("span", { class: "st unknown" }, t("unknown"));
  put(byId("people"), heading("responsible", segment.route_id ?? ""), h("dl", { class: "kv" },
    line("owner", known(segment.owner)), line("subdistrict", known(segment.subdistrict)),
    segment.community ? line("community", segment.community) : null));
}

function drawPlace(incident) {
  const place = incident?.place ?? null;
  put(byId("place-head"), heading("place", place?.network_version ? `${t("network", { v: place.network_version.slice(0, 8) })} · ` : "", h("kbd", {}, "M")));
  byId("map").setAttribute("aria-label", incident ? `${t("map")}: ${incident.camera_id ?? incident.sensor?.id}, ${distance(place) ?? t("not_resolved")} m` : t("map"));
  if (!incident) { put(byId("place")); return; }
  if (place?.status === "resolved") { put(byId("place"), placeFacts(place)); return; }
  put(byId("place"), h("div", { class: "unplaced" },
    h("b", {}, ...words("not_resolved")), h("p", {}, place?.reason ?? t("no_place")), h("p", {}, ...words("not_resolved_next"))));
}

function entry(at, kind, what, cls = "on") {
  return h("li", { class: cls }, at ? when(at, { millis: true }) : h("time", {}, "—"), h("i"), h("span", {}, t(kind), " ", beside(kind), what ? h("span", { class: "dim" }, ` ${what}`) : null));
}

function drawTime(incident) {
  if (!incident) { put(byId("time")); return; }
  const stored = incident.received_at ? ((new Date(incident.received_at) - new Date(incident.opened_at)) / 1000) : NaN;
  const events = incident.events?.length ? incident.events : [{ kind: "opened", captured: incident.opened_at }];
  const rows = events.map((e) => [e.captured, entry(e.captured, `kind_${e.kind}`, e.kind === "opened" ? null : e.seq ? `seq ${e.seq}` : null)]);
  const after = incident.rule?.after_ms;
  if (after) {
    const start = new Date(new Date(incident.opened_at).getTime() - after).toISOString();
    rows.push([start, entry(start, "kind_started", null)]);
  }
  if (incident.received_at) rows.push([incident.received_at, entry(incident.received_at, "stored", Number.isFinite(stored) ? `+${stored.toFixed(1)} s` : null)]);
  const decided = incident.verdict?.made_at ?? incident.verdict?.at;
  if (decided) rows.push([decided, entry(decided, incident.verdict.verdict, incident.verdict.by)]);
  rows.sort(([a], [b]) => new Date(a) - new Date(b));
  const todo = [incident.state === "open" ? entry(null, "not_ended", null, "todo") : null, incident.verdict ? null : entry(null, "await_verdict", null, "todo")];
  const today = day(incident.opened_at);
  put(byId("time"), heading("timeline", today), h("ol", { class: "tlx" }, ...rows.map(([, node]) => node), ...todo));
}

/** Draws the column for `incident` (null: the whole network). */
export function drawSide(incident, cameras) {
  const side = byId("side");
  if (!side.firstChild) build(side);
  side.setAttribute("aria-label", `${t("place")}, ${t("timeline")}`);
  drawPlace(incident);
  drawPeople(incident);
  drawTime(incident);
  const own = (c) => c.camera_id === (incident.camera_id ?? incident.sensor?.id) && (!c.device_id || c.device_id === incident.device_id);
  drawMap(incident, cameras.filter((c) => c.site && (!incident || own(c))));
}
