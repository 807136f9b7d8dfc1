// The snapshot with its overlay, and the clip that plays in its place.

import { h, s, put, byId } from "./dom.js";
import { both, t, words } from "./i18n.js";
import { clockTime, day, utc } from "./format.js";
import { sourceOf } from "./list.js";
import { drawOverlay } from "./overlay.js";

const show = { boxes: true, zones: true };
let parts = null;
let incident = null;
let offSnapshot = false;

function build(box) {
  const image = h("img", { alt: "" });
  const video = h("video", { playsinline: true, muted: true, preload: "metadata", tabindex: "-1", hidden: true });
  video.muted = true;
  const overlay = s("svg", { class: "overlay", role: "img", preserveAspectRatio: "xMidYMid meet" });
  const toggle = (layer, key) => h("button", { class: "chip", type: "button", dataset: { layer }, onclick: () => toggleLayer(layer) },
    h("span", {}), h("kbd", {}, key));
  parts = { image, video, overlay, stamp: h("div", { class: "c tl" }), note: h("div", { class: "c bl" }),
    layers: h("div", { class: "c br" }, toggle("boxes", "B"), toggle("zones", "V")),
    sim: h("div", { class: "c tr" }), none: h("div", { class: "none", hidden: true }) };
  box.append(image, video, parts.none, overlay, parts.stamp, parts.sim, parts.note, parts.layers);
  image.addEventListener("error", () => { parts.none.hidden = false; image.hidden = true; });
  image.addEventListener("load", () => { parts.none.hidden = true; image.hidden = false; });
}

/** The video element, for the scrubber. */
export const video = () => parts?.video ?? null;

export function toggleLayer(layer) {
  show[layer] = !show[layer];
  draw();
}

/** While the clip is away from the snapshot's moment no box is drawn: they would lie. */
export function setOffSnapshot(off) {
  if (off === offSnapshot) return;
  offSnapshot = off;
  draw();
}

/** Shows the clip instead of the still, or the still again. */
export function setPlaying(on) {
  parts.video.hidden = !on;
}

function draw() {
  if (!incident) return;
  drawOverlay(parts.overlay, incident, { boxes: show.boxes && !offSnapshot, zones: show.zones });
  for (const chip of document.querySelectorAll(".pic [data-layer]")) {
    chip.setAttribute("aria-pressed", String(show[chip.dataset.layer]));
    chip.firstChild.textContent = both(chip.dataset.layer);
  }
  const derived = !parts.video.hidden && parts.video.dataset.derived === "yes";
  put(parts.note, ...words(parts.video.hidden ? "drawn" : derived ? "derived" : "original"));
}

/** Draws the picture of `next`; keeps the video element where the incident is the same. */
export function drawPicture(next) {
  const box = byId("picture");
  if (!box.firstChild) build(box);
  const other = incident?.incident_id !== next.incident_id;
  incident = next;
  if (other) {
    offSnapshot = false;
    parts.video.hidden = true;
    parts.none.hidden = true;
  }
  const url = next.snapshot?.url;
  if (url && parts.image.getAttribute("src") !== url) parts.image.src = url;
  parts.layers.hidden = parts.note.hidden = !url;
  if (!url) { parts.image.removeAttribute("src"); parts.image.hidden = true; parts.none.hidden = false; }
  parts.image.alt = t("title", { what: next.class ?? "" });
  const [w, tall] = next.frame_px ?? [16, 9];
  box.style.aspectRatio = `${w} / ${tall}`;
  const at = next.snapshot?.captured ?? next.opened_at;
  put(parts.stamp, sourceOf(next), " ", h("b", { title: utc(at) }, `${day(at)} ${clockTime(at, { millis: true })}`));
  const none = next.snapshot?.status === "none" ? "no_camera" : "no_picture";
  put(parts.none, h("b", {}, t(none)), h("span", { class: "en" }, t(`${none}_next`)));
  parts.sim.hidden = !next.simulated;
  put(parts.sim, h("span", { class: "sim" }, t("simulated")));
  parts.overlay.setAttribute("aria-label", `${next.seen?.length ?? 0} × ${t("boxes")}`);
  draw();
}

export const redrawPicture = draw;
