// The scrubber: play, step, and where in the clip the rule was fulfilled.

import { h, put, byId, mark, state } from "./dom.js";
import { beside, t } from "./i18n.js";
import { redrawPicture, setOffSnapshot, setPlaying, video } from "./picture.js";

const FRAME_S = 0.04;
const SAME_MOMENT_S = 0.1;
let incident = null;
let parts = null;
let shown = "";
let triedCopy = false;

const ready = () => incident?.clip?.status === "ready";
const ms = (instant) => new Date(instant).getTime();

/** Seconds into the clip at which the snapshot was taken; null when the record does not say. */
function snapshotAt() {
  const start = ms(incident.clip.captured);
  const at = ms(incident.snapshot?.captured ?? incident.opened_at);
  const offset = (at - start) / 1000;
  return Number.isFinite(offset) && offset >= 0 ? offset : null;
}

function length() {
  const told = (incident.clip.duration_ms ?? NaN) / 1000;
  return Number.isFinite(video().duration) ? video().duration : told;
}

function build(box) {
  const button = (cls, sign, label, act) => h("button", { class: `btn ${cls}`, type: "button", "aria-label": label, title: label, onclick: act }, mark(sign));
  const slider = h("input", { type: "range", min: 0, max: 1, step: FRAME_S, value: 0 });
  slider.addEventListener("input", () => seek(Number(slider.value)));
  parts = { slider, play: button("main", "play", t("play"), togglePlay), now: h("span", { class: "now" }), line: h("div", { class: "line" }) };
  box.replaceChildren(h("div", { class: "play" }, button("step", "back", t("frame_back"), () => step(-1)), parts.play,
    button("step", "next", t("frame_next"), () => step(1))), parts.line, parts.now);
}

function attach(url, derived) {
  const v = video();
  v.dataset.derived = derived ? "yes" : "no";
  v.src = url;
  v.onplay = v.onpause = drawPlay;
  v.ontimeupdate = v.onseeked = follow;
  v.onloadedmetadata = () => { drawLine(); follow(); };
  v.onerror = broken;
}

/** An original that the browser cannot decode is replaced by the marked copy, once. */
function broken() {
  if (!triedCopy && incident.clip.playable_url && incident.clip.playable_url !== incident.clip.url) {
    triedCopy = true;
    attach(incident.clip.playable_url, true);
    return;
  }
  setPlaying(false);
  note("bad", "cross", "clip_broken", null);
}

function note(kind, sign, key, why) {
  put(parts.line, h("div", { class: "note" }, state(kind, sign, t(key)), h("span", { class: "dim" }, why ?? beside(key) ?? "")));
  put(parts.now, "—");
}

function drawLine() {
  const total = length();
  const at = snapshotAt();
  if (!(total > 0)) { note("unknown", "dots", "loading", null); return; }
  const share = (x) => `${Math.max(0, Math.min(100, (x / total) * 100)).toFixed(2)}%`;
  const start = at === null ? null : at - (incident.rule?.after_ms ?? 0) / 1000;
  const held = h("span", { class: "held" });
  const gone = h("span", { class: "gone" });
  const labels = [h("span", { class: "mk l opt" }, ...[at === null ? "0 s" : `−${at.toFixed(0)} s`]),
    h("span", { class: "mk r opt" }, at === null ? `${total.toFixed(0)} s` : `+${(total - at).toFixed(0)} s`)];
  const spots = [0, total];
  if (at !== null) {
    held.style.left = share(start);
    held.style.width = `calc(${share(at)} - ${share(start)})`;
    const fired = h("span", { class: "mk" }, h("b", {}, t("at_rule")), beside("at_rule") && " ", beside("at_rule"));
    labels.push(fired);
    spots.push(at);
    if (start > total * 0.12 && at - start > total * 0.2) {
      labels.push(h("span", { class: "mk opt" }, h("b", {}, t("at_start"))));
      spots.push(start);
    }
  }
  labels.forEach((node, n) => { node.style.left = share(spots[n]); });
  const pin = h("span", { class: "pin" });
  pin.hidden = at === null;
  if (at !== null) pin.style.left = share(at);
  parts.head = h("span", { class: "head-pin" });
  parts.gone = gone;
  parts.slider.max = String(total);
  parts.slider.setAttribute("aria-label", t("position"));
  parts.line.replaceChildren(h("div", { class: "track" }, held, gone), pin, parts.head, ...labels, parts.slider);
}

function follow() {
  const total = length();
  if (!ready() || !(total > 0) || !parts.head) return;
  const now = video().hidden ? snapshotAt() ?? 0 : video().currentTime;
  const share = `${((now / total) * 100).toFixed(2)}%`;
  parts.head.style.left = share;
  parts.gone.style.width = share;
  parts.slider.value = String(now);
  parts.slider.setAttribute("aria-valuetext", `${now.toFixed(1)} s / ${total.toFixed(1)} s`);
  put(parts.now, now.toFixed(1), h("span", { class: "u" }, `/ ${total.toFixed(1)} s`),
    video().dataset.derived === "yes" ? h("span", { class: "derived" }, t("derived")) : null);
  const at = snapshotAt();
  setOffSnapshot(!video().hidden && (at === null || Math.abs(now - at) > SAME_MOMENT_S));
}

function drawPlay() {
  const playing = !video().paused;
  put(parts.play, mark(playing ? "pause" : "play"));
  parts.play.setAttribute("aria-label", t(playing ? "pause" : "play"));
}

function seek(to) {
  if (!ready()) return;
  setPlaying(true);
  redrawPicture();
  video().currentTime = Math.max(0, Math.min(to, length() || 0));
}

/** Space: plays from the start, or goes on; pauses when playing. */
export function togglePlay() {
  if (!ready()) return false;
  const v = video();
  if (!v.paused) { v.pause(); return true; }
  if (v.hidden || v.ended) v.currentTime = 0;
  setPlaying(true);
  redrawPicture();
  v.play().catch(() => {});
  return true;
}

/** Arrows: one frame, or with Shift a second. */
export function step(direction, second = false) {
  if (!ready()) return false;
  const v = video();
  v.pause();
  const from = v.hidden ? snapshotAt() ?? 0 : v.currentTime;
  seek(from + direction * (second ? 1 : FRAME_S));
  return true;
}

/** Back to the still. */
export function stopClip() {
  const v = video();
  if (!v || v.hidden) return false;
  v.pause();
  setPlaying(false);
  setOffSnapshot(false);
  redrawPicture();
  follow();
  return true;
}

/** Draws the scrubber of `next`; the video goes on where incident and clip are the same. */
export function drawClip(next, language) {
  const box = byId("scrub");
  const key = [next.incident_id, next.clip?.status, next.clip?.url, language].join();
  incident = next;
  if (key === shown && box.firstChild) return;
  const sameClip = shown.split(",", 3).join() === key.split(",", 3).join() && video().currentSrc;
  shown = key;
  build(box);
  for (const b of box.querySelectorAll("button")) b.disabled = !ready();
  if (!ready()) {
    video().removeAttribute("src");
    if (next.clip?.status === "expected") note("unknown", "dots", "clip_expected", t("clip_expected_next"));
    else if (next.clip?.status === "none") note("unknown", "dots", "no_camera", t("no_camera_next"));
    else note("bad", "cross", "clip_missing", next.clip?.reason ?? t("no_reason"));
    return;
  }
  if (sameClip) { drawLine(); follow(); drawPlay(); return; }
  triedCopy = !/^(h264|avc)/i.test(next.clip.codec ?? "h264") && Boolean(next.clip.playable_url);
  attach(triedCopy ? next.clip.playable_url : next.clip.url, triedCopy);
  drawLine();
  follow();
}
